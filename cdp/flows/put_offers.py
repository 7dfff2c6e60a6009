"""Put an offer catalogue in force."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cdp.errors import Refused
from cdp.outcomes.offers import Catalogue
from cdp.store import configuration
from cdp.store.tx import Tx


def put_offers(tx: Tx, document: Mapping[str, Any], now: datetime) -> tuple[int, Catalogue]:
    """Validate `{"offers": [...]}` and put it in force; returns its version and what it says.

    Raises:
        Refused: an offer is not well formed; the message names the field.
    """
    listed = document.get("offers")
    if set(document) != {"offers"} or not isinstance(listed, list):
        raise Refused('a catalogue is an object with one list, "offers"', reason="offer_invalid")
    if not all(isinstance(offer, dict) for offer in listed):
        raise Refused("every offer is an object", reason="offer_invalid")
    catalogue = Catalogue.parse(listed)
    kept = {"offers": [offer.document() for offer in catalogue.offers]}
    return configuration.add_catalogue(
        tx.main, tx.workspace, configuration.OFFERS, kept, now
    ), catalogue
