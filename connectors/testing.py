"""The suite every connector inherits: one subclass, one fixture, and the contract is tested.

    class TestMyConnector(ConnectorSuite):
        @pytest.fixture
        def source(self, tmp_path: Path) -> SourceUnderTest:
            return MySource(tmp_path)

`SourceUnderTest` is the real thing on a small scale: a file, a recorded server, a process. Its
configuration should write a `State` every few messages, so that there is something to go on from.
Where a source cannot do something (a log in which nothing changes), its method calls `pytest.skip`.
"""

# ruff: noqa: S101, PLR2004 - these are tests, kept here so that connectors elsewhere inherit them

import json
import tracemalloc
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence

import pytest

from connectors.base import (
    Connector,
    Delete,
    JsonObject,
    Message,
    Refreshed,
    Refreshing,
    Rereader,
    SourceMisconfigured,
    State,
    Unreadable,
)
from connectors.registry import check_config

_ROWS = 40
_MANY = 2000
_SLACK_BYTES = 256 * 1024


class SourceUnderTest(ABC):
    """A source the test can write to. It begins with at least one readable row."""

    connector: Connector
    config: JsonObject
    stream: str
    personal: Sequence[str]
    """Texts that stand in the rows' values and may stand in no repr and no error."""
    comes_again = False
    """Whether every reading brings everything again: a full refresh that knows no better."""

    @abstractmethod
    def append(self, count: int) -> None:
        """Add so many readable rows."""

    @abstractmethod
    def change_one(self) -> str:
        """Change a row that is there already (not the last); its key."""

    @abstractmethod
    def add_unreadable(self) -> None:
        """Add one thing that cannot be read, at the end."""

    def remove_one(self) -> str:
        """Take a row away (not the last); its key. Only for sources that say what is gone."""
        pytest.skip("this source does not say what is gone")

    @abstractmethod
    def bad_configs(self) -> Iterable[tuple[JsonObject, str]]:
        """Configurations that must be refused, each with the path of the faulty field."""

    def read(self, state: JsonObject | None = None) -> list[Message]:
        """All messages since the state."""
        return list(self.connector.read(self.config, self.stream, state))


