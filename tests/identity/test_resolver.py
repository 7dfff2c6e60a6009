"""Who is who, told in stories of a few records."""

from dataclasses import replace

import pytest

from identity.evidence import Evidence, Ruling, Token, Verdict
from identity.identifiers import IdentifierType, Proof
from identity.partition import Edge, LinkKind, Refusal
from identity.resolver import resolve
from tests.identity.builders import RULES, cannot, kinds, must, persons, record


def one(*names: str) -> frozenset[str]:
    return frozenset(names)


def test_records_that_share_a_customer_number_are_one_verified_person() -> None:
    partition = resolve([record("a", "customer_id:7"), record("b", "customer_id:7")], RULES)

    assert persons(partition) == {one("a", "b")}
    assert kinds(partition) == {"a": "verified", "b": "verified"}
    assert partition.clusters[0].edges == (Edge("a", "b", LinkKind.VERIFIED, 5_902),)


def test_a_shared_email_is_probable_until_both_records_confirmed_it() -> None:
    a, b = record("a", "email:x!"), record("b", "email:x")

    assert kinds(resolve([a, b], RULES)) == {"a": "probabilistic", "b": "probabilistic"}
    confirmed = resolve([a, record("b", "email:x!")], RULES)
    assert kinds(confirmed) == {"a": "verified", "b": "verified"}


def test_a_record_that_repeats_a_value_has_confirmed_it_if_it_did_so_once() -> None:
    repeated = record("a", "email:x", "email:x!", "email:x")

    partition = resolve([repeated, record("b", "email:x!")], RULES)

    assert kinds(partition) == {"a": "verified", "b": "verified"}


def test_a_lone_record_is_verified() -> None:
    assert kinds(resolve([record("a", "email:x")], RULES)) == {"a": "verified"}


def test_nothing_in_nothing_out() -> None:
    assert resolve([], RULES).clusters == ()


def test_two_values_of_a_unique_type_refuse_to_join() -> None:
    a, b = record("a", "customer_id:7", "email:x"), record("b", "customer_id:8", "email:x")

    partition = resolve([a, b], RULES)

    assert persons(partition) == {one("a"), one("b")}
    assert partition.refusals == (Refusal("a", "b", "email", ("customer_id",)),)


def test_uniqueness_is_asked_of_the_whole_resulting_cluster() -> None:
    bridge = record("b", "email:x", "phone:1")

    partition = resolve(
        [record("a", "customer_id:7", "email:x"), bridge, record("c", "customer_id:8", "phone:1")],
        RULES,
    )

    assert persons(partition) == {one("a", "b"), one("c")}
    assert partition.refusals == (Refusal("b", "c", "phone", ("customer_id",)),)


def test_the_stronger_link_is_tried_first_whatever_its_type() -> None:
    bridge = record("b", "email:x", "phone:1!")

    partition = resolve(
        [record("a", "customer_id:7", "email:x"), bridge, record("c", "customer_id:8", "phone:1!")],
        RULES,
    )

    assert persons(partition) == {one("a"), one("b", "c")}


def test_of_equal_links_the_earliest_records_are_tried_first() -> None:
    evidence = [
        record("a", "email:x"),
        record("b", "email:x", "customer_id:7"),
        record("c", "email:x", "customer_id:8"),
    ]

    assert persons(resolve(evidence, RULES)) == {one("a", "b"), one("c")}


def test_the_heavier_evidence_is_tried_first_whatever_it_is_named() -> None:
    evidence = [
        record("a", "customer_id:7", "loyalty:1"),
        record("b", "loyalty:1", "phone:1"),
        record("c", "customer_id:8", "phone:1"),
    ]

    assert persons(resolve(evidence, RULES)) == {one("a"), one("b", "c")}


def test_a_refusal_names_the_strongest_link_that_was_refused() -> None:
    evidence = [
        record("a", "customer_id:7", "email:x!", "phone:1"),
        record("b", "customer_id:8", "email:x!", "phone:1"),
    ]

    assert resolve(evidence, RULES).refusals == (Refusal("a", "b", "email", ("customer_id",)),)


def test_uniqueness_is_asked_per_scope() -> None:
    a, b = record("a", "customer_id@crm:7", "email:x"), record("b", "customer_id@shop:8", "email:x")

    assert persons(resolve([a, b], RULES)) == {one("a", "b")}


def test_the_same_value_in_two_scopes_is_not_the_same_value() -> None:
    a, b = record("a", "customer_id@crm:7"), record("b", "customer_id@shop:7")

    assert persons(resolve([a, b], RULES)) == {one("a"), one("b")}


