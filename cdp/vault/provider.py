"""Where keys live. A provider gives and destroys keys; it never seals, and knows no roles apart.

A file provider keeps `<directory>/<workspace>/<role>/<generation>.key`. To split roles over hosts,
give each host the folders of its roles only. Custody keys are backed up apart from every store;
`view.*` folders are never backed up: a backup would undo their destruction.

A destroyed generation leaves an empty mark in `destroyed/`, so that its number is never used
again and a half-finished destruction counts as done.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from uuid import UUID

from cdp.errors import Misconfigured, Refused
from cdp.vault import keyfile
from cdp.vault.envelope import Key
from cdp.vault.keyfile import KeyExists, KeyMissing
from cdp.vault.roles import checked_role

_KEY_NAME = re.compile(r"([1-9][0-9]{0,9})\.key")
_MARK_NAME = re.compile(r"([1-9][0-9]{0,9})")


class KeyProvider(Protocol):
    """A store of keys by workspace, role and generation (counted from 1)."""

    def create(self, workspace: UUID, role: str, key: Key) -> None:
        """Keep a new key durably.

        Raises:
            KeyExists: the generation was made before, even if it is destroyed since.
        """

    def load(self, workspace: UUID, role: str, generation: int) -> Key:
        """Read one key afresh; nothing is cached.

        Raises:
            KeyMissing: never made, lost or destroyed.
            Misconfigured: there, but not usable.
        """

    def generations(self, workspace: UUID, role: str) -> tuple[int, ...]:
        """The generations that can be loaded, ascending."""

    def newest(self, workspace: UUID, role: str) -> int:
        """The highest generation ever made, destroyed ones included; 0 before the first."""

    def current(self, workspace: UUID, role: str) -> Key:
        """The newest key: the one to seal with.

        Raises:
            KeyMissing: no generation is left.
        """

    def destroy(self, workspace: UUID, role: str, generation: int) -> None:
        """Make a key unloadable for ever; doing it again is harmless.

        Raises:
            KeyMissing: it was never made.
            Refused: it is the newest while an older one lives: sealing would fall back to that.
        """


@dataclass(frozen=True)
class FileKeyProvider:
    """Keys as files, mode 0600 in folders of mode 0700."""

    directory: Path

    def create(self, workspace: UUID, role: str, key: Key) -> None:
        """See `KeyProvider.create`."""
        if self._is_destroyed(workspace, role, key.generation):
            raise KeyExists(f"generation {key.generation} of key {role} was destroyed; count on")
        folder = self._folder(workspace, role)
        with _explained(f"cannot make key folder {folder}"):
            self._make(folder)
        keyfile.write(self._path(workspace, role, key.generation), workspace, role, key)

    def load(self, workspace: UUID, role: str, generation: int) -> Key:
        """See `KeyProvider.load`."""
        folder = self._place(workspace, role)
        if _is_there(f"{folder}/destroyed/{generation}"):
            raise KeyMissing(f"generation {generation} of key {role} was destroyed on purpose")
        key = keyfile.read(f"{folder}/{generation}.key", workspace, role, generation)
        if os.stat(folder).st_mode & 0o022:  # noqa: PTH116 - see `_place`
            raise Misconfigured(f"others may write in {folder}; run `chmod 700` on it")
        return key

    def generations(self, workspace: UUID, role: str) -> tuple[int, ...]:
        """See `KeyProvider.generations`."""
        found = _numbers(self._place(workspace, role), _KEY_NAME)
        return tuple(sorted(n for n in found if not self._is_destroyed(workspace, role, n)))

    def newest(self, workspace: UUID, role: str) -> int:
        """See `KeyProvider.newest`."""
        folder = self._place(workspace, role)
        marks = _numbers(f"{folder}/destroyed", _MARK_NAME)
        return max((0, *_numbers(folder, _KEY_NAME), *marks))

    def current(self, workspace: UUID, role: str) -> Key:
        """See `KeyProvider.current`."""
        # Asked with every sealed view: from the newest down, one mark is looked for and not all.
        found = _numbers(self._place(workspace, role), _KEY_NAME)
        for generation in sorted(found, reverse=True):
            if not self._is_destroyed(workspace, role, generation):
                return self.load(workspace, role, generation)
        raise KeyMissing(
            f"there is no key in {self._folder(workspace, role)}; run `cdp init` if this "
            "workspace or purpose is new, `cdp keys roll` if its last key was destroyed, "
            "else restore the key directory from its backup"
        )

    def destroy(self, workspace: UUID, role: str, generation: int) -> None:
        """See `KeyProvider.destroy`: mark, overwrite, unlink, each synced before the next."""
        live = self.generations(workspace, role)
        path = self._path(workspace, role, generation)
        if generation not in live and not self._is_destroyed(workspace, role, generation):
            raise KeyMissing(f"key file {path} is not there to be destroyed")
        if len(live) > 1 and generation == live[-1]:
            raise Refused("make the next generation before you destroy the newest one")
        mark = self._mark(workspace, role, generation)
        with _explained(f"cannot destroy key file {path}"):
            self._make(mark.parent)
            mark.touch(mode=0o600)
            keyfile.sync_folder(mark.parent)
            keyfile.destroy(path)

    def _folder(self, workspace: UUID, role: str) -> Path:
        return Path(self._place(workspace, role))

    def _place(self, workspace: UUID, role: str) -> str:
        """The folder as text: looked into at every view, so without the cost of a path."""
        return f"{self.directory}/{workspace}/{checked_role(role)}"

    def _path(self, workspace: UUID, role: str, generation: int) -> Path:
        return self._folder(workspace, role) / f"{generation}.key"

    def _mark(self, workspace: UUID, role: str, generation: int) -> Path:
        return self._folder(workspace, role) / "destroyed" / str(generation)

    def _is_destroyed(self, workspace: UUID, role: str, generation: int) -> bool:
        return _is_there(f"{self._place(workspace, role)}/destroyed/{generation}")

    def _make(self, folder: Path) -> None:
        if folder.is_dir():
            return
        if folder != self.directory:
            self._make(folder.parent)
        folder.mkdir(mode=0o700, parents=folder == self.directory, exist_ok=True)
        keyfile.sync_folder(folder.parent)


@dataclass(frozen=True)
class Shelf:
    """The part of a provider that one role may read; the rest does not exist for its holder.

    `roles` may hold `view.*` and `lookup.*` for every purpose.
    """

    provider: KeyProvider = field(repr=False)
    workspace: UUID
    roles: frozenset[str]

    def current(self, role: str) -> Key:
        """The newest key of a role. Raises `Refused` off the shelf, else as the provider."""
        return self.provider.current(self.workspace, self._allowed(role))

    def load(self, role: str, generation: int) -> Key:
        """One generation of a role. Raises `Refused` off the shelf, else as the provider."""
        return self.provider.load(self.workspace, self._allowed(role), generation)

    def every(self, role: str) -> dict[int, Key]:
        """All generations of a role. Raises `KeyMissing` when there is none."""
        newest = self.current(role)
        *older, _ = self.provider.generations(self.workspace, role)
        return {g: self.load(role, g) for g in older} | {newest.generation: newest}

    def _allowed(self, role: str) -> str:
        family = role.partition(".")[0] + ".*"
        if role not in self.roles and family not in self.roles:
            raise Refused(f"key {role} is not for this role of process", reason="role_not_held")
        return role


@contextmanager
def _explained(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Misconfigured(f"{what}: {error.strerror}; check the key directory") from None


def _is_there(mark: str) -> bool:
    try:
        os.stat(mark)  # noqa: PTH116
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise Misconfigured(
            f"cannot look at {mark}: {error.strerror}; check the key directory"
        ) from None
    return True


def _numbers(folder: str, pattern: re.Pattern[str]) -> list[int]:
    with _explained(f"cannot list key folder {folder}"):
        try:
            names = os.listdir(folder)  # noqa: PTH208 - see `_place`
        except FileNotFoundError:
            return []
    return [int(found[1]) for name in names if (found := pattern.fullmatch(name))]
