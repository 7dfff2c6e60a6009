"""Sources, mappings, policies, offers and clients are put in place through flows."""

from contextlib import closing
from datetime import timedelta

import pytest

from cdp import clock, work
from cdp.errors import NotFound, Refused
from cdp.flows.add_client import ClientWanted, Known, add_client
from cdp.flows.add_source import NewSource, add_source
from cdp.flows.map_stream import map_stream
from cdp.flows.put_catalogue import put_catalogue
from cdp.flows.put_policy import put_policy
from cdp.outcomes.offers import Offer
from cdp.platform import Platform
from cdp.settings import Settings
from cdp.store import configuration, disclosures, records, sources
from connectors import registry
from connectors.base import Json
from consent.policy import Policy, default_document
from tests.flows.seeding import MAPPINGS, Seeded

CONFIG: dict[str, Json] = {"path": "/nowhere.csv", "stream": "people", "key": ["id"]}


def test_a_source_keeps_its_configuration_sealed(platform: Platform) -> None:
    with platform.write() as tx:
        new = NewSource(registry.find("delimited"), "loyalty", CONFIG)
        streams = add_source(tx, platform.keyring.intake(), new, clock.now())

    with platform.read() as tx:
        source = sources.find(tx.main, platform.workspace, "loyalty")
    assert streams == ["people"]
    assert b"nowhere" not in source.config_sealed
    assert work.source_config(platform, source) == CONFIG
    assert "nowhere" not in repr(new)


def test_a_mapping_makes_its_records_wait_and_the_same_one_does_not(seeded: Seeded) -> None:
    platform = seeded.platform
    stream, _, _ = work.pick_stream(platform, "crm", None)
    with platform.write() as tx:
        same = map_stream(tx, stream.id, MAPPINGS["customers"], clock.now())
        other = map_stream(tx, stream.id, {**MAPPINGS["customers"], "zone": "+01:00"}, clock.now())
        waiting = records.count_pending(tx.main, platform.workspace)

    assert (same.version, same.waiting) == (1, 0)
    assert (other.version, other.waiting) == (2, 3)
    assert waiting == 3


def test_a_stream_is_picked_by_name(seeded: Seeded) -> None:
    with pytest.raises(NotFound, match="streams: customers"):
        work.pick_stream(seeded.platform, "crm", "orders")


def test_one_of_several_streams_has_to_be_named(seeded: Seeded) -> None:
    platform = seeded.platform
    intake = platform.keyring.intake()
    with platform.write() as tx:
        source = sources.find(tx.main, platform.workspace, "crm")
        several = sources.Source(platform.workspace, "several", source.kind, source.config_sealed)
        sealed = intake.seal_own("source", several.id, b"{}")
        several = sources.Source(several.id, several.name, several.kind, sealed)
        sources.add(tx.main, platform.workspace, several, ["one", "two"], clock.now())

    with pytest.raises(Refused, match="one, two"):
        work.pick_stream(platform, "several", None)
    assert work.pick_stream(platform, "several", "two")[0].name == "two"


def test_samples_are_read_and_not_kept(seeded: Seeded) -> None:
    stream, rows = work.sample(seeded.platform, "crm", None, 2)

    assert stream.name == "customers"
    assert len(rows) == 2
    with seeded.platform.read() as tx:
        assert records.count_pending(tx.main, seeded.platform.workspace) == 0


def test_a_new_policy_fences_the_workspace_and_the_same_one_does_not(seeded: Seeded) -> None:
    platform, ada = seeded.platform, seeded.profiles["ada"]
    with platform.read() as tx:
        before = configuration.policy_in_force(tx.main, platform.workspace)
    assert before is not None

    with platform.write() as tx:
        same = put_policy(tx, before.document, clock.now())
    with platform.write() as tx:
        new = put_policy(tx, {**before.document, "prompt_months": 18}, clock.now())

    assert (same.changed, new.changed) == (False, True)
    with platform.read() as tx:
        standing = disclosures.standing(tx.main, platform.workspace, ada)
    assert standing is not None
    assert standing.fence_seq == new.version.seq
    assert standing.policy_hash == new.version.hash


def test_a_policy_that_is_none_is_refused(platform: Platform) -> None:
    with pytest.raises(Refused, match="format"), platform.write() as tx:
        put_policy(tx, {**default_document(), "format": "x"}, clock.now())


