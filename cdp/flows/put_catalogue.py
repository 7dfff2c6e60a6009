"""Put a catalogue in force: the offers, answers, journeys or traits of a workspace.

One flow for all kinds; what a kind lists is its parser's business. A seq is taken because views
rest on the traits: builds from before and after a change are told apart by it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

import orjson

from cdp.errors import Refused
from cdp.outcomes.content import Answers
from cdp.outcomes.journeys import Journeys
from cdp.outcomes.offers import Catalogue
from cdp.outcomes.traits import Traits
from cdp.store import configuration
from cdp.store.tx import Tx

Listed = list[dict[str, Any]]
# No store of text can be relied on to hold it.
_NUL: Final = b"\\u0000"


@dataclass(frozen=True)
class Kind:
    """A kind of catalogue: how a list is understood, what one entry is called and named by."""

    parse: Callable[[Listed], Listed]
    entry: str
    name: str = "id"


@dataclass(frozen=True)
class CatalogueReport:
    """The catalogue in force now and the names it lists.

    `changed`: it was not in force before. `rebuild`: views have to be built again for it.
    """

    version: int
    names: tuple[str, ...]
    changed: bool
    rebuild: bool


def put_catalogue(tx: Tx, kind: str, document: Mapping[str, Any], now: datetime) -> CatalogueReport:
    """Validate `{kind: [...]}` and put it in force, unless it is already.

    Raises:
        Refused: it is not a catalogue of this kind; the message names the field.
    """
    known = KINDS[kind]
    listed = document.get(kind)
    if set(document) != {kind} or not isinstance(listed, list):
        raise Refused(
            f'a catalogue is an object with one list, "{kind}"', reason=f"{known.entry}_invalid"
        )
    if not all(isinstance(entry, dict) for entry in listed):
        raise Refused(f"every {known.entry} is an object", reason=f"{known.entry}_invalid")
    kept = {kind: known.parse(listed)}
    if _NUL in orjson.dumps(kept):
        raise Refused(
            f"the character U+0000 is in {kind}: take it out", reason=f"{known.entry}_invalid"
        )
    names = tuple(dict.fromkeys(str(entry[known.name]) for entry in kept[kind]))
    tx.take_seq()
    before = configuration.catalogue_version(tx.main, tx.workspace, kind)
    if before is not None and before.document == kept:
        return CatalogueReport(before.version, names, changed=False, rebuild=False)
    version = configuration.add_catalogue(tx.main, tx.workspace, kind, kept, now)
    rebuild = kind == configuration.TRAITS and _held(kept) != _held(
        None if before is None else before.document
    )
    return CatalogueReport(version, names, changed=True, rebuild=rebuild)


def _held(document: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """What views hold for the sake of these traits."""
    return Traits.of(document).extra()


def _offers(listed: Listed) -> Listed:
    return [offer.document() for offer in Catalogue.parse(listed).offers]


def _traits(listed: Listed) -> Listed:
    return Traits.parse(listed).document()


def _answers(listed: Listed) -> Listed:
    return Answers.parse(listed).document()


def _journeys(listed: Listed) -> Listed:
    return Journeys.parse(listed).document()


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        configuration.OFFERS: Kind(_offers, "offer"),
        configuration.ANSWERS: Kind(_answers, "answer"),
        configuration.JOURNEYS: Kind(_journeys, "journey"),
        configuration.TRAITS: Kind(_traits, "trait", "field"),
    }
)
"""Every kind of catalogue, by its name in the store."""
