"""Put a policy in force. It may be tighter, so it fences every view that rests on another one.

From the commit on readers refuse views of the policy before; the caller asks for their rebuild.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cdp.canonical import digest
from cdp.errors import Refused
from cdp.store import configuration
from cdp.store.configuration import PolicyVersion
from cdp.store.protocol import Restriction
from cdp.store.tx import Tx
from consent.policy import InvalidPolicy, Policy


@dataclass(frozen=True)
class PolicyReport:
    """The policy in force now. `changed`: it was not in force before."""

    version: PolicyVersion
    changed: bool


def put_policy(tx: Tx, document: Mapping[str, Any], now: datetime) -> PolicyReport:
    """Validate a policy and put it in force, unless it is already.

    Raises:
        Refused: it is not a policy, or looser than the default; the message says where.
    """
    try:
        normal = dict(Policy.parse(document).document)
    except InvalidPolicy as error:
        raise Refused(str(error), reason=error.reason) from None
    seq = tx.take_seq()
    before = configuration.policy_in_force(tx.main, tx.workspace)
    if before is not None and before.hash == digest(normal):
        return PolicyReport(before, changed=False)
    version = configuration.add_policy(tx.main, tx.workspace, normal, seq, now)
    tx.restrict(
        Restriction(seq=seq, kind="policy", records=(), profiles=(), at=now, whole_workspace=True)
    )
    return PolicyReport(version, changed=True)
