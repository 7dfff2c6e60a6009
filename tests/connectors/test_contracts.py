"""JSON Lines, Parquet and databases keep the contract, whichever way they are read."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.testing import ConnectorSuite, SourceUnderTest
from tests.connectors.silos import (
    LinesUnderTest,
    ParquetUnderTest,
    RefreshedFileUnderTest,
    TableUnderTest,
    database,
)


class TestDelimitedFilesRefreshedInFull(ConnectorSuite):
    @pytest.fixture
    def source(self, tmp_path: Path) -> SourceUnderTest:
        return RefreshedFileUnderTest(tmp_path / "customers.csv")


class TestJsonLines(ConnectorSuite):
    @pytest.fixture
    def source(self, tmp_path: Path) -> SourceUnderTest:
        return LinesUnderTest(tmp_path / "customers.jsonl")


class TestJsonLinesThatOnlyGrow(ConnectorSuite):
    @pytest.fixture
    def source(self, tmp_path: Path) -> SourceUnderTest:
        return LinesUnderTest(tmp_path / "customers.jsonl", append_only=True)


class TestJsonLinesRefreshedInFull(ConnectorSuite):
    @pytest.fixture
    def source(self, tmp_path: Path) -> SourceUnderTest:
        return LinesUnderTest(tmp_path / "customers.jsonl", full_refresh=True)


class TestParquet(ConnectorSuite):
    @pytest.fixture
    def source(self, tmp_path: Path) -> SourceUnderTest:
        return ParquetUnderTest(tmp_path / "customers.parquet")


class TestParquetRefreshedInFull(ConnectorSuite):
    @pytest.fixture
    def source(self, tmp_path: Path) -> SourceUnderTest:
        return ParquetUnderTest(tmp_path / "customers.parquet", full_refresh=True)


class TestTablesWithACursor(ConnectorSuite):
    @pytest.fixture(params=["sqlite", "postgresql"])
    def source(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SourceUnderTest]:
        with database(request.param, tmp_path) as (engine, url):
            yield TableUnderTest(engine, url, cursor=True)


class TestTablesRefreshedInFull(ConnectorSuite):
    @pytest.fixture(params=["sqlite", "postgresql"])
    def source(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SourceUnderTest]:
        with database(request.param, tmp_path) as (engine, url):
            yield TableUnderTest(engine, url, cursor=False)