def test_offers_are_kept_as_they_were_understood(platform: Platform) -> None:
    offer = {
        "id": "a",
        "title": "A",
        "group": "g",
        "channels": ["web", "chat"],
        "active_from": "2026-01-01T00:00:00Z",
        "active_until": "2027-01-01T00:00:00+01:00",
    }
    with platform.write() as tx:
        report = put_catalogue(tx, configuration.OFFERS, {"offers": [offer]}, clock.now())

    with platform.read() as tx:
        kept = configuration.catalogue_in_force(tx.main, platform.workspace, configuration.OFFERS)
    assert (report.version, report.names, report.changed) == (1, ("a",), True)
    assert kept == {"offers": [Offer.parse(offer).document()]}
    with platform.write() as tx:
        again = put_catalogue(tx, configuration.OFFERS, kept, clock.now())
    assert (again.version, again.changed) == (1, False)


@pytest.mark.parametrize(
    ("kind", "entry"),
    [
        ("traits", {"field": "country", "rule": "source_priority", "sources": ["crm\0"]}),
        (
            "offers",
            {
                "id": "a\0",
                "title": "A",
                "group": "g",
                "channels": ["web"],
                "active_from": "2026-01-01T00:00:00Z",
                "active_until": "2027-01-01T00:00:00Z",
            },
        ),
    ],
)
def test_a_catalogue_holds_nothing_that_a_store_cannot(
    platform: Platform, kind: str, entry: dict[str, object]
) -> None:
    with pytest.raises(Refused, match=r"U\+0000"), platform.write() as tx:
        put_catalogue(tx, kind, {kind: [entry]}, clock.now())


def test_a_catalogue_is_its_workspace_s_alone(
    platform: Platform, environment: dict[str, str]
) -> None:
    with platform.write() as tx:
        put_catalogue(tx, configuration.TRAITS, {"traits": []}, clock.now())
    settings = Settings.load({**environment, "CDP_WORKSPACE": "another"})
    other = Platform.found(settings, clock.now())

    with closing(other), other.read() as tx:
        found = configuration.catalogue_version(tx.main, tx.workspace, configuration.TRAITS)

    assert found is None


KNOWN = Known(Policy.parse(default_document()), {"consents:read"}, {"given_name", "email"})


def test_a_client_is_found_by_the_digest_of_its_key(platform: Platform) -> None:
    digest, now = bytes(range(32)), clock.now()
    wanted = ClientWanted(
        "  desk ", ["service"], ["consents:read"], ["email"], 60, now + timedelta(days=1)
    )

    with platform.write() as tx:
        made = add_client(tx, KNOWN, wanted, digest, now)

    with platform.read() as tx:
        assert configuration.client_by_key(tx.main, digest) == made
    assert made.name == "desk"
    assert (made.fields, made.rate) == (frozenset({"email"}), 60)
    assert made.valid(now)
    assert not made.valid(now + timedelta(days=1))


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        (ClientWanted("", ["service"]), "client_name"),
        (ClientWanted("a\nb", ["service"]), "client_name"),
        (ClientWanted("x" * 121, ["service"]), "client_name"),
        (ClientWanted("x", []), "PURPOSE_UNKNOWN"),
        (ClientWanted("x", ["nothing"]), "PURPOSE_UNKNOWN"),
        (ClientWanted("x", ["service"], ["everything"]), "scope_unknown"),
        (ClientWanted("x", ["service"], fields=["shoe_size"]), "field_unknown"),
        (ClientWanted("x", ["service"], fields=[]), "field_unknown"),
        (ClientWanted("x", ["service"], rate=0), "client_rate"),
        (ClientWanted("x", ["service"], rate=1_000_001), "client_rate"),
        (
            ClientWanted("x", ["service"], expires_at=clock.instant("2020-01-01T00:00:00Z")),
            "client_expiry",
        ),
    ],
)
def test_a_client_is_bound_to_what_exists(
    platform: Platform, wanted: ClientWanted, reason: str
) -> None:
    with pytest.raises(Refused) as refused, platform.write() as tx:
        add_client(tx, KNOWN, wanted, bytes(32), clock.now())

    assert refused.value.reason == reason
