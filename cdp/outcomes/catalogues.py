"""What a workspace lists, parsed: offers, answers, journeys, traits.

A workspace that declared no journeys or no traits has the default ones.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cdp.outcomes.content import Answers
from cdp.outcomes.default_journeys import DEFAULT_JOURNEYS
from cdp.outcomes.journeys import Journeys
from cdp.outcomes.offers import Catalogue
from cdp.outcomes.traits import DEFAULT, Traits

Listed = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogues:
    """Every catalogue of a workspace, each as its own `parse` made it."""

    offers: Catalogue
    answers: Answers
    journeys: Journeys
    traits: Traits = DEFAULT

    @classmethod
    def parse(
        cls,
        *,
        offers: Listed | None = None,
        answers: Listed | None = None,
        journeys: Listed | None = None,
        traits: Listed | None = None,
    ) -> "Catalogues":
        """From the lists of the catalogues in force; None where none is.

        Raises:
            Refused: `offer_invalid`, `answer_invalid`, `journey_invalid`, `trait_invalid` or
                `trait_not_permitted`.
        """
        return cls(
            offers=Catalogue.parse(offers or []),
            answers=Answers.parse(answers or []),
            journeys=Journeys.parse(DEFAULT_JOURNEYS if journeys is None else journeys),
            traits=DEFAULT if traits is None else Traits.parse(traits),
        )
