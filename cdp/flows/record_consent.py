"""Record a consent event: bind it to records, append it to the ledger, move the projection.

A no binds to every record of the profile as it is now, so it stays on each of them after a split.
A yes binds to the records that the person proved to be: those that carry the identifier it was
given with, and those tied to them by verified links. A restriction raises the fences in the same
commit and is never refused for want of custody: its body travels in the outbox. A grant gives
custody its body first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson

from cdp.canonical import canonical
from cdp.clock import text
from cdp.errors import NotFound, ProfileSplit, Refused, TryAgain
from cdp.facts import Said
from cdp.ids import keyed_id, new_id
from cdp.proofs import Proof, rank_of
from cdp.store import consents, jobs, keys, links
from cdp.store.protocol import Restriction
from cdp.store.tx import Tx
from cdp.vault.custodian import Custodian
from cdp.vault.intake import Intake
from consent.decision import condense
from consent.events import RESTRICTIONS, ConsentEvent, ConsentFact, InvalidConsent
from consent.ledger import leaf_hash
from consent.policy import Policy


@dataclass(frozen=True)
class Statement:
    """What somebody said about consent, before it is bound and sealed.

    `contact` and `identifier` are normalised (type, value); `fields` are those of
    `consent.events.ConsentEvent` that the entry point knows.
    """

    event_id: UUID
    fields: Mapping[str, Any] = field(repr=False)
    proof: Proof | None
    contact: tuple[str, str] | None = field(default=None, repr=False)
    identifier: tuple[str, str] | None = field(default=None, repr=False)


@dataclass(frozen=True)
class ConsentReport:
    """The event's place in the ledger. `repeated`: it was there already; nothing changed."""

    event_id: UUID
    seq: int
    restriction: bool
    records: int
    repeated: bool = False


@dataclass(frozen=True)
class ImportReport:
    """Statements taken, known before, and refused because they could not be understood."""

    taken: int = 0
    repeated: int = 0
    refused: int = 0

    def __add__(self, other: "ImportReport") -> "ImportReport":
        return ImportReport(
            taken=self.taken + other.taken,
            repeated=self.repeated + other.repeated,
            refused=self.refused + other.refused,
        )


@dataclass(frozen=True)
class Registrar:
    """Keys and policy with which events are recorded."""

    custodian: Custodian
    intake: Intake
    policy: Policy
    policy_hash: str


def record_consent(
    tx: Tx, registrar: Registrar, profile_id: UUID, statement: Statement, now: datetime
) -> ConsentReport:
    """Record a statement about the person of a profile.

    Raises:
        NotFound: no such profile. ProfileSplit: a yes to an id that stands for several.
        Refused: a statement that cannot be understood or names an unknown purpose or notice, or
            a yes that cannot be bound because nothing says which record the person proved to be.
        TryAgain: the same event is being recorded at this moment.
    """
    said_mac = _said_mac(registrar, profile_id, statement)
    repeated = _repeated(tx, statement, said_mac)
    if repeated is not None:
        return repeated
    # The counter's lock first: nobody merges or splits while the event is bound.
    seq = tx.take_seq()
    if consents.exists(tx.main, statement.event_id) is not None:
        # The same event came twice at once; the other one was first.
        raise TryAgain("this event is being recorded; ask again", reason="event_in_progress")
    current = links.current(tx.main, tx.workspace, profile_id)
    members = links.members(tx.main, current)
    if not members:
        raise NotFound("there is no such profile", reason="NO_PROFILE")
    if statement.fields.get("type") in RESTRICTIONS:
        # A no is taken for everybody that a former id stands for.
        records = set(members)
    elif len(current) > 1:
        raise ProfileSplit(current)
    else:
        records = _proved(tx, registrar.custodian, members, statement.identifier)
    event = _event(registrar, statement, _Place(frozenset(records), now))
    _append(tx, registrar, [_Heard(statement, event, said_mac)], seq, now)
    return ConsentReport(statement.event_id, seq, event.is_restriction, len(records))


