import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from cdp.mapping import Mapping as StreamMapping
from cdp.outcomes.events import CATALOGUE
from cdp.outcomes.offers import Catalogue
from cdp.outcomes.resolution import Issue, issues
from cdp.outcomes.satisfaction import Score, score
from cdp.outcomes.state import fold
from cdp.outcomes.trail import read_trail, repeats
from connectors import registry
from consent.policy import Policy, default_document
from examples.configuration import LIA, offers, policy, source_config, write_configuration
from examples.ledger import NOTICE
from examples.mappings import MAPPINGS
from examples.silos import Silos, make_silos
from examples.streams import SILOS, SOURCES, TABLES
from tests.examples.builders import (
    NOW,
    Reading,
    Row,
    interactions,
    record_facts,
    rows_of,
    understand,
)


@pytest.fixture(scope="module")
def silos() -> Silos:
    return make_silos(7, 120, NOW)


@pytest.fixture(scope="module")
def readings(silos: Silos) -> dict[Row, Reading]:
    return understand(rows_of(silos))


@pytest.mark.parametrize("stream", TABLES)
def test_a_mapping_reads_columns_that_its_table_has(stream: str) -> None:
    mapping = StreamMapping.parse(MAPPINGS[stream])

    assert set(mapping.columns) <= set(TABLES[stream].columns)
    for native in mapping.event_types.values():
        assert set((native.data or {}).values()) <= set(TABLES[stream].columns)


@pytest.mark.parametrize("source", SOURCES)
def test_a_source_offers_the_streams_of_its_tables(source: str, tmp_path: Path) -> None:
    config, connector = source_config(source, tmp_path), registry.find(SOURCES[source][0].kind)

    registry.check_config(connector, config)
    assert [(one.name, one.message, one.key) for one in connector.streams(config)] == [
        (table.stream, "event" if table.event_id else "record", (table.key,))
        for table in SOURCES[source]
    ]


def test_every_silo_is_read_by_some_source() -> None:
    assert {table.silo for table in TABLES.values()} == SILOS.keys()
    assert set(MAPPINGS) == set(TABLES)


def test_only_the_spoiled_cells_are_problems(silos: Silos, readings: Mapping[Row, Reading]) -> None:
    found = {
        (*place, problem.column, problem.reason)
        for place, reading in readings.items()
        for problem in reading.facts.problems
    }
    found |= {
        (*place, column, reason)
        for place, reading in readings.items()
        for column, reason in reading.unusable
    }

    assert found == {(one.stream, one.key, one.column, one.reason) for one in silos.spoiled}


def test_every_event_is_in_the_catalogue_with_its_fields(readings: Mapping[Row, Reading]) -> None:
    events = [one for place, reading in readings.items() for one in interactions(place, reading)]

    assert {event.type for event in events if not event.known} == {"sign-in"}
    assert all(event.at <= NOW for event in events)
    assert len({event.type for event in events}) >= 24


def test_every_line_of_the_log_and_every_hit_tells_one_event(
    silos: Silos, readings: Mapping[Row, Reading]
) -> None:
    rows = rows_of(silos)
    told = {
        len(reading.facts.events) - len(rows[place])
        for place, reading in readings.items()
        if place[0] in {"cases", "visits"}
    }

    assert told == {0}


def test_the_mappings_name_catalogue_types_only() -> None:
    kinds = {
        event["type"]
        for document in MAPPINGS.values()
        for event in (*document.get("events", []), *document.get("event_types", {}).values())
    }

    assert kinds <= CATALOGUE.keys()


def test_every_yes_carries_its_moment_proof_and_notice(readings: Mapping[Row, Reading]) -> None:
    said = [one for reading in readings.values() for one in reading.facts.consents]

    assert {one["type"] for one in said} == {"given", "refused"}
    assert all({"at", "evidence", "notice"} <= one.keys() for one in said)
    assert {one["notice"] for one in said} == {NOTICE}


def test_amelie_waits_for_a_parcel_and_for_an_answer(
    silos: Silos, readings: Mapping[Row, Reading]
) -> None:
    standing, outlook = _outcomes("amelie", silos, readings)

    assert sorted(one.kind for one in standing if one.unsettled) == [
        "order_overdue",
        "order_problem",
    ]
    assert outlook.guarded


def test_amelie_called_twice_since_she_opened_her_ticket(
    silos: Silos, readings: Mapping[Row, Reading]
) -> None:
    state = fold(
        "service", [record_facts(place, readings[place]) for place in silos.truth["amelie"]]
    )

    assert len(repeats(read_trail(state), NOW)) == 2


@pytest.mark.parametrize("hero", ["bruno", "caitlin", "dorothea"])
def test_nothing_is_open_for_the_other_heroes(
    hero: str, silos: Silos, readings: Mapping[Row, Reading]
) -> None:
    standing, outlook = _outcomes(hero, silos, readings)

    assert not [one for one in standing if one.unsettled]
    assert not outlook.guarded


@pytest.mark.parametrize(
    ("hero", "answer"),
    [("amelie", "given"), ("bruno", "given"), ("caitlin", "refused"), ("dorothea", "given")],
)
def test_a_hero_answered_every_question(
    hero: str, answer: str, silos: Silos, readings: Mapping[Row, Reading]
) -> None:
    said = [one for place in silos.truth[hero] for one in readings[place].facts.consents]

    assert {one["type"] for one in said} == {answer}
    assert {purpose for one in said for purpose in _texts(one["purposes"])} == {
        "newsletter",
        "offers",
        "profiling_offers",
    }


def test_the_configuration_is_written_as_the_command_line_reads_it(tmp_path: Path) -> None:
    paths = write_configuration(tmp_path / "silos", tmp_path / "setup", NOW)

    assert {path.parent for path in paths.values()} == {tmp_path / "setup"}
    read = {name: json.loads(path.read_text(encoding="utf-8")) for name, path in paths.items()}
    assert read["offers"] == offers(NOW)
    for stream, table in TABLES.items():
        assert read[f"{table.source}.source"] == source_config(table.source, tmp_path / "silos")
        assert read[f"{table.source}.{stream}.mapping"] == MAPPINGS[stream]


def test_the_offers_make_a_catalogue_active_now() -> None:
    catalogue = Catalogue.parse(offers(NOW))

    assert len(catalogue.offers) == 3
    for offer in catalogue.offers:
        assert offer.active[0] < NOW < offer.active[1] - timedelta(days=30)


def test_the_policy_gains_a_notice_and_an_assessment_and_keeps_the_rest() -> None:
    default = default_document()

    changed = policy(default)

    in_force = Policy.parse(changed)
    assert in_force.notices[NOTICE].active(NOW)
    assert changed["lia"] == {"service_insight": LIA}
    assert not in_force.terms.doi_channels
    touched = {"notices", "lia"}
    assert {key for key in changed if changed[key] != default[key]} == touched
    assert default == default_document()


def _outcomes(
    hero: str, silos: Silos, readings: Mapping[Row, Reading]
) -> tuple[tuple[Issue, ...], Score]:
    records = [record_facts(place, readings[place]) for place in silos.truth[hero]]
    service = read_trail(fold("service", records))
    insight = read_trail(fold("service_insight", records))
    return issues(service, NOW), score(insight, NOW)


def _texts(value: object) -> list[str]:
    assert isinstance(value, list)
    return value
