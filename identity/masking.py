"""What is shown of a value where its sameness matters and the value does not.

Enough for somebody who knows the person to nod, too little for anybody else to write or call.
"""

from identity.features import Told
from identity.library import ADDRESS, BIRTH_DATE, COMPANY, FAMILY_NAME, GIVEN_NAME
from identity.readings import CITY, MIDDLE, POSTCODE, STREET

HIDDEN = "…"
_SHOWN_OF_NUMBER = 2
_SHORT = 5


def mask(type_: str, value: str) -> str:
    """A normalised identifier, masked: `a…@e….org`, `+4…66`, `K…7`."""
    if type_ == "email":
        local, _, domain = value.rpartition("@")
        host, _, ending = domain.rpartition(".")
        return f"{local[:1]}{HIDDEN}@{host[:1]}{HIDDEN}.{ending}"
    if len(value) <= _SHORT:
        return HIDDEN
    if type_ == "phone":
        return f"{value[:_SHOWN_OF_NUMBER]}{HIDDEN}{value[-_SHOWN_OF_NUMBER:]}"
    return f"{value[0]}{HIDDEN}{value[-1]}"


def mask_told(told: Told) -> dict[str, str]:
    """What a record says by comparison, masked: initials, the year, a few signs of the rest.

    What a record does not say is not there.
    """
    shown = {
        GIVEN_NAME: _initial(told.get(GIVEN_NAME, "")),
        FAMILY_NAME: _initial(told.get(FAMILY_NAME, "")),
        BIRTH_DATE: told.get(BIRTH_DATE, "")[:4],
        ADDRESS: _address(told),
        COMPANY: _initial(told.get(COMPANY, "")),
        MIDDLE: _initial(told.get(MIDDLE, "")),
    }
    return {name: text for name, text in shown.items() if text}


def _initial(text: str) -> str:
    return f"{text[0].upper()}{HIDDEN}" if text else ""


def _address(told: Told) -> str:
    """Street, postcode and city by their first signs."""
    code = told.get(POSTCODE, "")
    postcode = f"{code[:2]}{HIDDEN}" if code else ""
    parts = (_initial(told.get(STREET, "")), postcode, _initial(told.get(CITY, "")))
    return " ".join(part for part in parts if part)
