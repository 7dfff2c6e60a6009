"""What is plainly right is read without the library, and never otherwise than the library does."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from cdp.web.api import schemas
from cdp.web.wire import WireSchema

SCHEMAS = [schemas.ContextSchema(), schemas.DecideSchema(), schemas.StatementSchema()]
NAMES = sorted({item.data_key or name for one in SCHEMAS for name, item in one.fields.items()})
TEXTS = st.sampled_from(["service", "chat", "call-81", "contact", "given", "x" * 200, "", "a\n"])
VALUES = st.one_of(TEXTS, st.text(max_size=8), st.none(), st.integers(), st.lists(TEXTS))
BODIES = st.one_of(
    VALUES, st.dictionaries(st.sampled_from([*NAMES, "unknown"]), VALUES, max_size=5)
)


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda one: type(one).__name__)
@given(body=BODIES)
def test_what_is_read_plainly_is_what_the_library_reads(schema: WireSchema, body: Any) -> None:
    found = schema.plainly(body)

    try:
        read = schema.load(body)
    except ValidationError:
        read = None

    assert found is None or found == read


def test_an_ordinary_context_is_read_plainly() -> None:
    body = {"purpose": "service", "channel": "chat", "interaction_id": "call-81"}

    assert schemas.ContextSchema().plainly(body) == schemas.ContextRequest(**body)


@pytest.mark.parametrize(
    "body", [{}, {"purpose": "Service"}, {"purpose": 1}, {"purpose": "service", "fields": ["x"]}]
)
def test_anything_else_is_left_to_the_library(body: dict[str, Any]) -> None:
    assert schemas.ContextSchema().plainly(body) is None
