"""Names, birth dates and addresses: taken apart, and compared by levels."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.folding import fold, skeleton, words
from identity.names import (
    Name,
    company_level,
    formal_initials,
    given_level,
    name_levels,
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


@pytest.mark.parametrize(
    ("a", "b", "given_", "family"),
    [
        ("John Smith", "John Smith", "exact", "exact"),
        ("Robert Smith", "Bob Smith", "nickname", "exact"),
        ("R. Smith", "Robert Smith", "initial", "exact"),
        ("Q. Smith", "Robert Smith", "different", "exact"),
        ("Alessandro Smith", "Alesandro Smith", "similar", "exact"),
        ("Jonathon Smyth", "Jonathan Smith", "nickname", "close"),
        ("Marta Schmidt", "Martin Schmitt", "close", "similar"),
        ("Anna Smith", "Robert Jones", "different", "different"),
        ("Edward Robert Smith", "Robert Smith", "similar", "exact"),
        ("Robert Smith", "Edward Robert Smith", "similar", "exact"),
        ("Smith John", "John Smith", "exact", "similar"),
        ("Featherby Eleanora", "Eleanora Feahterby", "initial", "similar"),
        ("Hartmann-Vogtland Amelie", "Amelie Hartmann-Vogtland", "initial", "similar"),
        ("Balderrama Rosalind", "R. Balderrama", "initial", "similar"),
        ("Anna Smith-Jones", "Anna Smith", "exact", "similar"),
        ("Robert Smith Sr", "Robert Smith Jr", "different", "exact"),
        ("Robert Smith Sr", "Robert Smith", "exact", "exact"),
        ("Smith", "John Smith", None, "exact"),
    ],
)
def test_names_agree_by_levels(a: str, b: str, given_: str | None, family: str) -> None:
    assert name_levels(name(a), name(b)) == (given_, family)
    assert name_levels(name(b), name(a)) == (given_, family)


def test_a_name_without_a_family_says_nothing_of_families() -> None:
    only = parse_name(given="John")

    assert only == Name("john")
    assert name_levels(only, name("John Smith")) == ("exact", None)
    assert given_level(Name("", (), "x", "jr"), Name("", (), "x", "jr")) is None


def test_a_nickname_stands_under_the_initials_of_its_formal_names() -> None:
    assert set(formal_initials("bob")) >= {"b", "r"}
    assert formal_initials("r") == ["r"]
    assert formal_initials("") == []


@pytest.mark.parametrize(
    ("a", "b", "level"),
    [
        ("Acme GmbH", "ACME Ltd.", "exact"),
        ("Universal Exports Ltd", "Universal Exports Trading", "similar"),
        ("Hillview Bakery", "Hilview Bakery", "similar"),
        ("Acme", "Universal Exports", "different"),
    ],
)
def test_organisations_agree_by_levels(a: str, b: str, level: str) -> None:
    assert company_level(parse_company(a), parse_company(b)) == level


def test_an_organisation_that_is_only_a_legal_form_is_kept_and_nobody_is_not() -> None:
    assert parse_company("The Company") == "the company"
    assert parse_company("unknown") == parse_company("") == ""


def test_initials_are_shown_instead_of_a_name() -> None:
    assert (name("John Smith").initials, name("Madonna").initials) == ("j.s", "m")
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
        assert name_levels(found, found)[0] in {"exact", None}
        skeleton(found.family)


@given(st.text("abcjr ,.-", max_size=20), st.text("abcjr ,.-", max_size=20))
def test_levels_do_not_depend_on_who_comes_first(a: str, b: str) -> None:
    first, second = parse_name(full=a), parse_name(full=b)
    if first and second:
        assert name_levels(first, second) == name_levels(second, first)
