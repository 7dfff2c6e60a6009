"""The stories of `examples.heroes`: fixed to the minute, told before everybody else's."""

from dataclasses import replace
from random import Random

from examples.heroes import HEROES
from examples.ledger import NO, YES, Answers, Course, Hit, Ledger, Row
from examples.people import Person
from examples.spellings import Guise
from examples.stories import ARTICLE, PROBLEM, PROBLEM_TITLE

_MENDED = "PRB-09"
_YES_BY_MAIL = Answers("yes", "yes", "no", "no")


def tell_heroes(ledger: Ledger, rng: Random) -> None:
    """Seven people, six stories."""
    _amelie(ledger, rng, HEROES["amelie"])
    _bruno(ledger, rng, HEROES["bruno"])
    _caitlin(ledger, rng, HEROES["caitlin"])
    _dorothea(ledger, rng, HEROES["dorothea"])
    _rosenzweigers(ledger, rng, HEROES["edeltraud"], HEROES["emmerich"])
    _elizabeth(ledger, rng, HEROES["elizabeth"])


def _amelie(ledger: Ledger, rng: Random, person: Person) -> None:
    """Promised two days ago and not here: searched twice, wrote, called, and asks once more.

    The help desk found out why: a problem record that other customers wait for too.
    """
    guise = Guise.of(person)
    ledger.customer(guise, YES, known_for=400)
    ledger.account(replace(guise, phone=person.phone.national), since=380, numbered=False)
    ledger.order(rng, guise, Course(70, 64, sent=68, delivered=66), guest=True)
    late = ledger.order(rng, guise, Course(9, 2, sent=6), guest=False)
    own = "v-0a3e1e0017c3d5f7a1b2"
    nobody = guise.marked("anonymous_visit")
    help_page: Row = {"path": "/help/delivery", "topic": "delivery"}
    track: Row = {"path": "/orders/track", "topic": "delivery"}
    ledger.visit(nobody, own, 3.2, Hit("page", 0, help_page), signed_in=False)
    ledger.visit(guise, own, 3.15, Hit("sign-in", 0), Hit("page", 1, track), signed_in=True)
    first: Row = {"query": "late parcel refund", "results": 0, "clicks": 0, "topic": "delivery"}
    again: Row = {**first, "query": "late parcel cancel order", "results": 3}
    searched = (Hit("page", 0, track), Hit("search", 1, first), Hit("search", 2.5, again))
    ledger.visit(guise, own, 0.16, *searched, signed_in=True)
    ledger.contact(rng, guise, numbered=True)
    case = ledger.case()
    about = {"topic": "delivery", "order_no": late, "customer_no": person.customer_no}
    opened = {"kind": "order_problem", "channel": "email", "due_at": ledger.due(1)}
    ledger.entry(guise, "ticket opened", 3, case, **opened, **about)
    cause = {"problem_no": PROBLEM, "title": PROBLEM_TITLE, "status": "open", "team": "logistics"}
    ledger.entry(guise, "problem linked", 2.6, case, **cause, **about)
    ledger.entry(guise, "handed over", 2.5, case, team="second_level", **about)
    ledger.entry(guise, "inbound", 1.2, case, channel="phone", **about)
    ledger.entry(guise, "inbound", 0.1, case, channel="chat", **about)


def _bruno(ledger: Ledger, rng: Random, person: Person) -> None:
    """Everything in time; what did not fit went back, and the money came; he tells others."""
    guise = Guise.of(person)
    ledger.customer(guise, YES, known_for=210)
    ledger.account(replace(guise, phone=person.phone.dotted), since=205, numbered=True)
    ledger.contact(rng, guise, numbered=True)
    _in_time(ledger, rng, guise, 95, 12)
    fits_not = Course(50, 44, sent=48, delivered=46, returned=43, refunded=36)
    back = ledger.order(rng, guise, fits_not, guest=False)
    own = "v-0b4f2f1128d4e6a8b2c3"
    nobody = guise.marked("anonymous_visit")
    read: Row = {"article": ARTICLE, "topic": "returns"}
    ledger.visit(nobody, own, 44.2, Hit("page", 0, {"path": "/help/returns"}), signed_in=False)
    ledger.visit(guise, own, 44.1, Hit("sign-in", 0), Hit("article", 3, read), signed_in=True)
    review: Row = {"rating": 5, "scale": 5, "category": "garden"}
    ledger.visit(guise, own, 8, Hit("review", 4, review), Hit("referral", 9), signed_in=True)
    question = {"kind": "question", "topic": "returns", "order_no": back}
    _answered(ledger, guise, 43.5, question)


