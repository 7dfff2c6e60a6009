"""One record in: read, find, weigh, cluster, write, commit, against many that are stored already.

    python -m benchmarks online [--stored N] [--records N] [--postgresql URL]

The engine alone: plain rows in one database, nothing sealed, no consent. That is what other engines
do for the step, and what the targets are for. Through the vault the same step is the call `resolve
one` of the benchmark `growth`. Durable: every record is on the disk when its commit returns.
"""

import sqlite3
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from secrets import token_hex
from typing import Any, Final, Protocol

import orjson
import psycopg

from benchmarks.crowd import Crowd, Row
from benchmarks.reporting import Report, Table, parser, quantile, tell
from identity.defaults import default_rules
from identity.evidence import Evidence, Token
from identity.features import Told, read
from identity.keys import BLOCK
from identity.normalize import Unusable, normalise
from identity.resolver import resolve, tied
from identity.rules import Rules

NAME: Final = "online"
SEED: Final = 20_260_101
IDENTIFIERS: Final = ("email", "phone")
CHUNK: Final = 10_000
MUST: Final = {"p50": 1.0, "p99": 5.0, "rate": 1000.0}
"""Milliseconds, and records a second on one connection (PostgreSQL, durable)."""

Key = bytes


class Store(Protocol):
    """Rows of one database, as plain as they can be."""

    def load(self, records: Iterable["Stored"]) -> None:
        """Many at once."""

    def holders(self, keys: Sequence[Key]) -> list[tuple[Key, int]]:
        """Which records hold these keys."""

    def bodies(self, numbers: Sequence[int]) -> list[tuple[int, bytes, int]]:
        """What these records say, and their persons."""

    def add(self, record: "Stored", moved: Mapping[int, int]) -> None:
        """A new record with its keys, and who belongs to another person now; committed."""


@dataclass(frozen=True)
class Stored:
    """A record as it is stored."""

    number: int
    person: int
    body: bytes = field(repr=False)
    keys: tuple[Key, ...] = field(repr=False)


def main(arguments: list[str]) -> None:
    """Run on SQLite and, given an administrator's URL, on PostgreSQL."""
    options = parser(NAME, __doc__)
    options.add_argument("--stored", type=int, default=200_000, help="records there already")
    options.add_argument("--records", type=int, default=3_000, help="records that come one by one")
    asked = options.parse_args(arguments)
    found: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        stores = {"SQLite": _sqlite(Path(folder))}
        if asked.postgresql:
            stores["PostgreSQL"] = _postgresql(asked.postgresql)
        for name, opened in stores.items():
            with opened as store:
                found[name] = measure(store, asked.stored, asked.records)
    tell(report(found, asked.stored), asked)


def measure(store: Store, stored: int, records: int) -> list[float]:
    """Seconds of each record, after so many that are stored at once."""
    rules = default_rules()
    rows = (row for _, row in Crowd(SEED).rows())
    store.load(_stored(number, row, rules) for number, row in enumerate(islice(rows, stored)))
    taken = []
    for number, row in enumerate(islice(rows, records), stored):
        begun = time.perf_counter()
        step(store, rules, number, row)
        taken.append(time.perf_counter() - begun)
    return taken


def step(store: Store, rules: Rules, number: int, row: Row) -> int:
    """Take one record in; the number of its person."""
    new = _stored(number, row, rules)
    known = {number: _evidence(number, new.body)}
    persons: dict[int, int] = {number: number}
    members = _Search(store, rules, known, persons, {number}).run()
    moved: dict[int, int] = {}
    own = number
    for cluster in resolve([known[one] for one in members], rules).clusters:
        places = sorted(int(name) for name in cluster.record_ids)
        person = min(persons[place] for place in places)
        moved |= {place: person for place in places if persons[place] != person}
        own = person if number in places else own
    moved.pop(number, None)
    store.add(Stored(number, own, new.body, new.keys), moved)
    return own


