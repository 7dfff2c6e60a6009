"""Subjects: what an id that somebody typed stands for."""

from dataclasses import dataclass
from uuid import UUID

from cdp.errors import NotFound, ProfileSplit
from cdp.store import links
from cdp.store.tx import Tx


@dataclass(frozen=True)
class Subject:
    """What an id stands for: a record, or all records of a profile; both have one profile."""

    asked: UUID
    profile_id: UUID
    records: tuple[UUID, ...]

    @property
    def is_record(self) -> bool:
        """Whether the id is that of a record."""
        return self.records == (self.asked,)


def find_subject(tx: Tx, asked: UUID) -> Subject:
    """The record or the current profile of an id.

    Raises:
        NotFound: unknown, erased, or of another workspace: all the same.
        ProfileSplit: a former id that stands for several profiles now.
    """
    own = links.links_of(tx.main, [asked]).get(asked)
    if own is not None:
        return Subject(asked, own.profile_id, (asked,))
    current = links.current(tx.main, tx.workspace, asked)
    if not current:
        raise NotFound("there is no such profile", reason="NO_PROFILE")
    if len(current) > 1:
        raise ProfileSplit(current)
    (profile,) = current
    return Subject(asked, profile, tuple(sorted(links.members(tx.main, [profile]))))
