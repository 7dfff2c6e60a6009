"""Consent through the door: who is bound, what a no does, and what the ledger keeps."""

from typing import Any

import orjson
import pytest
from sqlalchemy import select

from cdp import door, hearing, work
from cdp.canonical import canonical
from cdp.errors import Refused, TryAgain
from cdp.ids import new_id
from cdp.store import consents, keys, links, records, sources
from cdp.store.rows import custody, main, views
from cdp.vault.custodian import Custodian
from consent.ledger import leaf_hash
from tests.flows.seeding import STAFF, Seeded
from tests.flows.speech import ask, profiles_in, say
from tests.flows.streams import add_stream, land_rows, record_ids, resolve_all


def test_nobody_asked_means_no(seeded: Seeded) -> None:
    answer = ask(seeded.platform, seeded.profiles["cyra"])

    assert answer["permitted"] is False
    assert answer["reason"] == "NO_RECORD"


def test_a_yes_permits_where_it_was_said_and_nowhere_else(seeded: Seeded) -> None:
    platform, cyra = seeded.platform, seeded.profiles["cyra"]
    say(platform, cyra, "given", source="subject_auth")
    work.refresh_all(platform)

    assert ask(platform, cyra)["permitted"] is True
    assert ask(platform, cyra, "sms")["reason"] == "NO_RECORD"


def test_a_no_holds_before_anything_is_rebuilt(seeded: Seeded) -> None:
    platform, ada = seeded.platform, seeded.profiles["ada"]
    assert door.profile(platform, STAFF, ada, "offers").data is not None

    report, applied = say(platform, ada, "withdrawn", channels=["*"])

    assert report.restriction
    assert applied
    answer = door.profile(platform, STAFF, ada, "offers")
    assert answer.data is None
    assert answer.decision["reason"] == "WITHDRAWN"


def test_the_view_and_its_key_are_gone_at_the_acknowledgement(seeded: Seeded) -> None:
    platform, ada = seeded.platform, seeded.profiles["ada"]

    say(platform, ada, "withdrawn", channels=["*"])

    with platform.read() as tx:
        left = tx.views.execute(
            select(views.sealed_view).where(views.sealed_view.c.profile_id == ada)
        ).all()
        slots = tx.views.execute(select(views.slot.c.wrapped).where(views.slot.c.profile_id == ada))
        assert left == []
        assert {bytes(wrapped).strip(b"\0") for wrapped in slots.scalars()} == {b""}


def test_after_the_rebuild_service_is_back_and_offers_are_not(seeded: Seeded) -> None:
    platform, ada = seeded.platform, seeded.profiles["ada"]
    say(platform, ada, "withdrawn", channels=["*"])
    with pytest.raises(TryAgain):
        door.profile(platform, STAFF, ada, "service")

    work.refresh_all(platform)

    assert door.profile(platform, STAFF, ada, "service").data is not None
    assert door.profile(platform, STAFF, ada, "offers").data is None
    context = door.context(platform, STAFF, ada, "service", channel="chat")
    assert context["offers"] == {"permitted": False, "reason": "WITHDRAWN"}


def test_staff_cannot_undo_the_no_of_the_person(seeded: Seeded) -> None:
    platform, ada = seeded.platform, seeded.profiles["ada"]
    say(platform, ada, "withdrawn", source="subject_auth", channels=["*"])

    say(platform, ada, "given", source="staff")
    assert ask(platform, ada)["reason"] == "WITHDRAWN"

    say(platform, ada, "given", source="subject_auth")
    work.refresh_all(platform)
    assert ask(platform, ada)["permitted"] is True


def test_a_retry_with_the_same_id_changes_nothing(seeded: Seeded) -> None:
    platform, ada, event = seeded.platform, seeded.profiles["ada"], new_id()
    first, _ = say(platform, ada, "withdrawn", event_id=event)

    second, applied = say(platform, ada, "withdrawn", event_id=event)

    assert second.repeated
    assert second.seq == first.seq
    assert applied


@pytest.mark.parametrize(
    ("kind", "fields", "reason"),
    [
        ("given", {"purposes": ["ofers"]}, "PURPOSE_UNKNOWN"),
        ("withdrawn", {"purposes": ["ofers"]}, "PURPOSE_UNKNOWN"),
        ("given", {"notice": "privacy-1066"}, "NOTICE_UNKNOWN"),
    ],
)
def test_a_statement_that_makes_no_sense_is_refused_with_what_there_is(
    seeded: Seeded, kind: str, fields: dict[str, Any], reason: str
) -> None:
    with pytest.raises(Refused) as refused:
        say(seeded.platform, seeded.profiles["ada"], kind, **fields)

    assert refused.value.reason == reason
    assert "ofers" not in str(refused.value)


def test_nothing_half_done_remains_of_a_refused_statement(seeded: Seeded) -> None:
    platform, ada = seeded.platform, seeded.profiles["ada"]
    with platform.read() as tx:
        before = tx.main.execute(select(main.workspace_head.c.seq)).scalars().all()

    with pytest.raises(Refused):
        say(platform, ada, "given", purposes=["ofers"])

    with platform.read() as tx:
        assert tx.main.execute(select(main.workspace_head.c.seq)).scalars().all() == before


