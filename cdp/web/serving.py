"""Serving: one process that answers requests and, in a thread, does the work behind them.

`serve` runs granian: one worker process with some blocking threads. `application` is
what any WSGI server can run (see `wsgi.py`). Either way the stores are brought back into step
before the first request is answered, and the background worker stops with the process. It can be
killed at any instant: jobs are leased, and whoever comes next takes them up.
"""

import time
from functools import partial
from multiprocessing import util
from threading import Event, Thread
from typing import Final

from flask import Flask
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from cdp import clock, logs, work
from cdp.errors import ContinuumError
from cdp.platform import Platform
from cdp.settings import Settings
from cdp.web import create_app

IDLE_SECONDS: Final = 0.5
SWEEP_SECONDS: Final = 30.0
LONGEST_PAUSE: Final = 30.0
STOP_SECONDS: Final = 10
THREADS: Final = 16
_STOP_FIRST: Final = 100
_WORKER: Final = "continuum.worker"
_log = logs.get("worker")


class Worker:
    """Builds views as they are asked for, and sweeps; one thread, started and stopped once."""

    def __init__(self, platform: Platform, *, sweep_seconds: float = SWEEP_SECONDS) -> None:
        self.platform = platform
        self._sweep_seconds = sweep_seconds
        self._swept: float | None = None
        self.failures = 0
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="continuum-worker", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the unit of work at hand; returns when it has."""
        self._stopping.set()
        self.platform.work_waits.set()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)

    @property
    def alive(self) -> bool:
        """It is at work."""
        return self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self.platform.work_waits.clear()
            try:
                self._round()
                self.failures = 0
            except Exception as error:  # noqa: BLE001 - the edge of the worker
                self._failed(error)
            self._pause()

    def _round(self) -> None:
        while not self._stopping.is_set() and work.refresh_some(self.platform).profiles:
            pass
        now = time.monotonic()
        if self._swept is None or now - self._swept >= self._sweep_seconds:
            work.sweep(self.platform)
            self._swept = now

    def _failed(self, error: Exception) -> None:
        self.failures += 1
        _log.error(
            "background work failed",
            error_kind=type(error).__name__,
            reason=error.reason if isinstance(error, ContinuumError) else "internal",
            attempts=self.failures,
        )

    def _pause(self) -> None:
        if self.failures:
            self._stopping.wait(min(LONGEST_PAUSE, IDLE_SECONDS * 2 ** min(self.failures, 6)))
        else:
            self.platform.work_waits.wait(IDLE_SECONDS)


def application(settings: Settings) -> Flask:
    """A recovered platform as a WSGI application, with its worker, until the process ends.

    Raises:
        Misconfigured, TryAgain: as `Platform.open`; nothing is served then.
    """
    logs.configure(settings.log_level, settings.log_format)
    platform = Platform.open(settings)
    platform.recover(clock.now())
    app = create_app(platform)
    app.extensions[_WORKER] = worker = Worker(platform)
    worker.start()
    # Runs at the end of this process, be it an interpreter of its own or granian's child.
    util.Finalize(None, stop, args=(app,), exitpriority=_STOP_FIRST)
    return app


def stop(app: Flask) -> None:
    """End the worker of an `application` and close its connections; harmless to repeat."""
    worker: Worker = app.extensions[_WORKER]
    worker.stop()
    worker.platform.close()


def serve(settings: Settings) -> None:
    """Serve on the host and port of the settings until a signal says stop.

    Raises:
        Misconfigured, TryAgain: as `Platform.open`; nothing is started then.
    """
    # What is wrong with the installation is said here, not in the log of a child.
    Platform.open(settings).close()
    server = Server(
        "continuum",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=THREADS,
        websockets=False,
        log_level=LogLevels.error,
        workers_kill_timeout=STOP_SECONDS,
    )
    server.serve(target_loader=partial(application, settings), wrap_loader=False)
