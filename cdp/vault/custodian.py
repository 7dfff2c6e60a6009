"""Custodian: reads records, computes every blind value, builds and signs views.

Its own keys are held for the life of the object, so make it anew per job (`Keyring.custodian`):
that is when a rolled or destroyed generation takes effect. Epoch keys of purposes are never held
by it: `seal_views` reads the current ones and drops them, a batch of builds keeps them to its end.
"""

import hmac
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from cdp.errors import Misconfigured, Refused
from cdp.vault import blind, places, roles, signing, views
from cdp.vault.envelope import UNNUMBERED, Key, Part, seal, unknown_generation, unseal
from cdp.vault.intake import BATCH_SIGNED, ROW_SIGNED, SealedBatchKey
from cdp.vault.places import BODY
from cdp.vault.provider import Shelf
from cdp.vault.sealing import Recipient
from cdp.vault.signing import SIGNATURE_BYTES, Signer, Verifier
from cdp.vault.views import OpenView, SealedView, SlotRoll, ViewHeader

SALT_BYTES: Final = 32
_CONTACT_REF_BYTES = 16

NAMED: Final = "~"
"""What the blind index of a value begins with, where a document of frequencies has it for one."""

_NAME_BYTES: Final = 16


@dataclass(frozen=True, eq=False)
class BatchKey:
    """An opened batch key; drop it when the batch is re-wrapped."""

    batch_id: UUID
    key: Key = field(repr=False)


@dataclass(frozen=True, eq=False)
class RecordOpener:
    """Opens the rows of one record under one data key; make it once for many rows."""

    workspace: UUID
    key_id: UUID
    record_id: UUID
    key: Key = field(repr=False)

    def open(self, table: str, row_id: Part, data: bytes, *, field: str = BODY) -> bytes:
        """The plaintext of one column of one row.

        Raises:
            CannotOpen: not sealed for this row, or not under this key.
        """
        place = places.row(
            self.workspace, self.key_id, self.record_id, table=table, row_id=row_id, field=field
        )
        return unseal({UNNUMBERED: self.key}, data, *place)


