"""Serving: one process that answers requests and, unless told not to, does the work behind them.

`serve` runs granian: one worker process with some blocking threads. `application` is
what any WSGI server can run (see `wsgi.py`). Either way the stores are brought back into step
before the first request is answered, and the background worker (`cdp.worker`) stops with the
process, which can be killed at any instant.
"""

from functools import partial
from multiprocessing import util
from typing import Final

from flask import Flask
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from cdp import clock, logs
from cdp.platform import Platform
from cdp.settings import Settings
from cdp.web import create_app
from cdp.worker import STOP_SECONDS, Worker

THREADS: Final = 16
_STOP_FIRST: Final = 100
_WORKER: Final = "continuum.worker"


def application(settings: Settings, *, worker: bool = True) -> Flask:
    """A recovered platform as a WSGI application, with its worker, until the process ends.

    `worker=False` leaves the background work to `cdp worker`.

    Raises:
        Misconfigured, TryAgain: as `Platform.open`; nothing is served then.
    """
    logs.configure(settings.log_level, settings.log_format)
    platform = Platform.open(settings)
    platform.recover(clock.now())
    app = create_app(platform)
    app.extensions[_WORKER] = background = Worker(platform)
    if worker:
        background.start()
    # Runs at the end of this process, be it an interpreter of its own or granian's child.
    util.Finalize(None, stop, args=(app,), exitpriority=_STOP_FIRST)
    return app


def stop(app: Flask) -> None:
    """End the worker of an `application` and close its connections; harmless to repeat."""
    background: Worker = app.extensions[_WORKER]
    background.stop()
    background.platform.close()


def serve(settings: Settings, *, worker: bool = True) -> None:
    """Serve on the host and port of the settings until a signal says stop.

    One process: the limits of clients are counted in it. `worker` as for `application`.

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
    server.serve(target_loader=partial(application, settings, worker=worker), wrap_loader=False)