def record_said(tx: Tx, registrar: Registrar, said: Sequence[Said], now: datetime) -> ImportReport:
    """Record what sources say, at the rank of an import, all in a few statements.

    Restrictions first. The same statement about the same record has the same id, so reading a
    record again adds nothing; one that cannot be understood is counted and takes no seq.
    """
    made: dict[UUID, _Heard] = {}
    refused = 0
    for item in sorted(said, key=lambda one: one.fields.get("type") not in RESTRICTIONS):
        statement = _import(registrar, item)
        try:
            event = _event(registrar, statement, _Place(frozenset({item.record_id}), now))
        except Refused:
            refused += 1
            continue
        said_mac = _said_mac(registrar, item.record_id, statement)
        made.setdefault(statement.event_id, _Heard(statement, event, said_mac))
    known = consents.known(tx.main, made)
    new = [heard for event_id, heard in made.items() if event_id not in known]
    if new:
        _append(tx, registrar, new, tx.take_seqs(len(new)), now)
    return ImportReport(len(new), len(said) - refused - len(new), refused)


def _import(registrar: Registrar, item: Said) -> Statement:
    # What a source leaves open is said of everything: no channels means every channel.
    fields = {name: value for name, value in item.fields.items() if name in _SAID and value}
    if "evidence" in fields:
        fields["evidence"] = {"ref": str(fields["evidence"])}
    mac = registrar.intake.content_mac(item.record_id, orjson.dumps(fields, option=_SORTED))
    return Statement(keyed_id(mac), {**fields, "source": "import"}, proof=None)


_SAID: Final = frozenset(
    {"type", "purposes", "channels", "brand", "at", "until", "notice", "language", "ctype"}
    | {"evidence"}
)
_SORTED: Final = orjson.OPT_SORT_KEYS


@dataclass(frozen=True)
class _Place:
    """Where an event goes: the records it binds to, and when it was received."""

    records: frozenset[UUID]
    now: datetime


@dataclass(frozen=True)
class _Heard:
    """A statement, the event it makes, and a keyed MAC of what its caller said."""

    statement: Statement
    event: ConsentEvent
    said_mac: bytes = field(repr=False)


def _said_mac(registrar: Registrar, about: UUID, statement: Statement) -> bytes:
    """Of everything the caller said and nothing the platform added: a retry gives the same."""
    said = [dict(statement.fields), statement.contact, statement.identifier, str(about)]
    return registrar.intake.content_mac(statement.event_id, canonical(said))


def _repeated(tx: Tx, statement: Statement, said_mac: bytes) -> ConsentReport | None:
    found = consents.said(tx.main, statement.event_id)
    if found is None:
        return None
    seq, before = found
    if before != said_mac:
        raise Refused(
            "this event id was used for another statement; send a fresh one",
            reason="event_id_reused",
        )
    # A caller that retries may do so because a crash left the rest undone.
    tx.restricted = True
    return ConsentReport(statement.event_id, seq, restriction=False, records=0, repeated=True)


def _event(registrar: Registrar, statement: Statement, place: _Place) -> ConsentEvent:
    fields = dict(statement.fields)
    contact = statement.contact
    try:
        event = ConsentEvent.parse(
            {
                **fields,
                "id": str(statement.event_id),
                "subject_ref": str(new_id()),
                "contact": registrar.custodian.contact_ref(*contact) if contact else "*",
                "records": sorted(str(record) for record in place.records),
                "at": fields.get("at") or text(place.now),
                "received": text(place.now),
                "policy_hash": registrar.policy_hash,
                "proof": statement.proof.as_dict() if statement.proof else None,
            }
        )
    except InvalidConsent as error:
        raise Refused(str(error), reason=error.reason) from None
    _check(registrar.policy, event)
    return event


def _check(policy: Policy, event: ConsentEvent) -> None:
    known = {*policy.purposes, "*"}
    if not known.issuperset(event.purposes):
        names = ", ".join(sorted(policy.purposes))
        raise Refused(f"unknown purpose (purposes: {names})", reason="PURPOSE_UNKNOWN")
    if event.notice is not None and event.notice not in policy.notices and not event.is_restriction:
        names = ", ".join(sorted(policy.notices)) or "none"
        raise Refused(f"unknown notice (notices: {names})", reason="NOTICE_UNKNOWN")


