"""The door: who is shown what, under which id, and what the log says of it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from cdp import clock, door, work
from cdp.errors import NotFound, ProfileSplit, Refused, TryAgain
from cdp.flows.disclose import Caller
from cdp.flows.put_policy import put_policy
from cdp.ids import new_id
from cdp.store import configuration, jobs, links
from cdp.store.rows import main, views
from tests.flows.seeding import PEOPLE, STAFF, Seeded
from tests.flows.speech import ask, disclosed, profiles_in, say
from tests.flows.streams import add_stream, land_rows, resolve_all

MARKETING = Caller(None, "campaigns", frozenset({"offers"}))


def test_every_answer_is_logged_refusals_too(seeded: Seeded) -> None:
    platform = seeded.platform
    before = len(disclosed(platform))

    door.profile(platform, STAFF, seeded.profiles["ada"], "offers")
    door.profile(platform, STAFF, seeded.profiles["ben"], "offers")
    ask(platform, seeded.profiles["ben"])

    assert disclosed(platform)[before:] == [
        ("profile", True, ["offers"]),
        ("profile", False, []),
        ("decide", False, []),
    ]


def test_a_caller_outside_service_sees_two_reasons_only(seeded: Seeded) -> None:
    platform = seeded.platform

    refused = door.profile(platform, MARKETING, seeded.profiles["ben"], "offers")

    assert refused.decision == {"permitted": False, "reason": "no_permission"}
    document = door.context(platform, MARKETING, seeded.profiles["ada"], "offers")
    assert PEOPLE["ada"].ordered not in str(document)
    assert "case" not in str(document)


def test_a_purpose_the_caller_is_not_bound_to_is_refused(seeded: Seeded) -> None:
    with pytest.raises(Refused) as refused:
        door.profile(seeded.platform, MARKETING, seeded.profiles["ada"], "service")

    assert refused.value.reason == "purpose_not_bound"


def test_identifiers_lead_to_a_profile_only_while_its_view_exists(seeded: Seeded) -> None:
    platform, ada = seeded.platform, seeded.profiles["ada"]
    wanted = [door.Identifier("email", PEOPLE["ada"].email.upper())]
    assert door.resolve(platform, STAFF, "offers", wanted) == [ada]
    unknown = [door.Identifier("email", "no.such.person@example.org")]
    assert door.resolve(platform, STAFF, "offers", unknown) == []

    say(platform, ada, "withdrawn", channels=["*"])
    work.refresh_all(platform)

    assert door.resolve(platform, STAFF, "offers", wanted) == []
    assert door.resolve(platform, STAFF, "service", wanted) == [ada]


def test_a_tighter_policy_is_in_force_at_once(seeded: Seeded) -> None:
    platform, ada = seeded.platform, seeded.profiles["ada"]
    with platform.read() as tx:
        policy, _ = platform.policy(tx)
    document = {**policy.document, "lia": {}}

    with platform.write() as tx:
        assert put_policy(tx, document, clock.now()).changed
    with pytest.raises(TryAgain):
        door.profile(platform, STAFF, ada, "service")
    work.rebuild(platform)
    work.refresh_all(platform)

    assert door.profile(platform, STAFF, ada, "service").data is not None
    insight = door.profile(platform, STAFF, ada, "service_insight")
    assert insight.decision["reason"] == "LIA_MISSING"


def test_a_view_is_looked_at_again_when_its_time_has_come(seeded: Seeded) -> None:
    platform = seeded.platform
    with platform.read() as tx:
        due = select(views.sealed_view.c.recheck_at).where(
            views.sealed_view.c.workspace_id == tx.workspace
        )
        moments = tx.views.execute(due).scalars().all()

    now = clock.now()
    assert moments
    assert all(now < moment + timedelta(hours=1) for moment in moments)
    assert all(moment <= now + timedelta(hours=24) for moment in moments)
    work.sweep(platform)
    with platform.read() as tx:
        assert jobs.waiting(tx.main, tx.workspace, jobs.REFRESH) == 0


def test_a_profile_that_is_not_there_is_not_found(seeded: Seeded) -> None:
    for question in (
        lambda: door.profile(seeded.platform, STAFF, new_id(), "service"),
        lambda: door.consent_states(seeded.platform, STAFF, new_id()),
        lambda: say(seeded.platform, new_id(), "withdrawn"),
    ):
        with pytest.raises(NotFound):
            question()


def test_a_former_id_answers_with_the_current_one_or_says_that_it_was_split(
    seeded: Seeded,
) -> None:
    platform = seeded.platform
    crm, shop = add_stream(platform, "crm3"), add_stream(platform, "shop3")
    land_rows(platform, crm, {"1": {"no": "K-31"}})
    land_rows(platform, shop, {"1": {"email": "finn@example.org"}})
    resolve_all(platform)
    ids = {
        name: profiles_in(platform, stream)[0] for name, stream in (("crm", crm), ("shop", shop))
    }
    land_rows(platform, crm, {"1": {"no": "K-31", "email": "finn@example.org"}})
    resolve_all(platform)
    work.refresh_all(platform)
    retired = max(ids.values())

    answer = door.profile(platform, STAFF, retired, "service")
    assert answer.profile_id == retired
    assert answer.canonical_id == min(ids.values())

    with platform.write() as tx:
        at, seq = clock.now(), configuration.head(tx.main, tx.workspace)[0] + 1
        links.change(tx.main, changed=[], merged=[], retired=[answer.canonical_id], seq=seq, at=at)
        two = sorted([new_id(), new_id()])
        links.create(tx.main, tx.workspace, two, seq, at)
        descents = [links.Descent(answer.canonical_id, after, "split") for after in two]
        links.record_descent(tx.main, tx.workspace, descents, seq, at)
    with pytest.raises(ProfileSplit) as split:
        door.profile(platform, STAFF, retired, "service")
    assert split.value.current == [str(after) for after in two]


def test_what_a_person_said_is_shown_record_by_record_and_logged(seeded: Seeded) -> None:
    states = door.consent_states(seeded.platform, STAFF, seeded.profiles["ben"])

    types = {fact["type"] for record in states["records"] for fact in record["facts"]}
    assert types == {"refused"}
    assert PEOPLE["ben"].email not in str(states)
    assert disclosed(seeded.platform)[-1] == ("consents", True, ["dsr"])


def test_refusals_are_logged_without_what_was_typed(seeded: Seeded) -> None:
    platform = seeded.platform
    before = len(disclosed(platform))

    with pytest.raises(NotFound):
        door.profile(platform, STAFF, new_id(), "service")
    with pytest.raises(Refused):
        door.profile(platform, MARKETING, seeded.profiles["ada"], "ada@example.org")

    assert disclosed(platform)[before:] == [("profile", False, []), ("profile", False, [])]
    with platform.read() as tx:
        purposes = set(tx.main.execute(select(main.disclosure.c.purpose)).scalars())
    assert "not_bound" in purposes
    assert "ada@example.org" not in purposes


def test_somebody_who_is_being_rebuilt_is_not_nobody(seeded: Seeded) -> None:
    platform = seeded.platform
    with platform.read() as tx:
        policy, _ = platform.policy(tx)
    with platform.write() as tx:
        put_policy(tx, {**policy.document, "lia": {}}, clock.now())
    wanted = [door.Identifier("email", PEOPLE["ada"].email)]

    with pytest.raises(TryAgain):
        door.resolve(platform, STAFF, "service", wanted)
    work.refresh_all(platform)

    assert door.resolve(platform, STAFF, "service", wanted) == [seeded.profiles["ada"]]


def test_a_caller_outside_service_cannot_count_who_was_in_touch_how_often(seeded: Seeded) -> None:
    answer = door.profile(seeded.platform, MARKETING, seeded.profiles["ada"], "offers")

    assert answer.data is not None
    assert answer.decision["usable"] == answer.decision["decisive"] == []
    text = str(answer.data)
    assert "shop" not in text
    assert "rec" not in {name for entry in answer.data["facts"] for name in entry}
    assert len({str(entry) for entry in answer.data["facts"]}) == len(answer.data["facts"])
