"""Callers that keep their connection and ask again as soon as they are answered."""

import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from uuid import UUID

import orjson

WANTED = {"purpose": "service", "channel": "chat"}


@dataclass(frozen=True)
class Load:
    """What came back: how long each answer took, in seconds, and how long all of it."""

    took: tuple[float, ...] = field(repr=False)
    seconds: float

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.took) / self.seconds


def context_requests(port: int, key: str, profiles: Sequence[UUID]) -> list[bytes]:
    """One ready request for the context of each profile."""
    body = orjson.dumps(WANTED)
    return [
        (
            f"POST /v1/profiles/{profile}/context HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            f"Authorization: Bearer {key}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        ).encode()
        + body
        for profile in profiles
    ]


def press(port: int, requests: Sequence[bytes], callers: int, seconds: float) -> Load:
    """So many callers at once for so long.

    Raises:
        RuntimeError: an answer was not 200.
    """
    took: list[list[float]] = [[] for _ in range(callers)]
    failed: list[bytes] = []
    barrier = threading.Barrier(callers + 1)

    def call(number: int) -> None:
        with socket.create_connection(("127.0.0.1", port)) as line:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            _ask(line, requests[number % len(requests)])
            barrier.wait()
            ends = time.perf_counter() + seconds
            for wanted in islice(cycle(requests), number, None):
                begun = time.perf_counter()
                if begun >= ends:
                    return
                status = _ask(line, wanted)
                took[number].append(time.perf_counter() - begun)
                if status != b"200":
                    failed.append(status)
                    return

    threads = [threading.Thread(target=call, args=(number,)) for number in range(callers)]
    for thread in threads:
        thread.start()
    barrier.wait()
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    spent = time.perf_counter() - begun
    if failed:
        raise RuntimeError(f"an answer was {failed[0].decode()}")
    return Load(tuple(each for one in took for each in one), spent)


def _ask(line: socket.socket, wanted: bytes) -> bytes:
    """The status of one answer, read to its end."""
    line.sendall(wanted)
    found = b""
    while (split := found.find(b"\r\n\r\n")) < 0:
        found += _more(line)
    head = found[:split].lower()
    length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
    missing = split + 4 + length - len(found)
    while missing > 0:
        missing -= len(_more(line))
    return found[9:12]


def _more(line: socket.socket) -> bytes:
    part = line.recv(1 << 16)
    if not part:
        raise RuntimeError("the server hung up")
    return part
