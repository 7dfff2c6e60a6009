"""Policies: what is read, what is refused, and that they may only tighten."""

import json
from typing import Any

import pytest

from consent.basis import BASES, as_strict
from consent.policy import InvalidPolicy, Policy, default_document
from consent.purposes import SECURITY
from tests.consent.builders import document

HASH_FIELDS = frozenset(default_document())


def refused(**changes: Any) -> str:
    with pytest.raises(InvalidPolicy) as error:
        Policy.parse(document(**changes))
    return error.value.reason


def tree(**changes: Any) -> dict[str, Any]:
    purposes: dict[str, Any] = document()["purposes"]
    return {**purposes, **changes}


def matrix(**changes: Any) -> dict[str, Any]:
    rows: dict[str, Any] = document()["matrix"]
    return {**rows, **changes}


def test_the_normalised_document_means_the_same_and_stays_the_same() -> None:
    full = document(
        notices={
            "n2": {"version": 2, "locale": "de", "effective_from": "2026-01-01T00:00:00Z"},
            "n1": {"superseded_materially_at": "2027-01-01T00:00:00Z", "material_for": ["*"]},
        },
        notice_at_collection={"US": ["n1"]},
        lia={"security": "L1"},
        cap={"email": [2, 7]},
        quiet={"*": [21, 8]},
        ages={"UK": 16},
    )
    policy = Policy.parse(full)

    assert Policy.parse(policy.document).document == policy.document
    assert json.loads(json.dumps(policy.document)) == policy.document
    assert set(policy.document) == HASH_FIELDS
    shuffled = {key: full[key] for key in sorted(full, reverse=True)}
    assert Policy.parse(shuffled).document == policy.document


def test_a_document_may_leave_out_what_is_default() -> None:
    short = {key: document()[key] for key in ("format", "purposes", "matrix", "notices")}

    assert Policy.parse(short).document == Policy.parse(document()).document


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"extra": 1}, "unknown_field"),
        ({"format": "consent.policy/9"}, "unknown_format"),
        ({"format": None}, "unknown_format"),
        ({"purposes": []}, "invalid_purposes"),
        ({"purposes": tree(x=[])}, "not_an_object"),
        ({"purposes": tree(x={"parent": "nobody"})}, "unknown_parent"),
        ({"purposes": tree(x={"parent": "y"}, y={"parent": "x"})}, "purpose_cycle"),
        ({"purposes": tree(x={"status": "old"})}, "unknown_status"),
        ({"purposes": tree(x={"is_dm": 1})}, "invalid_is_dm"),
        ({"purposes": tree(x={"max_age_days": 0})}, "invalid_max_age_days"),
        ({"purposes": tree(offers={"is_dm": True})}, "looser_than_default"),
        ({"purposes": tree(partner_share={})}, "looser_than_default"),
        ({"matrix": matrix(x={})}, "unknown_purpose"),
        ({"matrix": matrix(service={"FR": "contract"})}, "unknown_regime"),
        ({"matrix": matrix(service="contract")}, "invalid_matrix"),
        ({"matrix": matrix(service={"EU": {"fax": "contract"}})}, "invalid_matrix"),
        ({"matrix": matrix(service={"EU": {"*": "whim"}})}, "invalid_matrix"),
        ({"matrix": matrix(service={"EU": 5})}, "invalid_matrix"),
        ({"notices": {"n1": {"version": 0}}}, "invalid_version"),
        ({"notices": {"n1": {"effective_from": "soon"}}}, "invalid_effective_from"),
        ({"notices": {"n1": {"text": "hello"}}}, "unknown_field"),
        ({"notice_at_collection": {"FR": []}}, "unknown_regime"),
        ({"notice_at_collection": {"US": ["n9"]}}, "invalid_notice_at_collection"),
        ({"lia": {"x": "L1"}}, "invalid_lia"),
        ({"lia": {"security": ""}}, "invalid_lia"),
        ({"ages": {"EU": 15}}, "invalid_ages"),
        ({"ages": {"FR": 18}}, "unknown_regime"),
        ({"doi_hours": 73}, "invalid_doi_hours"),
        ({"doi_channels": ["fax"]}, "unknown_doi_channels"),
        ({"soft_optin": "yes"}, "invalid_soft_optin"),
        ({"soft_optin_months": 25}, "invalid_soft_optin_months"),
        ({"prompt_months": 11}, "invalid_prompt_months"),
        ({"max_age_days": 1.5}, "invalid_max_age_days"),
        ({"cap": {"fax": [1, 1]}}, "unknown_channel"),
        ({"cap": {"email": [1]}}, "invalid_cap"),
        ({"cap": {"email": 3}}, "invalid_cap"),
        ({"cap": {"email": [-1, 7]}}, "invalid_cap"),
        ({"cap": {"email": [1, 0]}}, "invalid_cap_to"),
        ({"quiet": {"email": [21, 24]}}, "invalid_quiet_to"),
        ({"quiet": {"email": [8, 8]}}, "invalid_quiet"),
    ],
)
def test_a_policy_that_cannot_be_put_in_force_is_refused(
    changes: dict[str, Any], reason: str
) -> None:
    assert refused(**changes) == reason


