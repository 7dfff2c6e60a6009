"""Computed traits: counts, sums and the like over the events that one purpose may read.

A trait is declared as data and computed when it is read, over the marks of the opened view: so it
depends on nothing that happened or arrived after the moment, and on no record that may not be used.
It may use only the event types and fields that the view of its purpose may hold. Sums are exact
decimals; amounts of money are never added up across currencies.
"""

import dataclasses
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal, Inexact
from types import MappingProxyType
from typing import Any, Final

from cdp.clock import instant, text
from cdp.outcomes.declaring import (
    EXACT,
    LIST,
    OBJECT,
    days_in,
    invalid,
    kind_of,
    not_permitted,
    text_in,
    unknown_part,
    where_in,
    word_in,
)
from cdp.outcomes.events import CATALOGUE
from cdp.outcomes.extras import extra_marks, may_hold
from cdp.outcomes.state import PROJECTIONS, State, always_marks

UNKNOWN: Final = "unknown"
"""The key of amounts whose currency nobody told."""

_CURRENCY: Final = "currency"
_SPARE: Final = 12
_NUMBERS: Final = EXACT | {"integer", "count"}
_TYPES: Final = MappingProxyType(
    {"amount": "decimal", "count": "integer", "deadline": "instant", LIST: "code"}
)
_FIELDS: Final = ("field", "purpose", "compute", "event", "of", "per", "where", "days")


