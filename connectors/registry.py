"""Finds the connector for a kind, and checks a configuration before anything is read.

Looked for in this order, the first wins: a module of this package, an installed entry point of the
group `continuum.connectors`, a Python file in the configured folder. A kind is a module with
exactly one connector class whose `name` is the name of the module; other modules (base, row
splitting) are not kinds. A Python file in the folder runs with all rights of the process: keep the
folder as guarded as the code.
"""

import importlib
import importlib.metadata
import inspect
import json
import pkgutil
import re
import sys
from collections.abc import Iterable, Mapping
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError

import connectors
from connectors.base import Connector, JsonObject, SourceMisconfigured
from connectors.listening import answering

GROUP = "continuum.connectors"
_NOT_KINDS = frozenset({"base", "registry", "testing"})
_KIND = re.compile(r"[a-z][a-z0-9_]*\Z")
_LONGEST = 40
_NOT_SHOWN = "not shown"
_WORDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}


def find(kind: str, folder: Path | None = None) -> Connector:
    """The connector of this kind.

    Raises:
        SourceMisconfigured: no such kind (the message lists those that exist), or it is not a
            usable connector.
    """
    found = _find(kind, folder) if _KIND.match(kind) else None
    if found is None:
        known = ", ".join(kinds(folder)) or "none"
        raise SourceMisconfigured(
            f"there is no connector of that kind; known: {known}", reason="unknown_kind"
        )
    _check_schema(found)
    return found


def kinds(folder: Path | None = None) -> list[str]:
    """The names of all kinds that `find` would find, sorted. Files in the folder are not run."""
    names = {name for name in _built_in_names() if _built_in(name) is not None}
    names.update(point.name for point in importlib.metadata.entry_points(group=GROUP))
    if folder is not None and folder.is_dir():
        files = [path.stem for path in folder.glob("*.py") if _KIND.match(path.stem)]
        names.update(stem for stem in files if not stem.startswith("test_"))
    return sorted(names)


def skeleton(kind: str, folder: Path) -> list[Path]:
    """Write a connector that works and its test into the folder, to be made one's own.

    Raises:
        SourceMisconfigured: not a name for a kind, a name that is taken, or files that are there.
    """
    if not _KIND.match(kind) or len(kind) > _LONGEST:
        raise SourceMisconfigured(
            f"a kind is named by up to {_LONGEST} lower-case letters, digits and _, beginning with"
            " a letter",
            reason="kind_name",
        )
    if kind in kinds() or kind in _built_in_names():
        raise SourceMisconfigured(
            "there is a connector of that name; choose another", reason="kind_taken"
        )
    parts = {"connector.txt": folder / f"{kind}.py", "test.txt": folder / f"test_{kind}.py"}
    if any(path.exists() for path in parts.values()):
        raise SourceMisconfigured(
            "the folder has a file of that name already; nothing was written", reason="file_exists"
        )
    folder.mkdir(parents=True, exist_ok=True)
    named = "".join(part.capitalize() for part in kind.split("_"))
    for template, path in parts.items():
        text = (Path(__file__).parent / "skeleton" / template).read_text("utf-8")
        path.write_text(text.replace("__NAME__", kind).replace("__CLASS__", named), "utf-8")
    return list(parts.values())


def check_config(connector: Connector, config: object) -> None:
    """Check a configuration against the schema of its connector.

    Raises:
        SourceMisconfigured: with one line per fault, naming the field's path and never its value.
    """
    validator = Draft202012Validator(connector.config_schema)
    faults = sorted({_fault(error) for error in validator.iter_errors(config)})
    if faults:
        raise SourceMisconfigured("; ".join(faults), reason="invalid_configuration")


def _find(kind: str, folder: Path | None) -> Connector | None:
    if kind in _built_in_names():
        return _built_in(kind)
    for point in importlib.metadata.entry_points(group=GROUP, name=kind):
        with answering(kind, loading=True):
            return _made(point.load(), kind)
    path = folder / f"{kind}.py" if folder is not None else None
    if path is None or not path.is_file():
        return None
    with answering(kind, loading=True):
        return _in_module(_module_from(path), kind)


def _built_in_names() -> list[str]:
    found = pkgutil.iter_modules(connectors.__path__)
    return [module.name for module in found if module.name not in _NOT_KINDS]


def _built_in(name: str) -> Connector | None:
    module = importlib.import_module(f"connectors.{name}")
    return _in_module(module, name) if _classes(module) else None


