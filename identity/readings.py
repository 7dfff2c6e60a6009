"""How the values of each type of field are read: one text in, what is compared out.

Reading is forgiving, because no human will look at a million values: what cannot be understood says
nothing. The same text gives the same answer in every source.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from identity import fields
from identity.addresses import Address, parse_address, parse_street
from identity.folding import listed, words
from identity.names import Name, parse_company, parse_name

GIVEN, FAMILY, MIDDLE, GENERATION = "given_name", "family_name", "middle_initial", "generation"
MIDDLE_NAMES, FAMILY_WORDS, KIND = "middle_names", "family_words", "kind"
PERSON, ORGANISATION = "person", "organisation"
BIRTH, EMAIL, PHONE, COMPANY, SEX = "birth_date", "email", "phone", "company", "sex"
STREET, HOUSE, UNIT, POSTCODE, CITY = "street", "house_number", "unit", "postcode", "city"
REGION, COUNTRY, BIRTH_PLACE, CATEGORY = "region", "country", "birth_place", "category"

Reading = Callable[[str], tuple[str, ...]]

NOTHING: Final = listed(
    "na nan nil none null unknown undefined missing notavailable notset test guest anonymous"
    " default"
)
DIGITS: Final = re.compile(r"\D+")
_NO_DIGITS: Final = str.maketrans(
    dict.fromkeys(char for char in map(chr, range(128)) if not char.isdigit())
)
_RUNS: Final = ("01234567890123456789", "98765432109876543210")
_PHONE_LEAST, _PHONE_KEPT, _PHONE_VARIETY = 7, 9, 3
_GMAIL: Final = frozenset({"gmail.com", "googlemail.com"})
_ZIP_PLUS_FOUR: Final = re.compile(r"(\d{5})-\d{4}")
_NAMELESS: Final = Name()
_NOWHERE: Final = Address()
_TEXT: Final = 300


def pointless(text: str) -> str:
    """A whole number that went through a table of decimals, without its point: `89111.0`."""
    found = text.strip()
    return found[:-2] if found.endswith(".0") and found[:-2].isdecimal() else text


def _full_name(text: str) -> tuple[str, ...]:
    name = parse_name(full=text[:_TEXT]) or _NAMELESS
    return (
        name.given,
        _initial(name),
        _whole(name.family),
        name.generation,
        _middle_names(name),
        name.family_words,
    )


def _given_name(text: str) -> tuple[str, ...]:
    name = parse_name(given=text[:_TEXT]) or _NAMELESS
    return name.given, _initial(name), name.generation, _middle_names(name)


def _family_name(text: str) -> tuple[str, ...]:
    name = parse_name(family=text[:_TEXT]) or _NAMELESS
    return _whole(name.family), name.generation, name.family_words


def _suffix(text: str) -> tuple[str, ...]:
    return ((parse_name(family="x", suffix=text[:_TEXT]) or _NAMELESS).generation,)


def _initial(name: Name) -> str:
    return name.middle[0][:1] if name.middle else ""


def _middle_names(name: Name) -> str:
    return " ".join(word for word in name.middle if len(word) > 1)


def _whole(family: str) -> str:
    """One word: `de la Cruz` and `Delacruz` are one name."""
    return family.replace(" ", "")


def _middle(text: str) -> tuple[str, ...]:
    found = words(text[:_TEXT])
    return "".join(found)[:1], " ".join(word for word in found if len(word) > 1)


def _address(text: str) -> tuple[str, ...]:
    told = _NOWHERE if _joined(text) in NOTHING else parse_address(full=text[:_TEXT]) or _NOWHERE
    return told.number, told.street, told.unit, told.postcode, told.city


def _street(text: str) -> tuple[str, ...]:
    found = parse_street(text[:_TEXT])
    return ("", "", "") if found[1].replace(" ", "") in NOTHING else found


def _email(text: str) -> tuple[str, ...]:
    """Lower case; for Gmail without dots and plus tag, which Gmail ignores."""
    mailbox, at, domain = text.strip().lower().rpartition("@")
    if not (at and mailbox and "." in domain):
        return ("",)
    if domain in _GMAIL:
        mailbox, domain = mailbox.partition("+")[0].replace(".", ""), "gmail.com"
    return (f"{mailbox}@{domain}" if mailbox else "",)


def _phone(text: str) -> tuple[str, ...]:
    """The last nine digits: a number with and without the code of its country is one number."""
    text = pointless(text)
    digits = text.translate(_NO_DIGITS) if text.isascii() else DIGITS.sub("", text)
    if len(digits) < _PHONE_LEAST or len(set(digits)) < _PHONE_VARIETY:
        return ("",)
    return ("" if any(digits in run for run in _RUNS) else digits[-_PHONE_KEPT:],)


def _number(text: str) -> tuple[str, ...]:
    bare = "".join(filter(str.isalnum, pointless(text))).upper()
    # `0000` is nobody's number.
    return ("" if len(set(bare)) == 1 or bare.lower() in NOTHING else bare,)


def _token(text: str) -> tuple[str, ...]:
    found = text.strip()
    return ("" if not found.strip("0-") or _joined(found) in NOTHING else found,)


def _postcode(text: str) -> tuple[str, ...]:
    longer = _ZIP_PLUS_FOUR.fullmatch(text.strip())
    return (longer[1],) if longer else _stated(text)


def _stated(text: str) -> tuple[str, ...]:
    found = _joined(pointless(text))
    return ("" if found in NOTHING else found,)


def _folded(text: str) -> tuple[str, ...]:
    found = " ".join(words(text[:_TEXT]))
    return ("" if found.replace(" ", "") in NOTHING else found,)


def _sex(text: str) -> tuple[str, ...]:
    return (_folded(text)[0][:1],)


def _company(text: str) -> tuple[str, ...]:
    return (parse_company(text[:_TEXT]),)


def _joined(text: str) -> str:
    return "".join(words(text[:_TEXT]))


READINGS: Final[Mapping[str, tuple[Reading, tuple[str, ...]]]] = {
    fields.FULL_NAME: (
        _full_name,
        (GIVEN, MIDDLE, FAMILY, GENERATION, MIDDLE_NAMES, FAMILY_WORDS),
    ),
    fields.FAMILY_NAME: (_family_name, (FAMILY, GENERATION, FAMILY_WORDS)),
    fields.NAME_SUFFIX: (_suffix, (GENERATION,)),
    fields.GIVEN_NAME: (_given_name, (GIVEN, MIDDLE, GENERATION, MIDDLE_NAMES)),
    fields.MIDDLE_NAME: (_middle, (MIDDLE, MIDDLE_NAMES)),
    fields.ADDRESS: (_address, (HOUSE, STREET, UNIT, POSTCODE, CITY)),
    fields.STREET: (_street, (HOUSE, STREET, UNIT)),
    fields.HOUSE_NUMBER: (_stated, (HOUSE,)),
    fields.UNIT: (_stated, (UNIT,)),
    fields.POSTCODE: (_postcode, (POSTCODE,)),
    fields.CITY: (_folded, (CITY,)),
    fields.EMAIL: (_email, (EMAIL,)),
    fields.PHONE: (_phone, (PHONE,)),
    fields.SEX: (_sex, (SEX,)),
    fields.COMPANY: (_company, (COMPANY,)),
    fields.REGION: (_folded, (REGION,)),
    fields.COUNTRY: (_folded, (COUNTRY,)),
    fields.BIRTH_PLACE: (_folded, (BIRTH_PLACE,)),
    fields.CATEGORY: (_folded, (CATEGORY,)),
    fields.DEVICE_ID: (_token, (fields.DEVICE_ID,)),
    **{name: (_number, (name,)) for name in (*fields.PAPERS, *fields.NUMBERS)},
}
"""By type: how a value is read, and the features that its parts are. Features that several types
tell are taken from the first that does."""

STATED: Final = (
    fields.NAME_SUFFIX,
    fields.HOUSE_NUMBER,
    fields.UNIT,
    fields.POSTCODE,
    fields.CITY,
)
"""Types that say one thing only, so that their word counts more than that of a longer text."""
