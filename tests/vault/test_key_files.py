"""A key file that is not whole, private and in its place is refused by name."""

import os
from pathlib import Path

import pytest

from cdp.errors import Misconfigured, Refused
from cdp.ids import new_id
from cdp.vault.envelope import Key
from cdp.vault.keyfile import KeyExists, KeyMissing
from cdp.vault.provider import FileKeyProvider, Shelf
from cdp.vault.roles import lookup_role, view_role

WORKSPACE = new_id()
ROLE = "view.offers"


@pytest.fixture
def provider(tmp_path: Path) -> FileKeyProvider:
    provider = FileKeyProvider(tmp_path / "deep" / "keys")
    provider.create(WORKSPACE, ROLE, Key.fresh(1))
    return provider


def path_of(provider: FileKeyProvider, generation: int = 1, role: str = ROLE) -> Path:
    return provider.directory / str(WORKSPACE) / role / f"{generation}.key"


def test_a_key_comes_back_as_it_was_made(provider: FileKeyProvider) -> None:
    key = Key.fresh(2)

    provider.create(WORKSPACE, ROLE, key)

    assert provider.load(WORKSPACE, ROLE, 2).secret == key.secret
    assert provider.current(WORKSPACE, ROLE).secret == key.secret
    assert provider.generations(WORKSPACE, ROLE) == (1, 2)
    assert provider.newest(WORKSPACE, ROLE) == 2


def test_only_the_owner_can_reach_a_key(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        provider = FileKeyProvider(tmp_path / "open" / "keys")
        provider.create(WORKSPACE, ROLE, Key.fresh(1))
    finally:
        os.umask(before)

    path = path_of(provider)
    assert path.stat().st_mode & 0o777 == 0o600
    for folder in (path.parent, path.parent.parent, provider.directory):
        assert folder.stat().st_mode & 0o777 == 0o700


def test_a_key_is_never_overwritten_and_nothing_is_left_lying_about(
    provider: FileKeyProvider,
) -> None:
    before = path_of(provider).read_bytes()

    with pytest.raises(KeyExists):
        provider.create(WORKSPACE, ROLE, Key.fresh(1))

    assert path_of(provider).read_bytes() == before
    assert [path.name for path in path_of(provider).parent.iterdir()] == ["1.key"]


def test_a_missing_key_is_named_with_what_to_do(provider: FileKeyProvider) -> None:
    with pytest.raises(KeyMissing, match=r"7\.key is missing.*cdp init.*restore"):
        provider.load(WORKSPACE, ROLE, 7)
    with pytest.raises(KeyMissing, match=r"no key in .*view\.service; run `cdp init`"):
        provider.current(WORKSPACE, "view.service")


@pytest.mark.parametrize("length", [0, 1, 20, 100, 200, -1])
def test_a_cut_key_file_is_refused_at_any_length(provider: FileKeyProvider, length: int) -> None:
    path = path_of(provider)
    path.write_bytes(path.read_bytes()[:length])

    with pytest.raises(Misconfigured, match="damaged"):
        provider.load(WORKSPACE, ROLE, 1)


def test_no_edited_byte_of_a_key_file_goes_unnoticed(provider: FileKeyProvider) -> None:
    path = path_of(provider)
    whole = path.read_bytes()

    for position in range(len(whole)):
        changed = bytearray(whole)
        changed[position] ^= 0x01
        path.write_bytes(changed)
        with pytest.raises(Misconfigured, match=r"1\.key"):
            provider.load(WORKSPACE, ROLE, 1)


def test_bytes_after_the_key_are_an_edit_too(provider: FileKeyProvider) -> None:
    path = path_of(provider)
    path.write_bytes(path.read_bytes() + b"\n")

    with pytest.raises(Misconfigured, match="damaged"):
        provider.load(WORKSPACE, ROLE, 1)


@pytest.mark.parametrize("what", ["workspace", "role", "generation"])
def test_a_key_file_in_another_place_is_refused(provider: FileKeyProvider, what: str) -> None:
    workspace = new_id() if what == "workspace" else WORKSPACE
    role = "view.service" if what == "role" else ROLE
    generation = 2 if what == "generation" else 1
    there = provider.directory / str(workspace) / role / f"{generation}.key"
    there.parent.mkdir(parents=True, exist_ok=True, mode=0o700)

    path_of(provider).rename(there)

    with pytest.raises(Misconfigured, match="another workspace, role or generation"):
        provider.load(workspace, role, generation)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o602, 0o610])
def test_a_key_file_that_others_may_touch_is_refused(provider: FileKeyProvider, mode: int) -> None:
    path_of(provider).chmod(mode)

    with pytest.raises(Misconfigured, match="chmod 600"):
        provider.load(WORKSPACE, ROLE, 1)


@pytest.mark.parametrize("mode", [0o720, 0o702])
def test_a_key_folder_that_others_may_write_is_refused(
    provider: FileKeyProvider, mode: int
) -> None:
    path_of(provider).parent.chmod(mode)

    with pytest.raises(Misconfigured, match="chmod 700"):
        provider.load(WORKSPACE, ROLE, 1)


def test_a_link_or_a_pipe_is_not_a_key_file(provider: FileKeyProvider) -> None:
    link, pipe = path_of(provider, 2), path_of(provider, 3)
    link.symlink_to(path_of(provider))
    os.mkfifo(pipe, 0o600)

    with pytest.raises(Misconfigured, match="cannot be read"):
        provider.load(WORKSPACE, ROLE, 2)
    with pytest.raises(Misconfigured, match=r"3\.key"):
        provider.load(WORKSPACE, ROLE, 3)


