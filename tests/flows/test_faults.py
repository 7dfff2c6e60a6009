"""What is broken says so, and says what to do; nothing is answered from a broken house."""

from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select, update

from cdp import clock, door, hearing, work
from cdp.errors import Misconfigured, TryAgain
from cdp.ids import new_id
from cdp.platform import Platform
from cdp.settings import Settings
from cdp.store import keys, records, sources
from cdp.store.database import Database
from cdp.store.rows import custody
from cdp.store.rows import views as rows
from cdp.store.tx import Stores
from tests.flows.seeding import PEOPLE, STAFF, Seeded


def reopen(environment: dict[str, str], **changes: str) -> Platform:
    return Platform.open(Settings.load({**environment, **changes}))


def key_files(seeded: Seeded, role: str) -> list[Path]:
    folder = seeded.platform.settings.keys_dir / str(seeded.platform.workspace) / role
    return sorted(folder.glob("*.key"))


def test_a_missing_store_is_named_with_what_to_do(tmp_path: Path) -> None:
    settings = Settings.load({"CDP_DATA_DIR": str(tmp_path / "nothing")})

    with pytest.raises(Misconfigured, match="cdp init"):
        Platform.open(settings)
    assert not (tmp_path / "nothing").exists()


def test_a_workspace_that_is_not_there_is_not_made_by_asking(
    seeded: Seeded, environment: dict[str, str]
) -> None:
    assert seeded.profiles

    with pytest.raises(Misconfigured, match="no workspace nobody"):
        reopen(environment, CDP_WORKSPACE="nobody")


@pytest.mark.parametrize("role", ["intake", "intake-signing", "custody-public"])
def test_a_lost_key_stops_the_start(seeded: Seeded, environment: dict[str, str], role: str) -> None:
    for path in key_files(seeded, role):
        path.unlink()

    with pytest.raises(Misconfigured, match=role):
        reopen(environment)


def test_a_truncated_key_is_named_and_nothing_is_answered(
    seeded: Seeded, environment: dict[str, str]
) -> None:
    (path,) = key_files(seeded, "view.service")
    path.chmod(0o600)
    with path.open("r+b") as file:
        file.truncate(20)
    platform = reopen(environment)

    with pytest.raises(Misconfigured, match=r"view\.service"):
        door.profile(platform, STAFF, seeded.profiles["ada"], "service")
    platform.close()


def test_the_wrong_keys_open_nothing(seeded: Seeded, environment: dict[str, str]) -> None:
    other = Platform.create(
        Settings.load({**environment, "CDP_WORKSPACE": f"x-{new_id().hex[-12:]}"}), clock.now()
    )
    own = seeded.platform.settings.keys_dir / str(seeded.platform.workspace)
    foreign = seeded.platform.settings.keys_dir / str(other.workspace)
    other.close()
    own.rename(own.with_name("aside"))
    foreign.rename(own)

    def refresh() -> None:
        with closing(reopen(environment)) as platform:
            work.rebuild(platform)
            work.refresh_all(platform)

    with pytest.raises(Misconfigured, match="key"):
        refresh()


