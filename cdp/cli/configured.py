"""A source's configuration as it is given on the command line: a file, and fields over it."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import orjson

from cdp.cli.failures import Unsuitable
from connectors.base import Connector

_SQLITE: Final = "sqlite:///"


def configured(
    connector: Connector, config: Mapping[str, Any] | None, fields: Iterable[str]
) -> dict[str, Any]:
    """The whole configuration; paths in it are absolute, because it is read from other folders."""
    whole = {**(config or {}), **dict(_field(connector, item) for item in fields)}
    return whole | _anchored(connector, whole)


def _anchored(connector: Connector, config: Mapping[str, Any]) -> dict[str, str]:
    """The paths among its fields, made absolute."""
    properties = connector.config_schema.get("properties")
    known: Mapping[str, Any] = properties if isinstance(properties, Mapping) else {}
    found = {}
    for name, value in config.items():
        form = known.get(name, {}).get("format") if isinstance(value, str) else None
        if form == "path":
            found[name] = str(Path.cwd() / value)
        elif form == "database-url" and value.startswith(_SQLITE) and len(value) > len(_SQLITE):
            path = value.removeprefix(_SQLITE)
            special = path.startswith((":memory:", "file:"))
            found[name] = value if special else _SQLITE + str(Path.cwd() / path)
    return found


def _field(connector: Connector, item: str) -> tuple[str, Any]:
    """KEY=VALUE, the value read as the connector's schema says."""
    key, separator, value = item.partition("=")
    if not separator:
        raise Unsuitable("takes KEY=VALUE", param_hint="'--set'")
    schema: Any = connector.config_schema
    kind = schema.get("properties", {}).get(key, {}).get("type")
    if kind == "array" and not value.startswith("["):
        return key, value.split(",")
    if kind in {"integer", "number", "boolean", "object", "array"}:
        try:
            return key, orjson.loads(value)
        except orjson.JSONDecodeError:
            raise Unsuitable(f"{key} takes JSON ({kind})", param_hint="'--set'") from None
    return key, value
