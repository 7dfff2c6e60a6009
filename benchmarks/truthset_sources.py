"""How the three files of the truth set are plugged in: ordinary mappings, as people write them.

Companies and people stand in the same files; the country of an address is told in several ways, and
only what is a two-letter code is taken. An e-mail, a phone number and a document's number identify;
which of them prove a person is the rules' business.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

_COUNTRIES: Final = {
    "USA": "US",
    "Germany": "DE",
    "CAN": "CA",
    "Singapore": "SG",
    "Cambodia": "KH",
    "Pakistan": "PK",
    "RUS": "RU",
    "India": "IN",
    "United Kingdom": "GB",
}
_NAMES: Final = {
    "PRIMARY_NAME_FULL": {"attribute": "full_name"},
    "PRIMARY_NAME_LAST": {"attribute": "family_name"},
    "PRIMARY_NAME_FIRST": {"attribute": "given_name"},
}
_REACHED: Final = {
    "EMAIL_ADDRESS": {"identifier": "email"},
    "PHONE_NUMBER": {"identifier": "phone", "region": "US"},
}
_ADDRESS: Final = {
    "ADDR_LINE1": {"attribute": "street"},
    "ADDR_CITY": {"attribute": "city"},
    "ADDR_STATE": {"attribute": "region"},
    "ADDR_POSTAL_CODE": {"attribute": "postcode"},
    "ADDR_COUNTRY": {"attribute": "country", "values": _COUNTRIES},
}
_MIDDLE: Final = {"PRIMARY_NAME_MIDDLE": {"attribute": "middle_name"}}
_AMERICAN_BIRTH: Final = {
    "DATE_OF_BIRTH": {"attribute": "birth_date", "format": ["%m/%d/%Y", "%m/%d/%y", "%Y-%m-%d"]}
}
_LICENSE: Final = {"DRIVERS_LICENSE_NUMBER": {"identifier": "drivers_license"}}
_SSN: Final = {"SSN_NUMBER": {"identifier": "national_id"}}


@dataclass(frozen=True)
class TruthSource:
    """One file: its name as a source, and its mapping."""

    name: str
    mapping: Mapping[str, Any] = field(repr=False)

    @property
    def file(self) -> str:
        """The name of the file."""
        return f"{self.name}.csv"


def _mapping(relation: str, *parts: Mapping[str, Any]) -> Mapping[str, Any]:
    fields = {column: meaning for part in parts for column, meaning in part.items()}
    return MappingProxyType({"relation": relation, "fields": fields})


SOURCES: Final = (
    TruthSource(
        "customers",
        _mapping(
            "customer",
            _NAMES,
            _MIDDLE,
            _REACHED,
            _ADDRESS,
            _AMERICAN_BIRTH,
            _LICENSE,
            _SSN,
            {
                "PRIMARY_NAME_ORG": {"attribute": "company"},
                "ADDR_FULL": {"attribute": "address"},
                "PASSPORT_NUMBER": {"identifier": "passport"},
                "NATIONAL_ID_NUMBER": {"identifier": "national_id"},
            },
        ),
    ),
    TruthSource(
        "reference",
        _mapping(
            "other",
            _NAMES,
            _REACHED,
            _ADDRESS,
            {
                "PRIMARY_NAME_ORG": {"attribute": "company"},
                "DATE_OF_BIRTH": {"attribute": "birth_date"},
                "ADDR_FULL": {"attribute": "address"},
                "NATIONAL_ID_NUMBER": {"identifier": "national_id"},
                "TAX_ID_NUMBER": {"identifier": "tax_id"},
            },
        ),
    ),
    TruthSource(
        "watchlist",
        _mapping("other", _NAMES, _MIDDLE, _REACHED, _ADDRESS, _AMERICAN_BIRTH, _LICENSE, _SSN),
    ),
)
