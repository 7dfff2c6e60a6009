"""Rows that no reader can use, one or two in every silo, for quarantine to show."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from examples.streams import TABLES


@dataclass(frozen=True, slots=True)
class Broken:
    """A row nobody can read: of a file its bytes, of a table its cells (bytes are bad text).

    `reason` is the code of the connector; `personal` is what must not leak.
    """

    stream: str
    reason: str
    personal: tuple[str, ...] = field(repr=False)
    raw: bytes = field(default=b"", repr=False)
    cells: Mapping[str, str | bytes] = field(default_factory=dict, repr=False)


def _line(stream: str, cells: Mapping[str, str], encoding: str) -> bytes:
    line = ",".join(cells.get(column, "") for column in TABLES[stream].columns)
    return line.encode(encoding) + b"\n"


_PASTED = {
    "entry_no": "CRM-099001",
    "first_name": "Zoë",
    "surname": "Böttcherling",
    "email": "z.boettcherling@example.org",
}
_NOBODY = {"type": "inbound", "at": "2026-01-05T10:00:00Z", "email": "torsten.ohnezahl@example.com"}

BROKEN: tuple[Broken, ...] = (
    Broken(  # pasted from an old system
        "customers",
        "bad_encoding",
        ("CRM-099001", "z.boettcherling@example.org"),
        _line("customers", _PASTED, "latin-1"),
    ),
    Broken(  # saved before it had a number
        "orders",
        "missing_key",
        ("Halbfertig Bestellung", "h.bestellung@example.org"),
        cells={
            "name": "Halbfertig Bestellung",
            "email": "h.bestellung@example.org",
            "changed": "2026-01-05T10:00:00Z",
        },
    ),
    Broken(  # written by a till that thinks in cp1252
        "accounts",
        "bad_encoding",
        ("A-0990003", "d.kuehlwetter@example.net"),
        cells={
            "account_no": "A-0990003",
            "family_name": "Kühlwetter".encode("cp1252"),
            "email": "d.kuehlwetter@example.net",
            "changed": "2026-01-06T10:00:00Z",
        },
    ),
    Broken(  # cut off when the disk was full
        "contacts",
        "not_json",
        ("Z-0990004", "Hortense Vandersmissen"),
        b'{"contact_no": "Z-0990004", "name": "Hortense Vandersmissen", "ema\n',
    ),
    Broken(  # logged before it had a number
        "cases",
        "missing_key",
        ("torsten.ohnezahl@example.com",),
        json.dumps(_NOBODY).encode() + b"\n",
    ),
    Broken(  # a list where an object belongs
        "visits",
        "not_an_object",
        ("v-0990005aaaaaaaaaaaaaa",),
        b'["page", "v-0990005aaaaaaaaaaaaaa", "/garden/benches"]\n',
    ),
)
"""Every broken row."""
