"""Index anew: the blocking keys of rules about to be in force, a page of records at a time.

They are added beside those that are there, so that whatever is resolved meanwhile finds what it
found before. A record gets exactly the keys of the rules in force when it is resolved next.
"""

from uuid import UUID

from cdp.facts import FactReader
from cdp.neighbours import open_each
from cdp.store import keys, population
from cdp.store.tx import Tx
from cdp.vault.custodian import Custodian
from identity.rules import Rules


def index_anew(
    tx: Tx, custodian: Custodian, rules: Rules, after: UUID | None, *, limit: int = 500
) -> tuple[int, UUID | None]:
    """How many records were read, and where the next page begins; None after the last one."""
    ids = population.page(tx.custody, tx.workspace, after, limit)
    reader = FactReader(tx, custodian)
    told, _ = open_each(reader.features, ids)
    rows = [
        keys.IndexRow(type_, token, record, confirmed=False)
        for record, said in told.items()
        for type_, token in reader.blocking_tokens(said, rules.blocking)
    ]
    population.add_keys(tx.custody, tx.workspace, rows, custodian.index_generations[-1])
    return len(ids), ids[-1] if len(ids) == limit else None
