"""Traits: one value for each field of a profile, where it came from, and what it was chosen over.

Two kinds, both declared as data in the catalogue `traits` and both computed when they are read,
from the state of the opened view cut to the records that may be used and to the moment: the
survivor of a field (`identity.survivorship`), and what is computed over events
(`cdp.outcomes.computed`). So a record that may no longer be used takes its values with it.

    {"traits": [{"field": "given_name", "rule": "source_priority", "sources": ["crm", "shop"]},
                {"field": "computed.orders", "purpose": "service",
                 "compute": "count", "event": "order.placed", "days": 365}]}
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from cdp.clock import instant, text
from cdp.errors import Refused
from cdp.outcomes.computed import Computed
from cdp.outcomes.declaring import LONGEST_LIST, invalid, unknown_part
from cdp.outcomes.extras import extra_marks
from cdp.outcomes.state import PROJECTIONS, State, always_marks, known_at
from identity.survivorship import Candidate, Strategy, Survivor, survive

PREFIX: Final = "computed."
ADDRESSES: Final = frozenset({"email", "phone"})
"""Contact points, which are fields too; other types of address survive by the rule for the rest."""

_NAME: Final = re.compile(r"computed\.[a-z][a-z0-9_]{0,63}")


@dataclass(frozen=True, slots=True)
class FieldRule:
    """How the value of one field is chosen; `sources`, best first, for `source_priority`."""

    field: str
    rule: Strategy
    sources: tuple[str, ...] = ()

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> "FieldRule":
        """From `{field, rule, sources?}`; the field is one of `known_fields`.

        Raises:
            Refused: `trait_invalid`; the message names the field.
        """
        name = str(raw["field"])
        for part in raw:
            if part not in {"field", "rule", "sources"}:
                raise unknown_part(name, ("field", "rule", "sources"))
        rule = raw.get("rule")
        if not isinstance(rule, str) or rule not in set(Strategy):
            raise invalid(name, "rule", f"must be one of {', '.join(Strategy)}")
        return cls(name, Strategy(rule), _sources(name, raw, Strategy(rule)))

    def document(self) -> dict[str, Any]:
        """The rule as canonical JSON, in the form `parse` reads."""
        made: dict[str, Any] = {"field": self.field, "rule": str(self.rule)}
        return made | ({"sources": list(self.sources)} if self.sources else {})


@dataclass(frozen=True, slots=True)
class Traits:
    """The declared traits of a workspace. A field that is not declared survives by the default."""

    rules: tuple[FieldRule, ...] = ()
    computed: tuple[Computed, ...] = ()

    @property
    def fields(self) -> frozenset[str]:
        """Every name that is declared."""
        return frozenset(one.field for one in self.rules) | {one.field for one in self.computed}

    @classmethod
    def of(cls, document: Mapping[str, Any] | None) -> "Traits":
        """Those of the catalogue in force, `{"traits": [...]}`; the default where there is none.

        Raises: as `parse`.
        """
        return DEFAULT if document is None else cls.parse(document["traits"])

    @classmethod
    def parse(cls, listed: Sequence[Mapping[str, Any]]) -> "Traits":
        """From the list of a catalogue; an entry whose field begins with `computed.` is computed.

        Raises:
            Refused: `trait_invalid` or `trait_not_permitted`; the message names the trait and the
                field. A field may be declared once, a computed trait once for each purpose.
        """
        if len(listed) > LONGEST_LIST:
            raise Refused(f"a catalogue has at most {LONGEST_LIST} traits", reason="trait_invalid")
        rules, computed = [], []
        for place, raw in enumerate(listed, 1):
            name = raw.get("field")
            if not isinstance(name, str) or not name:
                raise invalid(f"number {place}", "field", "must be text")
            if name in known_fields():
                rules.append(FieldRule.parse(raw))
            elif _NAME.fullmatch(name):
                computed.append(Computed.parse(raw))
            else:
                known = ", ".join(sorted(known_fields()))
                raise invalid(f"number {place}", "field", f"must be {PREFIX}<name> or of {known}")
        _once(rule.field for rule in rules)
        _once(f"{trait.field} for {trait.purpose}" for trait in computed)
        return cls(tuple(rules), tuple(computed))

    def document(self) -> list[dict[str, Any]]:
        """The list as canonical JSON, in the form `parse` reads."""
        rules = [rule.document() for rule in self.rules]
        return rules + [trait.document() for trait in self.computed]

    @property
    def names(self) -> tuple[str, ...]:
        """What is declared, each name once."""
        rules = [rule.field for rule in self.rules]
        return tuple(dict.fromkeys(rules + [trait.field for trait in self.computed]))

    def marks(self, purpose: str) -> dict[str, frozenset[str]]:
        """The event types and fields that the traits of a purpose need its view to hold."""
        needed: dict[str, frozenset[str]] = {}
        for trait in self.computed:
            if trait.purpose == purpose:
                needed[trait.event] = needed.get(trait.event, frozenset()) | trait.needs
        return needed

    def extra(self) -> dict[str, dict[str, list[str]]]:
        """By purpose, what views hold for these traits alone: if it changes, views are rebuilt."""
        found = {
            purpose: extra_marks(always_marks(purpose), purpose, self.marks(purpose))
            for purpose in PROJECTIONS
        }
        return {purpose: extra for purpose, extra in found.items() if extra}

    def read(self, state: Mapping[str, Any], now: datetime) -> dict[str, dict[str, Any]]:
        """Every trait of a state by its name, survivors first.

        A survivor is `{value, source, at, rec, rule, losers: [{value, source, at, rec}]}`; under
        the rule `all` its value is a list, and `values` says of each where it came from. A computed
        trait is `{value, type, rule, of?, event, as_of, days?, since?, evidence}`, or while its
        view does not hold yet what it needs `{value: None, rule, event, pending: True}`.

        Args:
            state: of one purpose, already cut to the records that may be used.
            now: nothing that happened or arrived later shows.
        """
        known = known_at(state, now)
        rules = {rule.field: rule for rule in (*DEFAULT.rules, *self.rules)}
        found: dict[str, dict[str, Any]] = {}
        for name, candidates in sorted(_candidates(known).items()):
            rule = rules.get(name) or FieldRule(name, Strategy.MOST_RECENT)
            survivor = survive(name, candidates, rule.rule, sources=rule.sources)
            if survivor is not None:
                found[name] = _survived(survivor)
        for trait in sorted(self.computed, key=lambda trait: trait.field):
            if trait.purpose == known["purpose"]:
                made = _computed(trait, known, now)
                found |= {} if made is None else {trait.field: made}
        return found


def pending(traits: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether one of them waits for its view to be built again."""
    return any(trait.get("pending") for trait in traits.values())


