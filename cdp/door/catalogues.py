"""The catalogues of a workspace, parsed once per version and not once per request.

Which are in force is asked in every answer; what a version says never changes, so its parsed form
may be kept. It holds nothing personal.
"""

from collections.abc import Callable, Hashable
from typing import Any, Final
from uuid import UUID

from cdp.outcomes.catalogues import Catalogues
from cdp.store import configuration
from cdp.store.disclosures import Standing
from cdp.store.tx import Tx

_MOST: Final = 64
_Versions = tuple[Hashable, ...]


class Shelf:
    """The parsed catalogues of the workspaces asked for last."""

    def __init__(self) -> None:
        self._kept: dict[tuple[UUID, _Versions], Catalogues] = {}

    def of(self, tx: Tx, standing: Standing | None = None) -> Catalogues:
        """What is in force in the workspace of this unit of work.

        A `standing` read in the same unit knows already whether anything is new.
        """
        if standing is None:
            versions: _Versions = (*configuration.catalogue_versions(tx.main, tx.workspace),)
        else:
            versions = standing.catalogues
        key = (tx.workspace, versions)
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = _parsed(lambda kind: _listed(tx, kind))
            while len(self._kept) > _MOST:
                self._kept.pop(next(iter(self._kept)), None)
        return found


def _parsed(listed: Callable[[str], list[dict[str, Any]] | None]) -> Catalogues:
    return Catalogues.parse(
        offers=listed(configuration.OFFERS),
        answers=listed(configuration.ANSWERS),
        journeys=listed(configuration.JOURNEYS),
        traits=listed(configuration.TRAITS),
    )


def _listed(tx: Tx, kind: str) -> list[dict[str, Any]] | None:
    """What the catalogue of a kind lists; None where none is in force."""
    document = configuration.catalogue_in_force(tx.main, tx.workspace, kind)
    return None if document is None else list(document.get(kind, []))


SHELF: Final = Shelf()
