"""Intake seals what only the custodian reads; every place and every origin is checked."""

from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp.errors import Refused
from cdp.ids import new_id
from cdp.vault import places
from cdp.vault.envelope import CannotOpen, Key, Part
from cdp.vault.intake import ROW_SIGNED, BatchSealer, SealedBatchKey
from cdp.vault.keyring import Keyring
from cdp.vault.sealing import seal_to
from cdp.vault.signing import Signer
from tests.vault.builders import BODY, Landed, a_keyring, changed, land, read


@given(body=st.binary(max_size=3000))
def test_what_intake_lands_the_custodian_reads(lasting: Keyring, body: bytes) -> None:
    assert read(lasting.custodian(), land(lasting.intake(), body)) == body


def test_one_opener_reads_all_rows_and_fields_of_a_data_key(keyring: Keyring) -> None:
    batch = keyring.intake().begin_batch(new_id())
    key = batch.new_key(new_id(), new_id())
    rows = {(n, f): key.seal("event", n, b"%d" % n, field=f) for n in range(5) for f in ("a", "b")}
    custodian = keyring.custodian()

    opened = custodian.open_batch(batch.finish())
    opener = custodian.record_opener(key.key_id, key.record_id, key.wrapped, opened)

    for (n, f), data in rows.items():
        assert opener.open("event", n, data, field=f) == b"%d" % n
    with pytest.raises(CannotOpen):
        opener.open("event", 1, rows[1, "a"], field="b")


def test_a_rewrapped_key_opens_the_same_untouched_rows(keyring: Keyring) -> None:
    landed, custodian = land(keyring.intake()), keyring.custodian()
    batch = custodian.open_batch(landed.batch)

    kept = custodian.rewrap(batch, landed.key_id, landed.record_id, landed.wrapped)
    opener = custodian.record_opener(landed.key_id, landed.record_id, kept)
    assert opener.open("record_version", landed.row_id, landed.data) == BODY

    keyring.new_generation("custody-wrap")
    rolled = keyring.custodian().rewrap(None, landed.key_id, landed.record_id, kept)
    assert (kept[5], rolled[5]) == (1, 2)
    opener = keyring.custodian().record_opener(landed.key_id, landed.record_id, rolled)
    assert opener.open("record_version", landed.row_id, landed.data) == BODY
    with pytest.raises(CannotOpen, match="generation 2"):
        custodian.record_opener(landed.key_id, landed.record_id, rolled)


@pytest.mark.parametrize("moved", ["batch_id", "key_id", "record_id", "row_id", "data", "wrapped"])
def test_nothing_of_a_landed_row_can_be_exchanged_with_another(
    keyring: Keyring, moved: str
) -> None:
    intake = keyring.intake()
    mine, other = land(intake), land(intake)
    custodian = keyring.custodian()

    if moved == "batch_id":
        batch = changed(mine.batch, batch_id=other.batch.batch_id)
        mixed = changed(mine, batch=batch)
    else:
        mixed = changed(mine, **{moved: getattr(other, moved)})

    assert read(custodian, mine) == BODY
    with pytest.raises(CannotOpen):
        read(custodian, mixed)


def test_keys_of_two_records_of_one_batch_cannot_be_swapped(keyring: Keyring) -> None:
    batch = keyring.intake().begin_batch(new_id())
    one, other = (batch.new_key(new_id(), new_id()) for _ in range(2))
    custodian = keyring.custodian()
    opened = custodian.open_batch(batch.finish())

    for record, wrapped in ((one, other.wrapped), (other, one.wrapped)):
        with pytest.raises(CannotOpen):
            custodian.rewrap(opened, record.key_id, record.record_id, wrapped)


def test_a_key_wrapped_by_intake_is_none_that_custody_wrapped(keyring: Keyring) -> None:
    landed, custodian = land(keyring.intake()), keyring.custodian()
    batch = custodian.open_batch(landed.batch)
    kept = custodian.rewrap(batch, landed.key_id, landed.record_id, landed.wrapped)

    with pytest.raises(CannotOpen):
        custodian.record_opener(landed.key_id, landed.record_id, landed.wrapped)
    with pytest.raises(CannotOpen):
        custodian.record_opener(landed.key_id, landed.record_id, kept, batch)


