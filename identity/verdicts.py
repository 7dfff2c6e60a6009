"""Verdicts, indexed: which records a human holds together, and which groups nobody joins.

A verdict that keeps groups apart is a claim of which one person has one value: its group. So what
refuses two customer numbers refuses two groups, whatever would join them. Verdicts about records
that are not here say nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from identity.evidence import Claim, Ruling, Verdict
from identity.rules import VERDICT

Group = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """Verdicts by the positions of their records, ascending.

    `stages`: groups that join before anything else: those that the undoing of a merge keeps, the
    latest first, then those that a human put together. `must[i]` and `kept[i]`: which of the latter
    and of the former hold record i. `claims[i]`: its groups.
    """

    stages: tuple[tuple[Group, ...], ...]
    must: Mapping[int, frozenset[int]]
    kept: Mapping[int, frozenset[int]]
    claims: Mapping[int, dict[Claim, frozenset[bytes]]]

    @classmethod
    def of(cls, verdicts: Iterable[Verdict], places: Mapping[str, int]) -> "Judged":
        """Verdicts about the records of these places."""
        must: list[Group] = []
        kept: dict[int, list[Group]] = {}
        claims: dict[int, dict[Claim, frozenset[bytes]]] = {}
        for number, verdict in enumerate(verdicts):
            groups = [_positions(group, places) for group in verdict.groups]
            if verdict.ruling is Ruling.MUST_LINK:
                must += groups
                continue
            if verdict.whole:
                kept.setdefault(verdict.rank, []).extend(groups)
            for value, group in enumerate(groups):
                for position in group:
                    claim = (VERDICT, str(number))
                    claims.setdefault(position, {})[claim] = frozenset({b"%d" % value})
        stages = [kept[rank] for rank in sorted(kept, reverse=True)]
        return cls(
            tuple(_pairs(groups) for groups in (*stages, must)),
            _numbers(must),
            _numbers(group for groups in stages for group in groups),
            claims,
        )

    @property
    def ties(self) -> Iterator[Group]:
        """Every group that hangs together."""
        return (group for groups in self.stages for group in groups)

    def names(self, place: int) -> bool:
        """Whether a human has spoken of this record at all."""
        return place in self.must or place in self.kept or place in self.claims

    def joins(self, a: int, b: int) -> bool:
        """Whether a human said that the two are one."""
        return a in self.must and b in self.must and not self.must[a].isdisjoint(self.must[b])

    def keeps(self, a: int, b: int) -> bool:
        """Whether the undoing of a merge keeps the two as it found them, together."""
        return a in self.kept and b in self.kept and not self.kept[a].isdisjoint(self.kept[b])

    def parts(self, a: int, b: int) -> bool:
        """Whether a human said of these two records that they are not one."""
        ours, theirs = self.claims.get(a, {}), self.claims.get(b, {})
        return any(ours[claim] != theirs[claim] for claim in ours.keys() & theirs.keys())

    def settles(self, a: int, b: int) -> bool:
        """Whether a human has spoken of the two, whatever was said."""
        return self.joins(a, b) or self.keeps(a, b) or self.parts(a, b)


def _positions(group: Iterable[str], places: Mapping[str, int]) -> Group:
    return tuple(sorted(places[record] for record in group if record in places))


def _pairs(groups: Iterable[Group]) -> tuple[Group, ...]:
    return tuple(sorted({group for group in groups if len(group) > 1}))


def _numbers(groups: Iterable[Group]) -> dict[int, frozenset[int]]:
    """The numbers of the groups that hold each record."""
    found: dict[int, frozenset[int]] = {}
    for number, group in enumerate(groups):
        for position in group:
            found[position] = found.get(position, frozenset()) | {number}
    return found
