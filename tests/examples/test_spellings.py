"""Difficulties do what they are called after, and only where a life allows them."""

from dataclasses import replace
from datetime import date
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples.heroes import HEROES
from examples.people import invent
from examples.spellings import KINDS, RATES, Guise, disguised, slipped

BETTY = Guise.of(HEROES["elizabeth"])
SEEDS = st.integers(0, 10**6)


def seeded(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - invents people


@given(seed=SEEDS, text=st.text("abcdefghij", min_size=7, max_size=20))
def test_a_slip_is_one_slip_and_keeps_first_and_last(seed: int, text: str) -> None:
    slip = slipped(seeded(seed), text)

    assert slip != text
    assert (slip[0], slip[-1]) == (text[0], text[-1])
    assert abs(len(slip) - len(text)) <= 1


@pytest.mark.parametrize("text", ["", "A", "Otto", "12345678"])
def test_what_is_too_short_or_no_word_is_left_alone(text: str) -> None:
    assert slipped(seeded(1), text) == text


@given(seed=SEEDS, place=st.integers(0, 10**6))
def test_a_disguise_says_what_is_wrong_with_it(seed: int, place: int) -> None:
    person = invent(seeded(seed), place)
    plain = Guise.of(person)

    guise = disguised(seeded(seed + 1), plain, dict.fromkeys(RATES, 0.5))

    assert guise.kinds <= KINDS.keys()
    assert bool(guise.kinds) == (replace(guise, kinds=frozenset()) != plain)


def test_betty_is_elizabeth_where_she_lived_before() -> None:
    guise = BETTY.changed(seeded(1), "nickname", "moved", "new_email", "swapped_date")

    assert guise.kinds == {"nickname", "moved", "new_email", "swapped_date"}
    assert (guise.name.full, guise.email) == ("Betty Featherington", "betty.bright@example.org")
    assert guise.born == date(1985, 4, 3)


@pytest.mark.parametrize("kind", ["new_surname", "no_accents"])
def test_what_never_happened_to_somebody_changes_nothing(kind: str) -> None:
    assert BETTY.changed(seeded(1), kind) == BETTY


def test_a_birth_day_after_the_twelfth_cannot_be_swapped() -> None:
    assert Guise.of(HEROES["bruno"]).changed(seeded(1), "swapped_date").born == date(1979, 9, 30)


@pytest.mark.parametrize(
    "kind", ["initials", "typo_phone", "typo_date", "swapped_date", "moved", "new_email"]
)
def test_what_a_row_does_not_say_cannot_be_wrong(kind: str) -> None:
    nothing = replace(
        BETTY, name=replace(BETTY.name, given=""), email="", phone="", home=None, born=None
    )

    assert nothing.changed(seeded(1), kind) == nothing


def test_a_wrong_digit_is_another_number_of_the_same_length() -> None:
    wrong = BETTY.changed(seeded(3), "typo_phone").phone

    assert wrong != BETTY.phone
    assert (wrong[:-1], len(wrong)) == (BETTY.phone[:-1], len(BETTY.phone))


def test_no_contact_takes_mailbox_and_phone() -> None:
    guise = BETTY.changed(seeded(1), "no_contact")

    assert (guise.email, guise.phone) == ("", "")
    assert guise.changed(seeded(1), "no_contact") is guise
