"""What happened to whom: the heroes' stories are fixed, everybody else's are drawn.

Days count back from now, so the stories stay true whenever they are told: a promise that passed two
days ago always passed two days ago.
"""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from examples.heroes import HEROES
from examples.ledger import NO, YES, Answers, Course, Ledger
from examples.people import Name, Person, address

HOUSEHOLD = "household"
_KINDS = ("order_problem", "invoice", "return", "question")
_TOPICS = ("delivery", "payment", "returns", "product")


def tell_heroes(ledger: Ledger) -> None:
    """The four stories of `examples.heroes`."""
    _amelie(ledger, HEROES["amelie"])
    for key, answers in (("bruno", YES), ("caitlin", NO), ("dorothea", YES)):
        person = HEROES[key]
        ledger.customer(person, answers, known_for=210)
        ledger.contact(person, numbered=True)
        for days in (95, 50, 12):
            course = Course(days, days - 6, sent=days - 2, delivered=days - 4)
            order = ledger.order(person, course, guest=False)
        case = ledger.case()
        about = {"kind": "question", "topic": "product", "order_no": order}
        ledger.entry(person, "ticket opened", 90, case, channel="email", **about)
        ledger.entry(person, "reply sent", 89.9, case, channel="email")
        ledger.entry(person, "ticket solved", 89.8, case)
        ledger.entry(person, "solution accepted", 89, case)


def _amelie(ledger: Ledger, person: Person) -> None:
    """Promised two days ago and not here; a ticket open, and two more contacts since."""
    ledger.customer(person, YES, known_for=400)
    ledger.contact(person, numbered=True)
    ledger.order(person, Course(70, 64, sent=68, delivered=66), guest=True)
    late = ledger.order(person, Course(9, 2, sent=6), guest=False)
    case = ledger.case()
    about = {"topic": "delivery", "order_no": late}
    ledger.entry(
        person,
        "ticket opened",
        3,
        case,
        kind="order_problem",
        channel="email",
        due_at=ledger.due(1),
        **about,
    )
    ledger.entry(person, "handed over", 2.5, case, team="second_level")
    ledger.entry(person, "inbound", 1.2, case, channel="phone", **about)
    ledger.entry(person, "inbound", 0.1, case, channel="chat", **about)


def tell_households(
    ledger: Ledger, rng: Random, pairs: Sequence[tuple[Person, Person]]
) -> list[Person]:
    """Two people, two customer numbers, one mailbox and one phone; returns them as they are."""
    told = []
    for place, (first, second) in enumerate(pairs):
        family = Name("Familie", first.name.surname)
        shared = replace(first, key=f"{HOUSEHOLD}_{place}a", email=address(family, "example.org"))
        other = replace(
            shared,
            key=f"{HOUSEHOLD}_{place}b",
            name=Name(second.name.given, first.name.surname),
            born=second.born,
            customer_no=second.customer_no,
        )
        for person in (shared, other):
            ledger.customer(person, _answers(rng), known_for=rng.randint(30, 700))
            ledger.order(person, _course(rng), guest=False)
            told.append(person)
    return told


def tell_customer(ledger: Ledger, rng: Random, person: Person) -> None:
    """Somebody with a customer number, who may order without it or have been known before."""
    known_for = rng.randint(30, 700)
    ledger.customer(person, _answers(rng), known_for=known_for)
    if rng.random() < 0.12:
        ledger.lead(person, known_for=known_for + 90)
    orders = [
        ledger.order(person, _course(rng), guest=rng.random() < 0.3)
        for _ in range(rng.randint(0, 3))
    ]
    if orders and rng.random() < 0.4:
        ledger.contact(person, numbered=rng.random() < 0.5)
        _ticket(ledger, rng, person, orders[-1])


def tell_guest(ledger: Ledger, rng: Random, person: Person) -> None:
    """Somebody the CRM has never heard of."""
    for _ in range(rng.randint(1, 2)):
        ledger.order(person, _course(rng), guest=True)


def _ticket(ledger: Ledger, rng: Random, person: Person, order: str) -> None:
    case, days = ledger.case(), rng.uniform(2, 60)
    place = rng.randrange(len(_KINDS))
    topic = _TOPICS[place]
    channel = rng.choice(("email", "phone", "chat", "web"))
    ledger.entry(
        person,
        "ticket opened",
        days,
        case,
        kind=_KINDS[place],
        topic=topic,
        order_no=order,
        channel=channel,
        due_at=ledger.due(days - 2),
    )
    if rng.random() < 0.15:
        ledger.entry(person, "complaint", days * 0.9, case, topic=topic, channel=channel)
    if rng.random() < 0.2:
        ledger.entry(person, "handed over", days * 0.8, case, team="second_level")
    if rng.random() < 0.1:
        return
    ledger.entry(person, "reply sent", days * 0.7, case, channel="email")
    if rng.random() < 0.15:
        ledger.entry(person, "callback", days * 0.6, case, topic=topic, channel="phone")
    ledger.entry(person, "ticket solved", days * 0.5, case)
    if rng.random() < 0.4:
        ledger.entry(person, "solution accepted", days * 0.4, case)
    elif rng.random() < 0.2:
        ledger.entry(person, "ticket reopened", days * 0.3, case, channel=channel)


def _course(rng: Random) -> Course:
    """Most parcels are in time, one in eight late, one in twenty cancelled."""
    ordered = rng.uniform(0.5, 400)
    promised, sent = ordered - 6, ordered - rng.uniform(0.5, 2)
    if rng.random() < 0.05:
        return Course(ordered, promised, cancelled=ordered * 0.99)
    delivered = ordered - rng.uniform(7, 11) if rng.random() < 0.125 else ordered - 4
    return Course(
        ordered,
        promised,
        sent=sent if sent > 0 else None,
        delivered=delivered if delivered > 0 else None,
    )


def _answers(rng: Random) -> Answers:
    draws = [rng.choice(("yes", "yes", "no", "")) for _ in range(4)]
    return Answers(*draws)
