"""The four people of whom the demo tells, with addresses and numbers that are always the same.

amelie    wants offers; her parcel is late and her ticket open: service first, no offers
bruno     wants offers; everything came in time: all is permitted
caitlin   said no to offers: service only
dorothea  wants offers like bruno; the demo lets her withdraw
"""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from examples.names import COUNTRIES, City
from examples.people import Home, Name, Person, Phone, address

_BERLIN = City("Berlin", "", "10115", "Europe/Berlin")
_LILLE = City("Lille", "", "59800", "Europe/Paris")
_BRISTOL = City("Bristol", "", "BS1 5TR", "Europe/London")

_AMELIE = Name("Amelie", "Hartmann-Vogtland")
_BRUNO = Name("Bruno", "Lacombeaud")
_CAITLIN = Name("Caitlin", "Merriweather")
_DOROTHEA = Name("Dorothea", "Sonnenscheidt")

HEROES: Mapping[str, Person] = MappingProxyType(
    {
        person.key: person
        for person in (
            Person(
                "amelie",
                _AMELIE,
                address(_AMELIE, "gmail.com"),
                Phone("+49", "0171", "3920017"),
                Home(COUNTRIES["DE"], _BERLIN, "Sperlingsgasse 41"),
                date(1987, 4, 12),
                "K-100001",
            ),
            Person(
                "bruno",
                _BRUNO,
                address(_BRUNO, "example.org"),
                Phone("+33", "03", "53010418"),
                Home(COUNTRIES["FR"], _LILLE, "Rue des Bateliers 7"),
                date(1979, 9, 30),
                "K-100002",
            ),
            Person(
                "caitlin",
                _CAITLIN,
                address(_CAITLIN, "example.net"),
                Phone("+44", "0117", "4960233"),
                Home(COUNTRIES["GB"], _BRISTOL, "Quayside Terrace 12"),
                date(1992, 1, 5),
                "K-100003",
            ),
            Person(
                "dorothea",
                _DOROTHEA,
                address(_DOROTHEA, "example.com"),
                Phone("+49", "0171", "3920088"),
                Home(COUNTRIES["DE"], _BERLIN, "Brunnenhofstieg 3"),
                date(1968, 11, 21),
                "K-100004",
            ),
        )
    }
)
"""By key; the key is also theirs in `Silos.truth`."""
