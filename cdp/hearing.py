"""Hearing: where what people say about consent comes in, from the web and the command line alike.

The entry point knows how somebody was authenticated; its word is signed and becomes the rank of
the statement. A no is taken whatever else is wrong with it; it is answered once every reader obeys.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from cdp import clock
from cdp.door import Identifier
from cdp.errors import Refused, TryAgain
from cdp.flows.disclose import Caller
from cdp.flows.record_consent import ConsentReport, Statement, record_consent
from cdp.platform import Platform
from cdp.proofs import prove
from consent.events import RESTRICTIONS

# How long a no waits for a busy store, and how often it asks; in seconds.
PATIENCE: Final = 60
PAUSE: Final = 0.05


@dataclass(frozen=True)
class ConsentRequest:
    """What somebody says about consent; `source` says how the caller knows who it was."""

    event_id: UUID
    source: str
    fields: Mapping[str, Any] = field(repr=False)
    contact: Identifier | None = None
    identifier: Identifier | None = None


def record(
    platform: Platform, caller: Caller, profile_id: UUID, request: ConsentRequest
) -> tuple[ConsentReport, bool]:
    """Record what somebody says about consent. The second value: whether views and custody have
    heard of it too (a restriction holds for every reader either way).

    Raises:
        NotFound, Refused: as `record_consent`; also an event id that was used for another person
            or another statement: a no must not be taken for one that is known already.
    """
    no = request.fields.get("type") in RESTRICTIONS
    ends = time.monotonic() + (PATIENCE if no else 0)
    while True:
        try:
            heard = _record(platform, caller, profile_id, request)
        except TryAgain:
            # A no is not sent away because somebody else is writing.
            if time.monotonic() >= ends:
                raise
            time.sleep(PAUSE)
        else:
            platform.work_waits.set()
            return heard


def _record(
    platform: Platform, caller: Caller, profile_id: UUID, request: ConsentRequest
) -> tuple[ConsentReport, bool]:
    with platform.write() as tx:
        now = clock.now()
        registrar = platform.registrar(tx)
        statement = Statement(
            event_id=request.event_id,
            fields={**request.fields, "source": request.source},
            proof=prove(
                registrar.custodian,
                request.event_id,
                request.source,
                str(caller.client_id or caller.name),
            ),
            contact=_usable(request, request.contact),
            identifier=_usable(request, request.identifier),
        )
        report = record_consent(tx, registrar, profile_id, statement, now)
    return report, tx.applied is not False


def _usable(request: ConsentRequest, given: Identifier | None) -> tuple[str, str] | None:
    """Normalised; a no about an address that cannot be used is a no about all of them."""
    if given is None:
        return None
    try:
        return given.normalised()
    except Refused:
        if request.fields.get("type") in RESTRICTIONS:
            return None
        raise
