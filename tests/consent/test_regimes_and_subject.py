"""Regimes from places; the person's circumstances as JSON."""

from datetime import UTC, datetime
from typing import Any

import pytest

from consent.regimes import REGIMES, Place, age_limit, family, is_us, regimes_of, strictness
from consent.subject import (
    Circumstances,
    Contact,
    InvalidSubject,
    Preference,
    SoftOptIn,
)


@pytest.mark.parametrize(
    ("place", "regime"),
    [
        ("DE", "EU"),
        ("no", "EU"),
        (("FR", "FR-BRE"), "EU"),
        ("RE", "EU"),
        ("GB", "UK"),
        ("CH", "CH"),
        ("CA", "CA"),
        (("CA", "QC"), "CA"),
        ("US", "US"),
        (("US", None), "US"),
        (("US", "CA"), "US-CA"),
        (("US", "US-VA"), "US-VA"),
        ("US-CO", "US-CO"),
        ("US-WY", "US"),
        ("BR", "XX"),
        ("", "XX"),
    ],
)
def test_a_place_has_a_regime(place: Place, regime: str) -> None:
    assert regimes_of([place]) == {regime}


def test_every_plausible_regime_counts_and_nothing_known_is_none() -> None:
    assert regimes_of(["DE", ("US", "CA")]) == {"EU", "US-CA"}
    assert regimes_of([]) == frozenset()


def test_the_unknown_is_as_strict_as_the_strictest() -> None:
    assert REGIMES[0] == "XX"
    assert strictness("ZZ") == strictness("XX") == 0
    assert strictness("EU") < strictness("UK") < strictness("CA") < strictness("US-CA")
    assert strictness("US-CA") < strictness("US-VA") < strictness("US")
    assert (family("ZZ"), family("US-ZZ"), family("CA")) == ("XX", "US", "CA")
    assert is_us("US-CA")
    assert not is_us("CA")
    assert (age_limit("EU"), age_limit("UK"), age_limit("ZZ"), age_limit("US-CA")) == (
        16,
        13,
        16,
        13,
    )


FULL = Circumstances(
    regimes=frozenset({"EU", "US-CA"}),
    birth_date="2001-02-03",
    age=25,
    utc_offsets=(60, -150),
    contacts=(
        Contact(
            "ref-1",
            "email",
            frozenset({"email"}),
            verified=True,
            bounced=True,
            suppressed=frozenset({"*", "sms"}),
        ),
        Contact("ref-2", "phone", frozenset({"sms", "phone"})),
    ),
    preferences=frozenset({Preference("email"), Preference(None, "x"), Preference("sms", "x")}),
    soft_optin=SoftOptIn(
        datetime(2026, 8, 1, tzinfo=UTC), similar=True, optout_offered=False, record_id="r1"
    ),
    sent={"email": (datetime(2026, 8, 1, tzinfo=UTC),), "sms": ()},
)


@pytest.mark.parametrize("circumstances", [FULL, Circumstances(), Circumstances(birth_date="?")])
def test_circumstances_come_back_from_their_json(circumstances: Circumstances) -> None:
    again = Circumstances.parse(circumstances.as_dict())

    assert again == circumstances
    assert again.as_dict() == circumstances.as_dict()


def test_age_and_birth_date_are_not_shown() -> None:
    assert "2001" not in repr(FULL)
    assert "25" not in repr(FULL)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ({"name": "x"}, "unknown_field"),
        ({"regimes": "EU"}, "invalid_regimes"),
        ({"age": 151}, "invalid_age"),
        ({"utc_offsets": [1.5]}, "invalid_utc_offsets"),
        ({"utc_offsets": [901]}, "invalid_utc_offsets"),
        ({"utc_offsets": 60}, "invalid_utc_offsets"),
        ({"contacts": [{"ref": "r", "type": "email", "channels": ["fax"]}]}, "unknown_channels"),
        ({"contacts": ["r"]}, "not_an_object"),
        ({"preferences": [{}]}, "invalid_preference"),
        ({"soft_optin": {"sale_at": "once"}}, "invalid_sale_at"),
        ({"sent": {"fax": []}}, "unknown_channel"),
        ({"sent": {"email": ["once"]}}, "invalid_sent"),
        ({"sent": []}, "invalid_sent"),
    ],
)
def test_circumstances_that_cannot_be_understood_are_refused(
    source: dict[str, Any], reason: str
) -> None:
    with pytest.raises(InvalidSubject) as refused:
        Circumstances.parse(source)

    assert refused.value.reason == reason
