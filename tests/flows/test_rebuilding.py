"""Everybody at once agrees with one by one; rules that change, and rules that are learned."""

import orjson
import pytest
from sqlalchemy import delete, select

from cdp import clock, work
from cdp.errors import Misconfigured, Refused
from cdp.flows.put_rules import put_rules
from cdp.platform import Platform
from cdp.settings import Settings
from cdp.store import links
from cdp.store.rows.custody import identity_frequencies
from cdp.store.rows.main import catalogue
from identity.rules import Rules
from tests.flows.streams import add_stream, land_rows, people, resolve_all
from tests.flows.test_resolve_scored import FIELDS
from tests.flows.test_resolve_together import families

Document = dict[str, object]


@pytest.fixture
def crowd(platform: Platform) -> set[frozenset[str]]:
    """Families in one stream, resolved a few at a time; who is who among them."""
    rows = families()
    crm = add_stream(platform, "crm", fields=FIELDS)
    names = sorted(rows)
    for start in range(0, len(names), 7):
        land_rows(platform, crm, {name: rows[name] for name in names[start : start + 7]})
        resolve_all(platform)
    return people(platform, {crm: rows})


def in_force(platform: Platform) -> Rules:
    with platform.read() as tx:
        return platform.rules(tx)


def with_prior(platform: Platform, prior: str) -> Document:
    """The rules in force with another prior: with a high one, little is enough."""
    document = in_force(platform).document
    clustering = document["clustering"]
    assert isinstance(clustering, dict)
    return {**document, "clustering": {**clustering, "prior": prior}}


def everybody(platform: Platform) -> dict[str, set[str]]:
    with platform.read() as tx:
        current = links.current_ids(tx.main, tx.workspace, limit=10_000)
        found: dict[str, set[str]] = {}
        for link in links.members(tx.main, current).values():
            found.setdefault(str(link.profile_id), set()).add(str(link.record_id))
    return found


def test_everybody_at_once_is_who_they_are_one_by_one(
    platform: Platform, crowd: set[frozenset[str]]
) -> None:
    report = work.rebuild_identity(platform)

    assert report.difference.persons == len(crowd)
    assert not report.difference.merges
    assert not report.difference.splits
    assert not report.difference.differing
    assert report.resolved == 0


def test_an_empty_platform_has_nothing_to_rebuild_and_nothing_to_learn_from(
    platform: Platform,
) -> None:
    assert work.rebuild_identity(platform).difference.records == 0
    with pytest.raises(Refused, match="sync sources"):
        work.train(platform)


def test_a_preview_says_what_setting_the_rules_does_and_writes_nothing(
    platform: Platform, crowd: set[frozenset[str]]
) -> None:
    before, rules = everybody(platform), with_prior(platform, "-60")

    told = work.preview(platform, rules)
    untouched = everybody(platform)
    report = work.rebuild_identity(platform, rules)

    assert untouched == before
    assert told.splits
    assert set(told.splits) == set(report.difference.splits)
    assert told.persons == len(everybody(platform)) > len(crowd)
    assert report.rules is not None
    assert report.rules.changed


def test_rules_that_are_put_back_bring_everybody_back(
    platform: Platform, crowd: set[frozenset[str]]
) -> None:
    before, original = everybody(platform), in_force(platform).document
    work.rebuild_identity(platform, with_prior(platform, "-60"))

    work.rebuild_identity(platform, original)

    assert set(map(frozenset, everybody(platform).values())) == {
        frozenset(records) for records in before.values()
    }
    assert not work.preview(platform).differing
    assert len(crowd) == len(before)


def test_other_blocking_rules_find_whom_the_old_ones_did_not_and_later_records_too(
    platform: Platform, crowd: set[frozenset[str]]
) -> None:
    document = in_force(platform).document
    none = {**document, "blocking": []}
    apart = work.rebuild_identity(platform, none).difference
    alone = everybody(platform)

    work.rebuild_identity(platform, document)

    assert apart.splits
    assert len(everybody(platform)) == len(crowd) < len(alone)
    crm = add_stream(platform, "shop", fields=FIELDS)
    rows = {name: row for name, row in families().items() if name.endswith("0")}
    land_rows(platform, crm, rows)
    resolve_all(platform)
    assert not work.preview(platform).differing


