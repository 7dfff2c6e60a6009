"""Columns as they came, read by type into what is compared: every distinct value once.

Reading is forgiving, because no human will look at a million values: what cannot be understood says
nothing, and how much that was is counted. The same text gives the same feature in every source;
only dates are read source by source, because each has an order of day and month of its own.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from identity import fields
from identity.addresses import Address, parse_address
from identity.births import parse_birth
from identity.engines.columns import Column
from identity.engines.dates import read_dates
from identity.folding import listed, words
from identity.names import Name, parse_company, parse_name

GIVEN, FAMILY, MIDDLE, GENERATION = "given_name", "family_name", "middle_initial", "generation"
BIRTH, EMAIL, PHONE, COMPANY, SEX = "birth_date", "email", "phone", "company", "sex"
STREET, HOUSE, UNIT, POSTCODE, CITY = "street", "house_number", "unit", "postcode", "city"
REGION, COUNTRY, BIRTH_PLACE, CATEGORY = "region", "country", "birth_place", "category"

_NOTHING: Final = listed(
    "na nan nil none null unknown undefined missing notavailable notset test guest anonymous"
    " default"
)
_DIGITS: Final = re.compile(r"\D+")
_RUNS: Final = ("01234567890123456789", "98765432109876543210")
_PHONE_LEAST, _PHONE_KEPT, _PHONE_VARIETY = 7, 9, 3
_GMAIL: Final = frozenset({"gmail.com", "googlemail.com"})
_ZIP_PLUS_FOUR: Final = re.compile(r"(\d{5})-\d{4}")
_NAMELESS: Final = Name()
_NOWHERE: Final = Address()
_TEXT = 300


def features(raw: Mapping[str, Column]) -> dict[str, Column]:
    """What the columns of all sources together say, by feature.

    `raw`: by field type; dates already read (`read_dates`).
    """
    found: dict[str, Column] = {}
    _names(raw, found)
    _births(raw, found)
    _places(raw, found)
    for type_, reading in _PLAIN.items():
        if type_ in raw:
            found[type_] = raw[type_].read(reading)
    return {name: column for name, column in found.items() if column.values}


def source_dates(column: Column) -> Column:
    """The birth dates of one source as ISO dates; year alone, or year and month, is a date too."""
    return read_dates(column).read(parse_birth)


def _names(raw: Mapping[str, Column], found: dict[str, Column]) -> None:
    if full := raw.get(fields.FULL_NAME):
        told = {text: parse_name(full=text[:_TEXT]) or _NAMELESS for text in full.values}
        _name_parts(full, told, found)
    if given := raw.get(fields.GIVEN_NAME):
        of_given = {text: parse_name(given=text[:_TEXT]) or _NAMELESS for text in given.values}
        _add(found, GIVEN, given.read(lambda text: of_given[text].given))
        _add(found, MIDDLE, given.read(lambda text: _initial(of_given[text])))
    if middle := raw.get(fields.MIDDLE_NAME):
        _add(found, MIDDLE, middle.read(lambda text: "".join(words(text[:_TEXT]))[:1]))
    if family := raw.get(fields.FAMILY_NAME):
        told = {text: parse_name(family=text[:_TEXT]) or _NAMELESS for text in family.values}
        _add(found, FAMILY, family.read(lambda text: _whole(told[text].family)))
        _add(found, GENERATION, family.read(lambda text: told[text].generation))
    if suffix := raw.get(fields.NAME_SUFFIX):
        reading = {
            text: parse_name(family="x", suffix=text[:_TEXT]) or _NAMELESS for text in suffix.values
        }
        _add(found, GENERATION, suffix.read(lambda text: reading[text].generation), first=True)
    if given:
        _add(found, GENERATION, given.read(lambda text: of_given[text].generation))


def _name_parts(full: Column, told: Mapping[str, Name], found: dict[str, Column]) -> None:
    found[GIVEN] = full.read(lambda text: told[text].given)
    found[MIDDLE] = full.read(lambda text: _initial(told[text]))
    found[FAMILY] = full.read(lambda text: _whole(told[text].family))
    found[GENERATION] = full.read(lambda text: told[text].generation)


def _initial(name: Name) -> str:
    return name.middle[0][:1] if name.middle else ""


def _whole(family: str) -> str:
    """One word: `de la Cruz` and `Delacruz` are one name."""
    return family.replace(" ", "")


def _births(raw: Mapping[str, Column], found: dict[str, Column]) -> None:
    if date := raw.get(fields.BIRTH_DATE):
        _add(found, BIRTH, date)
    year, month, day = (
        raw.get(type_) for type_ in (fields.BIRTH_YEAR, fields.BIRTH_MONTH, fields.BIRTH_DAY)
    )
    if year is None:
        return
    texts = [_texts(part, len(year)) for part in (year, month, day)]
    _add(found, BIRTH, Column.of([_birth(*parts) for parts in zip(*texts, strict=True)]))


def _birth(year: str, month: str, day: str) -> str:
    """A date of its parts, as far as they are known one after the other."""
    known = [_part(year, 9999, 4), _part(month, 12, 2), _part(day, 31, 2)]
    return parse_birth("-".join(known[: known.index("")] if "" in known else known))


def _part(text: str, most: int, width: int) -> str:
    digits = _DIGITS.sub("", _pointless(text))
    return digits.zfill(width) if len(digits) <= width and 1 <= int(digits or 0) <= most else ""


def _texts(column: Column | None, size: int) -> list[str]:
    if column is None:
        return [""] * size
    values = [*column.values, ""]
    return [values[code] for code in column.codes.tolist()]


_PARTS: Final = (
    (STREET, "street"),
    (HOUSE, "number"),
    (UNIT, "unit"),
    (POSTCODE, "postcode"),
    (CITY, "city"),
)


def _places(raw: Mapping[str, Column], found: dict[str, Column]) -> None:
    if full := raw.get(fields.ADDRESS):
        told = {text: _address(full=text) for text in full.values}
        for part, attribute in _PARTS:
            _add(found, part, full.read(_getter(told, attribute)))
    if street := raw.get(fields.STREET):
        told = {text: _address(street=text) for text in street.values}
        for part, attribute in _PARTS[:3]:
            _add(found, part, street.read(_getter(told, attribute)))
    stated = {HOUSE: _stated, UNIT: _stated, POSTCODE: _postcode, CITY: _folded}
    for part, reading in stated.items():
        if part in raw:
            _add(found, part, raw[part].read(reading), first=True)


def _address(*, full: str = "", street: str = "") -> Address:
    if _joined(full or street) in _NOTHING:
        return _NOWHERE
    return parse_address(full=full[:_TEXT], street=street[:_TEXT]) or _NOWHERE


def _getter(told: Mapping[str, Address], attribute: str) -> Callable[[str], str]:
    return lambda text: str(getattr(told[text], attribute))


def _add(found: dict[str, Column], name: str, column: Column, *, first: bool = False) -> None:
    """Take a column where there is none yet, and its values where the one there has none.

    `first`: the new column's word counts more than that of the one there.
    """
    known = found.get(name)
    if known is None:
        found[name] = column
        return
    better, other = (column, known) if first else (known, column)
    numbers = {value: number for number, value in enumerate(better.values)}
    places = [numbers.setdefault(value, len(numbers)) for value in other.values]
    filled = np.array([*places, -1], np.int32)[other.codes]
    found[name] = Column(list(numbers), np.where(better.codes >= 0, better.codes, filled))


def _email(text: str) -> str:
    """Lower case; for Gmail without dots and plus tag, which Gmail ignores."""
    mailbox, at, domain = text.strip().lower().rpartition("@")
    if not (at and mailbox and "." in domain):
        return ""
    if domain in _GMAIL:
        mailbox, domain = mailbox.partition("+")[0].replace(".", ""), "gmail.com"
    return f"{mailbox}@{domain}" if mailbox else ""


def _phone(text: str) -> str:
    """The last nine digits: a number with and without the code of its country is one number."""
    digits = _DIGITS.sub("", _pointless(text))
    if len(digits) < _PHONE_LEAST or len(set(digits)) < _PHONE_VARIETY:
        return ""
    return "" if any(digits in run for run in _RUNS) else digits[-_PHONE_KEPT:]


def _number(text: str) -> str:
    bare = "".join(filter(str.isalnum, _pointless(text))).upper()
    if len(set(bare)) < 2 or bare.lower() in _NOTHING:  # noqa: PLR2004 - `0000` is nobody's number
        return ""
    return bare


def _token(text: str) -> str:
    found = text.strip()
    return "" if _joined(found) in _NOTHING or not found.strip("0-") else found


def _postcode(text: str) -> str:
    longer = _ZIP_PLUS_FOUR.fullmatch(text.strip())
    return longer[1] if longer else _stated(text)


def _stated(text: str) -> str:
    found = _joined(_pointless(text))
    return "" if found in _NOTHING else found


def _pointless(text: str) -> str:
    """A whole number that went through a table of decimals, without its point: `89111.0`."""
    found = text.strip()
    return found[:-2] if found.endswith(".0") and found[:-2].isdecimal() else text


def _joined(text: str) -> str:
    return "".join(words(text[:_TEXT]))


def _folded(text: str) -> str:
    found = " ".join(words(text[:_TEXT]))
    return "" if found.replace(" ", "") in _NOTHING else found


def _sex(text: str) -> str:
    return _folded(text)[:1]


_PLAIN: Mapping[str, Callable[[str], str]] = {
    EMAIL: _email,
    PHONE: _phone,
    SEX: _sex,
    COMPANY: lambda text: parse_company(text[:_TEXT]),
    REGION: _folded,
    COUNTRY: _folded,
    BIRTH_PLACE: _folded,
    CATEGORY: _folded,
    **dict.fromkeys((*fields.PAPERS, *fields.NUMBERS), _number),
    fields.DEVICE_ID: _token,
}