def _module_from(path: Path) -> ModuleType:
    module = ModuleType(f"continuum_connector_{path.stem}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module  # dataclasses look their module up
    SourceFileLoader(module.__name__, str(path)).exec_module(module)
    return module


def _in_module(module: ModuleType, kind: str) -> Connector:
    classes = _classes(module)
    if len(classes) != 1:
        raise SourceMisconfigured(
            f"connector file {kind}.py defines {len(classes)} connector classes; it needs one",
            reason="bad_connector",
        )
    return _made(classes[0], kind)


def _classes(module: ModuleType) -> list[type]:
    return [
        value
        for value in vars(module).values()
        if inspect.isclass(value) and value.__module__ == module.__name__ and _speaks(value)
    ]


def _speaks(value: type) -> bool:
    wanted = ("name", "summary", "config_schema", "streams", "read")
    return all(hasattr(value, attribute) for attribute in wanted)


def _made(value: Any, kind: str) -> Connector:
    made = value() if inspect.isclass(value) and _speaks(value) else None
    if not isinstance(made, Connector) or made.name != kind:
        raise SourceMisconfigured(
            f"connector {kind}: needs a class with name = {kind!r}, summary, config_schema, "
            "streams and read",
            reason="bad_connector",
        )
    return made


def _check_schema(connector: Connector) -> None:
    try:
        Draft202012Validator.check_schema(connector.config_schema)
    except SchemaError as error:
        raise SourceMisconfigured(
            f"connector {connector.name}: config_schema is not a JSON Schema 2020-12",
            reason="bad_connector",
        ) from error


def _fault(error: ValidationError) -> str:
    path = _path(error.absolute_path)
    rule, wanted = str(error.validator), cast("Any", error.validator_value)
    instance: Any = error.instance
    if rule == "required":
        missing = sorted(set[str](wanted) - set(instance))
        return "; ".join(f"{_path([*error.absolute_path, name])}: is missing" for name in missing)
    if rule in ("additionalProperties", "unevaluatedProperties"):
        known = sorted(_properties(error.schema))
        unknown = sorted(str(name) for name in set(instance) - set(known))
        return f"{path}: unknown {', '.join(unknown)}; known: {', '.join(known)}"
    return f"{path}: {_told(rule, wanted, error.schema)}"


def _properties(schema: Any) -> Iterable[str]:
    return schema.get("properties", {}) if isinstance(schema, Mapping) else ()


def _told(rule: str, wanted: Any, schema: Any) -> str:
    if rule == "type":
        names = [wanted] if isinstance(wanted, str) else wanted
        return f"must be {' or '.join(_WORDS[name] for name in names)}"
    if rule in ("enum", "const"):
        allowed = wanted if rule == "enum" else [wanted]
        return f"must be one of {', '.join(str(value) for value in allowed)}"
    description = schema.get("description") if isinstance(schema, Mapping) else None
    if description:
        return f"must be {description}"
    return f"does not fit {rule}" + (f" {wanted}" if isinstance(wanted, str | int) else "")


def shown(connector: Connector, config: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration for eyes: a field marked `writeOnly` is `set` or `not set`, never itself.

    What the schema does not describe plainly is not shown either.
    """
    schema: Any = connector.config_schema
    missing = {
        name: "not set"
        for name, inner in schema.get("properties", {}).items()
        if isinstance(inner, Mapping) and inner.get("writeOnly") is True
    }
    return {**missing, **_shown({**schema, "writeOnly": False}, config)}


def _shown(schema: Any, value: Any) -> Any:
    if not isinstance(schema, Mapping) or _unclear(schema):
        return _NOT_SHOWN
    if schema.get("writeOnly") is True:
        return "set"
    if isinstance(value, Mapping):
        properties, rest = schema.get("properties", {}), schema.get("additionalProperties")
        return {name: _shown(properties.get(name, rest), inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_shown(schema.get("items"), inner) for inner in value]
    return value


def _unclear(schema: Mapping[str, Any]) -> bool:
    """Whether it may be a secret by a rule that is not followed here."""
    rules = [schema.get(name) for name in ("allOf", "anyOf", "oneOf", "if", "then", "else")]
    return "$ref" in schema or '"writeOnly"' in json.dumps(rules)


def _path(parts: Iterable[str | int]) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return text.lstrip(".") or "configuration"


def secrets(connector: Connector) -> list[str]:
    """The paths of the fields marked `writeOnly` in the schema: to be sealed, never shown."""
    return sorted(_secrets(connector.config_schema, ""))


def _secrets(schema: JsonObject, prefix: str) -> Iterable[str]:
    properties = schema.get("properties")
    if not isinstance(properties, Mapping):
        return
    for name, inner in properties.items():
        if isinstance(inner, Mapping):
            path = f"{prefix}{name}"
            if inner.get("writeOnly") is True:
                yield path
            yield from _secrets(inner, f"{path}.")
