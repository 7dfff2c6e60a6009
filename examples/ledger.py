"""Writes rows as each silo would, and keeps beside them who was meant.

Whatever a row spells, it carries an identifier that other rows of the same person carry too, so
that the truth can be found again. People of one household share e-mail and phone; their rows always
carry the customer number, the only thing that tells them apart.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from examples.people import Person, latin
from examples.streams import FILES, SHOP_TIME, SHOP_ZONE

Row = dict[str, str]
NOTICE = "privacy-2026"

_ASKED_AT_MOST = 200
"""Days since the form with this notice came into use."""
_ZONE = datetime.fromisoformat(f"2000-01-01T00:00:00{SHOP_ZONE}").tzinfo
_CURRENCIES = {"DE": "EUR", "FR": "EUR", "GB": "GBP", "US": "USD"}


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


class Ledger:
    """Rows by stream, and the truth: person key to the (stream, row key) of every row of theirs.

    `careful`: keys of the people whose customer number the help desk always writes down.
    """

    def __init__(self, rng: Random, now: datetime, careful: Collection[str]) -> None:
        self._careful = frozenset(careful)
        self.rows: dict[str, list[Row]] = {stream: [] for stream in FILES}
        self.truth: dict[str, list[tuple[str, str]]] = {}
        self._rng = rng
        self._now = now.astimezone(UTC).replace(second=0, microsecond=0)
        self._numbers = {
            name: _numbers(rng, form)
            for name, form in {
                "crm": "CRM-{:06}",
                "order": "B26-{:06}",
                "contact": "Z-{:06}",
                "case": "T-{:06}",
                "entry": "L-{:07}",
                "form": "form/{:06}",
            }.items()
        }
        self._contact_numbers: dict[str, str] = {}

    def before(self, days: float) -> datetime:
        """The minute that many days before now."""
        moment = self._now - timedelta(days=days)
        return moment.replace(second=0, microsecond=0)

    def customer(self, person: Person, answers: Answers, *, known_for: float) -> None:
        """A row of the CRM with everything it knows of a customer; e-mail confirmed."""
        home, answered = person.home, answers != Answers()
        asked = self.before(min(known_for, _ASKED_AT_MOST))
        self._add(
            "customers",
            person,
            {
                "entry_no": next(self._numbers["crm"]),
                "customer_no": person.customer_no,
                "first_name": person.name.given,
                "surname": person.name.surname,
                "email": person.email,
                "email_verified": "yes",
                "phone": person.phone.international,
                "street": home.street,
                "postcode": home.city.postcode,
                "city": home.city.name,
                "region": home.city.region,
                "country": home.country.code,
                "birth_date": person.born.isoformat(),
                "time_zone": home.city.time_zone,
                "language": home.country.language,
                "newsletter": answers.newsletter,
                "offers_email": answers.offers_email,
                "offers_chat": answers.offers_chat,
                "personal_offers": answers.personal_offers,
                "asked_at": _iso(asked) if answered else "",
                "asked_how": next(self._numbers["form"]) if answered else "",
                "notice": NOTICE if answered else "",
                "signed_up": self.before(known_for).date().isoformat(),
            },
        )

    def lead(self, person: Person, *, known_for: float) -> None:
        """A second row of the CRM, from before the person had a customer number."""
        self._add(
            "customers",
            person,
            {
                "entry_no": next(self._numbers["crm"]),
                "first_name": person.name.surname,
                "surname": person.name.given,
                "email": self._rng.choice(person.emails),
                "email_verified": "yes",
                "country": person.home.country.code,
                "region": person.home.city.region,
                "signed_up": self.before(known_for).date().isoformat(),
            },
        )

    def order(self, person: Person, course: Course, *, guest: bool) -> str:
        """A row of the shop; the order's number. A guest gives an address, not a number."""
        number = next(self._numbers["order"])
        moments = {
            "ordered_at": course.ordered,
            "promised_at": course.promised,
            "sent_at": course.sent,
            "delivered_at": course.delivered,
            "cancelled_at": course.cancelled,
        }
        stamps = {
            column: "" if days is None else self.before(days).astimezone(_ZONE).strftime(SHOP_TIME)
            for column, days in moments.items()
        }
        self._add(
            "orders",
            person,
            {
                "order_no": number,
                "customer_no": "" if guest else self._number(person),
                "name": latin(self._rng.choice(person.names)),
                "email": self._rng.choice(person.emails),
                "phone": self._rng.choice(person.phones),
                "street": latin(person.home.street),
                "country": person.home.country.code,
                **stamps,
                "cancelled_by": "customer" if course.cancelled is not None else "",
                "items": str(self._rng.randint(1, 5)),
                "total": f"{self._rng.randint(900, 24_000) / 100:.2f}",
                "currency": _CURRENCIES[person.home.country.code],
                "status": _status(course),
            },
        )
        return number

    def contact(self, person: Person, *, numbered: bool) -> None:
        """The person as the help desk knows them; every case below needs it first."""
        number = next(self._numbers["contact"])
        self._contact_numbers[person.key] = number
        self._add(
            "contacts",
            person,
            {
                "contact_no": number,
                "customer_no": self._number(person) if numbered else "",
                "name": self._rng.choice((person.name.initial, person.name.plain)),
                "email": self._rng.choice(person.emails),
                "phone": self._rng.choice(person.phones) if numbered else "",
                "country": person.home.country.code,
                "language": person.home.country.language,
                "preferred_channel": self._rng.choice(("email", "phone", "chat")),
            },
        )

    def case(self) -> str:
        """A new case number."""
        return next(self._numbers["case"])

    def entry(self, person: Person, native: str, days: float, case: str, /, **cells: str) -> None:
        """A line of the help desk's log; `cells` are further columns of it."""
        numbered = person.key in self._careful or self._rng.random() < 0.5
        self._add(
            "cases",
            person,
            {
                "entry_no": next(self._numbers["entry"]),
                "type": native,
                "at": _iso(self.before(days)),
                "case_no": case,
                "contact_no": self._contact_numbers[person.key],
                "customer_no": person.customer_no if numbered else "",
                "email": self._rng.choice(person.emails),
                "phone": person.phone.national,
                "country": person.home.country.code,
                **cells,
            },
        )

    def due(self, days: float) -> str:
        """An instant as the help desk writes it."""
        return _iso(self.before(days))

    def _number(self, person: Person) -> str:
        return self._rng.choice((person.customer_no, person.customer_no.lower()))

    def _add(self, stream: str, person: Person, cells: Row) -> None:
        file = FILES[stream]
        row = {column: cells.get(column, "") for column in file.columns}
        self.rows[stream].append(row)
        self.truth.setdefault(person.key, []).append((stream, row[file.key]))


def _numbers(rng: Random, form: str) -> Iterator[str]:
    return map(form.format, iter(rng.sample(range(100_000, 1_000_000), 9_000)))


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _status(course: Course) -> str:
    if course.cancelled is not None:
        return "cancelled"
    return "delivered" if course.delivered is not None else "underway"
