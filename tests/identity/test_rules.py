"""The rules document: strict, versioned, and the same both ways."""

import copy
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.comparisons import Comparison, decimals
from identity.defaults import default_rules
from identity.engines.keying import RULES
from identity.frequencies import Frequencies
from identity.identifiers import Proof
from identity.keys import BlockingRule
from identity.library import library
from identity.readings import READINGS
from identity.rules import MOST, InvalidRules, Rules

FEATURES = {name for _, names in READINGS.values() for name in names} | {"birth_date", "kind"}
EVERY = {item.name: item for item in (*library(FEATURES), *library(["region", "country"]))}
COUNTED = Frequencies.of({"smith": 3, "quell": 1})
DEFAULT = replace(default_rules(), frequencies={"family_name": COUNTED})
COMPANY = [item.name for item in DEFAULT.comparisons].index("company")


def changed(path: str, value: object) -> dict[str, Any]:
    """The default document with something else at one place; numbers are places in lists."""
    document: Any = copy.deepcopy(DEFAULT.document)
    *way, last = path.split(".")
    place = document
    for step in way:
        place = place[int(step) if isinstance(place, list) else step]
    place[int(last) if isinstance(place, list) else last] = value
    return document  # type: ignore[no-any-return]  # the root is the dict that was copied


def without(path: str) -> dict[str, Any]:
    document: Any = copy.deepcopy(DEFAULT.document)
    *way, last = path.split(".")
    place = document
    for step in way:
        place = place[int(step) if isinstance(place, list) else step]
    del place[last]
    return document  # type: ignore[no-any-return]  # the root is the dict that was copied


def test_the_default_rules_are_their_document() -> None:
    rules = Rules.parse(default_rules().document)

    assert rules == default_rules()
    assert rules.types["customer_id"].proves_person is Proof.ALWAYS
    assert rules.types["customer_id"].unique_per_person
    assert rules.types["email"].proves_person is Proof.IF_CONFIRMED
    assert rules.types["email"].limit == 30
    assert {name for name, type_ in rules.types.items() if not type_.merges} == {
        "device_id",
        "external_id",
    }
    assert [name for name, type_ in rules.types.items() if type_.attaches] == ["device_id"]


def test_a_type_that_merges_has_a_comparison_that_says_what_a_shared_value_weighs() -> None:
    compared = {item.name for item in default_rules().comparisons}

    assert {name for name, type_ in default_rules().types.items() if type_.merges} <= compared


def test_equal_rules_have_equal_documents() -> None:
    entries = [{"type": "email", "value": "b"}, {"type": "email", "value": "a"}]
    document = changed("blocked", [*entries, entries[0]])

    rules = Rules.parse(document)

    assert rules.document["blocked"] == entries[::-1]
    assert Rules.parse(rules.document) == rules


def test_nothing_personal_shows_in_a_repr() -> None:
    rules = Rules.parse(changed("blocked", [{"type": "email", "value": "canary@example.org"}]))

    assert rules.blocked[0].value == "canary@example.org"
    assert "canary" not in repr(rules)
    assert "canary" not in repr(rules.blocked)
    assert "smith" not in repr(rules)


