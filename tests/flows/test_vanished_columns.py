"""A column that vanishes: what the mapping reads stops the stream, before anybody loses a value."""

import json
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from cdp import clock, work
from cdp.flows.add_source import NewSource, add_source
from cdp.flows.map_stream import map_stream
from cdp.flows.reconfigure import reconfigure
from cdp.platform import Platform
from cdp.store import sources
from cdp.work import SyncReport
from connectors import registry

FIELDS = {"email": {"identifier": "email"}, "name": {"attribute": "given_name"}}


class Export:
    """A file that somebody writes, and a source that reads it."""

    def __init__(self, platform: Platform, path: Path, kind: str) -> None:
        self.platform, self.path = platform, path
        config = {"path": str(path), "stream": "people", "key": ["no"]}
        with platform.write() as tx:
            source = NewSource(registry.find(kind), "crm", config)
            add_source(tx, platform.keyring.intake(), source, clock.now())
        self.map(FIELDS)

    def map(self, fields: object) -> None:
        with self.platform.write() as tx:
            source = sources.find(tx.main, tx.workspace, "crm")
            (stream,) = sources.streams_of(tx.main, tx.workspace, source.id)
            map_stream(tx, stream.id, {"relation": "customer", "fields": fields}, clock.now())

    def sync(self, text: str) -> SyncReport:
        self.path.write_text(text)
        return work.sync(self.platform, ["crm"])


@pytest.fixture
def export(platform: Platform, tmp_path: Path) -> Export:
    return Export(platform, tmp_path / "people.csv", "delimited")


def test_a_mapped_column_that_vanishes_stops_the_stream_until_it_is_back(export: Export) -> None:
    export.sync("no,email,name\n1,a@example.org,Anna\n")

    without = export.sync("no,name\n1,Anna\n2,Bert\n")
    back = export.sync("no,email,name\n1,a@example.org,Anna\n2,,Bert\n")

    assert "email" in without.failed["crm.people"]
    assert without.landed["crm.people"].counts == {}
    assert back.failed == {}
    assert back.landed["crm.people"].counts == {"unchanged": 1, "new": 1}


def test_a_stream_mapped_without_the_vanished_column_is_read_on(export: Export) -> None:
    export.sync("no,email,name\n1,a@example.org,Anna\n")
    export.sync("no,name\n1,Anna\n")

    export.map({"name": FIELDS["name"]})
    report = export.sync("no,name\n1,Anna\n")

    assert report.failed == {}
    assert report.landed["crm.people"].counts == {"changed": 1}


def test_a_parquet_file_that_lost_a_mapped_column_stops_its_stream(
    platform: Platform, tmp_path: Path
) -> None:
    export = Export(platform, tmp_path / "people.parquet", "parquet")
    whole = {"no": ["1", "2"], "email": ["a@example.org", "b@example.org"], "name": ["A", "B"]}
    for cells in (whole, {**whole, "name": ["A", "C"]}):
        parquet.write_table(pa.table(cells), export.path)
        assert work.sync(platform, ["crm"]).failed == {}

    parquet.write_table(pa.table(whole).drop_columns("email"), export.path)

    assert "email" in work.sync(platform, ["crm"]).failed["crm.people"]


def test_another_configuration_does_not_take_a_mapped_column_away(export: Export) -> None:
    export.sync("no,email,name\n1,a@example.org,Anna\n")
    platform, narrow = export.platform, export.path.with_name("narrow.csv")
    narrow.write_text("no,name\n1,Anna\n")
    with platform.write() as tx:
        source = sources.find(tx.main, tx.workspace, "crm")
        config = {"path": str(narrow), "stream": "people", "key": ["no"]}
        reconfigure(tx, platform.keyring.intake(), source, registry.find("delimited"), config)

    stopped = work.sync(platform, ["crm"])
    export.map({"name": FIELDS["name"]})
    taken = work.sync(platform, ["crm"])

    assert "email" in stopped.failed["crm.people"]
    assert stopped.landed["crm.people"].counts == {}
    assert taken.landed["crm.people"].counts == {"changed": 1}


def test_the_first_files_may_lack_a_column_that_later_ones_have(
    platform: Platform, tmp_path: Path
) -> None:
    Export(platform, tmp_path / "*.csv", "delimited")
    (tmp_path / "2025.csv").write_text("no,name\n1,Anna\n")
    (tmp_path / "2026.csv").write_text("no,email,name\n2,b@example.org,Bert\n")

    assert work.sync(platform, ["crm"]).failed == {}


def test_a_field_of_an_object_may_come_and_go(platform: Platform, tmp_path: Path) -> None:
    export = Export(platform, tmp_path / "people.jsonl", "jsonl")
    export.sync(json.dumps({"no": 1, "email": "a@example.org"}))

    report = export.sync(json.dumps({"no": 1, "name": "Anna"}))

    assert report.failed == {}
