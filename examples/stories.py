"""What happened to whom: the stories of ordinary customers, drawn for each of them.

Days count back from now, so the stories stay true whenever they are told: a promise that passed two
days ago always passed two days ago.
"""

from dataclasses import dataclass, replace
from random import Random

from examples.ledger import Answers, Course, Hit, Ledger, spelled_email, spelled_phone
from examples.people import Person
from examples.spellings import Guise, disguised

PROBLEM = "PRB-17"
PROBLEM_TITLE = "Parcels lie in the depot of Northpost"
ARTICLE = "returns-in-three-steps"

_LEAD = {"no_contact": 0.4, "name_order": 0.25, "moved": 0.6, "new_surname": 0.6, "typo_name": 0.08}
_HASTY = {"moved": 0.4, "new_email": 0.3, "initials": 0.08, "nickname": 0.08, "typo_name": 0.06}
_CALLER = {"nickname": 0.15, "initials": 0.15, "no_accents": 0.3, "typo_name": 0.12}
_KINDS = ("order_problem", "invoice", "return", "question")
_TOPICS = ("delivery", "payment", "returns", "product")
_SEARCHES = (
    ("late parcel", "where is my order"),
    ("return label", "how to send something back"),
    ("warranty", "repair within two years"),
    ("gift card", "gift card balance"),
)
_PATHS = (
    ("/garden/benches", "garden"),
    ("/kitchen/kettles", "kitchen"),
    ("/books/atlases", "books"),
    ("/help/delivery", "delivery"),
    ("/toys/kites", "toys"),
)


def tell_customer(ledger: Ledger, rng: Random, person: Person) -> None:
    """Somebody the CRM knows, who may have an account, order without it, call, and look around."""
    known_for = rng.randint(30, 700)
    ledger.customer(Guise.of(person), answers(rng), known_for=known_for)
    if rng.random() < 0.15:
        old = disguised(rng, Guise.of(person), _LEAD)
        ledger.lead(replace(old, phone=""), known_for=known_for + 90)
    if rng.random() < 0.6:
        tell_account(ledger, rng, person, known_for)
    order = ""
    for _ in range(rng.randint(0, 3)):
        order = tell_order(ledger, rng, person, guest=rng.random() < 0.25)
    if order and rng.random() < 0.4:
        caller = disguised(rng, spelled(rng, person), _CALLER)
        ledger.contact(rng, caller, numbered=rng.random() < 0.4)
        tell_ticket(ledger, rng, caller, order)
    if rng.random() < 0.4:
        tell_visits(ledger, rng, person, device(rng))


def tell_guest(ledger: Ledger, rng: Random, person: Person) -> None:
    """Somebody the CRM has never heard of: orders without an account, or signs up in the shop."""
    if rng.random() < 0.3:
        tell_account(ledger, rng, person, rng.randint(20, 300))
    for _ in range(rng.randint(1, 2)):
        tell_order(ledger, rng, person, guest=True)
    if rng.random() < 0.3:
        tell_visits(ledger, rng, person, device(rng))


def tell_stranger(ledger: Ledger, rng: Random, person: Person) -> None:
    """A device that never said whose it is."""
    own = device(rng)
    guise = Guise.of(person).marked("anonymous_visit")
    for _ in range(rng.randint(1, 3)):
        _look_around(ledger, rng, guise, own, rng.uniform(0.5, 60))


def tell_account(ledger: Ledger, rng: Random, person: Person, known_for: float) -> None:
    """The person as they signed up: in a hurry, years ago, or as friends call them."""
    guise = disguised(rng, spelled(rng, person))
    if rng.random() < 0.2:
        guise = replace(guise, born=None)
    ledger.account(guise, since=known_for * 0.9, numbered=rng.random() < 0.25)


def tell_order(ledger: Ledger, rng: Random, person: Person, *, guest: bool) -> str:
    """One order as it went; its number."""
    guise = disguised(rng, spelled(rng, person), _HASTY)
    return ledger.order(rng, guise, course(rng), guest=guest)


def tell_ticket(ledger: Ledger, rng: Random, caller: Guise, order: str) -> None:
    """A ticket from its opening to wherever it got; a late parcel leads to its cause."""
    place, days = rng.randrange(len(_KINDS)), rng.uniform(2, 60)
    topic, channel = _TOPICS[place], rng.choice(("email", "phone", "chat", "web"))
    touch = {"topic": topic, "channel": channel}
    ticket = _Ticket(ledger, rng, caller, ledger.case())
    due = ledger.due(days - 2)
    ticket.entry("ticket opened", days, kind=_KINDS[place], order_no=order, due_at=due, **touch)
    if topic == "delivery":
        cause = {"problem_no": PROBLEM, "title": PROBLEM_TITLE, "status": "open"}
        about = {"order_no": order, "team": "logistics"}
        ticket.perhaps(0.5, "problem linked", days * 0.95, **cause, **about)
    ticket.perhaps(0.15, "complaint", days * 0.9, **touch)
    ticket.perhaps(0.2, "handed over", days * 0.8, team="second_level")
    if rng.random() < 0.1:
        return
    if topic == "returns":
        ticket.entry("answer sent", days * 0.72, article=ARTICLE, **touch)
    ticket.entry("reply sent", days * 0.7, channel="email")
    ticket.perhaps(0.15, "callback", days * 0.6, topic=topic, channel="phone")
    ticket.entry("ticket solved", days * 0.5)
    if ticket.perhaps(0.4, "solution accepted", days * 0.4):
        ticket.perhaps(0.4, "thanks", days * 0.39, **touch)
    else:
        ticket.perhaps(0.2, "ticket reopened", days * 0.3, channel=channel)


