"""flask-smorest behind types: the only module that touches the library, which has none.

An `Operation` says everything about a route: what it takes, what it answers, which problems it may
meet, who may call it. From it come the check of the request, the guard and the documentation, so
that none of them can say something else. Bodies are read by orjson, which refuses what JSON does
not allow (NaN, lone surrogates, endless nesting).
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Final, NoReturn

import flask_smorest
import marshmallow
import orjson
from flask import Flask, Response, request
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import RequestEntityTooLarge

from cdp.errors import Refused
from cdp.web import problems
from cdp.web.auth import Access
from cdp.web.problems import InvalidRequest
from cdp.web.wire import UNKNOWN, ProblemSchema, WireSchema

View = Callable[..., Response]
SECURITY: Final = "ApiKey"
# An answer must not grow with what was sent.
MOST_FAULTS: Final = 20


@dataclass(frozen=True)
class Answer:
    """One success of an operation; `schema` may be a plain JSON Schema too, None: no body.

    `headers` says what each header of its own means.
    """

    status: int
    about: str
    schema: type[WireSchema] | dict[str, Any] | None
    example: Any = None
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Operation:
    """One method of one route. `problems`: statuses besides those that its shape implies."""

    id: str
    summary: str
    answers: tuple[Answer, ...]
    problems: tuple[int, ...] = ()
    access: Access = field(default_factory=Access)
    query: type[WireSchema] | None = None
    headers: type[WireSchema] | None = None
    body: type[WireSchema] | None = None
    body_example: Any = None

    def problem_statuses(self) -> list[int]:
        """Every status with which this operation may answer a problem."""
        found = {400, *self.problems}
        if not self.access.public:
            found |= {401, 403, 429, 500, 503}
        if self.body is not None:
            found |= {413, 415, 422}
        if self.query is not None or self.headers is not None:
            found.add(422)
        return sorted(found)


class Group:
    """Routes under one prefix; also a tag of the documentation."""

    def __init__(self, name: str, about: str, prefix: str = "") -> None:
        self.name = name
        self.access: dict[str, Access] = {}
        self._blueprint = _Blueprint(name, __name__, url_prefix=prefix or None, description=about)

    def get(self, rule: str, operation: Operation) -> Callable[[View], View]:
        """Register a view for GET."""
        return self._route("GET", rule, operation)

    def post(self, rule: str, operation: Operation) -> Callable[[View], View]:
        """Register a view for POST."""
        return self._route("POST", rule, operation)

    def _route(self, method: str, rule: str, operation: Operation) -> Callable[[View], View]:
        """The view gets query, headers, body (those there are, in this order), then the path."""

        def register(view: View) -> View:
            described = self._described(view, operation)
            self._blueprint.add_url_rule(rule, operation.id, described, methods=[method])
            self.access[f"{self.name}.{operation.id}"] = operation.access
            return view

        return register

    def _described(self, view: View, operation: Operation) -> Any:
        """What is served: the view behind its arguments, with the documentation on it.

        The library puts a function around the view for each line of documentation, none of which
        does anything to an answer that is ready; arguments are read by a function of our own.
        """
        # Schemas hold nothing of a request, so one of each is made and not one per request.
        taken = {
            location: None if schema is None else schema()
            for location, schema in (
                ("json", operation.body),
                ("headers", operation.headers),
                ("query", operation.query),
            )
        }
        served: Any = view
        for location, schema in taken.items():
            if schema is not None:
                served = _taking(served, schema, location)
        described = self._documented(view, operation, taken)
        if served is view:
            return described
        served._apidoc = described._apidoc
        return served

    def _documented(
        self, view: View, operation: Operation, taken: Mapping[str, WireSchema | None]
    ) -> Any:
        """The view with everything the document says of it."""
        blueprint, made = self._blueprint, view
        for status in operation.problem_statuses():
            made = blueprint.alt_response(
                status,
                schema=ProblemSchema,
                content_type=problems.MEDIA_TYPE,
                example=problems.example(status),
            )(made)
        for answer in operation.answers:
            made = blueprint.alt_response(
                answer.status,
                schema=answer.schema,
                description=answer.about,
                example=answer.example,
                headers=_described_headers(answer.headers),
                content_type=answer.media_type,
                success=True,
            )(made)
        for location, schema in taken.items():
            if schema is not None:
                example = operation.body_example if location == "json" else None
                made = blueprint.arguments(schema, location=location, example=example)(made)
        security: list[dict[str, list[str]]] = [{SECURITY: []}]
        if operation.access.public:
            security = []
        return blueprint.doc(
            operationId=operation.id, summary=operation.summary, security=security
        )(made)


def document(app: Flask, groups: Iterable[Group], version: str) -> tuple[bytes, dict[str, Access]]:
    """Register the groups. Returns the OpenAPI document and who may call which endpoint."""
    app.config.update(
        API_TITLE="Continuum", API_VERSION=version, OPENAPI_VERSION="3.1.0", OPENAPI_URL_PREFIX=None
    )
    api = _Api(app, spec_kwargs={"info": dict(_INFO)})
    api.spec.components.security_scheme(
        SECURITY, {"type": "http", "scheme": "bearer", "description": "an API key: cdp_..."}
    )
    access: dict[str, Access] = {}
    for group in groups:
        api.register_blueprint(group._blueprint)
        access |= group.access
    return orjson.dumps(api.spec.to_dict(), option=orjson.OPT_NON_STR_KEYS), access


_INFO: Final[Mapping[str, Any]] = {
    "summary": "Customer identity and data platform",
    "description": "Identifiers are sent in bodies, never in URLs. Problems are RFC 9457.",
    "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
}


class _Parser(FlaskParser):
    """Reads requests strictly; refuses with our errors, which hold nothing of the request."""

    DEFAULT_UNKNOWN_BY_LOCATION: dict[str, str | None] = {  # noqa: RUF012 - typed by its base
        **FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION,
        "query": marshmallow.RAISE,
    }

    def load_querystring(self, req: Any, schema: marshmallow.Schema) -> Any:
        """The query; a name that comes twice would be understood in two ways."""
        if len(req.args) != sum(1 for _ in req.args.items(multi=True)):
            raise InvalidRequest([("", "a name is given twice")])
        return super().load_querystring(req, schema)

    def load_json(self, req: Any, schema: marshmallow.Schema) -> Any:  # noqa: ARG002 - overrides
        """The body."""
        if req.mimetype != "application/json":
            raise Refused("send the body as application/json", reason="not_json")
        data = req.get_data()
        if req.content_length is None and len(data) >= req.max_content_length:
            # A body in chunks is cut off at the limit, which must not look like bad JSON.
            raise RequestEntityTooLarge
        try:
            found = orjson.loads(data)
            _ONCE.decode(data.decode())
        except _Repeated:
            raise Refused(
                "an object of the body has a name twice; send each once", reason="repeated_name"
            ) from None
        except (ValueError, RecursionError):
            raise Refused(
                "the body is not JSON (RFC 8259, UTF-8)", reason="malformed_json"
            ) from None
        return found

    def handle_error(
        self,
        error: marshmallow.ValidationError,
        req: Any,  # noqa: ARG002 - overrides
        schema: marshmallow.Schema,  # noqa: ARG002 - overrides
        *,
        error_status_code: int | None,  # noqa: ARG002 - overrides
        error_headers: Mapping[str, str] | None,  # noqa: ARG002 - overrides
    ) -> NoReturn:
        """Refuse with the places of the faults, each said once."""
        found = {fault for inner in error.messages_dict.values() for fault in _faults(inner, "")}
        raise InvalidRequest(sorted(found)[:MOST_FAULTS]) from None


_PARSER: Final = _Parser()


def _taking(view: Any, schema: WireSchema, location: str) -> Any:
    """The view with one more argument, read from the request; a body that is plain, plainly."""

    def taking(*taken: Any, **path: Any) -> Response:
        found = None
        if location == "json":
            found = schema.plainly(_PARSER.load_json(request, schema))
        if found is None:
            found = _PARSER.parse(schema, request, location=location)
        answered: Response = view(*taken, found, **path)
        return answered

    return wraps(view)(taking)


class _Blueprint(flask_smorest.Blueprint):  # type: ignore[misc] # the library has no types
    """Blueprints that read requests with our parser."""

    ARGUMENTS_PARSER = _PARSER


class _Api(flask_smorest.Api):  # type: ignore[misc] # the library has no types
    """The documentation alone: errors are handled by `cdp.web.http`."""

    ERROR_SCHEMA = ProblemSchema
    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        """Not the library's."""


def _described_headers(headers: Mapping[str, str]) -> dict[str, Any]:
    return {
        name: {"description": about, "schema": {"type": "string"}}
        for name, about in headers.items()
    }


class _Repeated(ValueError):
    """A name twice in one object: two readers would understand two things."""


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Repeated
    return found


_ONCE: Final = json.JSONDecoder(object_pairs_hook=_each_once)


def _faults(messages: Any, pointer: str) -> Iterable[tuple[str, str]]:
    """(JSON pointer, text). The name of an unknown field is the caller's text: not repeated."""
    if not isinstance(messages, dict):
        for message in messages:
            place = pointer.rpartition("/")[0] if message.startswith(UNKNOWN) else pointer
            yield place, str(message)
        return
    for name, inner in messages.items():
        at_schema = name == marshmallow.exceptions.SCHEMA
        yield from _faults(inner, pointer if at_schema else f"{pointer}/{name}")
