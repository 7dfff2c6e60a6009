"""Keys are made once, rolled in pairs, and given out by role of process."""

from pathlib import Path

import pytest

from cdp.errors import Misconfigured, Refused
from cdp.ids import new_id
from cdp.vault import roles
from cdp.vault.envelope import CannotOpen, Key
from cdp.vault.keyfile import KeyExists, KeyMissing
from cdp.vault.keyring import Keyring, create_workspace_keys
from cdp.vault.provider import FileKeyProvider
from cdp.vault.views import SealedView
from tests.vault.builders import (
    BODY,
    PURPOSES,
    a_keyring,
    a_view,
    changed,
    land,
    read,
    with_the_keys_of,
)


def files_of(directory: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file()
    }


def test_making_keys_again_changes_nothing_and_adds_what_is_new(tmp_path: Path) -> None:
    provider, workspace = FileKeyProvider(tmp_path), new_id()
    create_workspace_keys(provider, workspace, ["service"])
    before = files_of(tmp_path)

    create_workspace_keys(provider, workspace, ["service"])
    assert files_of(tmp_path) == before

    create_workspace_keys(provider, workspace, ["service", "offers"])
    after = files_of(tmp_path)
    assert before.items() < after.items()
    assert {name.split("/")[1] for name in after.keys() - before.keys()} == {
        "view.offers",
        "lookup.offers",
    }


def test_every_key_of_a_workspace_is_another(tmp_path: Path) -> None:
    provider, one, other = FileKeyProvider(tmp_path), new_id(), new_id()
    for workspace in (one, other):
        create_workspace_keys(provider, workspace, PURPOSES)

    made = files_of(tmp_path)
    secrets = {line for text in made.values() for line in text.splitlines() if line[:4] == b"key:"}
    assert len(secrets) == len(made)
    assert len(made) == 2 * (len(roles.SYMMETRIC) + 2 * len(roles.PUBLIC_HALF) + 2 * len(PURPOSES))


def test_a_destroyed_epoch_is_not_made_again_by_making_keys(
    keyring: Keyring, tmp_path: Path
) -> None:
    keyring.destroy_epoch("service", 1)

    create_workspace_keys(FileKeyProvider(tmp_path / "keys"), keyring.workspace, PURPOSES)

    with pytest.raises(KeyMissing):
        a_view(keyring)
    assert keyring.new_epoch("service") == 2
    assert keyring.disclosure(PURPOSES).open_view(a_view(keyring)) == BODY


def test_a_public_half_lost_to_a_crash_is_made_again_from_its_private_half(
    keyring: Keyring, tmp_path: Path
) -> None:
    folder = tmp_path / "keys" / str(keyring.workspace)
    halves = [folder / public / "1.key" for public in roles.PUBLIC_HALF.values()]
    before = [half.read_bytes() for half in halves]
    for half in halves:
        half.unlink()

    create_workspace_keys(FileKeyProvider(tmp_path / "keys"), keyring.workspace, PURPOSES)

    assert [half.read_bytes() for half in halves] == before


def test_a_public_half_without_its_private_half_is_not_replaced(
    keyring: Keyring, tmp_path: Path
) -> None:
    (tmp_path / "keys" / str(keyring.workspace) / "custody" / "1.key").unlink()

    with pytest.raises(Misconfigured, match="custody-public but no key custody"):
        create_workspace_keys(FileKeyProvider(tmp_path / "keys"), keyring.workspace, PURPOSES)


def test_halves_that_do_not_belong_together_are_named(keyring: Keyring, tmp_path: Path) -> None:
    provider = FileKeyProvider(tmp_path / "keys")
    (tmp_path / "keys" / str(keyring.workspace) / "signing-public" / "1.key").unlink()
    provider.create(keyring.workspace, "signing-public", Key.fresh(1))

    with pytest.raises(Misconfigured, match="signing-public does not belong"):
        create_workspace_keys(provider, keyring.workspace, PURPOSES)


@pytest.mark.parametrize(
    ("part", "needed"),
    [
        ("intake", {roles.CUSTODY_PUBLIC, roles.INTAKE_SIGNING, roles.INTAKE}),
        (
            "custodian",
            {
                roles.CUSTODY,
                roles.CUSTODY_WRAP,
                roles.INDEX,
                roles.CONTACT,
                roles.INTAKE_VERIFY,
                roles.SIGNING,
                roles.SIGNING_PUBLIC,
            },
        ),
        ("disclosure", {roles.SIGNING_PUBLIC, "view.service", "lookup.service"}),
    ],
)
def test_a_part_needs_its_own_keys_and_no_others(
    keyring: Keyring, tmp_path: Path, part: str, needed: set[str]
) -> None:
    home = tmp_path / "keys" / str(keyring.workspace)

    def make() -> object:
        return keyring.disclosure(["service"]) if part == "disclosure" else getattr(keyring, part)()

    for folder in sorted(home.iterdir()):
        key, away = folder / "1.key", tmp_path / "away"
        key.rename(away)
        if folder.name in needed:
            with pytest.raises(Misconfigured, match=folder.name):
                make()
        else:
            make()
        away.rename(key)


def test_a_rolled_custody_pair_still_opens_what_came_before(keyring: Keyring) -> None:
    old = land(keyring.intake())

    assert keyring.new_generation(roles.CUSTODY) == 2
    assert keyring.new_generation(roles.INTAKE_SIGNING) == 2
    new = land(keyring.intake())

    custodian = keyring.custodian()
    assert read(custodian, old) == read(custodian, new) == BODY
    assert (old.batch.sealed[5], new.batch.sealed[5]) == (1, 2)
    assert (old.batch.signature[5], new.batch.signature[5]) == (1, 2)


