"""Hearing: where what people say about consent comes in, from the web and the command line alike.

The entry point knows how somebody was authenticated; its word is signed and becomes the rank of
the statement. A no is taken whatever else is wrong with it; it is answered once every reader obeys.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from cdp import clock
from cdp.door import Identifier
from cdp.errors import Refused
from cdp.flows.disclose import Caller
from cdp.flows.record_consent import ConsentReport, Statement, record_consent
from cdp.platform import Platform
from cdp.proofs import prove
from consent.events import RESTRICTIONS


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
            contact=_contact(request),
            identifier=request.identifier.normalised() if request.identifier else None,
        )
        report = record_consent(tx, registrar, profile_id, statement, now)
    platform.work_waits.set()
    return report, tx.applied is not False


def _contact(request: ConsentRequest) -> tuple[str, str] | None:
    """The contact point it is about; a no about an unusable address is a no about all of them."""
    if request.contact is None:
        return None
    try:
        return request.contact.normalised()
    except Refused:
        if request.fields.get("type") in RESTRICTIONS:
            return None
        raise
