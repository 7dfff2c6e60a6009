"""Explaining through the door: who may ask, what is told, what is hidden, what is logged."""

from uuid import UUID, uuid4

import pytest

from cdp import clock, door
from cdp.errors import NotFound, ProfileSplit, Refused, TryAgain
from cdp.flows.disclose import Caller
from cdp.ids import new_id
from cdp.platform import Platform
from cdp.store import keys, links
from cdp.store.links import Descent
from tests.flows.seeding import PEOPLE, STAFF, Seeded
from tests.flows.speech import disclosed
from tests.flows.streams import add_stream, land_rows, record_ids, resolve_all
from tests.flows.test_resolve_scored import ANNA, FIELDS, MAIL_ONLY, ROBERT

STEWARD = Caller(None, "stewards", frozenset({door.STEWARDSHIP}))
SAID = ("Robert", "Quellwasser", "1978-11-12", "Lindenstr", "80331", "München", "b@x.org", "Anna")


def records_of(platform: Platform, rows: dict[str, dict[str, str]]) -> dict[str, UUID]:
    """These rows, landed and resolved."""
    crm = add_stream(platform, "crm", fields=FIELDS)
    land_rows(platform, crm, rows)
    resolve_all(platform)
    return record_ids(platform, crm, rows)


def profile_of(platform: Platform, record: UUID) -> UUID:
    with platform.read() as tx:
        return links.links_of(tx.main, [record])[record].profile_id


def test_two_records_of_one_person_are_told_comparison_by_comparison(platform: Platform) -> None:
    bob = {"first": "Bob", "last": "Quellwasser", "born": "1978-12-11", "mail": "b@x.org"}
    found = records_of(platform, {"1": {**ROBERT, "mail": "b@x.org"}, "2": bob})

    told = door.explain(platform, STEWARD, found["1"], found["2"])

    assert told["same"]
    assert told["conclusion"] == "One person: a probabilistic link in one step."
    (step,) = told["path"]
    levels = {term["name"]: (term["level"], term["values"]) for term in step["terms"]}
    assert levels["given_name"][0] == "nickname"
    assert set(levels["given_name"][1]) == {"B…", "R…"}
    assert levels["birth_date"] == ("near", ["1978", "1978"])
    assert levels["email"] == ("exact", ["b…@x….org"])
    assert step["bits"] == pytest.approx(sum(term["bits"] for term in step["terms"]), abs=0.01)
    assert told["rules"] == platform.rules.hash
    assert set(told["records"]) == {str(found["1"]), str(found["2"])}
    assert not any(value in str(told) for value in SAID)


def test_two_profiles_are_told_by_their_strongest_pair_and_why_it_is_not_enough(
    platform: Platform,
) -> None:
    rows = {"1": {**ROBERT, "mail": "b@x.org"}, "2": ANNA}
    found = records_of(platform, rows)
    first, second = (profile_of(platform, found[key]) for key in "12")

    told = door.explain(platform, STEWARD, first, second)

    assert not told["same"]
    assert told["path"] == []
    assert [reason["code"] for reason in told["reasons"]] == ["household"]
    assert told["conclusion"] == ("Not one person: two people of one household explain it better.")
    levels = {term["name"]: term["level"] for term in told["pair"]["terms"]}
    assert (levels["email"], levels["given_name"]) == ("exact", "different")
    assert (told["first"]["profile_id"], told["second"]["profile_id"]) == (str(first), str(second))
    assert not any(value in str(told) for value in SAID)


def test_a_profile_and_itself_shows_its_weakest_link(platform: Platform) -> None:
    rows = {
        "1": {**ROBERT, "no": "K-7"},
        "2": {"no": "K-7", "mail": "b@x.org"},
        "3": MAIL_ONLY,
    }
    found = records_of(platform, rows)
    profile = profile_of(platform, found["1"])

    told = door.explain(platform, STEWARD, profile, profile)

    assert {told["first"]["record_id"], told["second"]["record_id"]} == {
        str(found["2"]),
        str(found["3"]),
    }
    assert told["kind"] == "probabilistic"


def test_a_record_and_its_profile_and_a_record_and_itself(platform: Platform) -> None:
    found = records_of(platform, {"1": {"no": "K-7"}, "2": {"no": "K-7"}})
    profile = profile_of(platform, found["1"])

    with_profile = door.explain(platform, STEWARD, found["1"], profile)
    alone = door.explain(platform, STEWARD, found["1"], found["1"])

    assert with_profile["second"]["record_id"] == str(found["2"])
    assert with_profile["kind"] == "verified"
    assert (alone["same"], alone["conclusion"]) == (True, "This is one record.")


def test_records_that_have_nothing_in_common_say_so(platform: Platform) -> None:
    found = records_of(platform, {"1": {"no": "K-7"}, "2": {"mail": "c@x.org"}})

    told = door.explain(platform, STEWARD, found["1"], found["2"])

    assert [reason["code"] for reason in told["reasons"]] == ["no_shared_identifier"]
    assert told["pair"]["terms"] == []


def test_a_value_that_joins_nobody_is_named_with_its_reason(platform: Platform) -> None:
    token = platform.keyring.custodian().blind_index("email", "b@x.org")
    with platform.write() as tx:
        keys.block(tx.custody, tx.workspace, ("email", token), "role_address", clock.now())
    found = records_of(platform, {"1": {"no": "K-7", "mail": "b@x.org"}, "2": MAIL_ONLY})

    told = door.explain(platform, STEWARD, found["1"], found["2"])

    assert told["reasons"] == [{"code": "blocked_value", "type": "email", "between": None}]
    assert told["conclusion"] == "Not one person: both have one email that is blocked."


def test_every_explanation_is_logged_for_both_profiles_and_every_refusal(seeded: Seeded) -> None:
    platform, ada, ben = seeded.platform, seeded.profiles["ada"], seeded.profiles["ben"]
    before = len(disclosed(platform))

    told = door.explain(platform, STEWARD, ada, ben)
    with pytest.raises(NotFound):
        door.explain(platform, STEWARD, ada, uuid4())
    with pytest.raises(Refused) as refused:
        door.explain(platform, STAFF, ada, ben)

    assert refused.value.reason == "purpose_not_bound"
    assert disclosed(platform)[before:] == [
        ("explain", True, ["stewardship"]),
        ("explain", True, ["stewardship"]),
        ("explain", False, []),
        ("explain", False, []),
    ]
    assert not any(value in str(told) for who in PEOPLE.values() for value in who.values)


def test_a_former_id_of_several_profiles_names_them(seeded: Seeded) -> None:
    platform, former = seeded.platform, new_id()
    ada, ben = seeded.profiles["ada"], seeded.profiles["ben"]
    with platform.write() as tx:
        seq = tx.take_seq()
        links.create(tx.main, platform.workspace, [former], seq, clock.now())
        now = clock.now()
        links.change(tx.main, changed=[], merged=[], retired=[former], seq=seq, at=now)
        descents = [Descent(former, successor, "split") for successor in (ada, ben)]
        links.record_descent(tx.main, platform.workspace, descents, seq, now)

    with pytest.raises(ProfileSplit):
        door.explain(platform, STEWARD, former, ada)


def test_records_without_an_index_are_worth_another_try(platform: Platform) -> None:
    found = records_of(platform, {"1": {"no": "K-7"}})
    with platform.write() as tx:
        keys.forget_index(tx.custody, found.values())

    with pytest.raises(TryAgain):
        door.explain(platform, STEWARD, found["1"], found["1"])
