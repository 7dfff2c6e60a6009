"""Full refreshes: what did not come is gone, unless that is not certain."""

import json
from pathlib import Path
from typing import Any

import pytest

from cdp import clock, work
from cdp.errors import Refused
from cdp.flows.add_source import NewSource, add_source
from cdp.flows.delete_unseen import delete_unseen
from cdp.flows.land import land
from cdp.platform import Platform
from cdp.store import runs, sources
from connectors import registry
from connectors.base import Consent, Message, Record, Refreshed, Refreshing, State, Unreadable
from tests.flows.streams import add_stream, land_all, record_ids


def rows(*keys: object) -> list[Message]:
    return [Record("people", str(key), {"no": str(key)}, "line") for key in keys]


def place_of(platform: Platform, stream: sources.Stream) -> sources.Place:
    with platform.write() as tx:
        return sources.lock_stream(tx.main, stream.id)


def end(platform: Platform, stream: sources.Stream, *, at_most: float = 0.5) -> tuple[int, int]:
    """A refresh ends: (deleted, kept)."""
    deleted = kept = 0
    while True:
        with platform.write() as tx:
            since = sources.lock_stream(tx.main, stream.id)
            intake, now = platform.keyring.intake(), clock.now()
            done = delete_unseen(tx, intake, stream, since, now, at_most=at_most, limit=2)
        deleted, kept = deleted + done.deleted, kept + done.kept
        if not done.deleted:
            return deleted, kept


def live(platform: Platform, stream: sources.Stream) -> int:
    with platform.read() as tx:
        return sources.count_records(tx.main, tx.workspace).get(stream.id, 0)


def test_what_a_refresh_does_not_bring_is_gone_and_may_come_back(platform: Platform) -> None:
    stream = add_stream(platform)
    land_all(platform, stream, [Refreshing("people"), *rows(*range(10))])
    assert end(platform, stream) == (0, 0)

    land_all(platform, stream, [Refreshing("people"), *rows(*range(7), "new")])
    first = end(platform, stream)
    back = land_all(platform, stream, [Refreshing("people"), *rows(*range(9), "new")])

    assert first == (3, 0)
    assert back.counts == {"unchanged": 8, "changed": 2}
    assert end(platform, stream) == (0, 0)
    assert live(platform, stream) == 10


def test_a_refresh_over_several_batches_ends_as_one(platform: Platform) -> None:
    stream = add_stream(platform)
    land_all(platform, stream, [Refreshing("people"), *rows(*range(10))])
    end(platform, stream)

    land_all(platform, stream, [Refreshing("people"), *rows(0, 1, 2), State("people", {"at": 3})])
    land_all(platform, stream, [*rows(3, 4, 5), State("people", {"at": 6})])

    assert end(platform, stream) == (4, 0)


def test_a_refresh_that_begins_anew_forgets_what_the_first_one_saw(platform: Platform) -> None:
    stream = add_stream(platform)
    land_all(platform, stream, [Refreshing("people"), *rows(*range(10))])
    end(platform, stream)

    land_all(platform, stream, [Refreshing("people"), *rows(*range(10))])
    land_all(platform, stream, [Refreshing("people"), *rows(*range(6))])

    assert end(platform, stream) == (4, 0)


def test_a_row_without_a_key_might_be_anybody_so_nobody_goes(platform: Platform) -> None:
    stream = add_stream(platform)
    flaw = Unreadable("people", "line 9", "bad_quote", b"?")
    land_all(platform, stream, [Refreshing("people"), *rows(*range(10))])
    end(platform, stream)

    land_all(platform, stream, [Refreshing("people"), *rows(*range(9)), flaw])

    assert end(platform, stream) == (0, 1)
    named = Unreadable("people", "line 9", "unsupported_type", b"?", key="9")
    land_all(platform, stream, [Refreshing("people"), *rows(*range(8)), named])
    assert end(platform, stream) == (1, 0)
    assert live(platform, stream) == 9


@pytest.mark.parametrize("left", [0, 4])
def test_too_many_at_once_are_not_taken_for_gone(platform: Platform, left: int) -> None:
    stream = add_stream(platform)
    land_all(platform, stream, [Refreshing("people"), *rows(*range(10))])
    end(platform, stream)
    land_all(platform, stream, [Refreshing("people"), *rows(*range(left))])

    with pytest.raises(Refused, match="--accept-deletes") as refusal:
        end(platform, stream)

    assert refusal.value.reason == "too_many_deletes"
    assert live(platform, stream) == 10
    assert end(platform, stream, at_most=1) == (10 - left, 0)


