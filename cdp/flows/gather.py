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
    linked: dict[UUID, links.Link] = field(repr=False)
    last: UUID | None
    unreadable: int


def gather(
    tx: Tx, custodian: Custodian, rules: Rules, after: UUID | None, *, limit: int = 1000
) -> Gathered:
    """The next page of the records of a workspace, in the order of their ids.

    Records that wait to be resolved for the first time are left out.
    """
    ids = population.page(tx.custody, tx.workspace, after, limit)
    linked = links.links_of(tx.main, ids)
    reader = FactReader(tx, custodian)
    told, failed = open_each(reader.features, sorted(linked))
    order = keys.order_keys(tx.custody, linked)
    held: dict[UUID, list[Token]] = {record: [] for record in linked}
    for row in keys.tokens_of(tx.custody, linked):
        if not row.type.startswith(BLOCK):
            held[row.record_id].append(Token(row.type, row.token, row.confirmed))
    evidence = []
    for record in sorted(linked.keys() & order.keys()):
        said = told.get(record, NOBODY)
        tokens = (*held[record], *_proposed(rules, said))
        names = reader.names(said, rules)
        evidence.append(Evidence(str(record), order[record], tokens, said, names))
    last = ids[-1] if len(ids) == limit else None
    return Gathered(tuple(evidence), linked, last, len(failed))


def _proposed(rules: Rules, said: Told) -> list[Token]:
    keyed = ((rule.type, rule.key(said)) for rule in rules.blocking)
    return [Token(type_, key.encode()) for type_, key in keyed if key]
