"""The keys of a workspace, by role of process.

Objects made here hold what was current when they were made. Make them often: `intake()` per sync
run, `custodian()` per job, `disclosure()` per request or per process. None of them keeps the epoch
key of a purpose past the call that reads it.

Rolling an epoch is: `new_epoch`, re-wrap the slots (`Custodian.slot_roll`), `destroy_epoch` of the
old one. A destroyed epoch opens nowhere, from any copy of the stores.
"""

from collections.abc import Iterable
from contextlib import suppress
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from cdp.errors import Misconfigured, Refused
from cdp.vault import roles
from cdp.vault.answers import Answers
from cdp.vault.custodian import Custodian
from cdp.vault.disclosure import Disclosure
from cdp.vault.envelope import Key
from cdp.vault.intake import Intake
from cdp.vault.keyfile import KeyExists
from cdp.vault.provider import KeyProvider, Shelf

_INTAKE = frozenset({roles.CUSTODY_PUBLIC, roles.INTAKE_SIGNING, roles.INTAKE})
_CUSTODIAN = frozenset(
    {
        roles.CUSTODY,
        roles.CUSTODY_WRAP,
        roles.INDEX,
        roles.CONTACT,
        roles.INTAKE_VERIFY,
        roles.SIGNING,
        roles.SIGNING_PUBLIC,
        roles.EVERY_VIEW,
        roles.EVERY_LOOKUP,
    }
)


def create_workspace_keys(provider: KeyProvider, workspace: UUID, purposes: Iterable[str]) -> None:
    """Make every key the workspace does not have yet; what is there stays as it is.

    Safe to repeat and to run twice at once. A key that was destroyed is not made again.

    Raises:
        Misconfigured: a public key without or against its private half: a part of the key
            directory is missing or mixed up.
    """
    wanted = [*roles.SYMMETRIC]
    for purpose in purposes:
        wanted += [roles.view_role(purpose), roles.lookup_role(purpose)]
    for private in roles.PUBLIC_HALF:
        _create_pair(provider, workspace, private)
    for role in wanted:
        _create_first(provider, workspace, role)


class Keyring:
    """Gives each role of process the object that holds its keys."""

    def __init__(self, provider: KeyProvider, workspace: UUID) -> None:
        self.workspace = workspace
        self._provider = provider

    def intake(self) -> Intake:
        """The keys of landing. Make one per sync run.

        Raises:
            Misconfigured: a key is missing or unusable; says which.
        """
        shelf = self._shelf(_INTAKE)
        return Intake(
            self.workspace,
            custodian=shelf.current(roles.CUSTODY_PUBLIC),
            signing=shelf.current(roles.INTAKE_SIGNING),
            root=shelf.current(roles.INTAKE),
        )

    def custodian(self) -> Custodian:
        """The keys of custody. Make one per job.

        Raises:
            Misconfigured: a key is missing or unusable; says which.
        """
        return Custodian(self._shelf(_CUSTODIAN))

    def disclosure(self, purposes: Iterable[str]) -> Disclosure:
        """The keys of these purposes and nothing else.

        Raises:
            Misconfigured: a key is missing or unusable; says which.
        """
        bound = frozenset(purposes)
        own = {f(p) for p in bound for f in (roles.view_role, roles.lookup_role)}
        shelf = self._shelf(frozenset({roles.SIGNING_PUBLIC, *own}))
        for role in sorted(own):
            shelf.current(role)
        return Disclosure(shelf, bound)

    def answers(self) -> Answers:
        """The key of cursors, tags and keys of repeated requests; it opens nothing of a person.

        Raises:
            Misconfigured: a key is missing or unusable; says which.
        """
        return Answers(self._shelf(frozenset({roles.ANSWERS})))

    def new_epoch(self, purpose: str) -> int:
        """Make the purpose's next epoch key; new views are sealed under it from now on."""
        return self.new_generation(roles.view_role(purpose))

    def destroy_epoch(self, purpose: str, epoch: int) -> None:
        """Destroy an epoch key: every view still under it, in any copy, is noise.

        Raises:
            Refused: it is the newest while an older one lives.
            KeyMissing: there never was such an epoch.
        """
        self._provider.destroy(self.workspace, roles.view_role(purpose), epoch)

    def new_generation(self, role: str) -> int:
        """Make the next generation of a role (of both halves of a pair), and return its number.

        Raises:
            Refused: the role is never rolled, or is the public half of a pair.
            KeyExists: someone else made it at the same moment.
        """
        if role in roles.NEVER_ROLLED or role in roles.PUBLIC_HALF.values():
            raise Refused(f"key {role} is not rolled by itself")
        generation = self._provider.newest(self.workspace, role) + 1
        self._provider.create(self.workspace, role, Key.fresh(generation))
        if role in roles.PUBLIC_HALF:
            _create_pair(self._provider, self.workspace, role)
        return generation

    def _shelf(self, allowed: frozenset[str]) -> Shelf:
        return Shelf(self._provider, self.workspace, allowed)


def _create_first(provider: KeyProvider, workspace: UUID, role: str) -> None:
    if provider.newest(workspace, role) == 0:
        with suppress(KeyExists):
            provider.create(workspace, role, Key.fresh(1))


def _create_pair(provider: KeyProvider, workspace: UUID, role: str) -> None:
    """Make the private key if there was none, and every public half that is missing."""
    public_role = roles.PUBLIC_HALF[role]
    published = provider.generations(workspace, public_role)
    if published and provider.newest(workspace, role) == 0:
        raise Misconfigured(
            f"there is a key {public_role} but no key {role}: restore the key directory, or run "
            "this where the private keys are"
        )
    _create_first(provider, workspace, role)
    for generation in provider.generations(workspace, role):
        public = _public_half(role, provider.load(workspace, role, generation))
        with suppress(KeyExists):
            provider.create(workspace, public_role, public)
        kept = provider.load(workspace, public_role, generation)
        if kept.secret != public.secret:
            raise Misconfigured(
                f"generation {generation} of {public_role} does not belong to its {role}; "
                "restore the key directory from its backup"
            )


def _public_half(role: str, key: Key) -> Key:
    """Any 32 random bytes are a private key of both kinds (RFC 7748 §5, RFC 8032 §5.1.5)."""
    if role == roles.CUSTODY:
        exchange = X25519PrivateKey.from_private_bytes(key.secret)
        return Key(key.generation, exchange.public_key().public_bytes_raw())
    signing = Ed25519PrivateKey.from_private_bytes(key.secret)
    return Key(key.generation, signing.public_key().public_bytes_raw())
