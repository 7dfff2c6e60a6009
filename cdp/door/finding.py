"""Finding: which profiles do these identifiers lead to, for this purpose?"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from cdp import clock
from cdp.door.asking import (
    check_bound,
    eyes_for,
    is_permitted,
    plain_ask,
    rebuilding,
    turns,
)
from cdp.errors import Refused
from cdp.flows import disclose
from cdp.flows.disclose import Act, Caller, Sight
from cdp.platform import Platform
from cdp.store import jobs
from identity.normalize import Unusable, normalise


@dataclass(frozen=True)
class Identifier:
    """An identifier as a caller writes it."""

    type: str
    value: str = field(repr=False)
    region: str | None = None

    def normalised(self) -> tuple[str, str]:
        """(type, match key).

        Raises:
            Refused: not an identifier of its type.
        """
        try:
            return self.type, normalise(self.type, self.value, region=self.region)
        except Unusable as error:
            raise Refused(
                f"an identifier cannot be used: {error.reason}",
                reason="identifier_unusable",
            ) from None


def resolve(
    platform: Platform, caller: Caller, purpose: str, identifiers: Sequence[Identifier]
) -> list[UUID]:
    """The profiles that these identifiers lead to, for this purpose: usually one or none.

    Unknown, withdrawn and erased look the same: nothing.

    Raises:
        Refused: an identifier that is none, or a purpose the caller is not bound to.
    """
    check_bound(platform, caller, Act("resolve", purpose))
    wanted = [identifier.normalised() for identifier in identifiers]
    eyes = eyes_for(platform, {purpose})
    for turn in turns(platform):
        with platform.write() as tx:
            now = clock.now()
            found = disclose.find(tx, eyes.keys, purpose, wanted)
            sights = [
                disclose.look(tx, eyes, profile, [plain_ask(purpose, now)]) for profile in found
            ]
            behind = [sight.profile_id for sight in sights if purpose in sight.behind(turn)]
            jobs.remind(tx.main, tx.workspace, jobs.REFRESH, behind, now)
            if not behind:
                good = [sight for sight in sights if is_permitted(sight, purpose)]
                for sight in sights or [Sight.of_nobody()]:
                    held = {purpose} if sight in good else set()
                    disclose.log(tx, caller, sight, Act("resolve", purpose, None, held), now)
                return sorted(sight.profile_id for sight in good)
    raise rebuilding()


def contact_ref(platform: Platform, contact: Identifier) -> str:
    """The opaque reference by which decisions know a contact point.

    Raises:
        Refused: not an address of its type.
    """
    return platform.keyring.custodian().contact_ref(*contact.normalised())
