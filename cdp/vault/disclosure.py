"""Disclosure: opens the views of its purposes, and holds nothing of custody.

The order never changes: is the purpose ours; did the custodian sign this very header and body; and
only then the slot, by the epoch it names. The epoch key is read from the provider at every open and
dropped, so a destroyed epoch is gone at once and not when a process restarts.
"""

from uuid import UUID

from cdp.errors import Refused
from cdp.vault import blind, roles, signing
from cdp.vault.envelope import CannotOpen
from cdp.vault.keyfile import KeyMissing
from cdp.vault.provider import Shelf
from cdp.vault.signing import Verifier
from cdp.vault.views import Checker, SealedView, epoch_of, open_view


class Disclosure:
    """The keys of some purposes in one workspace; `Keyring.disclosure` makes it."""

    def __init__(self, shelf: Shelf, purposes: frozenset[str]) -> None:
        self.workspace: UUID = shelf.workspace
        self.purposes = purposes
        self._shelf = shelf
        self._verifier = Verifier(shelf.every(roles.SIGNING_PUBLIC))

    def checker(self) -> Checker:
        """What the views of one answer are checked with."""
        return Checker(self._verifier)

    def open_view(self, view: SealedView, checker: Checker | None = None) -> bytes:
        """The plaintext of a view that the custodian made; `checker` where several are opened.

        Raises:
            Refused: a purpose this object is not bound to (`purpose_not_held`).
            CannotOpen: forged (`bad_signature`), of another version (`outdated`), withdrawn
                (`slot_emptied`), its epoch destroyed (`epoch_gone`: fetch the view again once),
                or moved or changed (`cannot_open`).
        """
        header = view.header
        self._held(header.purpose)
        if header.workspace != self.workspace:
            raise CannotOpen("this view is of another workspace; check where the row came from")
        (checker or self.checker()).check(view)
        epoch = epoch_of(view.wrapped_key)
        try:
            key = self._shelf.load(roles.view_role(header.purpose), epoch)
        except KeyMissing:
            raise CannotOpen(
                f"epoch {epoch} of purpose {header.purpose} is gone; "
                "fetch the view again, and if it says so twice, wait for its rebuild",
                reason="epoch_gone",
            ) from None
        return open_view(view, {epoch: key})

    def lookup_token(self, purpose: str, kind: str, normalised: str) -> bytes:
        """The 32-byte token under which the custodian filed a profile for this purpose.

        Raises:
            Refused: a purpose this object is not bound to (`purpose_not_held`).
        """
        self._held(purpose)
        key = self._shelf.current(roles.lookup_role(purpose))
        return blind.lookup_token(key, self.workspace, purpose, kind, normalised)

    def verify_proof(self, document: bytes, signature: bytes) -> None:
        """Return when this workspace's custodian signed `document`.

        Raises:
            CannotOpen: it did not.
        """
        signing.verify_proof(self._verifier, self.workspace, document, signature)

    def _held(self, purpose: str) -> None:
        if purpose not in self.purposes:
            raise Refused(
                "this process does not serve that purpose; ask one that does",
                reason="purpose_not_held",
            )
