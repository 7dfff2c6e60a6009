"""Names of columns that speak for themselves."""

import pytest

from identity.fields import FIELDS, KEY_NAMES, field_type, guess, guess_key


@pytest.mark.parametrize(
    ("word", "type_"),
    [
        ("Date of birth", "birth_date"),
        ("E-Mail", "email"),
        ("zip_code", "postcode"),
        ("LAST NAME", "family_name"),
        ("ssn", "national_id"),
        ("profession", "category"),
        ("shoe size", None),
        ("", None),
    ],
)
def test_a_type_is_known_by_the_words_people_use(word: str, type_: str | None) -> None:
    assert field_type(word) == type_


def test_every_type_is_known_by_its_own_name_and_no_word_has_two_types() -> None:
    assert {type_: field_type(type_) for type_ in FIELDS} == {type_: type_ for type_ in FIELDS}


def test_columns_are_guessed_unless_their_name_may_mean_anything() -> None:
    names = ("First Name", "email", "category", "colour")

    assert guess(names) == {"First Name": "given_name", "email": "email"}


def test_the_best_name_of_a_key_wins() -> None:
    assert guess_key(["email", "ID", "Record-ID"]) == "Record-ID"
    assert guess_key(["email", "ID"]) == "ID"
    assert guess_key(["email"]) is None
    assert all(guess_key([name]) == name for name in KEY_NAMES)
