"""The journeys a workspace has before it declares its own.

The hours are set by judgement and the one hazard table comes from another trade: both are there to
be replaced by what a workspace knows of its own pace.
"""

from collections.abc import Mapping
from typing import Any

from cdp.outcomes.fields import CHANNELS

DEFAULT_JOURNEYS: tuple[Mapping[str, Any], ...] = (
    {
        "id": "order_to_delivery",
        "goal": "the order reaches the customer",
        "object": "order",
        "milestones": [
            {"id": "placed", "events": ["order.placed"]},
            {
                "id": "shipped",
                "events": ["shipment.sent"],
                "after": ["placed"],
                "expected_hours": 48,
                "p90_hours": 96,
            },
            {
                "id": "delivered",
                "events": ["delivery.delivered"],
                "after": ["shipped"],
                "due": "promised_at",
                "expected_hours": 72,
                "p90_hours": 168,
            },
        ],
        "exits": {"cancelled": ["order.cancelled"], "diverted": ["refund.issued"]},
        "channels": sorted(CHANNELS),
        "median_hours": 120,
        "hazard": {
            "source": "loan applications cancelled by silent days (public log); declare your own",
            "table": [
                {"days": 0, "percent": 35},
                {"days": 7, "percent": 44},
                {"days": 14, "percent": 68},
                {"days": 21, "percent": 83},
                {"days": 28, "percent": 90},
            ],
        },
    },
    {
        "id": "return_to_refund",
        "goal": "what was given back is paid back",
        "object": "order",
        "milestones": [
            {"id": "requested", "events": ["return.requested"]},
            {
                "id": "received",
                "events": ["return.received"],
                "after": ["requested"],
                "optional": True,
                "expected_hours": 120,
                "p90_hours": 240,
            },
            {
                "id": "refunded",
                "events": ["refund.issued"],
                "after": ["requested"],
                "expected_hours": 168,
                "p90_hours": 336,
            },
        ],
        "channels": sorted(CHANNELS),
        "median_hours": 168,
    },
    {
        "id": "case_to_resolution",
        "goal": "the question is answered for good",
        "object": "case",
        "milestones": [
            {"id": "opened", "events": ["case.opened"]},
            {
                "id": "answered",
                "events": ["case.answered"],
                "after": ["opened"],
                "optional": True,
                "due": "due_at",
                "expected_hours": 24,
                "p90_hours": 72,
            },
            {
                "id": "closed",
                "events": ["case.closed"],
                "after": ["opened"],
                "expected_hours": 48,
                "p90_hours": 168,
            },
        ],
        "exits": {"achieved": ["case.confirmed"]},
        "returns": ["case.reopened"],
        "channels": sorted(CHANNELS),
        "median_hours": 48,
    },
)
"""In the form `journeys.Journeys.parse` reads."""