class ConnectorSuite(ABC):
    """The contract of `connectors.base` as tests."""

    @pytest.fixture
    @abstractmethod
    def source(self) -> SourceUnderTest:
        """The source to test."""

    def test_the_stream_is_among_the_streams_of_the_configuration(
        self, source: SourceUnderTest
    ) -> None:
        check_config(source.connector, source.config)

        named = {stream.name: stream for stream in source.connector.streams(source.config)}

        assert named[source.stream].key

    def test_reading_twice_gives_the_same_messages(self, source: SourceUnderTest) -> None:
        source.append(_ROWS)

        assert source.read() == source.read()

    def test_a_reader_killed_after_any_message_goes_on_from_the_last_state(
        self, source: SourceUnderTest
    ) -> None:
        source.append(_ROWS)
        source.add_unreadable()
        source.append(_ROWS)
        whole = source.read()
        committed = [place for place, message in enumerate(whole) if isinstance(message, State)]
        if source.comes_again:
            committed.pop()  # everything was read; what comes next is the next reading

        for place in committed:
            rest = source.read(_stored(whole[place]))

            assert facts(whole[: place + 1]) + facts(rest) == facts(whole)
        assert len(committed) > 1 + (not source.comes_again), (
            "let the configuration write a state every few messages"
        )

    def test_nothing_comes_again_that_did_not_change(self, source: SourceUnderTest) -> None:
        source.append(_ROWS)
        state = _stored(source.read()[-1])

        again = source.read(state)

        assert facts(again) == (facts(source.read()) if source.comes_again else [])
        assert _stored(again[-1]) == state

    def test_what_was_appended_comes_and_every_new_row_is_among_it(
        self, source: SourceUnderTest
    ) -> None:
        source.append(_ROWS)
        before = source.read()
        source.append(3)

        after = source.read(_stored(before[-1]))

        assert len(_keys(source.read()) - _keys(before)) == 3
        assert _keys(source.read()) - _keys(before) <= _keys(after)

    def test_a_changed_row_comes_again(self, source: SourceUnderTest) -> None:
        source.append(_ROWS)
        before = source.read()
        key = source.change_one()

        after = source.read(_stored(before[-1]))

        changed = [message for message in facts(after) if _key(message) == key]
        assert changed
        assert changed[-1] not in before

    def test_an_unreadable_row_does_not_stop_the_stream(self, source: SourceUnderTest) -> None:
        source.append(2)
        before = source.read()
        source.add_unreadable()
        source.append(2)

        after = source.read()

        broken = [message for message in after if isinstance(message, Unreadable)]
        assert [bool(message.reason and message.raw) for message in broken] == [True]
        assert len(_keys(after)) == len(_keys(before)) + 2

    def test_what_could_not_be_read_is_read_again_from_its_bytes(
        self, source: SourceUnderTest
    ) -> None:
        if not isinstance(source.connector, Rereader):
            pytest.skip("this connector cannot read bytes again")
        source.add_unreadable()
        (broken,) = [message for message in source.read() if isinstance(message, Unreadable)]

        again = source.connector.reread(source.config, broken)

        assert isinstance(again, Unreadable), "nothing changed, so nothing is understood now"
        assert (again.stream, again.position, again.raw) == (
            source.stream,
            broken.position,
            broken.raw,
        )

    def test_a_full_refresh_is_framed_and_everything_is_in_the_frame(
        self, source: SourceUnderTest
    ) -> None:
        source.append(_ROWS)
        before = source.read()
        gone = source.remove_one()

        after = source.read(_stored(before[-1]))

        frame = [type(message) for message in facts(after)]
        assert frame.count(Refreshing) == frame.count(Refreshed) == 1
        start, end = frame.index(Refreshing), frame.index(Refreshed)
        assert _keys(facts(after)[start:end]) == _keys(before) - {gone}

    def test_a_full_refresh_that_was_interrupted_ends_as_one(self, source: SourceUnderTest) -> None:
        source.append(_ROWS)
        before = source.read()
        source.remove_one()
        whole = source.read(_stored(before[-1]))
        states = [place for place, message in enumerate(whole[:-1]) if isinstance(message, State)]

        for place in states:
            rest = source.read(_stored(whole[place]))

            assert Refreshing not in {type(message) for message in rest}
            assert Refreshed in {type(message) for message in rest}
            assert _keys(whole[:place]) | _keys(rest) == _keys(whole)

    def test_keys_are_texts_that_are_not_empty(self, source: SourceUnderTest) -> None:
        source.append(_ROWS)

        for message in facts(source.read()):
            if isinstance(message, _UNKEYED):
                continue
            key = _key(message)
            assert isinstance(key, str)
            assert key.strip()

    def test_data_and_states_are_plain_json(self, source: SourceUnderTest) -> None:
        source.append(_ROWS)

        for message in source.read():
            value = message.value if isinstance(message, State) else getattr(message, "data", {})
            assert json.loads(json.dumps(value, allow_nan=False)) == value

    def test_no_repr_shows_a_value(self, source: SourceUnderTest) -> None:
        source.append(_ROWS)
        source.add_unreadable()
        messages = source.read()

        held = "".join(str(getattr(message, "data", "")) for message in messages)
        shown = "".join(repr(message) for message in messages)

        for text in source.personal:
            assert text in held
            assert text not in shown

    def test_a_bad_configuration_is_refused_by_the_name_of_its_field(
        self, source: SourceUnderTest
    ) -> None:
        for config, path in source.bad_configs():
            with pytest.raises(SourceMisconfigured) as refusal:
                _refused(source.connector, config)

            assert path in str(refusal.value)
            for text in source.personal:
                assert text not in str(refusal.value)

    def test_another_stream_than_those_offered_is_refused(self, source: SourceUnderTest) -> None:
        with pytest.raises(SourceMisconfigured):
            list(source.connector.read(source.config, "no_such_stream", None))

    def test_memory_stays_flat_however_long_the_source(self, source: SourceUnderTest) -> None:
        source.append(_MANY)
        peak = _peak(source)
        source.append(3 * _MANY)

        assert _peak(source) < peak + _SLACK_BYTES


def facts(messages: Iterable[Message]) -> list[Message]:
    """All messages but the states."""
    return [message for message in messages if not isinstance(message, State)]


def _stored(message: Message) -> JsonObject:
    """The value of a state, as it comes back from where it was kept."""
    assert isinstance(message, State), "a stream ends with a state"
    value: JsonObject = json.loads(json.dumps(message.value))
    return value


_UNKEYED = (State, Unreadable, Refreshing, Refreshed)


def _key(message: Message) -> str | None:
    return None if isinstance(message, _UNKEYED) else message.key


def _keys(messages: Iterable[Message]) -> set[str]:
    """What identifies a fact: the event's or line's own id, else the record's key."""
    named = (message for message in messages if not isinstance(message, (*_UNKEYED, Delete)))
    return {str(getattr(message, "id", message.key)) for message in named}


def _refused(connector: Connector, config: JsonObject) -> None:
    check_config(connector, config)
    connector.streams(config)


def _peak(source: SourceUnderTest) -> int:
    """The most bytes Python held while the stream was drained."""
    tracemalloc.start()
    try:
        for _ in source.connector.read(source.config, source.stream, None):
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
