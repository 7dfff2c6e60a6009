"""What turns weights into persons: priors, and how far clusters may reach.

All bits are decimal texts in the document and whole thousandths in memory.
"""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Final

from identity.comparisons import MILLI
from identity.strict import decimal, exactly, whole

_BITS: Final = (-60, 60)
_SAID: Final = (1, 100)
_TOGETHER: Final = (2, 100_000)


@dataclass(frozen=True)
class Clustering:
    """Settings of clustering; odds in bits.

    `prior`: that two random records are one person. `edge`, `inside`: how much milder that is while
    components form, and inside one: whoever is tied through others may well be the same. `said`: as
    many comparisons must say something before the prior counts in full. `together`: records of a
    component that are clustered as a whole; a larger one is parted at its weakest ties.
    `household`: for one person against two of a household, before anything is compared; None where
    no such class is known.
    """

    prior: Decimal
    edge: Decimal
    inside: Decimal
    said: int
    together: int
    household: Decimal | None

    @classmethod
    def parse(cls, document: object) -> "Clustering":
        """Settings from their document.

        Raises:
            InvalidRules: the path of the first offence.
        """
        entry = exactly(document, "clustering", frozenset(cls.__dataclass_fields__))
        household = entry["household"]

        def odds(name: str) -> Decimal:
            return decimal(entry[name], f"clustering.{name}", _BITS)

        return cls(
            prior=odds("prior"),
            edge=odds("edge"),
            inside=odds("inside"),
            said=whole(entry["said"], "clustering.said", _SAID),
            together=whole(entry["together"], "clustering.together", _TOGETHER),
            household=None if household is None else odds("household"),
        )

    @property
    def document(self) -> dict[str, object]:
        """The document that parses to these settings."""
        return {
            "prior": format(self.prior, "f"),
            "edge": format(self.edge, "f"),
            "inside": format(self.inside, "f"),
            "said": self.said,
            "together": self.together,
            "household": None if self.household is None else format(self.household, "f"),
        }

    @cached_property
    def edge_prior(self) -> int:
        """The prior while components form, in thousandths of a bit."""
        return milli(self.prior + self.edge)

    @cached_property
    def household_odds(self) -> int | None:
        """`household` in thousandths of a bit."""
        return None if self.household is None else milli(self.household)

    def inside_prior(self, said: int) -> int:
        """The prior of two records of one component of which so many comparisons say something."""
        if said >= self.said:
            return self._inside
        return round(self._inside * said / self.said)

    @cached_property
    def _inside(self) -> int:
        return milli(self.prior + self.inside)


def milli(value: Decimal) -> int:
    """Thousandths of a bit."""
    return round(value * MILLI)
