"""The weights: m and u of every level, the household class, and the priors of clustering.

m is the share of pairs of one person that show a level, u that of pairs of two unrelated people,
household that of two people of one household; each adds up to one over a comparison's levels.
Probabilities are decimal texts in the document, because a float has no one spelling, and it is
hashed. Weights in memory are whole thousandths of a bit, so that sums are exact in any order.

The model is that of Fellegi and Sunter (1969); the default numbers are set by hand.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from math import log2

from identity.comparison import LEVELS
from identity.person import BLOCK, BLOCKING_KEYS
from identity.strict import InvalidRules, exactly, whole

MILLI = 1000
"""Thousandths in a bit."""

_DECIMAL = re.compile(r"0\.\d{1,9}")
_CLASSES = ("m", "u", "household")
_LIMITS = (2, 1000)
_PAIRS = (1, 1_000_000)
_PRIORS = ("prior", "candidate_prior", "household_prior")


@dataclass(frozen=True, slots=True)
class Level:
    """The probabilities of one level, in each of the three classes of pairs."""

    m: Decimal
    u: Decimal
    household: Decimal

    @property
    def weight(self) -> int:
        """Evidence for one person against strangers, in thousandths of a bit."""
        return bits(log2(self.m / self.u))

    @property
    def against_household(self) -> int:
        """Evidence for one person against two of a household, in thousandths of a bit."""
        return bits(log2(self.m / self.household))


@dataclass(frozen=True)
class Model:
    """Levels by comparison, limits by blocking key, and the priors.

    `prior`: that two records of one component are one person. `candidate_prior`: that two records
    which share a blocking key are. `household_prior`: that two records which look like one
    household are one person. `max_pairs`: pairs of a component that are compared; one with more is
    joined by proof alone.
    """

    comparisons: Mapping[str, Mapping[str, Level]]
    blocking: Mapping[str, int]
    prior: Decimal
    candidate_prior: Decimal
    household_prior: Decimal
    max_pairs: int

    @classmethod
    def parse(cls, comparisons: object, blocking: object, clustering: object) -> "Model":
        """A model from three parts of the rules document.

        Raises:
            InvalidRules: the path of the first offence.
        """
        found = exactly(comparisons, "comparisons", frozenset(LEVELS))
        names = frozenset(key.removeprefix(BLOCK) for key in BLOCKING_KEYS)
        limits = exactly(blocking, "blocking", names)
        settings = exactly(clustering, "clustering", frozenset({*_PRIORS, "max_pairs"}))
        prior, candidate, household = (
            _probability(settings[name], f"clustering.{name}") for name in _PRIORS
        )
        return cls(
            {name: _comparison(name, found[name]) for name in LEVELS},
            {BLOCK + name: whole(limits[name], f"blocking.{name}", _LIMITS) for name in limits},
            prior,
            candidate,
            household,
            whole(settings["max_pairs"], "clustering.max_pairs", _PAIRS),
        )

    @property
    def document(self) -> dict[str, object]:
        """The three parts, as they parse to this model."""
        return {
            "comparisons": {
                name: {
                    level: {key: _text(getattr(found, key)) for key in _CLASSES}
                    for level, found in levels.items()
                }
                for name, levels in self.comparisons.items()
            },
            "blocking": {key.removeprefix(BLOCK): n for key, n in sorted(self.blocking.items())},
            "clustering": {
                **{name: _text(getattr(self, name)) for name in _PRIORS},
                "max_pairs": self.max_pairs,
            },
        }

    @cached_property
    def weights(self) -> dict[tuple[str, str], tuple[int, int]]:
        """(comparison, level) to its weight and its weight against a household."""
        return {
            (name, level): (found.weight, found.against_household)
            for name, levels in self.comparisons.items()
            for level, found in levels.items()
        }

    @cached_property
    def priors(self) -> tuple[int, int, int]:
        """`prior`, `candidate_prior` and `household_prior` as log odds."""
        odds = (getattr(self, name) for name in _PRIORS)
        first, second, third = (bits(log2(p / (1 - p))) for p in odds)
        return first, second, third


def bits(value: float) -> int:
    """Bits as whole thousandths."""
    return round(value * MILLI)


def _comparison(name: str, document: object) -> dict[str, Level]:
    path = f"comparisons.{name}"
    found = exactly(document, path, frozenset(LEVELS[name]))
    levels = {level: _level(found[level], f"{path}.{level}") for level in LEVELS[name]}
    for key in _CLASSES:
        if sum(getattr(level, key) for level in levels.values()) != 1:
            raise InvalidRules(path, f"{key} of all levels must add up to 1")
    return levels


def _level(document: object, path: str) -> Level:
    found = exactly(document, path, frozenset(_CLASSES))
    return Level(*(_probability(found[key], f"{path}.{key}") for key in _CLASSES))


def _probability(value: object, path: str) -> Decimal:
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value) or not Decimal(value):
        raise InvalidRules(path, "must be a decimal text above 0 and below 1, such as '0.05'")
    return Decimal(value)


def _text(value: Decimal) -> str:
    return format(value, "f")


def _table(text: str) -> dict[str, dict[str, str]]:
    rows = (line.split() for line in text.strip().splitlines())
    return {row[0]: dict(zip(_CLASSES, row[1:], strict=True)) for row in rows}


def default_parts() -> dict[str, object]:
    """The parts of the document that `Model.parse` takes, by name, set by hand."""
    return {
        "comparisons": {
            "given_name": _table(
                """
                exact 0.68 0.010 0.03
                nickname 0.10 0.004 0.01
                initial 0.05 0.012 0.02
                similar 0.07 0.006 0.01
                close 0.04 0.050 0.04
                different 0.06 0.918 0.89
                """
            ),
            "family_name": _table(
                """
                exact 0.82 0.006 0.75
                similar 0.06 0.004 0.04
                close 0.03 0.040 0.03
                different 0.09 0.950 0.18
                """
            ),
            "birth_date": _table(
                """
                exact 0.86 0.0001 0.0040
                swapped 0.02 0.0001 0.0005
                near 0.05 0.0040 0.0040
                year 0.02 0.0149 0.0200
                different 0.05 0.9809 0.9715
                """
            ),
            "address": _table(
                """
                exact 0.50 0.0002 0.80
                similar 0.12 0.0003 0.05
                building 0.03 0.0002 0.03
                postcode 0.10 0.0200 0.03
                city 0.10 0.0500 0.02
                different 0.15 0.9293 0.07
                """
            ),
            "company": _table(
                """
                exact 0.85 0.0005 0.30
                similar 0.09 0.0015 0.05
                different 0.06 0.9980 0.65
                """
            ),
        },
        "blocking": {
            "family_birth": 30,
            "given_birth": 30,
            "family_postcode": 30,
            "family_city": 30,
            "initial_address": 30,
            "company_name": 30,
        },
        "clustering": {
            "prior": "0.05",
            "candidate_prior": "0.00002",
            "household_prior": "0.5",
            "max_pairs": 20_000,
        },
    }