@pytest.mark.parametrize(
    ("purpose", "row"),
    [
        ("offers", {"EU": "optout"}),
        ("offers", {"CH": {"*": "consent", "email": "soft_optin"}}),
        ("offers", {"US": "optout"}),
        ("offers", {"US-VA": {"*": "consent", "phone": "optout"}}),
        ("service_insight", {"EU": "contract"}),
        ("service", {"EU": "legal"}),
        ("marketing", {"EU": "consent"}),
        ("club", {"EU": "li"}),
        ("brokerage", {"US": "li"}),
        ("portrait", {"CA": "optout"}),
    ],
)
def test_a_cell_looser_than_the_default_is_refused(purpose: str, row: dict[str, Any]) -> None:
    purposes = tree(
        club={"parent": "marketing"},
        brokerage={"is_sale": True},
        portrait={"is_profiling": True},
    )

    assert refused(purposes=purposes, matrix=matrix(**{purpose: row})) == "looser_than_default"


@pytest.mark.parametrize(
    ("purpose", "row"),
    [
        ("offers", {"EU": "consent", "US": {"*": "consent", "web": "prohibited"}}),
        ("service", {"EU": "consent"}),
        ("legal", {"EU": "contract"}),
        ("offers", {}),
        ("warranty", {"EU": "contract", "XX": "li", "US": {"email": "optout"}}),
        ("club", {"EU": {"*": "consent", "post": "li"}}),
    ],
)
def test_a_tighter_cell_or_a_purpose_of_its_own_is_accepted(
    purpose: str, row: dict[str, Any]
) -> None:
    purposes = tree(warranty={}, club={"parent": "marketing"})

    changed = matrix(**{purpose: row})
    policy = Policy.parse(document(purposes=purposes, matrix=changed))

    assert set(policy.document["matrix"][purpose]) == set(row)


def test_what_a_purpose_lies_under_it_is() -> None:
    purposes = Policy.parse(
        document(
            purposes=tree(
                club={"parent": "offers", "is_special": True, "compartments": ["tier"]},
                fraud={"parent": "security"},
            )
        )
    ).purposes

    club = purposes["club"]
    assert (club.is_dm, club.is_special, club.is_sale, club.marketing) == (True, True, False, True)
    assert club.lineage == {"club", "offers", "marketing"}
    assert club.compartments == ("tier",)
    assert purposes["fraud"].vital
    assert purposes["fraud"].objection_only
    assert purposes[SECURITY].dpv == ("dpv:EnforceSecurity", "dpv:FraudPreventionAndDetection")


def test_special_categories_are_explicit_in_every_cell_that_is_not_prohibited() -> None:
    purposes = tree(clinic={"is_special": True})
    rows = matrix(clinic={"EU": {"email": "contract"}})
    policy = Policy.parse(document(purposes=purposes, matrix=rows))

    assert policy.basis("clinic", "EU", "email") == "explicit"
    assert policy.basis("clinic", "EU", None) == policy.basis("clinic", "UK", "email")
    assert policy.basis("clinic", "EU", None) == "prohibited"


def test_strictness_is_a_partial_order_with_prohibition_at_the_top() -> None:
    for basis in BASES:
        assert as_strict(basis, basis)
        assert as_strict("prohibited", basis)
        assert as_strict(basis, "legal")
        for other in BASES:
            if basis != other and as_strict(basis, other):
                assert not as_strict(other, basis)
            for third in BASES:
                if as_strict(third, other) and as_strict(other, basis):
                    assert as_strict(third, basis)
