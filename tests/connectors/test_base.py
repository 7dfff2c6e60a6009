"""Keys and events as every connector makes them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.base import (
    Delete,
    Event,
    SourceError,
    SourceMisconfigured,
    SourceUnavailable,
    key_of,
)

PARTS = st.lists(st.text(min_size=1).filter(str.strip), min_size=2, max_size=2)


@given(PARTS, PARTS)
def test_different_key_fields_never_make_the_same_key(one: list[str], other: list[str]) -> None:
    assert (key_of(one) == key_of(other)) == (one == other)


def test_a_single_key_field_is_its_own_text() -> None:
    assert key_of([" 42 "]) == " 42 "


@pytest.mark.parametrize("values", [[""], ["a", " "]])
def test_an_empty_key_field_names_nothing(values: list[str]) -> None:
    with pytest.raises(ValueError, match="key"):
        key_of(values)
    with pytest.raises(IndexError):
        key_of([])


def test_an_instant_without_an_offset_is_no_instant() -> None:
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    Event("cases", "1", "7", "opened", moment, {}, "a:1")

    with pytest.raises(ValueError, match="offset"):
        Event("cases", "1", "7", "opened", moment.replace(tzinfo=None), {}, "a:1")


def test_errors_carry_a_code_for_machines() -> None:
    assert SourceError("x").reason == "source_error"
    assert SourceMisconfigured("x").reason == "source_misconfigured"
    assert SourceUnavailable("x", reason="gone").reason == "gone"


def test_a_deletion_shows_no_key() -> None:
    assert (
        repr(Delete("customers", "jane@example.org", "1"))
        == "Delete(stream='customers', position='1')"
    )
