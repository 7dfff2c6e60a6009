"""Settings: a file, then the environment over it, checked before anything starts.

Precedence, lowest first: the default, `cdp.toml` (or the file `CDP_CONFIG` names), the variable
`CDP_<NAME>`. An unknown key or a bad value is refused by name; nothing is read anywhere else.
Every setting is one row of docs/settings.md.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from marshmallow import Schema, ValidationError, fields, validate

from cdp.errors import Misconfigured

CONFIG_FILE = "cdp.toml"
PREFIX = "CDP_"


class SettingsSchema(Schema):
    """The wire form: what a file or the environment may say. `metadata.help` feeds the docs."""

    data_dir = fields.String(
        load_default="continuum-data", metadata={"help": "folder of the embedded stores and keys"}
    )
    database_url = fields.String(
        load_default=None,
        allow_none=True,
        metadata={"help": "main store; default: SQLite file in data_dir"},
    )
    custody_url = fields.String(
        load_default=None,
        allow_none=True,
        metadata={"help": "custody store (keys, indexes, journal); default: SQLite file"},
    )
    views_url = fields.String(
        load_default=None,
        allow_none=True,
        metadata={"help": "views store (sealed views, fences), never backed up; default: SQLite"},
    )
    admin_url = fields.String(
        load_default=None,
        allow_none=True,
        metadata={"help": "PostgreSQL administrator, used by `cdp init` only"},
    )
    owner_role = fields.String(
        load_default="cdp_owner",
        validate=validate.Regexp(r"^[a-z_][a-z0-9_]{0,62}\Z"),
        metadata={"help": "PostgreSQL role that owns the tables"},
    )
    keys_dir = fields.String(
        load_default=None,
        allow_none=True,
        metadata={"help": "folder of the key provider `file`; default: keys in data_dir"},
    )
    connectors_dir = fields.String(
        load_default=None,
        allow_none=True,
        metadata={"help": "folder of your own connectors; its Python files run with all rights"},
    )
    workspace = fields.String(
        load_default="default",
        validate=validate.Regexp(r"^[a-z0-9][a-z0-9-]{0,62}\Z"),
        metadata={"help": "workspace that commands work in"},
    )
    host = fields.String(load_default="127.0.0.1", metadata={"help": "address of `cdp serve`"})
    port = fields.Integer(
        load_default=8080,
        validate=validate.Range(1, 65535),
        metadata={"help": "port of `cdp serve`"},
    )
    rate = fields.Integer(
        load_default=6000,
        validate=validate.Range(1, 1_000_000),
        metadata={"help": "requests a minute of an API client that has no rate of its own"},
    )
    log_level = fields.String(
        load_default="info",
        validate=validate.OneOf(["debug", "info", "warning", "error"]),
        metadata={"help": "least severe log line that is written"},
    )
    log_format = fields.String(
        load_default="json",
        validate=validate.OneOf(["json", "console"]),
        metadata={"help": "`json` for machines, `console` for eyes"},
    )


@dataclass(frozen=True)
class StoreUrls:
    """Where the three stores are; a URL may hold a password, so it is never shown."""

    main: str = field(repr=False)
    custody: str = field(repr=False)
    views: str = field(repr=False)


@dataclass(frozen=True)
class PostgresSetup:
    """What `cdp init` needs beside the stores, on PostgreSQL."""

    admin_url: str | None = field(repr=False)
    owner_role: str


@dataclass(frozen=True)
class Settings:
    """Checked settings. Paths are absolute."""

    data_dir: Path
    stores: StoreUrls
    postgres: PostgresSetup
    keys_dir: Path
    connectors_dir: Path | None
    workspace: str
    host: str
    port: int
    rate: int
    log_level: str
    log_format: str

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None, cwd: Path | None = None) -> "Settings":
        """Read file and environment.

        Raises:
            Misconfigured: a file that cannot be read, an unknown key or a bad value, by name.
        """
        env = dict(os.environ if environ is None else environ)
        base = Path.cwd() if cwd is None else cwd
        named = env.pop(PREFIX + "CONFIG", None)
        raw = _from_file(base, named) | _from_environment(env)
        try:
            values = SettingsSchema().load(raw)
        except ValidationError as error:
            raise Misconfigured(_explain(error)) from None
        return cls._of(values, base)

    @classmethod
    def _of(cls, values: dict[str, object], base: Path) -> "Settings":
        data_dir = (base / Path(str(values["data_dir"])).expanduser()).resolve()
        keys, own = values["keys_dir"], values["connectors_dir"]
        stores = StoreUrls(
            main=str(values["database_url"] or f"sqlite:///{data_dir}/main.sqlite3"),
            custody=str(values["custody_url"] or f"sqlite:///{data_dir}/custody.sqlite3"),
            views=str(values["views_url"] or f"sqlite:///{data_dir}/views.sqlite3"),
        )
        admin = values["admin_url"]
        return cls(
            data_dir=data_dir,
            stores=stores,
            postgres=PostgresSetup(
                admin_url=None if admin is None else str(admin),
                owner_role=str(values["owner_role"]),
            ),
            keys_dir=(base / str(keys)).resolve() if keys else data_dir / "keys",
            connectors_dir=(base / str(own)).resolve() if own else None,
            workspace=str(values["workspace"]),
            host=str(values["host"]),
            port=int(str(values["port"])),
            rate=int(str(values["rate"])),
            log_level=str(values["log_level"]),
            log_format=str(values["log_format"]),
        )


def _from_file(base: Path, named: str | None) -> dict[str, object]:
    path = base / (named or CONFIG_FILE)
    if not path.is_file():
        if named:
            raise Misconfigured(f"CDP_CONFIG names {path}, which is not a file")
        return {}
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise Misconfigured(f"{path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Misconfigured(f"{path} is not valid TOML: {error}") from None


def _from_environment(env: Mapping[str, str]) -> dict[str, object]:
    return {
        name.removeprefix(PREFIX).lower(): value
        for name, value in env.items()
        if name.startswith(PREFIX) and value != ""
    }


def _explain(error: ValidationError) -> str:
    messages = error.messages_dict
    lines = [f"{name}: {' '.join(map(str, texts))}" for name, texts in sorted(messages.items())]
    known = ", ".join(sorted(SettingsSchema().fields))
    return "settings refused: " + "; ".join(lines) + f" (known settings: {known})"
