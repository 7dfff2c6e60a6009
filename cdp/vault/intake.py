"""Intake: lands what it cannot read back.

A batch has one random key; every data key is wrapped under it; at `finish` the batch key is sealed
to the custodian's public key, signed, and forgotten. What intake keeps are one MAC root (record
identity, order, contents), the custodian's public key and its own signing key.

Make the object anew for every run (`Keyring.intake`): it seals to the custody generation that was
current when it was made, and the custodian destroys old generations.
"""

from dataclasses import dataclass, field
from uuid import UUID

from cdp.errors import Refused
from cdp.vault import places
from cdp.vault.blind import Mac, derive, mac
from cdp.vault.envelope import Key, Part, Sealer, seal, unseal
from cdp.vault.places import BODY
from cdp.vault.sealing import seal_to
from cdp.vault.signing import Signer

BATCH_SIGNED = "cdp.batch-key"
ROW_SIGNED = "cdp.to-custodian"
ORDER_KEY_BYTES = 16


@dataclass(frozen=True)
class SealedBatchKey:
    """A batch key on its way to the custodian, and intake's signature over it."""

    batch_id: UUID
    sealed: bytes = field(repr=False)
    signature: bytes = field(repr=False)


class DataKey:
    """The random key of one record's rows in one batch; usable until the batch is finished.

    `wrapped` is what custody keeps: the key, sealed under the batch key.
    """

    def __init__(self, workspace: UUID, key_id: UUID, record_id: UUID, wrapping: Sealer) -> None:
        self.key_id = key_id
        self.record_id = record_id
        key = Key.fresh()
        self._sealer: Sealer | None = Sealer(key, *places.rows_of(workspace, key_id, record_id))
        self.wrapped = wrapping.seal(key.secret, key_id, record_id)

    def seal(self, table: str, row_id: Part, plaintext: bytes, *, field: str = BODY) -> bytes:
        """Seal one column of one row of this record.

        Raises:
            Refused: the batch is finished.
        """
        if self._sealer is None:
            raise _finished()
        return self._sealer.seal(plaintext, table, row_id, field)

    def forget(self) -> None:
        """Drop the key; the batch does it at `finish`."""
        self._sealer = None


class BatchSealer:
    """Seals the rows of one batch; one use."""

    def __init__(self, workspace: UUID, batch_id: UUID, custodian: Key, signer: Signer) -> None:
        self.workspace = workspace
        self.batch_id = batch_id
        self._custodian = custodian
        self._signer = signer
        key = Key.fresh()
        self._open: tuple[Key, Sealer] | None = (
            key,
            Sealer(key, *places.landed_keys(workspace, batch_id)),
        )
        self._made: list[DataKey] = []

    def new_key(self, key_id: UUID, record_id: UUID) -> DataKey:
        """A fresh data key for a record.

        Raises:
            Refused: the batch is finished.
        """
        if self._open is None:
            raise _finished()
        made = DataKey(self.workspace, key_id, record_id, self._open[1])
        self._made.append(made)
        return made

    def finish(self) -> SealedBatchKey:
        """Seal the batch key to the custodian, sign it, and forget every key of the batch.

        Raises:
            Refused: the batch is finished already.
        """
        if self._open is None:
            raise _finished()
        place = places.batch_key(self.workspace, self.batch_id)
        sealed = seal_to(self._custodian, self._open[0].secret, *place)
        signature = self._signer.sign(BATCH_SIGNED, *place, sealed)
        self._open = None
        for made in self._made:
            made.forget()
        self._made.clear()
        return SealedBatchKey(self.batch_id, sealed, signature)


@dataclass(frozen=True)
class StreamMacs:
    """What the messages of one stream are found by; see `Intake` for what each is for."""

    keys: Mac = field(repr=False)
    messages: Mac = field(repr=False)
    orders: Mac = field(repr=False)

    def external_key(self, key: str) -> bytes:
        """As `Intake.external_key_mac`."""
        return self.keys.of(key)

    def message(self, message_id: str) -> bytes:
        """As `Intake.message_mac`."""
        return self.messages.of(message_id)

    def order_key(self, key: str) -> bytes:
        """As `Intake.order_key`."""
        return self.orders.of(key)[:ORDER_KEY_BYTES]