def test_rules_that_were_put_in_force_and_no_more_are_finished_by_a_rebuild(
    platform: Platform, crowd: set[frozenset[str]]
) -> None:
    document = with_prior(platform, "-60")
    with platform.write() as tx:
        put_rules(tx, platform.keyring.custodian(), document, clock.now())

    report = work.rebuild_identity(platform)

    assert report.difference.splits
    assert report.resolved == len(report.difference.differing)
    assert len(everybody(platform)) > len(crowd)
    assert not work.preview(platform).differing


def test_learned_rules_are_the_same_every_time_and_hold_no_value_where_they_are_kept(
    platform: Platform, crowd: set[frozenset[str]]
) -> None:
    learning = work.train(platform)
    again = work.train(platform)

    work.rebuild_identity(platform, learning.rules.document)

    assert learning.rules == again.rules
    names = [name.encode() for name in learning.rules.frequencies["family_name"].counts]
    assert b"quellwassersser" in names
    with platform.read() as tx:
        kept = [
            orjson.dumps(row)
            for row in (
                *tx.custody.execute(select(identity_frequencies.c.document)).scalars(),
                *tx.main.execute(select(catalogue.c.document)).scalars(),
            )
        ]
    assert len(kept) > 1
    assert not any(name in text for text in kept for name in (*names, b"robert"))
    found = in_force(platform)
    assert all(key.startswith("~") for table in found.frequencies.values() for key in table.counts)
    assert crowd
    assert not work.preview(platform).differing


def test_a_rare_name_weighs_more_than_a_common_one_whatever_its_counts_are_called(
    platform: Platform, crowd: set[frozenset[str]]
) -> None:
    document = work.train(platform).rules.document
    clear = work.preview(platform, document)
    work.rebuild_identity(platform, document)

    kept = work.preview(platform)

    assert clear.persons == kept.persons == len(everybody(platform))
    assert crowd


def test_what_is_no_rules_is_refused_by_its_path_and_changes_nothing(
    platform: Platform, crowd: set[frozenset[str]]
) -> None:
    before, document = everybody(platform), in_force(platform).document
    clustering = document["clustering"]
    assert isinstance(clustering, dict)

    for bad, path in (
        ({}, "document"),
        ({**document, "clustering": {**clustering, "prior": 5}}, "clustering.prior"),
        ({**document, "blocking": [{"name": "x", "parts": ["no/such"], "limit": 5}]}, "parts"),
    ):
        with pytest.raises(Refused, match=path):
            work.rebuild_identity(platform, bad)
    assert everybody(platform) == before
    assert crowd


def test_rules_are_their_workspaces_alone(
    platform: Platform, crowd: set[frozenset[str]], environment: dict[str, str]
) -> None:
    other = Platform.found(
        Settings.load({**environment, "CDP_WORKSPACE": "neighbour"}), clock.now()
    )
    work.rebuild_identity(platform, with_prior(platform, "-60"))

    assert in_force(other).hash != in_force(platform).hash
    assert crowd
    other.close()


def test_rules_whose_frequencies_are_lost_say_so_and_can_be_put_in_force_again(
    platform: Platform, crowd: set[frozenset[str]], environment: dict[str, str]
) -> None:
    document = work.train(platform).rules.document
    work.rebuild_identity(platform, document)
    with platform.write() as tx:
        tx.custody.execute(
            delete(identity_frequencies).where(
                identity_frequencies.c.workspace_id == platform.workspace
            )
        )

    fresh = Platform.open(Settings.load(environment))
    with pytest.raises(Misconfigured, match="rules set"):
        in_force(fresh)
    work.rebuild_identity(fresh, document)
    assert in_force(fresh).frequencies
    assert crowd
    fresh.close()
