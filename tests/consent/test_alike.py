"""One decision for everybody who is alike is the decision about each of them."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent.decision import Alike, contact_allowed, entitled
from consent.policy import Policy
from consent.reading import CHANNELS
from consent.subject import LIFECYCLES, LINKS, Contact, Member, Subject
from tests.consent.builders import NOW, POLICY, around, fact, member, subject
from tests.consent.test_dossier import reached
from tests.consent.test_properties import PURPOSES, askings, policies

# Grown up for long, about the limits, on a birthday, a leapling, unreadable, in the future.
BIRTHS = [
    None,
    "1960-01-01",
    "1984-05-17",
    *((date(NOW.year - age, NOW.month, NOW.day) + timedelta(days=day)).isoformat()
      for age in (13, 14, 16, 18) for day in (-1, 0, 1, 40)),
    "2008-02-29",
    "nonsense",
    "2031-01-01",
]  # fmt: skip


@st.composite
def silent(draw: st.DrawFn) -> Subject:
    """Somebody of whom nothing was ever said."""
    number = draw(st.integers(0, 10**6))
    members = draw(
        st.lists(st.tuples(st.sampled_from(LINKS), st.sampled_from(["customer", None])), max_size=3)
    )
    return Subject(
        profile_id=f"p{number}",
        lifecycle=draw(st.sampled_from([*["active"] * 4, *LIFECYCLES])),
        circumstances=around(
            *draw(st.sets(st.sampled_from(["EU", "UK", "US", "US-CA", "CA"]), max_size=2)),
            birth_date=draw(st.sampled_from(BIRTHS)),
            contacts=(Contact(f"ref-{number}", "email", frozenset(CHANNELS)),),
        ),
        members=tuple(
            Member(f"r{number * 7919 % 101}-{place}", link, relation)
            for place, (link, relation) in enumerate(members)
        ),
    )


@given(policies, st.lists(silent() | reached(), min_size=2, max_size=6), askings | st.just(NOW))
@settings(deadline=None)
def test_who_is_asked_about_among_many_gets_the_answer_of_being_asked_about_alone(
    of: Policy, many: list[Subject], now: datetime
) -> None:
    alike = Alike(of, now)

    for person in many:
        answers = alike.about(person)
        for purpose in (*PURPOSES, "service", "hobbies"):
            alone = entitled(of, person, purpose, now)
            assert answers.entitled(purpose) == alone == answers.entitled(purpose)
            for contact in person.circumstances.contacts:
                for channel in ("email", "sms"):
                    told = contact_allowed(of, person, purpose, contact, channel, now)
                    assert answers.contact_allowed(purpose, contact, channel) is bool(told)


@pytest.mark.parametrize(
    ("first", "second", "together"),
    [
        ({}, {}, True),
        ({"birth_date": "1960-01-01"}, {"birth_date": "1984-05-17"}, True),
        ({"birth_date": "1960-01-01"}, {}, False),
        ({"birth_date": "2012-05-17"}, {"birth_date": "2012-05-18"}, False),
        ({"regimes": ("UK",)}, {}, False),
        ({"lifecycle": "restricted"}, {}, False),
    ],
)
def test_people_are_alike_as_far_as_it_counts(
    first: dict[str, Any], second: dict[str, Any], *, together: bool
) -> None:
    alike = Alike(POLICY, NOW)
    one, other = (
        subject(replace(member(), record_id=name), **changes)
        for name, changes in (("a", first), ("b", second))
    )

    for person in (one, other):
        alike.about(person).entitled("service")

    assert (len(alike._shapes) == 1) is together
    assert alike.about(other).entitled("service") == entitled(POLICY, other, "service", NOW)


def test_a_word_of_one_person_is_nobody_elses() -> None:
    alike, said = Alike(POLICY, NOW), subject(member(fact("given")))

    told = alike.about(said).entitled("offers")

    assert told
    assert not alike.about(replace(said, members=(member(),))).entitled("offers")
