"""The compiled rules of identity: a strict, versioned JSON value and what it means.

Strict: a field that is missing, unknown or of the wrong kind is refused by its path, so that a typo
never becomes a default. Numbers are whole or decimal texts: the document is hashed, and a float has
no one spelling.

Blocked values are in clear only in an operator's file. Whoever stores rules stores
`rules.without_blocked().document` and keeps the blocked values as blind-index tokens.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from hashlib import sha256
from json import dumps

from identity.identifiers import IdentifierType, Proof
from identity.model import Model, default_parts
from identity.strict import InvalidRules, exactly, flag, mapping, whole

__all__ = ["FORMAT", "VERDICT", "Blocked", "InvalidRules", "Rules", "default_document"]

FORMAT = "continuum.identity.rules/2"
VERDICT = "verdict"
"""The name under which a human's verdict stands among the types that join or separate records."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_FIELDS = frozenset(IdentifierType.__dataclass_fields__) - {"name"}
_MODEL = ("comparisons", "blocking", "clustering")
_BOUNDS: Mapping[str, tuple[int, int]] = {
    "limit": (2, 1_000_000),
    "priority": (1, 1000),
    "weight": (0, 64),
    "household_weight": (0, 64),
}


@dataclass(frozen=True, slots=True)
class Blocked:
    """A value that identifies nobody, as an operator wrote it (normalise before use)."""

    type: str
    value: str = field(repr=False)


@dataclass(frozen=True)
class Rules:
    """Identifier types by name, the scoring model, and blocked values of an operator's file."""

    types: Mapping[str, IdentifierType]
    blocked: tuple[Blocked, ...] = field(default=(), repr=False)
    model: Model = field(default_factory=lambda: Model.parse(**default_parts()))

    @classmethod
    def parse(cls, document: object) -> "Rules":
        """Rules from a JSON document.

        Raises:
            InvalidRules: not of this format; the path of the first offence.
        """
        top = exactly(document, "", frozenset({"format", "types", "blocked", *_MODEL}))
        if top["format"] != FORMAT:
            raise InvalidRules("format", f"must be {FORMAT!r}")
        types = mapping(top["types"], "types")
        parsed = {name: _type(name, types[name]) for name in sorted(types)}
        entries = top["blocked"]
        if not isinstance(entries, list):
            raise InvalidRules("blocked", "must be a list")
        blocked = {_blocked(entry, f"blocked[{n}]", parsed) for n, entry in enumerate(entries)}
        return cls(
            parsed,
            tuple(sorted(blocked, key=lambda item: (item.type, item.value))),
            Model.parse(*(top[part] for part in _MODEL)),
        )

    @property
    def document(self) -> dict[str, object]:
        """The JSON document that parses to these rules; equal rules have equal documents."""
        return {
            "format": FORMAT,
            "types": {name: _type_document(self.types[name]) for name in sorted(self.types)},
            "blocked": [{"type": item.type, "value": item.value} for item in self.blocked],
            **self.model.document,
        }

    @cached_property
    def hash(self) -> str:
        """The version of the rules: SHA-256 of the document without blocked values, in hex."""
        text = dumps(self.without_blocked().document, sort_keys=True, separators=(",", ":"))
        return sha256(text.encode()).hexdigest()

    def without_blocked(self) -> "Rules":
        """The same rules without values in clear: what may be stored."""
        return replace(self, blocked=())


def default_document() -> dict[str, object]:
    """Rules to start with: numbers and logins prove a person, contact points once confirmed.

    The limit of 30 and the 8 bits of contact points were measured on customer data. Papers of a
    state are strong evidence and no proof: they are copied by hand. Devices attach visitors, and
    ids of other systems join nobody until somebody approves them.
    """
    return {
        "format": FORMAT,
        "types": {name: _type_document(_default_type(name, row)) for name, row in _TYPES.items()},
        "blocked": [],
        **default_parts(),
    }


_TYPES: Mapping[str, tuple[Proof, int, int, int, int, str]] = {
    # Proof, priority, limit, weight, household weight, and what else holds.
    "customer_id": (Proof.ALWAYS, 1, 100_000, 24, 24, "unique merges"),
    "login_id": (Proof.ALWAYS, 2, 100_000, 24, 24, "merges"),
    "national_id": (Proof.NEVER, 3, 30, 20, 16, "merges"),
    "passport": (Proof.NEVER, 4, 30, 20, 16, "merges"),
    "drivers_license": (Proof.NEVER, 5, 30, 20, 16, "merges"),
    "tax_id": (Proof.NEVER, 6, 30, 20, 16, "merges"),
    "email": (Proof.IF_CONFIRMED, 7, 30, 8, 2, "merges"),
    "phone": (Proof.IF_CONFIRMED, 8, 30, 8, 1, "merges"),
    "external_id": (Proof.NEVER, 9, 30, 8, 2, ""),
    "device_id": (Proof.NEVER, 10, 10, 4, 1, "attaches"),
}


def _default_type(name: str, row: tuple[Proof, int, int, int, int, str]) -> IdentifierType:
    proves, priority, limit, weight, household_weight, flags = row
    return IdentifierType(
        name=name,
        proves_person=proves,
        unique_per_person="unique" in flags,
        limit=limit,
        priority=priority,
        weight=weight,
        merges="merges" in flags,
        attaches="attaches" in flags,
        household_weight=household_weight,
    )


def _type(name: str, document: object) -> IdentifierType:
    if not _NAME.fullmatch(name) or name == VERDICT:
        # The key is the operator's text and may be anything: it is not repeated.
        raise InvalidRules("types", f"a type is named a-z, 0-9 and _, and not {VERDICT!r}")
    path = f"types.{name}"
    entry = exactly(document, path, _FIELDS)

    def number(of: str) -> int:
        return whole(entry[of], f"{path}.{of}", _BOUNDS[of])

    return IdentifierType(
        name=name,
        proves_person=_proof(entry["proves_person"], f"{path}.proves_person"),
        unique_per_person=flag(entry["unique_per_person"], f"{path}.unique_per_person"),
        limit=number("limit"),
        priority=number("priority"),
        weight=number("weight"),
        merges=flag(entry["merges"], f"{path}.merges"),
        attaches=flag(entry["attaches"], f"{path}.attaches"),
        household_weight=number("household_weight"),
    )


def _type_document(type_: IdentifierType) -> dict[str, object]:
    plain = {name: getattr(type_, name) for name in sorted(_FIELDS)}
    return {key: str(item) if isinstance(item, StrEnum) else item for key, item in plain.items()}


def _blocked(document: object, path: str, types: Mapping[str, IdentifierType]) -> Blocked:
    entry = exactly(document, path, frozenset({"type", "value"}))
    type_, value = entry["type"], entry["value"]
    if not isinstance(type_, str) or type_ not in types:
        raise InvalidRules(f"{path}.type", "must be one of the types above")
    if not isinstance(value, str) or not value:
        raise InvalidRules(f"{path}.value", "must be a text that is not empty")
    return Blocked(type_, value)


def _proof(value: object, path: str) -> Proof:
    if not isinstance(value, str) or value not in set(Proof):
        raise InvalidRules(path, f"must be one of {', '.join(Proof)}")
    return Proof(value)
