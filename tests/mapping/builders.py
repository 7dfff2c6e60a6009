"""The mapping of a shop, and rows it makes sense of."""

from typing import Any

from cdp.mapping import Mapping

SHOP: dict[str, Any] = {
    "relation": "customer",
    "fields": {
        "email": {
            "identifier": "email",
            "confirmed": {"column": "email_verified", "values": ["1", "yes", "true"]},
            "channels": ["email"],
        },
        "mobile": {"identifier": "phone", "region": "GB", "region_column": "country"},
        "customer_no": {"identifier": "customer_id", "confirmed": True},
        "first_name": {"attribute": "given_name"},
        "country": {"attribute": "country", "values": {"United Kingdom": "GB"}},
        "dob": {"attribute": "birth_date", "format": "%d/%m/%Y"},
        "tier": [{"attribute": "custom.tier"}, {"attribute": "title"}],
        "newsletter": {
            "consent": {
                "purposes": ["offers"],
                "channels": ["email"],
                "given": ["yes"],
                "refused": ["no"],
                "withdrawn": ["stopped"],
                "at": "newsletter_at",
                "evidence": "newsletter_evidence",
                "notice": "newsletter_notice",
            }
        },
    },
    "events": [
        {
            "type": "order.placed",
            "at": "ordered_at",
            "id": "order_no",
            "object": "order_no",
            "data": {"promised_at": "promised", "total": "total"},
        },
        {
            "type": "delivery.delivered",
            "at": "delivered_at",
            "object": "order_no",
            "when": {"column": "status", "values": ["delivered"]},
        },
    ],
    "event_types": {
        "ticket_opened": {"type": "case.opened", "object": "case_id", "data": {"topic": "subject"}},
        "ticket_closed": {"type": "case.closed"},
    },
}

ROW: dict[str, Any] = {
    "email": " Jane@Example.org ",
    "email_verified": "YES",
    "mobile": "07700 900123",
    "customer_no": 42,
    "first_name": "Jane",
    "country": "united kingdom",
    "dob": "01/02/1980",
    "tier": True,
    "newsletter": "Yes",
    "newsletter_at": "2026-03-01T10:00:00+01:00",
    "newsletter_evidence": "form 7",
    "newsletter_notice": "n1",
    "ordered_at": "2026-03-02T09:00:00Z",
    "order_no": "A-1",
    "promised": "2026-03-05T09:00:00Z",
    "total": 12.5,
    "status": "Delivered",
    "delivered_at": "2026-03-04T09:00:00Z",
}


def shop(**more: Any) -> Mapping:
    """The shop's mapping with some keys replaced."""
    return Mapping.parse({**SHOP, **more})


def one(meaning: Any, **more: Any) -> Mapping:
    """A mapping of the single column `c`."""
    return Mapping.parse({"fields": {"c": meaning}, **more})


def telling(event: dict[str, Any], **more: Any) -> Mapping:
    """A mapping of a single event."""
    return Mapping.parse({"events": [event], **more})
