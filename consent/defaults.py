"""The policy of a new workspace, and the floor no workspace may go below.

The matrix is data for a lawyer to confirm cell by cell; a cell that is not written is prohibited.
"""

from typing import Any, Final

from consent.basis import CONSENT, CONTRACT, LEGAL, LI, OPTOUT, SOFT_OPTIN

FORMAT: Final = "consent.policy/1"
_STRICT: Final = ("EU", "UK", "CH", "XX")

_PERSON: Final = ["identity", "contacts"]
_SERVICE: Final = [*_PERSON, "orders", "cases", "interactions", "resolution", "journeys"]
_INSIGHT: Final = ["intent", "satisfaction", "effort"]
_BEHAVIOUR: Final = ["engagement", "preferences", "affinities"]


def default_document() -> dict[str, Any]:
    """The default policy as a document; assessments, notices, caps and quiet hours are empty."""
    return {
        "format": FORMAT,
        "purposes": _purposes(),
        "matrix": _matrix(),
        "notices": {},
        "notice_at_collection": {},
        "lia": {},
        "compelling": {},
        "ages": {},
        "minors_with_guardian": False,
        "max_age_days": 730,
        "doi_channels": [],
        "doi_hours": 72,
        "soft_optin": False,
        "soft_optin_months": 24,
        "implied_months": 6,
        "implied_months_with_end": 24,
        "prompt_months": 12,
        "cap": {},
        "quiet": {},
    }


def _purposes() -> dict[str, Any]:
    return {
        "service": _purpose("ServiceProvision", reads=_SERVICE),
        "service_insight": _purpose("ServicePersonalisation", reads=[*_PERSON, *_INSIGHT]),
        "legal": _purpose("LegalCompliance", reads=["*"]),
        "dsr": _purpose("RightsFulfilment", reads=["*"]),
        "security": _purpose(
            "EnforceSecurity", "FraudPreventionAndDetection", reads=[*_PERSON, "interactions"]
        ),
        "stewardship": _purpose("RecordManagement", reads=[*_PERSON, "records", "links"]),
        "analytics": _purpose("ServiceUsageAnalytics", reads=["interactions"]),
        "marketing": _purpose("Marketing", is_dm=True),
        "offers": _purpose(
            "DirectMarketing", parent="marketing", is_dm=True, reads=[*_PERSON, "offer_basics"]
        ),
        "newsletter": _purpose("DirectMarketing", parent="marketing", is_dm=True, reads=_PERSON),
        "profiling_offers": _purpose(
            "Personalisation",
            "PersonalisedBenefits",
            parent="marketing",
            is_dm=True,
            is_profiling=True,
            reads=[*_PERSON, *_BEHAVIOUR],
        ),
        "partner_share": _purpose("SellDataToThirdParties", is_sale=True, reads=_PERSON),
        "targeted_ads": _purpose(
            "TargetedAdvertising", status="draft", is_sale=True, is_profiling=True, reads=_PERSON
        ),
    }


def _purpose(
    *dpv: str,
    parent: str | None = None,
    status: str = "active",
    reads: list[str] | None = None,
    **flags: bool,
) -> dict[str, Any]:
    return {
        "parent": parent,
        "status": status,
        "dpv": [f"dpv:{term}" for term in dpv],
        "max_age_days": None,
        "compartments": list(reads or ()),
        "is_dm": False,
        "is_sale": False,
        "is_profiling": False,
        "is_special": False,
        **flags,
    }


def _matrix() -> dict[str, Any]:
    opt_out_us = {**dict.fromkeys(_STRICT, CONSENT), "US": OPTOUT, "CA": CONSENT}
    return {
        "service": _everywhere(CONTRACT),
        "legal": _everywhere(LEGAL),
        "dsr": _everywhere(LEGAL),
        "stewardship": _everywhere(LEGAL),
        "security": _everywhere(LI),
        "service_insight": _everywhere(LI),
        "analytics": opt_out_us,
        "offers": _marketing(post=LI),
        "newsletter": _marketing(post=CONSENT),
        "profiling_offers": dict(opt_out_us),
        "partner_share": dict(opt_out_us),
        "targeted_ads": dict(opt_out_us),
    }


def _everywhere(basis: str) -> dict[str, Any]:
    return dict.fromkeys((*_STRICT, "US", "CA"), basis)


def _marketing(post: str) -> dict[str, Any]:
    strict = {"*": CONSENT, "post": post}
    return {
        "EU": {**strict, "email": SOFT_OPTIN},
        "UK": {**strict, "email": SOFT_OPTIN},
        "CH": dict(strict),
        "XX": dict(strict),
        "US": {"*": OPTOUT, "sms": CONSENT, "phone": CONSENT},
        "CA": {"*": CONSENT, "post": post},
    }
