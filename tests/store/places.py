"""Where the stores of a test are, on each database."""

import secrets
from dataclasses import replace
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy.engine import make_url

from benchmarks import stage
from cdp.store.tx import Stores

NOWHERE: Final = UUID(int=0)
VARIABLES: Final = {"main": "DATABASE", "custody": "CUSTODY", "views": "VIEWS"}


def sqlite_place(folder: Path) -> stage.Place:
    """Three SQLite files in a folder; no workspace yet."""
    main, custody, views = (f"sqlite:///{folder}/{name}.sqlite3" for name in VARIABLES)
    return stage.Place(main, custody, views, NOWHERE)


def postgresql_place(environment: dict[str, str]) -> stage.Place:
    """The three databases of an environment; no workspace yet."""
    main, custody, views = (environment[url_of(store)] for store in VARIABLES)
    return stage.Place(main, custody, views, NOWHERE)


def url_of(store: str) -> str:
    """The environment variable of a store's URL."""
    return f"CDP_{VARIABLES[store]}_URL"


def login_of(environment: dict[str, str]) -> str:
    """The application's login."""
    return str(make_url(environment[url_of("main")]).username)


def administration(environment: dict[str, str]) -> dict[str, str]:
    """Who may change tables."""
    return {
        "admin_url": environment["CDP_ADMIN_URL"],
        "owner_role": environment["CDP_OWNER_ROLE"],
    }


def sqlite_workspace(folder: Path) -> stage.Place:
    """A new workspace in the SQLite stores of a folder."""
    return _opened_once(sqlite_place(folder))


def postgresql_workspace(environment: dict[str, str]) -> stage.Place:
    """A new workspace in PostgreSQL stores."""
    return _opened_once(postgresql_place(environment), **administration(environment))


def _opened_once(where: stage.Place, **admin: str) -> stage.Place:
    opened = where.open()
    try:
        return new_workspace(opened, where, **admin)
    finally:
        opened.close()


def new_workspace(opened: Stores, where: stage.Place, **admin: str) -> stage.Place:
    """The same stores, with a workspace that nobody else uses."""
    workspace = stage.add_workspace(opened, f"w-{secrets.token_hex(6)}", **admin)
    return replace(where, workspace=workspace)
