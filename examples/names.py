"""Names, streets and phone ranges to invent people from; none of them is a customer of anybody.

Phone numbers come from the ranges that the regulators of the four countries keep for fiction
(BNetzA "Rufnummern für Drama", ARCEP, Ofcom, NANPA 555-01xx). Every single word has six letters or
more, so that finding it in the bytes of a store means something.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class City:
    """A place: name, region (only where a state has consent rules of its own), postcode, zone."""

    name: str
    region: str
    postcode: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class Range:
    """Phone numbers kept for fiction: `count` of them, `digits` of the pattern filled up."""

    area: str
    stem: str
    digits: int
    first: int
    count: int


@dataclass(frozen=True, slots=True)
class Country:
    """What people of one country are called and where they live and answer the phone."""

    code: str
    prefix: str
    language: str
    given: tuple[str, ...]
    surnames: tuple[str, ...]
    streets: tuple[str, ...]
    cities: tuple[City, ...]
    ranges: tuple[Range, ...]


_DE = Country(
    code="DE",
    prefix="+49",
    language="de",
    given=(
        "Annika", "Katrin", "Lieselotte", "Mehmet", "Sigrid", "Torben", "Xaverine", "Yannik",
        "Jürgen", "Käthe-Marie", "Aylinur", "Bozena",
    ),
    surnames=(
        "Achterberg", "Brückner", "Dörfler", "Grünwaldt", "Hölscher", "Kaltenbrunn", "Özdemirel",
        "Weißenfels", "von Tannwitz", "Schäfer-Lüdke", "Quandtmann", "Wiśniewska",
    ),
    streets=("Lindenblütenweg", "Am Schöpfwerk", "Kastanienpfad", "Mühlgrabenallee"),
    cities=(
        City("Berlin", "", "10999", "Europe/Berlin"),
        City("Köln", "", "50667", "Europe/Berlin"),
        City("München", "", "80331", "Europe/Berlin"),
    ),
    ranges=(
        Range("030", "23125", 3, 0, 1000),
        Range("0221", "4710", 3, 0, 1000),
        Range("089", "99998", 3, 0, 1000),
        Range("0176", "040690", 2, 0, 100),
    ),
)  # fmt: skip

_FR = Country(
    code="FR",
    prefix="+33",
    language="fr",
    given=(
        "Aurélie", "Benoîte", "Corentin", "Delphine", "François", "Maëlys", "Océane", "Thibault",
        "Jean-Loup", "Ségolène", "Khadija", "Yasmine",
    ),
    surnames=(
        "d'Aubremont", "Beauchêne", "Castelnaud", "Désormeaux", "Fontvieille", "Guérandel",
        "L'Hermitte", "Montségur", "N'Diayela", "Peyrefitte", "Roussignol", "Vauquelin-Prat",
    ),
    streets=("Impasse des Glycines", "Rue du Vieux Lavoir", "Quai des Tanneurs"),
    cities=(
        City("Lyon", "", "69003", "Europe/Paris"),
        City("Nantes", "", "44000", "Europe/Paris"),
        City("Toulouse", "", "31000", "Europe/Paris"),
    ),
    ranges=(Range("01", "9900", 4, 0, 10_000), Range("02", "6191", 4, 0, 10_000)),
)  # fmt: skip

_GB = Country(
    code="GB",
    prefix="+44",
    language="en",
    given=(
        "Alistair", "Bronwen", "Caoimhe", "Deborah", "Eleanora", "Gwendolyn", "Oluwaseun",
        "Priyanka", "Siobhán", "Tamsin", "Wilfred", "Zainab",
    ),
    surnames=(
        "Ashdown-Pryce", "Blackthorne", "Cholmondley", "Featherby", "Grimshawe", "MacGillean",
        "O'Halloran", "Okonkwoh", "Penhaligan", "Ravenscroft", "Subramanian", "Wetherbourne",
    ),
    streets=("Larkspur Crescent", "Old Tannery Lane", "Foxglove Mews", "Beacon Hill Rise"),
    cities=(
        City("London", "", "E1 6AN", "Europe/London"),
        City("Leeds", "", "LS1 4AP", "Europe/London"),
        City("Cardiff", "", "CF10 1EP", "Europe/London"),
    ),
    ranges=(
        Range("020", "79460", 3, 0, 1000),
        Range("0161", "4960", 3, 0, 1000),
        Range("029", "20180", 3, 0, 1000),
    ),
)  # fmt: skip

_US = Country(
    code="US",
    prefix="+1",
    language="en",
    given=(
        "Adelaida", "Bridget", "Demetrius", "Esperanza", "Giovanni", "Jacqueline", "Kealani",
        "LaTonya", "Nathaniel", "Rosalind", "Tenzin-Lee", "Xiomara",
    ),
    surnames=(
        "Abernathey", "Balderrama", "Castañedo", "DeLaurentis", "Fitzwaters", "Gutiérrez-Holm",
        "Kahananui", "McAllistair", "Nakashimada", "O'Shaughnessy", "Papadakis", "Washburne",
    ),
    streets=("Manzanita Boulevard", "Cottonwood Court", "Saddleback Drive"),
    cities=(
        City("Sacramento", "CA", "95814", "America/Los_Angeles"),
        City("San Diego", "CA", "92101", "America/Los_Angeles"),
        City("San Francisco", "CA", "94103", "America/Los_Angeles"),
    ),
    ranges=(
        Range("415", "5550", 3, 100, 100),
        Range("619", "5550", 3, 100, 100),
        Range("916", "5550", 3, 100, 100),
        Range("213", "5550", 3, 100, 100),
    ),
)  # fmt: skip

COUNTRIES: Mapping[str, Country] = MappingProxyType(
    {country.code: country for country in (_DE, _FR, _GB, _US)}
)
DOMAINS = ("example.org", "example.net", "example.com", "mail.example.org", "post.example.net")
"""Mail domains that belong to nobody (RFC 2606)."""
