"""What people decide holds: at once, through everything that comes, until it is taken back."""

from collections.abc import Mapping
from uuid import UUID, uuid4

import pytest

from cdp import door
from cdp.errors import NotFound, Refused
from cdp.flows.disclose import Caller
from cdp.platform import Platform
from cdp.store import changes, links, sources, verdicts
from connectors.base import Delete
from tests.flows.judging import groups, homes, resolve_anew, say, take, unmerge
from tests.flows.seeding import Seeded
from tests.flows.streams import add_stream, land_all, land_rows, record_ids, resolve_all

Rows = Mapping[str, Mapping[str, str]]
STRANGERS: Rows = {"1": {"no": "K-1"}, "2": {"phone": "0171 3920088"}, "3": {"no": "K-3"}}
FAMILY: Rows = {
    "a1": {"no": "K-1", "email": "a@x.org", "confirmed": "yes"},
    "a2": {"no": "K-1"},
    "b1": {"phone": "0171 3920088", "email": "b@x.org", "confirmed": "yes"},
    "b2": {"email": "b@x.org", "confirmed": "yes"},
}
BRIDGE: Rows = {"r": {"no": "K-1", "email": "b@x.org", "confirmed": "yes"}}
A, B = frozenset({"a1", "a2"}), frozenset({"b1", "b2"})
STEWARD = Caller(None, "stewards", frozenset({door.STEWARDSHIP}))


def one(*names: str) -> frozenset[str]:
    return frozenset(names)


class Silo:
    """A stream, the rows that landed in it, and their records."""

    def __init__(self, platform: Platform, rows: Rows) -> None:
        self.platform = platform
        self.stream: sources.Stream = add_stream(platform)
        self.rows: dict[str, Mapping[str, str]] = {}
        self.land(rows)

    def land(self, rows: Rows) -> None:
        self.rows |= rows
        land_rows(self.platform, self.stream, rows)
        resolve_all(self.platform)

    def delete(self, key: str) -> None:
        land_all(self.platform, self.stream, [Delete("people", key, "line")])
        resolve_all(self.platform)

    @property
    def ids(self) -> dict[str, UUID]:
        return record_ids(self.platform, self.stream, self.rows)

    def __getitem__(self, key: str) -> UUID:
        return self.ids[key]

    def groups(self) -> set[frozenset[str]]:
        return groups(self.platform, self.ids)

    def homes(self) -> dict[str, UUID]:
        return homes(self.platform, self.ids)


def test_two_strangers_are_one_person_from_the_answer_on_until_it_is_taken_back(
    platform: Platform,
) -> None:
    silo = Silo(platform, STRANGERS)
    before = silo.homes()

    report = say(platform, verdicts.TOGETHER, before["1"], silo["2"])

    assert silo.groups() == {one("1", "2"), one("3")}
    assert (report.merged, report.profiles) == (1, (silo.homes()["1"],))
    assert silo.homes()["1"] in before.values()
    silo.land({"2": {"phone": "0171 3920088", "name": "Bea"}})
    resolve_anew(platform)
    assert silo.groups() == {one("1", "2"), one("3")}

    back = take(platform, report.verdict.id)

    assert silo.homes() == before, "the id that was merged away is back"
    assert back.split == 1
    assert take(platform, report.verdict.id).repeated
    resolve_anew(platform)
    assert silo.homes() == before


def test_what_proof_had_joined_is_apart_from_the_answer_on_whatever_lands(
    platform: Platform,
) -> None:
    silo = Silo(platform, {**FAMILY, **BRIDGE})
    assert silo.groups() == {A | B | {"r"}}

    report = say(platform, verdicts.APART, silo["a1"], silo["b1"])

    assert report.split == 1
    parted = silo.groups()
    assert not any({"a1", "b1"} <= group for group in parted)
    silo.land({"s": {"no": "K-1", "email": "b@x.org", "confirmed": "yes"}})
    resolve_anew(platform)
    assert not any({"a1", "b1"} <= group for group in silo.groups())
    take(platform, report.verdict.id)
    assert silo.groups() == {A | B | {"r", "s"}}