ALIKE = {"feature": "company", "by": "jaro_winkler", "least": "0.9"}
WHEN = f"comparisons.{COMPANY}.levels.1.when"
AT = f"comparisons[{COMPANY}].levels[1].when"
DEEP: object = "otherwise"
for _ in range(12):
    DEEP = {"all": [DEEP]}


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        ("format", "continuum.identity.rules/2", "format"),
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
        ("types.email.merges", 1, "types.email.merges"),
        ("types.external_id.merges", True, "types.external_id.merges"),
        ("types.email.unique_per_person", None, "types.email.unique_per_person"),
        ("types.email.proves_person", True, "types.email.proves_person"),
        ("types.email.proves_person", "sometimes", "types.email.proves_person"),
        ("types.email.attaches", 1, "types.email.attaches"),
        ("comparisons", {}, "comparisons"),
        ("comparisons", [{}] * (MOST + 1), "comparisons"),
        ("comparisons.0", {}, "comparisons[0]"),
        ("comparisons.0.more", 1, "comparisons[0]"),
        ("comparisons.0.name", "Given name", "comparisons[0].name"),
        ("comparisons.0.name", 1, "comparisons[0].name"),
        ("comparisons.0.name", "family_name", "comparisons"),
        ("comparisons.0.silent", "never", "comparisons[0].silent"),
        ("comparisons.0.levels", {}, "comparisons[0].levels"),
        ("comparisons.0.levels", [{}], "comparisons[0].levels"),
        ("comparisons.0.levels.0", 1, "comparisons[0].levels[0]"),
        ("comparisons.0.levels.0.more", 1, "comparisons[0].levels[0]"),
        ("comparisons.0.levels.0.name", "", "comparisons[0].levels[0].name"),
        ("comparisons.0.levels.0.name", "x" * 101, "comparisons[0].levels[0].name"),
        ("comparisons.0.levels.0.name", 1, "comparisons[0].levels[0].name"),
        ("comparisons.0.levels.0.name", "different", "comparisons[0].levels"),
        ("comparisons.0.levels.0.m", "0.86", "comparisons[0].levels"),
        ("comparisons.0.levels.0.u", "0.86", "comparisons[0].levels"),
        ("comparisons.0.levels.0.household", "0.86", "comparisons[0].levels"),
        ("comparisons.0.levels.0.household", None, "comparisons[0].levels"),
        ("comparisons.0.levels.0.household", 0.06, "comparisons[0].levels[0].household"),
        ("comparisons.0.levels.0.m", 0.002, "comparisons[0].levels[0].m"),
        ("comparisons.0.levels.0.m", "2e-3", "comparisons[0].levels[0].m"),
        ("comparisons.0.levels.0.u", "1.5", "comparisons[0].levels[0].u"),
        ("comparisons.0.levels.0.u", "1", "comparisons[0].levels[0].u"),
        ("comparisons.0.levels.0.u", "0.0", "comparisons[0].levels[0].u"),
        ("comparisons.0.levels.0.u", "-0.1", "comparisons[0].levels[0].u"),
        ("comparisons.0.levels.0.rarity", "email", "comparisons[0].levels[0].rarity"),
        (
            "comparisons.0.levels.1.rarity.feature",
            "E-mail",
            "comparisons[0].levels[1].rarity.feature",
        ),
        (
            "comparisons.0.levels.1.rarity.household",
            1,
            "comparisons[0].levels[1].rarity.household",
        ),
        ("comparisons.0.levels.0.bond", "breaks", "comparisons[0].levels[0].bond"),
        (WHEN, 1, AT),
        (WHEN, {}, AT),
        (WHEN, {"same": "company", "differ": "company"}, AT),
        (WHEN, {"not": {"same": "company"}}, AT),
        (WHEN, {"same": "Company"}, f"{AT}.same"),
        (WHEN, {"same": 1}, f"{AT}.same"),
        (WHEN, {"all": []}, f"{AT}.all"),
        (WHEN, {"any": {"same": "company"}}, f"{AT}.any"),
        (WHEN, {"any": ["otherwise", {"same": ""}]}, f"{AT}.any[1].same"),
        (WHEN, DEEP, AT + ".all[0]" * 9),
        (WHEN, {"alike": "company"}, f"{AT}.alike"),
        (WHEN, {"alike": {**ALIKE, "feature": ""}}, f"{AT}.alike.feature"),
        (WHEN, {"alike": {**ALIKE, "by": "ear"}}, f"{AT}.alike.by"),
        (WHEN, {"alike": {**ALIKE, "by": ["jaro"]}}, f"{AT}.alike.by"),
        (WHEN, {"alike": {**ALIKE, "least": 0.9}}, f"{AT}.alike.least"),
        (WHEN, {"alike": {**ALIKE, "least": "1.1"}}, f"{AT}.alike.least"),
        (WHEN, {"near": {"feature": "company", "by": "osa"}}, f"{AT}.near"),
        (WHEN, {"near": {"feature": "company", "by": "jaro", "most": 1}}, f"{AT}.near.by"),
        (WHEN, {"near": {"feature": "company", "by": "osa", "most": -1}}, f"{AT}.near.most"),
        (WHEN, {"date_parts": {"feature": "x", "least": 4}}, f"{AT}.date_parts.least"),
        (WHEN, {"date_parts": {"feature": "1", "least": 3}}, f"{AT}.date_parts.feature"),
        (WHEN, {"crossed": ["company"]}, f"{AT}.crossed"),
        (WHEN, {"crossed": "ab"}, f"{AT}.crossed"),
        (WHEN, {"among": ["company", 1]}, f"{AT}.among[1]"),
        ("blocking", {}, "blocking"),
        ("blocking.0", {}, "blocking[0]"),
        ("blocking.0.name", "Names", "blocking[0].name"),
        ("blocking.0.name", "company", "blocking"),
        ("blocking.0.parts", "names", "blocking[0].parts"),
        ("blocking.0.parts", [], "blocking[0].parts"),
        ("blocking.0.parts", ["names"] * 7, "blocking[0].parts"),
        ("blocking.0.parts.1", 1, "blocking[0].parts[1]"),
        ("blocking.0.parts.1", "birth_date:", "blocking[0].parts[1]"),
        ("blocking.0.parts.1", "birth_date:century", "blocking[0].parts[1]"),
        ("blocking.0.parts.1", "postcode:0", "blocking[0].parts[1]"),
        ("blocking.0.parts.1", "Postcode:3", "blocking[0].parts[1]"),
        ("blocking.0.limit", 1, "blocking[0].limit"),
        ("clustering", None, "clustering"),
        ("clustering.more", 1, "clustering"),
        ("clustering.prior", "certain", "clustering.prior"),
        ("clustering.prior", -19, "clustering.prior"),
        ("clustering.prior", "-61", "clustering.prior"),
        ("clustering.household", 0, "clustering.household"),
        ("clustering.said", 0, "clustering.said"),
        ("clustering.together", 1, "clustering.together"),
        ("frequencies", [], "frequencies"),
        ("frequencies.family_name", {}, "frequencies.family_name"),
        ("frequencies.family_name.records", 2, "frequencies.family_name.records"),
        ("frequencies.family_name.records", "4", "frequencies.family_name.records"),
        ("frequencies.family_name.others", -1, "frequencies.family_name.others"),
        ("frequencies.family_name.counts", [], "frequencies.family_name.counts"),
        ("frequencies.family_name.counts.canary", 1.5, "frequencies.family_name.counts"),
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


