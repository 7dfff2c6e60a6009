"""People decide while others resolve, and processes die: nothing half obeyed, nothing lost."""

from collections.abc import Iterator, Mapping
from functools import partial
from itertools import islice
from uuid import UUID

import pytest

from benchmarks import processes, stage
from cdp import clock, door, work
from cdp.door import JudgeWanted, UnmergeWanted
from cdp.errors import Refused, TryAgain
from cdp.flows.disclose import Caller
from cdp.flows.resolve import resolve
from cdp.ids import new_id
from cdp.platform import Platform
from cdp.settings import Settings
from cdp.store import links, verdicts
from cdp.store.tx import Stores
from tests.flows.judging import groups, resolve_anew, say
from tests.flows.seeding import STAFF, Seeded
from tests.flows.streams import add_stream, land_rows, record_ids, resolve_all
from tests.flows.test_resolve_scored import FIELDS
from tests.flows.test_resolve_together import families

pytestmark = pytest.mark.slow

STEWARD = Caller(None, "stewards", frozenset({door.STEWARDSHIP}))
# Every boundary would be hundreds of process starts.
STRIDE = 6
Words = list[tuple[str, list[UUID]]]


def resolve_alone(environment: dict[str, str]) -> None:
    """A process that resolves a few records at a time until none waits."""
    platform = Platform.open(Settings.load(environment))
    custodian = platform.keyring.custodian()
    while True:
        try:
            with platform.write() as tx:
                if resolve(tx, custodian, platform.rules(tx), clock.now(), limit=3).records == 0:
                    break
        except TryAgain:
            continue
    platform.close()


def judge_alone(environment: dict[str, str], words: Words) -> None:
    """A process in which somebody decides one thing after the other."""
    platform = Platform.open(Settings.load(environment))
    for ruling, ids in words:
        while True:
            try:
                door.judge(platform, STEWARD, JudgeWanted(ruling, tuple(ids)))
            except TryAgain:
                continue
            break
    platform.close()


def run_at_once(*work_: tuple[object, ...]) -> None:
    started = [processes.context().Process(target=one[0], args=one[1:]) for one in work_]  # type: ignore[arg-type]
    for process in started:
        process.start()
    for process in started:
        process.join(processes.PATIENCE_SECONDS)
        assert process.exitcode == 0


def test_two_processes_that_judge_and_resolve_at_once_leave_what_one_after_the_other_would(
    platform: Platform, environment: dict[str, str]
) -> None:
    rows, crm = families(), add_stream(platform, "crm", fields=FIELDS)
    first = dict(islice(rows.items(), len(rows) // 2))
    rest: dict[str, Mapping[str, str]] = {k: v for k, v in rows.items() if k not in first}
    land_rows(platform, crm, first)
    resolve_all(platform)
    ids = record_ids(platform, crm, first)
    words: Words = []
    for n in range(3):
        words.append((verdicts.TOGETHER, [ids[f"robert{n}"], ids[f"other{n}"]]))
        words.append((verdicts.APART, [ids[f"robert{n}"], ids[f"bob{n}"]]))
    land_rows(platform, crm, rest)
    land_rows(platform, crm, {key: {**row, "city": "Bremen"} for key, row in first.items()})

    run_at_once(
        (resolve_alone, environment),
        (judge_alone, environment, words[::2]),
        (judge_alone, environment, words[1::2]),
        (resolve_alone, environment),
    )

    every = record_ids(platform, crm, rows)
    found = groups(platform, every)
    for n in range(3):
        home = next(group for group in found if f"robert{n}" in group)
        assert f"other{n}" in home
        assert f"bob{n}" not in home
    resolve_anew(platform)
    assert groups(platform, every) == found
    assert sum(map(len, found)) == len(rows)
    with platform.read() as tx:
        current = links.current_ids(tx.main, tx.workspace)
        assert len(current) == len(found)


@pytest.fixture
def place(seeded: Seeded) -> stage.Place:
    """Where another process finds the seeded platform."""
    urls = seeded.platform.settings.stores
    return stage.Place(urls.main, urls.custody, urls.views, seeded.platform.workspace)


def decide(
    stores: Stores,
    environment: dict[str, str],
    workspace: UUID,
    wanted: JudgeWanted | UnmergeWanted,
) -> None:
    """In the victim."""
    platform = Platform(Settings.load(environment), stores, workspace)
    ask(platform, wanted)


def ask(platform: Platform, wanted: JudgeWanted | UnmergeWanted) -> bool:
    """Whether it was done before."""
    if isinstance(wanted, JudgeWanted):
        return bool(door.judge(platform, STEWARD, wanted)[0]["repeated"])
    return bool(door.undo_merge(platform, STEWARD, wanted)[0]["repeated"])


def members(platform: Platform, profile: UUID) -> list[UUID]:
    with platform.read() as tx:
        return sorted(links.members(tx.main, [profile]))


def wishes(platform: Platform, profile: UUID) -> Iterator[JudgeWanted | UnmergeWanted]:
    """Two records are parted by a verdict; then by undoing the merge that taking it back was."""
    ids = tuple(members(platform, profile))
    while True:
        yield JudgeWanted(verdicts.APART, ids, verdict_id=new_id())
        yield UnmergeWanted(profile, verdict_id=new_id())


def test_a_decision_killed_anywhere_has_been_made_and_obeyed_or_neither(
    seeded: Seeded, environment: dict[str, str], place: stage.Place
) -> None:
    platform, ada = seeded.platform, seeded.profiles["ada"]
    wanted = wishes(platform, ada)
    first = say(platform, verdicts.APART, *members(platform, ada))
    door.undo(platform, STEWARD, first.verdict.id)
    work.refresh_all(platform)
    at, seen, finished = 1, set(), 0
    with processes.Victims(place) as victims:
        while finished < 2:
            wish = next(wanted)
            do = partial(decide, environment=environment, workspace=platform.workspace, wanted=wish)
            ended = victims.die_at(at, do)
            at += STRIDE
            finished += ended.killed is None

            with platform.read() as tx:
                committed = wish.verdict_id in verdicts.find(tx.main, [wish.verdict_id])
            assert (len(members(platform, ada)) == 1) == committed, ended.killed
            assert is_read(platform, ada) == (not committed), ended.killed
            seen.add((committed, ended.killed is None))
            platform.recover(clock.now())
            assert ask(platform, wish) == committed, "the caller tries the same again"
            assert len(members(platform, ada)) == 1
            door.undo(platform, STEWARD, wish.verdict_id)
            assert len(members(platform, ada)) == 2
            work.refresh_all(platform)
    assert seen >= {(False, False), (True, True)}


def is_read(platform: Platform, profile: UUID) -> bool:
    """Whether a view of the whole person is shown."""
    try:
        return door.profile(platform, STAFF, profile, "service").data is not None
    except (TryAgain, Refused):
        return False
