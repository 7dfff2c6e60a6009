"""The decision vectors, and the runner that anyone may point at more of them."""

import json
from pathlib import Path
from typing import Any

import pytest

from consent.vectors import VectorResult, run

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "vectors.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_every_vector_passes(case: dict[str, Any]) -> None:
    (result,) = run([case])

    assert result.found == result.expected


def test_a_vector_that_does_not_hold_is_reported_with_both_lines() -> None:
    case = {**CASES[0], "expect": {"decision": "PERMIT", "reason": "BASIS_CONSENT"}}

    assert run([case]) == [
        VectorResult(
            id="T01",
            description="EU, no events",
            passed=False,
            expected="PERMIT BASIS_CONSENT",
            found="DENY NO_RECORD",
        )
    ]


def _changed(case_id: str, **parts: Any) -> dict[str, Any]:
    case: dict[str, Any] = json.loads(json.dumps(next(c for c in CASES if c["id"] == case_id)))
    for name, changes in parts.items():
        place = case["world"]["profiles"]["p"] if name == "profile" else case.get(name)
        (case["world"][name] if place is None else place).update(changes)
    return case


@pytest.mark.parametrize(
    ("case", "found"),
    [
        (_changed("T01", ask={"profile": "q"}), "DENY NO_PROFILE"),
        (_changed("T80", world={"wraps": {}}), "DENY KEY_ABSENT"),
        (_changed("T81", world={"wraps": {"offers": ["r1"]}}), "PERMIT GENERIC_ONLY:NO_RECORD"),
        (_changed("T78", ask={"cp_verified": True, "cp_bounced": True}), "DENY UNDELIVERABLE"),
        (_changed("T75", profile={"tz_offset_h": None}), "DENY QUIET_HOURS"),
        (_changed("T75", profile={"tz_offsets_h": [1, 10]}), "DENY QUIET_HOURS"),
        (_changed("T75", profile={"tz_offsets_h": [1, 2]}), "PERMIT BASIS_CONSENT"),
        (
            _changed(
                "T37",
                profile={
                    "prefs": [{"channel": "email", "on": False}, {"channel": "email", "on": True}]
                },
            ),
            "PERMIT BASIS_CONSENT",
        ),
        (
            _changed("T91", policy={"lia": ["security"], "compelling": ["security"]}),
            "PERMIT BASIS_LI_COMPELLING",
        ),
    ],
)
def test_the_runner_reads_what_vectors_may_say(case: dict[str, Any], found: str) -> None:
    assert run([case])[0].found == found
