"""The background worker, and the whole thing as processes of its own."""

import io
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import delete

from cdp import clock, logs, work
from cdp.errors import Misconfigured
from cdp.platform import Platform, open_stores
from cdp.settings import Settings
from cdp.store import jobs
from cdp.store.rows import views as rows
from cdp.web.serving import application, serve, stop
from cdp.worker import Worker
from tests.flows.seeding import PEOPLE, Seeded
from tests.web.builders import Desk, add_client, email, path_of

ROOT = Path(__file__).parents[2]
PATIENCE = 30.0
WITHDRAWAL = {"type": "withdrawn", "purposes": ["offers"], "source": "subject_auth"}


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until it holds; fail if it never does."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def waiting(platform: Platform) -> int:
    """Build jobs that nobody has done."""
    with platform.read() as tx:
        return jobs.waiting(tx.main, platform.workspace, jobs.REFRESH)


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What is logged."""
    stream = io.StringIO()
    logs.configure("info", "json", stream)
    yield stream
    logs.configure("warning", "json")


def test_the_worker_builds_what_a_withdrawal_took_down(seeded: Seeded) -> None:
    desk, ada, platform = Desk.of(seeded.platform), seeded.profiles["ada"], seeded.platform
    worker = Worker(platform)
    worker.start()
    try:
        wait_for(lambda: waiting(platform) == 0)

        assert desk.post(path_of(ada, "/consents"), WITHDRAWAL).status_code == 200

        wait_for(lambda: waiting(platform) == 0)
        assert desk.get(path_of(ada, "?purpose=service")).status_code == 200
        assert worker.alive
    finally:
        worker.stop()
    assert not worker.alive


def test_the_worker_stops_without_having_been_started(platform: Platform) -> None:
    Worker(platform).stop()


def test_the_worker_goes_on_after_a_store_was_away(
    environment: dict[str, str], platform: Platform, lines: io.StringIO
) -> None:
    settings = Settings.load(
        {**environment, "CDP_VIEWS_URL": "postgresql://nobody@127.0.0.1:9/nowhere"}
    )
    crippled = Platform(settings, open_stores(settings), platform.workspace)
    worker = Worker(crippled)
    worker.start()
    try:
        wait_for(lambda: "background work failed" in lines.getvalue())
        assert worker.alive
        crippled.stores.views.close()
        crippled.stores.views = platform.stores.views

        crippled.work_waits.set()

        wait_for(lambda: worker.failures == 0)
    finally:
        worker.stop()
        crippled.close()
    failed = json.loads(lines.getvalue().splitlines()[0])
    assert failed["error_kind"] == "TryAgain"
    assert failed["reason"] == "store_away"
    assert "127.0.0.1" not in lines.getvalue()


def test_the_application_recovers_before_it_serves(
    environment: dict[str, str], seeded: Seeded
) -> None:
    platform = seeded.platform
    with platform.publish() as tx:  # as PostgreSQL leaves unlogged tables after a crash
        for table in (rows.lookup, rows.view_source, rows.sealed_view, rows.slot, rows.alive):
            tx.views.execute(delete(table).where(table.c.workspace_id == platform.workspace))

    app = application(Settings.load(environment))

    try:
        desk = Desk(app, add_client(platform))
        wait_for(lambda: waiting(platform) == 0)
        body = {"purpose": "service", "identifiers": [email(PEOPLE["ada"].email)]}
        answered = desk.post("/v1/profiles/resolve", body)
        assert answered.get_json() == {"profiles": [str(seeded.profiles["ada"])]}
    finally:
        stop(app)


def test_an_application_may_leave_the_work_to_others(
    environment: dict[str, str], seeded: Seeded
) -> None:
    platform = seeded.platform
    platform.recover(clock.now())
    work.refresh_all(platform)
    with platform.write() as tx:
        current = [seeded.profiles["ada"]]
        jobs.want(tx.main, platform.workspace, jobs.REFRESH, current, clock.now())
    before = waiting(platform)

    app = application(Settings.load(environment), worker=False)

    try:
        assert "continuum-worker" not in {thread.name for thread in threading.enumerate()}
        assert Desk(app, add_client(platform)).get("/health/ready").status_code == 200
        text = Desk(app, "").without_key().get("/metrics").text
        assert f'cdp_jobs{{kind="refresh_views",state="waiting"}} {before}.0' in text
    finally:
        stop(app)
    assert waiting(platform) == before > 0


def test_an_installation_that_is_not_there_is_refused_before_anything_starts(
    tmp_path: Path,
) -> None:
    settings = Settings.load({"CDP_DATA_DIR": str(tmp_path / "nothing")})

    with pytest.raises(Misconfigured, match="cdp init"):
        serve(settings)
    with pytest.raises(Misconfigured, match="cdp init"):
        application(settings)


@contextmanager
def process(environment: dict[str, str], code: str, cwd: Path) -> Iterator[subprocess.Popen[str]]:
    """Python code running as a process."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CDP_")}
    started = subprocess.Popen(
        [sys.executable, "-c", code],
        env={**kept, **environment, "PYTHONPATH": str(ROOT)},
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield started
    finally:
        if started.poll() is None:
            started.kill()
        started.communicate()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@pytest.mark.slow
def test_a_real_server_answers_works_in_the_background_and_stops(
    environment: dict[str, str], seeded: Seeded, tmp_path: Path
) -> None:
    key, port, ada = add_client(seeded.platform), free_port(), seeded.profiles["ada"]
    base = f"http://127.0.0.1:{port}"
    code = "from cdp.settings import Settings; from cdp.web.serving import serve; "
    code += "serve(Settings.load())"

    def call(path: str, body: Any = None) -> tuple[int, dict[str, Any]]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 - our own server
            base + path,
            data=data,
            headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read())
        except urllib.error.URLError:
            return 0, {}

    with process({**environment, "CDP_PORT": str(port)}, code, tmp_path) as server:
        wait_for(lambda: server.poll() is None and call("/health/ready")[0] == 200)
        wanted = {"purpose": "service", "identifiers": [email(PEOPLE["ada"].email)]}
        assert call("/v1/profiles/resolve", wanted) == (200, {"profiles": [str(ada)]})
        assert call(f"/v1/profiles/{uuid4()}?purpose=service")[0] == 404
        assert call("/v1/profiles/resolve", "x" * (2 << 20))[0] == 413

        status, recorded = call(path_of(ada, "/consents"), WITHDRAWAL)

        assert (status, recorded["key_destroyed"]) == (200, True)
        wait_for(lambda: call(path_of(ada, "?purpose=service"))[0] == 200)
        assert call(path_of(ada, "?purpose=offers"))[1]["data"] is None
        server.send_signal(signal.SIGTERM)
        out, err = server.communicate(timeout=PATIENCE)
        assert server.returncode == 0, err
        assert not any(value in out + err for value in PEOPLE["ada"].values)


@pytest.mark.slow
def test_any_wsgi_server_can_run_it_and_its_worker_ends_with_the_process(
    environment: dict[str, str], seeded: Seeded, tmp_path: Path
) -> None:
    code = (
        "import threading, wsgi; "
        "print(wsgi.app.test_client().get('/health/ready').status_code, "
        "[t.name for t in threading.enumerate() if t.name == 'continuum-worker'])"
    )

    with process(environment, code, tmp_path) as run:
        out, err = run.communicate(timeout=PATIENCE)

    assert run.returncode == 0, err
    assert out.split() == ["200", "['continuum-worker']"]
    assert "Traceback" not in err