def test_an_undone_merge_gives_back_who_was_who_and_their_ids_and_stays_undone(
    platform: Platform,
) -> None:
    silo = Silo(platform, FAMILY)
    before = silo.homes()
    assert silo.groups() == {A, B}
    silo.land(BRIDGE)
    merged = silo.homes()
    assert len({*merged.values()}) == 1

    report = unmerge(platform, merged["r"])

    undone = silo.homes()
    assert {key: undone[key] for key in before} == before
    assert undone["r"] in before.values()
    assert {frozenset(group) for group in report.verdict.groups} == {
        frozenset(silo[key] for key in group) for group in (A, B)
    }
    for key in [*FAMILY, "r"]:
        silo.land({key: {**silo.rows[key], "name": "Robin"}})
    resolve_anew(platform)
    assert silo.homes() == undone
    with pytest.raises(Refused) as nothing:
        unmerge(platform, merged["r"])
    assert nothing.value.reason == "no_merge"

    take(platform, report.verdict.id)

    assert silo.homes() == merged, "undone in turn"
    again = unmerge(platform, merged["r"])
    assert {key: silo.homes()[key] for key in before} == before
    assert again.verdict.merge_seq is not None


def test_a_merge_is_undone_by_its_place_by_the_id_that_ended_and_one_after_the_other(
    platform: Platform,
) -> None:
    silo = Silo(platform, {"1": {"no": "K-1"}, "2": {"email": "b@x.org"}, "3": {"no": "K-3"}})
    before = silo.homes()
    first = say(platform, verdicts.TOGETHER, silo["1"], silo["2"])
    silo.land({"4": {"no": "K-4", "email": "c@x.org"}})
    four = silo.homes()["4"]
    seq = first.verdict.seq

    with pytest.raises(Refused):
        unmerge(platform, before["3"])
    report = unmerge(platform, before["2"])

    assert report.verdict.merge_seq == seq
    assert silo.homes() == {**before, "4": four}
    with pytest.raises(Refused):
        unmerge(platform, before["1"], seq)


def test_merges_before_and_after_the_one_that_is_undone_stay(platform: Platform) -> None:
    mails = {f"m{n}": {"email": f"{n}@x.org", "confirmed": "yes"} for n in "abc"}
    silo = Silo(platform, mails)
    first = say(platform, verdicts.TOGETHER, silo["ma"], silo["mb"])
    silo.land({"late": {"email": "d@x.org", "confirmed": "yes"}})
    say(platform, verdicts.TOGETHER, silo["ma"], silo["mc"])
    say(platform, verdicts.TOGETHER, silo["mc"], silo["late"])
    assert len(silo.groups()) == 1

    unmerge(platform, silo.homes()["mc"], first.verdict.seq)

    assert not any({"ma", "mb"} <= group for group in silo.groups())
    assert one("ma", "mc", "late") in silo.groups()


def test_former_ids_say_where_their_records_are_after_an_undo(platform: Platform) -> None:
    silo = Silo(platform, {"1": {"no": "K-1"}, "2": {"email": "b@x.org"}, "3": {"phone": "0171 3"}})
    before = silo.homes()
    say(platform, verdicts.TOGETHER, silo["2"], silo["3"])
    say(platform, verdicts.TOGETHER, silo["1"], silo["2"])
    assert len(silo.groups()) == 1

    unmerge(platform, before["1"])

    with platform.read() as tx:
        current = {
            key: links.current(tx.main, tx.workspace, profile) for key, profile in before.items()
        }
        found = changes.page(tx.main, tx.workspace, changes.Position(0), limit=50).changes
    now = silo.homes()
    assert current == {key: {now[key]} for key in "123"}
    assert now["1"] == before["1"]
    assert now["2"] in {before["2"], before["3"]}
    told = [(change.type, change.former, set(change.profiles)) for change in found]
    assert [kind for kind, _, _ in told] == ["merged", "merged", "split"]
    assert told[2][2] == {*current["1"], *current["2"]}
    assert told[0][2] != {told[0][1]}