@dataclass(frozen=True, slots=True)
class Computed:
    """One computed trait of one purpose.

    `of` is the field that is summed up or shown (empty: the event itself); `per` splits a sum or
    an average by a field; `where` maps a field to the values it may have; `days` is the window
    before now, None for all that is held.
    """

    field: str
    purpose: str
    compute: str
    event: str
    of: str = ""
    per: str = ""
    where: Mapping[str, frozenset[str]] = dataclasses.field(default_factory=dict)
    days: int | None = None

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> "Computed":
        """From `{field, purpose, compute, event, of?, per?, where?, days?}`.

        Raises:
            Refused: `trait_invalid`, or `trait_not_permitted` for what the view of its purpose may
                not hold; the message names the trait and the field.
        """
        name = str(raw["field"])
        for given in raw:
            if given not in _FIELDS:
                raise unknown_part(name, _FIELDS)
        compute = word_in(name, raw, "compute", _COMPUTE)
        event = word_in(name, raw, "event", CATALOGUE)
        made = cls(
            field=name,
            purpose=word_in(name, raw, "purpose", PROJECTIONS),
            compute=compute,
            event=event,
            of=text_in(name, raw, "of", needed=False),
            per=text_in(name, raw, "per", needed=False),
            where=where_in(name, raw, event),
            days=days_in(name, raw),
        )
        made._check()
        return made

    def document(self) -> dict[str, Any]:
        """The trait as canonical JSON, in the form `parse` reads."""
        made: dict[str, Any] = {
            "field": self.field,
            "purpose": self.purpose,
            "compute": self.compute,
            "event": self.event,
        }
        for name in ("of", "per"):
            made |= {name: getattr(self, name)} if getattr(self, name) else {}
        if self.where:
            made["where"] = {name: sorted(values) for name, values in sorted(self.where.items())}
        return made | ({} if self.days is None else {"days": self.days})

    @property
    def needs(self) -> frozenset[str]:
        """The fields of its events that a view has to hold for it."""
        return frozenset({self.of, self.per, *self.where}) - {"", OBJECT}

    def extra(self) -> dict[str, list[str]]:
        """What the view has to hold for this trait alone."""
        return extra_marks(always_marks(self.purpose), self.purpose, {self.event: self.needs})

    def read(self, state: Mapping[str, Any], now: datetime) -> dict[str, Any] | None:
        """Its value and the evidence, or None when nothing that counts was there.

        Args:
            state: of the opened view, cut to usable records and to `now`.
            now: the moment the window is counted back from.
        """
        since = self._since(state, now)
        marks = state.get("counted" if self.extra() else "marks", ())
        found = _each_once(mark for mark in marks if self._fits(mark, since))
        counted = [mark for mark in found if not self.of or self.of in mark]
        value = _COMPUTE[self.compute].make(self, counted, now)
        if value is None:
            return None
        made: dict[str, Any] = {
            "value": value,
            "type": self._type(),
            "rule": self.compute,
            "event": self.event,
            "as_of": text(now),
        }
        made |= {"of": self.of} if self.of else {}
        made |= {} if self.days is None else {"days": self.days}
        made |= {"since": since} if since else {}
        return made | {"evidence": self._evidence(counted, len(found) - len(counted))}

    def _since(self, state: Mapping[str, Any], now: datetime) -> str:
        """After which moment events count: the window, as far back as the view reaches.

        Moments are text in the house form, which sorts as they do; empty: there is no limit.
        """
        window = "" if self.days is None else text(now - timedelta(days=self.days))
        return max(window, str(state.get("since", "")))

    def _fits(self, mark: State, since: str) -> bool:
        if mark["type"] != self.event or mark["at"] <= since:
            return False
        return all(
            not values.isdisjoint(map(str, self.values(mark, name)))
            for name, values in self.where.items()
        )

    def values(self, mark: State, name: str) -> list[Any]:
        """What a mark holds in a field: nothing, one value, or each of several codes."""
        if name not in mark:
            return []
        return mark[name].split(",") if self._kind(name) == LIST else [mark[name]]

    def _evidence(self, counted: Sequence[State], without: int) -> dict[str, Any]:
        made: dict[str, Any] = {
            "count": len(counted),
            "events": [mark["id"] for mark in counted],
        }
        if counted:
            made["first"] = {"id": counted[0]["id"], "at": counted[0]["at"]}
            made["last"] = {"id": counted[-1]["id"], "at": counted[-1]["at"]}
        return made | ({"without": without} if without else {})

    def _type(self) -> str:
        fixed = _COMPUTE[self.compute].type
        kind = self._kind(self.of) or "instant"
        return fixed or _TYPES.get(kind, kind)

    def _kind(self, name: str) -> str:
        """The kind of a field of the event in the catalogue; empty when it has none of the name."""
        return kind_of(CATALOGUE[self.event], name)

    def _check(self) -> None:
        rule = _COMPUTE[self.compute]
        if rule.of == "required" and not self.of:
            raise invalid(self.field, "of", f"is required for {self.compute}")
        if rule.of == "none" and self.of:
            raise invalid(self.field, "of", f"is not used for {self.compute}")
        self._check_fields()
        if rule.adds:
            self._check_sum()
        elif self.per:
            raise invalid(self.field, "per", "is for sum and average only")

    def _check_fields(self) -> None:
        held = may_hold(always_marks(self.purpose), self.purpose, self.event)
        if held is None:
            raise not_permitted(self.field, f"the view of {self.purpose} holds no {self.event}")
        for part, name in (("of", self.of), ("per", self.per), *(("where", n) for n in self.where)):
            if name and not self._kind(name):
                raise invalid(self.field, part, f"names no field of {self.event}")
            if name not in {"", OBJECT} and name not in held:
                raise not_permitted(
                    self.field,
                    f"the view of {self.purpose} holds no {name} of {self.event}",
                )

    def _check_sum(self) -> None:
        if self._kind(self.of) not in _NUMBERS:
            raise invalid(self.field, "of", f"must be a number for {self.compute}")
        if self.per and self._kind(self.per) not in {"code", "channel"}:
            raise invalid(self.field, "per", "must be a code")
        money = self._kind(self.of) in EXACT and self._kind(_CURRENCY)
        if money and self.per != _CURRENCY and len(self.where.get(_CURRENCY, ())) != 1:
            raise invalid(
                self.field,
                "per",
                'must be "currency", or "where" must name the one currency: '
                "amounts of several are not added up",
            )


