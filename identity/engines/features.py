"""Columns as they came, read by type into what is compared: every distinct value once.

Reading is forgiving, because no human will look at a million values: what cannot be understood says
nothing, and how much that was is counted. The same text gives the same feature in every source;
only dates are read source by source, because each has an order of day and month of its own.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np

from identity import fields
from identity.addresses import Address, parse_address, parse_street
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
_NO_DIGITS: Final = str.maketrans(
    dict.fromkeys(char for char in map(chr, range(128)) if not char.isdigit())
)
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
        _add_parts(found, full, _full_name, (GIVEN, MIDDLE, FAMILY, GENERATION))
    if given := raw.get(fields.GIVEN_NAME):
        _add_parts(found, given, _given_name, (GIVEN, MIDDLE))
    if middle := raw.get(fields.MIDDLE_NAME):
        _add(found, MIDDLE, middle.read(lambda text: _joined(text)[:1]))
    if family := raw.get(fields.FAMILY_NAME):
        _add_parts(found, family, _family_name, (FAMILY, GENERATION))
    if suffix := raw.get(fields.NAME_SUFFIX):
        _add(found, GENERATION, suffix.read(_generation))


def _full_name(text: str) -> tuple[str, str, str, str]:
    name = parse_name(full=text[:_TEXT]) or _NAMELESS
    return name.given, _initial(name), _whole(name.family), name.generation


def _given_name(text: str) -> tuple[str, str]:
    name = parse_name(given=text[:_TEXT]) or _NAMELESS
    return name.given, _initial(name)


def _family_name(text: str) -> tuple[str, str]:
    name = parse_name(family=text[:_TEXT]) or _NAMELESS
    return _whole(name.family), name.generation


def _generation(text: str) -> str:
    name = parse_name(family="x", suffix=text[:_TEXT])
    return name.generation if name else ""


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
    made = []
    texts = [_texts(part, len(year)) for part in (year, month, day)]
    for parts in zip(*texts, strict=True):
        told = [_DIGITS.sub("", part)[:4] for part in parts]
        known = told[: next((n for n, part in enumerate(told) if not part), len(told))]
        made.append(
            parse_birth("-".join(part.zfill(4 if not n else 2) for n, part in enumerate(known)))
        )
    _add(found, BIRTH, Column.of(made))


def _texts(column: Column | None, size: int) -> list[str]:
    if column is None:
        return [""] * size
    values = [*column.values, ""]
    return [values[code] for code in column.codes.tolist()]


def _places(raw: Mapping[str, Column], found: dict[str, Column]) -> None:
    if full := raw.get(fields.ADDRESS):
        _add_parts(found, full, _whole_address, (HOUSE, STREET, UNIT, POSTCODE, CITY))
    if street := raw.get(fields.STREET):
        _add_parts(found, street, lambda text: parse_street(text[:_TEXT]), (HOUSE, STREET, UNIT))
    stated = {HOUSE: _joined, UNIT: _joined, POSTCODE: _postcode, CITY: _folded}
    for part, reading in stated.items():
        if part in raw:
            _add(found, part, raw[part].read(reading), first=True)


def _whole_address(text: str) -> tuple[str, str, str, str, str]:
    told = parse_address(full=text[:_TEXT]) or _NOWHERE
    return told.number, told.street, told.unit, told.postcode, told.city


def _add_parts(
    found: dict[str, Column],
    column: Column,
    reading: Callable[[str], Sequence[str]],
    names: Sequence[str],
) -> None:
    for name, part in zip(names, column.parts(reading, len(names)), strict=True):
        _add(found, name, part)


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
    digits = text.translate(_NO_DIGITS) if text.isascii() else _DIGITS.sub("", text)
    if len(digits) < _PHONE_LEAST or len(set(digits)) < _PHONE_VARIETY:
        return ""
    return "" if any(digits in run for run in _RUNS) else digits[-_PHONE_KEPT:]


def _number(text: str) -> str:
    bare = "".join(filter(str.isalnum, text)).upper()
    if len(set(bare)) < 2 or bare.lower() in _NOTHING:  # noqa: PLR2004 - `0000` is nobody's number
        return ""
    return bare


def _token(text: str) -> str:
    found = text.strip()
    return "" if _joined(found) in _NOTHING or not found.strip("0-") else found


def _postcode(text: str) -> str:
    longer = _ZIP_PLUS_FOUR.fullmatch(text.strip())
    return longer[1] if longer else _joined(text)


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
