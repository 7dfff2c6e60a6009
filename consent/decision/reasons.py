"""The closed list of reason codes, and which of them a caller may see."""

from typing import Final

GATES: Final = (
    "NO_PROFILE",
    "PURPOSE_UNKNOWN",
    "ERASED",
    "ERASURE_PENDING",
    "RESTRICTED",
    "LEGAL_HOLD_ONLY",
    "SUPPRESSED",
    "MINOR_BLOCKED",
    "PROHIBITED",
)
ACTIVE_NO: Final = {
    "refused": "REFUSED",
    "withdrawn": "WITHDRAWN",
    "objected": "OBJECTED",
    "opted_out": "OPTED_OUT",
    "signal_gpc": "GPC_OPT_OUT",
    "terminated": "TERMINATED",
    "invalidated": "INVALIDATED",
}
"""The reason of each type of no."""
NO_YES: Final = (
    "LIA_MISSING",
    "NO_CONTRACT",
    "DOI_PENDING",
    "EXPIRED",
    "NOTICE_SUPERSEDED",
    "NOTICE_MISSING",
    "NOT_EXPLICIT",
    "NOT_UNAMBIGUOUS",
    "NO_EVIDENCE",
    "MINOR_BLOCKED",
    "NO_RECORD",
)
"""Why a record has no yes: of several records, the first of these is the reason."""
MERGE: Final = ("MERGE_DENY_LATEST", "MERGE_CONFLICT")
NOT_NOW: Final = frozenset(
    {
        "CHANNEL_OFF",
        "TOPIC_OFF",
        "MERGE_CONFLICT",
        "CONTACT_UNVERIFIED",
        "UNDELIVERABLE",
        "FREQ_CAP",
        "QUIET_HOURS",
        "KEY_ABSENT",
        "VIEW_PENDING",
    }
)
"""Refusals of the moment, or of a state of affairs nobody outside should read from them."""
BASES: Final = {
    "BASIS_CONSENT": "consent",
    "BASIS_CONTRACT": "contract",
    "BASIS_LEGAL": "legal",
    "BASIS_LI": "li",
    "BASIS_LI_COMPELLING": "li_compelling",
    "BASIS_OPTOUT": "optout",
    "BASIS_SOFT_OPTIN": "soft_optin",
}
"""The reasons of a permission, and the word for the basis."""
PERSONALISED: Final = "PERSONALISED"
GENERIC_ONLY: Final = "GENERIC_ONLY"

DENIALS: Final = frozenset({*GATES, *ACTIVE_NO.values(), *NO_YES, *MERGE, *NOT_NOW})


def public_reason(reason: str, *, sees_codes: bool) -> str:
    """The reason as a caller may see it.

    Officers and the subject see codes. Who is bound to neither `service` nor `dsr` sees of a
    refusal only `no_permission` or `not_now`, which has many causes and tells of none.
    """
    if sees_codes:
        return reason
    if reason.startswith(GENERIC_ONLY):
        cause = reason.partition(":")[2]
        return f"{GENERIC_ONLY}:{public_reason(cause, sees_codes=False)}"
    if reason == PERSONALISED or all(part in BASES for part in reason.split("+")):
        return reason
    return "not_now" if reason in NOT_NOW else "no_permission"
