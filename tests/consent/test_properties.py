"""What holds for any history: properties (a) to (d) of the decision, and of condensing."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from consent.decision import Ask, condense, decide, entitled
from consent.events import NOES, RESTRICTIONS, TYPES, ConsentFact
from consent.subject import Member, SoftOptIn, Subject
from tests.consent.builders import NOW, around, days, on, policy

START = on("01-01")
POLICIES = [
    policy(
        notices={
            "n1": {},
            "n0": {"superseded_materially_at": "2026-01-08T00:00:00Z", "material_for": ["offers"]},
        },
        lia={"security": "L1", "offers": "L2", "service_insight": "L3"},
        compelling=compelling,
        doi_channels=doi,
        soft_optin=soft,
        minors_with_guardian=True,
        max_age_days=age,
    )
    for compelling, doi, soft, age in [
        ({}, [], False, 730),
        ({"service_insight": "G1"}, ["email"], True, 8),
    ]
]
# Most of a history is about the same thing, so that facts meet; the rest is the odd one out.
OFTEN: Any = [("offers",)] * 5
PURPOSES = ["offers", "newsletter", "marketing", "partner_share", "security", "service_insight"]
moments = st.integers(0, 30).map(lambda steps: START + timedelta(hours=12 * steps))
askings = st.integers(10, 40).map(lambda steps: START + timedelta(hours=12 * steps))
scopes = st.sampled_from([("*",), ("*",), ("*",), ("email",), ("email", "sms")])


@st.composite
def facts(draw: st.DrawFn, types: frozenset[str] = TYPES) -> ConsentFact:
    received = draw(moments)
    return ConsentFact(
        id=f"e{draw(st.integers(0, 10**6))}",
        type=draw(st.sampled_from(sorted(types))),
        purposes=draw(st.sampled_from([*OFTEN, ("*",), *((key,) for key in PURPOSES)])),
        at=draw(st.one_of(st.just(received), moments)),
        received=received,
        channels=draw(scopes),
        contact=draw(st.sampled_from(["*", "*", "*", "ref-1"])),
        brand=draw(st.sampled_from(["*", "*", "*", "B"])),
        rank=draw(st.sampled_from([0, 1, 2, 3, 4, 4, 5, 5, 5])),
        notice=draw(st.sampled_from(["n1", "n1", "n1", "n0", None])),
        evidence=draw(st.booleans()),
        ctype=draw(st.sampled_from(["expressed", "expressed", "implied"])),
        flags=frozenset(draw(st.sets(st.sampled_from(["guardian", "gpc_ack", "prompted"])))),
        until=draw(st.one_of(st.none(), st.none(), moments)),
        pending_at=draw(st.one_of(st.none(), st.none(), moments)),
    )


def members(least: int = 1, most: int = 3) -> st.SearchStrategy[tuple[Member, ...]]:
    one = st.builds(
        Member,
        record_id=st.just("r"),
        link=st.sampled_from(["verified", "verified", "probabilistic", "household"]),
        relation=st.sampled_from(["customer", "prospect"]),
        facts=st.lists(facts(), max_size=5).map(tuple),
    )
    return st.lists(one, min_size=least, max_size=most).map(
        lambda found: tuple(replace(item, record_id=f"r{n}") for n, item in enumerate(found))
    )


regimes = st.sampled_from(
    [frozenset(names) for names in (["EU"], ["US-CA"], ["CA"], ["UK"], ["UK", "CA"], [])]
)


@st.composite
def people(draw: st.DrawFn) -> Subject:
    sale = SoftOptIn(START, similar=True, optout_offered=True)
    return Subject(
        profile_id="p",
        merged_at=draw(st.one_of(st.none(), moments)),
        circumstances=replace(
            around(),
            regimes=draw(regimes),
            birth_date=draw(st.sampled_from([None, None, None, "2013-01-09", "2010-01-12"])),
            soft_optin=draw(st.sampled_from([None, sale])),
        ),
        members=draw(members()),
    )


@st.composite
def asks(draw: st.DrawFn, now: st.SearchStrategy[datetime] = askings) -> Ask:
    return Ask(
        purpose=draw(st.sampled_from(["offers"] * 4 + PURPOSES)),
        now=draw(now),
        channel=draw(st.sampled_from([None, "email", "email", "sms", "post"])),
        contact=draw(st.sampled_from([None, "ref-1"])),
        brand=draw(st.sampled_from([None, "B", "C"])),
    )


policies = st.sampled_from(POLICIES)
few = settings(deadline=None)


def with_fact(subject: Subject, place: int, fact: ConsentFact) -> Subject:
    found = list(subject.members)
    place %= len(found)
    found[place] = replace(found[place], facts=(*found[place].facts, fact))
    return replace(subject, members=tuple(found))


@settings(deadline=None)
@given(policies, people(), asks(), st.integers(0, 2), facts(RESTRICTIONS))
def test_a_a_restriction_never_turns_a_refusal_into_a_permission(
    of: Any, subject: Subject, asked: Ask, place: int, no: ConsentFact
) -> None:
    before = decide(of, subject, asked)
    after = decide(of, with_fact(subject, place, no), asked)

    assert before or not after
    assert set(after.usable) <= set(before.usable)


@few
@given(policies, people(), asks())
def test_b_merging_never_permits_what_no_member_permitted(
    of: Any, subject: Subject, asked: Ask
) -> None:
    alone = [decide(of, replace(subject, members=(item,)), asked) for item in subject.members]

    assert any(alone) or not decide(of, subject, asked)


@few
@given(policies, people(), people(), asks())
def test_c_a_split_after_a_merge_decides_as_before(
    of: Any, subject: Subject, other: Subject, asked: Ask
) -> None:
    merged = replace(subject, members=subject.members + other.members, merged_at=NOW)
    split = replace(
        merged, members=merged.members[: len(subject.members)], merged_at=subject.merged_at
    )

    assert decide(of, split, asked) == decide(of, subject, asked)


@few
@given(policies, people(), asks(), st.integers(0, 2), facts())
def test_d_what_is_received_later_changes_no_decision_of_now(
    of: Any, subject: Subject, asked: Ask, place: int, fact: ConsentFact
) -> None:
    later = replace(fact, received=asked.now + days(1))
    before = decide(of, subject, asked)
    after = decide(of, with_fact(subject, place, later), asked)

    assert replace(after, valid_until=None) == replace(before, valid_until=None)


@few
@given(policies, people(), asks())
def test_the_order_in_which_facts_and_records_are_handed_in_does_not_matter(
    of: Any, subject: Subject, asked: Ask
) -> None:
    turned = tuple(
        replace(item, facts=tuple(reversed(item.facts))) for item in reversed(subject.members)
    )
    before, after = (decide(of, who, asked) for who in (subject, replace(subject, members=turned)))

    assert (before.permitted, before.reason) == (after.permitted, after.reason)
    assert before.usable == after.usable


@few
@given(policies, people(), asks())
def test_who_is_permitted_on_any_channel_is_entitled_to_a_view(
    of: Any, subject: Subject, asked: Ask
) -> None:
    found, view = decide(of, subject, asked), entitled(of, subject, asked.purpose, asked.now)

    assert set(found.usable) <= set(view.usable)
    assert view or not found


@few
@given(policies, people(), st.sampled_from(PURPOSES), st.integers(0, 40))
def test_until_a_view_ends_time_alone_does_not_change_the_answer(
    of: Any, subject: Subject, purpose: str, steps: int
) -> None:
    now = START + timedelta(hours=12 * 20)
    later = now + timedelta(hours=12 * steps)
    first = entitled(of, subject, purpose, now)

    if first.valid_until is None or later < first.valid_until:
        second = entitled(of, subject, purpose, later)
        assert (second.permitted, second.usable) == (first.permitted, first.usable)


def narrow_world(no: str) -> st.SearchStrategy[list[ConsentFact]]:
    return st.lists(facts(frozenset({no, "given", "renewed", "pending", "confirmed"})), max_size=8)


@settings(deadline=None)
@given(
    policies,
    st.sampled_from(sorted(NOES)).flatmap(narrow_world),
    people(),
    st.lists(facts(), max_size=3),
    asks(st.integers(40, 80).map(lambda steps: START + timedelta(hours=12 * steps))),
)
def test_condensing_changes_no_later_decision_whatever_arrives(
    of: Any, known: list[ConsentFact], subject: Subject, arriving: list[ConsentFact], asked: Ask
) -> None:
    def told(found: tuple[ConsentFact, ...]) -> Subject:
        first = replace(subject.members[0], facts=(*found, *arriving))
        return replace(subject, members=(first, *subject.members[1:]))

    kept = condense(known)

    assert decide(of, told(kept), asked) == decide(of, told(tuple(known)), asked)
    assert condense(kept) == kept


def no(at: str, **changes: Any) -> ConsentFact:
    moment = on(at)
    fields: dict[str, Any] = {
        "id": at,
        "type": "withdrawn",
        "purposes": ("offers",),
        "at": moment,
        "received": moment,
    }
    return ConsentFact(**(fields | changes))


def test_a_no_is_dropped_for_a_later_one_that_is_as_wide() -> None:
    first, second = no("01-01", channels=("email",)), no("02-01")

    assert condense([first, second, second]) == (second,)
    assert condense([second, first]) == (second,)
    assert len(condense([first, replace(second, channels=("sms",))])) == 2
    assert len(condense([first, replace(second, type="refused")])) == 2
    assert len(condense([first, replace(second, contact="c")])) == 2
    assert len(condense([first, replace(second, brand="b")])) == 2
    assert len(condense([first, replace(second, purposes=("*",))])) == 2
    assert len(condense([first, replace(first, type="given", id="y")])) == 2