def test_a_destroyed_custody_generation_opens_nothing_any_more(
    keyring: Keyring, tmp_path: Path
) -> None:
    landed = land(keyring.intake())
    keyring.new_generation(roles.CUSTODY)

    FileKeyProvider(tmp_path / "keys").destroy(keyring.workspace, roles.CUSTODY, 1)

    with pytest.raises(CannotOpen, match="generation 1"):
        read(keyring.custodian(), landed)


@pytest.mark.parametrize("role", [roles.INTAKE, roles.CONTACT, *roles.PUBLIC_HALF.values()])
def test_roots_of_lasting_values_and_public_halves_are_not_rolled(
    keyring: Keyring, role: str
) -> None:
    with pytest.raises(Refused, match="not rolled"):
        keyring.new_generation(role)


def test_two_rolls_at_once_make_one_epoch(keyring: Keyring, tmp_path: Path) -> None:
    provider = FileKeyProvider(tmp_path / "keys")
    keyring.new_epoch("service")

    with pytest.raises(KeyExists):
        provider.create(keyring.workspace, "view.service", Key.fresh(2))


def test_a_rolled_and_destroyed_epoch_leaves_rewrapped_views_and_no_others(
    keyring: Keyring,
) -> None:
    kept, left_behind = a_view(keyring), a_view(keyring)
    reader = keyring.disclosure(["service"])
    assert reader.open_view(kept) == reader.open_view(left_behind) == BODY

    epoch = keyring.new_epoch("service")
    slot = keyring.custodian().slot_roll("service").rewrap(kept.header.view_id, kept.wrapped_key)
    moved = SealedView(kept.header, kept.body, slot, kept.signature)
    keyring.destroy_epoch("service", epoch - 1)

    # The reader was made before the roll: what it held in memory opens nothing that was destroyed.
    for disclosure in (reader, keyring.disclosure(["service"])):
        assert disclosure.open_view(moved) == BODY
        for gone in (kept, left_behind):
            with pytest.raises(CannotOpen) as caught:
                disclosure.open_view(gone)
            assert caught.value.reason == "epoch_gone"


def test_a_destroyed_epoch_stays_shut_with_a_new_key_under_its_number(
    keyring: Keyring, tmp_path: Path
) -> None:
    view = a_view(keyring)
    keyring.destroy_epoch("service", 1)
    folder = tmp_path / "keys" / str(keyring.workspace) / "view.service"
    (folder / "destroyed" / "1").unlink()
    FileKeyProvider(tmp_path / "keys").create(keyring.workspace, "view.service", Key.fresh(1))

    with pytest.raises(CannotOpen) as caught:
        keyring.disclosure(["service"]).open_view(view)

    assert caught.value.reason == "cannot_open"


@pytest.mark.parametrize("same_keys", [False, True])
def test_two_workspaces_share_no_value_even_with_the_same_keys(
    tmp_path: Path, same_keys: bool
) -> None:
    one, other = a_keyring(tmp_path), a_keyring(tmp_path)
    if same_keys:
        other = with_the_keys_of(one, tmp_path)
    source, record = new_id(), new_id()

    def values(keyring: Keyring) -> list[object]:
        intake, custodian = keyring.intake(), keyring.custodian()
        return [
            intake.external_key_mac(source, "people", "k"),
            intake.content_mac(record, b"b"),
            intake.message_mac(source, "people", "m"),
            intake.order_key("crm", "people", "k"),
            custodian.blind_index("email", "ada@example.org"),
            custodian.contact_ref("email", "ada@example.org"),
            custodian.lookup_token("service", "email", "ada@example.org"),
        ]

    assert not set(values(one)) & set(values(other))
    assert values(one) == values(one)


def test_rows_and_signatures_of_a_workspace_do_not_open_in_another_with_the_same_keys(
    keyring: Keyring, tmp_path: Path
) -> None:
    other = with_the_keys_of(keyring, tmp_path / "keys")
    intake, custodian = keyring.intake(), keyring.custodian()
    landed, view, row = land(intake), a_view(keyring), new_id()
    theirs, reader = other.custodian(), other.disclosure(["service"])
    state, own = intake.seal_state(row, "people", b"s"), custodian.seal_own("t", row, b"o")
    sent, proof = intake.seal_to_custodian("t", row, b"r"), custodian.sign_proof(b"p")
    relabelled = changed(view, header=changed(view.header, workspace=other.workspace))

    for attempt in (
        lambda: read(theirs, landed),
        lambda: other.intake().open_state(row, "people", state),
        lambda: theirs.open_own("t", row, own),
        lambda: theirs.open_from_intake("t", row, sent),
        lambda: theirs.verify_proof(b"p", proof),
        lambda: reader.open_view(relabelled),
    ):
        with pytest.raises(CannotOpen):
            attempt()
    with pytest.raises(CannotOpen, match="another workspace"):
        reader.open_view(view)


def test_a_part_cannot_reach_keys_that_are_not_for_it(keyring: Keyring) -> None:
    custodian, disclosure = keyring.custodian(), keyring.disclosure(["service"])

    for part, role in (
        (custodian, roles.INTAKE),
        (custodian, roles.INTAKE_SIGNING),
        (disclosure, roles.CUSTODY),
        (disclosure, roles.CUSTODY_WRAP),
        (disclosure, roles.INDEX),
        (disclosure, roles.SIGNING),
        (disclosure, "view.offers"),
        (disclosure, "lookup.offers"),
    ):
        with pytest.raises(Refused) as caught:
            part._shelf.current(role)
        assert caught.value.reason == "role_not_held"
