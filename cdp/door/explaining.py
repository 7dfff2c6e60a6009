"""Explaining: why two ids are one person or two, for the people who care for the records.

Asked under the purpose `stewardship`; values are masked. The answer is logged for both profiles
before it leaves, and so is a refusal.
"""

from typing import Any, Final
from uuid import UUID

from cdp import clock
from cdp.door.asking import check_bound, eyes_for, is_permitted, plain_ask
from cdp.door.fields import check_unlimited
from cdp.errors import ContinuumError, NotFound, ProfileSplit, TryAgain
from cdp.flows import disclose
from cdp.flows import explain as flow
from cdp.flows.disclose import Act, Caller, Sight
from cdp.platform import Platform
from cdp.store.tx import Tx
from cdp.subjects import find_subject

STEWARDSHIP: Final = "stewardship"


def explain(platform: Platform, caller: Caller, first: UUID, second: UUID) -> dict[str, Any]:
    """Why two profiles, or two records, are one person or are not, step by step in bits.

    For two profiles: their strongest pair of records, and why that does not make them one. For a
    profile and itself: its weakest link.

    Raises:
        NotFound: one of the ids is unknown or not to be seen: both look the same.
        ProfileSplit: one of them stands for several profiles now.
        TryAgain: its records are not resolved yet.
        Refused: the caller is not bound to `stewardship`, or is bound to fields: masked or not, an
            explanation says how well others agree.
    """
    act = Act("explain", STEWARDSHIP)
    check_bound(platform, caller, act)
    check_unlimited(platform, caller, act)
    with platform.write() as tx:
        found = _explained(tx, platform, caller, (first, second))
    if isinstance(found, ContinuumError):
        raise found
    return found


def _explained(
    tx: Tx, platform: Platform, caller: Caller, ids: tuple[UUID, UUID]
) -> dict[str, Any] | ContinuumError:
    """The document, or the error as a value: raising here would roll its log entry back."""
    now = clock.now()
    refused = Act("explain", STEWARDSHIP)
    try:
        subjects = find_subject(tx, ids[0]), find_subject(tx, ids[1])
    except (NotFound, ProfileSplit) as error:
        disclose.log(tx, caller, Sight.of_nobody(), refused, now)
        return error
    eyes = eyes_for(platform, ())
    profiles = sorted({subject.profile_id for subject in subjects})
    sights = [disclose.look(tx, eyes, one, [plain_ask(STEWARDSHIP, now)]) for one in profiles]
    answer: dict[str, Any] | ContinuumError
    if all(is_permitted(sight, STEWARDSHIP) for sight in sights):
        try:
            custodian = platform.keyring.custodian()
            answer = flow.explain(tx, custodian, platform.rules(tx), subjects, now)
        except TryAgain as error:
            answer = error
    else:
        answer = NotFound("there is no such profile", reason="NO_PROFILE")
    given = isinstance(answer, dict)
    act = Act("explain", STEWARDSHIP, None, {STEWARDSHIP}) if given else refused
    for sight in sights:
        disclose.log(tx, caller, sight, act, now)
    return answer
