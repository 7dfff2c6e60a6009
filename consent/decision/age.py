"""G4 age: below the age of a regime, marketing needs a guardian, and a workspace that allows it.

In the United States the sale of data of the young is opt-in: their own from 13 to 15, a guardian's
below. On a birthday that is not everywhere yet, both ages count. An unknown age is an adult's.
"""

from consent.decision.case import Case
from consent.decision.standing import Lens
from consent.events import YES
from consent.regimes import SALE_AGE, SALE_GUARDIAN_AGE, is_us

Plan = tuple[str, Lens]
"""A regime, and whose yes counts in it; a permission must hold for every plan."""


def plans(case: Case) -> list[Plan] | None:
    """Whose yes counts in each regime; None if the person is too young for the ask."""
    ages = case.dossier.ages if case.purpose.marketing else ()
    if ages:
        case.moments.extend(case.dossier.birthday())
    found: list[Plan] = []
    for regime in case.regimes:
        lenses = {_lens(case, regime, age) for age in ages} - {Lens.ANY} if ages else ()
        if not lenses:
            found.append((regime, Lens.ANY))
            continue
        if not all(_may(case, lens) for lens in lenses):
            return None
        found.extend((regime, lens) for lens in sorted(lenses))
    return found


def _lens(case: Case, regime: str, age: int) -> Lens:
    if is_us(regime) and case.purpose.is_sale and SALE_GUARDIAN_AGE <= age < SALE_AGE:
        return Lens.OWN
    sale = is_us(regime) and case.purpose.is_sale and age < SALE_GUARDIAN_AGE
    return Lens.GUARDIAN if sale or age < case.policy.age_limit(regime) else Lens.ANY


def _may(case: Case, lens: Lens) -> bool:
    """There is such a yes at all; whether it is in force is for the basis to say."""
    if lens is Lens.GUARDIAN and not case.policy.terms.minors_with_guardian:
        return False
    return any(fact.type in YES and lens.sees(fact) for facts in case.facts for fact in facts)