def test_a_destroyed_key_is_overwritten_before_it_is_unlinked(provider: FileKeyProvider) -> None:
    path = path_of(provider)
    secret = provider.load(WORKSPACE, ROLE, 1).secret
    same_blocks = provider.directory / "held-by-a-thief"
    same_blocks.hardlink_to(path)

    provider.destroy(WORKSPACE, ROLE, 1)

    assert not path.exists()
    assert secret.hex().encode() not in same_blocks.read_bytes()
    with pytest.raises(KeyMissing, match="destroyed on purpose"):
        provider.load(WORKSPACE, ROLE, 1)


def test_a_destroyed_number_is_never_used_again(provider: FileKeyProvider) -> None:
    provider.destroy(WORKSPACE, ROLE, 1)

    assert provider.generations(WORKSPACE, ROLE) == ()
    assert provider.newest(WORKSPACE, ROLE) == 1
    with pytest.raises(KeyExists):
        provider.create(WORKSPACE, ROLE, Key.fresh(1))
    with pytest.raises(KeyMissing, match="cdp keys roll"):
        provider.current(WORKSPACE, ROLE)


def test_a_destroyed_key_file_that_comes_back_stays_destroyed(provider: FileKeyProvider) -> None:
    path = path_of(provider)
    backup = path.read_bytes()
    provider.destroy(WORKSPACE, ROLE, 1)

    path.write_bytes(backup)
    path.chmod(0o600)

    assert provider.generations(WORKSPACE, ROLE) == ()
    with pytest.raises(KeyMissing, match="destroyed"):
        provider.load(WORKSPACE, ROLE, 1)
    provider.destroy(WORKSPACE, ROLE, 1)
    assert not path.exists()


def test_destroying_twice_is_harmless_and_destroying_nothing_is_an_error(
    provider: FileKeyProvider,
) -> None:
    provider.destroy(WORKSPACE, ROLE, 1)
    provider.destroy(WORKSPACE, ROLE, 1)

    with pytest.raises(KeyMissing, match="not there"):
        provider.destroy(WORKSPACE, ROLE, 2)


def test_the_newest_key_is_not_destroyed_while_an_older_one_lives(
    provider: FileKeyProvider,
) -> None:
    provider.create(WORKSPACE, ROLE, Key.fresh(2))

    with pytest.raises(Refused, match="next generation"):
        provider.destroy(WORKSPACE, ROLE, 2)

    provider.destroy(WORKSPACE, ROLE, 1)
    assert provider.current(WORKSPACE, ROLE).generation == 2


def test_other_files_in_a_key_folder_are_not_keys(provider: FileKeyProvider) -> None:
    for name in ("note.txt", "01.key", ".2.key.0badc0de", "x.key"):
        (path_of(provider).parent / name).touch()

    assert provider.generations(WORKSPACE, ROLE) == (1,)
    assert provider.newest(WORKSPACE, ROLE) == 1


@pytest.mark.parametrize(
    "role", ["../signing", "Custody", "", "view.", "view.a/b", "a.b", "index\n"]
)
def test_a_role_is_a_plain_name(provider: FileKeyProvider, role: str) -> None:
    with pytest.raises(Refused, match="role"):
        provider.load(WORKSPACE, role, 1)


@pytest.mark.parametrize("purpose", ["", "Offers", "../x", "a.b", "a b", "offers\n", "a" * 64])
def test_a_purpose_is_a_plain_name(purpose: str) -> None:
    with pytest.raises(Refused):
        view_role(purpose)
    with pytest.raises(Refused):
        lookup_role(purpose)


def test_a_directory_that_cannot_be_used_is_explained(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    provider = FileKeyProvider(blocked / "keys")
    too_long = FileKeyProvider(tmp_path / ("x" * 300))

    with pytest.raises(Misconfigured, match="cannot make key folder"):
        provider.create(WORKSPACE, ROLE, Key.fresh(1))
    with pytest.raises(Misconfigured, match="cannot list key folder"):
        provider.generations(WORKSPACE, ROLE)
    with pytest.raises(Misconfigured, match="cannot look at"):
        too_long.load(WORKSPACE, ROLE, 1)


def test_a_key_that_cannot_be_written_or_destroyed_is_explained(provider: FileKeyProvider) -> None:
    folder = path_of(provider).parent
    (folder / "destroyed").touch()
    unwritable = provider.directory / str(WORKSPACE) / "index"
    unwritable.symlink_to("/proc/self/fdinfo", target_is_directory=True)

    with pytest.raises(Misconfigured, match="cannot destroy key file"):
        provider.destroy(WORKSPACE, ROLE, 1)
    with pytest.raises(Misconfigured, match="cannot be written"):
        provider.create(WORKSPACE, "index", Key.fresh(1))


def test_a_shelf_shows_the_keys_of_its_roles_and_no_others(provider: FileKeyProvider) -> None:
    provider.create(WORKSPACE, ROLE, Key.fresh(2))
    provider.create(WORKSPACE, "signing", Key.fresh(1))
    one = Shelf(provider, WORKSPACE, frozenset({ROLE}))
    family = Shelf(provider, WORKSPACE, frozenset({"view.*"}))

    assert sorted(one.every(ROLE)) == sorted(family.every(ROLE)) == [1, 2]
    assert one.load(ROLE, 1).generation == 1
    for shelf, role in ((one, "view.service"), (one, "signing"), (family, "signing")):
        with pytest.raises(Refused) as caught:
            shelf.current(role)
        assert caught.value.reason == "role_not_held"
        with pytest.raises(Refused):
            shelf.load(role, 1)
