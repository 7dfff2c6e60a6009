"""The compiled rules of identity: a strict, versioned JSON value and what it means.

Strict: a field that is missing, unknown or of the wrong kind is refused by its path, so that a typo
never becomes a default. Numbers are whole or decimal texts: the document is hashed, and a float has
no one spelling. Everything that a weight rests on is frozen here, so that the same facts give the
same persons whenever and however they are resolved.

Blocked values are in clear only in an operator's file, and so are the values of frequencies.
Whoever stores rules keeps both by their blind index.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from hashlib import sha256
from json import dumps
from typing import Final

from identity.comparisons import Comparison
from identity.frequencies import Frequencies
from identity.identifiers import IdentifierType, Proof
from identity.keys import BlockingRule
from identity.settings import Clustering
from identity.strict import InvalidRules, exactly, flag, mapping, whole

__all__ = ["FORMAT", "VERDICT", "Blocked", "InvalidRules", "Rules"]

FORMAT: Final = "continuum.identity.rules/3"
VERDICT: Final = "verdict"
"""The name under which a human's verdict stands among the types that join or separate records."""

MOST: Final = 200
"""Comparisons, or blocking rules."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_FIELDS = frozenset(IdentifierType.__dataclass_fields__) - {"name"}
_PARTS = frozenset(
    {"format", "types", "comparisons", "blocking", "clustering", "frequencies", "blocked"}
)
_BOUNDS: Mapping[str, tuple[int, int]] = {"limit": (2, 1_000_000), "priority": (1, 1000)}


@dataclass(frozen=True, slots=True)
class Blocked:
    """A value that identifies nobody, as an operator wrote it (normalise before use)."""

    type: str
    value: str = field(repr=False)


@dataclass(frozen=True)
class Rules:
    """Identifier types by name, comparisons, blocking, settings of clustering, frequencies.

    `frequencies`: by feature; without any, every value counts as a usual one. `blocked`: values of
    an operator's file.
    """

    types: Mapping[str, IdentifierType]
    comparisons: tuple[Comparison, ...]
    blocking: tuple[BlockingRule, ...]
    clustering: Clustering
    frequencies: Mapping[str, Frequencies] = field(default_factory=dict, repr=False)
    blocked: tuple[Blocked, ...] = field(default=(), repr=False)

    @classmethod
    def parse(cls, document: object) -> "Rules":
        """Rules from a JSON document.

        Raises:
            InvalidRules: not of this format; the path of the first offence.
        """
        top = exactly(document, "", _PARTS)
        if top["format"] != FORMAT:
            raise InvalidRules("format", f"must be {FORMAT!r}")
        types = mapping(top["types"], "types")
        parsed = {name: _type(name, types[name]) for name in sorted(types)}
        entries = _list(top["blocked"], "blocked", 10**9)
        blocked = {_blocked(entry, f"blocked[{n}]", parsed) for n, entry in enumerate(entries)}
        comparisons = tuple(
            Comparison.parse(item, f"comparisons[{n}]")
            for n, item in enumerate(_list(top["comparisons"], "comparisons", MOST))
        )
        blocking = tuple(
            BlockingRule.parse(item, f"blocking[{n}]")
            for n, item in enumerate(_list(top["blocking"], "blocking", MOST))
        )
        compared = [item.name for item in comparisons]
        _apart(compared, "comparisons")
        _weighed(parsed, compared)
        _apart([item.name for item in blocking], "blocking")
        tables = mapping(top["frequencies"], "frequencies")
        return cls(
            parsed,
            comparisons,
            blocking,
            Clustering.parse(top["clustering"]),
            {n: Frequencies.parse(tables[n], f"frequencies.{n}") for n in sorted(tables)},
            tuple(sorted(blocked, key=lambda item: (item.type, item.value))),
        )

    @property
    def document(self) -> dict[str, object]:
        """The JSON document that parses to these rules; equal rules have equal documents."""
        return {
            "format": FORMAT,
            "types": {name: _type_document(self.types[name]) for name in sorted(self.types)},
            "comparisons": [item.document for item in self.comparisons],
            "blocking": [item.document for item in self.blocking],
            "clustering": self.clustering.document,
            "frequencies": {
                name: self.frequencies[name].document for name in sorted(self.frequencies)
            },
            "blocked": [{"type": item.type, "value": item.value} for item in self.blocked],
        }

    @cached_property
    def hash(self) -> str:
        """The version of the rules: SHA-256 of the document without blocked values, in hex."""
        text = dumps(replace(self, blocked=()).document, sort_keys=True, separators=(",", ":"))
        return sha256(text.encode()).hexdigest()

    @cached_property
    def key_limits(self) -> dict[str, int]:
        """Type of a blocking key to the records that may share one."""
        return {rule.type: rule.limit for rule in self.blocking}


def _list(value: object, path: str, most: int) -> list[object]:
    if not isinstance(value, list) or len(value) > most:
        raise InvalidRules(path, f"must be a list of at most {most}")
    return value


def _apart(names: list[str], path: str) -> None:
    if len(set(names)) != len(names):
        raise InvalidRules(path, "names must differ")


def _weighed(types: Mapping[str, IdentifierType], compared: Collection[str]) -> None:
    """What two records weigh that share a value, a comparison says."""
    for name, type_ in types.items():
        if type_.merges and name not in compared:
            raise InvalidRules(f"types.{name}.merges", "needs a comparison of the type's name")


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
        merges=flag(entry["merges"], f"{path}.merges"),
        attaches=flag(entry["attaches"], f"{path}.attaches"),
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
