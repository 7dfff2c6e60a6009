"""Repeats: a write that is sent again under the same `Idempotency-Key` is done once.

The key and the request are kept as MACs, for 24 hours, with the answer. The id of what is written
follows from client, key and request, so a request that was interrupted is finished by its retry,
and two at once are one in the ledger. A no never waits for this book-keeping: it is looked up and
written down where that is possible, and taken where it is not.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

import orjson

from cdp import clock
from cdp.errors import ContinuumError, Refused, TryAgain
from cdp.flows.disclose import Caller
from cdp.ids import keyed_id
from cdp.platform import Platform
from cdp.store import idempotency
from cdp.store.idempotency import Attempt, Kept

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotency-Replayed"
Done = tuple[dict[str, Any], int]


@dataclass(frozen=True)
class Repeatable:
    """One write under a key; `write` gets the id to write under and returns answer and status.

    `restricts`: it takes away, so nothing may hold it up.
    """

    platform: Platform
    attempt: Attempt = field(repr=False)
    event_id: UUID
    restricts: bool

    @classmethod
    def of(
        cls,
        platform: Platform,
        caller: Caller,
        key: str,
        request: tuple[str, str, bytes],
        *,
        restricts: bool,
    ) -> "Repeatable":
        """`request` is method, path and body: all that was asked for."""
        client = caller.client_id or UUID(int=0)
        key_mac = platform.answers.mac("repeat-key", client, key)
        request_mac = platform.answers.mac("repeat-request", *request)
        event_id = keyed_id(platform.answers.mac("repeat-id", key_mac, request_mac))
        return cls(platform, Attempt(client, key_mac, request_mac), event_id, restricts)

    def once(self, write: Callable[[], Done]) -> tuple[dict[str, Any], int, bool]:
        """Answer, status, and whether it was answered before.

        Raises:
            Refused: `idempotency_key_reused`: the key was used for another request.
        """
        kept = self._glance() if self.restricts else self._claim()
        if kept is not None and kept.answers(self.attempt):
            return kept.answer or {}, kept.status or HTTPStatus.OK, True
        try:
            answer, status = write()
        except TryAgain:
            raise  # the same request may finish it
        except ContinuumError:
            self._give_back()
            raise
        return *self._keep(answer, status), False

    def _claim(self) -> Kept:
        with self.platform.write() as tx:
            kept = idempotency.claim(tx.main, tx.workspace, self.attempt, clock.now())
        if kept.request_mac != self.attempt.request_mac:
            raise Refused(
                "this Idempotency-Key was used for another request; send a fresh one",
                reason="idempotency_key_reused",
            )
        return kept

    def _glance(self) -> Kept | None:
        """What is kept of this key, if that can be read now."""
        with suppress(ContinuumError), self.platform.read() as tx:
            return idempotency.find(tx.main, tx.workspace, self.attempt, clock.now())
        return None

    def _keep(self, answer: dict[str, Any], status: int) -> Done:
        """The answer that stands: of two at once, that of the first."""
        if status == HTTPStatus.OK:
            # What was done is done: if this fails, the ledger knows it under the same id.
            with suppress(ContinuumError), self.platform.write() as tx:
                idempotency.claim(tx.main, tx.workspace, self.attempt, clock.now())
                idempotency.keep(tx.main, tx.workspace, self.attempt, status, answer)
                kept = idempotency.find(tx.main, tx.workspace, self.attempt, clock.now())
                if kept is not None and kept.answers(self.attempt):
                    return kept.answer or {}, kept.status or status
        return answer, status

    def _give_back(self) -> None:
        with suppress(ContinuumError), self.platform.write() as tx:
            idempotency.release(tx.main, tx.workspace, self.attempt)


def body_of(data: bytes) -> bytes:
    """A body as it is compared: the same JSON however it is written."""
    return orjson.dumps(orjson.loads(data), option=orjson.OPT_SORT_KEYS)
