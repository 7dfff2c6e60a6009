"""Why two records are one person, or why not."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.evidence import Evidence, Verdict
from identity.explain import Explainer, Reason, WhyNot, explain
from identity.partition import LinkKind
from identity.resolver import resolve
from tests.identity.builders import (
    RULES,
    cannot,
    components,
    kinds,
    must,
    person,
    record,
    verdicts,
)


def test_a_path_is_told_step_by_step() -> None:
    evidence = [
        record("a", "email:x"),
        record("b", "email:x", "customer_id:7"),
        record("c", "customer_id:7", "phone:1"),
    ]

    explanation = explain(evidence, RULES, "a", "c")

    told = explanation.as_dict()
    assert (told["same"], told["kind"], told["reasons"]) == (True, "probabilistic", [])
    assert told["rules"] == RULES.hash
    assert told["path"] == [
        {
            "a": "a",
            "b": "b",
            "kind": "probabilistic",
            "bits": 2.64,
            "terms": [
                {"name": "prior", "level": "", "bits": -5.0},
                {"name": "email", "level": "exact", "bits": 16.195},
                {"name": "household", "level": "", "bits": -8.555},
            ],
        },
        {
            "a": "b",
            "b": "c",
            "kind": "verified",
            "bits": 5.902,
            "terms": [
                {"name": "prior", "level": "", "bits": -5.0},
                {"name": "customer_id", "level": "exact", "bits": 19.195},
                {"name": "household", "level": "", "bits": -8.293},
            ],
        },
    ]


def test_a_long_verified_path_is_stronger_than_a_short_weak_one() -> None:
    evidence = [
        record("a", "email:x!", "phone:1"),
        record("b", "email:x!", "customer_id:7"),
        record("c", "customer_id:7", "phone:1"),
    ]

    explanation = explain(evidence, RULES, "c", "a")

    assert [(edge.a, edge.b) for edge in explanation.path] == [("c", "b"), ("b", "a")]
    assert explanation.kind is LinkKind.VERIFIED


def test_a_value_held_by_a_record_that_did_not_confirm_it_is_no_verified_way() -> None:
    evidence = [record("a", "email:x!"), record("b", "email:x"), record("c", "email:x!")]

    assert explain(evidence, RULES, "b", "c").kind is LinkKind.PROBABILISTIC
    assert explain(evidence, RULES, "a", "c").kind is LinkKind.VERIFIED


def test_a_strong_detour_is_found_past_a_weak_shortcut() -> None:
    evidence = [
        record("a", "email:x!"),
        record("b", "email:x", "customer_id:7"),
        record("c", "email:x!", "phone:1!"),
        record("d", "customer_id:7", "phone:1!"),
    ]

    explanation = explain(evidence, RULES, "b", "a")

    assert [edge.b for edge in explanation.path] == ["d", "c", "a"]


def test_a_path_never_leads_through_another_person() -> None:
    evidence = [
        record("a", "customer_id:7", "email:x", "phone:1"),
        record("b", "phone:2", "phone:3"),
        record("m", "phone:1", "email:z"),
        record("n", "phone:2", "email:z"),
        record("z", "customer_id:8", "email:x", "phone:3"),
    ]

    explanation = explain(evidence, RULES, "a", "b")

    assert [edge.b for edge in explanation.path] == ["m", "n", "b"]


def test_a_verdict_is_a_step() -> None:
    evidence = [record("a", "email:x"), record("b", "email:x"), record("c")]

    explanation = explain(evidence, RULES, "a", "c", verdicts=[must("b", "c")])

    assert [step.types for step in explanation.path] == [("email",), ("verdict",)]


def test_a_record_is_the_same_person_as_itself() -> None:
    explanation = explain([record("a")], RULES, "a", "a")

    assert explanation.same
    assert explanation.path == ()
    assert explanation.kind is LinkKind.VERIFIED


def test_records_that_share_nothing_have_no_shared_identifier() -> None:
    explanation = explain([record("a", "email:x"), record("b", "email:y")], RULES, "a", "b")

    assert explanation.reasons == (Reason(WhyNot.NO_SHARED_IDENTIFIER),)
    assert explanation.kind is None
    assert explanation.as_dict()["kind"] is None


def test_every_value_that_joins_nobody_is_named_with_its_reason() -> None:
    shared = ["email:x", "phone:1", "cookie:d", "loyalty:9", "unheard_of:u"]
    evidence = [record("a", *shared), record("b", *shared)]
    evidence += [record(name, "loyalty:9") for name in "cde"]

    explanation = explain(
        evidence,
        RULES,
        "a",
        "b",
        blocked=frozenset({("email", b"x")}),
        generic=frozenset({("phone", b"1")}),
    )

    assert explanation.reasons == (
        Reason(WhyNot.BLOCKED_VALUE, "email"),
        Reason(WhyNot.GENERIC_VALUE, "loyalty"),
        Reason(WhyNot.GENERIC_VALUE, "phone"),
        Reason(WhyNot.TYPE_DOES_NOT_MERGE, "cookie"),
        Reason(WhyNot.TYPE_DOES_NOT_MERGE, "unheard_of"),
    )


def test_a_conflict_names_the_type_and_where_it_was_met() -> None:
    evidence = [
        record("a", "customer_id:7", "email:x"),
        record("b", "email:x", "phone:1"),
        record("c", "customer_id:8", "phone:1"),
    ]

    assert explain(evidence, RULES, "b", "c").reasons == (Reason(WhyNot.CONFLICT, "customer_id"),)
    far = explain(evidence, RULES, "a", "c")
    assert far.reasons == (Reason(WhyNot.CONFLICT, "customer_id", ("b", "c")),)
    assert far.as_dict()["reasons"] == [
        {"code": "conflict", "type": "customer_id", "between": ["b", "c"]}
    ]


def test_a_difference_is_no_reason_where_no_link_was_tried() -> None:
    evidence = [record("a", "customer_id:7"), record("b", "customer_id:8")]

    reasons = explain(evidence, RULES, "a", "b").reasons

    assert reasons == (Reason(WhyNot.NO_SHARED_IDENTIFIER),)


def test_a_cannot_link_is_a_reason_whether_or_not_a_link_was_tried() -> None:
    tied = [record("a", "email:x"), record("b", "email:x")]
    untied = [record("a"), record("b")]

    for evidence in (tied, untied):
        explanation = explain(evidence, RULES, "a", "b", verdicts=[cannot("b", "a")])
        assert explanation.reasons == (Reason(WhyNot.VERDICT),)


@pytest.mark.parametrize("pair", [("a", "z"), ("z", "a")])
def test_records_without_evidence_cannot_be_explained(pair: tuple[str, str]) -> None:
    with pytest.raises(LookupError):
        explain([record("a")], RULES, *pair)


@given(components(), verdicts(), st.data())
def test_an_explanation_agrees_with_the_partition(
    evidence: list[Evidence], rulings: list[Verdict], data: st.DataObject
) -> None:
    a, b = (data.draw(st.sampled_from(evidence)).record_id for _ in range(2))
    partition = resolve(evidence, RULES, verdicts=rulings)
    home = {r: n for n, c in enumerate(partition.clusters) for r in c.record_ids}

    explanation = explain(evidence, RULES, a, b, verdicts=rulings)

    assert explanation.same == (home[a] == home[b])
    assert explanation.same or explanation.reasons
    stops = [a, *(edge.b for edge in explanation.path)]
    assert [edge.a for edge in explanation.path] == stops[:-1]
    if explanation.same:
        assert stops[-1] == b
        assert len({home[stop] for stop in stops}) == 1
    if a != b and kinds(partition)[a] == "probabilistic":
        assert explanation.kind is not LinkKind.VERIFIED
    json.dumps(explanation.as_dict())


@given(components(), verdicts())
def test_every_refusal_of_the_partition_explains_its_two_records(
    evidence: list[Evidence], rulings: list[Verdict]
) -> None:
    for refusal in resolve(evidence, RULES, verdicts=rulings).refusals:
        reasons = explain(evidence, RULES, refusal.a, refusal.b, verdicts=rulings).reasons
        named = {r.type or "verdict" for r in reasons if r.code in {"conflict", "verdict"}}
        assert named == set(refusal.against)


def test_of_two_people_the_strongest_pair_is_put_side_by_side() -> None:
    evidence = [
        record("a", "customer_id:7"),
        record("b", "customer_id:7", "email:x"),
        record("c", "customer_id:8", "email:x"),
        record("d", "customer_id:8"),
    ]
    explainer = Explainer(evidence, RULES)

    assert explainer.strongest(["a", "b"], ["c", "d"]) == ("b", "c")
    assert explainer.strongest(["a"], ["d"]) == ("a", "d")


def test_of_one_person_the_weakest_link_is_found() -> None:
    evidence = [
        record("a", "customer_id:7"),
        record("b", "customer_id:7", "email:x"),
        record("c", "email:x"),
        record("d"),
    ]
    explainer = Explainer(evidence, RULES)

    assert explainer.weakest(["a", "b", "c"]) == ("b", "c")
    assert explainer.weakest(["a", "b"]) == ("a", "b")
    assert explainer.weakest(["d"]) == ("d", "d")
    with pytest.raises(ValueError, match="no record"):
        explainer.weakest([])


def test_two_that_were_only_proposed_to_each_other_are_weighed_as_strangers() -> None:
    born = {"full_name": "Robert Smith", "city": "Kiel"}
    evidence = [
        person("a", birth_date="1951-03-04", **born),
        person("b", birth_date="1990-01-30", **born),
    ]

    told = explain(evidence, RULES, "a", "b")

    assert told.pair.terms[0].weight < -15_000
    assert told.pair.weight == sum(term.weight for term in told.pair.terms) < 0