@pytest.mark.parametrize("name", ["a", "d"])
def test_a_record_that_contradicts_itself_joins_nobody(name: str) -> None:
    torn = record(name, "customer_id:7", "customer_id:8", "email:x")

    partition = resolve([torn, record("b", "email:x"), record("c", "email:x")], RULES)

    assert persons(partition) == {one(name), one("b", "c")}
    assert partition.refusals[0].against == ("customer_id",)


def test_a_refused_pair_does_not_keep_others_of_the_same_value_apart() -> None:
    # A star around "a" would refuse "b" and "c" and never try them with each other.
    evidence = [
        record("a", "customer_id:7", "email:x"),
        record("b", "customer_id:8", "email:x"),
        record("c", "customer_id:8", "email:x"),
    ]

    partition = resolve([record(e.record_id, "email:x") for e in evidence], RULES)
    assert persons(partition) == {one("a", "b", "c")}
    assert persons(resolve(evidence, RULES)) == {one("a"), one("b", "c")}


def test_a_value_held_by_two_persons_proves_nothing() -> None:
    evidence = [
        record("a", "email:x!"),
        record("b", "email:x!"),
        record("c", "email:x", "loyalty:1", "phone:1"),
        record("d", "loyalty:2", "phone:1", "customer_id:7"),
        record("e", "loyalty:3", "email:x!"),
    ]

    partition = resolve(evidence, RULES)

    assert persons(partition) == {one("a", "b", "e"), one("c"), one("d")}
    assert set(kinds(partition).values()) == {"probabilistic", "verified"}
    assert {name for name, kind in kinds(partition).items() if kind == "verified"} == {"c", "d"}


def test_a_blocked_value_joins_nobody_and_keeps_nobody_apart() -> None:
    evidence = [record("a", "email:x", "customer_id:0"), record("b", "email:x", "customer_id:9")]
    zero = frozenset({("customer_id", b"0")})
    x = frozenset({("email", b"x")})

    assert len(persons(resolve(evidence, RULES))) == 2
    assert persons(resolve(evidence, RULES, blocked=zero)) == {one("a", "b")}
    assert len(persons(resolve(evidence, RULES, blocked=zero | x))) == 2


def test_a_value_over_its_limit_is_generic() -> None:
    crowd = [record(name, "email:info") for name in "abcde"]

    assert len(persons(resolve(crowd, RULES))) == 5
    assert persons(resolve(crowd[:4], RULES)) == {one("a", "b", "c", "d")}


def test_a_value_known_to_be_generic_elsewhere_joins_nobody_here() -> None:
    pair = [record("a", "email:info"), record("b", "email:info")]

    assert len(persons(resolve(pair, RULES, generic=frozenset({("email", b"info")})))) == 2


@pytest.mark.parametrize("shared", ["cookie:d", "unheard_of:u"])
def test_types_that_nobody_approved_join_nobody(shared: str) -> None:
    assert len(persons(resolve([record("a", shared), record("b", shared)], RULES))) == 2


def test_a_must_link_joins_what_shares_nothing_and_proves_nothing() -> None:
    partition = resolve([record("a"), record("b")], RULES, verdicts=[must("a", "b")])

    assert persons(partition) == {one("a", "b")}
    assert kinds(partition) == {"a": "probabilistic", "b": "probabilistic"}
    assert partition.clusters[0].edges == (Edge("a", "b", LinkKind.PROBABILISTIC, 0),)


def test_a_must_link_is_tried_before_any_shared_value() -> None:
    evidence = [
        record("a", "email:x!", "customer_id:7"),
        record("b", "email:x!"),
        record("c", "customer_id:8"),
    ]

    assert persons(resolve(evidence, RULES)) == {one("a", "b"), one("c")}
    judged = resolve(evidence, RULES, verdicts=[must("b", "c")])
    assert persons(judged) == {one("a"), one("b", "c")}


def test_a_must_link_does_not_override_uniqueness() -> None:
    evidence = [record("a", "customer_id:7"), record("b", "customer_id:8")]

    partition = resolve(evidence, RULES, verdicts=[must("a", "b")])

    assert len(persons(partition)) == 2
    assert partition.refusals == (Refusal("a", "b", "verdict", ("customer_id",)),)


