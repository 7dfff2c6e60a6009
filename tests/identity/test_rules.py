"""The rules document: strict, versioned, and the same both ways."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.identifiers import Proof
from identity.rules import InvalidRules, Rules, default_document


def changed(path: str, value: object) -> dict[str, Any]:
    document: Any = copy.deepcopy(default_document())
    *way, last = path.split(".")
    place = document
    for step in way:
        place = place[step]
    place[last] = value
    return document  # type: ignore[no-any-return]  # the root is the dict that was copied


def test_the_default_document_is_rules() -> None:
    rules = Rules.parse(default_document())

    assert rules.types["customer_id"].proves_person is Proof.ALWAYS
    assert rules.types["customer_id"].unique_per_person
    assert rules.types["email"].proves_person is Proof.IF_CONFIRMED
    assert rules.types["email"].limit == 30
    assert {name for name, type_ in rules.types.items() if not type_.merges} == {
        "device_id",
        "external_id",
    }
    assert [name for name, type_ in rules.types.items() if type_.attaches] == ["device_id"]
    assert rules.document == default_document()


def test_equal_rules_have_equal_documents() -> None:
    entries = [{"type": "email", "value": "b"}, {"type": "email", "value": "a"}]
    document = changed("blocked", [*entries, entries[0]])

    rules = Rules.parse(document)

    assert rules.document["blocked"] == entries[::-1]
    assert Rules.parse(rules.document) == rules


def test_blocked_values_are_neither_shown_nor_kept_in_what_is_stored() -> None:
    rules = Rules.parse(changed("blocked", [{"type": "email", "value": "canary@example.org"}]))

    assert rules.blocked[0].value == "canary@example.org"
    assert "canary" not in repr(rules)
    assert "canary" not in repr(rules.blocked)
    assert rules.without_blocked().document == default_document()


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        ("format", "continuum.identity.rules/1", "format"),
        ("extra", 1, ""),
        ("types", [], "types"),
        ("types", {1: {}}, "types"),
        ("types.E-mail", {}, "types"),
        ("types.verdict", {}, "types"),
        ("types.email", 1, "types.email"),
        ("types.email", {}, "types.email"),
        ("types.email.more", 1, "types.email"),
        ("types.email.limit", 1, "types.email.limit"),
        ("types.email.limit", True, "types.email.limit"),
        ("types.email.limit", 30.0, "types.email.limit"),
        ("types.email.priority", 0, "types.email.priority"),
        ("types.email.weight", 65, "types.email.weight"),
        ("types.email.merges", 1, "types.email.merges"),
        ("types.email.unique_per_person", None, "types.email.unique_per_person"),
        ("types.email.proves_person", True, "types.email.proves_person"),
        ("types.email.proves_person", "sometimes", "types.email.proves_person"),
        ("types.email.attaches", 1, "types.email.attaches"),
        ("types.email.household_weight", -1, "types.email.household_weight"),
        ("comparisons.shoe_size", {}, "comparisons"),
        ("comparisons.company.exact", {}, "comparisons.company.exact"),
        ("comparisons.company.alike", {}, "comparisons.company"),
        ("comparisons.company.exact.m", "0.86", "comparisons.company"),
        ("comparisons.company.exact.m", 0.85, "comparisons.company.exact.m"),
        ("comparisons.company.exact.u", "1.5", "comparisons.company.exact.u"),
        ("comparisons.company.exact.u", "0.0", "comparisons.company.exact.u"),
        ("blocking.shoe_size", 30, "blocking"),
        ("blocking.company_name", 1, "blocking.company_name"),
        ("clustering.prior", "certain", "clustering.prior"),
        ("clustering.max_pairs", 0, "clustering.max_pairs"),
        ("blocked", {}, "blocked"),
        ("blocked", ["canary"], "blocked[0]"),
        ("blocked", [{"type": "email"}], "blocked[0]"),
        ("blocked", [{"type": "canary", "value": "x"}], "blocked[0].type"),
        ("blocked", [{"type": 1, "value": "x"}], "blocked[0].type"),
        ("blocked", [{"type": "email", "value": ""}], "blocked[0].value"),
        ("blocked", [{"type": "email", "value": 1}], "blocked[0].value"),
    ],
)
def test_a_document_that_is_not_rules_is_refused_by_its_path(
    path: str, value: object, where: str
) -> None:
    with pytest.raises(InvalidRules) as refused:
        Rules.parse(changed(path, value))

    assert refused.value.path == where
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize("document", [None, [], "rules"])
def test_only_an_object_is_a_document(document: object) -> None:
    with pytest.raises(InvalidRules, match="document"):
        Rules.parse(document)


@given(st.sampled_from(Proof), st.booleans(), st.integers(2, 10**6), st.integers(1, 1000))
def test_parsing_and_writing_agree(proof: Proof, flag: bool, limit: int, priority: int) -> None:
    entry = {
        "proves_person": str(proof),
        "unique_per_person": flag,
        "limit": limit,
        "priority": priority,
        "weight": 0,
        "merges": not flag,
        "attaches": flag,
        "household_weight": 0,
    }
    document = {**default_document(), "types": {"a1": entry}}

    assert Rules.parse(document).document == document


def test_the_version_is_a_hash_of_everything_but_blocked_values() -> None:
    rules = Rules.parse(default_document())
    with_blocked = Rules.parse(changed("blocked", [{"type": "email", "value": "x"}]))
    other = Rules.parse(changed("clustering.prior", "0.04"))

    assert len(rules.hash) == 64
    assert with_blocked.hash == rules.hash
    assert other.hash != rules.hash
