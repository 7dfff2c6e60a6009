"""The people of whom the demo tells, with addresses and numbers that are always the same.

amelie     wants offers; her parcel is late, her search found nothing, her ticket is open
bruno      wants offers; everything came in time, what did not fit was taken back: all is permitted
caitlin    said no to offers; her complaint led to a cause, and the cause is removed
dorothea   wants offers like bruno; the demo lets her withdraw
edeltraud  lives with emmerich: one mailbox, one phone, one address, one initial; two people
elizabeth  moved, changed her mailbox, and signed up as Betty: one person
"""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from examples.names import COUNTRIES, City
from examples.people import Home, Name, Past, Person, Phone, address

_BERLIN = City("Berlin", "", "10115", "Europe/Berlin")
_LILLE = City("Lille", "", "59800", "Europe/Paris")
_BRISTOL = City("Bristol", "", "BS1 5TR", "Europe/London")
_FRESNO = City("Fresno", "CA", "93721", "America/Los_Angeles")

_AMELIE = Name("Amelie", "Hartmann-Vogtland")
_BRUNO = Name("Bruno", "Lacombeaud")
_CAITLIN = Name("Caitlin", "Merriweather")
_DOROTHEA = Name("Dorothea", "Sonnenscheidt")
_ROSENZWEIGER = Home(COUNTRIES["DE"], _BERLIN, "Pflaumenallee 19")
_MAILBOX = "familie.rosenzweiger@example.org"
_TELEPHONE = Phone("+49", "0171", "3920045")

HEROES: Mapping[str, Person] = MappingProxyType(
    {
        person.key: person
        for person in (
            Person(
                "amelie",
                _AMELIE,
                address(_AMELIE, "example.com"),
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
            Person(
                "edeltraud",
                Name("Edeltraud", "Rosenzweiger"),
                _MAILBOX,
                _TELEPHONE,
                _ROSENZWEIGER,
                date(1981, 6, 2),
                "K-100005",
                group="household_heroes",
            ),
            Person(
                "emmerich",
                Name("Emmerich", "Rosenzweiger"),
                _MAILBOX,
                _TELEPHONE,
                _ROSENZWEIGER,
                date(1979, 10, 17),
                "K-100006",
                group="household_heroes",
            ),
            Person(
                "elizabeth",
                Name("Elizabeth", "Featherington"),
                "e.featherington@example.net",
                Phone("+1", "559", "5550142"),
                Home(COUNTRIES["US"], _FRESNO, "Painted Rock Terrace 88"),
                date(1985, 3, 4),
                "K-100007",
                past=Past(
                    Home(COUNTRIES["US"], _FRESNO, "Juniper Switchback 5"),
                    "",
                    "betty.bright@example.org",
                ),
            ),
        )
    }
)
"""By key; the key is also theirs in `Silos.truth`."""
