"""Stores on each database, with a workspace of its own for every test."""

import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest

from benchmarks import stage
from cdp.store.tx import Stores
from tests.store import places


@pytest.fixture(scope="session")
def stores_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with three migrated and empty SQLite stores."""
    folder = tmp_path_factory.mktemp("stores")
    made = places.sqlite_place(folder).open()
    stage.prepare(made, "template")
    made.close()
    return folder


@pytest.fixture(scope="session")
def provisioned(postgresql: dict[str, str]) -> dict[str, str]:
    """PostgreSQL's environment, with its three databases migrated."""
    made = places.postgresql_place(postgresql).open()
    stage.prepare(made, "template", **places.administration(postgresql))
    made.close()
    return postgresql


@pytest.fixture(scope="session")
def postgresql_stores(provisioned: dict[str, str]) -> Iterator[Stores]:
    """One set of pools for the whole run: tests are kept apart by their workspaces."""
    opened = places.postgresql_place(provisioned).open()
    yield opened
    opened.close()


@pytest.fixture
def opened(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Stores]:
    """This test's stores."""
    if backend == "postgresql":
        yield request.getfixturevalue("postgresql_stores")
    else:
        folder = tmp_path / "stores"
        shutil.copytree(request.getfixturevalue("stores_template"), folder)
        made = places.sqlite_place(folder).open()
        yield made
        made.close()


@pytest.fixture
def new_place(
    opened: Stores, backend: str, tmp_path: Path, request: pytest.FixtureRequest
) -> Callable[[], stage.Place]:
    """A workspace on this test's stores, another one at every call."""
    if backend == "sqlite":
        return partial(places.new_workspace, opened, places.sqlite_place(tmp_path / "stores"))
    environment = request.getfixturevalue("provisioned")
    where = places.postgresql_place(environment)
    return partial(places.new_workspace, opened, where, **places.administration(environment))


@pytest.fixture
def place(new_place: Callable[[], stage.Place]) -> stage.Place:
    """Migrated stores and a workspace: enough for another process to open them."""
    return new_place()


@pytest.fixture
def stores(opened: Stores, place: stage.Place) -> tuple[Stores, UUID]:
    """Stores and an empty workspace."""
    return opened, place.workspace
