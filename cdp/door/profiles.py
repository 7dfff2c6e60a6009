"""Profiles: what one purpose may read, the decision alone, and what a person has said."""

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson

from cdp import clock
from cdp.canonical import canonical as canonical_json
from cdp.door.asking import (
    SEES_CODES,
    Asking,
    canonical,
    eyes_for,
    is_permitted,
    plain_ask,
    shown,
)
from cdp.door.catalogues import SHELF
from cdp.door.fields import granted
from cdp.errors import NotFound
from cdp.flows import disclose
from cdp.flows.disclose import Act, Caller, Sight
from cdp.outcomes.selection import narrowed
from cdp.outcomes.state import State, restrict, unsigned
from cdp.outcomes.traits import pending, unsigned_traits
from cdp.platform import Platform
from cdp.store import consents, jobs, links
from cdp.store.tx import Tx
from consent.decision import Ask

# What a view says of itself; when it was built is for nobody outside.
_OWN: Final = frozenset({"extra", "since"})


@dataclass(frozen=True)
class Answer:
    """A decision, and where it permits what may be read. `canonical_id`: the current id.

    `tag` stands for what was handed out; `unchanged`: the caller holds it already, so `data` is
    empty.
    """

    profile_id: UUID
    canonical_id: UUID
    decision: dict[str, Any]
    data: dict[str, Any] | None = field(repr=False)
    consent_seq: int = 0
    tag: str = ""
    unchanged: bool = False


@dataclass(frozen=True)
class Wanted:
    """Which fields are wanted (None: all), and whether the answer of a tag is held already."""

    fields: Collection[str] | None = None
    holds: Callable[[str], bool] = lambda _: False


ALL: Final = Wanted()


@dataclass(frozen=True)
class EventsWanted:
    """Which events are wanted: of these types (None: all), after this cursor, so many."""

    types: frozenset[str] | None = None
    cursor: str | None = None
    limit: int = 50


def profile(
    platform: Platform,
    caller: Caller,
    profile_id: UUID,
    purpose: str,
    wanted: Wanted = ALL,
) -> Answer:
    """What this purpose may read of a profile.

    The data is the state of its view, and beside it `traits`: of every field the value that
    survived, and what is computed over events (docs/traits.md). Callers outside service see both
    without where they come from.

    Raises:
        NotFound: no such profile here. ProfileSplit: it stands for several now.
        TryAgain: its view is being rebuilt.
        Refused: a purpose the caller is not bound to, or a field that there is not.
    """

    asking = Asking(platform, caller, profile_id, Act("profile", purpose))
    return _read(asking, wanted, _with_traits)


def identifiers(
    platform: Platform,
    caller: Caller,
    profile_id: UUID,
    purpose: str,
    wanted: Wanted = ALL,
) -> Answer:
    """The addresses of a profile that this purpose may read; `data` is `{"identifiers": [...]}`.

    Raises: as `profile`.
    """

    def render(seen: _Seen) -> dict[str, Any]:
        points = {"points": seen.state.get("points", [])}
        return {"identifiers": (points if seen.signed else unsigned(points))["points"]}

    return _read(Asking(platform, caller, profile_id, Act("identifiers", purpose)), wanted, render)


def events(
    platform: Platform,
    caller: Caller,
    profile_id: UUID,
    purpose: str,
    page: EventsWanted,
    *,
    wanted: Wanted = ALL,
) -> Answer:
    """Events of a profile that this purpose may read, newest first, a page at a time.

    `data` is `{"events": [...], "next_cursor": text or None}`. A caller who may not know when
    something happened gets each event once, in an order that says nothing.

    Raises: as `profile`; also Refused for a cursor of another list.
    """
    about: tuple[str | UUID, ...] = (
        "events",
        str(caller.client_id),
        profile_id,
        purpose,
        *sorted(page.types or ()),
    )
    after = platform.answers.position(page.cursor, *about) if page.cursor is not None else b""

    def render(seen: _Seen) -> dict[str, Any]:
        marks = [
            mark
            for mark in seen.state.get("marks", [])
            if page.types is None or mark["type"] in page.types
        ]
        listed = (
            newest_first(marks) if seen.signed else in_no_order(unsigned({"marks": marks})["marks"])
        )
        left = [(place, mark) for place, mark in listed if place > after]
        shown_ = left[: page.limit]
        more = len(left) > len(shown_)
        cursor = platform.answers.cursor(shown_[-1][0], *about) if more else None
        return {"events": [mark for _, mark in shown_], "next_cursor": cursor}

    return _read(Asking(platform, caller, profile_id, Act("events", purpose)), wanted, render)


@dataclass(frozen=True)
class _Seen:
    """An opened state about to be shown: the whole of what may be used, and the wanted fields."""

    tx: Tx
    profile_id: UUID
    whole: State = field(repr=False)
    fields: frozenset[str] | None
    now: datetime
    signed: bool

    @property
    def state(self) -> State:
        """With the wanted fields only."""
        return narrowed(self.whole, self.fields)