def _caitlin(ledger: Ledger, rng: Random, person: Person) -> None:
    """Complained that every invoice was wrong; the cause was found and removed. No offers."""
    guise = Guise.of(person)
    ledger.customer(guise, NO, known_for=300)
    ledger.account(guise.changed(rng, "no_accents"), since=280, numbered=False)
    ledger.contact(rng, guise, numbered=True)
    order = _in_time(ledger, rng, guise, 90, 60, 20)
    case = ledger.case()
    about = {"topic": "payment", "order_no": order, "customer_no": person.customer_no}
    opened = {"kind": "invoice", "channel": "phone", "due_at": ledger.due(55)}
    ledger.entry(guise, "ticket opened", 57, case, **opened, **about)
    ledger.entry(guise, "complaint", 56.5, case, channel="phone", **about)
    cause = {"problem_no": _MENDED, "title": "Invoices round each line", "team": "billing"}
    ledger.entry(guise, "problem linked", 56, case, status="open", **cause, **about)
    ledger.entry(guise, "reply sent", 55.5, case, channel="email", **about)
    ledger.entry(guise, "problem fixed", 41, case, **cause, **about)
    ledger.entry(guise, "ticket solved", 40.9, case, **about)
    ledger.entry(guise, "solution accepted", 40, case, **about)
    ledger.entry(guise, "thanks", 39.9, case, channel="email", **about)


def _dorothea(ledger: Ledger, rng: Random, person: Person) -> None:
    """Content, and asked a question once; wants offers, until she does not."""
    guise = Guise.of(person)
    ledger.customer(guise, YES, known_for=210)
    ledger.account(replace(guise, phone=person.phone.key), since=200, numbered=True)
    ledger.contact(rng, guise, numbered=True)
    order = _in_time(ledger, rng, guise, 95, 50, 12)
    _answered(ledger, guise, 90, {"kind": "question", "topic": "product", "order_no": order})


def _rosenzweigers(ledger: Ledger, rng: Random, first: Person, second: Person) -> None:
    """A couple: one mailbox, one phone, one tablet; each an account, each a customer number."""
    tablet = "v-0c5a303239e5f7b9c3d4"
    for place, person in enumerate((first, second)):
        guise = Guise.of(person)
        ledger.customer(guise, _YES_BY_MAIL, known_for=500 - 20 * place)
        ledger.account(guise, since=450 - 20 * place, numbered=False)
        ledger.order(rng, guise, Course(40, 34, sent=38, delivered=36), guest=False)
        shared = guise.marked("shared_device")
        days = 30 - place
        nobody = shared.marked("anonymous_visit")
        kites: Row = {"path": "/toys/kites", "category": "toys"}
        ledger.visit(nobody, tablet, days, Hit("page", 0, kites), signed_in=False)
        mine = (Hit("sign-in", 0), Hit("page", 1, {"path": "/orders/list"}))
        ledger.visit(shared, tablet, days - 0.01, *mine, signed_in=True)


def _elizabeth(ledger: Ledger, rng: Random, person: Person) -> None:
    """In the CRM as herself; in the shop as Betty, where she lived before, by another mailbox."""
    guise = Guise.of(person)
    ledger.customer(guise, _YES_BY_MAIL, known_for=150)
    before = replace(guise, phone=person.phone.national)
    before = before.changed(rng, "nickname", "moved", "new_email", "swapped_date")
    ledger.account(before, since=640, numbered=False)
    ledger.order(rng, before, Course(600, 594, sent=598, delivered=596), guest=False)
    ledger.order(rng, guise, Course(30, 24, sent=28, delivered=26), guest=True)


def _in_time(ledger: Ledger, rng: Random, guise: Guise, *days: int) -> str:
    """Orders that came when they should; the number of the last."""
    order = ""
    for ago in days:
        kept = Course(ago, ago - 6, sent=ago - 2, delivered=ago - 4)
        order = ledger.order(rng, guise, kept, guest=False)
    return order


def _answered(ledger: Ledger, guise: Guise, days: float, about: dict[str, str]) -> None:
    """A question, its answer, and the customer's word that it helped."""
    case = ledger.case()
    about = {**about, "customer_no": guise.person.customer_no}
    ledger.entry(guise, "ticket opened", days, case, channel="email", **about)
    ledger.entry(guise, "answer sent", days - 0.1, case, channel="email", article=ARTICLE, **about)
    ledger.entry(guise, "ticket solved", days - 0.2, case, **about)
    ledger.entry(guise, "solution accepted", days - 1, case, **about)
