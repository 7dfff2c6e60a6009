"""Names, streets and phone ranges to invent people from; none of them is a customer of anybody.

Surnames are put together from two halves, so that there are enough of them for a hundred thousand
people and namesakes stay rare. Phone numbers come from the ranges that the regulators of the four
countries keep for fiction (BNetzA "Rufnummern für Drama", ARCEP, Ofcom, NANPA 555-01xx). Every
given name and surname has five letters or more, so that finding it in the bytes of a store means
something; nicknames may be shorter.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
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


@dataclass(frozen=True)
class Country:
    """What people of one country are called and where they live and answer the phone.

    `given` maps a name to what friends make of it; "" if nothing. Surnames are every first half of
    `stems` with every second half of `endings`.
    """

    code: str
    prefix: str
    language: str
    given: Mapping[str, str]
    stems: tuple[str, ...]
    endings: tuple[str, ...]
    streets: tuple[str, ...]
    cities: tuple[City, ...]
    ranges: tuple[Range, ...]

    @cached_property
    def numbers(self) -> int:
        """How many phone numbers there are to give away."""
        return sum(kept.count for kept in self.ranges)


def _given(names: str) -> Mapping[str, str]:
    """`Name/Nick Name …` as a mapping."""
    pairs = (word.partition("/") for word in names.split())
    return MappingProxyType({name: nick for name, _, nick in pairs})


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_DE = Country(
    code="DE",
    prefix="+49",
    language="de",
    given=_given(
        "Annika Katharina/Käthe Lieselotte/Lilo Mehmet Sigrid Torben Xaverine Yannik Jürgen "
        "Friedrich/Fritz Johannes/Hannes Sebastian/Basti Magdalena/Lena Maximilian/Max "
        "Wilhelmine/Minna Elisabeth/Lisbeth Charlotte/Lotte Aylinur Bozena Cornelia/Conny "
        "Dietlinde Gottfried Henriette/Jette Konstantin Leopold/Poldi Nikolaus/Klaus Rosalinde "
        "Theresia/Resi Ulrike Waltraud/Traudl"
    ),
    stems=_words(
        "Achten Birken Brücken Dornen Eichen Falken Grünen Hasel Hirsch Kalten Linden Mühlen "
        "Nessel Quellen Rosen Schäfer Silber Sonnen Tannen Ulmen Vogel Weiden Weißen Ziegel"
    ),
    endings=_words(
        "bach bacher berger brunner felder hauser hofer kamper rieder steiner thaler winkler"
    ),
    streets=(
        "Lindenblütenweg", "Am Schöpfwerk", "Kastanienpfad", "Mühlgrabenallee", "Drosselstieg",
        "Hinter der Gärtnerei", "Alte Ziegelhütte", "Brombeerhang",
    ),
    cities=(
        City("Berlin", "", "10999", "Europe/Berlin"),
        City("Köln", "", "50667", "Europe/Berlin"),
        City("München", "", "80331", "Europe/Berlin"),
        City("Hamburg", "", "20095", "Europe/Berlin"),
        City("Leipzig", "", "04109", "Europe/Berlin"),
    ),
    ranges=(
        Range("030", "23125", 3, 0, 1000),
        Range("0221", "4710", 3, 0, 1000),
        Range("040", "66969", 3, 0, 1000),
        Range("069", "90009", 3, 0, 1000),
        Range("089", "99998", 3, 0, 1000),
        Range("0176", "040690", 2, 0, 100),
    ),
)  # fmt: skip

_FR = Country(
    code="FR",
    prefix="+33",
    language="fr",
    given=_given(
        "Aurélie/Lili Benoîte Corentin/Coco Delphine François/Fanch Maëlys Océane Thibault/Titi "
        "Jean-Loup/Loulou Ségolène Khadija Yasmine Alexandre/Alex Christophe/Chris Catherine/Cathy "
        "Madeleine/Mado Geneviève/Ginou Bernadette/Nadette Emmanuelle/Manu Philippe/Phil "
        "Dominique/Domi Frédérique/Fred Guillaume/Guigui Marguerite/Margot Sandrine Valentin "
        "Victoire/Vicky Clémentine/Clem Barnabé Hortense"
    ),
    stems=_words(
        "Aubre Beau Castel Chante Clair Désor Fonte Grande Haute Longue Mont Noire Pierre Rive "
        "Roche Sainte Sous Valle Verte Vieille d'Orge L'Estre"
    ),
    endings=_words(
        "bois champ combe fleur fontaine fort jardin lande mare mont pont rivière roux villers "
        "vigne"
    ),
    streets=(
        "Impasse des Glycines", "Rue du Vieux Lavoir", "Quai des Tanneurs", "Allée des Chardons",
        "Passage du Grenier à Sel", "Chemin de la Briqueterie",
    ),
    cities=(
        City("Lyon", "", "69003", "Europe/Paris"),
        City("Nantes", "", "44000", "Europe/Paris"),
        City("Toulouse", "", "31000", "Europe/Paris"),
        City("Rennes", "", "35000", "Europe/Paris"),
    ),
    ranges=(
        Range("01", "9900", 4, 0, 10_000),
        Range("02", "6191", 4, 0, 10_000),
        Range("04", "6571", 4, 0, 10_000),
    ),
)  # fmt: skip

_GB = Country(
    code="GB",
    prefix="+44",
    language="en",
    given=_given(
        "Alistair Bronwen Caoimhe Deborah/Debbie Eleanora/Nora Gwendolyn/Gwen Oluwaseun Priyanka "
        "Siobhán Tamsin Wilfred/Wilf Zainab Elizabeth/Betty Margaret/Maggie Katherine/Kathy "
        "Christopher/Chris Alexander/Sandy Frederick/Freddie Theodore/Teddy Winifred/Winnie "
        "Nicholas/Nicky Rebecca/Becky Richard/Dick William/Bill Matthew/Matty Gregory/Greg "
        "Susannah/Susie Philippa/Pippa Veronica/Ronnie Leonard/Lenny"
    ),
    stems=_words(
        "Ash Black Brook Crane Fair Feather Fox Green Hart Holly Kings Lark Marsh Nettle Oaken "
        "Raven Stone Thorn Wester Winter O'Fenn"
    ),
    endings=_words(
        "bourne bridge broome combe croft fielding fordham grove hampton leigh mere stead ton "
        "wick worth"
    ),
    streets=(
        "Larkspur Crescent", "Old Tannery Lane", "Foxglove Mews", "Beacon Hill Rise",
        "Ropewalk Yard", "Candlemaker Row",
    ),
    cities=(
        City("London", "", "E1 6AN", "Europe/London"),
        City("Leeds", "", "LS1 4AP", "Europe/London"),
        City("Cardiff", "", "CF10 1EP", "Europe/London"),
        City("Norwich", "", "NR2 1TF", "Europe/London"),
    ),
    ranges=(
        Range("020", "79460", 3, 0, 1000),
        Range("0113", "4960", 3, 0, 1000),
        Range("0121", "4960", 3, 0, 1000),
        Range("0131", "4960", 3, 0, 1000),
        Range("0161", "4960", 3, 0, 1000),
        Range("029", "20180", 3, 0, 1000),
    ),
)  # fmt: skip

_US = Country(
    code="US",
    prefix="+1",
    language="en",
    given=_given(
        "Adelaida Elizabeth/Betty Demetrius Esperanza Giovanni Jacqueline/Jackie Kealani LaTonya "
        "Nathaniel/Nate Rosalind/Roz Tenzin-Lee Xiomara Benjamin/Benny Jennifer/Jenny "
        "Patricia/Patty Stephanie/Steffi Samantha/Sammy Zachary/Zach Cassandra/Sandra "
        "Josephine/Josie Timothy/Timmy Kimberly/Kimberli Lawrence/Larry Montgomery/Monty "
        "Valentina Reginald/Reggie Harriet/Hattie Clifford/Cliff Bartholomew/Barty Millicent/Millie"
    ),
    stems=_words(
        "Aber Balder Calla Delano Ester Fitz Harring Kaha Lang Mac Naka Pember Rader Salda "
        "Tallu Under Van Wash Yellow Zuni"
    ),
    endings=_words(
        "brook dale field gate hurst lander man mead nathan ridge shire stone vale wood worthy"
    ),
    streets=(
        "Manzanita Boulevard", "Cottonwood Court", "Saddleback Drive", "Juniper Switchback",
        "Old Flume Road", "Painted Rock Terrace",
    ),
    cities=(
        City("Sacramento", "CA", "95814", "America/Los_Angeles"),
        City("San Diego", "CA", "92101", "America/Los_Angeles"),
        City("San Francisco", "CA", "94103", "America/Los_Angeles"),
        City("Fresno", "CA", "93721", "America/Los_Angeles"),
    ),
    ranges=tuple(
        Range(area, "5550", 3, 100, 100)
        for area in (
            "209", "213", "310", "323", "408", "415", "510", "530", "559", "562", "619", "626",
            "650", "661", "707", "714", "760", "805", "818", "831", "858", "909", "916", "925",
        )
    ),
)  # fmt: skip

COUNTRIES: Mapping[str, Country] = MappingProxyType(
    {country.code: country for country in (_DE, _FR, _GB, _US)}
)
DOMAINS = ("example.org", "example.net", "example.com", "mail.example.org", "post.example.net")
"""Mail domains that belong to nobody (RFC 2606)."""
COMPANIES = (
    "Papiermühle Ruhland GmbH", "Fahrradwerk Nordlicht GmbH", "Tischlerei Buntspecht KG",
    "Gärtnerei Morgentau GbR", "Kaffeerösterei Eisvogel GmbH", "Buchhandlung Zeitreise OHG",
)  # fmt: skip
"""Firms that are in no register."""
