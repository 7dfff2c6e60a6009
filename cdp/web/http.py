"""What every request and answer has: an id, headers, a limit, a line in the log, problem details.

Logs and metrics name the route's template, never the path or the query, so nothing that a caller
wrote can reach them; a `Request-Id` of the caller is taken over only if it is a UUID, a trace id of
32 hexadecimal digits or a ULID, for the same reason. No answer may be stored by a cache.
"""

import re
import time
from http import HTTPStatus
from typing import Any, Final, cast

import orjson
from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import HTTPException

from cdp import logs, metrics
from cdp.errors import ContinuumError, TryAgain
from cdp.flows.disclose import Caller
from cdp.ids import new_id
from cdp.platform import Platform
from cdp.web import problems
from cdp.web.problems import Problem
from cdp.web.rates import Meter

# The longest request that fits a schema: twenty identifiers of 1,024 characters, all escaped.
MOST_BYTES: Final = 1 << 18
HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
# The decision is made anew for a 304 too, which has no body to say so in.
VALID_UNTIL: Final = "Decision-Valid-Until"
_REQUEST_ID = re.compile(
    r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|[0-9A-Fa-f]{32}|[0-9A-HJKMNP-TV-Z]{26}"
)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_EXTENSION = "continuum"
_log = logs.get("web")


def install(app: Flask, platform: Platform) -> None:
    """Put the platform into the app, and hooks around every request."""
    app.extensions[_EXTENSION] = platform
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.url_map.merge_slashes = False
    app.before_request(_begin)
    app.after_request(_finish)
    app.register_error_handler(ContinuumError, _refused)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)


def platform() -> Platform:
    """The platform that this app serves."""
    return cast("Platform", current_app.extensions[_EXTENSION])


def caller() -> Caller:
    """Who asks; there on every route that is not public."""
    return cast("Caller", g.caller)


def meter() -> Meter:
    """What the client may still ask; there on every route that is not public."""
    return cast("Meter", g.meter)


def answer(document: Any, status: int = 200) -> Response:
    """A JSON answer."""
    return Response(orjson.dumps(document), status=status, content_type="application/json")


def problem_document(error: ContinuumError) -> dict[str, Any]:
    """A problem inside an answer; what only an operator can mend goes to the log as well."""
    found = problems.of_error(error)
    if found.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _failed(error, error.reason)
    return found.document(g.request_id)


def tagged(document: Any, tag: str, until: str | None) -> Response:
    """A JSON answer that a caller may ask for again with `If-None-Match`."""
    return _marked(answer(document), tag, until) if tag else answer(document)


def unchanged(tag: str, until: str | None) -> Response:
    """304: the caller holds the answer, and may use it until then."""
    response = Response(status=HTTPStatus.NOT_MODIFIED)
    del response.headers["Content-Type"]
    return _marked(response, tag, until)


def _marked(response: Response, tag: str, until: str | None) -> Response:
    response.set_etag(tag, weak=True)
    if until is not None:
        response.headers[VALID_UNTIL] = until
    return response


def holds(tag: str) -> bool:
    """Whether the request says that the caller holds the answer of this tag."""
    return request.if_none_match.contains_weak(tag)


def problem(found: Problem) -> Response:
    """A problem as an answer."""
    response = Response(status=found.status)
    return _as_problem(response, found)


def route() -> str:
    """The template of the route that was asked for; a fixed word where there is none."""
    rule = request.url_rule
    return rule.rule if rule is not None else "none"


def _begin() -> None:
    g.started = time.perf_counter()
    if request.headers.get("Transfer-Encoding", "").lower() == "chunked":
        # granian ends such a body and does not say so; without this it would be read as empty.
        request.environ["wsgi.input_terminated"] = True
    wanted = request.headers.get("Request-Id", "")
    g.request_id = wanted if _REQUEST_ID.fullmatch(wanted) else str(new_id())


def _finish(response: Response) -> Response:
    own, named, status = g._get_current_object(), route(), response.status_code
    seconds = time.perf_counter() - own.started
    response.headers.update({**HEADERS, "Request-Id": own.request_id})
    method = request.method
    if method not in _METHODS:
        method = "other"
    metrics.REQUEST_SECONDS.labels(named, method, str(status)).observe(seconds)
    who = own.get("caller")
    _log.info(
        "request answered",
        route=named,
        method=method,
        status=status,
        duration_ms=round(seconds * 1000, 1),
        client_id=str(who.client_id) if who else None,
        request_id=own.request_id,
    )
    return response


def _refused(error: ContinuumError) -> Response:
    found = problems.of_error(error)
    if found.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _failed(error, error.reason)
    return problem(found)


def _http_error(error: HTTPException) -> Response:
    # The library's own answer carries headers that belong to it, such as Allow.
    return _as_problem(cast("Response", error.get_response()), problems.of_http(error))


def _unexpected(error: Exception) -> Response:
    _failed(error, "internal")
    return problem(problems.unexpected())


def _failed(error: Exception, reason: str) -> None:
    """By kind and reason: the text of an error of a library may quote a value."""
    write = _log.warning if isinstance(error, TryAgain) else _log.error
    write(
        "request failed",
        error_kind=type(error).__name__,
        reason=reason,
        route=route(),
        request_id=g.request_id,
    )


def _as_problem(response: Response, found: Problem) -> Response:
    response.data = orjson.dumps(found.document(g.request_id))
    response.content_type = problems.MEDIA_TYPE
    response.headers.update(found.headers)
    return response
