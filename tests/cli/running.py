"""Runs commands in this process, as a shell would: arguments in; exit code, stdout, stderr out."""

import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from click.testing import CliRunner

from cdp.cli import cdp


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The answer of a command with `--json`."""
        return json.loads(self.out)

    @property
    def error(self) -> dict[str, str]:
        """The error of a command with `--json`."""
        found: dict[str, str] = json.loads(self.err)["error"]
        return found


@dataclass(frozen=True)
class Shell:
    """A working directory and settings; nothing of the real environment."""

    folder: Path
    environ: dict[str, str]

    def run(self, *arguments: object, typed: str = "") -> Done:
        """Run `cdp` with these arguments; `typed` is what stdin holds."""
        clean = {name: None for name in os.environ if name.startswith("CDP_")}
        with _logs_put_back(), _inside(self.folder):
            result = CliRunner().invoke(
                cdp,
                [str(argument) for argument in arguments],
                input=typed,
                env={**clean, **self.environ},
                prog_name="cdp",
            )
        return Done(result.exit_code, result.stdout, result.stderr)

    def good(self, *arguments: object, typed: str = "") -> Any:
        """Run with `--json`, expect success, and return the answer."""
        done = self.run(*arguments, "--json", typed=typed)
        assert done.code == 0, done.err
        return done.document


@contextmanager
def _inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@contextmanager
def _logs_put_back() -> Iterator[None]:
    """A command sends logs to its own stderr, which ends with it."""
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    before = structlog.get_config() if structlog.is_configured() else None
    try:
        yield
    finally:
        if before is None:
            structlog.reset_defaults()
        else:
            structlog.configure(**before)
        root.setLevel(level)
        root.handlers[:] = handlers
