"""G4 age: the young need a guardian, or for sale in the United States their own opt-in."""

from datetime import datetime
from typing import Any

import pytest

from consent.subject import Circumstances
from tests.consent.builders import NOW, answer, ask, fact, policy, reason

ALLOWS = policy(minors_with_guardian=True)
SHARE: dict[str, Any] = {"asked": ask("partner_share", None), "regimes": ("US-CA",)}


def guarded(**changes: Any) -> Any:
    return fact(**({"flags": ("guardian",)} | changes))


@pytest.mark.parametrize(
    ("regime", "age", "blocked"),
    [("EU", 15, True), ("EU", 16, False), ("UK", 12, True), ("UK", 13, False), ("CA", 13, True)],
)
def test_below_the_age_of_the_regime_marketing_is_blocked(
    regime: str, age: int, blocked: bool
) -> None:
    found = reason(fact(), regimes=(regime,), age=age)

    assert found == ("MINOR_BLOCKED" if blocked else "BASIS_CONSENT")
    assert reason(regimes=(regime,), age=age, asked=ask("service")) == "BASIS_CONTRACT"


def test_a_guardian_opens_only_a_workspace_that_allows_it() -> None:
    assert reason(guarded(), age=15) == "MINOR_BLOCKED"
    assert reason(guarded(), age=15, of=ALLOWS) == "BASIS_CONSENT"
    assert reason(fact(), age=15, of=ALLOWS) == "MINOR_BLOCKED"


def test_the_guardians_yes_must_be_in_force_and_only_his_counts() -> None:
    withdrawn = fact("withdrawn", "04-01")

    assert reason(guarded(until=NOW), age=15, of=ALLOWS) == "EXPIRED"
    assert reason(guarded(), withdrawn, fact(at="05-01"), age=15, of=ALLOWS) == "WITHDRAWN"
    assert reason(guarded(until=NOW), age=12, of=ALLOWS, regimes=("US",)) == "MINOR_BLOCKED"
    assert reason(guarded(), age=12, of=ALLOWS, regimes=("US",)) == "BASIS_OPTOUT"


@pytest.mark.parametrize(
    ("age", "yes", "expected"),
    [
        (16, None, "BASIS_OPTOUT"),
        (15, None, "MINOR_BLOCKED"),
        (15, {}, "BASIS_OPTOUT"),
        (15, {"rank": 2}, "MINOR_BLOCKED"),
        (12, {}, "MINOR_BLOCKED"),
        (12, {"flags": ("guardian",)}, "BASIS_OPTOUT"),
    ],
)
def test_sale_of_the_young_is_opt_in_in_the_united_states(
    age: int, yes: dict[str, Any] | None, expected: str
) -> None:
    facts = () if yes is None else (fact(**({"purposes": ("partner_share",)} | yes)),)

    assert reason(*facts, of=ALLOWS, age=age, **SHARE) == expected


def test_a_workspace_may_raise_the_age() -> None:
    of = policy(ages={"US": 18}, minors_with_guardian=True)

    assert reason(of=of, age=17, **SHARE) == "MINOR_BLOCKED"
    assert reason(of=of, age=18, **SHARE) == "BASIS_OPTOUT"
    assert policy(ages={"UK": 15}).age_limit("UK") == 15


def test_the_age_is_that_of_the_moment_and_a_birthday_counts_when_it_is_over_everywhere() -> None:
    born = "2010-11-21"

    def at(text: str) -> str:
        return reason(fact(), birth_date=born, asked=ask(now=datetime.fromisoformat(text)))

    assert at("2026-11-20T09:59:00Z") == "MINOR_BLOCKED"
    assert at("2026-11-21T11:59:00Z") == "MINOR_BLOCKED"
    assert at("2026-11-21T12:00:00Z") == "BASIS_CONSENT"


def test_on_the_thirteenth_birthday_both_the_guardian_and_the_child_are_needed() -> None:
    sold: dict[str, Any] = {"purposes": ("partner_share",)}
    both = (guarded(rank=2, **sold), fact(at="03-02", **sold))
    around = {"birth_date": "2013-11-21", "regimes": ("US-CA",), "of": ALLOWS}
    during = ask("partner_share", None, now=datetime.fromisoformat("2026-11-21T00:00:00Z"))

    assert reason(both[0], asked=during, **around) == "MINOR_BLOCKED"
    assert reason(both[1], asked=during, **around) == "MINOR_BLOCKED"
    assert reason(*both, asked=during, **around) == "BASIS_OPTOUT"


def test_a_birthday_ends_an_answer() -> None:
    soon = datetime.fromisoformat("2026-11-20T09:58:00Z")
    found = answer(guarded(), birth_date="2010-11-21", of=ALLOWS, asked=ask(now=soon))

    assert found.valid_until == datetime.fromisoformat("2026-11-20T10:00:00Z")


def test_an_unknown_age_is_an_adults_and_an_unreadable_one_a_childs() -> None:
    assert Circumstances().ages(NOW) == ()
    assert Circumstances().birthdays(16) == ()
    assert reason(fact(), birth_date="soon") == "MINOR_BLOCKED"
    assert Circumstances(birth_date="soon").birthdays(16) == ()


def test_who_was_born_on_29_february_has_his_birthday_on_1_march() -> None:
    born = Circumstances(birth_date="2012-02-29")

    assert born.birthdays(13)[0] == datetime.fromisoformat("2025-02-28T10:00:00Z")
    assert born.birthdays(16)[0] == datetime.fromisoformat("2028-02-28T10:00:00Z")
    assert born.ages(datetime.fromisoformat("2025-02-28T09:59:00Z")) == (12,)
    assert born.ages(datetime.fromisoformat("2025-02-28T10:00:00Z")) == (12, 13)
