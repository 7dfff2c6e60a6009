"""People who share: households with one mailbox, phone and tablet; firms with one switchboard.

What they share belongs to all of them and proves nothing about any of them. A firm is somebody of
its own: neither its owner nor one of those who work there.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random

from examples.ledger import Ledger
from examples.names import COMPANIES
from examples.people import Name, Past, Person, Phone, address, invent
from examples.spellings import Guise
from examples.stories import (
    answers,
    course,
    device,
    spelled,
    tell_account,
    tell_customer,
    tell_guest,
    tell_order,
    tell_stranger,
    tell_visits,
)

HOUSEHOLD, COMPANY, STRANGER = "household", "company", "stranger"

_HOUSEHOLDS, _COMPANIES, _STRANGERS, _GUESTS = 0.1, 0.01, 0.08, 0.15
_TABLETS = 0.5
_MOST = 4
"""People of one household or firm."""
_FIRST_FIRM = 3
"""The place after the first household's."""


@dataclass(frozen=True, slots=True)
class Group:
    """People who belong together, how many places of the world they take, and their story."""

    people: tuple[Person, ...]
    places: int
    tell: Callable[[Ledger, Random], None] = field(repr=False)

    @property
    def counted(self) -> int:
        """How many of them are people that were asked for: not firms, not strangers."""
        return sum(not one.key.startswith((COMPANY, STRANGER)) for one in self.people)


def gathered(seed: int, place: int, left: int) -> Group:
    """Who begins at this place, of whom `left` people at most are still wanted.

    The first places are a household's and the next a firm's, so that there is one of each.
    """
    rng = Random(f"{seed}/{place}")
    draw = rng.random()
    if left > 2 and place != _FIRST_FIRM and (place == 0 or draw < _HOUSEHOLDS):
        size = 3 if place == 0 else min(left, rng.randint(2, _MOST))
        return _household(rng, place, size)
    if left > 2 and (place == _FIRST_FIRM or draw < _HOUSEHOLDS + _COMPANIES):
        size = 3 if place == _FIRST_FIRM else min(left, rng.randint(2, _MOST))
        return _firm(rng, place, size)
    person = invent(rng, place)
    if draw > 1 - _STRANGERS:
        return _with_a_stranger(person, place)
    if draw > 1 - _STRANGERS - _GUESTS:
        guest = replace(person, customer_no="")
        return Group((guest,), 1, lambda ledger, rng: tell_guest(ledger, rng, guest))
    return Group((person,), 1, lambda ledger, rng: tell_customer(ledger, rng, person))


def tell_household(ledger: Ledger, rng: Random, first: Person, second: Person) -> None:
    """Two of one mailbox: both in the CRM and the shop, mostly on one tablet."""
    tablet = device(rng) if rng.random() < _TABLETS else ""
    for person in (first, second):
        ledger.customer(Guise.of(person), answers(rng), known_for=rng.randint(30, 700))
        tell_account(ledger, rng, person, 200)
        ledger.order(rng, spelled(rng, person), course(rng), guest=False)
        if tablet:
            tell_visits(ledger, rng, person, tablet, shared=True)


def _household(rng: Random, place: int, size: int) -> Group:
    """One address, one phone, mostly one surname, and one mailbox for some of them."""
    people = [invent(rng, place + n) for n in range(size)]
    head = people[0]
    mailbox = address(Name("Familie", head.name.surname), "example.org", place)
    own = rng.random() < 0.5
    family = []
    for number, person in enumerate(people):
        surname = person.name.surname if number and rng.random() < 0.15 else head.name.surname
        family.append(
            replace(
                person,
                name=Name(person.name.given, surname),
                email=person.email if own and number else mailbox,
                phone=head.phone,
                home=head.home,
                past=replace(person.past, home=head.past.home),
                group=f"{HOUSEHOLD}_{place:06}",
            )
        )
    if size > 2 and rng.random() < 0.3:
        family[2] = replace(family[2], born=family[1].born)  # twins

    def tell(ledger: Ledger, rng: Random) -> None:
        tell_household(ledger, rng, family[0], family[1])
        for person in family[2:]:
            if rng.random() < 0.5:
                tell_customer(ledger, rng, person)
            else:
                tell_order(ledger, rng, person, guest=True)

    return Group(tuple(family), size, tell)


def _firm(rng: Random, place: int, size: int) -> Group:
    """A firm as silos see one: a name, a mailbox, a switchboard; and those who work there."""
    key = f"{COMPANY}_{place:06}"
    like = invent(rng, place)
    firm = replace(
        like,
        key=key,
        name=Name("", rng.choice(COMPANIES)),
        email=f"office{place}@{like.email.partition('@')[2]}",
        customer_no="",
        past=Past(),
        group=key,
    )
    staff = tuple(replace(invent(rng, place + n), group=key) for n in range(1, size + 1))

    def tell(ledger: Ledger, rng: Random) -> None:
        office = replace(Guise.of(firm), born=None).marked("company_contact")
        lead = replace(office, name=Name("", ""))
        ledger.lead(lead, known_for=300, company=firm.name.surname)
        ledger.order(rng, office, course(rng), guest=True)
        for person in staff:
            tell_customer(ledger, rng, person)
            at_work = replace(Guise.of(person), phone=office.phone, home=office.home)
            ledger.order(rng, at_work.marked("company_contact"), course(rng), guest=True)

    return Group((firm, *staff), size + 1, tell)


def _with_a_stranger(person: Person, place: int) -> Group:
    """Somebody ordinary, and a visitor of the same days who stays unknown."""
    key = f"{STRANGER}_{place:06}"
    stranger = replace(person, key=key, email="", phone=Phone(), customer_no="", past=Past())

    def tell(ledger: Ledger, rng: Random) -> None:
        tell_customer(ledger, rng, person)
        tell_stranger(ledger, rng, stranger)

    return Group((person, stranger), 1, tell)
