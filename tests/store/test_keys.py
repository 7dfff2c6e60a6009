"""Custody's rows: wrapped keys, the blind index, blocked values and ledger bodies."""

from datetime import timedelta
from uuid import UUID

from benchmarks import stage
from cdp.clock import instant
from cdp.ids import new_id
from cdp.store import keys
from cdp.store.tx import Stores

NOW = instant("2026-03-01T09:00:00Z")
EMAIL, PHONE = ("email", b"e" * 32), ("phone", b"p" * 32)


def test_a_batch_key_goes_when_the_last_key_under_it_was_wrapped_again(
    stores: tuple[Stores, UUID],
) -> None:
    opened, workspace = stores
    batch = new_id()
    landed = [keys.WrappedKey(new_id(), new_id(), batch, b"under the batch") for _ in range(2)]
    sealed = keys.WrappedBatchKey(batch, b"sealed", b"signature")
    with opened.write(workspace) as tx:
        keys.insert_keys(tx.custody, workspace, sealed, landed, NOW)
    first, second = landed
    mine = keys.WrappedKey(first.id, first.record_id, None, b"under the custodian")

    with opened.write(workspace) as tx:
        keys.rewrap(tx.custody, [mine], [batch])
    with opened.read(workspace) as tx:
        assert keys.wrapped_keys(tx.custody, [first.id, new_id()]) == {first.id: mine}
        assert keys.batch_keys(tx.custody, [batch]) == {batch: sealed}

    with opened.write(workspace) as tx:
        keys.rewrap(
            tx.custody, [keys.WrappedKey(second.id, second.record_id, None, b"too")], [batch]
        )
        keys.rewrap(tx.custody, [], [])
    with opened.read(workspace) as tx:
        assert keys.batch_keys(tx.custody, [batch]) == {}
        assert keys.wrapped_keys(tx.custody, [second.id])[second.id].batch_id is None


def test_keys_are_wrapped_again_only_once_main_knows_their_batch(
    stores: tuple[Stores, UUID],
) -> None:
    opened, workspace = stores
    stream = stage.add_stream(opened, workspace)
    (record,) = stage.land(opened, workspace, stream, [bytes(32)])
    landing = new_id()
    with opened.write(workspace) as tx:
        keys.insert_keys(
            tx.custody,
            workspace,
            keys.WrappedBatchKey(landing, b"sealed", b"signature"),
            [keys.WrappedKey(new_id(), new_id(), landing, b"landing")],
            NOW,
        )
        found = keys.landed_keys(tx.custody, tx.main, workspace, 10)
        orphans = keys.find_orphans(tx.custody, tx.main, workspace, NOW + timedelta(seconds=1))

    assert [key.record_id for key in found] == [record]
    assert (orphans.batches, orphans.bodies, orphans.count) == ((landing,), (), 1)


def test_the_index_of_a_record_is_replaced_as_a_whole(stores: tuple[Stores, UUID]) -> None:
    opened, workspace = stores
    ann, bob = new_id(), new_id()
    orders = {ann: b"a" * 16, bob: b"b" * 16}
    rows = [
        keys.IndexRow(*EMAIL, ann, confirmed=True),
        keys.IndexRow(*EMAIL, bob, confirmed=False),
        keys.IndexRow(*PHONE, bob, confirmed=False),
    ]
    with opened.write(workspace) as tx:
        keys.replace_index(tx.custody, workspace, orders, rows, 1)
        found = keys.tokens_of(tx.custody, [ann, bob])
        assert sorted(found, key=repr) == sorted(rows, key=repr)
        assert keys.holders(tx.custody, workspace, [EMAIL, PHONE]) == {
            EMAIL: {ann, bob},
            PHONE: {bob},
        }
        assert keys.frequencies(tx.custody, workspace, [EMAIL, PHONE]) == {EMAIL: 2, PHONE: 1}
        assert keys.order_keys(tx.custody, [ann, bob]) == orders

    with opened.write(workspace) as tx:
        keys.replace_index(tx.custody, workspace, {bob: b"c" * 16}, [], 2)
    with opened.read(workspace) as tx:
        assert keys.tokens_of(tx.custody, [bob]) == []
        assert keys.holders(tx.custody, workspace, [EMAIL]) == {EMAIL: {ann}}
        assert keys.order_keys(tx.custody, [bob]) == {bob: b"c" * 16}

    with opened.write(workspace) as tx:
        keys.forget_index(tx.custody, [ann])
        assert keys.order_keys(tx.custody, [ann]) == {}
        assert keys.frequencies(tx.custody, workspace, [EMAIL]) == {}


def test_a_blocked_value_is_blocked_once(stores: tuple[Stores, UUID]) -> None:
    opened, workspace = stores
    for _ in range(2):
        with opened.write(workspace) as tx:
            keys.block(tx.custody, workspace, EMAIL, "shared_by_many", NOW)
    with opened.read(workspace) as tx:
        assert keys.blocked(tx.custody, workspace) == {EMAIL}


def test_a_body_is_kept_once_and_one_that_was_erased_is_missing(
    stores: tuple[Stores, UUID],
) -> None:
    opened, workspace = stores
    event = new_id()
    for sealed in (b"first", b"again"):
        with opened.write(workspace) as tx:
            keys.keep_bodies(tx.custody, workspace, {event: sealed}, NOW)
    with opened.read(workspace) as tx:
        assert keys.bodies(tx.custody, [event, new_id()]) == {event: b"first"}


def test_keys_and_tokens_are_in_no_repr() -> None:
    for held in (
        keys.WrappedKey(new_id(), new_id(), None, b"hidden"),
        keys.WrappedBatchKey(new_id(), b"hidden", b"hidden"),
        keys.IndexRow("email", b"hidden", new_id(), confirmed=True),
    ):
        assert "hidden" not in repr(held)
