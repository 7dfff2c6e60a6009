"""What is shown of a value where its sameness matters and the value does not.

Enough for somebody who knows the person to nod, too little for anybody else to write or call.
"""

from identity.addresses import Address
from identity.comparison import ADDRESS, BIRTH_DATE, COMPANY, FAMILY_NAME, GIVEN_NAME
from identity.person import Person

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


def mask_person(person: Person) -> dict[str, str]:
    """The features of a record by comparison, masked: initials, the year, a few signs of the rest.

    What a record does not say is not there.
    """
    shown = {
        GIVEN_NAME: _initial(person.name.given) if person.name else "",
        FAMILY_NAME: _initial(person.name.family) if person.name else "",
        BIRTH_DATE: person.birth[:4],
        ADDRESS: _address(person.address) if person.address else "",
        COMPANY: _initial(person.company),
    }
    return {name: text for name, text in shown.items() if text}


def _initial(text: str) -> str:
    return f"{text[0].upper()}{HIDDEN}" if text else ""


def _address(address: Address) -> str:
    """Street, postcode and city by their first signs."""
    postcode = f"{address.postcode[:2]}{HIDDEN}" if address.postcode else ""
    parts = (_initial(address.street), postcode, _initial(address.city))
    return " ".join(part for part in parts if part)