@dataclass(frozen=True, slots=True)
class _Ticket:
    """One case, and the agents who write its log."""

    ledger: Ledger
    rng: Random
    caller: Guise
    case: str

    def entry(self, native: str, days: float, **cells: str) -> None:
        """A line; an agent writes the phone down mostly, the customer number now and then."""
        person = self.caller.person
        known = replace(self.caller, phone=person.phone.national if self._drawn(0.8) else "")
        number = {"customer_no": person.customer_no} if self._drawn(0.4) else {}
        self.ledger.entry(known, native, days, self.case, **number, **cells)

    def perhaps(self, rate: float, native: str, days: float, **cells: str) -> bool:
        """The line, at that rate; whether it was written."""
        written = self._drawn(rate)
        if written:
            self.entry(native, days, **cells)
        return written

    def _drawn(self, rate: float) -> bool:
        return self.rng.random() < rate


def tell_visits(
    ledger: Ledger, rng: Random, person: Person, own: str, *, shared: bool = False
) -> None:
    """Looked around as nobody, signed in later, and did something then."""
    guise = replace(Guise.of(person), email=spelled_email(rng, person.email))
    if shared:
        guise = guise.marked("shared_device")
    days = rng.uniform(1, 50)
    for _ in range(rng.randint(1, 2)):
        _look_around(ledger, rng, guise.marked("anonymous_visit"), own, days + rng.uniform(0.1, 5))
    if rng.random() < 0.85:
        ledger.visit(guise, own, days, Hit("sign-in", 0), *_doings(rng), signed_in=True)


def _doings(rng: Random) -> tuple[Hit, ...]:
    """What people do once they are signed in."""
    draw = rng.random()
    if draw < 0.3:
        first, second = rng.choice(_SEARCHES)
        nothing = Hit("search", 1, {"query": first, "results": 0, "clicks": 0})
        return (nothing, Hit("search", 2, {"query": second, "results": 7, "clicks": 1}))
    if draw < 0.45:
        category = rng.choice(_PATHS)[1]
        return (Hit("review", 8, {"rating": rng.randint(2, 5), "scale": 5, "category": category}),)
    if draw < 0.55:
        return (Hit("referral", 5),)
    if draw < 0.7:
        return (Hit("article", 2, {"article": ARTICLE, "topic": "returns"}),)
    path, category = rng.choice(_PATHS)
    return (Hit("page", 1, {"path": path, "category": category}),)


def device(rng: Random) -> str:
    """A visitor id as a cookie holds it."""
    return f"v-{rng.getrandbits(80):020x}"


def spelled(rng: Random, person: Person) -> Guise:
    """The person as they are, with mail address and phone as they come out of the hand."""
    phone = spelled_phone(rng, person) if rng.random() < 0.7 else ""
    return replace(Guise.of(person), email=spelled_email(rng, person.email), phone=phone)


def course(rng: Random) -> Course:
    """Most parcels are in time, one in eight late, one in twenty cancelled, one in twelve back."""
    ordered = rng.uniform(0.5, 400)
    promised, sent = ordered - 6, ordered - rng.uniform(0.5, 2)
    if rng.random() < 0.05:
        return Course(ordered, promised, cancelled=ordered * 0.99)
    delivered = ordered - rng.uniform(7, 11) if rng.random() < 0.125 else ordered - 4
    back = rng.random() < 0.08 and delivered > 20
    return Course(
        ordered,
        promised,
        sent=sent if sent > 0 else None,
        delivered=delivered if delivered > 0 else None,
        returned=delivered - 6 if back else None,
        refunded=delivered - 12 if back else None,
    )


def answers(rng: Random) -> Answers:
    """What somebody said on the form, question by question."""
    draws = [rng.choice(("yes", "yes", "no", "")) for _ in range(4)]
    return Answers(*draws)


def _look_around(ledger: Ledger, rng: Random, guise: Guise, own: str, days: float) -> None:
    path, category = rng.choice(_PATHS)
    hits = [Hit("page", 0, {"path": path, "category": category})]
    if rng.random() < 0.3:
        query, _ = rng.choice(_SEARCHES)
        hits.append(Hit("search", 1, {"query": query, "results": rng.randint(0, 20), "clicks": 0}))
    ledger.visit(guise, own, days, *hits, signed_in=False)
