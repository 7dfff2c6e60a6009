"""Blocking keys: spellings of one person share one, and many records have those of each."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.defaults import BLOCKING
from identity.engines.columns import Column, combined
from identity.engines.keying import RULES, Keyed
from identity.features import Told, read
from identity.keys import BlockingRule
from tests.identity.near import columns, crowds

ROBERT = {
    "full_name": "Robert Smith",
    "birth_date": "1978-11-12",
    "street": "12 Main St",
    "postcode": "89132",
}


def keys(**said: str) -> set[tuple[str, str]]:
    told = read(said)
    return {(rule.type, rule.key(told)) for rule in BLOCKING if rule.key(told)}


@pytest.mark.parametrize(
    "other",
    [
        {"full_name": "Smith, Bob", "street": "12 Main Street", "postcode": "89132"},
        {"given_name": "R.", "family_name": "Smyth", "postcode": "89132"},
        {"full_name": "Robert Jones", "birth_date": "1978-12-11"},
        {"full_name": "Q Smith", "birth_date": "1978-12-11"},
        {"full_name": "Smith Robert"},
    ],
)
def test_spellings_of_one_person_share_a_key(other: dict[str, str]) -> None:
    assert keys(**other) & keys(**ROBERT)


def test_who_says_too_little_has_no_key() -> None:
    assert keys(full_name="Madonna") == set()
    assert keys(given_name="Bob", postcode="1") == set()
    assert keys(given_name="Bob", city="Kiel") == set()
    assert keys(birth_date="1978", given_name="Bob") == set()
    assert keys(full_name="Bob Smith", city="Kiel")
    assert keys(company="Acme Ltd", city="Kiel") == {("block.company", "acme")}


@pytest.mark.parametrize(
    ("part", "told", "expected"),
    [
        ("city", {"city": "kiel"}, "kiel"),
        ("city", {}, ""),
        ("names", {"given_name": "ada", "family_name": "quell"}, "ada~quell"),
        ("names", {"given_name": "quell", "family_name": "ada"}, "ada~quell"),
        ("names", {"given_name": "ada"}, ""),
        ("family_name:sound", {"family_name": "mueller"}, "mlr"),
        ("given_name:formal", {"given_name": "bob"}, "r"),
        ("given_name:1", {"given_name": "bob"}, "b"),
        ("phone:-3", {"phone": "079460011"}, "011"),
        ("email:mailbox", {"email": "ada@example.org"}, "ada"),
        ("birth_date:year", {"birth_date": "1984"}, "1984"),
        ("birth_date:month", {"birth_date": "1984-05-17"}, "1984-05"),
        ("birth_date:month", {"birth_date": "1984"}, ""),
        ("birth_date:days", {"birth_date": "1984-17-05"}, "0517"),
        ("birth_date:days", {"birth_date": "1984-05"}, ""),
    ],
)
def test_a_part_is_a_feature_or_a_piece_of_one(
    part: str, told: dict[str, str], expected: str
) -> None:
    assert BlockingRule.of(part, limit=2).key(told) == expected


@given(crowds(), st.sampled_from([*BLOCKING, *RULES, BlockingRule.of("phone:-4", limit=2)]))
def test_records_agree_by_a_rule_in_arrays_where_their_keys_are_one(
    told: list[Told], rule: BlockingRule
) -> None:
    found = columns(told)
    keyed = Keyed(found)
    own = [rule.key(one) for one in told]

    if not keyed.serves(rule):
        assert not any(own)
        return
    numbers = combined(keyed.parts(rule)).tolist()

    assert [number >= 0 for number in numbers] == [bool(key) for key in own]
    for a, ours in enumerate(own):
        for b, theirs in enumerate(own):
            assert (numbers[a] == numbers[b]) == (ours == theirs)


def test_the_parts_of_many_rules_are_made_once() -> None:
    keyed = Keyed({"email": Column.of(["ada@example.org"])})
    part = BlockingRule.of("email:mailbox", limit=2).parts[0]

    assert keyed.part(part) is keyed.part(part)
