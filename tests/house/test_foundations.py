"""Clock, ids, canonical JSON, logs and errors: small things everything else stands on."""

import io
import json
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp import canonical, clock, ids, logs, metrics
from cdp.errors import Misconfigured, NotFound, ProfileSplit, Refused, TryAgain

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def test_now_is_utc_and_in_whole_milliseconds() -> None:
    moment = clock.now()

    assert moment.tzinfo is UTC
    assert moment.microsecond % 1000 == 0


def test_an_instant_without_its_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        clock.instant("2026-03-01T09:00:00")


@pytest.mark.parametrize("far", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"])
def test_an_instant_that_utc_cannot_write_is_refused(far: str) -> None:
    with pytest.raises(ValueError, match="years 1 to 9999"):
        clock.instant(far)


@given(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30))])))
def test_instants_survive_their_text(moment: datetime) -> None:
    cut = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    try:
        written = clock.text(cut)
    except OverflowError:  # the first and last days of the calendar have no UTC
        return

    assert clock.instant(written) == cut
    assert written.endswith("Z")


@given(moment=st.datetimes(timezones=st.timezones() | st.just(UTC)))
def test_an_instant_is_written_as_the_standard_library_would(moment: datetime) -> None:
    try:
        utc = moment.astimezone(UTC)
    except OverflowError:
        return

    assert clock.text(utc) == utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert clock.text(moment) == clock.text(utc)


def test_ids_sort_by_the_moment_they_were_minted_at() -> None:
    early, late = ids.new_id(1_000), ids.new_id(1_001)

    assert early < late
    assert early.version == 7
    assert len({ids.new_id(5) for _ in range(1000)}) == 1000


@given(st.binary(min_size=16, max_size=32))
def test_a_keyed_id_is_the_same_for_the_same_mac(mac: bytes) -> None:
    made = ids.keyed_id(mac)

    assert made == ids.keyed_id(mac)
    assert (made.int >> 76) & 0xF == 8
    assert made.variant == UUID(int=0x8 << 60).variant


@given(JSON)
def test_canonical_json_is_one_form_of_the_same_value(value: object) -> None:
    written = canonical.canonical(value)

    assert canonical.canonical(json.loads(written)) == written
    assert b"\n" not in written


def test_canonical_json_holds_no_floats() -> None:
    with pytest.raises(TypeError, match="float"):
        canonical.canonical({"a": [1.5]})
    assert canonical.digest({"b": 1, "a": 2}) == canonical.digest({"a": 2, "b": 1})


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_log_line_has_no_place_for_what_is_not_on_the_list(form: str) -> None:
    stream = io.StringIO()
    logs.configure("debug", form, stream)

    logs.get("tests").info("profile read", profile_id="01a2", email="ada@example.org", count=3)

    written = stream.getvalue()
    assert "ada@example.org" not in written
    assert "log_fields_dropped" in written
    assert "01a2" in written


def test_lines_below_the_level_are_not_written() -> None:
    stream = io.StringIO()
    logs.configure("warning", "json", stream)

    logs.get("tests").info("quiet")
    logs.get("tests").warning("loud")

    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["loud"]


def test_metrics_are_served_as_text() -> None:
    assert b"cdp_drift_forbidden" in metrics.exposition()


def test_errors_say_by_their_kind_what_the_caller_can_do() -> None:
    assert issubclass(NotFound, Refused)
    assert Refused("x").reason == "refused"
    assert TryAgain("x", reason="store_busy").reason == "store_busy"
    assert Misconfigured("x").reason == "misconfigured"
    two = [ids.new_id(2), ids.new_id(1)]
    assert ProfileSplit(two).current == sorted(map(str, two))