def test_a_no_about_an_address_that_is_none_is_a_no_about_all(seeded: Seeded) -> None:
    platform, ada = seeded.platform, seeded.profiles["ada"]
    said = {"type": "withdrawn", "purposes": ["offers"], "channels": ["email"]}
    nonsense = door.Identifier("email", "not an address")

    hearing.record(platform, STAFF, ada, hearing.ConsentRequest(new_id(), "staff", said, nonsense))

    assert ask(platform, ada)["reason"] == "WITHDRAWN"


def test_the_leaf_commits_to_the_sealed_event(seeded: Seeded) -> None:
    platform, ada = seeded.platform, seeded.profiles["ada"]
    no, _ = say(platform, ada, "withdrawn")
    yes, _ = say(platform, ada, "given", source="subject_auth")

    custodian = platform.keyring.custodian()
    for report in (no, yes):
        with platform.read() as tx:
            body = keys.bodies(tx.custody, [report.event_id])[report.event_id]
            row = tx.main.execute(
                select(main.consent_event).where(main.consent_event.c.id == report.event_id)
            ).one()
        opened = orjson.loads(custodian.open_from_intake("consent_body", report.event_id, body))
        commitment = Custodian.commitment(bytes.fromhex(opened["salt"]), canonical(opened["event"]))
        assert row.commitment == commitment
        assert row.leaf_hash == leaf_hash(platform.workspace.bytes, report.seq, commitment)
        assert opened["event"]["purposes"] == ["offers"]


def test_the_payload_leaves_the_outbox_once_custody_has_it(seeded: Seeded) -> None:
    platform = seeded.platform
    say(platform, seeded.profiles["ada"], "withdrawn")

    with platform.read() as tx:
        payloads = tx.main.execute(select(main.outbox.c.payload)).scalars().all()
        bodies = tx.custody.execute(select(custody.consent_body.c.event_id)).all()
    assert set(payloads) == {None}
    assert bodies


def test_a_no_said_while_merged_stays_on_each_record_after_a_split(seeded: Seeded) -> None:
    platform = seeded.platform
    crm, shop = add_stream(platform, "crm2"), add_stream(platform, "shop2")
    land_rows(platform, crm, {"1": {"no": "K-7", "email": "dora@example.org"}})
    land_rows(platform, shop, {"1": {"no": "K-7", "email": "dora@example.org"}})
    resolve_all(platform)
    record = record_ids(platform, crm, ["1"])["1"]
    with platform.read() as tx:
        merged = links.links_of(tx.main, [record])[record].profile_id
    say(platform, merged, "objected", channels=["*"])

    land_rows(platform, shop, {"1": {"no": "K-8", "email": "theo@example.org"}})
    resolve_all(platform)
    work.refresh_all(platform)

    with platform.read() as tx:
        current = links.current(tx.main, tx.workspace, merged)
        every = [*current, *profiles_in(platform, shop)]
    for profile in every:
        assert ask(platform, profile)["reason"] == "OBJECTED"


def test_a_yes_to_a_person_nobody_proved_to_be_needs_the_identifier(seeded: Seeded) -> None:
    platform = seeded.platform
    lead, other = add_stream(platform, "leads"), add_stream(platform, "visits")
    for stream in (lead, other):
        land_rows(platform, stream, {"1": {"email": "eve@example.org"}})
    resolve_all(platform)
    record = record_ids(platform, lead, ["1"])["1"]
    with platform.read() as tx:
        link = links.links_of(tx.main, [record])[record]
    assert link.kind == "probabilistic"

    with pytest.raises(Refused) as refused:
        say(platform, link.profile_id, "given", source="subject_auth")
    with pytest.raises(Refused) as unknown:
        say(
            platform,
            link.profile_id,
            "given",
            source="subject_auth",
            identifier="someone@example.org",
        )
    report, _ = say(
        platform, link.profile_id, "given", source="subject_auth", identifier="eve@example.org"
    )

    assert refused.value.reason == "identifier_needed"
    assert unknown.value.reason == "identifier_unknown"
    assert report.records == 2


def test_reading_a_source_again_adds_nothing_to_the_ledger(seeded: Seeded) -> None:
    platform = seeded.platform
    with platform.read() as tx:
        before = consents.facts_of(tx.main, links.members(tx.main, seeded.profiles.values()))
    with platform.write() as tx:
        for stream in sources.streams_of(tx.main, tx.workspace):
            records.mark_stream_pending(tx.main, tx.workspace, stream.id)

    _, imported = work.resolve_all(platform)

    assert imported.taken == 0
    assert imported.repeated > 0
    with platform.read() as tx:
        after = consents.facts_of(tx.main, links.members(tx.main, seeded.profiles.values()))
    assert after == before


@pytest.mark.parametrize(
    "other",
    [{"purposes": ["newsletter"]}, {"channels": ["sms"]}, {"until": "2031-01-01T00:00:00Z"}],
)
def test_an_event_id_stands_for_one_statement(seeded: Seeded, other: dict[str, Any]) -> None:
    platform, ada, event = seeded.platform, seeded.profiles["ada"], new_id()
    say(platform, ada, "withdrawn", event_id=event, **other)

    with pytest.raises(Refused) as refused:
        say(platform, ada, "withdrawn", event_id=event)

    assert refused.value.reason == "event_id_reused"
