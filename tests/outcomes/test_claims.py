from datetime import timedelta

import pytest

from cdp.outcomes.claims import STATUSES, Absence, Confidence, EvidenceBook, Method, Seen, stated
from tests.outcomes.builders import NOW

METHOD = Method("test.rule", "1", "rule")
SEEN = Seen("order.placed", "e-1", NOW, "shop", "object", "object O-1")
ABSENCE = Absence("no delivery", NOW, "late/1")


@pytest.mark.parametrize("status", [one for one in STATUSES if one != "unknown"])
def test_no_evidence_no_claim(status: str) -> None:
    claim = stated(
        {"secret": 1},
        status=status,
        method=METHOD,
        evidence=[],
        as_of=NOW,
        fresh_for=timedelta(hours=1),
        confidence=Confidence(0.5, "uncalibrated_score"),
    )

    document = claim.document({"purpose": "service"}, EvidenceBook())

    assert document == {
        "status": "unknown",
        "method": {"id": "test.rule", "version": "1", "kind": "rule"},
        "evidence": [],
        "counter_evidence": [],
        "basis": {"purpose": "service"},
        "as_of": "2026-03-18T14:05:00.000Z",
        "stale_after": "2026-03-18T15:05:00.000Z",
    }


def test_a_claim_cites_its_evidence_once() -> None:
    book = EvidenceBook()
    claim = stated(
        {"a": 1},
        status="observed",
        method=METHOD,
        evidence=[SEEN, ABSENCE, SEEN],
        counter_evidence=[SEEN],
        as_of=NOW,
        fresh_for=timedelta(hours=1),
    )

    document = claim.document({}, book)

    assert document["evidence"] == ["ev_1", "ev_2"]
    assert document["counter_evidence"] == ["ev_1"]
    assert set(book.document()) == {"ev_1", "ev_2"}


def test_a_claim_shows_no_value_in_its_repr() -> None:
    claim = stated(
        {"language": "tlh"},
        status="observed",
        method=METHOD,
        evidence=[SEEN],
        as_of=NOW,
        fresh_for=timedelta(hours=1),
    )

    assert "tlh" not in repr(claim)
    assert "O-1" not in repr(claim)
