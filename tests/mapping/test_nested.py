"""Rows of nested objects: a column of a mapping may be a path."""

from hypothesis import given
from hypothesis import strategies as st

from cdp.mapping import Mapping, apply
from cdp.mapping.cells import value_at
from cdp.mapping.preview import preview

NESTED = {"who": {"mail": "ada@example.org", "name": {"last": "Quell"}}, "at": {"zone": 1}}


def test_a_path_reaches_into_nested_objects() -> None:
    mapping = Mapping.parse(
        {
            "fields": {
                "who.mail": {"identifier": "email"},
                "who.name.last": {"attribute": "family_name"},
                "who.name.first": {"attribute": "given_name"},
            }
        }
    )

    facts = apply(mapping, NESTED)

    assert [item.value for item in facts.identifiers] == ["ada@example.org"]
    assert [(item.name, item.value) for item in facts.attributes] == [("family_name", "Quell")]
    assert facts.problems == ()


def test_a_column_of_that_very_name_wins_over_a_path() -> None:
    assert value_at({"a.b": "flat", "a": {"b": "deep"}}, "a.b") == "flat"


def test_a_path_through_something_that_is_no_object_finds_nothing() -> None:
    assert value_at({"a": "text"}, "a.b") is None
    assert value_at({"a": [{"b": 1}]}, "a.b") is None
    assert value_at({"a": None}, "a.b.c") is None


def test_a_preview_counts_paths_and_knows_what_is_read() -> None:
    mapping = Mapping.parse({"fields": {"who.mail": {"identifier": "email"}}})

    report = preview(mapping, [NESTED, {"who": {}}])

    [column] = report.columns
    assert (column.column, column.mapped, column.absent) == ("who.mail", 1, 1)
    assert report.unmapped == ("at",)


@given(
    st.recursive(
        st.none() | st.text() | st.integers(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ),
    st.text(),
)
def test_no_path_through_any_row_raises(value: object, path: str) -> None:
    value_at({"x": value}, path)
