"""A stage for races and crashes: people on three real stores, and what may happen to them.

The verbs here use the stores and nothing above them, in the order that flows use them: say (a
withdrawal or a grant), build, ask, land. A view's `built_seq` tells which withdrawals it predates.
`watch` calls back at every statement and on both sides of every commit, so that a process can
pause or die there; the code under test knows nothing of it.
"""

import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, event

from cdp import clock
from cdp.ids import new_id
from cdp.store import (
    configuration,
    consents,
    disclosures,
    jobs,
    keys,
    links,
    protocol,
    provision,
    records,
    sources,
    views,
)
from cdp.store.database import Database
from cdp.store.tx import Stores

PURPOSE: Final = "offers"
KEY_BYTES: Final = 60
LEASE_SECONDS: Final = 60


@dataclass(frozen=True)
class Place:
    """Where the stores are and which workspace to use: enough for another process."""

    main: str = field(repr=False)
    custody: str = field(repr=False)
    views: str = field(repr=False)
    workspace: UUID

    def open(self) -> Stores:
        """The three databases, not yet connected."""
        return Stores(
            Database("main", self.main),
            Database("custody", self.custody),
            Database("views", self.views),
        )


@dataclass(frozen=True)
class Person:
    """A profile and its records."""

    profile: UUID
    records: tuple[UUID, ...]


@dataclass(frozen=True)
class Said:
    """A consent event on the ledger; `applied` is None when nothing had to be applied."""

    seq: int
    applied: bool | None


def prepare(
    stores: Stores, workspace: str, *, admin_url: str | None = None, owner_role: str = "cdp_owner"
) -> UUID:
    """Migrated stores with a workspace of that name."""
    provision.provision(stores, admin_url=admin_url, owner_role=owner_role)
    return add_workspace(stores, workspace, admin_url=admin_url, owner_role=owner_role)


def add_workspace(
    stores: Stores, name: str, *, admin_url: str | None = None, owner_role: str = "cdp_owner"
) -> UUID:
    """One more workspace in stores that are migrated."""
    return provision.create_workspace(
        stores, name, clock.now(), admin_url=admin_url, owner_role=owner_role
    )


def add_stream(stores: Stores, workspace: UUID) -> UUID:
    """A source with one stream; returns the stream."""
    source = sources.Source(new_id(), f"crm-{secrets.token_hex(4)}", "rows", b"sealed")
    with stores.write(workspace) as tx:
        sources.add(tx.main, workspace, source, ["customers"], clock.now())
        return sources.streams_of(tx.main, workspace, source.id)[0].id


def land(stores: Stores, workspace: UUID, stream: UUID, macs: Collection[bytes]) -> list[UUID]:
    """Land the records with these keys, custody first; those that are known stay as they are."""
    at, batch_id = clock.now(), new_id()
    with stores.write(workspace) as tx:
        known = records.known(tx.main, stream, sorted(macs))
        fresh = {mac: new_id() for mac in sorted(macs) if mac not in known}
        data_keys = [
            keys.WrappedKey(new_id(), record, batch_id, secrets.token_bytes(40))
            for record in fresh.values()
        ]
        batch_key = keys.WrappedBatchKey(batch_id, b"sealed", b"signature")
        if fresh:
            keys.insert_keys(tx.custody, workspace, batch_key, data_keys, at)
        records.insert_batch(
            tx.main,
            workspace,
            batch_id=batch_id,
            stream_id=stream,
            at=at,
            counts={"new": len(fresh)},
        )
        landed = records.Landed()
        for (mac, record), key in zip(fresh.items(), data_keys, strict=True):
            landed.records.append(
                {
                    "id": record,
                    "workspace_id": workspace,
                    "stream_id": stream,
                    "key_mac": mac,
                    "order_key": mac[:16],
                    "version": 1,
                    "deleted": False,
                    "fence_seq": 0,
                    "created_at": at,
                }
            )
            landed.versions.append(
                {
                    "record_id": record,
                    "version": 1,
                    "workspace_id": workspace,
                    "batch_id": batch_id,
                    "key_id": key.id,
                    "body": b"sealed",
                    "content_mac": mac,
                    "landed_at": at,
                }
            )
        records.insert_landed(tx.main, workspace, landed)
    return [*(item.id for item in known.values()), *fresh.values()]


def add_people(stores: Stores, workspace: UUID, count: int) -> list[Person]:
    """People of two records each, who have said yes."""
    stream = add_stream(stores, workspace)
    ids = land(stores, workspace, stream, [secrets.token_bytes(32) for _ in range(2 * count)])
    people = [Person(new_id(), tuple(sorted(ids[n : n + 2]))) for n in range(0, len(ids), 2)]
    with stores.write(workspace) as tx:
        links.create(tx.main, workspace, [item.profile for item in people], 0, clock.now())
        links.keep_links(
            tx.main,
            workspace,
            [
                links.Link(record, item.profile, "verified", "self")
                for item in people
                for record in item.records
            ],
            0,
        )
        records.clear_pending(tx.main, records.pending_marks(tx.main, workspace, len(ids)))
    for person in people:
        say(stores, workspace, person, new_id(), granted=True)
    return people


def say(stores: Stores, workspace: UUID, person: Person, event_id: UUID, *, granted: bool) -> Said:
    """A yes or a no by this person; saying the same event again changes nothing."""
    repeated = False
    with stores.write(workspace) as tx:
        seq = consents.exists(tx.main, event_id)
        if seq is None:
            seq = tx.take_seq()
            write_down(tx.main, workspace, person, event_id, seq=seq, granted=granted)
            if granted:
                keys.keep_bodies(tx.custody, workspace, {event_id: b"sealed yes"}, clock.now())
            else:
                tx.restrict(withdrawal(person, event_id, seq))
        elif not granted:
            repeated = True
    return Said(seq, stores.apply_outbox(workspace) if repeated else tx.applied)