@dataclass
class _Search:
    """Everybody who hangs together with a record, as far as they were found."""

    store: Store
    rules: Rules
    known: dict[int, Evidence]
    persons: dict[int, int]
    members: set[int]
    proposed: set[int] = field(default_factory=set)
    asked: set[Key] = field(default_factory=set)

    def run(self) -> set[int]:
        """Follow identifiers wherever they lead, and those whom their weight ties."""
        while self._follow() or self._weigh():
            pass
        return self.members

    def _follow(self) -> bool:
        wanted = {
            key_of(token.type, token.value): token.type
            for member in self.members
            for token in self.known[member].tokens
        }
        fresh = [key for key in wanted if key not in self.asked]
        self.asked.update(fresh)
        held: dict[Key, set[int]] = {}
        for key, holder in self.store.holders(fresh) if fresh else []:
            held.setdefault(key, set()).add(holder)
        before = len(self.members)
        for key, holders in held.items():
            if len(holders) <= _limit(self.rules, wanted[key]):
                keyed = wanted[key].startswith(BLOCK)
                (self.proposed if keyed else self.members).update(holders)
        unknown = sorted((self.members | self.proposed) - self.known.keys())
        for one, body, person in self.store.bodies(unknown) if unknown else []:
            self.known[one], self.persons[one] = _evidence(one, body), person
        return len(self.members) > before

    def _weigh(self) -> bool:
        left = self.proposed - self.members
        if not left:
            return False
        both = [self.known[one] for one in sorted(self.members | left)]
        ties = tied(both, self.rules, [str(member) for member in self.members])
        grown = {one for one in left if str(one) in ties}
        self.members |= grown
        return bool(grown)


def _limit(rules: Rules, kind: str) -> int:
    return rules.key_limits[kind] if kind.startswith(BLOCK) else rules.types[kind].limit


def _stored(number: int, row: Row, rules: Rules) -> Stored:
    told = read(row)
    tokens = [*_identifiers(row), *_keys(told, rules)]
    body = orjson.dumps([dict(told), tokens])
    return Stored(number, number, body, tuple(key_of(kind, text.encode()) for kind, text in tokens))


def _identifiers(row: Row) -> list[tuple[str, str]]:
    found = []
    for name in IDENTIFIERS:
        try:
            found.append((name, normalise(name, row.get(name, ""))))
        except Unusable:
            continue
    return found


def _keys(told: Told, rules: Rules) -> list[tuple[str, str]]:
    return [(rule.type, key) for rule in rules.blocking if (key := rule.key(told))]


def _evidence(number: int, body: bytes) -> Evidence:
    said, tokens = orjson.loads(body)
    held = tuple(Token(type_, value.encode()) for type_, value in tokens)
    return Evidence(str(number), number.to_bytes(8), held, Told(said))


def key_of(kind: str, value: bytes) -> Key:
    """A key as it is stored: sixteen bytes."""
    return blake2b(kind.encode() + b"\0" + value, digest_size=16).digest()


def report(found: dict[str, list[float]], stored: int) -> Report:
    """One row for each store."""
    rows = []
    for name, taken in found.items():
        p50, p99 = (1000 * quantile(taken, part) for part in (0.5, 0.99))
        rate = len(taken) / sum(taken)
        reached = p50 < MUST["p50"] and p99 < MUST["p99"] and rate >= MUST["rate"]
        verdict = "reached" if reached else "missed"
        rows.append(
            (
                name,
                f"{p50:.2f}",
                f"{p99:.2f}",
                f"{rate:,.0f}",
                verdict if name == "PostgreSQL" else "",
            )
        )
    head = ("store", "p50 ms (< 1)", "p99 ms (< 5)", "records/s (>= 1,000)", "target")
    title = f"One record in, {stored:,} stored, the engine alone, one connection, durable"
    return Report(NAME, (Table(title, head, tuple(rows)),), {"seconds": found})


