"""Postal addresses taken apart: house number, street, unit, postcode and city.

This reads the common forms of Western addresses; an address of another form keeps its words as its
street.
"""

import re
from dataclasses import dataclass, field

from identity.folding import listed, words

_STREETS = {
    **dict.fromkeys(("street", "str", "strasse", "st"), "st"),
    **dict.fromkeys(("avenue", "ave", "av"), "ave"),
    **dict.fromkeys(("road", "rd"), "rd"),
    **dict.fromkeys(("lane", "ln"), "ln"),
    **dict.fromkeys(("drive", "dr"), "dr"),
    **dict.fromkeys(("boulevard", "blvd", "bd"), "blvd"),
    **dict.fromkeys(("place", "pl", "platz"), "pl"),
    **dict.fromkeys(("court", "ct"), "ct"),
    **dict.fromkeys(("circle", "cir"), "cir"),
    **dict.fromkeys(("highway", "hwy"), "hwy"),
    **dict.fromkeys(("square", "sq"), "sq"),
    **dict.fromkeys(("terrace", "ter", "terr"), "ter"),
    **dict.fromkeys(("parkway", "pkwy"), "pkwy"),
    **dict.fromkeys(("way", "weg"), "way"),
}
_DIRECTIONS = {"north": "n", "south": "s", "east": "e", "west": "w"}
_STREET_WORDS = _DIRECTIONS | _STREETS
_GERMAN_ENDS = ("strasse", "str", "platz", "weg")
_GERMAN = re.compile(r"(.{2,}?)(strasse|str|platz|weg)")
UNITS = listed("apt apartment unit suite ste flat fl floor room rm wohnung whg top app stiege")
_UK = re.compile(r"\b([a-z]{1,2}\d[a-z\d]?) ?(\d[a-z]{2})\b")
_CANADA = re.compile(r"\b([a-z]\d[a-z]) ?(\d[a-z]\d)\b")
_DIGITS = re.compile(r"\b(\d{4,6})(?: \d{4})?\b(?!.*\b\d{4,6}\b)")


@dataclass(frozen=True, slots=True)
class Address:
    """An address, folded; a part that is not known is empty."""

    number: str = field(default="", repr=False)
    street: str = field(default="", repr=False)
    unit: str = field(default="", repr=False)
    postcode: str = field(default="", repr=False)
    city: str = field(default="", repr=False)
    country: str = ""


def parse_address(
    *, full: str = "", street: str = "", postcode: str = "", city: str = "", country: str = ""
) -> Address | None:
    """An address from its parts, or from the whole where there is no street; None if empty."""
    rest: list[str] = []
    if not words(street) and words(full):
        street, *rest = [part for part in re.split(r"[,\n;]", full) if words(part)]
    found_postcode, found_city = _locality(rest)
    number, name, unit = parse_street(street)
    made = Address(
        number=number,
        street=name,
        unit=unit,
        postcode="".join(words(postcode)) or found_postcode,
        city=" ".join(words(city)) or found_city,
        country="".join(words(country)),
    )
    return made if made.street or made.postcode or made.city else None


def _locality(parts: list[str]) -> tuple[str, str]:
    """Postcode and city of what comes after the street: `80331 München`, `Las Vegas NV 89132`."""
    postcode = city = ""
    for part in parts:
        text = " ".join(words(part))
        found = _UK.search(text) or _CANADA.search(text) or _DIGITS.search(text)
        if found and not postcode:
            postcode = "".join(found.groups(default=""))
            text = " ".join((text[: found.start()] + text[found.end() :]).split())
        if text and not city and not _is_unit(text):
            city = text
    return postcode, city


def _is_unit(text: str) -> bool:
    return text.split(maxsplit=1)[0] in UNITS or text.isdigit()


def parse_street(text: str) -> tuple[str, str, str]:
    """House number, street name and unit of a line such as `12 Main Street, Apt 4`."""
    # `#4` is unit 4.
    return _street(words(text.replace("#", " unit ") if "#" in text else text))


def _street(found: list[str]) -> tuple[str, str, str]:
    if not UNITS.isdisjoint(found):
        found, unit = _without_unit(found)
    else:
        unit = ""
    number = ""
    for place, word in enumerate(found):
        if word[0].isdigit():
            number = word
            found = [*found[:place], *(other for other in found[place:] if other != number)]
            # A letter after the number belongs to it: `12 a` and `12a` are one house.
            if place == len(found) - 1 and len(found[place]) == 1 and number.isdigit():
                number += found.pop()
            break
    return number, street_name(found), unit


def street_name(found: list[str]) -> str:
    """The words of a street, its kind and direction as they are abbreviated."""
    return " ".join([_street_word(word) for word in found])


def _without_unit(found: list[str]) -> tuple[list[str], str]:
    for place, word in enumerate(found):
        if word in UNITS and 0 < place < len(found) - 1:
            return found[:place] + found[place + 2 :], found[place + 1]
    return found, ""


def _street_word(word: str) -> str:
    if short := _STREET_WORDS.get(word):
        return short
    if word.endswith(_GERMAN_ENDS) and (german := _GERMAN.fullmatch(word)):
        return f"{german[1]} {_STREETS[german[2]]}"
    return word