@pytest.mark.parametrize("pair", [("a", "c"), ("b", "c")])
def test_a_cannot_link_is_obeyed_by_the_whole_cluster(pair: tuple[str, str]) -> None:
    evidence = [record("a", "email:x"), record("b", "email:x", "phone:1"), record("c", "phone:1")]

    partition = resolve(evidence, RULES, verdicts=[cannot(*pair)])

    assert persons(partition) == {one("a", "b"), one("c")}
    assert partition.refusals == (Refusal("b", "c", "phone", ("verdict",)),)


def test_of_two_contrary_verdicts_the_stricter_wins() -> None:
    partition = resolve(
        [record("a", "customer_id:7"), record("b", "customer_id:7")],
        RULES,
        verdicts=[must("a", "b"), cannot("a", "b")],
    )

    assert len(persons(partition)) == 2


def test_verdicts_about_absent_records_say_nothing() -> None:
    evidence = [record("a"), record("b")]

    assert resolve(evidence, RULES, verdicts=[must("a", "z"), cannot("y", "z")]) == resolve(
        evidence, RULES
    )


def test_the_core_is_the_largest_verified_part_and_the_rest_is_as_weak_as_its_way_there() -> None:
    evidence = [
        record("a", "email:p!", "phone:1"),
        record("b", "email:p!"),
        record("c", "customer_id:7"),
        record("d", "customer_id:7"),
        record("e", "customer_id:7", "phone:1"),
        record("f", "phone:1"),
    ]

    partition = resolve(evidence, RULES)

    assert persons(partition) == {one(*"abcdef")}
    assert {name for name, kind in kinds(partition).items() if kind == "verified"} == {*"cde"}


def test_of_two_equal_verified_parts_the_earliest_is_the_core() -> None:
    evidence = [
        record("d", "customer_id:7", "phone:1"),
        record("b", "customer_id:7"),
        record("a", "email:p!", "phone:1"),
        record("c", "email:p!"),
    ]

    assert {n for n, kind in kinds(resolve(evidence, RULES)).items() if kind == "verified"} == {
        "a",
        "c",
    }


def test_evidence_given_twice_counts_once() -> None:
    a, b = record("a", "email:x", "phone:1"), record("b", "email:x")

    assert resolve([a, b, record("a", "phone:1", "email:x")], RULES) == resolve([a, b], RULES)


def test_two_different_statements_about_one_record_are_refused() -> None:
    with pytest.raises(ValueError, match="one record"):
        resolve([record("a", "email:x"), record("a", "email:y")], RULES)


@pytest.mark.parametrize(
    ("ruling", "groups", "whole"),
    [
        (Ruling.MUST_LINK, ["a"], False),
        (Ruling.MUST_LINK, ["ab", "cd"], False),
        (Ruling.MUST_LINK, ["ab"], True),
        (Ruling.CANNOT_LINK, ["ab"], False),
        (Ruling.CANNOT_LINK, ["a", ""], False),
        (Ruling.CANNOT_LINK, ["ab", "bc"], True),
    ],
)
def test_a_verdict_is_about_different_records(
    ruling: Ruling, groups: list[str], whole: bool
) -> None:
    with pytest.raises(ValueError, match=r"it takes|different records"):
        Verdict(ruling, tuple(map(frozenset, groups)), whole)


def test_nobody_is_in_two_groups_of_a_verdict_whatever_joins_them() -> None:
    evidence = [record(name, "customer_id:7") for name in "abcd"]

    partition = resolve(evidence, RULES, verdicts=[Verdict.apart("ac", "b")])

    assert persons(partition) == {frozenset("acd"), frozenset("b")}


def test_a_group_that_an_undo_keeps_whole_holds_by_the_weakest_link() -> None:
    evidence = [record("a", "email:x!"), record("b", "email:x!"), record("c"), record("d")]

    partition = resolve(evidence, RULES, verdicts=[Verdict.apart("abc", "d", whole=True)])

    assert persons(partition) == {frozenset("abc"), frozenset("d")}
    assert kinds(partition) == {
        "a": "verified",
        "b": "verified",
        "c": "household",
        "d": "verified",
    }


def test_no_token_is_shown_in_a_repr() -> None:
    assert "secret" not in repr(record("a", "email:secret"))


def test_a_crowd_that_shares_one_value_has_edges_in_proportion() -> None:
    crowd = [
        Evidence(f"{n:04}", b"%04d" % n, (Token("login", b"x"), Token("email", b"%d" % n)))
        for n in range(300)
    ]
    login = IdentifierType("login", Proof.ALWAYS, False, 1000, 1, True)

    (cluster,) = resolve(crowd, replace(RULES, types={"login": login, **RULES.types})).clusters

    assert len(cluster.members) == 300
    assert len(cluster.edges) == 299
