"""When a sealed view exists, what it may hold, and whether offers are permitted."""

from datetime import timedelta

import pytest

from consent.decision import contact_allowed, decide, entitled, offers_permitted, public_reason
from consent.decision.reasons import BASES, DENIALS, NOT_NOW
from consent.subject import Contact, Preference
from tests.consent.builders import (
    ADDRESS,
    NOW,
    POLICY,
    around,
    ask,
    days,
    fact,
    member,
    on,
    policy,
    subject,
)

EMAIL = Contact(ADDRESS, "email", frozenset({"email"}), verified=True)


def test_a_view_needs_a_person_a_purpose_and_a_life() -> None:
    assert entitled(POLICY, None, "offers", NOW).reason == "NO_PROFILE"
    assert entitled(POLICY, subject(member(fact())), "ofers", NOW).reason == "PURPOSE_UNKNOWN"
    erased = subject(member(fact()), lifecycle="erased")
    assert entitled(POLICY, erased, "offers", NOW).reason == "ERASED"


def test_one_channel_contact_point_or_brand_is_enough() -> None:
    for scope in ({"channels": ("sms",)}, {"contact": "ref-7"}, {"brand": "B"}):
        assert entitled(POLICY, subject(member(fact(**scope))), "offers", NOW)
        assert entitled(
            POLICY, subject(member(fact(purposes=("analytics",), **scope))), "analytics", NOW
        )


def test_a_no_to_one_brand_leaves_the_others() -> None:
    person = subject(member(fact(), fact("withdrawn", "04-01", brand="B")))

    assert entitled(POLICY, person, "offers", NOW)
    assert not decide(POLICY, person, ask(brand="B"))


def test_a_letter_without_consent_makes_a_view_of_offers() -> None:
    by_post = policy(lia={"offers": "L7"})

    assert entitled(by_post, subject(member()), "offers", NOW).reason == "BASIS_LI"
    assert entitled(POLICY, subject(member()), "offers", NOW).reason == "NO_RECORD"


def test_preference_suppression_and_hours_are_no_reason_to_delete_a_view() -> None:
    person = subject(
        member(fact()),
        preferences=frozenset({Preference("email")}),
        contacts=(Contact(ADDRESS, "email", frozenset({"email"}), suppressed=frozenset({"*"})),),
    )

    assert entitled(policy(quiet={"*": [0, 23]}), person, "offers", NOW)


def test_a_view_holds_what_any_channel_may_use() -> None:
    person = subject(
        member(fact(channels=("sms",))),
        member(fact(channels=("email",)), record_id="r2", link="household"),
    )

    assert entitled(POLICY, person, "offers", NOW).usable == ("r1", "r2")


def test_a_view_is_valid_until_time_alone_may_change_the_answer() -> None:
    until = NOW + days(30)

    assert entitled(POLICY, subject(member(fact(until=until))), "offers", NOW).valid_until == until
    assert entitled(POLICY, subject(member()), "service", NOW).valid_until is None
    two = subject(member(fact(until=until), fact(at="04-01", until=until + days(9))))
    assert entitled(POLICY, two, "offers", NOW).valid_until == until + days(9)
    refused = entitled(POLICY, subject(member(fact("withdrawn"))), "offers", NOW)
    assert (refused.reason, refused.valid_until) == ("WITHDRAWN", None)
    young = subject(member(), birth_date="2011-01-01")
    adult = entitled(POLICY, young, "offers", NOW).valid_until
    assert adult is not None
    assert adult.isoformat() == "2026-12-31T10:00:00+00:00"


def test_an_announced_notice_ends_a_view() -> None:
    announced = {"superseded_materially_at": "2027-01-01T00:00:00Z", "material_for": ["*"]}
    of = policy(notices={"n1": announced})

    found = entitled(of, subject(member(fact())), "offers", NOW).valid_until
    assert found is not None
    assert found.isoformat() == "2027-01-01T00:00:00+00:00"


