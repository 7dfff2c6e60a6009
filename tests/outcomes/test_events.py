from datetime import UTC, datetime
from typing import Any

import pytest

from cdp.errors import Refused
from cdp.outcomes.event_types import OBJECTS
from cdp.outcomes.events import CATALOGUE, Interaction, catalogue_markdown
from cdp.outcomes.fields import KINDS


def raw(**changes: Any) -> dict[str, Any]:
    return {
        "id": "e-1",
        "record_id": "r-1",
        "source": "shop",
        "type": "order.placed",
        "at": "2026-03-01T10:00:00+01:00",
        "received": datetime(2026, 3, 1, 9, 5, tzinfo=UTC),
        "object": "O-1",
        "data": {"promised_at": "2026-03-09", "total": 19.9, "items": "2", "colour": "red"},
    } | changes


def test_a_known_event_keeps_the_fields_of_the_catalogue_and_drops_the_others() -> None:
    parsed = Interaction.parse(raw())

    assert parsed.known
    assert parsed.at == datetime(2026, 3, 1, 9, tzinfo=UTC)
    assert parsed.data == {
        "promised_at": "2026-03-09T23:59:59.999Z",
        "total": "19.9",
        "items": 2,
    }


def test_an_unknown_event_is_kept_as_it_came() -> None:
    parsed = Interaction.parse(raw(type="horse.shod", object=None, data={"hoof": [1.5]}))

    assert not parsed.known
    assert parsed.data == {"hoof": [1.5]}


def test_an_event_without_data_is_a_whole_event() -> None:
    assert Interaction.parse(raw(type="delivery.delivered", data=None)).data == {}


def test_an_object_is_kept_only_where_the_catalogue_knows_one() -> None:
    page = raw(type="page.viewed", data={"path": "/help"}, object="O-1")

    assert Interaction.parse(page).object == ""


def test_codes_are_written_alike_by_every_source() -> None:
    opened = raw(type="case.opened", data={"kind": " Late  Delivery "})

    assert Interaction.parse(opened).data == {"kind": "late_delivery"}


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"id": ""}, "id"),
        ({"type": None}, "type"),
        ({"object": " "}, "object"),
        ({"object": "x" * 129}, "object"),
        ({"data": ["x"]}, "data"),
        ({"type": "case.opened", "data": {}}, "kind"),
        ({"data": {"promised_at": "soon"}}, "promised_at"),
        ({"data": {"promised_at": 5}}, "promised_at"),
        ({"at": "2026-03-01T10:00:00"}, "at"),
        ({"at": datetime(2026, 3, 1)}, "at"),  # noqa: DTZ001 - the naive instant is the case
        ({"received": 17}, "received"),
    ],
)
def test_an_event_that_lacks_something_is_refused_by_the_name_of_the_field(
    changes: dict[str, Any], named: str
) -> None:
    with pytest.raises(Refused, match=f"field {named} ") as refused:
        Interaction.parse(raw(**changes))

    assert refused.value.reason == "event_invalid"


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("code", "no/é"),
        ("channel", "pigeon"),
        ("ref", 1.5),
        ("ref", ""),
        ("text", 7),
        ("text", "x" * 4001),
        ("integer", True),
        ("integer", "two"),
        ("decimal", None),
        ("decimal", "NaN"),
        ("decimal", "much"),
        ("decimal", "1e99"),
        ("amount", "-0.01"),
        ("count", -1),
        ("integer", 10**16),
        ("integer", "9" * 5000),
        ("codes", []),
        ("codes", "a,é"),
        ("codes", ["a"] * 17),
        ("codes", {"a": 1}),
        ("phrase", " "),
        ("phrase", "x" * 201),
        ("phrase", 7),
        ("path", "?q=ada"),
        ("path", "/" * 501),
        ("path", 7),
        ("url", "javascript:alert(1)"),
        ("url", "https://a b"),
        ("url", 7),
        ("url", "https://" + "x" * 500),
    ],
)
def test_a_field_of_the_wrong_kind_is_refused(kind: str, value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        KINDS[kind](value)


@pytest.mark.parametrize(
    ("kind", "value", "kept"),
    [
        ("ref", 4711, "4711"),
        ("text", "as it is", "as it is"),
        ("channel", "Email", "email"),
        ("decimal", 1, "1"),
        ("deadline", "2026-03-01T10:00:00+01:00", "2026-03-01T09:00:00.000Z"),
        ("decimal", "1E-9", "0"),
        ("decimal", "2.5000000001", "2.5"),
        ("amount", 0, "0"),
        ("count", "12", 12),
        ("codes", "Tools, garden,tools", "garden,tools"),
        ("codes", ["Garden Tools"], "garden_tools"),
        ("phrase", "  late \n parcel ", "late parcel"),
        ("path", "/orders/track?mail=ada@example.org#top", "/orders/track"),
        ("url", " https://help.example/a ", "https://help.example/a"),
    ],
)
def test_a_field_is_kept_in_one_form(kind: str, value: object, kept: str) -> None:
    assert KINDS[kind](value) == kept


def test_an_interaction_never_shows_what_it_is_about() -> None:
    data = {"channel": "chat", "text": "my secret"}

    shown = repr(Interaction.parse(raw(type="case.closed", object="C-77"))) + repr(
        Interaction.parse(raw(type="message.received", data=data))
    )

    assert "C-77" not in shown
    assert "secret" not in shown


def test_every_kind_of_the_catalogue_can_be_read_and_every_type_is_in_the_table() -> None:
    table = catalogue_markdown()

    for kind in CATALOGUE.values():
        assert set(kind.required.values()) | set(kind.optional.values()) <= set(KINDS)
        assert f"| `{kind.name}` |" in table
        assert kind.object in {"", *OBJECTS}
    assert CATALOGUE["survey.answered"].feeds == ()
