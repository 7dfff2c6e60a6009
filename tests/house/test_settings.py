"""Settings: the file, the environment over it, and no value that is not understood."""

from pathlib import Path

import pytest

from cdp.errors import Misconfigured
from cdp.settings import Settings


def test_the_default_is_three_files_and_a_key_folder(tmp_path: Path) -> None:
    settings = Settings.load({}, tmp_path)

    assert settings.data_dir == tmp_path / "continuum-data"
    assert settings.stores.main == f"sqlite:///{tmp_path}/continuum-data/main.sqlite3"
    assert settings.keys_dir == tmp_path / "continuum-data/keys"
    assert settings.workspace == "default"


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "cdp.toml").write_text('workspace = "from-file"\nport = 9000\n')

    settings = Settings.load({"CDP_WORKSPACE": "from-environment", "PATH": "/bin"}, tmp_path)

    assert settings.workspace == "from-environment"
    assert settings.port == 9000


def test_a_file_may_be_named_and_then_it_must_be_there(tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text('keys_dir = "safe"\n')

    assert Settings.load({"CDP_CONFIG": "other.toml"}, tmp_path).keys_dir == tmp_path / "safe"
    with pytest.raises(Misconfigured, match="CDP_CONFIG"):
        Settings.load({"CDP_CONFIG": "nowhere.toml"}, tmp_path)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("workspce = 'x'", "workspce"),
        ("port = 'eighty'", "port"),
        ("port = 70000", "port"),
        ("log_level = 'loud'", "log_level"),
        ("workspace = 'Not A Name'", "workspace"),
        ("owner_role = 'x; drop'", "owner_role"),
        ("workspace = ", "cdp.toml"),
    ],
)
def test_what_is_not_understood_is_named(tmp_path: Path, text: str, named: str) -> None:
    (tmp_path / "cdp.toml").write_text(text)

    with pytest.raises(Misconfigured, match=named):
        Settings.load({}, tmp_path)


def test_an_empty_variable_is_no_variable(tmp_path: Path) -> None:
    assert Settings.load({"CDP_WORKSPACE": ""}, tmp_path).workspace == "default"


def test_urls_with_passwords_are_in_no_repr(tmp_path: Path) -> None:
    url = "postgresql://app:open-sesame@127.0.0.1/db"
    settings = Settings.load({"CDP_DATABASE_URL": url, "CDP_ADMIN_URL": url}, tmp_path)

    assert "open-sesame" not in repr(settings)
