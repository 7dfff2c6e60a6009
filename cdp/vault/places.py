"""What each sealed thing is bound to: the one list of contexts.

A context begins with the kind of thing and its workspace. Two kinds never share a first part, so
nothing sealed as one kind opens as another, whatever the key.
"""

from typing import TypeAlias
from uuid import UUID

from cdp.vault.envelope import Part

Place: TypeAlias = tuple[Part, ...]
BODY = "body"


def row(
    workspace: UUID, key_id: UUID, record_id: UUID, *, table: str, row_id: Part, field: str
) -> Place:
    """A column of a row, under a record's data key."""
    return (*rows_of(workspace, key_id, record_id), table, row_id, field)


def rows_of(workspace: UUID, key_id: UUID, record_id: UUID) -> Place:
    """How the places of all rows under one data key begin."""
    return ("row", workspace, key_id, record_id)


def landed_keys(workspace: UUID, batch_id: UUID) -> Place:
    """How the places of all data keys of a batch begin."""
    return ("landed-key", workspace, batch_id)


def landed_key(workspace: UUID, batch_id: UUID, key_id: UUID, record_id: UUID) -> Place:
    """A data key under the batch key it landed with."""
    return (*landed_keys(workspace, batch_id), key_id, record_id)


def kept_key(workspace: UUID, key_id: UUID, record_id: UUID) -> Place:
    """A data key under the custodian's wrapping key."""
    return ("kept-key", workspace, key_id, record_id)


def batch_key(workspace: UUID, batch_id: UUID) -> Place:
    """A batch key, to the custodian's public key."""
    return ("batch-key", workspace, batch_id)


def to_custodian(workspace: UUID, table: str, row_id: Part, field: str) -> Place:
    """A column of a row, from intake to the custodian's public key."""
    return ("to-custodian", workspace, table, row_id, field)


def custodian_own(workspace: UUID, table: str, row_id: Part, field: str) -> Place:
    """A column of a row that only the custodian writes and reads."""
    return ("custodian-own", workspace, table, row_id, field)


def intake_own(workspace: UUID, table: str, row_id: Part, field: str) -> Place:
    """A column of a row that intake writes for itself: cursors, settings of a source."""
    return ("intake-own", workspace, table, row_id, field)


def view_body(header: bytes) -> Place:
    """The body of a view; `header` (its canonical bytes) names the workspace. No epoch."""
    return ("view-body", header)


def view_slot(workspace: UUID, view_id: UUID, purpose: str) -> Place:
    """The slot that holds a view's key under the purpose's epoch key."""
    return ("view-slot", workspace, view_id, purpose)


def cursor(workspace: UUID, about: Place) -> Place:
    """A cursor in the hands of a caller; `about` is what it pages through, and for whom."""
    return ("cursor", workspace, *about)
