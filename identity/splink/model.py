"""A model as a file: Splink's, our rules, or both together.

    {"format": "continuum.identity.model/1", "reads": "columns", "link_type": "dedupe_only",
     "continuum": {rules}, "splink": {settings}}

Splink refuses settings with a key that it does not know. So what we add stands beside them, and the
object under `splink` is what Splink loads.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from identity.rules import FORMAT as RULES
from identity.rules import Rules
from identity.splink.reading import LINK_TYPES, read_splink
from identity.splink.writing import to_splink
from identity.strict import InvalidRules, exactly, mapping

FORMAT: Final = "continuum.identity.model/1"
COLUMNS, TYPES = "columns", "types"
DEDUPE, LINK = "dedupe_only", "link_only"


@dataclass(frozen=True)
class Model:
    """Rules, and of what: `reads` columns as they are (Splink), or what types of field tell.

    `link_type`: `link_only` where no source holds anybody twice.
    """

    rules: Rules
    reads: str = TYPES
    link_type: str = DEDUPE

    @property
    def document(self) -> dict[str, object]:
        """Both together; what Splink cannot be told is left out of its part."""
        return {
            "format": FORMAT,
            "reads": self.reads,
            "link_type": self.link_type,
            "continuum": self.rules.document,
            "splink": self.splink,
        }

    @property
    def splink(self) -> dict[str, object]:
        """The settings that Splink loads."""
        return to_splink(self.rules, self.link_type)[0]

    @property
    def left_out(self) -> tuple[str, ...]:
        """What Splink cannot be told."""
        return to_splink(self.rules, self.link_type)[1]


def read_model(document: object, untrained: Decimal | None = None) -> Model:
    """A model from a file of any of these kinds.

    Raises:
        InvalidRules: it is none of them, or not as it should be.
    """
    top = mapping(document, "")
    if top.get("format") == FORMAT:
        return _both(top)
    if top.get("format") == RULES:
        return Model(Rules.parse(top))
    if "format" in top or "comparisons" not in top:
        raise InvalidRules("", f"must be a model of Splink 5, {FORMAT!r} or {RULES!r}")
    rules, link = read_splink(top, untrained)
    return Model(rules, COLUMNS, link)


def _both(top: Mapping[str, object]) -> Model:
    entry = exactly(
        dict(top), "", frozenset({"format", "reads", "link_type", "continuum", "splink"})
    )
    reads, link = entry["reads"], entry["link_type"]
    if reads not in (COLUMNS, TYPES):
        raise InvalidRules("reads", f"must be {COLUMNS!r} or {TYPES!r}")
    if link not in LINK_TYPES:
        raise InvalidRules("link_type", f"must be one of {', '.join(LINK_TYPES)}")
    return Model(Rules.parse(entry["continuum"]), str(reads), str(link))
