"""Workspaces with keys, landed records and views, for the tests of the vault."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from cdp.ids import new_id
from cdp.vault.custodian import Custodian
from cdp.vault.intake import Intake, SealedBatchKey
from cdp.vault.keyring import Keyring, create_workspace_keys
from cdp.vault.provider import FileKeyProvider
from cdp.vault.views import SealedView, ViewHeader

PURPOSES = ("service", "offers")
BODY = b'{"email":"ada@example.org"}'


def a_keyring(directory: Path, workspace: UUID | None = None) -> Keyring:
    """A keyring over fresh keys in `directory`."""
    workspace = workspace or new_id()
    provider = FileKeyProvider(directory)
    create_workspace_keys(provider, workspace, PURPOSES)
    return Keyring(provider, workspace)


def with_the_keys_of(keyring: Keyring, directory: Path) -> Keyring:
    """Another workspace that was given the very keys of this one, by mistake or by malice."""
    provider, other = FileKeyProvider(directory), new_id()
    for folder in (directory / str(keyring.workspace)).iterdir():
        key = provider.current(keyring.workspace, folder.name)
        provider.create(other, folder.name, key)
    return Keyring(provider, other)


@dataclass(frozen=True)
class Landed:
    """One record row as the stores keep it."""

    batch: SealedBatchKey
    key_id: UUID
    record_id: UUID
    wrapped: bytes
    row_id: UUID
    data: bytes


T = TypeVar("T", Landed, SealedBatchKey, SealedView, ViewHeader)


def changed(value: T, **parts: Any) -> T:
    """The value with some parts exchanged, whatever they are."""
    return replace(value, **parts)


def land(intake: Intake, plaintext: bytes = BODY) -> Landed:
    """Land one record in a batch of its own."""
    batch = intake.begin_batch(new_id())
    key = batch.new_key(new_id(), new_id())
    row_id = new_id()
    data = key.seal("record_version", row_id, plaintext)
    return Landed(batch.finish(), key.key_id, key.record_id, key.wrapped, row_id, data)


def read(custodian: Custodian, landed: Landed) -> bytes:
    """Open what `land` landed, by way of its batch key."""
    batch = custodian.open_batch(landed.batch)
    opener = custodian.record_opener(landed.key_id, landed.record_id, landed.wrapped, batch)
    return opener.open("record_version", landed.row_id, landed.data)


def a_header(workspace: UUID, **changes: Any) -> ViewHeader:
    """A view header for the purpose `service`."""
    return changed(
        ViewHeader(
            view_id=new_id(),
            workspace=workspace,
            profile_id=new_id(),
            purpose="service",
            built_seq=7,
            partition_version=3,
            policy_hash="ab" * 32,
            recheck_at="2026-03-01T09:00:00.000Z",
        ),
        **changes,
    )


def a_view(keyring: Keyring, plaintext: bytes = BODY, **changes: Any) -> SealedView:
    """A sealed view of the purpose `service`."""
    (view,) = keyring.custodian().seal_views([(a_header(keyring.workspace, **changes), plaintext)])
    return view