class Custodian:
    """The keys of custody in one workspace; `Keyring.custodian` makes it."""

    def __init__(self, shelf: Shelf) -> None:
        self.workspace = shelf.workspace
        self._shelf = shelf
        self._recipient = Recipient(shelf.every(roles.CUSTODY))
        self._intake = Verifier(shelf.every(roles.INTAKE_VERIFY))
        wrapping = shelf.every(roles.CUSTODY_WRAP)
        self._wrap = _derived(wrapping, "cdp.kept-key", self.workspace)
        self._own = _derived(wrapping, "cdp.custodian-own", self.workspace)
        self._newest_wrap = max(wrapping)
        self._index = shelf.every(roles.INDEX)
        self._contact = shelf.current(roles.CONTACT)
        self._lookup: dict[str, Key] = {}
        self._signer = Signer(shelf.current(roles.SIGNING))
        self._verifier = Verifier(shelf.every(roles.SIGNING_PUBLIC))

    def open_batch(self, batch: SealedBatchKey) -> BatchKey:
        """The key of a landed batch, once intake's signature over it stands.

        Raises:
            CannotOpen: forged (`bad_signature`), moved or changed.
        """
        place = places.batch_key(self.workspace, batch.batch_id)
        self._intake.verify(batch.signature, BATCH_SIGNED, *place, batch.sealed)
        secret = self._recipient.open(batch.sealed, *place)
        return BatchKey(batch.batch_id, Key(UNNUMBERED, secret))

    def rewrap(
        self, batch: BatchKey | None, key_id: UUID, record_id: UUID, wrapped: bytes
    ) -> bytes:
        """The same data key under the newest wrapping key; no record is touched.

        `batch` is the key it landed with, None for a key that custody wrapped before (a roll).

        Raises:
            CannotOpen: not the wrapped key of this record.
        """
        secret = self._data_key(batch, key_id, record_id, wrapped).secret
        place = places.kept_key(self.workspace, key_id, record_id)
        return seal(self._wrap[self._newest_wrap], secret, *place)

    def record_opener(
        self, key_id: UUID, record_id: UUID, wrapped: bytes, batch: BatchKey | None = None
    ) -> RecordOpener:
        """An opener for all rows under one data key.

        Raises:
            CannotOpen: not the wrapped key of this record.
        """
        key = self._data_key(batch, key_id, record_id, wrapped)
        return RecordOpener(self.workspace, key_id, record_id, key)

    def open_from_intake(
        self, table: str, row_id: Part, data: bytes, *, field: str = BODY
    ) -> bytes:
        """Open one row that intake sealed to the custodian, once its signature stands.

        Raises:
            CannotOpen: forged (`bad_signature`), moved or changed.
        """
        place = places.to_custodian(self.workspace, table, row_id, field)
        signature, sealed = data[:SIGNATURE_BYTES], data[SIGNATURE_BYTES:]
        self._intake.verify(signature, ROW_SIGNED, *place, sealed)
        return self._recipient.open(sealed, *place)

    def seal_own(self, table: str, row_id: Part, plaintext: bytes, *, field: str = BODY) -> bytes:
        """Seal one row that only the custodian reads."""
        place = places.custodian_own(self.workspace, table, row_id, field)
        return seal(self._own[self._newest_wrap], plaintext, *place)

    def open_own(self, table: str, row_id: Part, data: bytes, *, field: str = BODY) -> bytes:
        """Open what `seal_own` sealed.

        Raises:
            CannotOpen: not sealed for this row, or its generation was destroyed.
        """
        place = places.custodian_own(self.workspace, table, row_id, field)
        return unseal(self._own, data, *place)

    @property
    def index_generations(self) -> tuple[int, ...]:
        """The generations of the blind index, ascending; the last one is written."""
        return tuple(sorted(self._index))

    def blind_index(self, kind: str, normalised: str, *, generation: int | None = None) -> bytes:
        """The 32-byte token of an identifier, under the newest index key or an older one.

        Raises:
            CannotOpen: `generation` is not at hand.
        """
        wanted = max(self._index) if generation is None else generation
        if wanted not in self._index:
            raise unknown_generation(wanted)
        return blind.mac(self._index[wanted], "cdp.index", self.workspace, kind, normalised)

    def count_name(self, feature: str, value: str) -> str:
        """How the frequencies of identity call a value where they are stored."""
        return NAMED + self.blind_index(f"freq.{feature}", value)[:_NAME_BYTES].hex()

    def contact_ref(self, kind: str, normalised: str) -> str:
        """The opaque name of a contact point in consent facts and views; never changes.

        32 hexadecimal digits. Not to be joined with blind indexes: their keys are unrelated.
        """
        whole = blind.mac(self._contact, "cdp.contact", self.workspace, kind, normalised)
        return whole[:_CONTACT_REF_BYTES].hex()

    def lookup_token(self, purpose: str, kind: str, normalised: str) -> bytes:
        """The 32-byte token under which `disclosure` finds a profile for this purpose.

        Raises:
            Refused: not a purpose name.
            KeyMissing: the purpose has no lookup key.
        """
        if purpose not in self._lookup:
            self._lookup[purpose] = self._shelf.current(roles.lookup_role(purpose))
        key = self._lookup[purpose]
        return blind.lookup_token(key, self.workspace, purpose, kind, normalised)

    @staticmethod
    def new_salt() -> bytes:
        """A salt for one commitment; kept in custody, destroyed to erase."""
        return os.urandom(SALT_BYTES)

    @staticmethod
    def commitment(salt: bytes, canonical_event: bytes) -> bytes:
        """HMAC-SHA-256 under the salt, 32 bytes: binds to the event and hides it.

        HMAC fills a short key with zeros, so a salt of another length could open two ways.

        Raises:
            Misconfigured: the salt is not `SALT_BYTES` long.
        """
        if len(salt) != SALT_BYTES:
            raise Misconfigured(f"a salt is {SALT_BYTES} bytes; restore this row of custody")
        return hmac.digest(salt, canonical_event, "sha256")

    def sign_proof(self, document: bytes) -> bytes:
        """Sign a document for outsiders: a receipt, a tree head, a certificate."""
        return signing.sign_proof(self._signer, self.workspace, document)

    def verify_proof(self, document: bytes, signature: bytes) -> None:
        """Return when this workspace signed `document`.

        Raises:
            CannotOpen: it did not.
        """
        signing.verify_proof(self._verifier, self.workspace, document, signature)

    def seal_views(self, build: Sequence[tuple[ViewHeader, bytes]]) -> list[SealedView]:
        """Seal the views of one build, each under its purpose's current epoch; sign them together.

        For many builds, `begin_views`.

        Raises:
            Refused: a header of another workspace, or one that says too much.
            KeyMissing: a purpose has no live epoch.
        """
        return self.begin_views().seal_views(build)

    def begin_views(self) -> "ViewSealer":
        """A sealer for one batch of builds; drop it with the batch."""
        return ViewSealer(self, self._shelf, self._signer)

    def slot_roll(self, purpose: str) -> SlotRoll:
        """What an epoch roll re-wraps slots with; it holds epoch keys, so drop it afterwards.

        Raises:
            KeyMissing: the purpose has no live epoch.
        """
        epochs = self._shelf.every(roles.view_role(purpose))
        return SlotRoll(self.workspace, purpose, epochs, epochs[max(epochs)])

    def _data_key(
        self, batch: BatchKey | None, key_id: UUID, record_id: UUID, wrapped: bytes
    ) -> Key:
        if batch is None:
            place = places.kept_key(self.workspace, key_id, record_id)
            return Key(UNNUMBERED, unseal(self._wrap, wrapped, *place))
        place = places.landed_key(self.workspace, batch.batch_id, key_id, record_id)
        return Key(UNNUMBERED, unseal({UNNUMBERED: batch.key}, wrapped, *place))


class ViewSealer:
    """Seals a batch of builds: each purpose's current epoch is read once, and held until the end.

    An epoch that is destroyed meanwhile makes noise of what was sealed under it, as of all views
    before; so the batch is short.
    """

    def __init__(self, custodian: Custodian, shelf: Shelf, signer: Signer) -> None:
        """Use `Custodian.begin_views` instead."""
        self.workspace = custodian.workspace
        self.lookup_token = custodian.lookup_token
        self._shelf = shelf
        self._signer = signer
        self._epochs: dict[str, Key] = {}

    def seal_views(self, build: Sequence[tuple[ViewHeader, bytes]]) -> list[SealedView]:
        """As `Custodian.seal_views`."""
        if any(header.workspace != self.workspace for header, _ in build):
            raise Refused("this view is of another workspace than the keys")
        opened = [
            OpenView(header, plaintext, self._epoch(header.purpose)) for header, plaintext in build
        ]
        return views.seal_views(opened, self._signer)

    def _epoch(self, purpose: str) -> Key:
        epoch = self._epochs.get(purpose)
        if epoch is None:
            epoch = self._epochs[purpose] = self._shelf.current(roles.view_role(purpose))
        return epoch


def _derived(keys: Mapping[int, Key], domain: str, workspace: UUID) -> dict[int, Key]:
    return {g: blind.derive(key, domain, workspace) for g, key in keys.items()}
