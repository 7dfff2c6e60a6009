"""Operations: is it alive, can it serve, what does it measure, what does it offer. All public."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final
from uuid import UUID

from flask import Response, current_app
from marshmallow import fields

from cdp import metrics, work
from cdp.errors import ContinuumError
from cdp.platform import Platform
from cdp.store import configuration, keys, views
from cdp.store.tx import Tx
from cdp.web import http
from cdp.web.auth import Access
from cdp.web.problems import Problem
from cdp.web.smorest import Answer, Group, Operation
from cdp.web.wire import WireSchema

group = Group("operations", "Health, metrics and this document")

METRICS_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
DOCUMENT: Final = "CONTINUUM_OPENAPI"
_PUBLIC: Final = Access(public=True)
_STORES: Final = {"main": "ok", "custody": "ok", "views": "ok"}


class LiveSchema(WireSchema):
    """The process answers."""

    status = fields.String(required=True)


class ReadySchema(WireSchema):
    """Every store answers. `outbox_pending`: restrictions that views and custody will hear of."""

    status = fields.String(required=True)
    stores = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    outbox_pending = fields.Integer(required=True)


@group.get(
    "/health/live",
    Operation(
        id="isLive",
        summary="The process answers",
        answers=(Answer(200, "Alive", LiveSchema, {"status": "ok"}),),
        access=_PUBLIC,
    ),
)
def live() -> Response:
    """No store is asked."""
    return http.answer({"status": "ok"})


@group.get(
    "/health/ready",
    Operation(
        id="isReady",
        summary="The three stores answer",
        answers=(
            Answer(
                200,
                "Ready",
                ReadySchema,
                {"status": "ok", "stores": _STORES, "outbox_pending": 0},
            ),
        ),
        problems=(503,),
        access=_PUBLIC,
    ),
)
def ready() -> Response:
    """One that is away is named, as a problem `not_ready`."""
    platform = http.platform()
    stores = {name: _state(platform, probe) for name, probe in _PROBES.items()}
    if set(stores.values()) != {"ok"}:
        detail = "a store does not answer; see `stores`"
        return http.problem(Problem(503, "not_ready", detail, {"stores": stores}))
    pending = platform.outbox_pending()
    return http.answer({"status": "ok", "stores": stores, "outbox_pending": pending})


@group.get(
    "/metrics",
    Operation(
        id="readMetrics",
        summary="Metrics in the text format of Prometheus",
        answers=(Answer(200, "Metrics", {"type": "string"}, media_type="text/plain"),),
        access=_PUBLIC,
    ),
)
def exposition() -> Response:
    """Labels are from closed lists: nothing personal is in them.

    Queues are looked at for every reading; while main is away the last figures stay.
    """
    with suppress(ContinuumError):
        work.gauge(http.platform())
    return Response(metrics.exposition(), content_type=METRICS_TYPE)


@group.get(
    "/openapi.json",
    Operation(
        id="readDocument",
        summary="This document",
        answers=(Answer(200, "OpenAPI 3.1", {"type": "object"}),),
        access=_PUBLIC,
    ),
)
def openapi() -> Response:
    """Made once, from the operations themselves."""
    return Response(current_app.config[DOCUMENT], content_type="application/json")


def _state(platform: Platform, probe: Callable[[Tx], Any]) -> str:
    try:
        with platform.read() as tx:
            probe(tx)
    except ContinuumError:
        return "away"
    return "ok"


# One look-up by key in each store: cheap, and false if the store is there but empty of tables.
_PROBES: Final[dict[str, Callable[[Tx], Any]]] = {
    "main": lambda tx: configuration.head(tx.main, tx.workspace),
    "custody": lambda tx: keys.bodies(tx.custody, [UUID(int=0)]),
    "views": lambda tx: views.survived(tx.views, tx.workspace),
}
