"""Drift: what is readable and should not be, and what should be and is not."""

from datetime import timedelta

import pytest

from cdp import clock, metrics, work
from cdp.flows.measure_drift import Drift, Measure, measure_drift
from cdp.flows.put_policy import put_policy
from cdp.store import configuration, consents, links
from tests.flows.seeding import PEOPLE, Seeded, say

# What the seeded people are entitled to: Ada to three views, Ben and Cyra to two.
VIEWS = 7


def test_a_platform_in_step_has_none(seeded: Seeded) -> None:
    assert work.measure(seeded.platform) == Drift(profiles=3, forbidden=0, missing=0)

    exposed = metrics.exposition().decode()
    assert "cdp_drift_forbidden 0.0" in exposed
    assert "cdp_drift_missing 0.0" in exposed


def test_a_withdrawal_makes_views_late_and_never_forbidden(seeded: Seeded) -> None:
    say(seeded.platform, seeded.profiles["ada"], PEOPLE["ada"], "withdrawn", ["chat"])

    before = work.measure(seeded.platform)
    work.refresh_all(seeded.platform)

    assert before.forbidden == 0
    assert before.missing > 0
    assert work.measure(seeded.platform) == Drift(3, 0, 0)


def test_a_policy_that_was_just_put_in_force_makes_every_view_late(seeded: Seeded) -> None:
    platform = seeded.platform
    with platform.read() as tx:
        in_force = configuration.policy_in_force(tx.main, platform.workspace)
    assert in_force is not None
    with platform.write() as tx:
        put_policy(tx, {**in_force.document, "prompt_months": 24}, clock.now())

    assert work.measure(platform) == Drift(3, 0, VIEWS)


def test_a_view_whose_ground_was_taken_behind_its_back_is_forbidden(seeded: Seeded) -> None:
    """No flow does this; it is what the figure is there to see."""
    platform = seeded.platform
    with platform.write() as tx:
        members = links.members(tx.main, [seeded.profiles["ada"]])
        facts = consents.facts_of(tx.main, members)
        noes = {
            record: [{**fact, "type": "withdrawn", "channels": ["*"]} for fact in said]
            for record, said in facts.items()
        }
        consents.keep_facts(tx.main, platform.workspace, noes, 1)

    assert work.measure(platform).forbidden == 1
    assert "cdp_drift_forbidden 1.0" in metrics.exposition().decode()


@pytest.mark.parametrize("days", [800, 4000])
def test_a_view_that_has_run_out_is_neither(seeded: Seeded, days: int) -> None:
    platform = seeded.platform
    with platform.read() as tx:
        keys = platform.disclosure_keys(platform.view_purposes)
        tools = Measure(platform.keyring.custodian(), keys, platform.policy)
        later = clock.now() + timedelta(days=days)
        drift = measure_drift(tx, tools, list(seeded.profiles.values()), later)

    assert (drift.forbidden, drift.missing) == (0, 0)


def test_a_profile_that_ended_has_none(seeded: Seeded) -> None:
    platform = seeded.platform
    ada = seeded.profiles["ada"]
    with platform.write() as tx:
        links.change(
            tx.main, changed=[], merged=[], retired=[ada], seq=tx.take_seq(), at=clock.now()
        )
    with platform.read() as tx:
        keys = platform.disclosure_keys(platform.view_purposes)
        tools = Measure(platform.keyring.custodian(), keys, platform.policy)

        assert measure_drift(tx, tools, [ada], clock.now()) == Drift()