def test_a_row_does_not_open_in_another_table(keyring: Keyring) -> None:
    landed, custodian = land(keyring.intake()), keyring.custodian()
    batch = custodian.open_batch(landed.batch)
    opener = custodian.record_opener(landed.key_id, landed.record_id, landed.wrapped, batch)

    with pytest.raises(CannotOpen):
        opener.open("event", landed.row_id, landed.data)


def test_a_batch_copied_to_another_workspace_does_not_open(tmp_path: Path) -> None:
    mine, theirs = a_keyring(tmp_path), a_keyring(tmp_path)

    with pytest.raises(CannotOpen) as caught:
        theirs.custodian().open_batch(land(mine.intake()).batch)

    assert caught.value.reason == "bad_signature"


def forged(keyring: Keyring, signer: Signer) -> Landed:
    """A batch by someone who has the public key of custody and another signing key."""
    intake = keyring.intake()
    batch = BatchSealer(keyring.workspace, new_id(), intake._custodian, signer)
    key = batch.new_key(new_id(), new_id())
    data = key.seal("record_version", key.key_id, b"planted")
    return Landed(batch.finish(), key.key_id, key.record_id, key.wrapped, key.key_id, data)


def test_a_batch_without_intakes_signature_is_not_opened(keyring: Keyring) -> None:
    stranger = Signer(Key.fresh(1))

    with pytest.raises(CannotOpen) as caught:
        read(keyring.custodian(), forged(keyring, stranger))

    assert caught.value.reason == "bad_signature"


def test_a_signature_of_an_unknown_generation_is_not_believed(keyring: Keyring) -> None:
    with pytest.raises(CannotOpen) as caught:
        read(keyring.custodian(), forged(keyring, Signer(Key.fresh(9))))

    assert caught.value.reason == "unknown_generation"


@given(position=st.integers(min_value=0), change=st.integers(1, 255), which=st.booleans())
def test_no_changed_byte_of_a_batch_key_goes_unnoticed(
    lasting: Keyring, position: int, change: int, which: bool
) -> None:
    batch = land(lasting.intake()).batch
    name = "sealed" if which else "signature"
    edited = bytearray(getattr(batch, name))
    edited[position % len(edited)] ^= change

    with pytest.raises(CannotOpen):
        lasting.custodian().open_batch(changed(batch, **{name: bytes(edited)}))


def test_a_signed_batch_sealed_to_a_lost_or_other_custody_key_says_so(keyring: Keyring) -> None:
    intake = keyring.intake()
    for public, reason in ((Key.fresh(9), "unknown_generation"), (Key.fresh(1), "cannot_open")):
        batch = BatchSealer(keyring.workspace, new_id(), public, intake._signer).finish()
        with pytest.raises(CannotOpen) as caught:
            keyring.custodian().open_batch(batch)
        assert caught.value.reason == reason


def test_a_finished_batch_refuses_further_use(keyring: Keyring) -> None:
    batch = keyring.intake().begin_batch(new_id())
    key = batch.new_key(new_id(), new_id())
    batch.finish()

    with pytest.raises(Refused, match="finished"):
        key.seal("event", 1, b"late")
    with pytest.raises(Refused, match="finished"):
        batch.new_key(new_id(), new_id())
    with pytest.raises(Refused, match="finished"):
        batch.finish()


@given(body=st.binary(max_size=500), row=st.one_of(st.uuids(), st.text(), st.integers()))
def test_a_row_sealed_to_the_custodian_opens_there(
    lasting: Keyring, body: bytes, row: Part
) -> None:
    data = lasting.intake().seal_to_custodian("outbox", row, body)

    assert lasting.custodian().open_from_intake("outbox", row, data) == body


def test_a_row_sealed_to_the_custodian_opens_nowhere_else(tmp_path: Path) -> None:
    mine, theirs = a_keyring(tmp_path), a_keyring(tmp_path)
    row = new_id()
    data = mine.intake().seal_to_custodian("outbox", row, b"yes", field="body")
    custodian = mine.custodian()

    assert custodian.open_from_intake("outbox", row, data) == b"yes"
    for table, row_id, field in (
        ("outbox", new_id(), "body"),
        ("consent_body", row, "body"),
        ("outbox", row, "payload"),
    ):
        with pytest.raises(CannotOpen):
            custodian.open_from_intake(table, row_id, data, field=field)
    with pytest.raises(CannotOpen):
        theirs.custodian().open_from_intake("outbox", row, data)


