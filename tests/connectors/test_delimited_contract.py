"""The delimited connector keeps the contract, for files that are rewritten and files that grow."""

from pathlib import Path

import pytest

from connectors.testing import ConnectorSuite, SourceUnderTest
from tests.connectors.builders import FileUnderTest, LogUnderTest


class TestFilesReadAnewWhenChanged(ConnectorSuite):
    @pytest.fixture
    def source(self, tmp_path: Path) -> SourceUnderTest:
        return FileUnderTest(tmp_path / "customers.csv")


class TestFilesThatOnlyGrow(ConnectorSuite):
    @pytest.fixture
    def source(self, tmp_path: Path) -> SourceUnderTest:
        return LogUnderTest(tmp_path / "customers.csv")