class Intake:
    """The keys of landing in one workspace."""

    def __init__(self, workspace: UUID, *, custodian: Key, signing: Key, root: Key) -> None:
        self.workspace = workspace
        self._custodian = custodian
        self._signer = Signer(signing)
        self._root = root
        self._contents = Mac(root, "cdp.content", workspace)
        self._own = derive(root, "cdp.intake-own", workspace)

    def reading(self, source_id: UUID, source_name: str, stream: str) -> "StreamMacs":
        """The MACs of one stream; make it once for all of its messages."""
        root, workspace = self._root, self.workspace
        return StreamMacs(
            keys=Mac(root, "cdp.external-key", workspace, source_id, stream),
            messages=Mac(root, "cdp.message", workspace, source_id, stream),
            orders=Mac(root, "cdp.order", workspace, source_name, stream),
        )

    # Of one message; who has many of a stream asks `reading`.
    def external_key_mac(self, source_id: UUID, stream: str, key: str) -> bytes:
        """What a record is found by when its source sends it again; 32 bytes."""
        return mac(self._root, "cdp.external-key", self.workspace, source_id, stream, key)

    def content_mac(self, record_id: UUID, body: bytes) -> bytes:
        """Whether a record's body changed; 32 bytes, unrelated for two records."""
        return self._contents.of(record_id, body)

    def message_mac(self, source_id: UUID, stream: str, message_id: str) -> bytes:
        """Whether a message was landed before; 32 bytes."""
        return mac(self._root, "cdp.message", self.workspace, source_id, stream, message_id)

    def order_key(self, source_name: str, stream: str, key: str) -> bytes:
        """The record's place in the fixed order of identity resolution; 16 bytes, for ever."""
        whole = mac(self._root, "cdp.order", self.workspace, source_name, stream, key)
        return whole[:ORDER_KEY_BYTES]

    def seal_own(self, table: str, row_id: Part, plaintext: bytes, *, field: str = BODY) -> bytes:
        """Seal what intake itself reads again, such as the settings of a source."""
        place = places.intake_own(self.workspace, table, row_id, field)
        return seal(self._own, plaintext, *place)

    def open_own(self, table: str, row_id: Part, data: bytes, *, field: str = BODY) -> bytes:
        """Open what `seal_own` sealed.

        Raises:
            CannotOpen: not sealed here.
        """
        place = places.intake_own(self.workspace, table, row_id, field)
        return unseal({self._own.generation: self._own}, data, *place)

    def seal_state(self, source_id: UUID, stream: str, state: bytes) -> bytes:
        """Seal a connector's cursor: cursors often hold an address or a name."""
        return self.seal_own("source", source_id, state, field=f"state:{stream}")

    def open_state(self, source_id: UUID, stream: str, data: bytes) -> bytes:
        """Open a connector's cursor.

        Raises:
            CannotOpen: not the cursor of this stream.
        """
        return self.open_own("source", source_id, data, field=f"state:{stream}")

    def begin_batch(self, batch_id: UUID) -> BatchSealer:
        """A sealer for one batch."""
        return BatchSealer(self.workspace, batch_id, self._custodian, self._signer)

    def seal_to_custodian(
        self, table: str, row_id: Part, plaintext: bytes, *, field: str = BODY
    ) -> bytes:
        """Seal one row that only the custodian reads, signed: signature, then sealed bytes.

        One public-key operation a row; for many rows use a batch.
        """
        place = places.to_custodian(self.workspace, table, row_id, field)
        sealed = seal_to(self._custodian, plaintext, *place)
        return self._signer.sign(ROW_SIGNED, *place, sealed) + sealed


def _finished() -> Refused:
    return Refused("this batch is finished and its keys are forgotten; begin another one")
