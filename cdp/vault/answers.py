"""Answers: what callers carry about for us. Cursors they cannot read, tags that tell nothing.

A bare hash of something personal is personal, so tags of answers and keys of repeated requests are
MACs. A cursor is sealed and bound to what it pages through, so it opens nowhere else.
"""

import base64
import binascii
from uuid import UUID

from cdp.errors import Refused
from cdp.vault import places, roles
from cdp.vault.blind import mac
from cdp.vault.envelope import CannotOpen, Part, seal, unseal
from cdp.vault.provider import Shelf

_TAG_BYTES = 16


class Answers:
    """Made once per process by `Keyring.answers`; what it holds opens nothing of a person."""

    def __init__(self, shelf: Shelf) -> None:
        self.workspace: UUID = shelf.workspace
        self._keys = shelf.every(roles.ANSWERS)
        self._newest = self._keys[max(self._keys)]

    def tag(self, *parts: Part) -> str:
        """A short text that is the same for the same parts and says nothing about them."""
        return mac(self._newest, "cdp.tag", self.workspace, *parts)[:_TAG_BYTES].hex()

    def mac(self, kind: str, *parts: Part) -> bytes:
        """32 bytes that stand for something a caller sent; `kind` says what."""
        oldest = self._keys[min(self._keys)]
        return mac(oldest, f"cdp.answers.{kind}", self.workspace, *parts)

    def cursor(self, position: bytes, *about: Part) -> str:
        """A position to hand out; `about` is what it pages through, and for whom."""
        sealed = seal(self._newest, position, *places.cursor(self.workspace, about))
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    def position(self, cursor: str, *about: Part) -> bytes:
        """The position of a cursor that was handed out for the same.

        Raises:
            Refused: `cursor_refused`: changed, made up, or of another list or client.
        """
        try:
            padded = cursor + "=" * (-len(cursor) % 4)
            sealed = base64.b64decode(padded, altchars=b"-_", validate=True)
            return unseal(self._keys, sealed, *places.cursor(self.workspace, about))
        except (binascii.Error, ValueError, CannotOpen):
            raise Refused(
                "this cursor is not one of this list; begin without one", reason="cursor_refused"
            ) from None
