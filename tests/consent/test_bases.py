"""P6 and P7: contract, law, legitimate interest, opt-out, consent, soft opt-in."""

from datetime import datetime
from typing import Any

import pytest

from consent.decision import decide
from consent.periods import add_months
from consent.subject import SoftOptIn
from tests.consent.builders import (
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

EVERYTHING = fact("withdrawn", purposes=("*",))


def test_contract_needs_a_record_of_a_customer_and_no_no_gates_it() -> None:
    assert reason(EVERYTHING, asked=ask("service")) == "BASIS_CONTRACT"
    assert reason(fact("objected", purposes=("service",)), asked=ask("service")) == "BASIS_CONTRACT"
    for relation in ("prospect", "", None):
        lead = subject(member(relation=relation))
        assert decide(POLICY, lead, ask("service")).reason == "NO_CONTRACT"


@pytest.mark.parametrize("purpose", ["legal", "dsr", "stewardship"])
def test_the_law_passes_always(purpose: str) -> None:
    assert reason(EVERYTHING, asked=ask(purpose, None), regimes=()) == "BASIS_LEGAL"


@pytest.mark.parametrize("regime", ["EU", "US", "CA"])
def test_legitimate_interest_needs_an_assessment_and_stops_at_a_no(regime: str) -> None:
    asked = {"asked": ask("service_insight", None), "regimes": (regime,)}
    of = policy(lia={"service_insight": "L4"})

    assert reason(**asked) == "LIA_MISSING"
    assert reason(of=of, **asked) == "BASIS_LI"
    assert reason(EVERYTHING, of=of, **asked) == "WITHDRAWN"


def test_compelling_grounds_overcome_the_persons_no_but_no_officers() -> None:
    of = policy(lia={"service_insight": "L4"}, compelling={"service_insight": "G1"})
    asked = ask("service_insight", None)

    assert reason(fact("objected", purposes=("*",)), of=of, asked=asked) == "BASIS_LI_COMPELLING"
    assert answer(EVERYTHING, of=of, asked=asked).basis == "li_compelling"
    assert reason(fact("terminated", purposes=("*",)), of=of, asked=asked) == "TERMINATED"
    assert reason(of=of, asked=asked) == "BASIS_LI"


def test_nothing_compels_direct_marketing() -> None:
    of = policy(lia={"offers": "L7"}, compelling={"offers": "G1"})

    assert reason(fact("objected"), of=of, asked=ask(channel="post")) == "OBJECTED"


def test_opt_out_needs_a_notice_at_collection() -> None:
    def told(**changes: Any) -> str:
        return reason(of=policy(**changes), regimes=("US-CA",))

    later = {"n1": {"effective_from": "2026-12-01T00:00:00Z"}}
    gone = {"n1": {"superseded_materially_at": "2026-11-01T00:00:00Z"}}
    assert told(notices={}) == "NOTICE_MISSING"
    assert told(notices=later) == "NOTICE_MISSING"
    assert told(notices=gone) == "NOTICE_MISSING"
    assert told() == "BASIS_OPTOUT"
    both = {"notices": {"n1": {}, **{"n2": later["n1"]}}}
    assert told(**both, notice_at_collection={"US": ["n2"]}) == "NOTICE_MISSING"
    assert told(**both, notice_at_collection={"US-CA": ["n1"], "US": ["n2"]}) == "BASIS_OPTOUT"
    assert told(**both, notice_at_collection={"US": []}) == "NOTICE_MISSING"


# --- soft opt-in

SOFT = policy(soft_optin=True)


def soft(*facts: Any, at: str = "2026-08-01T00:00:00Z", **changes: Any) -> str:
    sale = SoftOptIn(
        sale_at=datetime.fromisoformat(at),
        similar=changes.pop("similar", True),
        optout_offered=changes.pop("optout_offered", True),
        record_id=changes.pop("record_id", None),
    )
    return reason(*facts, **({"of": SOFT, "soft_optin": sale} | changes))


def test_a_recent_sale_to_a_customer_may_stand_in_for_consent_by_email() -> None:
    assert soft() == soft(regimes=("UK",)) == soft(record_id="r1") == "BASIS_SOFT_OPTIN"
    assert soft(asked=ask("newsletter")) == "BASIS_SOFT_OPTIN"
    assert soft(at="2024-11-21T12:00:00Z") == "BASIS_SOFT_OPTIN"


@pytest.mark.parametrize(
    "changes",
    [
        {"of": POLICY},
        {"regimes": ("CH",)},
        {"regimes": ()},
        {"asked": ask(channel="sms")},
        {"asked": ask(channel=None)},
        {"asked": ask("profiling_offers")},
        {"similar": False},
        {"optout_offered": False},
        {"record_id": "r2"},
        {"at": "2024-11-21T11:59:59Z"},
        {"at": "2026-11-21T12:01:00Z"},
        {"soft_optin": None},
    ],
)
def test_a_soft_opt_in_has_all_its_conditions_or_is_none(changes: dict[str, Any]) -> None:
    assert soft(**changes) == "NO_RECORD"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (fact("asked"), "NO_RECORD"),
        (fact("refused"), "REFUSED"),
        (fact(until=on("04-01")), "EXPIRED"),
        (fact("pending", at=NOW), "DOI_PENDING"),
        (fact("pending"), "BASIS_SOFT_OPTIN"),
        (fact(flags=("preticked",)), "BASIS_SOFT_OPTIN"),
        (fact(), "BASIS_CONSENT"),
    ],
)
def test_a_soft_opt_in_is_for_who_never_said_anything(said: Any, expected: str) -> None:
    assert soft(said) == expected


def test_months_are_calendar_months() -> None:
    assert add_months(datetime.fromisoformat("2024-01-31T00:00:00Z"), 1).day == 29
    assert add_months(datetime.fromisoformat("2026-11-30T00:00:00Z"), 3).isoformat()[:10] == (
        "2027-02-28"
    )
    assert add_months(datetime.fromisoformat("2026-01-15T00:00:00Z"), -1).isoformat()[:7] == (
        "2025-12"
    )


def test_the_default_matrix_is_that_of_the_book() -> None:
    row = {
        purpose: tuple(
            POLICY.basis(purpose, regime, channel)
            for regime, channel in [
                ("EU", "email"),
                ("XX", "push"),
                ("EU", "sms"),
                ("CH", "post"),
                ("US-CA", "email"),
                ("US-VA", "sms"),
                ("CA", "email"),
                ("CA", "post"),
            ]
        )
        for purpose in ("offers", "analytics", "partner_share", "health_offers", "marketing")
    }

    consent = "consent"
    three = (consent,) * 4 + ("optout", "optout") + (consent,) * 2
    assert row["offers"] == ("soft_optin", consent, consent, "li", "optout", consent, consent, "li")
    assert row["analytics"] == row["partner_share"] == three
    assert set(row["health_offers"]) == {"explicit"}
    assert set(row["marketing"]) == {"prohibited"}
    assert document()["doi_channels"] == []
