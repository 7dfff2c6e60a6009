"""Stores on each database, with a workspace of its own for every test."""

import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest

from benchmarks import stage
from cdp.store.tx import Stores

NOWHERE = UUID(int=0)
VARIABLES = {"main": "DATABASE", "custody": "CUSTODY", "views": "VIEWS"}


def sqlite_place(folder: Path) -> stage.Place:
    """Three SQLite files in a folder; no workspace yet."""
    main, custody, views = (f"sqlite:///{folder}/{name}.sqlite3" for name in VARIABLES)
    return stage.Place(main, custody, views, NOWHERE)


def postgresql_place(environment: dict[str, str]) -> stage.Place:
    """The three databases of an environment; no workspace yet."""
    main, custody, views = (environment[f"CDP_{name}_URL"] for name in VARIABLES.values())
    return stage.Place(main, custody, views, NOWHERE)


@pytest.fixture(scope="session")
def stores_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with three migrated and empty SQLite stores."""
    folder = tmp_path_factory.mktemp("stores")
    made = sqlite_place(folder).open()
    stage.prepare(made, "template")
    made.close()
    return folder


@pytest.fixture(scope="session")
def provisioned(postgresql: dict[str, str]) -> dict[str, str]:
    """PostgreSQL's environment, with its three databases migrated."""
    made = postgresql_place(postgresql).open()
    stage.prepare(made, "template", **administration(postgresql))
    made.close()
    return postgresql


def administration(environment: dict[str, str]) -> dict[str, str]:
    """Who may change tables."""
    return {
        "admin_url": environment["CDP_ADMIN_URL"],
        "owner_role": environment["CDP_OWNER_ROLE"],
    }


@pytest.fixture
def new_place(
    backend: str, tmp_path: Path, request: pytest.FixtureRequest
) -> Callable[[], stage.Place]:
    """Another workspace on this test's stores, at every call."""
    if backend == "sqlite":
        folder = tmp_path / "stores"
        shutil.copytree(request.getfixturevalue("stores_template"), folder)
        where, admin = sqlite_place(folder), {}
    else:
        environment = request.getfixturevalue("provisioned")
        where, admin = postgresql_place(environment), administration(environment)

    def make() -> stage.Place:
        opened = where.open()
        try:
            workspace = stage.add_workspace(opened, f"w-{secrets.token_hex(6)}", **admin)
        finally:
            opened.close()
        return stage.Place(where.main, where.custody, where.views, workspace)

    return make


@pytest.fixture
def place(new_place: Callable[[], stage.Place]) -> stage.Place:
    """Migrated stores and a workspace: enough for another process to open them."""
    return new_place()


@pytest.fixture
def stores(place: stage.Place) -> Iterator[tuple[Stores, UUID]]:
    """Stores and an empty workspace."""
    opened = place.open()
    yield opened, place.workspace
    opened.close()
