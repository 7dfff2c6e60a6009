"""How common values are: agreeing on a rare one says more (Winkler 1989).

The counts are frozen in the rules, so that a value weighs the same whatever comes in later. Kept
are the values that many records share; the others count as the usual one of them. What names a
value is the caller's: the value itself for plain files, its blind index where counts are stored.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import log2
from typing import Final

from identity.comparisons import Counted, bits
from identity.strict import InvalidRules, exactly, mapping, whole

LEAST_BITS, MOST_BITS = -8.0, 6.0
SMOOTHING: Final = 100.0
"""As many records count as if they held usual values."""

MOST_KEPT: Final = 50_000
_COUNTS: Final = (0, 10**12)


@dataclass(frozen=True)
class Frequencies:
    """Of one feature: how many records say it, how many share each common value, and the others."""

    records: int
    others: int
    counts: Mapping[str, int] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, counts: Mapping[str, int], most: int = MOST_KEPT) -> "Frequencies":
        """The frequencies of counted values; the most common ones are kept one by one."""
        ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        kept, left = ranked[:most], ranked[most:]
        while kept and kept[-1][1] <= 1:
            left.append(kept.pop())
        rest = sum(count for _, count in left)
        return cls(sum(counts.values()), -(-rest // len(left)) if left else 1, dict(kept))

    @classmethod
    def parse(cls, document: object, path: str) -> "Frequencies":
        """Frequencies from their document.

        Raises:
            InvalidRules: the path of the first offence.
        """
        entry = exactly(document, path, frozenset({"records", "others", "counts"}))
        counts = mapping(entry["counts"], f"{path}.counts")
        found = {key: whole(counts[key], f"{path}.counts", _COUNTS) for key in sorted(counts)}
        records = whole(entry["records"], f"{path}.records", _COUNTS)
        if sum(found.values()) > records:
            raise InvalidRules(f"{path}.records", "must not be less than the counts together")
        return cls(records, whole(entry["others"], f"{path}.others", _COUNTS), found)

    @property
    def document(self) -> dict[str, object]:
        """The document that parses to these."""
        return {
            "records": self.records,
            "others": self.others,
            "counts": dict(sorted(self.counts.items())),
        }

    def rarity(self, usual: float, key: str) -> int:
        """Thousandths of a bit for agreeing on this value rather than on the usual one.

        `usual`: how often two strangers agree.
        """
        return self.of_count(usual, self.counts.get(key, self.others))

    def of_count(self, usual: float, count: int) -> int:
        """The same, by how many records hold the value."""
        # How often another record holds it: whoever holds a value does not meet himself.
        share = (max(count - 1, 0.5) + SMOOTHING * usual) / (self.records + SMOOTHING)
        return bits(min(max(log2(usual / share), LEAST_BITS), MOST_BITS))

    def counted(self, by: Counted, count: int) -> int:
        """Thousandths of a bit for a value that so many records hold, as counted."""
        share = max(count / max(self.records, 1), float(by.least))
        return bits(float(by.weight) * log2(float(by.usual) / share)) if share else 0