class _OnSQLite:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._run = connection.execute
        self._many = connection.executemany

    def load(self, records: Iterable[Stored]) -> None:
        source = iter(records)
        while part := list(islice(source, CHUNK)):
            self._run("BEGIN")
            self._many(
                "INSERT INTO record VALUES (?, ?, ?)", [(r.number, r.person, r.body) for r in part]
            )
            self._many(
                "INSERT OR IGNORE INTO held VALUES (?, ?)",
                [(key, r.number) for r in part for key in r.keys],
            )
            self._run("COMMIT")

    def holders(self, keys: Sequence[Key]) -> list[tuple[Key, int]]:
        marks = ", ".join("?" * len(keys))
        return self._run(f"SELECT key, number FROM held WHERE key IN ({marks})", keys).fetchall()

    def bodies(self, numbers: Sequence[int]) -> list[tuple[int, bytes, int]]:
        marks = ", ".join("?" * len(numbers))
        asked = f"SELECT number, body, person FROM record WHERE number IN ({marks})"
        return self._run(asked, numbers).fetchall()

    def add(self, record: Stored, moved: Mapping[int, int]) -> None:
        self._run("BEGIN IMMEDIATE")
        self._run(
            "INSERT INTO record VALUES (?, ?, ?)", (record.number, record.person, record.body)
        )
        self._many(
            "INSERT OR IGNORE INTO held VALUES (?, ?)",
            [(key, record.number) for key in record.keys],
        )
        self._many(
            "UPDATE record SET person = ? WHERE number = ?",
            [(person, number) for number, person in moved.items()],
        )
        self._run("COMMIT")


@contextmanager
def _sqlite(folder: Path) -> Iterator[Store]:
    connection = sqlite3.connect(folder / "online.sqlite3", isolation_level=None)
    with closing(connection):
        connection.execute("PRAGMA journal_mode = wal")
        connection.execute("PRAGMA synchronous = 2")
        connection.execute(
            "CREATE TABLE record (number INTEGER PRIMARY KEY, person INTEGER, body BLOB)"
        )
        connection.execute(
            "CREATE TABLE held (key BLOB, number INTEGER, PRIMARY KEY (key, number)) WITHOUT ROWID"
        )
        yield _OnSQLite(connection)


class _OnPostgreSQL:
    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._cursor = connection.cursor(binary=True)

    def load(self, records: Iterable[Stored]) -> None:
        source = iter(records)
        while part := list(islice(source, CHUNK)):
            with self._connection.transaction():
                with self._cursor.copy("COPY record FROM STDIN") as copy:
                    for one in part:
                        copy.write_row((one.number, one.person, one.body))
                with self._cursor.copy("COPY held FROM STDIN") as copy:
                    for one in part:
                        for key in dict.fromkeys(one.keys):
                            copy.write_row((key, one.number))
        self._cursor.execute("CREATE INDEX ON held (key)")
        self._cursor.execute("ANALYZE")

    def holders(self, keys: Sequence[Key]) -> list[tuple[Key, int]]:
        asked = "SELECT key, number FROM held WHERE key = ANY(%b)"
        return self._cursor.execute(asked, [list(keys)], prepare=True).fetchall()

    def bodies(self, numbers: Sequence[int]) -> list[tuple[int, bytes, int]]:
        asked = "SELECT number, body, person FROM record WHERE number = ANY(%b)"
        return self._cursor.execute(asked, [list(numbers)], prepare=True).fetchall()

    def add(self, record: Stored, moved: Mapping[int, int]) -> None:
        """One statement, which is its own transaction: one round trip, one commit."""
        self._cursor.execute(
            "WITH one AS (INSERT INTO record VALUES (%b, %b, %b)),"
            " keys AS (INSERT INTO held SELECT unnest(%b::bytea[]), %b::int8)"
            " UPDATE record SET person = of.person"
            " FROM unnest(%b::int8[], %b::int8[]) AS of(number, person)"
            " WHERE record.number = of.number",
            [
                record.number,
                record.person,
                record.body,
                list(dict.fromkeys(record.keys)),
                record.number,
                list(moved),
                list(moved.values()),
            ],
            prepare=True,
        )


@contextmanager
def _postgresql(url: str) -> Iterator[Store]:
    schema = f"online_{token_hex(4)}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}".encode())
        connection.execute(f"SET search_path = {schema}".encode())
        try:
            connection.execute(
                "CREATE TABLE record (number int8 PRIMARY KEY, person int8, body bytea)"
            )
            connection.execute("CREATE TABLE held (key bytea, number int8)")
            yield _OnPostgreSQL(connection)
        finally:
            connection.execute(f"DROP SCHEMA {schema} CASCADE".encode())
