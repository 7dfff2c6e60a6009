from pathlib import Path

import pytest

from cdp.vault.keyring import Keyring
from tests.vault.builders import a_keyring


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    """A workspace of its own, for tests that change keys."""
    return a_keyring(tmp_path / "keys")


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    """One workspace for all examples of a property."""
    return a_keyring(tmp_path_factory.mktemp("lasting") / "keys")