@pytest.mark.parametrize(
    ("path", "where"),
    [
        *((name, "") for name in DEFAULT.document),
        ("comparisons.0.levels.0.m", "comparisons[0].levels[0]"),
        ("comparisons.0.levels.0.when", "comparisons[0].levels[0]"),
        ("comparisons.0.levels.1.rarity.household", "comparisons[0].levels[1].rarity"),
        ("comparisons.0.silent", "comparisons[0]"),
        ("blocking.0.limit", "blocking[0]"),
        ("clustering.household", "clustering"),
        ("frequencies.family_name.others", "frequencies.family_name"),
    ],
)
def test_what_is_missing_is_refused_by_its_path(path: str, where: str) -> None:
    with pytest.raises(InvalidRules) as refused:
        Rules.parse(without(path))

    assert refused.value.path == where


@pytest.mark.parametrize("document", [None, [], "rules"])
def test_only_an_object_is_a_document(document: object) -> None:
    with pytest.raises(InvalidRules, match="document"):
        Rules.parse(document)


@given(st.sampled_from(Proof), st.booleans(), st.integers(2, 10**6), st.integers(1, 1000))
def test_parsing_and_writing_types_agree(
    proof: Proof, flag: bool, limit: int, priority: int
) -> None:
    entry = {
        "proves_person": str(proof),
        "unique_per_person": flag,
        "limit": limit,
        "priority": priority,
        "merges": not flag,
        "attaches": flag,
    }
    document = {**default_rules().document, "types": {"email": entry}}

    assert Rules.parse(document).document == document


@pytest.mark.parametrize("name", EVERY)
def test_every_comparison_of_the_library_is_its_document(name: str) -> None:
    item = EVERY[name]

    assert Comparison.parse(item.document, "") == item


SHARES = st.lists(st.floats(1e-9, 1), min_size=3, max_size=3)


@given(SHARES, SHARES, st.none() | SHARES)
def test_what_was_learned_is_written_as_it_is(
    m: list[float], u: list[float], household: list[float] | None
) -> None:
    (email,) = library(["email"])

    def scaled(shares: list[float]) -> list[float]:
        return [share / sum(shares) for share in shares]

    item = email.told(m=scaled(m), u=scaled(u), household=scaled(household) if household else None)

    assert Comparison.parse(item.document, "") == item
    assert sum(level.m for level in item.levels) == 1
    for level, share in zip(item.levels, scaled(m), strict=True):
        assert float(level.m) == pytest.approx(share, abs=1e-11)
    assert (item.levels[0].against_household == 0) or household


def test_a_share_too_small_to_be_written_is_the_smallest_that_can_be() -> None:
    assert decimals([1.0, 0.0]) == [1 - Decimal("1e-12"), Decimal("1e-12")]


PARTS = ["names", "email:mailbox", "family_name:sound", "postcode:3", "phone:-4", "city"]


@given(st.lists(st.sampled_from(PARTS), min_size=1, max_size=6), st.integers(2, 1000))
def test_a_blocking_rule_is_its_document(parts: list[str], limit: int) -> None:
    rule = BlockingRule.of(*parts, limit=limit)

    assert BlockingRule.parse(rule.document, "") == rule


def test_a_type_of_blocking_keys_fits_where_keys_are_stored() -> None:
    rules = (*default_rules().blocking, *RULES)

    assert max(len(rule.type) for rule in rules) <= 32
    assert len({rule.name for rule in rules}) == len({(rule.name, rule.parts) for rule in rules})


def test_the_version_is_a_hash_of_everything_but_blocked_values() -> None:
    rules = Rules.parse(DEFAULT.document)
    with_blocked = Rules.parse(changed("blocked", [{"type": "email", "value": "x"}]))
    others = [
        Rules.parse(changed(path, value))
        for path, value in [
            ("clustering.prior", "-18"),
            ("blocking.0.limit", 31),
            ("types.email.limit", 31),
            ("frequencies.family_name.counts.smith", 2),
            ("comparisons.0.silent", {"lacks": "given_name"}),
        ]
    ]

    assert len(rules.hash) == 64
    assert with_blocked.hash == rules.hash == DEFAULT.hash
    assert len({rules.hash, *(other.hash for other in others)}) == 6
