"""What the columns of the four silos mean: a mapping document for every stream.

The country of a delivery or of a phone number only helps to read numbers; where somebody lives, and
so which law protects them, is said by the CRM alone.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from examples.streams import SHOP_DAY, SHOP_TIME, SHOP_ZONE

Document = dict[str, Any]

_CUSTOMER_NO: Document = {"identifier": "customer_id"}
_ACCOUNT_NO: Document = {"identifier": "login_id"}
_EMAIL: Document = {"identifier": "email"}
_PHONE: Document = {"identifier": "phone", "region_column": "country"}
_STREET: Document = {"attribute": "street"}
_POSTCODE: Document = {"attribute": "postcode"}
_CITY: Document = {"attribute": "city"}
_TOUCH: Document = {"topic": "topic", "channel": "channel", "about": "order_no", "case": "case_no"}


def _answer(*purposes: str, channels: tuple[str, ...] = ()) -> Document:
    """A column of the form: yes or no, with when, how and under which notice it was asked."""
    about: Document = {"at": "asked_at", "evidence": "asked_how", "notice": "notice"}
    scope: Document = {"channels": list(channels)} if channels else {}
    answers: Document = {"given": ["yes"], "refused": ["no"]}
    return {"consent": {"purposes": list(purposes), **scope, **answers, **about}}


def _moment(kind: str, column: str, **data: str) -> Document:
    """An event of an order, told by a column that is filled once it happened."""
    return {"type": kind, "at": column, "object": "order_no", "data": data}


def _entry(native: str, name: str, /, *, object: str = "case_no", **data: str) -> Document:  # noqa: A002
    """An event told by one line of the help desk's log."""
    return {
        "type": name,
        "at": "at",
        "id": "entry_no",
        "object": object,
        "when": {"column": "type", "values": [native]},
        "data": data,
    }


_CUSTOMERS: Document = {
    "relation": "customer",
    "fields": {
        "customer_no": _CUSTOMER_NO,
        "company": {"attribute": "company"},
        "email": {
            "identifier": "email",
            "confirmed": {"column": "email_verified", "values": ["yes"]},
            "channels": ["email"],
        },
        "phone": {**_PHONE, "channels": ["phone", "sms"]},
        "first_name": {"attribute": "given_name"},
        "surname": {"attribute": "family_name"},
        "street": _STREET,
        "postcode": _POSTCODE,
        "city": _CITY,
        "region": {"attribute": "region"},
        "country": {"attribute": "country"},
        "birth_date": {"attribute": "birth_date"},
        "time_zone": {"attribute": "time_zone"},
        "language": {"attribute": "language"},
        "signed_up": {"attribute": "customer_since"},
        "newsletter": _answer("newsletter", channels=("email",)),
        "offers_email": _answer("offers", channels=("email",)),
        "offers_chat": _answer("offers", channels=("chat", "web")),
        "personal_offers": _answer("profiling_offers"),
    },
}
_ACCOUNTS: Document = {
    "relation": "customer",
    "fields": {
        "account_no": _ACCOUNT_NO,
        "customer_no": _CUSTOMER_NO,
        "given_name": {"attribute": "given_name"},
        "family_name": {"attribute": "family_name"},
        "email": _EMAIL,
        "phone": _PHONE,
        "birth_date": {"attribute": "birth_date", "format": SHOP_DAY},
        "street": _STREET,
        "postcode": _POSTCODE,
        "city": _CITY,
    },
}
_ORDERS: Document = {
    "relation": "customer",
    "zone": SHOP_ZONE,
    "format": SHOP_TIME,
    "fields": {
        "account_no": _ACCOUNT_NO,
        "customer_no": _CUSTOMER_NO,
        "email": _EMAIL,
        "phone": _PHONE,
        "name": {"attribute": "full_name"},
        "street": _STREET,
        "postcode": _POSTCODE,
        "city": _CITY,
    },
    "events": [
        _moment(
            "order.placed",
            "ordered_at",
            promised_at="promised_at",
            total="total",
            currency="currency",
            items="items",
            categories="category",
        ),
        _moment("shipment.sent", "sent_at", carrier="carrier"),
        _moment("delivery.delivered", "delivered_at"),
        _moment("order.cancelled", "cancelled_at", by="cancelled_by"),
        _moment("return.requested", "returned_at", reason="return_reason"),
        _moment("refund.issued", "refunded_at", amount="refund", currency="currency"),
    ],
}
_CONTACTS: Document = {
    "relation": "customer",
    "fields": {
        "customer_no": _CUSTOMER_NO,
        "email": _EMAIL,
        "phone": _PHONE,
        "name": {"attribute": "full_name"},
        "language": {"attribute": "language"},
        "preferred_channel": {"attribute": "preferred_channel"},
    },
}
_CASES: Document = {
    "relation": "customer",
    "fields": {"customer_no": _CUSTOMER_NO, "email": _EMAIL, "phone": _PHONE},
    "events": [
        _entry(
            "ticket opened",
            "case.opened",
            kind="kind",
            topic="topic",
            about="order_no",
            channel="channel",
            due_at="due_at",
        ),
        _entry("reply sent", "case.answered", channel="channel"),
        _entry("handed over", "case.transferred", to="team"),
        _entry("ticket solved", "case.closed"),
        _entry("solution accepted", "case.confirmed"),
        _entry("ticket reopened", "case.reopened", channel="channel"),
        _entry("inbound", "contact.received", **_TOUCH),
        _entry("callback", "contact.made", **_TOUCH),
        _entry("complaint", "complaint.received", **_TOUCH),
        _entry("thanks", "thanks.received", **_TOUCH),
        _entry(
            "answer sent",
            "answer.used",
            answer="article",
            topic="topic",
            case="case_no",
            channel="channel",
        ),
        _entry(
            "problem linked",
            "problem.linked",
            object="problem_no",
            about="order_no",
            case="case_no",
            title="title",
            status="status",
            owner="team",
        ),
        _entry("problem fixed", "problem.closed", object="problem_no"),
    ],
}


def _hit(name: str, *columns: str, **data: str) -> Document:
    """An event of the web shop; columns that are called as the catalogue calls them, and others."""
    return {"type": name, "data": {**{column: column for column in columns}, **data}}


_VISITS: Document = {
    "relation": "visitor",
    "fields": {
        "visitor": {"identifier": "device_id"},
        "account_no": _ACCOUNT_NO,
        "email": _EMAIL,
    },
    "event_types": {
        "page": _hit("page.viewed", "path", "topic", "category", "channel"),
        "search": _hit("search.performed", "results", "query", "clicks", "topic", "channel"),
        "article": _hit("answer.used", "topic", "channel", answer="article"),
        "review": _hit("review.published", "rating", "scale", "category"),
        "referral": _hit("referral.made", "channel"),
    },
}

MAPPINGS: Mapping[str, Document] = MappingProxyType(
    {
        "customers": _CUSTOMERS,
        "accounts": _ACCOUNTS,
        "orders": _ORDERS,
        "contacts": _CONTACTS,
        "cases": _CASES,
        "visits": _VISITS,
    }
)
"""The mapping document of every stream."""
