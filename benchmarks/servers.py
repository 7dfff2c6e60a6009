"""Two servers of the same kind: the platform as `cdp serve` runs it, and the bare endpoint.

Both are granian with one worker process and as many threads. `python -m benchmarks.servers` is
told on its standard input which one to be; it ends on SIGTERM.
"""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from benchmarks import bare
from cdp.settings import Settings
from cdp.web import serving

PATIENCE_SECONDS: Final = 60
ROOT: Final = Path(__file__).resolve().parents[1]


@contextmanager
def running(what: dict[str, Any]) -> Iterator[int]:
    """A server in a process of its own; yields its port once it listens there."""
    port = _free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.servers"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        if process.stdin is None:
            raise RuntimeError("the server has no standard input")
        process.stdin.write(json.dumps({**what, "port": port}).encode())
        process.stdin.close()
        _wait_for(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def continuum(environment: dict[str, str]) -> dict[str, Any]:
    """The platform of these settings."""
    return {"settings": environment}


def endpoint(store: bare.Store) -> dict[str, Any]:
    """The bare endpoint on this store."""
    return {"bare": [store.kind, store.url]}


def main() -> None:
    """Be the server that standard input asks for."""
    asked = json.load(sys.stdin)
    if "settings" in asked:
        settings = {**asked["settings"], "CDP_PORT": str(asked["port"])}
        serving.serve(Settings.load(settings, Path(settings["CDP_DATA_DIR"])))
        return
    server = Server(
        "bare",
        address="127.0.0.1",
        port=asked["port"],
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=serving.THREADS,
        websockets=False,
        log_level=LogLevels.error,
    )
    server.serve(target_loader=partial(bare.application, *asked["bare"]), wrap_loader=False)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + PATIENCE_SECONDS
    while process.poll() is None and time.monotonic() < ends:
        with socket.socket() as trial:
            if trial.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("a server did not start")


if __name__ == "__main__":
    main()
