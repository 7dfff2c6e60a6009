"""How often a withdrawn view comes out, by order of commits.

Broken orders are put together here, out of the same parts, to show what each part is for; the
platform has no switch for them.
"""

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from benchmarks import race, stage
from benchmarks.reporting import Report, Table, parser, tell
from cdp.ids import new_id
from cdp.store import protocol, views
from cdp.store.tx import Stores

NAME: Final = "withdrawal_race"
PEOPLE: Final = 8
STORES: Final = ("main", "custody", "views")
NOWHERE: Final = UUID(int=0)


def main_first(stores: Stores, workspace: UUID, person: stage.Person) -> stage.Said:
    """Main, then the views; nobody raises a fence."""
    said = _write_down(stores, workspace, person)
    _delete_views(stores, workspace, person)
    return said


def keys_first(stores: Stores, workspace: UUID, person: stage.Person) -> stage.Said:
    """The views with their keys, then main; nobody raises a fence."""
    _delete_views(stores, workspace, person)
    return _write_down(stores, workspace, person)


def _write_down(stores: Stores, workspace: UUID, person: stage.Person) -> stage.Said:
    with stores.write(workspace) as tx:
        seq = tx.take_seq()
        stage.write_down(tx.main, workspace, person, new_id(), seq=seq, granted=False)
    return stage.Said(seq, applied=True)


def _delete_views(stores: Stores, workspace: UUID, person: stage.Person) -> None:
    with stores.publish(workspace) as tx:
        found = views.page(tx.views, workspace, [person.profile])
        doomed = [(view.id, view.profile_id, view.purpose) for view in found]
        protocol.delete_views(tx.views, workspace, doomed)


WAYS: Final = (
    race.Way("main first, no fence", main_first),
    race.Way("custody first, no fence", keys_first),
    race.Way("this protocol, but REPEATABLE READ in T2 and builder", isolation="REPEATABLE READ"),
    race.Way("**this protocol**"),
    race.Way("**this protocol**, withdrawer killed -9 at random", killed=True),
)
Results = dict[str, dict[str, race.Result]]


def main(arguments: list[str]) -> None:
    """Run every way on SQLite and, given an administrator's URL, on PostgreSQL."""
    options = parser(NAME, __doc__)
    options.add_argument("--seconds", type=float, default=10, help="per way and database")
    asked = options.parse_args(arguments)
    results = {"SQLite": _on_sqlite(asked.seconds)}
    if asked.postgresql:
        results["PostgreSQL"] = _on_postgresql(asked.postgresql, asked.seconds)
    tell(Report(NAME, (as_table(results),), as_counts(results)), asked)


def _on_sqlite(seconds: float) -> dict[str, race.Result]:
    """SQLite has one writer at a time and no other isolation: that way is left out."""
    found = {}
    for way in WAYS:
        if way.isolation is None:
            with tempfile.TemporaryDirectory() as folder:
                main, custody, views = (f"sqlite:///{folder}/{store}.sqlite3" for store in STORES)
                found[way.name] = _race(stage.Place(main, custody, views, NOWHERE), way, seconds)
    return found


def _on_postgresql(admin_url: str, seconds: float) -> dict[str, race.Result]:
    found = {}
    for way in WAYS:
        with _databases(admin_url) as (place, admin):
            found[way.name] = _race(place, way, seconds, **admin)
    return found


def _race(place: stage.Place, way: race.Way, seconds: float, **admin: str) -> race.Result:
    stores = place.open()
    try:
        workspace = stage.prepare(stores, "race", **admin)
        people = stage.add_people(stores, workspace, PEOPLE)
    finally:
        stores.close()
    return race.race(replace(place, workspace=workspace), people, way, seconds)


@contextmanager
def _databases(admin_url: str) -> Iterator[tuple[stage.Place, dict[str, str]]]:
    """Three databases of our own, dropped at the end."""
    tag = f"cdp_bench_{secrets.token_hex(4)}"
    server = conninfo_to_dict(admin_url)
    host = f"{server.get('host', '127.0.0.1')}:{server.get('port', 5432)}"
    main, custody, views = (f"postgresql://{tag}_app@{host}/{tag}_{store}" for store in STORES)
    with psycopg.connect(admin_url, autocommit=True) as admin:
        try:
            yield (
                stage.Place(main, custody, views, NOWHERE),
                {"admin_url": admin_url, "owner_role": f"{tag}_owner"},
            )
        finally:
            for store in STORES:
                drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
                admin.execute(drop.format(sql.Identifier(f"{tag}_{store}")))
            for role in (f"{tag}_app", f"{tag}_owner"):
                admin.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role)))


def as_counts(results: Results) -> dict[str, dict[str, dict[str, int]]]:
    """Every count of every race."""
    return {
        database: {name: {**result.counts, "kills": result.kills} for name, result in ways.items()}
        for database, ways in results.items()
    }


def as_table(results: Results) -> Table:
    """The two numbers that count, by way."""
    stores = " / ".join(results)
    rows = []
    for way in WAYS:
        cells = []
        for bad, of in (("stale", "answers"), ("seen", "looks")):
            ran = [results[database].get(way.name) for database in results]
            cells.append(" / ".join(f"{r[bad]} of {r[of]}" if r else "n/a" for r in ran))
        rows.append((way.name, *cells))
    head = (
        f"race ({PEOPLE} profiles, processes, random pauses)",
        f"answers after acknowledgement with a withdrawn view, {stores}",
        f"a key holder sees one, {stores}",
    )
    return Table("Withdrawn views that come out, by order of commits", head, tuple(rows))
