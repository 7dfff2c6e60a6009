from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examples.heroes import HEROES
from examples.names import COUNTRIES
from examples.silos import LEAST_PEOPLE, MOST_PEOPLE, Silos, make_silos, write
from examples.streams import FILES
from identity.normalize import normalise
from identity.resolver import resolve
from identity.rules import Rules, default_document
from tests.examples.builders import NOW, evidence, read_files, rows_of, understand


@pytest.fixture(scope="module")
def silos() -> Silos:
    return make_silos(7, 120, NOW)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6), people=st.integers(LEAST_PEOPLE, 60))
def test_the_same_seed_number_and_moment_give_the_same_silos(seed: int, people: int) -> None:
    assert make_silos(seed, people, NOW) == make_silos(seed, people, NOW)


def test_the_same_silos_are_the_same_bytes(silos: Silos, tmp_path: Path) -> None:
    first, second = write(silos, tmp_path / "a"), write(silos, tmp_path / "b")

    for stream in FILES:
        assert first.paths[stream].read_bytes() == second.paths[stream].read_bytes()


def test_another_seed_tells_of_other_people_and_the_same_heroes(silos: Silos) -> None:
    others = make_silos(8, 120, NOW)

    shared = {
        key
        for key in silos.people.keys() & others.people
        if silos.people[key] == others.people[key]
    }
    assert shared == HEROES.keys()


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_deterministic_identity_finds_exactly_the_truth(seed: int) -> None:
    silos = make_silos(seed, 60, NOW)

    found = resolve(evidence(understand(rows_of(silos))), Rules.parse(default_document()))

    truth = {frozenset("/".join(place) for place in places) for places in silos.truth.values()}
    assert {frozenset(cluster.record_ids) for cluster in found.clusters} == truth


def test_people_of_one_household_share_their_contact_points_and_not_their_number(
    silos: Silos,
) -> None:
    one, other = silos.people["household_0a"], silos.people["household_0b"]

    assert (one.email, one.phone, one.home) == (other.email, other.phone, other.home)
    assert one.customer_no != other.customer_no
    assert one.name != other.name


def test_every_spelling_of_an_address_or_number_has_one_match_key(silos: Silos) -> None:
    for person in silos.people.values():
        region = person.home.country.code
        assert {normalise("email", raw) for raw in person.emails} == {person.email_key}
        assert {normalise("phone", raw, region=region) for raw in person.phones} == {
            person.phone.key
        }


def test_names_addresses_and_numbers_are_spelled_differently_for_one_person(silos: Silos) -> None:
    rows = rows_of(silos)
    spelled: Counter[str] = Counter()
    for places in silos.truth.values():
        for column in ("email", "phone", "name", "customer_no"):
            found = {rows[place].get(column) for place in places} - {"", None}
            spelled[column] += len(found) > 1

    assert min(spelled.values()) > 10


def test_some_people_have_two_rows_in_the_crm_and_some_none(silos: Silos) -> None:
    counts = Counter(
        sum(stream == "customers" for stream, _ in places) for places in silos.truth.values()
    )

    assert counts[0] > 5
    assert counts[2] > 3


def test_every_row_belongs_to_exactly_one_person(silos: Silos) -> None:
    places = [place for places in silos.truth.values() for place in places]

    assert len(places) == len(set(places))
    assert set(places) == rows_of(silos).keys()
    assert silos.truth.keys() <= silos.people.keys()


def test_every_country_and_every_file_is_there(silos: Silos) -> None:
    assert {row["country"] for row in silos.rows["customers"]} == COUNTRIES.keys()
    assert {row["region"] for row in silos.rows["customers"]} == {"", "CA"}
    assert all(len(rows) > 20 for rows in silos.rows.values())


def test_the_connector_reads_every_row_and_quarantines_the_broken_ones(
    silos: Silos, tmp_path: Path
) -> None:
    records, unreadable = read_files(write(silos, tmp_path))

    assert records == rows_of(silos)
    assert [(item.stream, item.reason) for item in unreadable] == [
        (item.stream, item.reason) for item in silos.broken
    ]
    assert [item.raw.strip() for item in unreadable] == [item.raw.strip() for item in silos.broken]


def test_every_known_value_is_in_the_files_and_long_enough_to_be_searched_for(
    silos: Silos, tmp_path: Path
) -> None:
    files = write(silos, tmp_path)
    text = "\n".join(
        path.read_bytes().decode(FILES[stream].encoding, errors="replace")
        for stream, path in files.paths.items()
    )

    assert len(silos.known_values) > 1000
    assert [value for value in silos.known_values if value not in text or len(value) < 5] == []


def test_the_known_values_hold_every_name_address_and_number(silos: Silos) -> None:
    known = set(silos.known_values)

    for person in silos.people.values():
        rows = [dict(rows_of(silos)[place]) for place in silos.truth.get(person.key, ())]
        for row in rows:
            assert {row["email"]} <= known | {""}
        if any(stream == "customers" for stream, _ in silos.truth.get(person.key, ())):
            assert {person.name.surname, person.email, person.home.street} <= known
    assert silos.match_keys[0].startswith("+")
    assert {person.email_key for person in HEROES.values()} <= set(silos.match_keys)


def test_nobody_shows_in_a_repr(silos: Silos) -> None:
    shown = repr(silos) + repr(HEROES["amelie"])

    assert not [value for value in silos.known_values if value in shown]


@pytest.mark.parametrize("people", [LEAST_PEOPLE - 1, MOST_PEOPLE + 1])
def test_too_few_or_too_many_people_are_refused(people: int) -> None:
    with pytest.raises(ValueError, match="from 20 to 500"):
        make_silos(1, people, NOW)


def test_the_most_people_have_names_and_numbers_of_their_own() -> None:
    silos = make_silos(3, MOST_PEOPLE, NOW)

    alone = [person for key, person in silos.people.items() if not key.startswith("household")]
    assert len(silos.people) == MOST_PEOPLE
    assert len({person.email_key for person in alone}) == len(alone)
    assert len({person.phone.key for person in alone}) == len(alone)


def test_a_moment_without_an_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        make_silos(1, 30, NOW.replace(tzinfo=None))


def test_the_stories_move_with_now(silos: Silos) -> None:
    later = make_silos(7, 120, NOW + timedelta(days=30))

    assert later.truth == silos.truth
    assert later.rows != silos.rows
