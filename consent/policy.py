"""The policy of a workspace: one versioned JSON document, read strictly, compiled once.

A workspace may only tighten what `default_document()` says; a looser cell is refused. Callers hash
`Policy.document`, the normalised form: two documents that mean the same have the same one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from consent.basis import BASES, EXPLICIT, PROHIBITED, as_strict
from consent.defaults import FORMAT, default_document
from consent.notices import Notice
from consent.purposes import Purpose, parse_purposes
from consent.reading import CHANNELS, EVERY, Fault, Invalid, Reader
from consent.regimes import REGIMES, age_limit, family

__all__ = ["ContactRules", "InvalidPolicy", "Policy", "Terms", "default_document"]

DAYS_MOST: Final = 36_500


class InvalidPolicy(Invalid):
    """A policy document that cannot be put in force; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Periods and switches of consent. Months are calendar months."""

    minors_with_guardian: bool
    doi_channels: frozenset[str]
    doi_hours: int
    soft_optin: bool
    soft_optin_months: int
    implied_months: int
    implied_months_with_end: int
    prompt_months: int


@dataclass(frozen=True, slots=True)
class ContactRules:
    """`cap`: per channel or "*", (messages, days). `quiet`: (first hour, first free hour)."""

    cap: Mapping[str, tuple[int, int]]
    quiet: Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Policy:
    """What decide() obeys. Made by `parse`; `document` is its normalised JSON.

    `lia`, `compelling`: purposes with an assessment or compelling grounds on file. `collection`:
    per regime the notices of which one must be active, where not any notice will do.
    `channelled`: purposes whose basis depends on the channel.
    """

    document: Mapping[str, Any] = field(repr=False)
    purposes: Mapping[str, Purpose]
    notices: Mapping[str, Notice]
    lia: frozenset[str]
    compelling: frozenset[str]
    terms: Terms
    contact: ContactRules
    collection: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ages: Mapping[str, int] = field(default_factory=dict)
    cells: Mapping[tuple[str, str], Mapping[str | None, str]] = field(
        default_factory=dict, repr=False
    )
    channelled: frozenset[str] = frozenset()

    def basis(self, purpose: str, regime: str, channel: str | None) -> str:
        """The basis of a cell; a regime unknown here is the strictest, an empty cell prohibited."""
        row = self.cells.get((purpose, regime))
        if row is None:
            row = self.cells.get((purpose, family(regime)), {})
        return row.get(channel, PROHIBITED)

    def age_limit(self, regime: str) -> int:
        """The age from which a person's own consent to marketing counts."""
        return self.ages.get(regime) or self.ages.get(family(regime)) or age_limit(regime)

    @classmethod
    def parse(cls, source: Mapping[str, Any]) -> "Policy":
        """Read, check and compile a policy document.

        Raises:
            InvalidPolicy: an unknown field, regime or purpose, a cycle, a value of a wrong kind,
                or anything looser than the default.
        """
        read = Reader.of(source, _KNOWN, InvalidPolicy)
        read.choice("format", {FORMAT})
        max_age = read.number("max_age_days", 1, DAYS_MOST, 730)
        purposes, tree = parse_purposes(read.mapping("purposes"), max_age, InvalidPolicy)
        _check_tree(purposes)
        matrix = dict(sorted(_matrix(read, purposes)))
        notices = {
            key: Notice.parse(key, value, InvalidPolicy)
            for key, value in sorted(read.mapping("notices").items())
        }
        terms = _terms(read)
        contact = ContactRules(cap=_pairs(read, "cap"), quiet=_pairs(read, "quiet"))
        lia, compelling = (_on_file(read, key, purposes) for key in ("lia", "compelling"))
        ages, collection = _ages(read), _collection(read, notices)
        document = {
            "format": FORMAT,
            "purposes": tree,
            "matrix": matrix,
            "notices": {key: notice.as_dict() for key, notice in notices.items()},
            "notice_at_collection": {key: list(keys) for key, keys in collection.items()},
            "lia": lia,
            "compelling": compelling,
            "ages": ages,
            "max_age_days": max_age,
            **_terms_document(terms),
            "cap": {key: list(pair) for key, pair in contact.cap.items()},
            "quiet": {key: list(pair) for key, pair in contact.quiet.items()},
        }
        cells = _compile(matrix, purposes)
        return cls(
            document=document,
            purposes=purposes,
            notices=notices,
            lia=frozenset(lia),
            compelling=frozenset(compelling),
            terms=terms,
            contact=contact,
            collection=collection,
            ages=ages,
            cells=cells,
            channelled=frozenset(
                key for (key, _), row in cells.items() if len({*row.values()}) > 1
            ),
        )


