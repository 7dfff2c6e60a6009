"""Who syncs what somebody is reading is told so at once, and nothing is read twice."""

from pathlib import Path

from cdp import work
from cdp.platform import Platform
from cdp.settings import Settings
from cdp.store import runs, sources
from cdp.store.alone import reading_alone
from tests.flows.seeding import Seeded
from tests.worker.processes import more_customers


def test_a_source_that_is_being_read_is_left_and_the_others_are_read(
    seeded: Seeded, environment: dict[str, str], tmp_path: Path
) -> None:
    platform = seeded.platform
    more_customers(tmp_path / "silos/crm.csv", 3, "more")
    other = Platform.open(Settings.load(environment))
    with platform.read() as tx:
        crm = sources.find(tx.main, tx.workspace, "crm")
        (stream,) = sources.streams_of(tx.main, tx.workspace, crm.id)
        before = runs.newest(tx.main, tx.workspace, 100, "crm")

    with reading_alone(other.stores.main, stream.id):
        report = work.sync(platform, ["crm", "shop"])
    after = work.sync(platform, ["crm"])

    assert list(report.failed) == ["crm.customers"]
    assert "another run is reading" in report.failed["crm.customers"]
    assert report.landed["crm.customers"].counts == {}
    assert set(report.runs) == {"shop.orders"}
    with platform.read() as tx:
        assert len(runs.newest(tx.main, tx.workspace, 100, "crm")) == len(before) + 1
    assert (after.failed, after.landed["crm.customers"].counts["new"]) == ({}, 3)
    other.close()