def write_down(
    main: Connection, workspace: UUID, person: Person, event_id: UUID, *, seq: int, granted: bool
) -> None:
    """The event and its projection, on main."""
    entry = consents.LedgerEntry(
        event_id,
        seq,
        "grant" if granted else "withdrawal",
        clock.now(),
        bytes(32),
        bytes(32),
        bytes(32),
    )
    consents.append(main, workspace, [entry], {entry.id: person.records})
    facts = {record: [{"granted": granted}] for record in person.records}
    consents.keep_facts(main, workspace, facts, seq)


def withdrawal(person: Person, event_id: UUID, seq: int) -> protocol.Restriction:
    """What a no takes away."""
    return protocol.Restriction(
        seq=seq,
        kind="withdrawal",
        records=person.records,
        profiles=(person.profile,),
        at=clock.now(),
        event_id=event_id,
        payload=b"sealed no",
    )


def build(
    stores: Stores, workspace: UUID, person: Person, pause: Callable[[], None] = lambda: None
) -> bool:
    """Build a person's view from a snapshot of main and publish it; False: drop and do it again."""
    with stores.read(workspace) as tx:
        head, _ = configuration.head(tx.main, workspace)
        facts = consents.facts_of(tx.main, person.records)
        profile = links.profiles(tx.main, [person.profile])[person.profile]
    granted = all(fact["granted"] for items in facts.values() for fact in items)
    view = sealed(person, head, profile.partition_version)
    pause()
    made = views.Build(
        profile_id=person.profile,
        records=person.records,
        views=(view,) if granted else (),
        removed=() if granted else (PURPOSE,),
        lookups={PURPOSE: frozenset({person.profile.bytes * 2})},
    )
    with stores.publish(workspace) as tx:
        return person.profile in views.publish(tx.views, workspace, head, [made])


def sealed(person: Person, head: int, partition_version: int = 0) -> views.StoredView:
    """A view as of `head`, with a key of its own."""
    return views.StoredView(
        id=new_id(),
        profile_id=person.profile,
        purpose=PURPOSE,
        built_seq=head,
        partition_version=partition_version,
        policy_hash="policy",
        recheck_at=clock.now() + timedelta(hours=1),
        body=secrets.token_bytes(64),
        signature=secrets.token_bytes(64),
        wrapped=secrets.token_bytes(KEY_BYTES),
    )


def work(stores: Stores, workspace: UUID, person: Person) -> bool:
    """What a worker does: lease the job, build, publish, finish. False: nothing was due."""
    with stores.write(workspace) as tx:
        leased = jobs.lease(
            tx.main, workspace, jobs.REFRESH, clock.now(), limit=1, seconds=LEASE_SECONDS
        )
    if not leased:
        return False
    through = build(stores, workspace, person)
    with stores.write(workspace) as tx:
        if through:
            jobs.done(tx.main, workspace, leased)
        else:
            jobs.later(tx.main, workspace, leased, clock.now())
    return True


def ask(stores: Stores, workspace: UUID, person: Person) -> views.StoredView | None:
    """What a reader answers with: the view's bytes, then the state on main, then the fence."""
    with stores.read(workspace) as tx:
        view = views.fetch(tx.views, workspace, person.profile, [PURPOSE]).get(PURPOSE)
        standing = disclosures.standing(tx.main, workspace, person.profile)
    if view is None or standing is None:
        return None
    granted = all(fact["granted"] for item in standing.members for fact in item.facts)
    current = view.partition_version == standing.partition_version
    return view if granted and current and view.built_seq >= standing.fence_seq else None


def see(stores: Stores, workspace: UUID, person: Person) -> views.StoredView | None:
    """What the holder of a purpose key sees who asks nobody: the views store alone."""
    with stores.read(workspace) as tx:
        return views.fetch(tx.views, workspace, person.profile, [PURPOSE]).get(PURPOSE)


def recover(stores: Stores, workspace: UUID) -> bool:
    """What a start-up does to bring the stores back into step; True: they are."""
    restore(stores, workspace)
    return stores.apply_outbox(workspace)


def restore(stores: Stores, workspace: UUID) -> None:
    """The fences again from main, and no keys of what main never committed."""
    with stores.read(workspace) as tx, stores.publish(workspace) as publishing:
        protocol.rederive_fences(tx.main, publishing.views, workspace)
    with stores.write(workspace) as tx:
        keys.sweep_orphans(tx.custody, tx.main, workspace, clock.now() + timedelta(seconds=1))


def watch(stores: Stores, boundary: Callable[[str], None]) -> None:
    """Call `boundary` after every statement, before every commit and after the end of every unit.

    Before a statement is after the one before it, so every place is covered.
    """
    for database in stores.all:
        _watch(database, boundary)


def _watch(database: Database, boundary: Callable[[str], None]) -> None:
    engine, name = database.engine, database.name

    def after(_c: object, _k: object, statement: str, *_: object) -> None:
        boundary(f"{name}: after {' '.join(statement.split())[:60]}")

    def commit(_c: object) -> None:
        boundary(f"{name}: before COMMIT")

    # A connection goes back to its pool right after its transaction ended.
    def reset(*_: object) -> None:
        boundary(f"{name}: after COMMIT or ROLLBACK")

    event.listen(engine, "after_cursor_execute", after)
    event.listen(engine, "commit", commit)
    event.listen(engine, "reset", reset)
