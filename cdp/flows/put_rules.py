"""Put rules of identity in force: validate, turn values into their blind index, keep, say so.

Values in clear, of frequencies and blocked ones, exist in the operator's file alone. All records
are to be looked at again by whoever calls (`cdp.work.rebuilding`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from cdp.errors import Refused
from cdp.store import identity_rules, keys
from cdp.store.tx import Tx
from cdp.vault.custodian import NAMED, Custodian
from identity.normalize import Unusable, normalise
from identity.rules import InvalidRules, Rules

REASON: Final = "rules"


@dataclass(frozen=True)
class RulesReport:
    """The rules in force now; `changed`: they were not before."""

    version: int
    hash: str
    changed: bool


def put_rules(
    tx: Tx, custodian: Custodian, document: Mapping[str, Any], now: datetime
) -> RulesReport:
    """Validate rules and put them in force, unless they are already.

    Raises:
        Refused: they are no rules; the message names the field.
    """
    try:
        given = Rules.parse(dict(document))
    except InvalidRules as error:
        raise Refused(f"these are no rules of identity: {error}", reason="rules_invalid") from None
    _block(tx, custodian, given, now)
    rules = named(given, custodian)
    tx.take_seq()
    stored = rules.document
    counted = stored.pop("frequencies")
    if rules.frequencies and isinstance(counted, dict):
        # Of rules in force as well: custody may have been restored from before them.
        identity_rules.keep_frequencies(tx.custody, tx.workspace, rules.hash, counted, now)
    before = identity_rules.in_force(tx.main, tx.workspace)
    if before is not None and before.hash == rules.hash:
        return RulesReport(before.version, before.hash, changed=False)
    version = identity_rules.put(tx.main, tx.workspace, rules.hash, stored, now)
    return RulesReport(version, rules.hash, changed=True)


def named(rules: Rules, custodian: Custodian) -> Rules:
    """The same rules, with values by their blind index and none that is blocked."""
    return replace(
        rules,
        blocked=(),
        frequencies={
            feature: replace(
                found,
                counts={
                    value if value.startswith(NAMED) else custodian.count_name(feature, value): n
                    for value, n in found.counts.items()
                },
            )
            for feature, found in rules.frequencies.items()
        },
    )


def _block(tx: Tx, custodian: Custodian, rules: Rules, now: datetime) -> None:
    for number, item in enumerate(rules.blocked):
        try:
            value = normalise(item.type, item.value)
        except Unusable:
            raise Refused(
                f"blocked[{number}] cannot be read as {item.type}: it never joins anybody",
                reason="rules_invalid",
            ) from None
        token = (item.type, custodian.blind_index(item.type, value))
        keys.block(tx.custody, tx.workspace, token, REASON, now)
