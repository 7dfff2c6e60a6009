"""What a thief of one part's memory can open. The search looks at everything the part holds."""

import gc
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import FunctionType, ModuleType

from cdp.ids import new_id
from cdp.vault import places
from cdp.vault.custodian import Custodian
from cdp.vault.envelope import UNNUMBERED, CannotOpen, Key, Part, unseal
from cdp.vault.intake import DataKey
from cdp.vault.keyring import Keyring
from cdp.vault.provider import FileKeyProvider
from cdp.vault.sealing import Recipient
from tests.vault.builders import BODY, PURPOSES, Landed, a_view

_ELSEWHERE = (type, ModuleType, FunctionType)


def held_by(thing: object) -> Iterator[object]:
    """Everything reachable from an object; code and classes left out."""
    seen: dict[int, object] = {}
    todo = [thing]
    while todo:
        found = todo.pop()
        if id(found) not in seen and not isinstance(found, _ELSEWHERE):
            seen[id(found)] = found
            todo += gc.get_referents(found)
    yield from list(seen.values())


def secrets_of(thing: object) -> set[bytes]:
    """Every 32-byte string in memory, and the bytes inside private key objects."""
    found = set()
    for held in held_by(thing):
        if isinstance(held, bytes) and len(held) == 32:
            found.add(held)
        if hasattr(held, "private_bytes_raw"):
            found.add(held.private_bytes_raw())
    return found


def opened_with(secret: bytes, data: bytes, *place: Part) -> bytes | None:
    """What `secret` makes of sealed bytes, as a symmetric and as a private key."""
    keys = {generation: Key(generation, secret) for generation in (UNNUMBERED, 1)}
    with suppress(CannotOpen):
        return unseal(keys, data, *place)
    with suppress(CannotOpen):
        return Recipient(keys).open(data, *place)
    return None


def loot(thing: object, keyring: Keyring, landed: Landed) -> set[bytes]:
    """What a holder of `thing` and of all rows of all stores can open, step by step."""
    workspace, batch_id = keyring.workspace, landed.batch.batch_id
    ids = (landed.key_id, landed.record_id)
    table, row_id = "record_version", landed.row_id
    targets: list[tuple[bytes, places.Place]] = [
        (landed.batch.sealed, places.batch_key(workspace, batch_id)),
        (landed.wrapped, places.landed_key(workspace, batch_id, *ids)),
        (landed.data, places.row(workspace, *ids, table=table, row_id=row_id, field="body")),
    ]
    secrets, opened = secrets_of(thing), set[bytes]()
    for data, place in targets:
        found = {opened_with(secret, data, *place) for secret in secrets} - {None}
        opened |= {plain for plain in found if plain is not None}
        secrets |= {plain for plain in opened if len(plain) == 32}
    return opened


def a_batch(keyring: Keyring) -> tuple[list[object], DataKey, Landed]:
    """Intake with a finished batch: all the objects it was made of, and its rows."""
    intake = keyring.intake()
    batch = intake.begin_batch(new_id())
    key = batch.new_key(new_id(), new_id())
    row_id = new_id()
    data = key.seal("record_version", row_id, BODY)
    landed = Landed(batch.finish(), key.key_id, key.record_id, key.wrapped, row_id, data)
    return [intake, batch, key], key, landed


def test_intake_holds_nothing_that_opens_what_it_sealed(keyring: Keyring) -> None:
    intake, _, landed = a_batch(keyring)

    assert len(secrets_of(intake)) >= 3
    assert loot(intake, keyring, landed) == set()


def test_the_search_finds_what_there_is_to_find(keyring: Keyring) -> None:
    _, _, landed = a_batch(keyring)
    batch = keyring.intake().begin_batch(new_id())
    unfinished = batch.new_key(new_id(), new_id())
    data = unfinished.seal("record_version", 1, BODY)
    place = places.row(
        keyring.workspace,
        unfinished.key_id,
        unfinished.record_id,
        table="record_version",
        row_id=1,
        field="body",
    )

    assert BODY in loot(keyring.custodian(), keyring, landed)
    assert BODY in {opened_with(secret, data, *place) for secret in secrets_of(batch)}


def test_disclosure_holds_nothing_of_custody(keyring: Keyring) -> None:
    _, _, landed = a_batch(keyring)

    assert loot(keyring.disclosure(PURPOSES), keyring, landed) == set()


def test_no_epoch_key_stays_in_memory_after_a_view_is_sealed_or_opened(
    keyring: Keyring, tmp_path: Path
) -> None:
    custodian, disclosure = keyring.custodian(), keyring.disclosure(PURPOSES)
    header = a_view(keyring).header
    (view,) = custodian.seal_views([(header, BODY)])
    assert disclosure.open_view(view) == BODY
    epoch = FileKeyProvider(tmp_path / "keys").current(keyring.workspace, "view.service")

    roll = custodian.slot_roll("service")

    assert epoch.secret in secrets_of(roll)
    assert epoch.secret not in secrets_of([custodian, disclosure, view])


def test_no_object_shows_a_secret_in_its_repr(keyring: Keyring) -> None:
    things, key, landed = a_batch(keyring)
    custodian: Custodian = keyring.custodian()
    batch = custodian.open_batch(landed.batch)
    opener = custodian.record_opener(key.key_id, key.record_id, key.wrapped, batch)
    roll = custodian.slot_roll("service")
    things += [custodian, keyring.disclosure(PURPOSES), keyring, batch, opener, roll, landed.batch]

    for thing in things:
        shown = repr(thing)
        for secret in secrets_of(thing):
            assert secret.hex() not in shown
            assert repr(secret)[2:-1] not in shown
    assert "sealed" not in repr(landed.batch)
