"""Gather: what a page of records says of persons, as identity compares it; nothing is changed.

Blocking keys are made by the rules that are asked about, whether or not they are in force, and
stay in memory.
"""

from dataclasses import dataclass, field
from uuid import UUID

from cdp.facts import FactReader
from cdp.neighbours import open_each
from cdp.store import keys, links, population
from cdp.store.tx import Tx
from cdp.vault.custodian import Custodian
from identity.evidence import Evidence, Token
from identity.features import NOBODY, Told
from identity.keys import BLOCK
from identity.rules import Rules


@dataclass(frozen=True)
class Gathered:
    """A page of records: their evidence, and how each of them is linked now.

    `last`: where the next page begins; None after the last one. `unreadable`: how many do not open,
    so that their identifiers alone speak.
    """

    evidence: tuple[Evidence, ...] = field(repr=False)
    links: dict[UUID, links.Link] = field(repr=False)
    last: UUID | None
    unreadable: int


def gather(
    tx: Tx, custodian: Custodian, rules: Rules, after: UUID | None, *, limit: int = 1000
) -> Gathered:
    """The next page of the records of a workspace, in the order of their ids."""
    ids = population.page(tx.custody, tx.workspace, after, limit)
    reader = FactReader(tx, custodian)
    told, failed = open_each(reader.features, ids)
    order = keys.order_keys(tx.custody, ids)
    held: dict[UUID, list[Token]] = {record: [] for record in ids}
    for row in keys.tokens_of(tx.custody, ids):
        if not row.type.startswith(BLOCK):
            held[row.record_id].append(Token(row.type, row.token, row.confirmed))
    evidence = tuple(
        _evidence(reader, rules, record, order[record], held[record], told.get(record, NOBODY))
        for record in ids
        if record in order
    )
    last = ids[-1] if len(ids) == limit else None
    return Gathered(evidence, links.links_of(tx.main, ids), last, len(failed))


def _evidence(
    reader: FactReader, rules: Rules, record: UUID, order: bytes, held: list[Token], told: Told
) -> Evidence:
    proposed = [
        Token(rule.type, key.encode()) for rule in rules.blocking if (key := rule.key(told))
    ]
    return Evidence(str(record), order, (*held, *proposed), told, reader.names(told, rules))
