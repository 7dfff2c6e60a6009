"""Problem details (RFC 9457): the one table from errors to HTTP answers.

A problem tells its reader what to do and a machine which `reason` it was. It never repeats a value
that was sent: a body may hold personal data, and problems end up in the logs of callers. What an
operator has to mend is not told outside; the log names its kind.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from werkzeug.exceptions import HTTPException

from cdp.errors import (
    ContinuumError,
    Misconfigured,
    NotFound,
    ProfileSplit,
    Refused,
    TryAgain,
)

MEDIA_TYPE: Final = "application/problem+json"
RETRY_SECONDS: Final = 1

STATUS: Final[Sequence[tuple[type[ContinuumError], int]]] = (
    (ProfileSplit, 409),
    (NotFound, 404),
    (Refused, 422),
    (TryAgain, 503),
    (Misconfigured, 500),
)
"""The first class that fits gives the status, unless the reason has one of its own."""

STATUS_BY_REASON: Final[Mapping[str, int]] = {
    "malformed_json": 400,
    "repeated_name": 400,
    "key_needed": 401,
    "key_refused": 401,
    "fields_limited": 403,
    "purpose_not_bound": 403,
    "scope_missing": 403,
    "event_in_progress": 409,
    "unique_conflict": 409,
    "verdict_stands": 409,
    "no_merge": 409,
    "not_json": 415,
    "rate_exceeded": 429,
}
_INTERNAL = "the platform could not do this; its operator finds the cause in the log"
_HTTP: Final[Mapping[int, tuple[str, str]]] = {
    400: ("bad_request", "the request cannot be read; check it against /openapi.json"),
    404: ("no_route", "there is no such route; see /openapi.json"),
    405: ("method_not_allowed", "this route does not have that method; see the header Allow"),
    413: ("too_large", "the body is too large; send less at a time"),
    414: ("too_long", "the address is too long; send less at a time"),
    431: ("too_large", "the headers are too large; send less at a time"),
}


@dataclass(frozen=True)
class Problem:
    """One problem; `extra` are members besides those of RFC 9457, `reason` and `request_id`."""

    status: int
    reason: str
    detail: str
    extra: Mapping[str, Any] = field(default_factory=dict)

    def document(self, request_id: str) -> dict[str, Any]:
        """The JSON of the answer."""
        return {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "reason": self.reason,
            "request_id": request_id,
            **self.extra,
        }

    @property
    def headers(self) -> dict[str, str]:
        """Headers that go with the status."""
        if self.status == HTTPStatus.UNAUTHORIZED:
            return {"WWW-Authenticate": 'Bearer realm="continuum"'}
        if self.status == HTTPStatus.SERVICE_UNAVAILABLE or "retry_after" in self.extra:
            return {"Retry-After": str(self.extra.get("retry_after", RETRY_SECONDS))}
        return {}


class InvalidRequest(Refused):
    """A request that does not fit its schema; `faults` are (JSON pointer, what is wrong)."""

    default_reason = "invalid_request"

    def __init__(self, faults: Sequence[tuple[str, str]]) -> None:
        super().__init__("the request does not fit its schema; see `errors`")
        self.faults = faults


class RateExceeded(TryAgain):
    """A client asked for more than its rate; `seconds` until it may ask again."""

    default_reason = "rate_exceeded"

    def __init__(self, seconds: float) -> None:
        super().__init__("this client asks too often; wait `retry_after` seconds")
        self.seconds = seconds


def of_error(error: ContinuumError) -> Problem:
    """The problem an error of this project is to the caller."""
    status = STATUS_BY_REASON.get(error.reason) or next(
        (code for kind, code in STATUS if isinstance(error, kind)), 500
    )
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return unexpected(error.reason)
    detail = str(error)
    if isinstance(error, TryAgain) and not isinstance(error, RateExceeded):
        # Its text may name a host or a file, which is nobody's business outside.
        detail = "something is busy or away for the moment; send the same request again"
    return Problem(status, error.reason, detail, _extra(error))


def of_http(error: HTTPException) -> Problem:
    """The problem an error of the HTTP library is; its own texts may quote the request."""
    status = error.code or 500
    reason, detail = _HTTP.get(status, ("http_error", HTTPStatus(status).phrase.lower()))
    return Problem(status, reason, detail)


def unexpected(reason: str = "internal") -> Problem:
    """What nobody but the operator can mend."""
    return Problem(500, reason, _INTERNAL)


def example(status: int) -> dict[str, Any]:
    """A problem of this status for the documentation."""
    reason, detail, extra = _EXAMPLES[status]
    return Problem(status, reason, detail, extra).document("01890a5d-ac96-774b-bcce-b302099a8057")


def _extra(error: ContinuumError) -> dict[str, Any]:
    if isinstance(error, ProfileSplit):
        return {"current": error.current}
    if isinstance(error, RateExceeded):
        return {"retry_after": max(RETRY_SECONDS, math.ceil(error.seconds))}
    if isinstance(error, TryAgain):
        return {"retry_after": RETRY_SECONDS}
    if isinstance(error, InvalidRequest):
        return {
            "errors": [{"pointer": pointer, "detail": detail} for pointer, detail in error.faults]
        }
    return {}


_EXAMPLES: Final[Mapping[int, tuple[str, str, Mapping[str, Any]]]] = {
    400: ("malformed_json", "the body is not JSON (RFC 8259, UTF-8)", {}),
    401: ("key_refused", "this API key is not valid here", {}),
    403: ("purpose_not_bound", "this client is not bound to the purpose offers", {}),
    404: ("NO_PROFILE", "there is no such profile", {}),
    409: (
        "profile_split",
        "this profile was split; ask for one of its successors",
        {
            "current": [
                "01890a5d-ac96-774b-bcce-b302099a8057",
                "01890a5d-ac97-7d2a-8f6a-1c9d3f0e5b71",
            ]
        },
    ),
    413: ("too_large", _HTTP[413][1], {}),
    415: ("not_json", "send the body as application/json", {}),
    422: (
        "invalid_request",
        "the request does not fit its schema; see `errors`",
        {"errors": [{"pointer": "/purpose", "detail": "Missing data for required field."}]},
    ),
    429: (
        "rate_exceeded",
        "this client asks too often; wait `retry_after` seconds",
        {"retry_after": 3},
    ),
    500: ("internal", _INTERNAL, {}),
    503: (
        "view_rebuilding",
        "something is busy or away for the moment; send the same request again",
        {"retry_after": RETRY_SECONDS},
    ),
}
