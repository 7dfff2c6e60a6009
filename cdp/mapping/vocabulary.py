"""The names a mapping may use. What is not here is refused when the mapping is parsed."""

import re

ATTRIBUTES = frozenset(
    {
        "address",
        "birth_date",
        "city",
        "company",
        "country",
        "customer_since",
        "family_name",
        "full_name",
        "gender",
        "given_name",
        "language",
        "middle_name",
        "name_suffix",
        "postcode",
        "preferred_channel",
        "region",
        "street",
        "time_zone",
        "title",
    }
)
"""Attributes of a person; any other is `custom.<name>`."""

DATES = frozenset({"birth_date", "customer_since"})
"""Attributes that are calendar days."""

CHANNELS = ("email", "sms", "phone", "push", "post", "inapp", "web", "chat")
RELATIONS = ("customer", "prospect", "visitor", "other")
ANSWERS = ("given", "refused", "withdrawn")

NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
CUSTOM = re.compile(r"custom\.[a-z][a-z0-9_]*\Z")
EVENT_TYPE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+\Z")
ZONE = re.compile(r"(Z|[+-](0\d|1[0-4]):[0-5]\d)\Z")
REGION = re.compile(r"[A-Z]{2}\Z")
