"""A mapping document is parsed strictly, and what is wrong is named by its path."""

import contextlib
import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp.errors import Refused
from cdp.mapping import InvalidMapping, Mapping
from tests.mapping.builders import SHOP, one, shop, telling

CONSENT = {"purposes": ["offers"], "given": ["yes"]}
EVENT = {"type": "a.b", "at": "at"}


def test_a_mapping_gives_back_the_document_it_was_parsed_from() -> None:
    document = copy.deepcopy(SHOP)
    mapping = Mapping.parse(document)
    document["fields"].clear()

    assert mapping.document == SHOP
    assert mapping == shop()
    assert mapping.relation == "customer"
    assert shop(relation="visitor") != mapping


def test_an_empty_mapping_reads_nothing_and_says_nothing_of_the_relation() -> None:
    mapping = Mapping.parse({})

    assert (mapping.columns, mapping.relation) == ((), "")


def test_every_column_that_is_read_is_known_once() -> None:
    assert shop().columns == (
        "email",
        "email_verified",
        "mobile",
        "country",
        "customer_no",
        "first_name",
        "dob",
        "tier",
        "newsletter",
        "newsletter_at",
        "newsletter_evidence",
        "newsletter_notice",
        "ordered_at",
        "order_no",
        "promised",
        "total",
        "delivered_at",
        "status",
    )
    assert telling({**EVENT, "when": "done"}).columns == ("at", "done")


@pytest.mark.parametrize(
    ("document", "path", "wanted"),
    [
        ([], "mapping", "an object"),
        ({1: 2}, "mapping", "an object"),
        ({"field": {}}, "field", "allowed: relation, zone"),
        ({"relation": "friend"}, "relation", "customer, prospect"),
        ({"relation": ["customer"]}, "relation", "one of"),
        ({"zone": "Europe/London"}, "zone", "+01:00"),
        ({"zone": "+15:00"}, "zone", "+01:00"),
        ({"format": "%Q"}, "format", "strptime"),
        ({"format": "%d %d"}, "format", "strptime"),
        ({"format": " "}, "format", "text"),
        ({"fields": []}, "fields", "an object"),
        ({"fields": {"": {}}}, "fields", "empty name"),
        ({"events": {}}, "events", "a list"),
        ({"events": [7]}, "events[0]", "an object"),
        ({"events": [{"type": "a.b"}]}, "events[0].at", "is missing"),
        ({"events": [{**EVENT, "type": "Order Placed"}]}, "events[0].type", "order.placed"),
        ({"events": [{**EVENT, "when": 7}]}, "events[0].when", "a column"),
        ({"events": [{**EVENT, "when": ""}]}, "events[0].when", "text"),
        ({"events": [{**EVENT, "data": {"A": "b"}}]}, "events[0].data", "lower-case"),
        ({"events": [{**EVENT, "data": {"a": 1}}]}, "events[0].data.a", "text"),
        ({"events": [{**EVENT, "id": 1}]}, "events[0].id", "text"),
        ({"events": [{**EVENT, "zone": 1}]}, "events[0].zone", "offset"),
        ({"event_types": {"x": {}}}, "event_types.x.type", "is missing"),
        ({"event_types": {"x": {"type": "a.b", "at": "y"}}}, "event_types.x.at", "allowed"),
    ],
)
def test_a_bad_key_is_refused_by_its_path(document: Any, path: str, wanted: str) -> None:
    with pytest.raises(InvalidMapping) as refusal:
        Mapping.parse(document)

    said = str(refusal.value)
    assert said.startswith(f"{path}: ")
    assert wanted in said
    assert isinstance(refusal.value, Refused)
    assert refusal.value.reason == "invalid_mapping"


@pytest.mark.parametrize(
    ("meaning", "path", "wanted"),
    [
        ({}, "", "exactly one of identifier, attribute, consent"),
        ({"identifier": "email", "attribute": "title"}, "", "exactly one"),
        ([{"attribute": "title"}, 7], "[1]", "an object"),
        ({"identifier": "E-Mail"}, ".identifier", "lower-case"),
        ({"identifier": "email", "purpose": "x"}, ".purpose", "allowed: identifier"),
        ({"identifier": "phone", "region": "gb"}, ".region", "capital"),
        ({"identifier": "phone", "region_column": 7}, ".region_column", "text"),
        ({"identifier": "email", "confirmed": "yes"}, ".confirmed", "object"),
        ({"identifier": "email", "confirmed": {"column": "v"}}, ".confirmed.values", "missing"),
        (
            {"identifier": "email", "confirmed": {"column": "v", "values": []}},
            ".confirmed.values",
            "at least one",
        ),
        ({"identifier": "email", "channels": ["fax"]}, ".channels", "email, sms"),
        ({"identifier": "email", "channels": ["sms", "sms"]}, ".channels", "each once"),
        ({"attribute": "shoe_size"}, ".attribute", "custom.<name>"),
        ({"attribute": "custom.Shoe"}, ".attribute", "custom.<name>"),
        ({"attribute": "title", "format": "%d"}, ".format", "only dates"),
        ({"attribute": "birth_date", "format": "unix"}, ".format", "only dates"),
        ({"attribute": "title", "values": {"a": 1}}, ".values.a", "text"),
        ({"attribute": "title", "identifer": "x"}, ".identifer", "allowed: attribute"),
        ({"consent": {"purposes": ["offers"]}}, ".consent", "given, refused, withdrawn"),
        ({"consent": {"given": ["yes"]}}, ".consent.purposes", "missing"),
        ({"consent": {**CONSENT, "purposes": ["*"]}}, ".consent.purposes", "lower-case"),
        ({"consent": {**CONSENT, "refused": ["YES"]}}, ".consent.refused", "something else"),
        ({"consent": {**CONSENT, "at": 1}}, ".consent.at", "text"),
        ({"consent": CONSENT, "channels": ["sms"]}, ".channels", "allowed: consent"),
        ({"consent": 7}, ".consent", "object"),
    ],
)
def test_a_bad_meaning_is_refused_by_its_path(meaning: Any, path: str, wanted: str) -> None:
    with pytest.raises(InvalidMapping) as refusal:
        one(meaning)

    assert refusal.value.path == f"fields.c{path}"
    assert wanted in str(refusal.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["identifier", "attribute", "consent", "type", "at", "data"]), inner
        )
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(sorted(SHOP)) | st.text(), JSON, max_size=4))
def test_any_document_is_parsed_or_refused(document: dict[str, Any]) -> None:
    with contextlib.suppress(InvalidMapping):
        assert Mapping.parse(document).document == document
