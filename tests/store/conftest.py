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


@pytest.fixture
def new_place(
    backend: str, tmp_path: Path, request: pytest.FixtureRequest
) -> Callable[[], stage.Place]:
    """A workspace on this test's stores, another one at every call."""
    if backend == "sqlite":
        folder = tmp_path / "stores"
        shutil.copytree(request.getfixturevalue("stores_template"), folder)
        return partial(places.sqlite_workspace, folder)
    return partial(places.postgresql_workspace, request.getfixturevalue("provisioned"))


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
