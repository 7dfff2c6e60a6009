"""Writes rows as each silo would, and keeps beside them who was meant and what is wrong with them.

A ledger holds the rows of one household, company or person at a time: `take` hands them over and
makes room, so that a hundred thousand people need no more memory than one.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

from examples.people import Person, latin, scattered
from examples.spellings import Guise, Kinds
from examples.streams import SHOP_DAY, SHOP_TIME, SHOP_ZONE, TABLES

Row = dict[str, str | int | float]
"""Every column of the table; "" is empty."""

NOTICE = "privacy-2026"
MINUTE = 1 / (24 * 60)
"""In days."""

_ASKED_AT_MOST = 200
"""Days since the form with this notice came into use."""
_ZONE = datetime.fromisoformat(f"2000-01-01T00:00:00{SHOP_ZONE}").tzinfo
_CURRENCIES = {"DE": "EUR", "FR": "EUR", "GB": "GBP", "US": "USD"}
_CATEGORIES = ("garden", "kitchen", "books", "outdoor", "toys")
_CARRIERS = ("parcelwing", "greenwheel", "northpost")
_NUMBERS = {
    "crm": "CRM-{}",
    "account": "A-{}",
    "order": "B26-{}",
    "contact": "Z-{}",
    "case": "T-{}",
    "entry": "L-{}",
    "visit": "V-{}",
    "hit": "W-{}",
    "form": "form/{}",
}


@dataclass(frozen=True, slots=True)
class Answers:
    """What a person said on the form of the notice; "" was left open."""

    newsletter: str = ""
    offers_email: str = ""
    offers_chat: str = ""
    personal_offers: str = ""


YES = Answers("yes", "yes", "yes", "yes")
NO = Answers("no", "no", "no", "no")


@dataclass(frozen=True, slots=True)
class Course:
    """How an order went, in days before now; None has not happened."""

    ordered: float
    promised: float
    sent: float | None = None
    delivered: float | None = None
    cancelled: float | None = None
    returned: float | None = None
    refunded: float | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One row, who is meant by it (a person's key), and what is difficult about it."""

    stream: str
    person: str
    kinds: Kinds
    row: Row = field(repr=False)

    @property
    def key(self) -> str:
        """The row's key within its stream."""
        return str(self.row[TABLES[self.stream].key])


@dataclass(frozen=True, slots=True)
class Hit:
    """What a visitor did, some minutes into the visit; `cells` are further columns."""

    native: str
    minutes: float
    cells: Row = field(default_factory=dict)