@given(length=st.integers(0, 185))
def test_a_cut_row_to_the_custodian_does_not_open(lasting: Keyring, length: int) -> None:
    data = lasting.intake().seal_to_custodian("outbox", 1, bytes(64))

    with pytest.raises(CannotOpen):
        lasting.custodian().open_from_intake("outbox", 1, data[:length])


def test_a_row_to_the_custodian_without_intakes_signature_is_not_opened(keyring: Keyring) -> None:
    public, place = keyring.intake()._custodian, places.to_custodian
    here = place(keyring.workspace, table="outbox", row_id=1, field="body")
    sealed = seal_to(public, b"planted", *here)
    signed = Signer(Key.fresh(1)).sign(ROW_SIGNED, *here, sealed) + sealed

    with pytest.raises(CannotOpen) as caught:
        keyring.custodian().open_from_intake("outbox", 1, signed)

    assert caught.value.reason == "bad_signature"


def test_a_signature_for_a_batch_is_none_for_a_row(keyring: Keyring) -> None:
    intake, custodian = keyring.intake(), keyring.custodian()
    batch = land(intake).batch

    with pytest.raises(CannotOpen):
        custodian.open_from_intake("outbox", 1, batch.signature + batch.sealed)
    row = intake.seal_to_custodian("outbox", 1, bytes(32))
    with pytest.raises(CannotOpen):
        custodian.open_batch(SealedBatchKey(batch.batch_id, row[70:], row[:70]))


def test_intake_reads_back_its_own_cursors_and_only_at_their_place(keyring: Keyring) -> None:
    intake, source = keyring.intake(), new_id()
    state = intake.seal_state(source, "people", b"after=ada@example.org")
    config = intake.seal_own("source", source, b"dsn", field="config")

    assert keyring.intake().open_state(source, "people", state) == b"after=ada@example.org"
    assert intake.open_own("source", source, config, field="config") == b"dsn"
    for other, stream in ((new_id(), "people"), (source, "orders")):
        with pytest.raises(CannotOpen):
            intake.open_state(other, stream, state)
    with pytest.raises(CannotOpen):
        intake.open_state(source, "people", config)


def test_each_argument_counts_in_intakes_macs(keyring: Keyring) -> None:
    intake = keyring.intake()
    for take in (intake.external_key_mac, intake.message_mac):
        whole = [(a, b, c) for a in (new_id(), new_id()) for b in ("a", "ab") for c in ("bc", "c")]
        assert len({take(*place) for place in whole}) == 8
    names = [(a, b, c) for a in ("a", "ab") for b in ("a", "b", "") for c in ("a", "b", "ab")]
    assert len({intake.order_key(*place) for place in names}) == len(names)


@given(st.lists(st.tuples(st.uuids(), st.text(), st.text()), unique=True, max_size=6))
def test_intakes_macs_tell_all_places_and_uses_apart(
    lasting: Keyring, places: list[tuple[UUID, str, str]]
) -> None:
    intake = lasting.intake()
    macs = [intake.external_key_mac(*place) for place in places]
    macs += [intake.message_mac(*place) for place in places]

    assert len(set(macs)) == len(macs)
    assert {len(value) for value in macs} <= {32}


def test_equal_bodies_of_two_records_have_unrelated_macs(keyring: Keyring) -> None:
    intake, record = keyring.intake(), new_id()

    assert intake.content_mac(record, BODY) == keyring.intake().content_mac(record, BODY)
    assert intake.content_mac(record, BODY) != intake.content_mac(new_id(), BODY)
    assert intake.content_mac(record, BODY) != intake.content_mac(record, BODY + b" ")


def test_an_order_key_is_short_and_lasting(keyring: Keyring) -> None:
    key = keyring.intake().order_key("crm", "people", "42")

    assert len(key) == 16
    assert key == keyring.intake().order_key("crm", "people", "42")
    assert key != keyring.intake().order_key("shop", "people", "42")


@given(st.uuids(), st.text(), st.text(), st.text())
def test_what_a_stream_asks_for_many_is_what_intake_gives_for_one(
    lasting: Keyring, source: UUID, name: str, stream: str, key: str
) -> None:
    intake = lasting.intake()
    reading = intake.reading(source, name, stream)

    assert reading.external_key(key) == intake.external_key_mac(source, stream, key)
    assert reading.message(key) == intake.message_mac(source, stream, key)
    assert reading.order_key(key) == intake.order_key(name, stream, key)
