"""Databases: late rows, types that are not JSON, what is not there, and what goes away."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from connectors.base import (
    Consent,
    Event,
    JsonObject,
    Message,
    Record,
    Refreshed,
    SourceError,
    SourceMisconfigured,
    SourceUnavailable,
    State,
    Unreadable,
)
from connectors.registry import check_config, secrets
from connectors.sql import Sql
from connectors.testing import facts
from tests.connectors.silos import database

SECRET = "correct-horse-battery"


@pytest.fixture(params=["sqlite", "postgresql"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator["Shop"]:
    with database(request.param, tmp_path) as (engine, url):
        yield Shop(engine, url)


class Shop:
    """A database with short ways to write and read it."""

    def __init__(self, engine: sa.Engine, url: str) -> None:
        self.engine = engine
        self.url = url

    @property
    def sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    def run(self, *statements: str) -> None:
        with self.engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def config(self, **more: Any) -> dict[str, Any]:
        item = {"name": "people", "table": "people", "key": ["no"], **more}
        if "query" in more:
            del item["table"]
        made = {"url": self.url, "streams": [item], "state_every": 3}
        check_config(Sql(), made)
        return made

    def read(self, state: JsonObject | None = None, **more: Any) -> list[Message]:
        return list(Sql().read(self.config(**more), "people", state))


def last(messages: list[Message]) -> JsonObject:
    assert isinstance(messages[-1], State)
    return messages[-1].value


def keys(messages: list[Message]) -> list[str]:
    return [message.key for message in messages if isinstance(message, Record)]


def test_a_row_that_is_committed_late_is_found(shop: Shop) -> None:
    shop.run("CREATE TABLE people (no INTEGER, at INTEGER)")
    shop.run(*(f"INSERT INTO people VALUES ({n}, {n * 10})" for n in range(1, 10)))
    state = last(shop.read(cursor="at", overlap=25))
    shop.run("INSERT INTO people VALUES (100, 70), (101, 90), (102, 20)")

    late = shop.read(state, cursor="at", overlap=25)

    assert keys(late) == ["100", "101"]  # 102 is older than the overlap
    assert facts(shop.read(last(late), cursor="at", overlap=25)) == []


def test_a_late_row_in_a_gap_longer_than_the_overlap_is_found_once(shop: Shop) -> None:
    shop.run("CREATE TABLE people (no INTEGER, at INTEGER)")
    shop.run("INSERT INTO people VALUES (1, 0), (2, 1000)")
    state = last(shop.read(cursor="at", overlap=300))
    shop.run("INSERT INTO people VALUES (3, 500)")

    late = shop.read(state, cursor="at", overlap=300)

    assert keys(late) == ["3"]
    assert facts(shop.read(last(late), cursor="at", overlap=300)) == []


def test_rows_of_one_instant_do_not_come_again_however_many(shop: Shop) -> None:
    shop.run("CREATE TABLE people (no INTEGER, at INTEGER)")
    shop.run(*(f"INSERT INTO people VALUES ({n}, 5)" for n in range(50)))
    how: dict[str, Any] = {"cursor": "at", "overlap": 0, "overlap_rows": 10}
    first = shop.read(**how)
    shop.run("INSERT INTO people VALUES (45, 5)", "INSERT INTO people VALUES (99, 5)")

    for message in first:
        if isinstance(message, State):
            assert set(keys(shop.read(message.value, **how))) >= {"99"}
            assert len(str(message.value)) < 2000
    assert keys(shop.read(last(first), **how)) == ["99"]


def test_a_reading_goes_on_where_rows_were_taken_away(shop: Shop) -> None:
    shop.run("CREATE TABLE people (no INTEGER, at INTEGER)")
    shop.run(*(f"INSERT INTO people VALUES ({n}, {n})" for n in range(9)))
    state = last(shop.read(cursor="at", overlap=3))
    shop.run("DELETE FROM people WHERE no > 3")

    after = shop.read(state, cursor="at", overlap=3)
    shop.run("INSERT INTO people VALUES (20, 20)")

    assert facts(after) == []
    assert keys(shop.read(last(after), cursor="at", overlap=3)) == ["20"]


@pytest.mark.parametrize("kind", ["TIMESTAMP", "DATE", "NUMERIC(9,2)", "VARCHAR(40)"])
def test_cursors_may_be_of_many_types(shop: Shop, kind: str) -> None:
    value = "1.{n}" if kind.startswith("NUM") else "2026-03-0{n}"
    shop.run(f'CREATE TABLE people (no VARCHAR(9), "At" {kind})')
    shop.run(*(f"INSERT INTO people VALUES ('k{n}', '{value.format(n=n)}')" for n in range(1, 9)))
    how: dict[str, Any] = {"cursor": "At", "overlap": 0.5}

    whole = shop.read(**how)

    assert keys(whole) == [f"k{n}" for n in range(1, 9)]
    assert facts(shop.read(last(whole), **how)) == []
    for place, message in enumerate(whole):
        if isinstance(message, State):
            rest = shop.read(message.value, **how)
            assert facts(whole[:place]) + facts(rest) == facts(whole)


def test_types_that_are_not_json_become_it_always_the_same(shop: Shop) -> None:
    if shop.sqlite:
        shop.run(
            "CREATE TABLE people (no BLOB, n REAL)", "INSERT INTO people VALUES (x'00ff', 1.5)"
        )
        wanted: dict[str, Any] = {"no": "AP8=", "n": 1.5}
    else:
        shop.run(
            "CREATE TABLE people AS SELECT '0e1f9a8c-0000-4000-8000-000000000001'::uuid AS no,"
            " '1.10'::numeric AS price, '2026-03-01 10:00+02'::timestamptz AS at,"
            " '2026-03-01'::date AS day, '{\"a\": [1, null]}'::jsonb AS more, 'ab'::bytea AS raw,"
            " ARRAY[1,2] AS list, '90 seconds'::interval AS took, 'NaN'::float8 AS nan,"
            " 123456789012345678901234567890::numeric AS big, '10.0.0.1'::inet AS ip"
        )
        wanted = {
            "no": "0e1f9a8c-0000-4000-8000-000000000001",
            "price": "1.10",
            "at": "2026-03-01T08:00:00+00:00",
            "day": "2026-03-01",
            "more": {"a": [1, None]},
            "raw": "YWI=",
            "list": [1, 2],
            "took": "PT90S",
            "nan": None,
            "big": "123456789012345678901234567890",
            "ip": "10.0.0.1",
        }

    found = shop.read()

    assert [m.data for m in found if isinstance(m, Record)] == [wanted]
    assert shop.read() == found


def test_a_type_without_any_json_form_costs_its_row_alone(shop: Shop) -> None:
    if shop.sqlite:
        shop.run(
            "CREATE TABLE people (no INTEGER, name TEXT)",
            "INSERT INTO people VALUES (1, CAST(x'5aff' AS TEXT)), (2, 'Ben')",
        )
        reason = "bad_encoding"
    else:
        shop.run(
            "CREATE TABLE people AS SELECT 1 AS no, int4range(1, 5) AS name"
            " UNION ALL SELECT 2, NULL"
        )
        reason = "unsupported_type"

    found = shop.read()

    (broken,) = [message for message in found if isinstance(message, Unreadable)]
    assert (broken.reason, broken.key) == (reason, "1")
    assert keys(found) == ["2"]
    assert isinstance(found[-2], Refreshed)


def test_rows_without_key_or_cursor_are_told_once(shop: Shop) -> None:
    shop.run(
        "CREATE TABLE people (no INTEGER, at INTEGER)",
        "INSERT INTO people VALUES (1, 1), (NULL, 2), (3, NULL)",
    )

    first = shop.read(cursor="at")

    broken = [(m.reason, m.key) for m in first if isinstance(m, Unreadable)]
    assert sorted(broken) == [("missing_cursor", "3"), ("missing_key", None)]
    assert facts(shop.read(last(first), cursor="at")) == []


def test_events_and_consents_are_read_from_queries(shop: Shop) -> None:
    shop.run("CREATE TABLE log (id INTEGER, who VARCHAR(9), at VARCHAR(30), what VARCHAR(19))")
    shop.run(
        *(f"INSERT INTO log VALUES ({n}, 'k1', '1772359200.5', 'order.placed')" for n in (1, 2))
    )
    event = {"id": ["id"], "type_column": "what", "at": "at", "format": "unix"}
    query = "SELECT *, 'a:b' AS note FROM log -- ends here\n;"
    if not shop.sqlite:
        query = "SELECT *, id::text AS note FROM log WHERE what LIKE 'order%';"
    how: dict[str, Any] = {"query": query, "key": ["who"]}

    events = shop.read(message="event", event=event, **how)
    consents = shop.read(message="consent", consent={"id": ["id"]}, cursor="id", **how)

    found = [(e.key, e.id, e.type, e.at.isoformat()) for e in events if isinstance(e, Event)]
    assert found == [
        ("k1", str(n), "order.placed", "2026-03-01T10:00:00.500000+00:00") for n in (1, 2)
    ]
    assert [c.id for c in consents if isinstance(c, Consent)] == ["1", "2"]


def test_only_the_columns_that_are_wanted_leave_the_database(shop: Shop) -> None:
    shop.run("CREATE TABLE people (no INTEGER, name VARCHAR(9), diagnosis VARCHAR(9))")
    shop.run("INSERT INTO people VALUES (1, 'Ada', 'secret')")

    (record,) = [m for m in shop.read(columns=["name"]) if isinstance(m, Record)]

    assert record.data == {"no": 1, "name": "Ada"}


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"table": "nobody"}, "missing_table"),
        ({"schema": "nowhere"}, "missing_table"),
        ({"key": ["nothing"]}, "missing_column"),
        ({"cursor": "nothing"}, "missing_column"),
        ({"columns": ["name", "nothing"]}, "missing_column"),
        ({"query": "SELECT FROM WHERE"}, "query_failed"),
        ({"query": "SELECT no, name, name FROM people"}, "duplicate_column"),
    ],
)
def test_what_is_not_there_is_told(shop: Shop, more: dict[str, Any], reason: str) -> None:
    if shop.sqlite and reason == "duplicate_column":
        pytest.skip("SQLite gives the second one another name")
    shop.run("CREATE TABLE people (no INTEGER, name VARCHAR(9))")

    with pytest.raises(SourceError) as refusal:
        shop.read(**more)

    assert refusal.value.reason in {reason, "query_failed"}
    assert isinstance(refusal.value, SourceMisconfigured)
    assert refusal.value.__cause__ is None


def test_a_column_that_vanishes_under_the_cursor_stops_the_stream(shop: Shop) -> None:
    shop.run("CREATE TABLE people (no INTEGER, at INTEGER)", "INSERT INTO people VALUES (1, 1)")
    state = last(shop.read(cursor="at"))
    shop.run("ALTER TABLE people RENAME COLUMN at TO changed")

    with pytest.raises(SourceMisconfigured, match="at"):
        shop.read(state, cursor="at")
    assert keys(shop.read(state, cursor="changed")) == ["1"]  # another order: from the beginning


def test_a_table_that_changes_while_it_is_read_is_read_as_it_was(shop: Shop) -> None:
    shop.run("CREATE TABLE people (no INTEGER, at INTEGER)")
    shop.run(*(f"INSERT INTO people VALUES ({n}, {n})" for n in range(8)))
    if shop.sqlite:
        shop.run("PRAGMA journal_mode = WAL")
    reading = Sql().read(shop.config(), "people", None)
    seen = [next(reading) for _ in range(4)]
    shop.run("DELETE FROM people WHERE no > 5", "INSERT INTO people VALUES (50, 1)")

    seen += list(reading)

    assert keys(seen)[:5] == ["0", "1", "2", "3", "4"]
    assert isinstance(seen[-2], Refreshed)


def test_a_lost_connection_is_for_later_and_says_no_secret(shop: Shop) -> None:
    if shop.sqlite:
        pytest.skip("a file is not away")
    shop.run("CREATE TABLE people (no INTEGER)")
    shop.run(*(f"INSERT INTO people VALUES ({n})" for n in range(5000)))
    reading = Sql().read(shop.config(), "people", None)
    seen = [next(reading) for _ in range(5)]
    shop.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE pid <> pg_backend_pid()"
        " AND application_name = current_setting('application_name')"
        " AND state LIKE 'idle in transaction%%'"
    )

    with pytest.raises(SourceUnavailable) as refusal:
        list(reading)

    assert refusal.value.reason == "connection_lost"
    state = next(m for m in reversed(seen) if isinstance(m, State))
    assert "4999" in keys(shop.read(state.value))


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        (f"nonsense {SECRET}", "bad_url"),
        (f"nosuch://me:{SECRET}@host/shop", "bad_url"),
        (f"postgresql://me@host:{SECRET}/shop", "bad_url"),
        (f"mysql+pymysql://me:{SECRET}@host/shop", "no_driver"),
        (f"postgresql://me:{SECRET}@127.0.0.1:1/shop", "connection_lost"),
        (f"sqlite:////nowhere/{SECRET}.db", "no_such_file"),
    ],
)
def test_an_address_that_does_not_work_is_never_repeated(url: str, reason: str) -> None:
    item = {"name": "people", "table": "people", "key": ["no"]}

    with pytest.raises(SourceError) as refusal:
        list(Sql().read({"url": url, "streams": [item]}, "people", None))

    assert refusal.value.reason == reason
    assert SECRET not in f"{refusal.value!r} {refusal.value.__cause__!r}"
    assert secrets(Sql()) == ["url"]


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "shop.db").write_text("no,name\n" * 500)
    item = {"name": "people", "table": "people", "key": ["no"]}
    config: JsonObject = {"url": f"sqlite:///{tmp_path / 'shop.db'}", "streams": [item]}

    with pytest.raises(SourceMisconfigured, match="check"):
        list(Sql().read(config, "people", None))


def test_a_state_of_another_connector_is_refused(shop: Shop) -> None:
    shop.run("CREATE TABLE people (no INTEGER)")
    order = ["no"]

    wrong: list[Any] = [{"files": {}}, {"format": 1, "order": order, "after": [["int", "x"]]}]
    for state in wrong:
        with pytest.raises(SourceMisconfigured, match="state"):
            shop.read(state)


def test_nothing_can_be_written_through_a_query(shop: Shop) -> None:
    shop.run("CREATE TABLE people (no INTEGER)", "INSERT INTO people VALUES (1)")

    with pytest.raises(SourceError):
        shop.read(query="SELECT 1 AS no) q; DELETE FROM people; SELECT * FROM (SELECT 1 AS no")

    assert keys(shop.read()) == ["1"]
