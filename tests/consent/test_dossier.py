"""Several asks about one person at one moment: what is shared changes no answer."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent.decision import (
    Ask,
    Decision,
    contact_allowed,
    contact_allowed_prepared,
    decide,
    decide_channels,
    decide_prepared,
    entitled,
    entitled_prepared,
    offers_permitted,
    offers_prepared,
    prepare,
)
from consent.policy import Policy
from consent.reading import CHANNELS
from consent.subject import Contact, Subject
from tests.consent.builders import NOW, POLICY, ask, days, fact, member, subject
from tests.consent.test_properties import PURPOSES, askings, asks, people, policies

UNKNOWN = "hobbies"


@st.composite
def reached(draw: st.DrawFn) -> Subject:
    """A person with up to three contact points."""
    person = draw(people())
    points = st.builds(
        Contact,
        ref=st.sampled_from(["ref-1", "ref-2", "ref-3"]),
        type=st.just("email"),
        channels=st.sampled_from([frozenset({"email"}), frozenset({"email", "sms", "phone"})]),
        verified=st.booleans(),
        suppressed=st.sampled_from([frozenset(), frozenset({"email"})]),
    )
    around = replace(
        person.circumstances,
        contacts=tuple(draw(st.lists(points, max_size=3))),
        utc_offsets=draw(st.sampled_from([(), (60,), (-300, 60)])),
    )
    return replace(person, circumstances=around)


def one_by_one(of: Policy, person: Subject, purpose: str, ask_: Ask) -> dict[str, Decision]:
    """By each channel, to the first contact point that may; else what is said of the first."""
    found = {}
    for channel in CHANNELS:
        refs: list[str | None] = [
            item.ref for item in person.circumstances.contacts if channel in item.channels
        ]
        asked = [
            Ask(purpose=purpose, now=ask_.now, channel=channel, contact=ref, action="contact")
            for ref in refs or [None]
        ]
        answers = [decide(of, person, each) for each in asked]
        found[channel] = next((answer for answer in answers if answer), answers[0])
    return found


@settings(deadline=None)
@given(policies, reached(), askings.flatmap(lambda now: st.lists(asks(st.just(now)), min_size=1)))
def test_what_was_asked_before_changes_no_answer(
    of: Policy, person: Subject, asked: list[Ask]
) -> None:
    dossier, now = prepare(of, person, asked[0].now), asked[0].now

    for each in asked:
        assert decide_prepared(dossier, each) == decide(of, person, each)
        assert offers_prepared(dossier, each) == offers_permitted(of, person, each)
        assert entitled_prepared(dossier, each.purpose) == entitled(of, person, each.purpose, now)
        for contact in person.circumstances.contacts:
            for channel in contact.channels:
                answer = contact_allowed_prepared(dossier, each.purpose, contact, channel)
                plain = contact_allowed(of, person, each.purpose, contact, channel, now)
                assert answer == plain


@settings(deadline=None)
@given(policies, reached(), asks(), st.sampled_from([*PURPOSES, UNKNOWN]))
def test_channels_are_answered_as_if_each_were_asked_about(
    of: Policy, person: Subject, asked: Ask, purpose: str
) -> None:
    dossier = prepare(of, person, asked.now)

    assert decide_channels(dossier, purpose, CHANNELS) == one_by_one(of, person, purpose, asked)


def test_a_dossier_answers_only_for_its_moment() -> None:
    dossier = prepare(POLICY, subject(member(fact())), NOW)

    with pytest.raises(ValueError, match="prepare another one"):
        decide_prepared(dossier, ask(now=NOW + days(1)))


def test_offers_to_nobody_are_refused_without_a_dossier() -> None:
    assert offers_permitted(POLICY, None, ask()).reason == "NO_PROFILE"
    assert decide(POLICY, None, ask()).reason == "NO_PROFILE"
