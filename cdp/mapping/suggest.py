"""A first mapping guessed from column names and a few rows, for a person to correct.

Never guessed, because a wrong guess would grant something: consents, what counts as confirmed, and
the relation. Nor is a date whose day and month cannot be told apart.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence

from cdp.mapping.cells import BadCell, Times, cell, day
from cdp.mapping.vocabulary import DATES

_IDENTIFIERS = {
    "email": "email e_mail mail email_address e_mail_address mail_address emailadresse "
    "e_mail_adresse contact_email customer_email correo correo_electronico courriel",
    "phone": "phone phone_number telephone telephone_number tel mobile mobile_number mobile_phone "
    "cell cell_phone handy telefon telefonnummer mobil rufnummer contact_phone telefono movil",
    "customer_id": "customer_no customer_id customer_number customer_nr cust_id cust_no client_id "
    "client_no member_id member_no kundennummer kunden_nr kundennr numero_client loyalty_id",
    "device_id": "device_id anonymous_id cookie_id visitor_id",
    "login_id": "login login_id user_id username user_name",
}
_ATTRIBUTES = {
    "given_name": "first_name firstname given_name forename vorname prenom nombre",
    "family_name": "last_name lastname surname family_name nachname familienname nom apellido "
    "apellidos",
    "middle_name": "middle_name",
    "full_name": "name full_name fullname customer_name contact_name vollname",
    "title": "title salutation anrede",
    "gender": "gender sex geschlecht",
    "language": "language lang locale preferred_language sprache idioma langue",
    "country": "country country_code land pays pais",
    "region": "region state province county bundesland",
    "city": "city town ort stadt ville ciudad",
    "postcode": "postcode post_code postal_code zip zip_code zipcode plz code_postal",
    "street": "street street_address address_line_1 address1 strasse rue calle",
    "address": "address full_address postal_address anschrift adresse",
    "company": "company company_name organisation organization firma employer",
    "time_zone": "tz time_zone timezone zeitzone",
    "birth_date": "dob date_of_birth birth_date birthdate birthday geburtsdatum geburtstag "
    "date_de_naissance fecha_de_nacimiento",
    "customer_since": "customer_since member_since kunde_seit",
}
_ORDER = "order_no order_id order_number bestellnummer"
_CASE = "case_id case_no ticket_id ticket_no ticket_number case_number"
_EVENTS = {
    "order.placed": ("ordered_at order_date order_placed_at order_time bestelldatum", _ORDER),
    "delivery.delivered": ("delivered_at delivery_date delivered_on lieferdatum", _ORDER),
    "case.opened": ("opened_at case_opened_at ticket_created_at case_created_at", _CASE),
    "case.closed": ("closed_at case_closed_at ticket_closed_at", _CASE),
}
_DATA = {
    "order.placed": {
        "promised_at": "promised_at promised_on promised_date promised_delivery "
        "delivery_promised_at expected_delivery estimated_delivery liefertermin",
        "total": "total order_total total_amount amount gesamtbetrag summe",
        "currency": "currency currency_code waehrung",
    },
    "case.opened": {"kind": "kind case_kind case_type ticket_type"},
}
_LOOKS = {"total": r"\d+(\.\d+)?", "currency": r"[A-Za-z]{3}", "kind": r"[a-z][a-z0-9_]*"}
_REACHES = {"email": ["email"]}
_INSTANTS = (
    Times(),
    Times("+00:00"),
    Times("+00:00", "%d.%m.%Y %H:%M:%S"),
    Times("+00:00", "%d.%m.%Y %H:%M"),
    Times("+00:00", "%d.%m.%Y"),
    Times("+00:00", "%d/%m/%Y %H:%M"),
    Times("+00:00", "%m/%d/%Y %H:%M"),
    Times("+00:00", "%d/%m/%Y"),
    Times("+00:00", "%m/%d/%Y"),
)
_DAYS = (
    Times(),
    Times(format="%d.%m.%Y"),
    Times(format="%d/%m/%Y"),
    Times(format="%m/%d/%Y"),
)
_MIN_DIGITS = 6

Samples = Sequence[Mapping[str, object]]


def suggest(columns: Sequence[str], samples: Samples) -> dict[str, object]:
    """A document that `Mapping.parse` accepts, from the columns' names and some of the rows."""
    names = {_plain(column): column for column in reversed(columns) if column.strip()}
    fields = {**_identifiers(names, samples), **_attributes(names, samples)}
    events = _events(names, samples)
    return {"fields": fields} | ({"events": events} if events else {})