_KNOWN: Final = frozenset(default_document())


def _matrix(
    read: Reader, purposes: Mapping[str, Purpose]
) -> Iterator[tuple[str, dict[str, dict[str, str]]]]:
    for key, row in read.mapping("matrix").items():
        if key not in purposes:
            raise InvalidPolicy(
                f"the matrix names purpose '{key}', which does not exist", "unknown_purpose"
            )
        cells = _by_regime(row, "matrix")
        yield key, {regime: _row(cells, regime, purposes[key]) for regime in sorted(cells.source)}


def _by_regime(value: object, what: str) -> Reader:
    """An object whose keys are regimes; what its values lack is reported as `invalid_<what>`."""
    if not isinstance(value, Mapping):
        raise InvalidPolicy(f"'{what}' is an object of regimes", f"invalid_{what}")
    if not set(value) <= set(REGIMES):
        raise InvalidPolicy(
            f"'{what}' names a regime that does not exist; there are " + ", ".join(REGIMES),
            "unknown_regime",
        )
    return Reader(value, _faulting(f"invalid_{what}"))


def _faulting(reason: str) -> Fault:
    """A fault of one reason: the keys read are data, not names of fields."""
    return lambda message, _reason: InvalidPolicy(message, reason)


def _row(cells: Reader, regime: str, purpose: Purpose) -> dict[str, str]:
    value = cells.source[regime]
    row = {EVERY: value} if isinstance(value, str) else value
    read = Reader.of(row, {*CHANNELS, EVERY}, _faulting("invalid_matrix"))
    found = {channel: read.choice(channel, BASES) for channel in sorted(row)}
    for channel in (EVERY, *CHANNELS):
        basis = found.get(channel, found.get(EVERY, PROHIBITED))
        for floor in _floors(purpose, regime, channel):
            if not as_strict(basis, floor):
                raise InvalidPolicy(
                    f"'{basis}' for {purpose.key} in {regime} on {channel} is looser than the "
                    f"default '{floor}': a policy may only tighten",
                    "looser_than_default",
                )
    return found


def _floors(purpose: Purpose, regime: str, channel: str) -> Iterator[str]:
    """The defaults a cell may not go below: the purpose's own, or those its flags stand for."""
    if purpose.key in _DEFAULT:
        models = [purpose.key]
    else:
        models = [_MODEL[flag] for flag in sorted(purpose.flags & _MODEL.keys())]
    for model in models:
        row = _DEFAULT_MATRIX.get(model, {}).get(family(regime), PROHIBITED)
        yield row if isinstance(row, str) else row.get(channel, row[EVERY])


_DEFAULT: Final = default_document()["purposes"]
_DEFAULT_MATRIX: Final = default_document()["matrix"]
_DEFAULT_TREE: Final = parse_purposes(_DEFAULT, 1, InvalidPolicy)[0]
# The default purpose whose cells bound a workspace's own purposes of this kind.
_MODEL: Final = {
    "is_dm": "offers",
    "is_profiling": "profiling_offers",
    "is_sale": "partner_share",
}


def _check_tree(purposes: Mapping[str, Purpose]) -> None:
    for key, default in _DEFAULT_TREE.items():
        here = purposes.get(key)
        if here and not (default.flags <= here.flags and default.lineage <= here.lineage):
            raise InvalidPolicy(
                f"purpose '{key}' has lost a flag or its parent: a policy may only tighten",
                "looser_than_default",
            )


