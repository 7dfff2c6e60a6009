"""Fixtures: a whole platform on each database, real files, real PostgreSQL, nothing pretended.

SQLite: a template is migrated once and copied for every test. PostgreSQL: one set of databases per
run, and a workspace of its own for every test, which also tests that workspaces are apart.
If PostgreSQL is away the tests that need it are skipped on a laptop and fail in CI.
"""

import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import psycopg
import pytest

from cdp import clock
from cdp.platform import Platform
from cdp.settings import Settings

ADMIN_URL = os.environ.get("CDP_TEST_ADMIN_URL", "postgresql://root@127.0.0.1:5432/test")
STORES = ("main", "custody", "views")

hypothesis.settings.register_profile("dev", max_examples=50, deadline=None)
hypothesis.settings.register_profile("ci", max_examples=25, deadline=None, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "dev")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs a server is marked, so that it can be left for later: it is known by its name."""
    for item in items:
        if "postgresql" in item.nodeid:
            item.add_marker(pytest.mark.postgresql)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory whose three stores are migrated and empty."""
    folder = tmp_path_factory.mktemp("template")
    Platform.create(settings_for(folder, {}), clock.now()).close()
    return folder


@pytest.fixture(scope="session")
def postgresql() -> Iterator[dict[str, str]]:
    """Environment of a fresh set of PostgreSQL databases, dropped at the end."""
    tag = f"cdp_test_{secrets.token_hex(4)}"
    try:
        admin = psycopg.connect(ADMIN_URL, autocommit=True, connect_timeout=3)
    except psycopg.OperationalError:
        message = "PostgreSQL is not reachable at 127.0.0.1:5432 (set CDP_TEST_ADMIN_URL)"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    host = psycopg.conninfo.conninfo_to_dict(ADMIN_URL)
    place = f"{host.get('host', '127.0.0.1')}:{host.get('port', 5432)}"
    names = {"main": "DATABASE", "custody": "CUSTODY", "views": "VIEWS"}
    yield {
        "CDP_ADMIN_URL": ADMIN_URL,
        "CDP_OWNER_ROLE": f"{tag}_owner",
        **{
            f"CDP_{variable}_URL": f"postgresql://{tag}_app@{place}/{tag}_{store}"
            for store, variable in names.items()
        },
    }
    with admin:
        for store in STORES:
            admin.execute(f"DROP DATABASE IF EXISTS {tag}_{store} WITH (FORCE)".encode())
        for role in ("app", "owner"):
            admin.execute(f"DROP ROLE IF EXISTS {tag}_{role}".encode())


@pytest.fixture(scope="session")
def postgresql_migrated(
    postgresql: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """The same, with roles, tables and policies in place."""
    folder = tmp_path_factory.mktemp("migrated")
    Platform.create(settings_for(folder, postgresql), clock.now()).close()
    return postgresql


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    """Every store test runs on both."""
    return str(request.param)


@pytest.fixture
def environment(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> dict[str, str]:
    """Settings as environment variables of a platform for this test, stores in place."""
    data = tmp_path / "data"
    if backend == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        shutil.copytree(template, data, ignore=shutil.ignore_patterns("keys"))
        stores: dict[str, str] = {}
    else:
        stores = request.getfixturevalue("postgresql_migrated")
    return {
        "CDP_DATA_DIR": str(data),
        "CDP_WORKSPACE": f"w-{secrets.token_hex(6)}",
        "CDP_LOG_LEVEL": "warning",
        **stores,
    }


@pytest.fixture
def platform(environment: dict[str, str]) -> Iterator[Platform]:
    """A platform with an empty workspace of its own."""
    made = Platform.found(Settings.load(environment), clock.now())
    yield made
    made.close()


def settings_for(folder: Path, stores: dict[str, str]) -> Settings:
    """Settings of a platform whose files are in `folder`."""
    return Settings.load({"CDP_DATA_DIR": str(folder), **stores})
