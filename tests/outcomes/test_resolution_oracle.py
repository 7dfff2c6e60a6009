"""Issues are found by listening only where it matters; here everybody is heard, one by one."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cdp.clock import text
from cdp.outcomes import resolution
from cdp.outcomes.resolution import Standing, issues
from cdp.outcomes.trail import Contact, Trail, read_trail
from tests.outcomes.builders import NOW

_CASE = ("opened", "opened", "answered", "closed", "closed", "confirmed", "reopened")
_CONTACT = ("contact.received", "message.received", "complaint.received", "contact.made")
_ABOUT = st.fixed_dictionaries(
    {},
    optional={
        "topic": st.sampled_from(["t0", "t1"]),
        "about": st.sampled_from(["O-0", "O-1"]),
        "case": st.sampled_from(["C-0", "C-1", "C-2", "C-9"]),
    },
)
# Within two days or two months: what is near and what is at the same moment both come up.
_HOURS = st.one_of(st.integers(0, 48), st.integers(0, 24 * 60))


@st.composite
def marks(draw: st.DrawFn) -> dict[str, Any]:
    at = text(NOW - timedelta(hours=draw(_HOURS)))
    mark = {"id": f"e{draw(st.integers(0, 40))}", "rec": "r", "source": "s", "at": at}
    kind = draw(st.sampled_from(["case", "case", "contact", "refund"]))
    if kind == "contact":
        return mark | {"type": draw(st.sampled_from(_CONTACT))} | draw(_ABOUT)
    if kind == "refund":
        return mark | {"type": "refund.issued", "object": draw(st.sampled_from(["O-0", "O-1"]))}
    act, about = draw(st.sampled_from(_CASE)), draw(_ABOUT)
    about.pop("case", None)
    case = draw(st.sampled_from(["C-0", "C-1", "C-2"]))
    return mark | {"type": f"case.{act}", "object": case} | (about if act == "opened" else {})


def concerns(contact: Contact, topic: str, about: str, case: str) -> bool:
    return bool(
        (topic and topic == contact.topic)
        or (about and about == contact.about)
        or (case and case == contact.case)
    )


_OWN = {
    "case.answered": "answer",
    "case.closed": "close",
    "case.confirmed": "confirm",
    "case.reopened": "reopen",
}


def steps_of_a_case(case: str, trail: Trail) -> list[tuple[str, Any]]:
    about = trail.about_case(case)
    touches = [
        ("continue" if one.mark.type == "case.opened" else "repeat", one.mark)
        for one in trail.contacts
        if concerns(one, *about, case) and one.mark.object != case
    ]
    refunds = [mark for mark in trail.orders.get(about[1], ()) if mark.type == "refund.issued"]
    return [
        *((_OWN[mark.type], mark) for mark in trail.cases[case] if mark.type in _OWN),
        *touches,
        *(("reply", one.mark) for one in trail.made if concerns(one, *about, case)),
        *(("refund", mark) for mark in refunds),
    ]


def steps_of_a_complaint(complaint: Contact, trail: Trail) -> Iterator[tuple[str, Any]]:
    for action, others in (("repeat", trail.contacts), ("reply", trail.made)):
        for one in others:
            near = concerns(one, complaint.topic, complaint.about, "")
            if near and one.mark.at > complaint.mark.at:
                yield action, one.mark


def walked(standing: Standing, steps: Iterable[tuple[str, Any]]) -> Standing:
    for action, mark in sorted(steps, key=lambda step: (step[1].at, step[1].id)):
        standing = resolution._silent(standing, mark.at)
        standing = resolution._next(standing, resolution._Step(action, mark))
    return resolution._silent(standing, NOW)


@given(st.lists(marks(), max_size=25))
def test_nothing_that_was_not_listened_to_would_have_changed_an_issue(
    told: list[dict[str, Any]],
) -> None:
    trail = read_trail({"marks": told})

    for issue in issues(trail, NOW):
        kind, name = issue.subject
        if kind == "case":
            begun = [mark for mark in trail.cases[name] if mark.type == "case.opened"]
            opened = (begun or trail.cases[name])[0]
            standing = Standing("open", opened.at, opened, ticket=True)
            assert issue.standing == walked(standing, steps_of_a_case(name, trail))
        elif kind == "complaint":
            said = [
                one
                for one in trail.contacts
                if one.mark.type == "complaint.received"
                and (one.mark.id, one.mark.at, one.topic) == (name, issue.opened_at, issue.topic)
            ]
            standing = Standing("open", said[0].mark.at, said[0].mark, ticket=False)
            expected = [walked(standing, steps_of_a_complaint(one, trail)) for one in said]
            assert issue.standing in expected


@given(st.lists(marks(), max_size=25))
def test_a_complaint_is_an_issue_of_its_own_where_no_case_is_near(
    told: list[dict[str, Any]],
) -> None:
    trail = read_trail({"marks": told})
    found = {issue.subject[1] for issue in issues(trail, NOW) if issue.subject[0] == "complaint"}

    taken_up = [
        one
        for one in trail.contacts
        if one.case in trail.cases
        or any(
            concerns(one, *trail.about_case(case), "")
            and abs(own[0].at - one.mark.at) <= timedelta(days=7)
            for case, own in trail.cases.items()
        )
    ]
    complaints = [one for one in trail.contacts if one.mark.type == "complaint.received"]
    assert found == {one.mark.id for one in complaints if one not in taken_up}


def test_a_thousand_cases_about_one_thing_are_not_each_told_of_every_contact() -> None:
    told: list[dict[str, Any]] = []
    for number in range(1000):
        at = text(NOW - timedelta(days=400) + timedelta(hours=9 * number))
        same = {"rec": "r", "source": "s", "at": at, "topic": "t0"}
        told.append(same | {"id": f"o{number}", "type": "case.opened", "object": f"C-{number}"})
        told.append(same | {"id": f"w{number}", "type": "contact.received"})
        later = text(NOW - timedelta(days=398) + timedelta(hours=9 * number))
        closing = {"id": f"x{number}", "type": "case.closed", "object": f"C-{number}", "at": later}
        told.append(same | closing)
    trail = read_trail({"marks": told})
    looked_at = 0

    class Counting(list[Contact]):
        def __getitem__(self, place: Any) -> Any:
            nonlocal looked_at
            looked_at += 1
            return super().__getitem__(place)

    trail.touching._contacts = Counting(trail.contacts)
    issues(trail, NOW)

    assert looked_at < 20 * len(trail.contacts)