def _read(asking: Asking, wanted: Wanted, render: Callable[[_Seen], dict[str, Any]]) -> Answer:
    """Decide, open, render, and see last whether the caller holds the answer already."""
    platform, caller, act = asking.platform, asking.caller, asking.act
    purpose = act.purpose

    def answer(tx: Tx, sight: Sight, now: datetime) -> Answer:
        opened = sight.opened[purpose]
        fields = granted(platform, tx, caller, wanted.fields)
        decision = shown(opened.decision, caller)
        data, tag = None, ""
        if opened.state:
            whole = restrict(opened.state, opened.decision.usable)
            signed = bool(caller.purposes & SEES_CODES)
            data = render(_Seen(tx, sight.profile_id, whole, fields, now, signed))
            tag = _tag(asking, sight, fields, [decision, data])
        unchanged = data is not None and wanted.holds(tag)
        done = replace(
            act,
            name=f"{act.name}_unchanged" if unchanged else act.name,
            compartments={purpose} if data is not None else set(),
        )
        disclose.log(tx, caller, sight, done, now)
        return Answer(
            asking.profile_id,
            sight.profile_id,
            decision,
            None if unchanged else data,
            sight.consent_seq,
            tag,
            unchanged,
        )

    return asking.see(lambda now: [plain_ask(purpose, now)], answer)


def _with_traits(seen: _Seen) -> dict[str, Any]:
    """The state with its traits beside it, as this caller may see them.

    A view that lacks what a newly declared trait needs is asked for again.
    """
    traits = SHELF.of(seen.tx).traits.read(seen.whole, seen.now)
    if pending(traits):
        jobs.remind(seen.tx.main, seen.tx.workspace, jobs.REFRESH, [seen.profile_id], seen.now)
    if seen.fields is not None:
        traits = {name: trait for name, trait in traits.items() if name in seen.fields}
    facts = {name: part for name, part in seen.state.items() if name not in _OWN}
    if seen.signed:
        return {**facts, "traits": traits}
    # What is held for traits alone is there to be counted, not to be read.
    facts.pop("counted", None)
    return {**unsigned(facts), "traits": unsigned_traits(traits)}


def _tag(asking: Asking, sight: Sight, fields: frozenset[str] | None, shown_: list[Any]) -> str:
    """A MAC over the state's versions, who asks, and the answer, but for what every answer renews:
    how long the decision holds, and the bytes of a cursor."""
    standing = sight.standing
    versions = (standing.partition_version, standing.fence_seq) if standing else ()
    decision = {name: value for name, value in shown_[0].items() if name != "valid_until"}
    data = shown_[1]
    steady = {name: value for name, value in data.items() if name not in {"next_cursor", "traits"}}
    # What is computed says when, and over what window; that alone makes no other answer.
    traits = {
        name: {part: value for part, value in trait.items() if part not in {"as_of", "since"}}
        for name, trait in data.get("traits", {}).items()
    }
    return asking.platform.answers.tag(
        asking.act.name,
        asking.profile_id,
        sight.profile_id,
        *versions,
        standing.policy_hash if standing else "",
        ",".join(sorted(asking.caller.purposes)),
        "*" if fields is None else ",".join(sorted(fields)),
        orjson.dumps([decision, steady, traits, bool(data.get("next_cursor"))], option=_SORTED),
    )


def newest_first(marks: Sequence[dict[str, Any]]) -> list[tuple[bytes, dict[str, Any]]]:
    """Each with its place in the list, which stays the same whatever comes in."""
    placed = [(_backwards(f"{mark['at']} {mark['id']} {mark['rec']}"), mark) for mark in marks]
    return sorted(placed, key=lambda item: item[0])


def _backwards(text: str) -> bytes:
    """Bytes that sort the other way round, as far as the first difference goes."""
    return bytes(255 - byte for byte in text.encode())


def in_no_order(marks: Sequence[dict[str, Any]]) -> list[tuple[bytes, dict[str, Any]]]:
    """Each with a place that tells neither when it happened nor how often."""
    placed = [(hashlib.sha256(canonical_json(mark)).digest(), mark) for mark in marks]
    return sorted(placed, key=lambda item: item[0])


def decide(platform: Platform, caller: Caller, profile_id: UUID, ask: Ask) -> Answer:
    """The decision alone; nothing of the profile is shown.

    Raises: as `profile`.
    """
    act = Act("decide", ask.purpose, ask.channel)

    def answer(tx: Tx, sight: Sight, now: datetime) -> Answer:
        disclose.log(tx, caller, sight, act, now)
        decision = sight.opened[ask.purpose].decision
        return Answer(
            profile_id, sight.profile_id, shown(decision, caller), None, sight.consent_seq
        )

    return Asking(platform, caller, profile_id, act).see(lambda _: [ask], answer, wait=False)


def consent_states(platform: Platform, caller: Caller, profile_id: UUID) -> dict[str, Any]:
    """What a person has said, record by record: the facts that decide, without addresses.

    Raises:
        NotFound, ProfileSplit: as `profile`.
    """
    with platform.write() as tx:
        now = clock.now()
        current = canonical(tx, profile_id)
        members = links.members(tx.main, [current])
        facts = consents.facts_of(tx.main, members)
        sight = disclose.look(tx, eyes_for(platform, ()), current, [plain_ask("dsr", now)])
        shown_ = is_permitted(sight, "dsr")
        disclose.log(
            tx, caller, sight, Act("consents", "dsr", None, {"dsr"} if shown_ else set()), now
        )
    if not shown_:
        raise NotFound("there is no such profile", reason="NO_PROFILE")
    return {
        "profile_id": str(current),
        "consent_seq": sight.consent_seq,
        "records": [
            {
                "record_id": str(record),
                "link": link.kind,
                "relation": link.relation,
                "facts": facts.get(record, []),
            }
            for record, link in sorted(members.items())
        ],
    }


_SORTED: Final = orjson.OPT_SORT_KEYS
