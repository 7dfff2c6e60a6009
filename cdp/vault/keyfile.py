"""One key in one file, which knows what it is.

    continuum key 1
    workspace: <uuid>
    role: <role>
    generation: <number>
    key: <64 hexadecimal digits>
    checksum: <SHA-256 of the lines above>

A file that is cut, edited, moved to another place or readable by others is refused by name. The
checksum finds accidents; it is no defence against someone who may write here. Keys appear whole or
not at all, also after a crash: written aside, synced, then linked to their name.
"""

import hashlib
import os
import re
import secrets
import stat
from pathlib import Path
from typing import ClassVar
from uuid import UUID

from cdp.errors import Misconfigured, Refused
from cdp.vault.envelope import Key

_FIRST = "continuum key 1"
_FILE = re.compile(
    rf"(?P<body>{_FIRST}\nworkspace: (?P<workspace>[0-9a-f-]{{36}})\nrole: (?P<role>[a-z._-]+)\n"
    r"generation: (?P<generation>[1-9][0-9]*)\nkey: (?P<key>[0-9a-f]{64})\n)"
    r"checksum: (?P<checksum>[0-9a-f]{64})\n"
)
_MOST_BYTES = 1024


class KeyMissing(Misconfigured):
    """A key that is needed is not there: never made, lost, or destroyed on purpose."""

    default_reason: ClassVar[str] = "key_missing"


class KeyExists(Refused):
    """A key of this name was made before; keys are never overwritten."""

    default_reason: ClassVar[str] = "key_exists"


def write(path: Path, workspace: UUID, role: str, key: Key) -> None:
    """Write a key to a new file, durably; the folder must be there.

    Raises:
        KeyExists: the name is taken.
        Misconfigured: the file cannot be written.
    """
    aside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        _write_synced(aside, _text(workspace, role, key).encode())
        path.hardlink_to(aside)
    except FileExistsError:
        raise KeyExists(f"key file {path} exists and is never overwritten") from None
    except OSError as error:
        raise Misconfigured(f"key file {path} cannot be written: {error.strerror}") from None
    finally:
        aside.unlink(missing_ok=True)
    sync_folder(path.parent)


def read(path: Path | str, workspace: UUID, role: str, generation: int) -> Key:
    """The key in `path`, if the file is whole, private and the one that belongs there.

    Raises:
        KeyMissing: there is no such file.
        Misconfigured: damaged, moved here from elsewhere, or open to others; says which.
    """
    text = _private_bytes(path).decode("ascii", "replace")
    found = _FILE.fullmatch(text)
    if not found or _checksum(found["body"]) != found["checksum"]:
        raise Misconfigured(
            f"key file {path} is damaged (cut short or edited); restore it from its backup"
        )
    if (found["workspace"], found["role"], int(found["generation"])) != (
        str(workspace),
        role,
        generation,
    ):
        raise Misconfigured(
            f"key file {path} holds the key of another workspace, role or generation; "
            "put it back where it came from and restore the right one"
        )
    return Key(generation, bytes.fromhex(found["key"]))


def destroy(path: Path) -> None:
    """Overwrite the file in place, sync, unlink, sync the folder; nothing when it is gone.

    A copying file system, a wear-levelled disk or a machine snapshot may keep the old blocks.

    Raises:
        OSError: the file is there and cannot be overwritten or unlinked.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        os.pwrite(handle, os.urandom(os.fstat(handle).st_size), 0)
        os.fsync(handle)
    finally:
        os.close(handle)
    path.unlink()
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _text(workspace: UUID, role: str, key: Key) -> str:
    body = (
        f"{_FIRST}\nworkspace: {workspace}\nrole: {role}\n"
        f"generation: {key.generation}\nkey: {key.secret.hex()}\n"
    )
    return f"{body}checksum: {_checksum(body)}\n"


def _checksum(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()


def _write_synced(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.write(handle, data)
        os.fsync(handle)
    finally:
        os.close(handle)


def _private_bytes(path: Path | str) -> bytes:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise KeyMissing(
            f"key file {path} is missing; run `cdp init` if this workspace is new, "
            "else restore the key directory from its backup"
        ) from None
    except OSError as error:
        raise Misconfigured(f"key file {path} cannot be read: {error.strerror}") from None
    try:
        mode = os.fstat(handle).st_mode
        if not stat.S_ISREG(mode) or mode & 0o077:
            raise Misconfigured(f"key file {path} is open to others; run `chmod 600` on it")
        return os.read(handle, _MOST_BYTES)
    finally:
        os.close(handle)
