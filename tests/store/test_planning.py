"""What is done for one person does not go through everybody: SQLite's plans are looked at.

SQLite has no statistics of its own here, so it is told that a workspace is nearly every row of a
table (`cdp.store.separation.tell_planner`).
"""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from cdp import clock, door, work
from cdp.platform import Platform
from cdp.store import provision
from cdp.store.grants import METADATA
from cdp.store.separation import tell_planner
from tests.flows.seeding import (
    PEOPLE,
    STAFF,
    Seeded,
    crm_rows,
    profile_of,
    say,
    seeded,
    write_rows,
)

__all__ = ["seeded"]
# Tables with a row, or several, for every record or profile.
LARGE = (
    "blind_index|consent_binding|consent_current|consent_event|data_key|disclosure|event|fence"
    "|indexed_record|link|lineage|lookup|profile|record|record_version|sealed_view|slot"
    "|view_source"
)
THROUGH_ALL = re.compile(
    rf"SCAN ({LARGE})\b|SEARCH ({LARGE}) .*\(workspace_id=\?\)|SEARCH record .*\(stream_id=\?\)"
)


@pytest.fixture
def backend() -> str:
    """PostgreSQL keeps statistics; its plans are its own."""
    return "sqlite"


@contextmanager
def plans(platform: Platform) -> Iterator[set[tuple[str, str]]]:
    """Every step of every plan, with its statement, once this is over."""
    found: set[tuple[str, str]] = set()
    asked: set[tuple[Engine, str]] = set()

    def listen(engine: Engine, connection: sqlite3.Connection) -> None:
        # What the driver itself is given, whoever gives it: values stand in the text.
        connection.set_trace_callback(lambda statement: asked.add((engine, statement)))

    engines = [database.engine for database in platform.stores.all]
    hooks = [(engine, lambda made, _, engine=engine: listen(engine, made)) for engine in engines]
    for engine, hook in hooks:
        engine.dispose()
        event.listen(engine, "connect", hook)
    try:
        yield found
    finally:
        for engine, hook in hooks:
            event.remove(engine, "connect", hook)
            engine.dispose()
    for engine, statement in asked:
        if statement.split(maxsplit=1)[0] in {"SELECT", "UPDATE", "DELETE"}:
            with engine.connect() as connection:
                driver: Any = connection.connection.driver_connection
                steps = driver.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()
            found.update((row[3], " ".join(statement.split())) for row in steps)


def ask(world: Seeded, _: Path) -> None:
    """Contexts, a look-up, a decision."""
    for profile in world.profiles.values():
        door.context(world.platform, STAFF, profile, "service", channel="chat")
    assert profile_of(world.platform, PEOPLE["ada"]) == world.profiles["ada"]


def speak(world: Seeded, _: Path) -> None:
    """A yes, and a no that takes a view away."""
    for kind in ("given", "withdrawn"):
        say(world.platform, world.profiles["ada"], PEOPLE["ada"], kind, ["email"])


def change(world: Seeded, folder: Path) -> None:
    """Rows that have changed (a name, and when two were asked) are landed, resolved and viewed."""
    rows = crm_rows(clock.now())
    rows[0]["first_name"] = "Adele"
    write_rows(folder / "silos/crm.csv", rows)
    assert work.sync(world.platform, ["crm"]).resolved.records == 2


@pytest.mark.parametrize("act", [ask, speak, change])
def test_what_is_done_for_one_person_does_not_go_through_everybody(
    seeded: Seeded, tmp_path: Path, act: Callable[[Seeded, Path], None]
) -> None:
    with plans(seeded.platform) as found:
        act(seeded, tmp_path)

    tables = {name for _, statement in found for name in re.findall(r"FROM (\w+)", statement)}
    assert tables >= {"sealed_view", "profile"}, "the statements were not looked at"
    assert {step for step in found if THROUGH_ALL.search(step[0])} == set()


def test_the_planner_is_told_once_and_again_without_harm(platform: Platform) -> None:
    for database in platform.stores.all:
        tables = METADATA[database.name].sorted_tables
        with database.begin(None) as connection:
            before = connection.exec_driver_sql("SELECT * FROM sqlite_stat1").all()
            tell_planner(connection, tables)
            assert connection.exec_driver_sql("SELECT * FROM sqlite_stat1").all() == before
            assert {row[0] for row in before} == {table.name for table in tables}
            assert provision.differences(connection, database.name) == []
