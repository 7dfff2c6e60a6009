"""G9: what the records of one person say together (cases M1 to M8)."""

from dataclasses import replace
from typing import Any

import pytest

from consent.decision import Decision, decide
from consent.events import ConsentFact
from consent.policy import Policy
from consent.subject import Member, Preference, SoftOptIn
from tests.consent.builders import POLICY, ask, fact, member, on, policy, subject

MERGED = on("05-01")


def of(*members: Member, by: Policy = POLICY, **changes: Any) -> Decision:
    asked = changes.pop("asked", ask())
    return decide(by, subject(*members, **({"merged_at": MERGED} | changes)), asked)


def r1(*facts: ConsentFact, **changes: Any) -> Member:
    return member(*facts, **changes)


def r2(*facts: ConsentFact, **changes: Any) -> Member:
    return member(*facts, **({"record_id": "r2"} | changes))


NO, YES = fact("withdrawn", "02-01"), fact(at="03-01")


def test_m1_a_no_as_late_as_the_yes_wins() -> None:
    for at in ("03-01", "04-01"):
        later = fact("withdrawn", at, id="n")
        found = of(r1(YES), r2(later))

        assert (found.reason, found.decisive) == ("MERGE_DENY_LATEST", ("n",))


def test_m2_a_later_word_of_the_person_crosses_verified_links() -> None:
    found = of(r1(YES), r2(NO))

    assert (found.reason, found.usable) == ("BASIS_CONSENT", ("r1", "r2"))
    assert of(r1(replace(YES, rank=4)), r2(NO))
    assert of(r1(replace(YES, rank=3)), r2(NO)).reason == "MERGE_CONFLICT"


def test_m2_the_yes_must_be_one_that_undoes_that_no() -> None:
    by_old_link = replace(YES, rank=4, pending_at=on("01-15"))
    confirmed = fact("confirmed", rank=4)
    sent = fact("pending", "01-30", rank=3)
    long = policy(doi_hours=72)

    assert of(r1(by_old_link), r2(NO)).reason == "MERGE_CONFLICT"
    assert of(r1(replace(sent, at=on("02-27"), received=on("02-27")), confirmed), r2(NO))
    no = fact("withdrawn", at=on("02-28"))
    before = fact("pending", "02-27", rank=3)
    assert of(r1(before, confirmed), r2(no), by=long).reason == "MERGE_CONFLICT"


@pytest.mark.parametrize("kind", ["probabilistic", "household"])
def test_m3_across_other_links_only_a_signed_in_yes_after_the_merge_counts(kind: str) -> None:
    after = fact(at="06-01")

    assert of(r1(YES), r2(NO, link=kind)).reason == "MERGE_CONFLICT"
    assert of(r1(YES, link=kind), r2(NO)).reason == "MERGE_CONFLICT"
    found = of(r1(after), r2(NO, link=kind))
    assert (found.reason, found.usable) == ("BASIS_CONSENT", ("r1",))
    assert of(r1(replace(after, rank=4)), r2(NO, link=kind)).reason == "MERGE_CONFLICT"
    assert of(r1(after), r2(NO, link=kind), merged_at=None).reason == "MERGE_CONFLICT"


def test_m4_a_yes_speaks_for_verified_records_that_say_nothing() -> None:
    assert of(r1(YES), r2()).usable == ("r1", "r2")
    assert of(r1(YES), r2(fact("asked"))).usable == ("r1", "r2")
    assert of(r1(YES), r2(fact(rank=0))).usable == ("r1", "r2")
    assert of(r1(YES), r2(fact(until=on("04-01")))).usable == ("r1",)


@pytest.mark.parametrize("kind", ["probabilistic", "household"])
def test_m5_it_does_not_speak_for_records_that_are_only_probably_the_persons(kind: str) -> None:
    assert of(r1(YES), r2(link=kind)).usable == ("r1",)
    assert of(r1(YES, link=kind), r2()).usable == ("r1",)


def test_m6_and_m8_a_no_bound_to_both_stays_with_each_after_a_split() -> None:
    both = fact("withdrawn", "04-01")

    assert of(r1(YES, both), r2(both)).reason == "WITHDRAWN"
    assert of(r1(YES, both)).reason == of(r2(both)).reason == "WITHDRAWN"


def test_m7_after_a_split_the_other_record_has_its_own_history() -> None:
    assert of(r1(YES)).reason == "BASIS_CONSENT"
    assert of(r2()).reason == "NO_RECORD"


def test_the_latest_no_of_all_records_is_the_reason() -> None:
    found = of(r1(fact("refused", "02-01")), r2(fact("objected", "03-01", id="o")))

    assert (found.reason, found.decisive) == ("OBJECTED", ("o",))


def test_the_nearest_to_a_yes_is_the_reason_where_there_is_none() -> None:
    expired = fact(until=on("04-01"), id="e")

    assert (of(r1(), r2(expired)).reason, of(r1(), r2(expired)).decisive) == ("EXPIRED", ("e",))
    assert of(r1(fact(notice=None)), r2()).reason == "NOTICE_MISSING"


def test_without_a_yes_that_was_said_a_no_of_another_record_stands() -> None:
    assert of(r1(), r2(NO), regimes=("US-CA",)).reason == "MERGE_DENY_LATEST"


def test_one_customer_record_makes_a_contract_with_the_person() -> None:
    lead = r2(relation="prospect")

    assert of(r1(), lead, asked=ask("service")).usable == ("r1", "r2")
    assert of(r1(), replace(lead, link="household"), asked=ask("service")).usable == ("r1",)


def test_a_preference_is_named_before_a_conflict_of_records() -> None:
    off = frozenset({Preference(channel="email")})

    assert of(r1(YES), r2(fact("withdrawn", "04-01")), preferences=off).reason == "CHANNEL_OFF"
    assert of(r1(), preferences=off).reason == "NO_RECORD"


def test_several_bases_are_joined() -> None:
    sale = SoftOptIn(on("08-01"), similar=True, optout_offered=True)
    found = of(r1(YES), r2(), by=policy(soft_optin=True), soft_optin=sale)

    assert (found.reason, found.basis) == ("BASIS_CONSENT+BASIS_SOFT_OPTIN", "consent+soft_optin")


def test_no_record_may_permit_alone_what_only_all_together_would() -> None:
    sale = SoftOptIn(on("08-01"), similar=True, optout_offered=True, record_id="r2")
    implied = fact(at="10-01", ctype="implied")
    both: dict[str, Any] = {"by": policy(soft_optin=True), "soft_optin": sale}

    assert of(r1(implied), r2(), **both, regimes=("UK",))
    assert of(r1(implied), r2(), **both, regimes=("CA",))
    assert of(r1(implied), r2(), **both, regimes=("UK", "CA")).reason == "NO_RECORD"