def test_a_broken_store_file_is_named(
    seeded: Seeded, environment: dict[str, str], backend: str
) -> None:
    if backend != "sqlite":
        return
    seeded.platform.close()
    path = Path(seeded.platform.settings.stores.main.removeprefix("sqlite:///"))
    for ending in ("-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 3)

    def ask() -> None:
        platform = reopen(environment)
        door.profile(platform, STAFF, seeded.profiles["ada"], "service")

    with pytest.raises(Misconfigured, match="main store"):
        ask()


def test_views_away_does_not_refuse_a_no_and_readers_obey_it(
    seeded: Seeded, backend: str, tmp_path: Path
) -> None:
    platform, ada = seeded.platform, seeded.profiles["ada"]
    whole = platform.stores
    away = (
        Database("views", f"sqlite:///{tmp_path}/away.sqlite3")
        if backend == "sqlite"
        else Database("views", "postgresql://nobody@127.0.0.1:1/nowhere")
    )
    platform.stores = Stores(whole.main, whole.custody, away)
    said = {"type": "withdrawn", "purposes": ["offers"], "channels": ["*"]}

    report, applied = hearing.record(
        platform, STAFF, ada, hearing.ConsentRequest(new_id(), "staff", said)
    )

    assert report.restriction
    assert not applied
    assert platform.outbox_pending() == 1
    platform.stores = whole
    assert door.profile(platform, STAFF, ada, "offers").decision["reason"] == "WITHDRAWN"
    work.sweep(platform)
    assert platform.outbox_pending() == 0
    away.close()


def test_custody_away_refuses_a_yes_and_takes_a_no(
    seeded: Seeded, backend: str, tmp_path: Path
) -> None:
    platform, ada = seeded.platform, seeded.profiles["ada"]
    whole = platform.stores
    away = (
        Database("custody", f"sqlite:///{tmp_path}/away.sqlite3")
        if backend == "sqlite"
        else Database("custody", "postgresql://nobody@127.0.0.1:1/nowhere")
    )
    platform.stores = Stores(whole.main, away, whole.views)
    said = {"purposes": ["offers"], "channels": ["email"], "notice": "privacy-2026"}
    yes = hearing.ConsentRequest(new_id(), "subject_auth", {**said, "type": "given"})
    no = hearing.ConsentRequest(new_id(), "staff", {**said, "type": "withdrawn"})

    with pytest.raises((Misconfigured, TryAgain)):
        hearing.record(platform, STAFF, ada, yes)
    _, applied = hearing.record(platform, STAFF, ada, no)

    assert not applied
    platform.stores = whole
    assert door.profile(platform, STAFF, ada, "offers").decision["reason"] == "WITHDRAWN"
    platform.recover(clock.now())
    assert platform.outbox_pending() == 0
    away.close()


def test_views_lost_altogether_fail_closed_and_are_rebuilt(seeded: Seeded) -> None:
    platform, ada = seeded.platform, seeded.profiles["ada"]
    with platform.publish() as tx:
        for table in rows.metadata.sorted_tables:
            tx.views.execute(table.delete().where(table.c.workspace_id == tx.workspace))

    with pytest.raises(TryAgain):
        door.profile(platform, STAFF, ada, "service")
    recovered = platform.recover(clock.now())
    work.refresh_all(platform)

    assert recovered.fences_raised > 0
    assert recovered.rebuilds_wanted == len(PEOPLE)
    assert door.profile(platform, STAFF, ada, "service").data is not None


def test_recovering_twice_changes_nothing(seeded: Seeded) -> None:
    seeded.platform.recover(clock.now())

    again = seeded.platform.recover(clock.now())

    assert (again.fences_raised, again.rebuilds_wanted, again.orphans_swept) == (0, 0, 0)
    assert again.outbox_applied


def break_a_record(platform: Platform, person: str) -> None:
    """One byte of everything the shop says of a person is not what it was."""
    email = door.Identifier("email", PEOPLE[person].email).normalised()
    custodian = platform.keyring.custodian()
    with platform.write() as tx:
        token = ("email", custodian.blind_index(*email))
        (held,) = keys.holders(tx.custody, tx.workspace, [token]).values()
        wrapped = custody.data_key.c.wrapped
        for record in held:
            mine = custody.data_key.c.record_id == record
            row = tx.custody.execute(select(custody.data_key).where(mine)).first()
            assert row is not None
            turned = bytes([*row.wrapped[:-1], row.wrapped[-1] ^ 1])
            tx.custody.execute(update(custody.data_key).where(mine).values({wrapped: turned}))
        records.mark_pending(tx.main, tx.workspace, held)


def test_a_record_that_does_not_open_holds_back_nobody_else(seeded: Seeded) -> None:
    platform = seeded.platform
    break_a_record(platform, "ben")
    with platform.write() as tx:
        for stream in sources.streams_of(tx.main, tx.workspace):
            records.mark_stream_pending(tx.main, tx.workspace, stream.id)

    report, _ = work.resolve_all(platform)
    work.rebuild(platform)
    refreshed = work.refresh_all(platform)

    assert report.unreadable == 2
    assert report.records == 2 * (len(PEOPLE) - 1)
    assert refreshed.profiles == len(PEOPLE)
    assert refreshed.built > 0
    assert door.profile(platform, STAFF, seeded.profiles["ada"], "service").data is not None
