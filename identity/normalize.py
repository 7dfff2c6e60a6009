"""One spelling per identifier: the match key that two silos must agree on before it is compared.

The match key is for comparing only; what a person is shown is the value as the source wrote it.
Normalising twice changes nothing. What cannot identify anybody (a placeholder, half a number) is
refused with a reason, never repaired by guessing: a wrong link costs more than a missing one.
Errors name the type and the reason, never the value, and carry no library error that would.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping

from email_validator import EmailNotValidError, ValidatedEmail, validate_email
from phonenumbers import (
    NumberParseException,
    PhoneNumber,
    PhoneNumberFormat,
    format_number,
    is_possible_number,
    is_valid_number,
    parse,
)

EMAIL = "email"
PHONE = "phone"
CUSTOMER_ID = "customer_id"
DEVICE_ID = "device_id"
EXTERNAL_ID = "external_id"
PASSPORT = "passport"
DRIVERS_LICENSE = "drivers_license"
NATIONAL_ID = "national_id"
TAX_ID = "tax_id"
PAPERS = frozenset({PASSPORT, DRIVERS_LICENSE, NATIONAL_ID, TAX_ID})
"""Numbers that a state gives; one that has a region counts there only."""

MAX_RAW = 1024
MAX_ID = 256

_REASONS: Mapping[str, str] = {
    "empty": "the value is empty",
    "too_long": "the value is too long to be an identifier",
    "not_text": "the value holds characters that are not text",
    "placeholder": "the value stands for 'no value'",
    "not_an_email": "the value is not an e-mail address",
    "not_a_phone": "the value is not a phone number that can exist",
    "no_region": "a national phone number needs a region; give the stream's mapping one",
    "extension": "a number with an extension is a switchboard, not a person",
}
_PLACEHOLDER = re.compile(
    "|anonymous|blank|customer|default|deleted|dummy|guest|missing|na|nan|nil|none|notapplicable"
    "|notavailable|notset|null|redacted|tbc|tbd|test|testing|undefined|unknown|user|0+|x+"
)
_EMPTY_MAILBOX = re.compile(
    "donotreply|na|nil|noemail|nomail|none|noreply|noone|nobody|null|undefined|unknown"
)
_GMAIL = frozenset({"gmail.com", "googlemail.com"})
_STATE = re.compile("[A-Z]{2}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Unusable(ValueError):
    """A raw value that identifies nobody; `reason` is the stable code, `type` the identifier type.

    Reasons: empty, too_long, not_text, placeholder, not_an_email, not_a_phone, no_region,
    extension.
    """

    def __init__(self, type_: str, reason: str) -> None:
        super().__init__(f"{type_}: {_REASONS[reason]}")
        self.type = type_
        self.reason = reason


def normalise(type_: str, raw: str, *, region: str | None = None) -> str:
    """The match key of a raw identifier.

    `region` (ISO 3166-1 alpha-2) is where a phone number without a country code is read, and the
    state whose number a passport, licence, national or tax id is. A type without a normaliser of
    its own is taken as an opaque id whose case matters.

    Raises:
        Unusable: the value cannot identify anybody.
    """
    if len(raw) > MAX_RAW:
        raise Unusable(type_, "too_long")
    if not raw.isascii() and any(unicodedata.category(c) in {"Cs", "Co", "Cn"} for c in raw):
        raise Unusable(type_, "not_text")
    if not raw.strip():
        raise Unusable(type_, "empty")
    if type_ == PHONE:
        return _phone(raw.strip(), region)
    if type_ in PAPERS:
        return _paper(type_, raw.strip(), region)
    return _NORMALISERS.get(type_, _opaque_id)(type_, raw.strip())


def _email(type_: str, raw: str) -> str:
    """Lower case, IDNA domain; for Gmail without dots and plus tag, which Gmail ignores."""
    parsed = _parsed_email(raw)
    if parsed is None:
        raise Unusable(type_, "not_an_email")
    local, domain = parsed.local_part.lower(), str(parsed.ascii_domain).lower()
    if domain in _GMAIL:
        local, domain = local.partition("+")[0].replace(".", ""), "gmail.com"
    if not local:
        raise Unusable(type_, "not_an_email")
    if _EMPTY_MAILBOX.fullmatch(_bare(local)):
        raise Unusable(type_, "placeholder")
    return f"{unicodedata.normalize('NFC', local)}@{domain}"


def _parsed_email(raw: str) -> ValidatedEmail | None:
    try:
        return validate_email(raw, check_deliverability=False)
    except EmailNotValidError:
        return None


def _phone(raw: str, region: str | None) -> str:
    """E.164 (ITU-T), only of numbers that are possible and valid where they belong."""
    text = unicodedata.normalize("NFKC", raw)
    digits = [char for char in text if char.isdigit()]
    if len(digits) > 1 and len(set(digits)) == 1:
        raise Unusable(PHONE, "placeholder")
    if region is None and not text.startswith(("+", "tel:+")):
        raise Unusable(PHONE, "no_region")
    number = _parsed_phone(text, region)
    if number is None or not (is_possible_number(number) and is_valid_number(number)):
        raise Unusable(PHONE, "not_a_phone")
    if number.extension:
        raise Unusable(PHONE, "extension")
    return format_number(number, PhoneNumberFormat.E164)


def _parsed_phone(text: str, region: str | None) -> PhoneNumber | None:
    try:
        return parse(text, region)
    except NumberParseException:
        return None


def _customer_id(type_: str, raw: str) -> str:
    """Upper case: customer numbers are typed by hand; leading zeros and hyphens stay."""
    return unicodedata.normalize("NFKC", _opaque_id(type_, raw).upper())


def _paper(type_: str, raw: str, region: str | None) -> str:
    """Upper case letters and digits, behind the state that gave it where that is known."""
    state, colon, rest = raw.upper().rpartition(":")
    if colon and _STATE.fullmatch(state):
        raw, region = rest, state
    number = "".join(char for char in _opaque_id(type_, raw).upper() if char.isalnum())
    return f"{region.upper()}:{number}" if region else number


def _device_id(type_: str, raw: str) -> str:
    """UUIDs in lower case (platforms disagree), anything else as it is: cookies differ by case."""
    text = _opaque_id(type_, raw)
    return text.lower() if _UUID.fullmatch(text) else text


def _opaque_id(type_: str, raw: str) -> str:
    """NFKC, invisible characters dropped, inner space collapsed; placeholders refused."""
    if raw.isascii() and raw.isprintable():
        text = " ".join(raw.split())  # nothing to compose, nothing invisible
    else:
        folded = unicodedata.normalize("NFKC", raw)
        visible = "".join(char for char in folded if not _invisible(char))
        text = unicodedata.normalize("NFKC", " ".join(visible.split()))
    if not text:
        raise Unusable(type_, "empty")
    if len(text) > MAX_ID:
        raise Unusable(type_, "too_long")
    if _PLACEHOLDER.fullmatch(_bare(text)):
        raise Unusable(type_, "placeholder")
    return text


def _invisible(char: str) -> bool:
    return unicodedata.category(char) in {"Cc", "Cf"} and not char.isspace()


def _bare(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


_NORMALISERS: Mapping[str, Callable[[str, str], str]] = {
    EMAIL: _email,
    CUSTOMER_ID: _customer_id,
    DEVICE_ID: _device_id,
    EXTERNAL_ID: _opaque_id,
}
