"""Names of persons and organisations, taken apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.folding import fold, skeleton, words
from identity.names import (
    Name,
    formal_letter,
    name_meanings,
    parse_company,
    parse_name,
)


def name(full: str) -> Name:
    found = parse_name(full=full)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("full", "expected"),
    [
        ("John Smith", Name("john", (), "smith")),
        ("Smith, John", Name("john", (), "smith")),
        ("SMITH, Dr. John F.", Name("john", ("f",), "smith")),
        ("Prof. Dr. Jörg-Peter Müller", Name("jorg", ("peter",), "muller")),
        ("Ludwig van Beethoven", Name("ludwig", (), "van beethoven")),
        ("Robert Smith Jr.", Name("robert", (), "smith", "jr")),
        ("Smith, Robert Jr.", Name("robert", (), "smith", "jr")),
        ("Robert Smith, Jr.", Name("robert", (), "smith", "jr")),
        ("Robert Smith PhD", Name("robert", (), "smith")),
        ("Sinéad O'Connor", Name("sinead", (), "oconnor")),
        ("Łukasz Żółć", Name("lukasz", (), "zolc")),
        ("Madonna", Name("", (), "madonna")),
        ("王杰", Name("", (), "王杰")),
        ("हिन्दी नाम", Name("हिन्दी", (), "नाम")),
    ],
)
def test_a_full_name_is_taken_apart_in_either_order(full: str, expected: Name) -> None:
    assert parse_name(full=full) == expected


def test_parts_go_before_the_whole_and_a_stated_suffix_before_one_that_is_found() -> None:
    found = parse_name(
        given="Ms Anne Marie", family="Smith Sr", full="Somebody Else", middle="X.", suffix="Jr"
    )

    assert found == Name("anne", ("marie", "x"), "smith", "jr")
    assert parse_name(given="Morris II", family="Klein") == Name("morris", (), "klein", "ii")
    assert parse_name(family="Smith") == Name("", (), "smith")


@pytest.mark.parametrize("full", ["", " ", "unknown", "n/a", "N.A.", "Test Customer", "--"])
def test_who_is_nobody_has_no_name(full: str) -> None:
    assert parse_name(full=full) is None


def test_a_placeholder_in_one_part_is_not_a_name() -> None:
    assert parse_name(given="Unknown", family="Smith") == Name("", (), "smith")


def test_a_name_without_a_family_is_a_name() -> None:
    assert parse_name(given="John") == Name("john")
    assert Name("john").family_words == ""


@pytest.mark.parametrize(
    ("full", "words_"),
    [
        ("Ludwig van Beethoven", "beethoven"),
        ("Anna Smith-Jones", "smith jones"),
        ("Anna de la", "de la"),
    ],
)
def test_a_family_name_is_the_words_that_are_no_particles(full: str, words_: str) -> None:
    assert name(full).family_words == words_


@pytest.mark.parametrize(
    ("given_", "letter"),
    [("bob", "r"), ("robert", "r"), ("r", "r"), ("liz", "e"), ("elizabeth", "e"), ("zerlina", "z")],
)
def test_a_first_name_goes_by_the_letter_it_has_on_papers(given_: str, letter: str) -> None:
    assert formal_letter(given_) == letter


def test_a_nickname_may_stand_for_several_names() -> None:
    assert {"rob", "robert", "bob"} <= name_meanings("rob")
    assert name_meanings("zerlina") == {"zerlina"}


def test_an_organisation_that_is_only_a_legal_form_is_kept_and_nobody_is_not() -> None:
    assert parse_company("The Company") == "the company"
    assert parse_company("unknown") == parse_company("") == ""


def test_a_name_does_not_show_in_a_repr() -> None:
    assert "smith" not in repr(name("John Smith"))


@pytest.mark.parametrize(
    ("a", "b"),
    [("mueller", "muller"), ("schmidt", "schmitt"), ("philip", "filip"), ("meier", "meyer")],
)
def test_names_that_sound_alike_share_a_skeleton(a: str, b: str) -> None:
    assert skeleton(a) == skeleton(b)


def test_names_of_another_script_are_kept_whole() -> None:
    assert skeleton("王杰") == "王杰"
    assert words("Ωμέγα") == ["ωμεγα"]
    assert words("한국") == ["한국"]


@given(st.text(max_size=40))
def test_folding_twice_changes_nothing_and_no_text_breaks_it(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert words(" ".join(words(text))) == words(text)
    found = parse_name(full=text)
    if found is not None:
        skeleton(found.family)
        assert found.given or found.family or found.middle or found.generation
