"""Sealed views: what one purpose may know of one profile, readable while its key slot is.

Three keys stand between a view and a reader: the body is sealed under a random key of its own, with
the header as its place; the slot holds that key under the purpose's epoch key; the signature says
that the custodian made header and body. Rolling an epoch re-wraps slots and touches no body, so the
epoch is in the slot's own header and nowhere else.

Views that are built together are signed together, once: the signature is over the digests of all of
them, and each carries the whole list (docs/decisions/0004-read-path.md).

    version 1 byte | digests, 32 bytes each | signature of `cdp.vault.signing`

A slot is always `SLOT_BYTES` long: emptied in place (`EMPTY_SLOT`) it is gone from the file. A body
is padded to a power of two of at least `SMALLEST_BODY` bytes, so that its size says little.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final
from uuid import UUID

from cdp.clock import instant, text
from cdp.errors import Refused
from cdp.vault import places
from cdp.vault.envelope import (
    AES_256_GCM,
    KEY_BYTES,
    OVERHEAD_BYTES,
    UNNUMBERED,
    CannotOpen,
    Key,
    bind,
    generation_of,
    seal,
    unseal,
)
from cdp.vault.roles import view_role
from cdp.vault.signing import SIGNATURE_BYTES, Signer, Verifier, not_signed

SLOT_BYTES: Final = OVERHEAD_BYTES + KEY_BYTES
EMPTY_SLOT: Final = bytes(SLOT_BYTES)
SMALLEST_BODY: Final = 512
_FORMAT = "cdp.view"
# Of the signature. 1 stood for a signature of each view by itself.
_VERSION = b"\x02"
_DIGEST_BYTES = 32
_LENGTH_BYTES = 4


@dataclass(frozen=True)
class ViewHeader:
    """What a view is in clear. `recheck_at` is an hour as `cdp.clock.text` writes it."""

    view_id: UUID
    workspace: UUID
    profile_id: UUID
    purpose: str
    built_seq: int
    partition_version: int
    policy_hash: str
    recheck_at: str

    def canonical(self) -> bytes:
        """The bytes that are signed and that the body is bound to."""
        return self._canonical

    @cached_property
    def _canonical(self) -> bytes:
        return bind(
            _FORMAT,
            self.workspace,
            self.view_id,
            self.profile_id,
            self.purpose,
            self.built_seq,
            self.partition_version,
            self.policy_hash,
            self.recheck_at,
        )


@dataclass(frozen=True)
class SealedView:
    """A view as the store keeps it."""

    header: ViewHeader
    body: bytes = field(repr=False)
    wrapped_key: bytes = field(repr=False)
    signature: bytes = field(repr=False)


@dataclass(frozen=True)
class OpenView:
    """A view that is about to be sealed, and the current epoch key of its purpose."""

    header: ViewHeader
    plaintext: bytes = field(repr=False)
    epoch: Key


def seal_views(build: Sequence[OpenView], signer: Signer) -> list[SealedView]:
    """Seal each of the views of one build under its purpose's epoch, and sign all of them at once.

    Raises:
        Refused: a purpose is no purpose name, or a `recheck_at` says more than the hour.
    """
    unsigned = [_sealed(view) for view in build]
    digests = b"".join(map(_digest, unsigned))
    signature = _VERSION + digests + signer.sign(_FORMAT, digests)
    return [replace(view, signature=signature) for view in unsigned]


def _sealed(view: OpenView) -> SealedView:
    header, epoch = view.header, view.epoch
    view_role(header.purpose)
    if not _is_an_hour(header.recheck_at):
        raise Refused("recheck_at is an instant on the hour, as cdp.clock.text writes it")
    key = Key.fresh()
    body = seal(key, pad(view.plaintext), *places.view_body(header.canonical()))
    place = places.view_slot(header.workspace, header.view_id, header.purpose)
    return SealedView(header, body, seal(epoch, key.secret, *place), b"")


class Checker:
    """Checks who made views, for one answer: the signature of a build is verified once in it."""

    def __init__(self, verifier: Verifier) -> None:
        self._verifier = verifier
        self._stood: set[bytes] = set()

    def check(self, view: SealedView) -> None:
        """Return when the custodian made this header with this body.

        Raises:
            CannotOpen: someone else did, a part was changed or exchanged (`bad_signature`), or it
                was signed as no version of today does (`outdated`: it is to be built again).
        """
        whole = view.signature
        if whole[:1] != _VERSION:
            raise CannotOpen(
                "this view is signed in a form of another version; build it again",
                reason="outdated",
            )
        digests, signature = whole[1:-SIGNATURE_BYTES], whole[-SIGNATURE_BYTES:]
        if _digest(view) not in _each(digests):
            raise not_signed()
        if whole not in self._stood:
            self._verifier.verify(signature, _FORMAT, digests)
            self._stood.add(whole)


def epoch_of(slot: bytes) -> int:
    """The epoch a slot is sealed under.

    Raises:
        CannotOpen: emptied (`slot_emptied`: the view was withdrawn) or not a slot.
    """
    if slot == EMPTY_SLOT:
        raise CannotOpen("this view's key is gone: it was withdrawn", reason="slot_emptied")
    if len(slot) != SLOT_BYTES:
        raise CannotOpen(f"a key slot is {SLOT_BYTES} bytes; delete this view, it is rebuilt")
    return generation_of(slot, AES_256_GCM)


def open_view(view: SealedView, epochs: Mapping[int, Key]) -> bytes:
    """The plaintext of a view whose maker was checked (`Checker`).

    Raises:
        CannotOpen: slot or body are not those of this header, or the epoch is not at hand.
    """
    header = view.header
    place = places.view_slot(header.workspace, header.view_id, header.purpose)
    key = Key(UNNUMBERED, unseal(epochs, view.wrapped_key, *place))
    return unpad(unseal({UNNUMBERED: key}, view.body, *places.view_body(header.canonical())))


@dataclass(frozen=True)
class SlotRoll:
    """Moves the slots of one purpose to its newest epoch; make one per roll and drop it."""

    workspace: UUID
    purpose: str
    epochs: Mapping[int, Key] = field(repr=False)
    newest: Key = field(repr=False)

    def rewrap(self, view_id: UUID, slot: bytes) -> bytes:
        """The same view key under the newest epoch; a slot already there comes back as it is.

        Raises:
            CannotOpen: emptied, or not this view's slot. The view can only be rebuilt: leave it
                behind, the roll goes on.
        """
        if epoch_of(slot) == self.newest.generation:
            return slot
        place = places.view_slot(self.workspace, view_id, self.purpose)
        return seal(self.newest, unseal(self.epochs, slot, *place), *place)


def pad(plaintext: bytes) -> bytes:
    """Length, plaintext, zeros: to the next power of two from `SMALLEST_BODY`."""
    size = _LENGTH_BYTES + len(plaintext)
    bucket = max(SMALLEST_BODY, 1 << (size - 1).bit_length())
    return len(plaintext).to_bytes(_LENGTH_BYTES, "big") + plaintext + bytes(bucket - size)


def unpad(padded: bytes) -> bytes:
    """What `pad` padded.

    Raises:
        CannotOpen: it was not made by `pad`.
    """
    end = _LENGTH_BYTES + int.from_bytes(padded[:_LENGTH_BYTES], "big")
    if end > len(padded):
        raise CannotOpen("a view's padding is wrong; delete the view, it is rebuilt")
    return padded[_LENGTH_BYTES:end]


def _digest(view: SealedView) -> bytes:
    """What is signed of a view: its header and its body."""
    return hashlib.sha256(bind(view.header.canonical(), view.body)).digest()


def _each(digests: bytes) -> set[bytes]:
    return {
        digests[start : start + _DIGEST_BYTES] for start in range(0, len(digests), _DIGEST_BYTES)
    }


def _is_an_hour(moment: str) -> bool:
    try:
        parsed = instant(moment)
    except ValueError:
        return False
    return text(parsed.replace(minute=0, second=0, microsecond=0)) == moment