def _each_once(marks: Any) -> list[State]:
    """Events in order of time; one that several records of a source tell counts once."""
    kept: dict[tuple[str, str], State] = {}
    for mark in sorted(marks, key=lambda mark: (mark["received"], mark["rec"])):
        kept.setdefault((mark["source"], mark["id"]), mark)
    return sorted(kept.values(), key=lambda mark: (mark["at"], mark["id"], mark["source"]))


Make = Callable[[Computed, Sequence[State], datetime], Any]


@dataclass(frozen=True, slots=True)
class _Rule:
    """How a value is made, None of nothing.

    `of` is "required", "optional" or "none"; `type` is empty where it is that of the field; `adds`
    is true for what adds numbers up.
    """

    make: Make
    of: str
    type: str = ""
    adds: bool = False


def _count(_trait: Computed, marks: Sequence[State], _now: datetime) -> int:
    return len(marks)


def _distinct(trait: Computed, marks: Sequence[State], _now: datetime) -> int:
    return len({value for mark in marks for value in trait.values(mark, trait.of)})


def _end(place: int) -> Make:
    def make(trait: Computed, marks: Sequence[State], _now: datetime) -> Any:
        return marks[place][trait.of or "at"] if marks else None

    return make


def _most_frequent(trait: Computed, marks: Sequence[State], _now: datetime) -> Any:
    told = [(value, mark) for mark in marks for value in trait.values(mark, trait.of)]
    counts = Counter(value for value, _ in told)
    newest = {value: (mark["at"], mark["id"]) for value, mark in told}
    return max(counts, key=lambda value: (counts[value], newest[value], str(value)), default=None)


def _days_since(_trait: Computed, marks: Sequence[State], now: datetime) -> int | None:
    return (now - instant(marks[-1]["at"])).days if marks else None


def _added(total: Callable[[Sequence[Any]], Any]) -> Make:
    def make(trait: Computed, marks: Sequence[State], _now: datetime) -> Any:
        if not trait.per:
            return total([mark[trait.of] for mark in marks]) if marks else None
        groups: dict[str, list[Any]] = {}
        for mark in marks:
            groups.setdefault(mark.get(trait.per, UNKNOWN), []).append(mark[trait.of])
        return {name: total(groups[name]) for name in sorted(groups)} or None

    return make


def _sum(values: Sequence[Any]) -> str | int:
    """Exact: of integers an integer, of decimal texts a decimal text."""
    whole = [value for value in values if isinstance(value, int)]
    if len(whole) == len(values):
        return sum(whole)
    context = _exact(values)
    total = Decimal(0)
    for value in values:
        total = context.add(total, Decimal(value))
    return format(total, "f")


def _average(values: Sequence[Any]) -> str:
    """A decimal text of four places, half to even."""
    context = _exact(values)
    context.traps[Inexact] = False
    mean = context.divide(Decimal(_sum(values)), Decimal(len(values)))
    return format(context.quantize(mean, Decimal("0.0001")), "f")


def _exact(values: Sequence[Any]) -> Context:
    """As many digits as an exact sum of these can need; anything less raises."""
    longest = max(len(str(value)) for value in values)
    digits = 2 * longest + len(str(len(values))) + _SPARE
    return Context(prec=digits, rounding=ROUND_HALF_EVEN, traps=[Inexact])


_COMPUTE: Mapping[str, _Rule] = MappingProxyType(
    {
        "count": _Rule(_count, "none", "integer"),
        "distinct": _Rule(_distinct, "required", "integer"),
        "sum": _Rule(_added(_sum), "required", adds=True),
        "average": _Rule(_added(_average), "required", "decimal", adds=True),
        "first": _Rule(_end(0), "optional"),
        "last": _Rule(_end(-1), "optional"),
        "most_frequent": _Rule(_most_frequent, "required"),
        "days_since": _Rule(_days_since, "none", "integer"),
    }
)
COMPUTATIONS: Final = tuple(_COMPUTE)
"""What can be computed."""
