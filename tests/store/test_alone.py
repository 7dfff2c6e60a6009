"""One reads a stream at a time; the hold ends with whoever has it, however that ends."""

import multiprocessing
import time
from contextlib import ExitStack
from multiprocessing.connection import Connection
from pathlib import Path
from uuid import UUID

import pytest

from benchmarks import processes, stage
from cdp.errors import Refused
from cdp.ids import new_id
from cdp.store.alone import reading_alone
from cdp.store.tx import Stores


def test_a_stream_is_held_by_one_and_let_go_of(
    stores: tuple[Stores, UUID], place: stage.Place
) -> None:
    opened, other = stores[0], place.open()
    stream = new_id()

    with reading_alone(opened.main, stream):
        with pytest.raises(Refused, match="cdp source runs") as refusal, ExitStack() as held:
            held.enter_context(reading_alone(other.main, stream))
        with reading_alone(other.main, new_id()):
            pass

    assert refusal.value.reason == "already_running"
    with reading_alone(other.main, stream):
        pass
    if opened.main.sqlite:
        assert not list(Path(str(opened.main.url.database)).parent.glob("*-reading-*"))
    other.close()


def test_whoever_is_killed_holds_nothing(stores: tuple[Stores, UUID], place: stage.Place) -> None:
    stream, (here, there) = new_id(), multiprocessing.Pipe()
    holder = processes.context().Process(target=hold, args=(place, stream, there))
    holder.start()
    assert here.recv() == "held"

    processes.end(holder)

    with reading_alone(stores[0].main, stream):
        pass


def hold(place: stage.Place, stream: UUID, pipe: Connection) -> None:
    """Hold it until killed."""
    with reading_alone(place.open().main, stream):
        pipe.send("held")
        time.sleep(processes.PATIENCE_SECONDS)
