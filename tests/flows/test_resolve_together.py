"""Two workers at once: no component is ever resolved from a half of itself."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from threading import Barrier

from cdp import clock
from cdp.errors import TryAgain
from cdp.flows.resolve import resolve
from cdp.platform import Platform
from cdp.settings import Settings
from cdp.store import keys, links, records
from tests.flows.streams import add_stream, land_rows, people, resolve_all
from tests.flows.test_resolve_scored import FIELDS, ROWS

FAMILIES = ("Quellwasser", "Ofenrohr", "Zwirnfaden", "Baumgart", "Tischbein", "Mondschein")
WORKERS = 2


def families() -> dict[str, Mapping[str, str]]:
    """The rows of one family many times over, each family with names and dates of its own."""
    found: dict[str, Mapping[str, str]] = {}
    for n, family in enumerate(FAMILIES):
        own = {
            "Quellwa": family,
            "Linden": family,
            "x.org": f"x{n}.org",
            "19": f"{19 + n % 2}",
            "8033": n,
        }
        for name, row in ROWS.items():
            found[f"{name}{n}"] = {key: _replaced(value, own) for key, value in row.items()}
    return found


def _replaced(value: str, own: Mapping[str, object]) -> str:
    for old, new in own.items():
        value = value.replace(old, str(new))
    return value


def work_off(platform: Platform, start: Barrier) -> int:
    """Resolve a few records at a time until none waits; how many units that took."""
    custodian = platform.keyring.custodian()
    start.wait()
    units = 0
    while True:
        try:
            with platform.write() as tx:
                report = resolve(tx, custodian, platform.rules(tx), clock.now(), limit=3)
        except TryAgain:
            continue
        if report.records == 0:
            return units
        units += 1


def test_two_workers_at_once_leave_the_partition_of_one(
    platform: Platform, environment: dict[str, str]
) -> None:
    rows, crm = families(), add_stream(platform, "crm", fields=FIELDS)
    left = iter(rows.items())
    while part := dict(islice(left, 5)):
        land_rows(platform, crm, part)
    others = [Platform.open(Settings.load(environment)) for _ in range(WORKERS)]
    start = Barrier(WORKERS)

    with ThreadPoolExecutor(WORKERS) as pool:
        units = list(pool.map(lambda one: work_off(one, start), others))
    for other in others:
        other.close()

    found = people(platform, {crm: rows})
    with platform.write() as tx:
        records.mark_stream_pending(tx.main, tx.workspace, crm.id)
    assert sum(units) >= len(rows) / 3
    resolve_all(platform)
    assert people(platform, {crm: rows}) == found
    assert sum(map(len, found)) == len(rows)
    assert len(found) > len(FAMILIES)
    with platform.read() as tx:
        current = links.current_ids(tx.main, tx.workspace)
        assert {link.profile_id for link in links.members(tx.main, current).values()} == {*current}
        assert len(current) == len(found)
        assert keys.tokens_of(tx.custody, links.members(tx.main, current))
