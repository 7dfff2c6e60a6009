"""Two records at a time or millions: one model, one answer, in whole thousandths of a bit."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from identity.blocking import block
from identity.copies import KEPT
from identity.defaults import default_rules
from identity.engines.batch import Records, resolve_records
from identity.engines.columns import Column
from identity.engines.features import features, source_dates
from identity.engines.keying import RULES as EVERY_KEY
from identity.engines.weighing import Scale
from identity.evidence import Evidence, Token
from identity.features import NOBODY, Told
from identity.frequencies import Frequencies
from identity.keys import BlockingRule
from identity.library import library
from identity.resolver import resolve
from identity.rules import Rules
from identity.scoring import Scorer
from identity.settings import Clustering
from tests.identity.engines.people import Row, Silo, partition, records, told
from tests.identity.near import SAID, VALUES, both_ways, columns, crowds, rows

BLOCKING = tuple({rule.name: rule for rule in (*default_rules().blocking, *EVERY_KEY)}.values())


def counted(told: Sequence[Told]) -> dict[str, Frequencies]:
    """How common every value is among these records."""
    counts: dict[str, dict[str, int]] = {}
    for one in told:
        for name, text in one.items():
            counts.setdefault(name, {})
            counts[name][text] = counts[name].get(text, 0) + 1
    return {name: Frequencies.of(found) for name, found in counts.items()}


@st.composite
def rules(draw: st.DrawFn) -> Rules:
    """Rules of every kind, of which some ask for what no record says."""
    bits = st.decimals(-25, 8, places=draw(st.integers(0, 3)))
    clustering = Clustering(
        prior=draw(bits),
        edge=draw(st.decimals(-2, 2, places=2)),
        inside=draw(st.decimals(0, 8, places=2)),
        said=draw(st.integers(1, 5)),
        together=draw(st.sampled_from([2, 3, 5, 300])),
        household=draw(st.none() | st.decimals(-3, 5, places=2)),
    )
    items = library(VALUES)
    if draw(st.booleans()):
        items = tuple(draw(st.permutations(items))[: draw(st.integers(0, len(items)))])
    keys = draw(st.lists(st.sampled_from(BLOCKING), unique=True, max_size=12))
    limited = tuple(replace(rule, limit=draw(st.sampled_from([2, 4, 2000]))) for rule in keys)
    return Rules({}, items, limited, clustering)


def evidence_of(told: Sequence[Mapping[str, str]], rules: Rules) -> list[Evidence]:
    """The same features one by one, with the keys of these rules; in the order of the records."""
    made = []
    for number, one in enumerate(told):
        keys = [(rule.type, rule.key(one)) for rule in rules.blocking]
        tokens = tuple(Token(type_, key.encode()) for type_, key in keys if key)
        features_ = Told(one) if one else NOBODY
        made.append(Evidence(str(number), b"%06d" % number, tokens, features_))
    return made


def one_by_one(records_: Records, rules: Rules, random: Random) -> set[frozenset[int]]:
    """The persons that the resolver of the platform finds, whatever comes first."""
    found = features(records_.columns)
    texts = {name: [*column.values, ""] for name, column in found.items()}
    told = [
        {name: text for name, column in found.items() if (text := texts[name][column.codes[n]])}
        for n in range(len(records_.source))
    ]
    evidence = evidence_of(told, rules)
    random.shuffle(evidence)
    clusters = resolve(evidence, rules).clusters
    return {frozenset(map(int, cluster.record_ids)) for cluster in clusters}


def read_columns(said: Sequence[Row]) -> Records:
    """What records say, as columns that have been read."""
    names = sorted({name for row in said for name in row})
    raw = {name: Column.of([row.get(name) for row in said]) for name in names}
    if "birth_date" in raw:
        raw["birth_date"] = source_dates(raw["birth_date"])
    return Records(raw, np.zeros(len(said), np.int64))


@given(crowds(), rules(), st.booleans())
def test_weights_in_arrays_are_those_of_two_records(
    told_: list[Told], given_: Rules, common: bool
) -> None:
    if common:
        given_ = replace(given_, frequencies=counted([*told_, *told_[:1] * 40]))
    found = columns(told_)
    scale = Scale(found, given_)
    a, b = both_ways(len(told_))
    apart = a != b
    a, b = a[apart], b[apart]

    compared = scale.compare(a, b)
    weights = scale.weigh(a, b, compared)

    evidence = evidence_of(told_, given_)
    blocks = block(evidence, given_, blocked=frozenset(), generic=frozenset(), verdicts=())
    scorer = Scorer(blocks, given_)
    pairs = list(zip(a.tolist(), b.tolist(), strict=True))
    settings_ = given_.clustering
    assert weights.edges(settings_).tolist() == [scorer.candidate(*pair).total for pair in pairs]
    assert weights.inside(settings_).tolist() == [scorer.between(*pair).total for pair in pairs]
    assert scale.tied(len(a), compared).tolist() == [scorer.ties(*pair) for pair in pairs]


@given(st.lists(rows(), min_size=2, max_size=12), rules(), st.randoms(use_true_random=False))
def test_persons_are_the_same_by_either_engine(
    said: list[Row], given_: Rules, random: Random
) -> None:
    records_ = read_columns(said)

    found = resolve_records(records_, rules=given_)

    assert partition(found.person) == one_by_one(records_, given_, random)


crowd = st.integers(0, 10**6).flatmap(
    lambda seed: st.tuples(
        st.integers(2, 14), st.integers(1, 3), st.sampled_from([Silo(), Silo(0.3, 0.3)])
    ).map(lambda of: told(seed, of[0] * of[1], roof=of[1], silo=of[2]))
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(crowd, st.randoms(use_true_random=False), st.sampled_from([2, 4, 300]))
def test_people_resolved_by_rules_that_were_trained_on_them_are_the_same_by_either_engine(
    rows_: list[Row], random: Random, together: int
) -> None:
    records_ = records(rows_)
    trained = resolve_records(records_)
    assert trained.rules == Rules.parse(trained.rules.document)

    assert partition(trained.person) == one_by_one(records_, trained.rules, random)
    clustering = replace(trained.rules.clustering, together=together)
    small = replace(trained.rules, clustering=clustering)
    parted = resolve_records(records_, rules=small)
    assert partition(parted.person) == one_by_one(records_, small, random)


@pytest.mark.parametrize("limit", [30, 2000])
@pytest.mark.parametrize("together", [25, 300])
def test_copies_are_resolved_the_same_by_either_engine(together: int, limit: int) -> None:
    rows_ = told(7, 30, roof=3)
    for number in (0, 3, 9):
        rows_ += [dict(rows_[number])] * (KEPT + 3 * number + 1)
    bare: list[Row] = [{"city": rows_[0]["city"] or "x", "postcode": "10115"}] * (KEPT + 8)
    records_ = records([*rows_, *bare])
    blocking = tuple(replace(rule, limit=limit) for rule in BLOCKING)
    plain = default_rules()
    given_ = replace(
        plain, blocking=blocking, clustering=replace(plain.clustering, together=together)
    )

    found = resolve_records(records_, rules=given_)

    assert partition(found.person) == one_by_one(records_, given_, Random(1))  # noqa: S311


@given(
    st.lists(st.sampled_from([*SAID["full_name"]]), min_size=2, max_size=4),
    st.lists(st.integers(1, KEPT + 6), min_size=4, max_size=4),
    st.sampled_from([2, 10, 300]),
    st.integers(0, 12),
    st.randoms(use_true_random=False),
)
def test_any_number_of_copies_is_resolved_the_same_by_either_engine(
    names: list[str], times: list[int], together: int, prior: int, random: Random
) -> None:
    said: list[Row] = [
        {"full_name": name, "city": "Kiel"}
        for name, count in zip(names, times, strict=False)
        for _ in range(count)
    ]
    random.shuffle(said)
    records_ = read_columns(said)
    plain = default_rules()
    clustering = replace(plain.clustering, prior=Decimal(-prior), together=together)
    city = BlockingRule.of("city", limit=2000)
    given_ = replace(plain, blocking=(*plain.blocking, city), clustering=clustering)

    found = resolve_records(records_, rules=given_)

    assert partition(found.person) == one_by_one(records_, given_, random)


def test_a_thousand_copies_are_one_person_and_cost_no_square() -> None:
    row = {"full_name": "Ada Quell", "birth_date": "1984-05-17", "city": "Berlin"}
    records_ = read_columns([row] * 1000)
    names = BlockingRule.of("names", limit=2000)

    given_ = replace(default_rules(), blocking=(names,))

    assert len(one_by_one(records_, given_, Random(1))) == 1  # noqa: S311
    assert resolve_records(records_, rules=given_).persons == 1