def unsigned_traits(traits: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """The traits without where they come from, for callers who may not know it.

    Losers keep their values, each once; which records, sources, moments and events stand behind
    a value does not show.
    """
    return {name: _bare(trait) for name, trait in traits.items()}


def known_fields() -> frozenset[str]:
    """Every field a rule may be declared for: what some view may hold, and contact points."""
    return ADDRESSES.union(
        *(may.attributes for may in PROJECTIONS.values()),
        *(may.declared for may in PROJECTIONS.values()),
    )


def _bare(trait: Mapping[str, Any]) -> dict[str, Any]:
    shown = ("value", "type", "rule", "of", "event", "days", "pending")
    bare = {part: trait[part] for part in shown if part in trait}
    if "values" in trait:
        bare["value"] = sorted(trait["value"])
    if "losers" in trait:
        values = dict.fromkeys(loser["value"] for loser in trait["losers"])
        bare["losers"] = [{"value": value} for value in sorted(values)]
    return bare


def _computed(trait: Computed, state: Mapping[str, Any], now: datetime) -> dict[str, Any] | None:
    held: Mapping[str, Sequence[str]] = state.get("extra", {})
    if any(
        event not in held or not set(fields) <= set(held[event])
        for event, fields in trait.extra().items()
    ):
        return {"value": None, "rule": trait.compute, "event": trait.event, "pending": True}
    return trait.read(state, now)


def _candidates(state: Mapping[str, Any]) -> dict[str, list[Candidate]]:
    """What may be shown of every field. A preference for one topic is none for the field."""
    found: dict[str, list[Candidate]] = {}
    for entry in state.get("facts", ()):
        found.setdefault(entry["name"], []).append(_candidate(entry, "seen", confirmed=False))
    for entry in state.get("declared", ()):
        if not entry.get("topic"):
            found.setdefault(entry["key"], []).append(_candidate(entry, "at", confirmed=True))
    for entry in state.get("points", ()):
        held = _candidate(entry, "seen", confirmed=bool(entry["confirmed"]))
        found.setdefault(entry["type"], []).append(held)
    return found


def _candidate(entry: State, moment: str, *, confirmed: bool) -> Candidate:
    return Candidate(
        entry["rec"], entry["source"], instant(entry[moment]), entry["value"], confirmed
    )


def _survived(survivor: Survivor) -> dict[str, Any]:
    origins = [_origin(one) for one in survivor.kept]
    losers = [_origin(one) for one in survivor.losers]
    if survivor.rule is Strategy.ALL:
        value: dict[str, Any] = {"value": [one["value"] for one in origins], "values": origins}
    else:
        value = origins[0]
    return value | {"rule": str(survivor.rule), "losers": losers}


def _origin(one: Candidate) -> dict[str, Any]:
    return {"value": one.value, "source": one.source, "at": text(one.at), "rec": one.record_id}


def _sources(name: str, raw: Mapping[str, Any], rule: Strategy) -> tuple[str, ...]:
    given = raw.get("sources", [])
    named = isinstance(given, list) and len(given) <= LONGEST_LIST
    if not named or not all(isinstance(one, str) and one for one in given):
        raise invalid(name, "sources", "must list names of sources, best first")
    if bool(given) != (rule is Strategy.SOURCE_PRIORITY):
        raise invalid(name, "sources", "goes with the rule source_priority, and only with it")
    if len(set(given)) != len(given):
        raise invalid(name, "sources", "must name each source once")
    return tuple(given)


def _once(names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise Refused(f"trait {name}: is declared twice", reason="trait_invalid")
        seen.add(name)


def default_document() -> list[dict[str, Any]]:
    """The traits of a workspace that declared none; they need nothing that views lack."""
    return [dict(one) for one in _DEFAULT]


_ORDERS: Final = MappingProxyType({"purpose": "service", "event": "order.placed"})
_DEFAULT: Final = (
    {"field": "given_name", "rule": "most_frequent"},
    {"field": "family_name", "rule": "most_recent"},
    {"field": "relation", "rule": "all"},
    {"field": "language", "rule": "prefer_confirmed"},
    {"field": "country", "rule": "most_recent"},
    {"field": "contact_time", "rule": "prefer_confirmed"},
    {"field": "preferred_channel", "rule": "prefer_confirmed"},
    {"field": "category", "rule": "all"},
    {"field": "category_avoid", "rule": "all"},
    {"field": "email", "rule": "prefer_confirmed"},
    {"field": "phone", "rule": "prefer_confirmed"},
    {"field": "computed.orders", **_ORDERS, "compute": "distinct", "of": "object"},
    {"field": "computed.orders_total", **_ORDERS, "compute": "sum", "of": "total"}
    | {"per": "currency"},
    {"field": "computed.last_order_at", **_ORDERS, "compute": "last"},
    {"field": "computed.contacts_30_days", "purpose": "service", "compute": "count"}
    | {"event": "contact.received", "days": 30},
)
DEFAULT: Final = Traits.parse(_DEFAULT)
