"""People who decide: verdicts given, taken back, and merges undone, through the real flows."""

from uuid import UUID

from cdp import clock
from cdp.flows.judge import Word, judge
from cdp.flows.undo import TakeBack, Unmerge, take_back, undo_merge
from cdp.ids import new_id
from cdp.partitioning import VerdictReport
from cdp.platform import Platform
from cdp.store import links, records
from cdp.store.verdicts import Author
from tests.flows.streams import resolve_all

STEWARD = Author(None, "a steward")


def say(
    platform: Platform, ruling: str, *ids: UUID, verdict_id: UUID | None = None
) -> VerdictReport:
    """Records or profiles are together or apart."""
    word = Word(verdict_id or new_id(), ruling, ids, STEWARD, "call_centre")
    with platform.write() as tx:
        return judge(tx, platform.keyring.custodian(), platform.rules(tx), word, clock.now())


def take(platform: Platform, verdict: UUID) -> VerdictReport:
    """Take a verdict back."""
    wanted = TakeBack(verdict, STEWARD)
    with platform.write() as tx:
        return take_back(tx, platform.keyring.custodian(), platform.rules(tx), wanted, clock.now())


def unmerge(platform: Platform, profile: UUID, seq: int | None = None) -> VerdictReport:
    """Undo a merge of a profile."""
    wanted = Unmerge(new_id(), profile, STEWARD, seq)
    with platform.write() as tx:
        return undo_merge(tx, platform.keyring.custodian(), platform.rules(tx), wanted, clock.now())


def resolve_anew(platform: Platform) -> None:
    """Every record is read again, as after a new mapping or in a rebuild."""
    with platform.write() as tx:
        current = links.current_ids(tx.main, tx.workspace)
        records.mark_pending(tx.main, tx.workspace, links.members(tx.main, current))
    resolve_all(platform)


def homes(platform: Platform, ids: dict[str, UUID]) -> dict[str, UUID]:
    """The profile of each record, by its key."""
    with platform.read() as tx:
        found = links.links_of(tx.main, ids.values())
    return {key: found[record].profile_id for key, record in ids.items() if record in found}


def groups(platform: Platform, ids: dict[str, UUID]) -> set[frozenset[str]]:
    """The partition of these records, by their keys."""
    found: dict[UUID, set[str]] = {}
    for key, profile in homes(platform, ids).items():
        found.setdefault(profile, set()).add(key)
    return {frozenset(group) for group in found.values()}
