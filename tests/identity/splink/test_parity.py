"""On one model, Splink and we find the same pairs and give them the same weights."""

import json

import pytest

from identity.blocking import block
from identity.engines.counting import with_counts
from identity.evidence import Evidence
from identity.features import Told
from identity.rules import Rules
from identity.scoring import Scorer
from identity.splink import Model, read_model, read_splink, to_splink
from tests.identity.splink.recorded import COLUMNS, RECORDS, WEIGHTS, model, weighed


def test_pairs_and_weights_are_those_that_splink_predicted() -> None:
    rules, link = read_splink(model())

    found = weighed(rules)

    assert link == "dedupe_only"
    assert found.keys() == WEIGHTS.keys()
    assert max(abs(found[pair] - bits) for pair, bits in WEIGHTS.items()) < 0.01


def test_two_records_at_a_time_weigh_the_same() -> None:
    rules = with_counts(read_splink(model())[0], COLUMNS)
    evidence = [
        Evidence(f"{place:05}", f"{place:05}".encode(), told=Told(row))
        for place, row in enumerate(RECORDS)
    ]
    blocks = block(evidence, rules, blocked=frozenset(), generic=frozenset(), verdicts=())
    scorer = Scorer(blocks, rules)

    for (a, b), bits in WEIGHTS.items():
        assert scorer.candidate(a, b).total / 1000 == pytest.approx(bits, abs=0.01)
        assert scorer.between(b, a) == scorer.candidate(a, b)


def test_counts_that_nobody_brings_weigh_nothing() -> None:
    rules = read_splink(model())[0]

    found = weighed(rules, count=False)

    assert found.keys() == WEIGHTS.keys()
    assert any(abs(found[pair] - WEIGHTS[pair]) > 0.01 for pair in WEIGHTS)


def test_a_model_written_for_splink_and_read_again_is_the_same() -> None:
    rules, link = read_splink(model())

    settings, left = to_splink(rules, link)

    assert left == ()
    assert read_splink(json.loads(json.dumps(settings)))[0] == rules


def test_the_model_that_holds_both_is_read_back_as_it_was() -> None:
    found = read_model(model())

    again = read_model(json.loads(json.dumps(found.document)))

    assert again == found
    assert again.reads == "columns"
    assert read_model(again.splink) == found
    assert Rules.parse(found.rules.document) == found.rules
    assert read_model(found.rules.document) == Model(found.rules)