class Ledger:
    """Rows as they are written, numbered through; `now` is what every story counts back from."""

    def __init__(self, now: datetime) -> None:
        self.now = now.astimezone(UTC).replace(microsecond=0)
        self._counts = dict.fromkeys(_NUMBERS, 0)
        self._entries: list[Entry] = []
        self._known: dict[tuple[str, str], str] = {}

    def take(self) -> tuple[Entry, ...]:
        """What was written since the last time; who had which number is forgotten with it."""
        taken = tuple(self._entries)
        self._entries.clear()
        self._known.clear()
        return taken

    def customer(self, guise: Guise, answers: Answers, *, known_for: float) -> None:
        """A row of the CRM with everything it knows of a customer; e-mail confirmed."""
        answered = answers != Answers()
        asked = self._before(min(known_for, _ASKED_AT_MOST))
        self._add(
            "customers",
            guise,
            {
                "entry_no": self._next("crm"),
                "customer_no": guise.person.customer_no,
                "first_name": guise.name.given,
                "surname": guise.name.surname,
                "email": guise.email,
                "email_verified": "yes" if guise.email else "",
                "phone": guise.phone,
                "birth_date": guise.born.isoformat() if guise.born else "",
                **_placed(guise, with_region=True),
                "language": guise.person.home.country.language,
                "newsletter": answers.newsletter,
                "offers_email": answers.offers_email,
                "offers_chat": answers.offers_chat,
                "personal_offers": answers.personal_offers,
                "asked_at": _iso(asked) if answered else "",
                "asked_how": self._next("form") if answered else "",
                "notice": NOTICE if answered else "",
                "signed_up": self._before(known_for).date().isoformat(),
            },
        )

    def lead(self, guise: Guise, *, known_for: float, company: str = "") -> None:
        """A row of the CRM without a customer number: from before, or of a company."""
        self._add(
            "customers",
            guise,
            {
                "entry_no": self._next("crm"),
                "company": company,
                "first_name": guise.name.given,
                "surname": guise.name.surname,
                "email": guise.email,
                "phone": guise.phone,
                "birth_date": guise.born.isoformat() if guise.born else "",
                **_placed(guise, with_region=True),
                "signed_up": self._before(known_for).date().isoformat(),
            },
        )

    def account(self, guise: Guise, *, since: float, numbered: bool) -> None:
        """An account of the shop, which later orders and visits of the person name."""
        number = self._next("account")
        self._known["account", guise.person.key] = number
        self._add(
            "accounts",
            guise,
            {
                "account_no": number,
                "customer_no": guise.person.customer_no if numbered else "",
                "given_name": latin(guise.name.given),
                "family_name": latin(guise.name.surname),
                "email": guise.email,
                "phone": guise.phone,
                "birth_date": guise.born.strftime(SHOP_DAY) if guise.born else "",
                **_placed(guise),
                "since": self._before(since).astimezone(_ZONE).strftime(SHOP_DAY),
                "changed": _iso(self._before(since)),
            },
        )

    def order(self, rng: Random, guise: Guise, course: Course, *, guest: bool) -> str:
        """An order; its number. A guest gives an address, and no account or customer number."""
        number = self._next("order")
        account = "" if guest else self._known.get(("account", guise.person.key), "")
        moments = {
            "ordered_at": course.ordered,
            "promised_at": course.promised,
            "sent_at": course.sent,
            "delivered_at": course.delivered,
            "cancelled_at": course.cancelled,
            "returned_at": course.returned,
            "refunded_at": course.refunded,
        }
        total = rng.randint(900, 24_000) / 100
        last = min(days for name, days in moments.items() if days is not None and name[0] != "p")
        self._add(
            "orders",
            guise,
            {
                "order_no": number,
                "account_no": account,
                "customer_no": "" if guest or account else _typed(rng, guise.person.customer_no),
                "name": latin(rng.choice((guise.name.full, guise.name.full, guise.name.shouted))),
                "email": spelled_email(rng, guise.email),
                "phone": guise.phone,
                **_placed(guise),
                **{
                    column: self._shop_time(days)
                    for column, days in moments.items()
                    if days is not None
                },
                "carrier": rng.choice(_CARRIERS) if course.sent is not None else "",
                "cancelled_by": "customer" if course.cancelled is not None else "",
                "return_reason": "does_not_fit" if course.returned is not None else "",
                "refund": total if course.refunded is not None else "",
                "items": rng.randint(1, 5),
                "category": rng.choice(_CATEGORIES),
                "total": total,
                "currency": _CURRENCIES[guise.person.home.country.code],
                "status": _status(course),
                "changed": _iso(self._before(last)),
            },
        )
        return number

    def contact(self, rng: Random, guise: Guise, *, numbered: bool) -> None:
        """The person as the help desk knows them; every line of its log needs it first."""
        number = self._next("contact")
        self._known["contact", guise.person.key] = number
        self._add(
            "contacts",
            guise,
            {
                "contact_no": number,
                "customer_no": _typed(rng, guise.person.customer_no) if numbered else "",
                "name": guise.name.full,
                "email": spelled_email(rng, guise.email),
                "phone": guise.phone,
                "country": guise.person.home.country.code,
                "language": guise.person.home.country.language,
                "preferred_channel": rng.choice(("email", "phone", "chat")),
            },
        )

    def case(self) -> str:
        """A new case number."""
        return self._next("case")

    def entry(self, guise: Guise, native: str, days: float, case: str, /, **cells: str) -> None:
        """A line of the help desk's log; `cells` are further columns of it."""
        self._add(
            "cases",
            guise,
            {
                "entry_no": self._next("entry"),
                "type": native,
                "at": _iso(self._before(days)),
                "case_no": case,
                "contact_no": self._known["contact", guise.person.key],
                "customer_no": "",
                "email": guise.email,
                "phone": guise.phone,
                "country": guise.person.home.country.code,
                **cells,
            },
        )

    def visit(self, guise: Guise, device: str, days: float, *hits: Hit, signed_in: bool) -> None:
        """A visit of the web shop from a device; `days` ago it began.

        Somebody signed in is known by their account, or by the address they signed in with.
        """
        number = self._next("visit")
        who: Row = {}
        if signed_in:
            account = self._known.get(("account", guise.person.key), "")
            who = {"account_no": account} if account else {"email": guise.email}
        for hit in hits:
            row: Row = {
                "visit_no": number,
                "hit_no": self._next("hit"),
                "type": hit.native,
                "at": _iso(self._before(days - hit.minutes * MINUTE)),
                "visitor": device,
                "channel": "web",
                **who,
                **hit.cells,
            }
            self._add("visits", guise, row)

    def due(self, days: float) -> str:
        """An instant as the help desk writes it."""
        return _iso(self._before(days))

    def _before(self, days: float) -> datetime:
        """The second that many days before now."""
        return (self.now - timedelta(days=days)).replace(microsecond=0)

    def _shop_time(self, days: float) -> str:
        return self._before(days).astimezone(_ZONE).strftime(SHOP_TIME)

    def _next(self, name: str) -> str:
        self._counts[name] += 1
        return _NUMBERS[name].format(scattered(self._counts[name]))

    def _add(self, stream: str, guise: Guise, cells: Row) -> None:
        row: Row = {column: cells.get(column, "") for column in TABLES[stream].columns}
        self._entries.append(Entry(stream, guise.person.key, guise.kinds, row))


def spelled_email(rng: Random, email: str) -> str:
    """The address as it is typed: mostly as it is, sometimes with capitals; it means the same."""
    how: Callable[[str], str] = rng.choice((str, str, str, str.upper, str.title))
    return how(email)


def spelled_phone(rng: Random, person: Person) -> str:
    """The number as it is typed; it means the same."""
    return rng.choice(person.phone.spellings) if person.phone.number else ""


def _typed(rng: Random, number: str) -> str:
    return number.lower() if rng.random() < 0.5 else number


def _placed(guise: Guise, *, with_region: bool = False) -> Row:
    """Street, postcode, city and country; for the CRM also region and time zone."""
    country = guise.person.home.country.code
    if guise.home is None:
        return {"country": country}
    city = guise.home.city
    placed: Row = {
        "street": latin(guise.home.street),
        "postcode": city.postcode,
        "city": city.name,
        "country": country,
    }
    return {**placed, "region": city.region, "time_zone": city.time_zone} if with_region else placed


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _status(course: Course) -> str:
    if course.cancelled is not None:
        return "cancelled"
    if course.refunded is not None:
        return "refunded"
    return "delivered" if course.delivered is not None else "underway"
