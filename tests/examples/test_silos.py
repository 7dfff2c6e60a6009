"""The invented world: deterministic, of any size, difficult in named ways, broken on purpose."""

from collections import Counter
from datetime import timedelta
from itertools import islice
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examples.broken import BROKEN
from examples.heroes import HEROES
from examples.names import COUNTRIES
from examples.people import invent
from examples.silos import LEAST_PEOPLE, MOST_PEOPLE, Silos, make_silos, parts
from examples.spellings import KINDS
from examples.streams import TABLES
from examples.writing import write
from identity.normalize import Unusable, normalise
from tests.examples.builders import NOW, filled, read_files, rows_of


@pytest.fixture(scope="module")
def silos() -> Silos:
    return make_silos(7, 120, NOW)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6), people=st.integers(LEAST_PEOPLE, 60))
def test_the_same_seed_number_and_moment_give_the_same_silos(seed: int, people: int) -> None:
    assert make_silos(seed, people, NOW) == make_silos(seed, people, NOW)


def test_the_same_silos_are_the_same_files(silos: Silos, tmp_path: Path) -> None:
    first = write(silos.parts, tmp_path / "a" / "silos")
    second = write(silos.parts, tmp_path / "b" / "silos")

    for path in sorted((tmp_path / "a").rglob("*.csv")) + sorted((tmp_path / "a").rglob("*.jsonl")):
        assert (tmp_path / "b" / path.relative_to(tmp_path / "a")).read_bytes() == path.read_bytes()
    assert read_files(first) == read_files(second)


def test_another_seed_tells_of_other_people_and_the_same_heroes(silos: Silos) -> None:
    others = make_silos(8, 120, NOW)

    same = {
        key
        for key in silos.people.keys() & others.people
        if silos.people[key] == others.people[key]
    }
    assert same == HEROES.keys()


def test_more_people_begin_with_the_same_people() -> None:
    few, many = make_silos(7, 40, NOW), parts(7, 100_000, NOW)

    assert list(islice(many, 15)) == list(few.parts[:15])


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), people=st.integers(LEAST_PEOPLE, 200))
def test_as_many_people_are_invented_as_were_asked_for(seed: int, people: int) -> None:
    invented = make_silos(seed, people, NOW).people

    assert sum(not key.startswith(("company", "stranger")) for key in invented) == people


def test_there_is_a_household_a_firm_and_somebody_nobody_knows(silos: Silos) -> None:
    groups = {name.partition("_")[0] for name in silos.groups.values()}

    assert groups == {"household", "company"}
    assert any(key.startswith("stranger") for key in silos.people)


def test_people_of_one_household_share_contact_points_and_not_their_number(silos: Silos) -> None:
    one, other = silos.people["person_000000"], silos.people["person_000001"]

    assert (one.group, one.phone, one.home) == (other.group, other.phone, other.home)
    assert one.customer_no != other.customer_no
    assert (one.name, one.born) != (other.name, other.born)


def test_mail_addresses_and_numbers_of_people_apart_are_their_own() -> None:
    alone = [
        person for part in parts(3, 3_000, NOW) if len(part.people) == 1 for person in part.people
    ]

    for own in ("email_key", "customer_no"):
        found = [value for person in alone if (value := getattr(person, own))]
        assert len(set(found)) == len(found)
    phones = [person.phone.key for person in alone if person.phone.number]
    assert len(set(phones)) == len(phones)


def test_every_phone_and_address_is_one_that_can_exist(silos: Silos) -> None:
    for person in silos.people.values():
        region = person.home.country.code
        for spelling in person.phone.spellings:
            assert normalise("phone", spelling, region=region) == person.phone.key
        if person.email:
            assert normalise("email", person.email.upper()) == person.email_key
            assert person.email.rpartition(".")[0].endswith("example")


def test_a_country_out_of_numbers_gives_none() -> None:
    countries = list(COUNTRIES)
    last = COUNTRIES["US"].numbers - 1
    place = countries.index("US") + last * len(countries)

    assert invent(Random(1), place).phone.number  # noqa: S311 - invents people
    late = invent(Random(1), place + len(countries))  # noqa: S311 - invents people
    assert (late.phone.key, late.phone.national, late.phone.spellings) == ("", "", ())


def test_every_kind_of_difficulty_occurs_and_is_named() -> None:
    found = Counter(
        kind for part in parts(5, 600, NOW) for entry in part.entries for kind in entry.kinds
    )

    assert found.keys() == KINDS.keys()
    assert min(found.values()) >= 3


def test_rows_with_a_difficulty_differ_from_rows_without(silos: Silos) -> None:
    for entry in silos.entries:
        person = silos.people[entry.person]
        if entry.stream != "accounts" or entry.kinds:
            continue
        assert (entry.row["given_name"], entry.row["family_name"]) == (
            person.name.given,
            person.name.surname,
        )
        assert entry.row["street"] == person.home.street


