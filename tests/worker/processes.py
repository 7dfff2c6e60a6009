"""`cdp` as real processes, and what may happen to them."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cdp.platform import Platform
from cdp.store import jobs, links, records, sources
from cdp.work import watch

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0


def wait_for(condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Wait until it holds; fail if it never does."""
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, "waited in vain"
        time.sleep(0.05)


def start(
    environment: dict[str, str], arguments: Sequence[str], cwd: Path
) -> subprocess.Popen[str]:
    """`cdp` with these arguments."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CDP_")}
    kept.pop("COVERAGE_PROCESS_CONFIG", None)  # what is killed hands nothing in
    return subprocess.Popen(
        [sys.executable, "-c", "from cdp.cli import main; main()", *arguments],
        env={**kept, **environment, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def running(
    environment: dict[str, str], *arguments: str, cwd: Path
) -> Iterator[subprocess.Popen[str]]:
    """The same, and certainly ended afterwards."""
    process = start(environment, arguments, cwd)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def handles(process: subprocess.Popen[str], number: int) -> bool:
    """Whether it takes this signal by now; before, a signal just ends it. On Linux."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    (caught,) = (line for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught.split()[1], 16) >> (number - 1) & 1)


def open_jobs(platform: Platform, kind: str = jobs.REFRESH) -> int:
    """Jobs of a kind that nobody has done."""
    with platform.read() as tx:
        return jobs.waiting(tx.main, platform.workspace, kind)


def held(platform: Platform) -> dict[str, Any]:
    """Records by stream, profiles, what waits, what is in trouble."""
    with platform.read() as tx:
        streams = {stream.id: stream.name for stream in sources.streams_of(tx.main, tx.workspace)}
        counts = sources.count_records(tx.main, tx.workspace)
        found: dict[str, Any] = {
            "records": {streams[stream]: count for stream, count in counts.items()},
            "profiles": links.count(tx.main, tx.workspace),
            "waiting": records.pending_ids(tx.main, tx.workspace, 10),
            "refresh": jobs.waiting(tx.main, tx.workspace, jobs.REFRESH),
        }
    seen = watch(platform)
    return found | {"dead": seen.dead, "outbox": seen.outbox}


def more_customers(path: Path, count: int, label: str) -> None:
    """Append so many new people to the file of the CRM."""
    header, row, *_ = path.read_text("utf-8").splitlines()
    columns = header.split(",")
    values = dict(zip(columns, row.split(","), strict=True))
    lines = []
    for number in range(count):
        changed = {
            "entry_no": f"E-{label}-{number}",
            "customer_no": f"K-{label}-{number}",
            "email": f"{label}.{number}@example.org",
            "phone": "",
            "first_name": f"Vorname{label}{number}",
            "surname": f"Name{label}{number}",
        }
        lines.append(",".join({**values, **changed}[column] for column in columns))
    with path.open("a", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