def test_a_contact_point_is_in_a_view_only_if_its_channel_is_permitted() -> None:
    person = subject(member(fact(channels=("email",), contact=ADDRESS)))

    assert contact_allowed(POLICY, person, "offers", EMAIL, "email", NOW)
    assert contact_allowed(POLICY, person, "offers", EMAIL, "sms", NOW).reason == "NO_RECORD"
    other = Contact("ref-9", "email", frozenset({"email"}))
    assert not contact_allowed(POLICY, person, "offers", other, "email", NOW)
    branded = subject(member(fact(brand="B")))
    assert contact_allowed(POLICY, branded, "offers", EMAIL, "email", NOW)
    assert contact_allowed(POLICY, branded, "x", EMAIL, "email", NOW).reason == "PURPOSE_UNKNOWN"
    frozen = subject(member(fact()), lifecycle="restricted")
    assert contact_allowed(POLICY, frozen, "offers", EMAIL, "email", NOW).reason == "RESTRICTED"


# --- offers


def test_offers_are_personal_only_if_profiling_is_permitted_too() -> None:
    both = fact(purposes=("offers", "profiling_offers"))

    assert offers_permitted(POLICY, subject(member(both)), ask()).reason == "PERSONALISED"
    found = offers_permitted(POLICY, subject(member(fact())), ask())
    assert (found.permitted, found.reason) == (True, "GENERIC_ONLY:NO_RECORD")
    ended = subject(member(fact(), fact(purposes=("profiling_offers",), until=on("04-01"))))
    assert offers_permitted(POLICY, ended, ask()).reason == "GENERIC_ONLY:EXPIRED"
    assert offers_permitted(POLICY, subject(member()), ask()).reason == "NO_RECORD"
    assert offers_permitted(POLICY, None, ask(channel=None)).reason == "NO_PROFILE"


def test_without_a_channel_one_of_them_is_enough() -> None:
    person = subject(member(fact(channels=("push",))))
    bound = subject(member(fact(contact=ADDRESS)), contacts=(EMAIL,))

    assert offers_permitted(POLICY, person, ask(channel=None))
    assert not offers_permitted(POLICY, person, ask())
    assert offers_permitted(POLICY, bound, ask(channel=None))
    assert offers_permitted(POLICY, bound, ask(channel=None, contact=ADDRESS))
    assert not offers_permitted(POLICY, bound, ask(channel=None, contact="ref-9"))
    assert offers_permitted(POLICY, bound, ask(channel=None, action="contact"))


def test_offers_need_their_view_and_profiling_its_own() -> None:
    both = subject(member(fact(purposes=("offers", "profiling_offers"))))

    def found(**sealed: list[str]) -> str:
        return offers_permitted(POLICY, both, ask(), sealed=sealed).reason

    assert found() == "KEY_ABSENT"
    assert found(offers=["r1"]) == "GENERIC_ONLY:KEY_ABSENT"
    assert found(offers=["r1"], profiling_offers=["r1"]) == "PERSONALISED"


def test_the_answer_about_offers_ends_with_the_first_of_the_two() -> None:
    soon = NOW + timedelta(minutes=1)
    person = subject(member(fact(), fact(purposes=("profiling_offers",), until=soon)))

    assert offers_permitted(POLICY, person, ask()).valid_until == soon


# --- who sees which reason


@pytest.mark.parametrize("code", sorted(DENIALS))
def test_outside_a_refusal_has_one_of_two_reasons(code: str) -> None:
    expected = "not_now" if code in NOT_NOW else "no_permission"

    assert public_reason(code, sees_codes=False) == expected
    assert public_reason(code, sees_codes=True) == code
    assert public_reason(f"GENERIC_ONLY:{code}", sees_codes=False) == f"GENERIC_ONLY:{expected}"


def test_what_is_permitted_is_said_to_all() -> None:
    for code in (*BASES, "PERSONALISED", "BASIS_CONSENT+BASIS_OPTOUT"):
        assert public_reason(code, sees_codes=False) == code
    assert public_reason("NEW_CODE", sees_codes=False) == "no_permission"
    assert around().regimes == frozenset()
