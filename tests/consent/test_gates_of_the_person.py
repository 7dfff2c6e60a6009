"""G0 known, G1 lifecycle, G2 suppression, G3 regimes, P5 prohibited."""

from dataclasses import replace

import pytest

from consent.decision import decide
from consent.subject import Contact
from tests.consent.builders import (
    ADDRESS,
    NOW,
    POLICY,
    answer,
    ask,
    document,
    fact,
    member,
    on,
    policy,
    reason,
    subject,
)


def test_nobody_and_nothing_are_not_known() -> None:
    assert decide(POLICY, None, ask()).reason == "NO_PROFILE"
    assert reason(asked=ask("ofers")) == "PURPOSE_UNKNOWN"
    assert reason(asked=ask("targeted_ads")) == "PURPOSE_UNKNOWN"


def test_a_profile_without_records_has_no_record_of_anything() -> None:
    assert decide(POLICY, subject(), ask()).reason == "NO_RECORD"
    assert decide(POLICY, subject(), ask("legal")).reason == "NO_RECORD"


@pytest.mark.parametrize("purpose", ["legal", "dsr", "security"])
@pytest.mark.parametrize("state", ["erasing", "erasure_pending", "restricted", "odd"])
def test_a_frozen_person_has_only_what_is_vital(purpose: str, state: str) -> None:
    of = policy(lia={"security": "L1"})

    assert answer(of=of, asked=ask(purpose, None), lifecycle=state)
    assert not answer(fact(), of=of, asked=ask("service", None), lifecycle=state)


@pytest.mark.parametrize(
    ("state", "purpose", "expected"),
    [
        ("erased", "legal", "ERASED"),
        ("erasing", "offers", "ERASURE_PENDING"),
        ("erasure_pending", "service", "ERASURE_PENDING"),
        ("restricted", "service", "RESTRICTED"),
        ("odd", "service", "RESTRICTED"),
        ("legal_hold", "offers", "LEGAL_HOLD_ONLY"),
        ("legal_hold", "service", "BASIS_CONTRACT"),
    ],
)
def test_the_lifecycle_has_a_reason_of_its_own(state: str, purpose: str, expected: str) -> None:
    assert reason(fact(), asked=ask(purpose), lifecycle=state) == expected


def _listed(*channels: str) -> tuple[Contact, ...]:
    return (
        Contact(
            ADDRESS, "email", frozenset({"email"}), verified=True, suppressed=frozenset(channels)
        ),
    )


@pytest.mark.parametrize(
    ("channels", "channel", "expected"),
    [
        (("email",), "email", "SUPPRESSED"),
        (("*",), "email", "SUPPRESSED"),
        (("email",), None, "SUPPRESSED"),
        (("sms",), "email", "BASIS_CONSENT"),
    ],
)
def test_a_suppressed_address_gets_no_marketing_on_that_channel(
    channels: tuple[str, ...], channel: str | None, expected: str
) -> None:
    asked = ask(channel=channel, contact=ADDRESS)

    assert reason(fact(), asked=asked, contacts=_listed(*channels)) == expected


def test_a_receipt_still_goes_to_a_suppressed_address() -> None:
    asked = ask("service", contact=ADDRESS)

    assert reason(asked=asked, contacts=_listed("*")) == "BASIS_CONTRACT"


def test_the_ask_must_pass_in_every_regime_and_the_strictest_gives_the_reason() -> None:
    both = ("US-CA", "EU")

    assert reason(regimes=both) == "NO_RECORD"
    assert reason(regimes=("US-CA",)) == "BASIS_OPTOUT"
    assert reason(fact(), regimes=both) == "BASIS_CONSENT+BASIS_OPTOUT"
    assert answer(fact(), regimes=both).basis == "consent+optout"


def test_no_regime_and_a_regime_nobody_knows_are_the_strictest() -> None:
    assert reason(regimes=()) == "NO_RECORD"
    assert reason(regimes=("US", "ZZ")) == "NO_RECORD"


def test_an_empty_cell_is_prohibited_whatever_was_said() -> None:
    matrix = document()["matrix"]
    matrix["offers"] = {"EU": {"email": "consent"}}
    of = policy(matrix=matrix)

    assert reason(fact(), of=of) == "BASIS_CONSENT"
    assert reason(fact(), of=of, asked=ask(channel="sms")) == "PROHIBITED"
    assert reason(fact(), of=of, regimes=("EU", "CA")) == "PROHIBITED"
    assert reason(fact(purposes=("marketing",)), asked=ask("marketing")) == "PROHIBITED"


def test_a_cell_of_a_state_of_its_own_is_obeyed() -> None:
    matrix = document()["matrix"]
    matrix["offers"] = {**matrix["offers"], "US-CA": "consent"}
    of = policy(matrix=matrix)

    assert reason(of=of, regimes=("US-CA",)) == "NO_RECORD"
    assert reason(of=of, regimes=("US-VA",)) == "BASIS_OPTOUT"


def test_an_answer_lasts_five_minutes_at_most_and_ends_when_the_yes_does() -> None:
    until = NOW.replace(minute=2)

    assert str(answer(fact()).valid_until) == "2026-11-21 12:05:00+00:00"
    assert answer(fact(until=until)).valid_until == until
    assert decide(POLICY, None, ask()).valid_until == NOW.replace(minute=5)


def test_an_ask_is_made_of_a_known_action_at_a_moment_with_offset() -> None:
    with pytest.raises(ValueError, match="an action is one of"):
        ask(action="look")
    with pytest.raises(ValueError, match="offset"):
        ask(now=NOW.replace(tzinfo=None))


def test_a_decision_is_plain_json_and_truthy_when_permitted() -> None:
    granted = answer(fact(id="g"))

    assert granted
    assert granted.as_dict() == {
        "permitted": True,
        "reason": "BASIS_CONSENT",
        "basis": "consent",
        "decisive": ["g"],
        "usable": ["r1"],
        "valid_until": "2026-11-21T12:05:00.000Z",
        "retry_after": None,
    }
    assert replace(granted, valid_until=None, retry_after=NOW).as_dict()["retry_after"]
    assert replace(granted, valid_until=None).as_dict()["valid_until"] is None


def test_what_arrives_later_is_not_known_yet() -> None:
    late = fact("withdrawn", on("03-02"), received=NOW.replace(minute=3))

    assert reason(fact(), late) == "BASIS_CONSENT"
    assert answer(fact(), late).valid_until == NOW.replace(minute=3)
    assert decide(POLICY, subject(member(late)), ask()).reason == "NO_RECORD"
