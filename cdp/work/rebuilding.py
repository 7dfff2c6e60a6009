"""Rebuild: everybody at once, compared with who is who now; and rules that change or are learned.

What the batch engine finds to differ is marked and then resolved like any record that waits: so a
change is written as always, under the workspace's counter, with its lineage, and a rebuild that is
killed is run again. Without a change of rules nothing should differ.
"""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import Any, Final
from uuid import UUID

from cdp import clock
from cdp.errors import Refused
from cdp.flows.gather import gather
from cdp.flows.index_anew import index_anew
from cdp.flows.put_rules import RulesReport, named, put_rules
from cdp.neighbours import as_evidence
from cdp.platform import Platform
from cdp.store import keys, links, records, verdicts
from cdp.work.pace import Progress, silent
from cdp.work.resolving import resolve_all
from identity.engines.columns import Column, Spread
from identity.engines.learning import Learning, learn
from identity.engines.population import Population, partition
from identity.evidence import Evidence
from identity.partition import Partition
from identity.rules import InvalidRules, Rules

PAGE: Final = 1000
MARKED: Final = 1000
PROCESSES: Final = 2
ENOUGH: Final = 50_000
"""Records below which one process is done before another has begun."""


@dataclass(frozen=True)
class Difference:
    """Who would be who, against who is who now.

    `merges`: profiles that become one, together. `splits`: profiles that fall into several persons.
    `differing`: records of these, and those that belong to their profile in another way.
    """

    records: int = 0
    profiles: int = 0
    persons: int = 0
    merges: tuple[tuple[UUID, ...], ...] = ()
    splits: tuple[UUID, ...] = ()
    differing: frozenset[UUID] = field(default=frozenset(), repr=False)
    parted: int = 0
    unreadable: int = 0


@dataclass(frozen=True)
class RebuildReport:
    """What differed, and what came of it. `rules`: None if they were left as they are."""

    difference: Difference
    rules: RulesReport | None = None
    resolved: int = 0


def preview(
    platform: Platform, document: Mapping[str, Any] | None = None, progress: Progress = silent
) -> Difference:
    """What rules would change, those in force if none are given; nothing is written.

    Raises:
        Refused: they are no rules.
    """
    rules = _rules(platform, document)
    evidence, linked, unreadable = _gathered(platform, rules, progress)
    with platform.read() as tx:
        blocked = keys.blocked(tx.custody, tx.workspace)
        standing = verdicts.standing(tx.main, tx.workspace)
    words = tuple(as_evidence(item) for item in standing if item.speaks)
    population = Population(tuple(evidence), rules, blocked, words)
    with _spread(len(evidence)) as spread:
        found = partition(population, lambda stage: progress(stage, 1), spread)
    return _difference(found, linked, unreadable)


def rebuild(
    platform: Platform, document: Mapping[str, Any] | None = None, progress: Progress = silent
) -> RebuildReport:
    """Put rules in force, if any are given, and make everybody who they say.

    Raises:
        Refused: they are no rules.
    """
    report = None
    # Of rules in force as well: an earlier version of the platform may have had other keys.
    _index(platform, _rules(platform, document), progress)
    if document is not None:
        with platform.write() as tx:
            report = put_rules(tx, platform.keyring.custodian(), document, clock.now())
    # Whoever waits is resolved one by one, by the rules of now.
    resolve_all(platform, progress)
    difference = preview(platform, None, progress)
    _mark(platform, difference.differing)
    resolved, _ = resolve_all(platform, progress)
    return RebuildReport(difference, report, resolved.records)


def train(platform: Platform, progress: Progress = silent) -> Learning:
    """Learn rules from the workspace's own records, starting from those in force.

    Values in clear are in the answer (`rules.frequencies`): it is for a file that an operator asks
    for, or for `put_rules`, which keeps none.

    Raises:
        Refused: there is nothing to learn from.
    """
    rules = _rules(platform, None)
    evidence, _, _ = _gathered(platform, rules, progress)
    told = [item.told for item in evidence]
    names = sorted({name for said in told for name in said})
    columns = {name: Column.of([said.get(name) for said in told]) for name in names}
    if not columns:
        raise Refused(
            "no record says anything of a person: sync sources whose mapping has names, birth dates"
            " or addresses first",
            reason="nothing_to_learn",
        )
    return learn(columns, len(told), rules, lambda stage: progress(stage, 1))


def _rules(platform: Platform, document: Mapping[str, Any] | None) -> Rules:
    if document is None:
        with platform.read() as tx:
            return platform.rules(tx)
    try:
        return named(Rules.parse(dict(document)), platform.keyring.custodian())
    except InvalidRules as error:
        raise Refused(f"these are no rules of identity: {error}", reason="rules_invalid") from None


def _gathered(
    platform: Platform, rules: Rules, progress: Progress
) -> tuple[list[Evidence], dict[UUID, links.Link], int]:
    evidence: list[Evidence] = []
    linked: dict[UUID, links.Link] = {}
    unreadable, after = 0, None
    while True:
        with platform.read() as tx:
            page = gather(tx, platform.keyring.custodian(), rules, after, limit=PAGE)
        evidence += page.evidence
        linked |= page.linked
        unreadable += page.unreadable
        progress("read", len(page.evidence))
        if page.last is None:
            return evidence, linked, unreadable
        after = page.last


def _index(platform: Platform, rules: Rules, progress: Progress) -> None:
    after = None
    while True:
        with platform.write() as tx:
            count, after = index_anew(tx, platform.keyring.custodian(), rules, after)
        progress("indexed", count)
        if after is None:
            return


def _mark(platform: Platform, differing: Iterable[UUID]) -> None:
    wanted = sorted(differing)
    for start in range(0, len(wanted), MARKED):
        with platform.write() as tx:
            records.mark_pending(tx.main, tx.workspace, wanted[start : start + MARKED])


def _difference(found: Partition, linked: Mapping[UUID, links.Link], unreadable: int) -> Difference:
    merges, differing = [], set[UUID]()
    persons: dict[UUID, int] = {}
    for cluster in found.clusters:
        members = {UUID(member.record_id): member.kind.value for member in cluster.members}
        now = {linked[record].profile_id for record in members}
        for profile in now:
            persons[profile] = persons.get(profile, 0) + 1
        if len(now) > 1:
            merges.append(tuple(sorted(now)))
            differing.update(members)
        differing.update(record for record, kind in members.items() if linked[record].kind != kind)
    split = {profile for profile, count in persons.items() if count > 1}
    differing.update(record for record, link in linked.items() if link.profile_id in split)
    return Difference(
        records=sum(len(cluster.members) for cluster in found.clusters),
        profiles=len({link.profile_id for link in linked.values()}),
        persons=len(found.clusters),
        merges=tuple(sorted(merges)),
        splits=tuple(sorted(split)),
        differing=frozenset(differing),
        parted=len(found.capped),
        unreadable=unreadable,
    )


@contextmanager
def _spread(size: int) -> Iterator[Spread]:
    if size < ENOUGH:
        yield map
        return
    with ProcessPoolExecutor(PROCESSES, get_context("spawn")) as pool:
        yield pool.map
