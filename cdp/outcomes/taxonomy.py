"""The default taxonomy of intents and the weights of the state prior: data with a version.

A label is a job a customer comes for; `out_of_scope` is a label like any other. Weights are in
natural logarithms of odds, set by judgement: they order the labels, they are no calibrated
probability. Words are matched as whole tokens of topics, pages, searches and menu nodes.
"""

from collections.abc import Mapping
from types import MappingProxyType

VERSION = "default/1"
OUT_OF_SCOPE = "out_of_scope"

WORDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "order_status": frozenset(
            [
                "where",
                "track",
                "tracking",
                "parcel",
                "package",
                "delivery",
                "shipment",
                "shipping",
                "late",
                "arrive",
                "eta",
            ]
        ),
        "delivery_problem": frozenset(
            [
                "failed",
                "missed",
                "redelivery",
                "courier",
                "damaged",
                "lost",
                "neighbour",
                "undelivered",
            ]
        ),
        "order_change": frozenset(["cancel", "cancellation", "cancelled", "change", "amend"]),
        "return_or_refund": frozenset(
            ["return", "returns", "refund", "refunds", "exchange", "money", "back"]
        ),
        "case_follow_up": frozenset(["case", "ticket", "answer", "reply", "followup"]),
        "complaint": frozenset(["complaint", "complaints", "complain", "unhappy", "manager"]),
        "billing": frozenset(
            ["invoice", "bill", "billing", "payment", "charge", "charged", "card", "vat"]
        ),
        "account": frozenset(
            ["account", "login", "password", "profile", "address", "email", "signin"]
        ),
        "product_advice": frozenset(
            [
                "product",
                "size",
                "compare",
                "manual",
                "guide",
                "spare",
                "instructions",
                "advice",
                "warranty",
            ]
        ),
        "purchase": frozenset(["checkout", "cart", "basket", "buy", "price", "availability"]),
        OUT_OF_SCOPE: frozenset(),
    }
)
"""Every label with the words that point to it."""

BASE: Mapping[str, float] = MappingProxyType({OUT_OF_SCOPE: 0.5})
"""Where a label starts when it is not at 0."""

STATE: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "late_order": {"order_status": 3.0, "return_or_refund": 0.8, "complaint": 0.8},
        "order_on_its_way": {"order_status": 1.2, "order_change": 0.6},
        "failed_delivery": {"delivery_problem": 3.0, "order_status": 1.0},
        "pending_return": {"return_or_refund": 2.5},
        "open_case": {"case_follow_up": 2.5},
        "case_to_confirm": {"case_follow_up": 1.2},
        "unanswered_complaint": {"complaint": 2.0, "case_follow_up": 1.0},
        "cancelled_order": {"return_or_refund": 1.5},
        "abandoned_checkout": {"purchase": 1.5},
    }
)
"""What the state of affairs alone says."""

SAID: Mapping[str, float] = MappingProxyType(
    {
        "request_topic": 4.0,
        "message_topic": 2.0,
        "ivr_choice": 2.0,
        "recent_search": 1.5,
        "recent_page": 0.8,
        "left_form": 0.8,
    }
)
"""What words add to each label they point to, once for each kind of place they stand in."""

UNKNOWN_TOPIC = 3.0
"""What a topic named in the request adds to `out_of_scope` when no label knows it."""