def _terms(read: Reader) -> Terms:
    return Terms(
        minors_with_guardian=read.flag("minors_with_guardian"),
        doi_channels=frozenset(read.texts("doi_channels", CHANNELS)),
        doi_hours=read.number("doi_hours", 1, 72, 72),
        soft_optin=read.flag("soft_optin"),
        soft_optin_months=read.number("soft_optin_months", 1, 24, 24),
        implied_months=read.number("implied_months", 1, 6, 6),
        implied_months_with_end=read.number("implied_months_with_end", 1, 24, 24),
        prompt_months=read.number("prompt_months", 12, 1200, 12),
    )


def _terms_document(terms: Terms) -> dict[str, Any]:
    return {
        "minors_with_guardian": terms.minors_with_guardian,
        "doi_channels": sorted(terms.doi_channels),
        "doi_hours": terms.doi_hours,
        "soft_optin": terms.soft_optin,
        "soft_optin_months": terms.soft_optin_months,
        "implied_months": terms.implied_months,
        "implied_months_with_end": terms.implied_months_with_end,
        "prompt_months": terms.prompt_months,
    }


def _pairs(read: Reader, key: str) -> dict[str, tuple[int, int]]:
    limits = {"cap": ((0, 1_000_000), (1, DAYS_MOST)), "quiet": ((0, 23), (0, 23))}[key]
    found = {}
    for channel, value in sorted(read.mapping(key).items()):
        if channel not in {*CHANNELS, EVERY}:
            raise InvalidPolicy(f"'{key}' names a channel that does not exist", "unknown_channel")
        if not isinstance(value, list | tuple) or len(value) != len(limits):
            raise InvalidPolicy(f"'{key}' is two whole numbers per channel", f"invalid_{key}")
        pair = Reader({key: value[0], f"{key}_to": value[1]}, InvalidPolicy)
        first, second = pair.number(key, *limits[0]), pair.number(f"{key}_to", *limits[1])
        if key == "quiet" and first == second:
            raise InvalidPolicy("quiet hours begin and end at different hours", "invalid_quiet")
        found[channel] = (first, second)
    return found


def _on_file(read: Reader, key: str, purposes: Mapping[str, Purpose]) -> dict[str, str]:
    """References of documents on file, per purpose."""
    entries = Reader.of(read.mapping(key), purposes, _faulting(f"invalid_{key}"))
    return {purpose: entries.text(purpose) for purpose in sorted(entries.source)}


def _ages(read: Reader) -> dict[str, int]:
    entries = _by_regime(read.mapping("ages"), "ages")
    return {
        regime: entries.number(regime, age_limit(regime), 21) for regime in sorted(entries.source)
    }


def _collection(read: Reader, notices: Mapping[str, Notice]) -> dict[str, tuple[str, ...]]:
    entries = _by_regime(read.mapping("notice_at_collection"), "notice_at_collection")
    return {regime: entries.texts(regime, notices) for regime in sorted(entries.source)}


def _compile(
    matrix: Mapping[str, Mapping[str, Mapping[str, str]]], purposes: Mapping[str, Purpose]
) -> dict[tuple[str, str], dict[str | None, str]]:
    """(purpose, regime) → channel → basis; special categories ask explicit consent everywhere."""
    cells: dict[tuple[str, str], dict[str | None, str]] = {}
    for key, rows in matrix.items():
        for regime, row in rows.items():
            filled: dict[str | None, str] = {
                channel: row.get(channel, row.get(EVERY, PROHIBITED)) for channel in CHANNELS
            }
            filled[None] = row.get(EVERY, PROHIBITED)
            if purposes[key].is_special:
                filled = {
                    channel: basis if basis == PROHIBITED else EXPLICIT
                    for channel, basis in filled.items()
                }
            cells[key, regime] = filled
    return cells
