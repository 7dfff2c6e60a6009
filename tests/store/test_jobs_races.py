"""Askers and workers at once: nobody waits in a circle, nothing wanted is forgotten."""

import random
import threading
import time
from datetime import timedelta
from uuid import UUID

import pytest

from cdp import clock
from cdp.ids import new_id
from cdp.store import jobs
from cdp.store.tx import Stores, Tx

pytestmark = pytest.mark.slow

SECONDS = 3.0
QUICK = jobs.Patience(timedelta(0), timedelta(0), attempts=None)


class Crowd:
    """Threads that ask for work and threads that do it, until the time is over."""

    def __init__(self, stores: tuple[Stores, UUID]) -> None:
        self.opened, self.workspace = stores
        self.subjects = [new_id() for _ in range(40)]
        self.wanted: set[UUID] = set()
        self.done: set[UUID] = set()
        self.wrong: list[Exception] = []
        self._ends = time.monotonic() + SECONDS

    def run(self) -> None:
        """Three of each."""
        threads = [threading.Thread(target=self._run, args=(turn,)) for turn in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)

    def _run(self, turn: int) -> None:
        chance = random.Random(turn)  # noqa: S311
        while time.monotonic() < self._ends and not self.wrong:
            try:
                (self._ask if turn % 2 else self._do)(chance)
            except Exception as error:  # noqa: BLE001 - told by the test
                self.wrong.append(error)

    def _ask(self, chance: random.Random) -> None:
        some = chance.sample(self.subjects, 20)
        with self.opened.write(self.workspace) as tx:
            jobs.want(tx.main, self.workspace, jobs.REFRESH, some, clock.now())
        with self.opened.write(self.workspace) as tx:
            jobs.remind(tx.main, self.workspace, jobs.REFRESH, self.subjects, clock.now())
        self.wanted.update(some)

    def _do(self, chance: random.Random) -> None:
        with self.opened.write(self.workspace) as tx:
            leased = self.lease(tx)
        with self.opened.write(self.workspace) as tx:
            leased = jobs.renew(tx.main, self.workspace, leased, clock.now(), seconds=60)
        chance.shuffle(leased)
        third = len(leased) // 3
        bad, put_off, good = leased[:third], leased[third : 2 * third], leased[2 * third :]
        with self.opened.write(self.workspace) as tx:
            jobs.hold(tx.main, self.workspace, leased)
            jobs.done(tx.main, self.workspace, good)
            failures = dict.fromkeys(bad, "fault")
            jobs.fail(tx.main, self.workspace, failures, clock.now(), patience=QUICK)
            jobs.later(tx.main, self.workspace, put_off, clock.now())
        self.done.update(job.subject_id for job in good)

    def lease(self, tx: Tx) -> list[jobs.Job]:
        return jobs.lease(tx.main, self.workspace, jobs.REFRESH, clock.now(), limit=25, seconds=60)


def test_askers_and_workers_meet_without_a_deadlock(stores: tuple[Stores, UUID]) -> None:
    crowd = Crowd(stores)

    crowd.run()

    assert crowd.wrong == []
    left: set[UUID] = set()
    for _ in range(3):
        with crowd.opened.write(crowd.workspace) as tx:
            rest = crowd.lease(tx)
            jobs.done(tx.main, crowd.workspace, rest)
        left |= {job.subject_id for job in rest}
    assert crowd.wanted
    assert crowd.wanted <= left | crowd.done
    with crowd.opened.read(crowd.workspace) as tx:
        assert jobs.waiting(tx.main, crowd.workspace, jobs.REFRESH) == 0