def test_a_record_that_its_source_deletes_and_brings_back_is_still_spoken_of(
    platform: Platform,
) -> None:
    silo = Silo(platform, {**STRANGERS, **FAMILY})
    say(platform, verdicts.TOGETHER, silo["1"], silo["2"], silo["b1"])
    say(platform, verdicts.APART, silo["b1"], silo["b2"])
    assert {one("1", "2", "b1", "a1", "a2"), one("b2")} <= silo.groups()

    silo.delete("1")
    resolve_anew(platform)
    assert one("2", "b1") in silo.groups(), "the others are still one"
    silo.delete("b1")
    silo.land({"1": {"no": "K-1"}, "b1": FAMILY["b1"]})

    assert {one("1", "2", "b1", "a1", "a2"), one("b2")} <= silo.groups()


def test_a_record_and_its_profile_are_the_record_and_the_others(platform: Platform) -> None:
    silo = Silo(platform, {**FAMILY, **BRIDGE})
    profile = silo.homes()["r"]

    say(platform, verdicts.APART, silo["r"], profile)

    assert one("r") in silo.groups()


def test_the_same_word_again_changes_nothing(platform: Platform) -> None:
    silo, name = Silo(platform, STRANGERS), uuid4()
    first = say(platform, verdicts.TOGETHER, silo["1"], silo["2"], verdict_id=name)

    again = say(platform, verdicts.TOGETHER, silo["1"], silo["2"], verdict_id=name)
    in_other_words = say(platform, verdicts.TOGETHER, silo["2"], silo["1"])

    assert (again.repeated, again.verdict) == (True, first.verdict)
    assert (in_other_words.repeated, in_other_words.verdict) == (True, first.verdict)


@pytest.mark.parametrize(
    ("ruling", "names", "reason"),
    [
        (verdicts.TOGETHER, ["1", "3"], "unique_conflict"),
        (verdicts.TOGETHER, ["1", "1"], "same_person"),
        (verdicts.APART, ["1", "1"], "same_person"),
        (verdicts.TOGETHER, ["1"], "same_person"),
    ],
)
def test_what_cannot_be_is_refused_and_not_written_down(
    platform: Platform, ruling: str, names: list[str], reason: str
) -> None:
    silo = Silo(platform, STRANGERS)

    with pytest.raises(Refused) as refused:
        say(platform, ruling, *(silo[name] for name in names))

    assert refused.value.reason == reason
    assert len(silo.groups()) == 3
    with platform.read() as tx:
        assert verdicts.page(tx.main, tx.workspace, before=None, limit=5) == []


def test_a_profile_and_itself_or_its_former_id_are_one_and_the_same(platform: Platform) -> None:
    silo = Silo(platform, STRANGERS)
    before = silo.homes()
    say(platform, verdicts.TOGETHER, before["1"], before["2"])

    for ruling in (verdicts.TOGETHER, verdicts.APART):
        with pytest.raises(Refused) as refused:
            say(platform, ruling, before["1"], before["2"])
        assert refused.value.reason == "same_person"
    with pytest.raises(Refused) as refused:
        say(platform, verdicts.APART, silo["3"], silo.homes()["3"])
    assert refused.value.reason == "same_person"


def test_a_word_against_a_verdict_that_stands_is_refused_until_that_is_taken_back(
    platform: Platform,
) -> None:
    silo = Silo(platform, STRANGERS)
    apart = say(platform, verdicts.APART, silo["1"], silo["2"])

    with pytest.raises(Refused) as refused:
        say(platform, verdicts.TOGETHER, silo["1"], silo["2"])
    take(platform, apart.verdict.id)
    say(platform, verdicts.TOGETHER, silo["1"], silo["2"])

    assert refused.value.reason == "verdict_stands"
    assert one("1", "2") in silo.groups()


def test_ids_that_nobody_has_are_not_found(platform: Platform, seeded: Seeded) -> None:
    ada = seeded.profiles["ada"]

    for ids in ((ada, uuid4()), (uuid4(), ada)):
        with pytest.raises(NotFound):
            say(seeded.platform, verdicts.APART, *ids)
    with pytest.raises(NotFound):
        take(platform, uuid4())
    with pytest.raises(NotFound):
        unmerge(platform, uuid4())


def test_an_explanation_names_the_verdict(platform: Platform) -> None:
    silo = Silo(platform, {**FAMILY, **BRIDGE})
    say(platform, verdicts.APART, silo["a1"], silo["b1"])

    told = door.explain(platform, STEWARD, silo["a1"], silo["b1"])

    assert not told["same"]
    assert "verdict" in {reason["code"] for reason in told["reasons"]}
