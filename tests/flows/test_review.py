"""The review queue: what resolving leaves for a person, by records, and what closes an item."""

from uuid import UUID

from cdp import clock
from cdp.platform import Platform
from cdp.store import keys, reviews, verdicts
from cdp.store.reviews import Item
from connectors.base import Delete
from tests.flows.judging import resolve_anew, say, take
from tests.flows.streams import add_stream, land_all, land_rows, record_ids, resolve_all

KINDS = ("uncertain", "weak_bridge", "oversized", "conflict")
CROWD = 31


def queue(platform: Platform) -> list[Item]:
    with platform.read() as tx:
        return list(reviews.page(tx.main, tx.workspace, kinds=KINDS, limit=100))


def about(items: list[Item]) -> set[tuple[str, frozenset[UUID]]]:
    return {(item.kind, frozenset({item.a_id, item.b_id})) for item in items}


def test_an_uncertain_pair_waits_until_somebody_decides(platform: Platform) -> None:
    crm = add_stream(platform)
    rows = {"1": {"email": "a@x.org", "no": "K-1"}, "2": {"email": "a@x.org"}}
    land_rows(platform, crm, rows)
    resolve_all(platform)
    ids = record_ids(platform, crm, rows)
    (item,) = queue(platform)
    assert (item.kind, {item.a_id, item.b_id}) == ("uncertain", {*ids.values()})

    resolve_anew(platform)
    assert queue(platform) == [item], "and keeps its place in the queue"
    report = say(platform, verdicts.APART, ids["1"], ids["2"])
    assert queue(platform) == []
    take(platform, report.verdict.id)
    assert about(queue(platform)) == about([item])
    land_all(platform, crm, [Delete("people", "2", "line")])
    resolve_all(platform)
    assert queue(platform) == []


def test_a_strong_link_refused_for_a_unique_type_waits_as_a_conflict(platform: Platform) -> None:
    crm = add_stream(platform)
    both = {"email": "a@x.org", "confirmed": "yes", "phone": "0171 3920088"}
    rows = {"1": {**both, "no": "K-1"}, "2": {**both, "no": "K-2"}}
    land_rows(platform, crm, rows)
    resolve_all(platform)
    ids = record_ids(platform, crm, rows)

    (item,) = queue(platform)

    assert about([item]) == {("conflict", frozenset(ids.values()))}
    assert item.type == "customer_id"
    say(platform, verdicts.APART, *ids.values())
    assert queue(platform) == []


def test_a_value_that_too_many_share_waits_once_by_the_first_record_that_holds_it(
    platform: Platform,
) -> None:
    crm = add_stream(platform)
    rows = {f"{n:02}": {"email": "info@x.org", "no": f"K-{n}"} for n in range(CROWD)}
    for start in range(0, CROWD, 10):
        part = dict(list(rows.items())[start : start + 10])
        land_rows(platform, crm, part)
        resolve_all(platform)
    ids = record_ids(platform, crm, rows)
    first = min(ids.values())

    crowds = [item for item in queue(platform) if item.kind == "oversized"]

    assert [(one.a_id, one.b_id, one.size, one.type) for one in crowds] == [
        (first, first, CROWD, "email")
    ]
    resolve_anew(platform)
    again = [item for item in queue(platform) if item.kind == "oversized"]
    assert again == crowds
    land_all(platform, crm, [Delete("people", "30", "line")])
    resolve_all(platform)
    assert [item for item in queue(platform) if item.kind == "oversized"] == []


def test_a_blocked_value_is_not_waiting(platform: Platform) -> None:
    token = platform.keyring.custodian().blind_index("email", "info@x.org")
    with platform.write() as tx:
        keys.block(tx.custody, tx.workspace, ("email", token), "role_address", clock.now())
    crm = add_stream(platform)
    rows = {f"{n:02}": {"email": "info@x.org", "no": f"K-{n}"} for n in range(CROWD)}

    land_rows(platform, crm, rows)
    resolve_all(platform)

    assert queue(platform) == []


def test_a_verdict_of_which_every_record_is_gone_can_still_be_taken_back(
    platform: Platform,
) -> None:
    crm = add_stream(platform)
    rows = {"1": {"email": "a@x.org"}, "2": {"phone": "0171 3920088"}}
    land_rows(platform, crm, rows)
    resolve_all(platform)
    report = say(platform, verdicts.TOGETHER, *record_ids(platform, crm, rows).values())
    land_all(platform, crm, [Delete("people", key, "line") for key in rows])
    resolve_all(platform)

    back = take(platform, report.verdict.id)

    assert back.verdict.taken
    assert back.profiles == ()
