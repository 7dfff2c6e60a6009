"""`world`: a seeded platform that many tests read; `desk` sits before it. Tests that change
something take `seeded` and `own_desk` instead.
"""

import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from cdp import clock
from cdp.platform import Platform
from cdp.settings import Settings
from tests.flows.seeding import Seeded, seed, seeded
from tests.web.builders import Desk

__all__ = ["seeded"]


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Seeded]:
    """Shared: for reading only."""
    folder = tmp_path_factory.mktemp("world")
    stores: dict[str, str] = {}
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        ignored = shutil.ignore_patterns("keys")
        shutil.copytree(template, folder / "data", ignore=ignored)
    else:
        stores = request.getfixturevalue("postgresql")
    settings = Settings.load(
        {
            "CDP_DATA_DIR": str(folder / "data"),
            "CDP_WORKSPACE": f"w-{secrets.token_hex(6)}",
            **stores,
        }
    )
    platform = Platform.create(settings, clock.now())
    yield seed(platform, folder / "silos")
    platform.close()


@pytest.fixture(scope="session")
def desk(world: Seeded) -> Desk:
    """A client bound to all views' purposes, with all scopes."""
    return Desk.of(world.platform)


@pytest.fixture
def own_desk(seeded: Seeded) -> Desk:
    """The same, before a platform of the test's own."""
    return Desk.of(seeded.platform)
