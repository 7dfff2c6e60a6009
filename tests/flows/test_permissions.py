"""What a context takes over from a decision."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from cdp.door.contexts import permission_of
from cdp.outcomes.readings import Permission
from consent.decision import Decision

codes = st.sampled_from(["BASIS_CONSENT", "NO_RECORD", "WITHDRAWN+BASIS_LI"])
moments = st.datetimes(
    min_value=datetime(1970, 1, 2),  # noqa: DTZ001 - the zone is drawn apart
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30))]),
)
decisions = st.builds(
    Decision,
    permitted=st.booleans(),
    reason=codes,
    basis=st.none() | st.just("consent"),
    decisive=st.lists(st.uuids().map(str), max_size=2).map(tuple),
    usable=st.just(()),
    valid_until=st.none() | moments,
    retry_after=st.none() | moments,
)


@given(decisions)
def test_a_permission_is_the_decision_as_its_document_says_it(decision: Decision) -> None:
    written = decision.as_dict()

    assert permission_of(decision) == Permission.parse(written)