def test_every_record_belongs_to_exactly_one_person(silos: Silos) -> None:
    places = [place for places in silos.truth.values() for place in places]

    assert len(places) == len(set(places))
    assert set(places) == rows_of(silos).keys() == silos.kinds.keys()
    assert silos.truth.keys() == silos.people.keys()


def test_every_country_and_every_table_is_there(silos: Silos) -> None:
    assert {row["country"] for row in silos.rows["customers"]} == COUNTRIES.keys()
    assert {row["region"] for row in silos.rows["customers"]} == {"", "CA"}
    assert all(len(rows) > 20 for rows in silos.rows.values())


def test_connectors_read_every_row_and_quarantine_the_broken_ones(
    silos: Silos, tmp_path: Path
) -> None:
    records, events, unreadable = read_files(write(silos.parts, tmp_path / "silos"))

    told = {place: [filled(row) for row in rows] for place, rows in rows_of(silos).items()}
    assert {place: [filled(_texts(row))] for place, row in records.items()} == {
        place: [_texts(row) for row in rows] for place, rows in told.items() if place not in events
    }
    assert {place: [dict(one.data) for one in found] for place, found in events.items()} == {
        place: told[place] for place in events
    }
    assert Counter((item.stream, item.reason) for item in unreadable) == Counter(
        (item.stream, item.reason) for item in BROKEN
    )


def test_the_truth_lies_beside_the_silos_and_not_among_them(silos: Silos, tmp_path: Path) -> None:
    files = write(silos.parts, tmp_path / "silos")

    lines = (files.truth / "records.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) - 1 == sum(map(len, silos.truth.values()))
    assert files.truth == tmp_path / "truth"
    assert not [path for path in (tmp_path / "silos").rglob("*") if "truth" in path.name]


def test_every_known_value_is_in_the_files_and_long_enough_to_be_searched_for(
    silos: Silos, tmp_path: Path
) -> None:
    write(silos.parts, tmp_path / "silos")
    text = "".join(
        path.read_bytes().decode("utf-8", errors="replace")
        for path in (tmp_path / "silos").rglob("*")
        if path.is_file()
    )

    assert len(silos.known_values) > 1000
    assert [value for value in silos.known_values if value not in text or len(value) < 5] == []


def test_the_known_values_hold_every_name_address_and_number(silos: Silos) -> None:
    known = set(silos.known_values)

    for person in silos.people.values():
        if any(stream == "customers" for stream, _ in silos.truth[person.key]):
            assert {person.home.street} <= known
    assert {HEROES["bruno"].name.surname, HEROES["bruno"].email} <= known
    assert {value for row in BROKEN for value in row.personal} <= known
    assert silos.match_keys[0].startswith("+")
    assert {person.email_key for person in HEROES.values()} <= set(silos.match_keys)


def test_nobody_shows_in_a_repr(silos: Silos) -> None:
    shown = repr(silos) + repr(HEROES["amelie"]) + repr(silos.parts[1].entries[0]) + repr(BROKEN)

    assert not [value for value in silos.known_values if value in shown]


def test_the_spoiled_cells_are_where_they_are_said_to_be(silos: Silos) -> None:
    rows = rows_of(silos)

    assert len(silos.spoiled) == 3
    for one in silos.spoiled:
        (row,) = rows[one.stream, one.key]
        assert row[one.column] in {"00.00.1961", "perhaps", "call my wife"}
    with pytest.raises(Unusable):
        normalise("phone", "call my wife", region="DE")


@pytest.mark.parametrize("people", [LEAST_PEOPLE - 1, MOST_PEOPLE + 1])
def test_too_few_or_too_many_people_are_refused(people: int) -> None:
    with pytest.raises(ValueError, match="from 20 to 5000"):
        make_silos(1, people, NOW)


def test_a_world_of_too_few_people_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 20"):
        next(parts(1, 3, NOW))


def test_a_moment_without_an_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        make_silos(1, 30, NOW.replace(tzinfo=None))


def test_the_stories_move_with_now(silos: Silos) -> None:
    later = make_silos(7, 120, NOW + timedelta(days=30))

    assert later.truth == silos.truth
    assert later.rows != silos.rows


def _texts(row: dict[str, object]) -> dict[str, object]:
    """CSV knows texts only; a NULL of a table says as much as an empty cell."""
    return {column: str(value) for column, value in row.items() if value is not None}


def test_tables_have_columns_of_their_own() -> None:
    for table in TABLES.values():
        assert len(set(table.columns)) == len(table.columns)
        assert set(table.personal) <= set(table.columns)
