"""A model of Splink 5, read into rules.

The columns that it names are the features, under their own names. Weights are those of Splink: the
prior of two random records, log2(m/u) of each level, and rarity as counted. How common values are
is no part of such a model; it is counted where records are resolved. Whoever ties together does so
by weight alone, so links are pairs above 0 bits, a probability of one half.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from math import log2
from typing import Final, TypeVar

from identity.comparisons import MOST_LEVELS, ROUNDING, Comparison, Counted, Level, Rarity
from identity.conditions import Any, Condition, Never, Same
from identity.keys import LIMITS, MOST_PARTS, NAMES, BlockingRule
from identity.parts import FEATURE, Part
from identity.rules import MOST, Rules
from identity.settings import Clustering
from identity.splink.compiling import compile_condition
from identity.splink.sql import Binary, Expression, Joined, NotRead, parse_sql
from identity.splink.values import prefixed, value
from identity.strict import InvalidRules, mapping

T = TypeVar("T")

DIALECT: Final = "duckdb"
LINK_TYPES: Final = ("dedupe_only", "link_only", "link_and_dedupe")
TOGETHER: Final = 300
_SQL_SHOWN: Final = 300
_LARGEST: Final = Decimal("0.999999999999999")
_FURTHEST: Final = 60
_WEIGHTS: Final = (0.0, 10.0)


def read_splink(document: object, untrained: Decimal | None = None) -> tuple[Rules, str]:
    """The rules that a model says, and its type of link.

    `untrained`: what counts as m or u where the model has none; None refuses such a model.

    Raises:
        InvalidRules: it is no such model, or has something in it that is not read; which
        comparison and level, and the SQL of it.
    """
    top = mapping(document, "")
    link = top.get("link_type")
    if link not in LINK_TYPES:
        raise InvalidRules("link_type", f"must be one of {', '.join(LINK_TYPES)}")
    if top.get("sql_dialect", DIALECT) != DIALECT:
        raise InvalidRules("sql_dialect", f"must be {DIALECT}: no other SQL is read")
    comparisons = _unlike(
        [
            _comparison(mapping(item, f"comparisons[{place}]"), place, untrained)
            for place, item in enumerate(_listed(top, "comparisons"))
        ]
    )
    blocking = tuple(
        _blocking(item, place)
        for place, item in enumerate(_listed(top, "blocking_rules_to_generate_predictions"), 1)
    )
    prior = _prior(top.get("probability_two_random_records_match", 0.0001))
    settings = Clustering(prior, Decimal(0), Decimal(0), 1, TOGETHER, None)
    return Rules({}, comparisons, blocking, settings), str(link)


def _listed(top: Mapping[str, object], name: str) -> list[object]:
    found = top.get(name)
    if not isinstance(found, list) or len(found) > MOST:
        raise InvalidRules(name, f"must be a list of at most {MOST}")
    return found


def _prior(share: object) -> Decimal:
    if not isinstance(share, int | float) or not 0 < share < 1:
        raise InvalidRules(
            "probability_two_random_records_match", "must be a number above 0 and below 1"
        )
    bits = log2(share / (1 - share))
    if abs(bits) > _FURTHEST:
        raise InvalidRules("probability_two_random_records_match", "is too small to be meant")
    return Decimal(str(round(bits, 9)))


def _comparison(entry: Mapping[str, object], place: int, untrained: Decimal | None) -> Comparison:
    told = entry.get("output_column_name")
    name = _named(told) if isinstance(told, str) and told.strip() else f"comparison_{place + 1}"
    rows = entry.get("comparison_levels")
    if not isinstance(rows, list) or not rows:
        raise InvalidRules(f"comparison {name!r}", "must have a list of comparison_levels")
    levels = [_Row.of(row, name, number) for number, row in enumerate(rows, 1)]
    silent = [level.condition for level in levels if level.is_null]
    if any(level.is_null for level in levels[len(silent) :]):
        raise InvalidRules(f"comparison {name!r}", "a null level must come before all others")
    shown = levels[len(silent) :]
    if not 1 < len(shown) <= MOST_LEVELS or not shown[-1].is_else:
        raise InvalidRules(
            f"comparison {name!r}",
            f"must have 2 to {MOST_LEVELS} levels, the last of which is ELSE",
        )
    usual = {item.equal: item for item in reversed(shown) if item.equal}
    made = tuple(
        item.level(label, untrained, usual)
        for item, label in zip(shown, _apart([item.label for item in shown]), strict=True)
    )
    loose = any(abs(sum(getattr(x, of) for x in made) - 1) > ROUNDING for of in ("m", "u"))
    return Comparison(name, _either(silent), made, loose)


def _either(conditions: Sequence[Condition]) -> Condition:
    if not conditions:
        return Never()
    return conditions[0] if len(conditions) == 1 else Any(tuple(conditions))


def _named(text: str) -> str:
    """A name as features have; what no name may have becomes a line."""
    return re.sub(r"[^\w .\-]|^\W", "_", text.strip())[:63]


def _apart(labels: Sequence[str]) -> list[str]:
    """Labels made short, and different."""
    found: list[str] = []
    for number, label in enumerate(labels, 1):
        short = label[:MOST_LEVELS]
        ending = f" ({number})"
        found.append(short if short not in found else short[: MOST_LEVELS - len(ending)] + ending)
    return found


def _unlike(items: Sequence[Comparison]) -> tuple[Comparison, ...]:
    known = [item.name for item in items]
    if len(set(known)) != len(known):
        raise InvalidRules("comparisons", "output_column_name must differ")
    return tuple(items)


class _Row:
    """One level, read; `condition` is what its SQL says."""

    def __init__(self, entry: Mapping[str, object], comparison: str, number: int) -> None:
        told, sql = entry.get("label_for_charts"), entry.get("sql_condition")
        self.label = told if isinstance(told, str) and told.strip() else f"level {number}"
        self.path = f"comparison {comparison!r}, level {self.label!r}"
        if not isinstance(sql, str):
            raise InvalidRules(self.path, "must have an sql_condition")
        self.is_null = entry.get("is_null_level") is True
        self.is_else = sql.strip().upper() == "ELSE"
        self.condition = _recognised(compile_condition, sql, self.path)
        self._entry = entry

    @classmethod
    def of(cls, entry: object, comparison: str, number: int) -> "_Row":
        """A level of a comparison."""
        return cls(mapping(entry, f"comparison {comparison!r}"), comparison, number)

    @property
    def equal(self) -> str:
        """The whole column that is the same at this level; none for any other condition."""
        # What differs or is lacking is a kind of sameness, in the way it is built.
        if isinstance(self.condition, Same) and type(self.condition) is Same:
            return self.condition.feature
        return ""

    def level(self, name: str, untrained: Decimal | None, usual: Mapping[str, "_Row"]) -> Level:
        """The level; `usual`: those of equality, by column."""
        m, u = (self.share(of, untrained) for of in ("m", "u"))
        return Level(name, self.condition, m, u, rarity=self._rarity(untrained, usual))

    def share(self, of: str, untrained: Decimal | None) -> Decimal:
        """Its m or u."""
        share = self._entry.get(f"{of}_probability")
        if share is None or isinstance(share, str):
            if untrained is None:
                raise InvalidRules(
                    self.path, f"has no {of}_probability; train it, or say what counts as it"
                )
            return untrained
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share <= 1:
            raise InvalidRules(self.path, f"{of}_probability must be above 0 and at most 1")
        return min(Decimal(repr(share)), _LARGEST)

    def _rarity(self, untrained: Decimal | None, usual: Mapping[str, "_Row"]) -> Rarity | None:
        column = self._entry.get("tf_adjustment_column")
        if column is None or self.is_else:
            return None
        if not isinstance(column, str) or not FEATURE.fullmatch(_bare(column)):
            raise InvalidRules(self.path, "tf_adjustment_column must name a column")
        own = self._entry.get("disable_tf_exact_match_detection") is True
        equal = self if own else usual.get(_bare(column))
        if equal is None:
            raise InvalidRules(
                self.path,
                "is adjusted by how common values are of a column of which no level is equality",
            )
        weight = self._number("tf_adjustment_weight", 1.0, _WEIGHTS)
        least = self._number("tf_minimum_u_value", 0.0, (0.0, 1.0))
        counted = Counted(equal.share("u", untrained), weight, least)
        return Rarity(_bare(column), counted=counted)

    def _number(self, name: str, default: float, bounds: tuple[float, float]) -> Decimal:
        found = self._entry.get(name, default)
        if not isinstance(found, int | float) or not bounds[0] <= found <= bounds[1]:
            raise InvalidRules(
                self.path, f"{name} must be a number from {bounds[0]:g} to {bounds[1]:g}"
            )
        return Decimal(repr(float(found))).quantize(Decimal(1).scaleb(-15)).normalize()


def _bare(column: str) -> str:
    return column.strip().strip('"')


def _blocking(entry: object, number: int) -> BlockingRule:
    path = f"blocking rule {number}"
    if isinstance(entry, dict):
        if entry.get("arrays_to_explode"):
            raise InvalidRules(path, "takes arrays apart, which is not read")
        if entry.get("sql_dialect", DIALECT) != DIALECT:
            raise InvalidRules(path, f"must be in the SQL of {DIALECT}")
        entry = entry.get("blocking_rule")
    if not isinstance(entry, str):
        raise InvalidRules(path, "must be SQL")
    parts = _recognised(_parts, entry, path)
    return BlockingRule(f"rule_{number}", parts, LIMITS[1])


def _parts(sql: str) -> tuple[Part, ...]:
    found = dict.fromkeys(_part(one) for one in _conjuncts(parse_sql(sql)))
    if len(found) > MOST_PARTS:
        raise NotRead(f"more than {MOST_PARTS} columns must agree")
    return tuple(Part(text) for text in found)


def _conjuncts(expression: Expression) -> list[Expression]:
    if isinstance(expression, Joined) and expression.word == "and":
        return [one for part in expression.parts for one in _conjuncts(part)]
    return [expression]


def _part(expression: Expression) -> str:
    if not isinstance(expression, Binary) or expression.sign != "=":
        raise NotRead("only what must be equal is read, joined by AND")
    ours, theirs = value(expression.left, prefixed), value(expression.right, prefixed)
    if ours.mirrored != theirs:
        raise NotRead("different columns must be equal")
    if ours.part == NAMES:
        raise NotRead("this name of a column has another meaning here")
    return ours.part


def _recognised(read: Callable[[str], T], sql: str, path: str) -> T:
    """What the SQL says; refused with where it stands and what it is."""
    try:
        return read(sql)
    except NotRead as why:
        shown = " ".join(sql.split())
        shown = shown if len(shown) <= _SQL_SHOWN else f"{shown[:_SQL_SHOWN]}\u2026"
        raise InvalidRules(path, f"is not recognised, {why}: {shown}") from None