def _proved(
    tx: Tx,
    custodian: Custodian,
    members: Mapping[UUID, links.Link],
    identifier: tuple[str, str] | None,
) -> set[UUID]:
    """The records a yes binds to (merge rule M7)."""
    verified = {record for record, link in members.items() if link.kind == "verified"}
    if identifier is None:
        if not verified:
            raise Refused(
                "nothing proves which record this person is: name the identifier that they"
                " signed in with",
                reason="identifier_needed",
            )
        return verified
    token = (identifier[0], custodian.blind_index(*identifier))
    found = keys.holders(tx.custody, tx.workspace, [token]).get(token, set())
    carrying = found & members.keys()
    if not carrying:
        raise Refused(
            "no record of this profile carries that identifier", reason="identifier_unknown"
        )
    return carrying | verified if carrying & verified else carrying


def _append(
    tx: Tx,
    registrar: Registrar,
    events: Sequence[_Heard],
    first_seq: int,
    now: datetime,
) -> None:
    """Ledger, projection, fences and jobs for these events, whose seqs follow one another."""
    entries = [_entry(tx, registrar, heard, seq) for seq, heard in enumerate(events, first_seq)]
    consents.append(
        tx.main,
        tx.workspace,
        [
            consents.LedgerEntry(
                id=entry.id,
                seq=entry.seq,
                event_class=entry.event.type,
                received=now,
                said_mac=entry.said_mac,
                commitment=entry.commitment,
                leaf_hash=entry.leaf_hash,
            )
            for entry in entries
        ],
        {entry.id: entry.records for entry in entries},
    )
    _project(tx, entries)
    records = {record for entry in entries for record in entry.records}
    found = links.links_of(tx.main, records)
    grants = [entry for entry in entries if not entry.event.is_restriction]
    if grants:
        bodies = {entry.id: entry.sealed for entry in grants}
        keys.keep_bodies(tx.custody, tx.workspace, bodies, now)
    tx.restrict(*(entry.restriction(found, now) for entry in entries if entry.event.is_restriction))
    profiles = {link.profile_id for link in found.values()}
    jobs.want(tx.main, tx.workspace, jobs.REFRESH, profiles, now)


@dataclass(frozen=True)
class _Entry:
    """One event with everything the stores keep of it."""

    id: UUID
    seq: int
    event: ConsentEvent
    fact: ConsentFact
    records: frozenset[UUID]
    said_mac: bytes = field(repr=False)
    commitment: bytes = field(repr=False)
    leaf_hash: bytes = field(repr=False)
    sealed: bytes = field(repr=False)

    def restriction(self, found: Mapping[UUID, links.Link], now: datetime) -> Restriction:
        """What the event takes away; its body travels along."""
        profiles = {found[record].profile_id for record in self.records if record in found}
        return Restriction(
            seq=self.seq,
            kind="consent",
            records=tuple(sorted(self.records)),
            profiles=tuple(sorted(profiles)),
            at=now,
            event_id=self.id,
            payload=self.sealed,
        )


def _entry(tx: Tx, registrar: Registrar, heard: _Heard, seq: int) -> _Entry:
    statement, event = heard.statement, heard.event
    body = event.as_dict()
    salt = Custodian.new_salt()
    commitment = Custodian.commitment(salt, canonical(body))
    return _Entry(
        id=statement.event_id,
        seq=seq,
        event=event,
        fact=event.fact(rank_of(registrar.custodian, statement.event_id, statement.proof)),
        records=frozenset(map(UUID, event.records)),
        said_mac=heard.said_mac,
        commitment=commitment,
        leaf_hash=leaf_hash(tx.workspace.bytes, seq, commitment),
        sealed=registrar.intake.seal_to_custodian(
            "consent_body", statement.event_id, canonical({"salt": salt.hex(), "event": body})
        ),
    )


def _project(tx: Tx, entries: Sequence[_Entry]) -> None:
    """The projection moves: per record, what is known and what is new, condensed."""
    new: dict[UUID, list[ConsentFact]] = {}
    for entry in entries:
        for record in entry.records:
            new.setdefault(record, []).append(entry.fact)
    before = consents.facts_of(tx.main, new)
    after = {}
    for record, facts in new.items():
        known = [ConsentFact.parse(fact) for fact in before.get(record, [])]
        after[record] = [fact.as_dict() for fact in condense([*known, *facts])]
    consents.keep_facts(tx.main, tx.workspace, after, entries[-1].seq)
