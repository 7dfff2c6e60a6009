"""The compiled rules of identity: a strict, versioned JSON value and what it means.

Strict: a field that is missing, unknown or of the wrong kind is refused by its path, so that a typo
never becomes a default. Numbers are whole: the document is hashed, and a
float has no one spelling.

Blocked values are in clear only in an operator's file. Whoever stores rules stores
`rules.without_blocked().document` and keeps the blocked values as blind-index tokens.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from identity.identifiers import IdentifierType, Proof

FORMAT = "continuum.identity.rules/1"
VERDICT = "verdict"
"""The name under which a human's verdict stands among the types that join or separate records."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_FIELDS = frozenset(IdentifierType.__dataclass_fields__) - {"name"}
_BOUNDS: Mapping[str, tuple[int, int]] = {
    "limit": (2, 1_000_000),
    "priority": (1, 1000),
    "weight": (0, 64),
}


class InvalidRules(ValueError):
    """The document is not rules; `path` says where (`types.email.limit`), never with a value."""

    def __init__(self, path: str, expected: str) -> None:
        super().__init__(f"{path or 'document'}: {expected}")
        self.path = path


@dataclass(frozen=True, slots=True)
class Blocked:
    """A value that identifies nobody, as an operator wrote it (normalise before use)."""

    type: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Rules:
    """Identifier types by name, and the blocked values of an operator's file."""

    types: Mapping[str, IdentifierType]
    blocked: tuple[Blocked, ...] = field(default=(), repr=False)

    @classmethod
    def parse(cls, document: object) -> "Rules":
        """Rules from a JSON document.

        Raises:
            InvalidRules: not of this format; the path of the first offence.
        """
        top = _object(document, "", frozenset({"format", "types", "blocked"}))
        if top["format"] != FORMAT:
            raise InvalidRules("format", f"must be {FORMAT!r}")
        types = _mapping(top["types"], "types")
        parsed = {name: _type(name, types[name]) for name in sorted(types)}
        entries = top["blocked"]
        if not isinstance(entries, list):
            raise InvalidRules("blocked", "must be a list")
        blocked = {_blocked(entry, f"blocked[{n}]", parsed) for n, entry in enumerate(entries)}
        return cls(parsed, tuple(sorted(blocked, key=lambda item: (item.type, item.value))))

    @property
    def document(self) -> dict[str, object]:
        """The JSON document that parses to these rules; equal rules have equal documents."""
        return {
            "format": FORMAT,
            "types": {name: _type_document(self.types[name]) for name in sorted(self.types)},
            "blocked": [{"type": item.type, "value": item.value} for item in self.blocked],
        }

    def without_blocked(self) -> "Rules":
        """The same rules without values in clear: what may be stored."""
        return replace(self, blocked=())


def default_document() -> dict[str, object]:
    """Rules to start with: numbers and logins prove a person, contact points once confirmed.

    The limit of 30 and the 8 bits of contact points were measured on customer data; devices and
    ids of other systems join nobody until somebody approves them.
    """

    def entry(
        proves: Proof, *, priority: int, limit: int, weight: int, unique: bool, merges: bool
    ) -> dict[str, object]:
        return _type_document(IdentifierType("", proves, unique, limit, priority, weight, merges))

    return {
        "format": FORMAT,
        "types": {
            "customer_id": entry(
                Proof.ALWAYS, priority=1, limit=1000, weight=24, unique=True, merges=True
            ),
            "login_id": entry(
                Proof.ALWAYS, priority=2, limit=1000, weight=24, unique=False, merges=True
            ),
            "email": entry(
                Proof.IF_CONFIRMED, priority=3, limit=30, weight=8, unique=False, merges=True
            ),
            "phone": entry(
                Proof.IF_CONFIRMED, priority=4, limit=30, weight=8, unique=False, merges=True
            ),
            "external_id": entry(
                Proof.NEVER, priority=5, limit=30, weight=8, unique=False, merges=False
            ),
            "device_id": entry(
                Proof.NEVER, priority=6, limit=10, weight=4, unique=False, merges=False
            ),
        },
        "blocked": [],
    }


def _type(name: str, document: object) -> IdentifierType:
    if not _NAME.fullmatch(name) or name == VERDICT:
        # The key is the operator's text and may be anything: it is not repeated.
        raise InvalidRules("types", f"a type is named a-z, 0-9 and _, and not {VERDICT!r}")
    path = f"types.{name}"
    entry = _object(document, path, _FIELDS)
    return IdentifierType(
        name=name,
        proves_person=_proof(entry["proves_person"], f"{path}.proves_person"),
        unique_per_person=_flag(entry["unique_per_person"], f"{path}.unique_per_person"),
        limit=_whole(entry["limit"], path, "limit"),
        priority=_whole(entry["priority"], path, "priority"),
        weight=_whole(entry["weight"], path, "weight"),
        merges=_flag(entry["merges"], f"{path}.merges"),
    )


def _type_document(type_: IdentifierType) -> dict[str, object]:
    plain = {name: getattr(type_, name) for name in sorted(_FIELDS)}
    return {key: str(item) if isinstance(item, StrEnum) else item for key, item in plain.items()}


def _blocked(document: object, path: str, types: Mapping[str, IdentifierType]) -> Blocked:
    entry = _object(document, path, frozenset({"type", "value"}))
    type_, value = entry["type"], entry["value"]
    if not isinstance(type_, str) or type_ not in types:
        raise InvalidRules(f"{path}.type", "must be one of the types above")
    if not isinstance(value, str) or not value:
        raise InvalidRules(f"{path}.value", "must be a text that is not empty")
    return Blocked(type_, value)


def _mapping(value: object, path: str) -> dict[str, object]:
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise InvalidRules(path, "must be an object")
    return value


def _object(value: object, path: str, fields: frozenset[str]) -> dict[str, object]:
    found = _mapping(value, path)
    if found.keys() != fields:
        raise InvalidRules(path, f"must have exactly the fields {', '.join(sorted(fields))}")
    return found


def _proof(value: object, path: str) -> Proof:
    if not isinstance(value, str) or value not in set(Proof):
        raise InvalidRules(path, f"must be one of {', '.join(Proof)}")
    return Proof(value)


def _flag(value: object, path: str) -> bool:
    if not isinstance(value, bool):
        raise InvalidRules(path, "must be true or false")
    return value


def _whole(value: object, path: str, name: str) -> int:
    least, most = _BOUNDS[name]
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise InvalidRules(f"{path}.{name}", f"must be a whole number from {least} to {most}")
    return value