def _identifiers(names: Mapping[str, str], samples: Samples) -> dict[str, object]:
    region = _first(names, _ATTRIBUTES["country"])
    found: dict[str, object] = {}
    for kind, known in _IDENTIFIERS.items():
        for name in known.split():
            if name not in names or not _fits(kind, _texts(names[name], samples)):
                continue
            meaning: dict[str, object] = {"identifier": kind}
            if kind in _REACHES:
                meaning["channels"] = _REACHES[kind]
            if kind == "phone" and region:
                meaning["region_column"] = region
            found[names[name]] = meaning
    return found


def _attributes(names: Mapping[str, str], samples: Samples) -> dict[str, object]:
    found: dict[str, object] = {}
    for attribute, known in _ATTRIBUTES.items():
        column = _first(names, known)
        if column is None:
            continue
        meaning = {"attribute": attribute}
        if attribute in DATES:
            form = _told(_DAYS, _day, _texts(column, samples))
            if form is None:
                continue
            meaning |= {"format": form.format} if form.format else {}
        found[column] = meaning
    return found


def _events(names: Mapping[str, str], samples: Samples) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for kind, (moments, objects) in _EVENTS.items():
        at, about = _first(names, moments), _first(names, objects)
        if at is None:
            continue
        times = _told(_INSTANTS, Times.instant, _texts(at, samples))
        if times is None:
            continue
        rule: dict[str, object] = {"type": kind, "at": at}
        rule |= {"object": about} if about else {}
        rule |= {"zone": times.zone} if times.zone else {}
        rule |= {"format": times.format} if times.format else {}
        data = _data(kind, names, samples, times)
        found.append(rule | ({"data": data} if data else {}))
    return found


def _data(kind: str, names: Mapping[str, str], samples: Samples, times: Times) -> dict[str, object]:
    """What the event says besides, where every sample looks like it: one that does not voids it."""
    found: dict[str, object] = {}
    for name, known in _DATA.get(kind, {}).items():
        column = _first(names, known)
        texts = _texts(column, samples) if column else []
        look = _LOOKS.get(name)
        fits = (
            all(re.fullmatch(look, text) for text in texts)
            if look
            else _reads(times, Times.instant, texts)
        )
        if column and fits:
            found[name] = column
    return found


def _told(
    forms: Sequence[Times], read: Callable[[Times, str], object], texts: Sequence[str]
) -> Times | None:
    """The first form without a format that reads all texts, else the only one that does."""
    fitting = [form for form in forms if _reads(form, read, texts)]
    iso = [form for form in fitting if form.format is None]
    if iso or len(fitting) == 1:
        return (iso or fitting)[0]
    return None


def _reads(form: Times, read: Callable[[Times, str], object], texts: Sequence[str]) -> bool:
    try:
        for text in texts:
            read(form, text)
    except BadCell:
        return False
    return True


def _day(form: Times, text: str) -> str:
    return day(text, (form.format,) if form.format else ())


def _first(names: Mapping[str, str], known: str) -> str | None:
    return next((names[name] for name in known.split() if name in names), None)


def _fits(kind: str, texts: Sequence[str]) -> bool:
    """Whether the samples look like it: at least half, where the kind has a look."""
    looks: dict[str, Callable[[str], bool]] = {
        "email": lambda text: "@" in text,
        "phone": lambda text: sum(sign.isdigit() for sign in text) >= _MIN_DIGITS,
    }
    like = [text for text in texts if looks.get(kind, bool)(text)]
    return 2 * len(like) >= len(texts)


def _texts(column: str, samples: Samples) -> list[str]:
    texts = []
    for row in samples:
        try:
            texts.append(cell(row, column))
        except BadCell:
            continue
    return [text for text in texts if text is not None]


def _plain(column: str) -> str:
    """`eMail-Adresse` as `e_mail_adresse`: words in small ASCII letters, joined by `_`."""
    ascii_only = unicodedata.normalize("NFKD", column.replace("ß", "ss"))
    letters = "".join(sign for sign in ascii_only if not unicodedata.combining(sign))
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", letters)
    return re.sub(r"[^a-z0-9]+", "_", split.casefold()).strip("_")
