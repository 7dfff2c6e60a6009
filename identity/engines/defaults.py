"""What is believed of every comparison before any data is seen, and how firmly.

Shares of pairs that show a level: of one person (m), of two strangers (u), of two people of one
household (h). Set by hand. Training weighs them against what it counts as if they were as many
pairs as `FIRMNESS` says, so a handful of records is judged by these, and a thousand by themselves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from identity.engines.agreement import Comparison
from identity.engines.columns import Floats


@dataclass(frozen=True)
class Belief:
    """Shares of the levels of one comparison, in the three classes of pairs."""

    m: Floats
    u: Floats
    h: Floats


@dataclass(frozen=True)
class Firmness:
    """As how many pairs the beliefs of each class count."""

    m: float = 20.0
    u: float = 300.0
    h: float = 20.0


FIRMNESS: Final = Firmness()

_NUMBER = ((0.85, 0.05, 0.10), (0.000001, 0.000009, 0.99999), (0.01, 0.001, 0.989))
_PHONE = ((0.80, 0.02, 0.18), (0.00001, 0.00001, 0.99998), (0.20, 0.01, 0.79))
_PLAIN = ((0.90, 0.10), (0.05, 0.95), (0.30, 0.70))
_BELIEFS: Final[Mapping[str, tuple[tuple[float, ...], ...]]] = {
    "given_name": (
        (0.70, 0.10, 0.07, 0.05, 0.03, 0.05),
        (0.010, 0.004, 0.004, 0.012, 0.020, 0.950),
        (0.02, 0.01, 0.01, 0.02, 0.02, 0.92),
    ),
    "family_name": (
        (0.82, 0.06, 0.01, 0.03, 0.08),
        (0.004, 0.002, 0.00001, 0.01, 0.98399),
        (0.80, 0.04, 0.0001, 0.02, 0.1399),
    ),
    "birth_date": (
        (0.86, 0.06, 0.01, 0.01, 0.06),
        (0.0001, 0.0015, 0.003, 0.0154, 0.98),
        (0.004, 0.002, 0.004, 0.03, 0.96),
    ),
    "email": ((0.75, 0.08, 0.17), (0.00001, 0.00002, 0.99997), (0.06, 0.01, 0.93)),
    "address": (
        (0.60, 0.05, 0.12, 0.10, 0.04, 0.09),
        (0.0001, 0.0001, 0.0002, 0.01, 0.02, 0.9696),
        (0.75, 0.03, 0.10, 0.05, 0.01, 0.06),
    ),
    "company": ((0.85, 0.09, 0.06), (0.0005, 0.0015, 0.998), (0.3, 0.05, 0.65)),
    "phone": _PHONE,
    "middle_initial": ((0.90, 0.10), (0.06, 0.94), (0.06, 0.94)),
    "sex": ((0.97, 0.03), (0.5, 0.5), (0.45, 0.55)),
    "device_id": ((0.60, 0.40), (0.00001, 0.99999), (0.10, 0.90)),
    "customer_id": ((0.60, 0.40), (0.000001, 0.999999), (0.01, 0.99)),
    "login_id": ((0.80, 0.20), (0.000001, 0.999999), (0.02, 0.98)),
    "external_id": ((0.60, 0.40), (0.00001, 0.99999), (0.05, 0.95)),
    "birth_place": ((0.85, 0.15), (0.01, 0.99), (0.4, 0.6)),
    "region": ((0.90, 0.10), (0.1, 0.9), (0.9, 0.1)),
    "country": ((0.97, 0.03), (0.3, 0.7), (0.97, 0.03)),
}


def belief(comparison: Comparison) -> Belief:
    """The beliefs about a comparison, level by level."""
    found = _BELIEFS.get(comparison.name)
    if found is None:
        found = _NUMBER if len(comparison.levels) == len(_NUMBER[0]) else _PLAIN
    m, u, h = (np.array(shares) / sum(shares) for shares in found)
    return Belief(m, u, h)
