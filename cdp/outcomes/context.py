"""The outcome context: what is known and what may be done in the interaction happening now.

The same request, readings and catalogues give the same bytes. Nothing that happened or arrived
after `request.now` can show. Nothing a caller may not read can show either, by value or by absence:
a caller outside service sees of withheld offers `no_permission` or `not_now`, and then neither the
other lines of the document nor the moment it expires depends on the cause.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import orjson

from cdp.clock import text
from cdp.outcomes.actions import actions_part, offers_part
from cdp.outcomes.catalogues import Catalogues
from cdp.outcomes.claims import EvidenceBook
from cdp.outcomes.desk import Desk
from cdp.outcomes.findings import Findings
from cdp.outcomes.offers import weigh_offers
from cdp.outcomes.readings import ContextRequest, Permission, Reading, permission_document
from cdp.outcomes.sections import written

SCHEMA = "outcome-context/1"
FRESH_FOR = timedelta(minutes=15)


def build_context(
    request: ContextRequest, readings: Sequence[Reading], catalogues: Catalogues
) -> dict[str, Any]:
    """The document `outcome-context/1`: JSON with numbers, strings, lists and objects.

    Args:
        request: who asks, for what, when.
        readings: one for each purpose of the caller, and in any case those of `service` and
            `service_insight` when the caller is bound to `offers`: the gates need them, the
            caller does not see them.
        catalogues: what the workspace lists: offers, answers, journeys.
    """
    by_purpose = {reading.purpose: reading for reading in readings}
    found = Findings.of(readings, request)
    answer = weigh_offers(request, readings, catalogues.offers, found)
    book = EvidenceBook(signed=request.signed)
    desk = Desk(request, by_purpose, catalogues, answer, found, book)
    outcomes, withheld = written(desk)
    journeys = outcomes.pop("journeys", None)
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "as_of": text(request.now),
        "expires_at": text(_expires(desk)),
        "request": request.document(),
        "subject": {"profile_id": request.profile_id, "canonical_id": request.canonical_id},
        "permissions": _permissions(desk),
        "outcomes": outcomes,
    }
    if journeys is not None:
        document["journeys"] = journeys
    document["actions"] = actions_part(desk)
    if request.may_read("offers"):
        document["offers"] = offers_part(desk)
    document |= {"withheld": withheld, "evidence": desk.book.document()}
    return document | {"audit": {"context_sha256": context_digest(document)}}


def context_digest(document: Mapping[str, Any]) -> str:
    """SHA-256 over the canonical form (RFC 8785, JCS) of a context without its `audit`.

    Sorted keys, no spaces, UTF-8, the shortest decimal for a number: every number with a fraction
    lies between 0 and 1 and has three decimals at most (`claims.fraction`), so that all writers of
    JSON agree on it.
    """
    parts = {name: part for name, part in document.items() if name != "audit"}
    return sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _permissions(desk: Desk) -> list[dict[str, Any]]:
    """The decisions the caller is bound to, by purpose and channel."""
    request = desk.request
    lines = []
    for purpose in sorted(desk.readings):
        if not request.may_read(purpose):
            continue
        if purpose == "offers" and not request.detailed:
            lines.append(_offers_line(desk))
            continue
        reading = desk.readings[purpose]
        lines.append(permission_document(reading.permission, request, purpose))
        lines += [
            permission_document(reading.channels[channel], request, purpose, channel)
            for channel in sorted(reading.channels)
        ]
    return lines


def _offers_line(desk: Desk) -> dict[str, Any]:
    """What a caller outside service learns of the permission: the same as of the offers."""
    if desk.offering:
        permission = desk.answer.on_channel
        return permission_document(permission, desk.request, "offers", desk.request.channel)
    denial = {"purpose": "offers", "channel": desk.request.channel, "permitted": False}
    return {name: part for name, part in denial.items() if part != ""} | {
        "reason": desk.offer_withholding()
    }


def _expires(desk: Desk) -> datetime:
    latest = desk.now + FRESH_FOR
    return min([latest, *(one.valid_until for one in _relied_on(desk) if one.valid_until)])


def _relied_on(desk: Desk) -> Iterable[Permission]:
    """The permissions whose end ends the document, as far as their end may be told."""
    for purpose, reading in desk.readings.items():
        if not desk.request.may_read(purpose):
            continue
        if desk.request.detailed:
            yield from (reading.permission, *reading.channels.values())
        elif purpose != "offers" and reading.permission.permitted:
            yield reading.permission
    if desk.offering:
        yield from (desk.answer.permission, desk.answer.on_channel)
