"""What nearly every command begins with: settings, logs, the platform; and who asks.

The command line speaks as staff: bound to the purposes that have views, and never able to claim
that the person signed in. No worker may be running, so a view that is not built yet is built here.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar
from uuid import UUID

import click

from cdp import logs, work
from cdp.cli.failures import Unsuitable
from cdp.door import Identifier
from cdp.errors import TryAgain
from cdp.flows.disclose import Caller
from cdp.platform import VIEW_PURPOSES, Platform
from cdp.settings import Settings
from cdp.store.database import Database

T = TypeVar("T")
STAFF: Final = Caller(client_id=None, name="staff", purposes=frozenset(VIEW_PURPOSES))
PURPOSE: Final = click.Choice(VIEW_PURPOSES)


def settings() -> Settings:
    """The settings of this process; logs are as they say from here on."""
    found = Settings.load()
    logs.configure(found.log_level, found.log_format)
    return found


@contextmanager
def opened() -> Iterator[Platform]:
    """The platform that the settings name."""
    platform = Platform.open(settings())
    try:
        yield platform
    finally:
        platform.close()


def asked(platform: Platform, profile_id: UUID, ask: Callable[[], T]) -> T:
    """An answer from the door; a view that is missing or too old is built first.

    Raises: as `ask`.
    """
    try:
        return ask()
    except TryAgain as error:
        if error.reason != "view_rebuilding":
            raise
    work.sweep(platform)
    work.refresh_now(platform, profile_id)
    return ask()


class ProfileId(click.ParamType[UUID]):
    """The id of a profile."""

    name = "id"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> UUID:
        """A UUID; what else was typed is not repeated."""
        try:
            return UUID(str(value))
        except ValueError:
            raise Unsuitable(
                "takes an id, as `cdp profile find` prints it", param=param, ctx=ctx
            ) from None


class IdentifierText(click.ParamType[Identifier]):
    """An identifier as TYPE=VALUE."""

    name = "TYPE=VALUE"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Identifier:
        """Split at the first `=`; `-` reads one line from stdin, which no shell remembers."""
        text = sys.stdin.readline().strip() if value == "-" else str(value)
        kind, separator, rest = text.partition("=")
        if not (separator and kind and rest):
            raise Unsuitable("takes TYPE=VALUE, for example email=...", param=param, ctx=ctx)
        return Identifier(kind.strip(), rest.strip())


PROFILE_ID: Final = ProfileId()
IDENTIFIER: Final = IdentifierText()


def place_of(database: Database) -> str:
    """Where a store is, without its password."""
    if database.sqlite:
        return str(database.url.database)
    return database.url.render_as_string(hide_password=True)