def test_records_that_only_events_named_are_never_taken_for_gone(platform: Platform) -> None:
    stream = add_stream(platform)
    land_all(platform, stream, [Refreshing("people"), *rows(1, 2)])
    consent: dict[str, Any] = {"type": "refused", "purposes": ["offers"]}
    land_all(platform, stream, [Consent("people", "visitor", "c1", consent, "line")])
    land_all(platform, stream, [Refreshing("people"), *rows(1, 2)])

    assert end(platform, stream) == (0, 0)


def test_two_readers_of_one_stream_stop_each_other(platform: Platform) -> None:
    stream = add_stream(platform)
    since = place_of(platform, stream)
    land_all(platform, stream, [Refreshing("people"), *rows(1)])

    for messages in (rows(2), [State("people", {"at": 1})]):
        intake = platform.keyring.intake()
        with pytest.raises(Refused) as refusal, platform.write() as tx:
            land(tx, intake, stream, messages, clock.now(), since=since)
        assert refusal.value.reason == "overtaken"
    intake = platform.keyring.intake()
    with pytest.raises(Refused), platform.write() as tx:
        delete_unseen(tx, intake, stream, since, clock.now(), at_most=1, limit=9)
    assert record_ids(platform, stream, ["2"]) == {}


def test_the_end_of_a_refresh_is_not_for_landing(platform: Platform) -> None:
    stream = add_stream(platform)

    with pytest.raises(ValueError, match="delete_unseen"):
        land_all(platform, stream, [Refreshed("people")])


def test_what_is_no_plain_json_is_kept_and_stops_nobody(platform: Platform) -> None:
    stream = add_stream(platform)
    odd: list[Message] = [
        Record("people", "half \ud800 a pair", {"no": "1"}, "line"),
        Record("people", "1", {"no": "\udfff"}, "line"),
        Record("people", "2", {"no": 1 << 70}, "line"),
        *rows("'; DROP TABLE record; --", "\0", "\u202eevil", "🧑‍🚀", "x" * 100_000),
    ]

    report = land_all(platform, stream, odd)

    assert report.counts == {"quarantined": 3, "new": 5}
    assert land_all(platform, stream, odd).counts == {"quarantined": 3, "unchanged": 5}


@pytest.fixture
def export(platform: Platform, tmp_path: Path) -> Path:
    """A source that is refreshed in full from a file, synced once."""
    path = tmp_path / "people.jsonl"
    write(path, range(20))
    config: dict[str, Any] = {
        "path": str(path),
        "stream": "people",
        "key": ["no"],
        "full_refresh": True,
        "state_every": 3,
    }
    with platform.write() as tx:
        new = NewSource(registry.find("jsonl"), "crm", config)
        add_source(tx, platform.keyring.intake(), new, clock.now())
    assert work.sync(platform, ["crm"]).landed["crm.people"].counts == {"new": 20}
    return path


def write(path: Path, numbers: Any) -> None:
    path.unlink(missing_ok=True)
    path.write_text("".join(json.dumps({"no": str(number)}) + "\n" for number in numbers))


def history(platform: Platform) -> list[tuple[str, str | None, dict[str, int]]]:
    """Status, reason and counts of every run, newest first."""
    with platform.read() as tx:
        found = runs.newest(tx.main, tx.workspace, 10)
    return [(run.status, run.reason, run.counts) for run in found]


def test_a_sync_takes_away_what_an_export_no_longer_has(platform: Platform, export: Path) -> None:
    write(export, range(15))

    report = work.sync(platform, ["crm"])

    assert report.landed["crm.people"].counts == {"unchanged": 15, "deleted": 5}
    assert history(platform)[0] == ("done", None, {"unchanged": 15, "deleted": 5})
    assert work.sync(platform, ["crm"]).landed["crm.people"].counts == {}


def test_an_empty_export_erases_nobody_until_somebody_says_so(
    platform: Platform, export: Path
) -> None:
    write(export, [])

    refused = work.sync(platform, ["crm"])
    again = work.sync(platform, ["crm"])

    assert "20 of 20 records" in refused.failed["crm.people"]
    assert again.failed == refused.failed
    assert history(platform)[0][:2] == ("failed", "too_many_deletes")
    accepted = work.sync(platform, ["crm"], accept_deletes=True)
    assert accepted.landed["crm.people"].counts == {"deleted": 20}


def test_an_export_that_is_whole_again_is_read_anew(platform: Platform, export: Path) -> None:
    write(export, range(3))
    assert work.sync(platform, ["crm"]).failed
    write(export, range(20))

    report = work.sync(platform, ["crm"], accept_deletes=True)

    assert report.landed["crm.people"].counts == {"unchanged": 20}


def test_an_export_that_is_gone_deletes_nobody(platform: Platform, export: Path) -> None:
    export.unlink()

    report = work.sync(platform, ["crm"], accept_deletes=True)

    assert "no such file" in report.failed["crm.people"]
    assert history(platform)[0] == ("failed", "no_such_file", {})
