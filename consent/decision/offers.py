"""May offers be made, and may they be personal?

Two decisions: offers on at least one channel, and profiling for offers on that channel too.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Final

from consent.decision.deciding import decide, decide_prepared, earliest
from consent.decision.dossier import Dossier, prepare
from consent.decision.reasons import GENERIC_ONLY, PERSONALISED
from consent.decision.values import Ask, Decision
from consent.policy import Policy
from consent.reading import CHANNELS
from consent.subject import Subject

OFFERS: Final = "offers"
PROFILING: Final = "profiling_offers"


def offers_permitted(
    policy: Policy,
    subject: Subject | None,
    ask: Ask,
    *,
    sealed: Mapping[str, Collection[str]] | None = None,
    pending: bool = False,
) -> Decision:
    """Offers on the channel asked, or on at least one if none is asked.

    `sealed`: per purpose, the records in its sealed view. The reason of a permission is
    `PERSONALISED`, or `GENERIC_ONLY:` and the reason why profiling is not permitted.
    """
    if subject is None:
        return decide(policy, None, replace(ask, purpose=OFFERS))
    return offers_prepared(prepare(policy, subject, ask.now), ask, sealed=sealed, pending=pending)


def offers_prepared(
    dossier: Dossier,
    ask: Ask,
    *,
    sealed: Mapping[str, Collection[str]] | None = None,
    pending: bool = False,
) -> Decision:
    """`offers_permitted`, for a person who is asked about more than once at the same moment."""
    refused: list[Decision] = []
    for variant in _variants(dossier.subject, replace(ask, purpose=OFFERS)):
        offers = _ask(dossier, variant, sealed, pending=pending)
        if offers:
            asked = replace(variant, purpose=PROFILING)
            profiling = _ask(dossier, asked, sealed, pending=pending)
            reason = PERSONALISED if profiling else f"{GENERIC_ONLY}:{profiling.reason}"
            ends = earliest(offers.valid_until, profiling.valid_until)
            return replace(offers, reason=reason, valid_until=ends)
        refused.append(offers)
    return refused[0]


def _ask(
    dossier: Dossier, ask: Ask, sealed: Mapping[str, Collection[str]] | None, *, pending: bool
) -> Decision:
    present = None if sealed is None else sealed.get(ask.purpose, ())
    return decide_prepared(dossier, ask, sealed=present, pending=pending)


def _variants(subject: Subject, ask: Ask) -> Iterator[Ask]:
    """The ask itself; without a channel, every channel, and every contact point it may reach."""
    if ask.channel is not None:
        yield ask
        return
    contacts = subject.circumstances.contacts
    for channel in CHANNELS:
        yield _by(ask, channel, ask.contact)
        if ask.contact is None:
            for contact in contacts:
                if channel in contact.channels:
                    yield _by(ask, channel, contact.ref)


def _by(ask: Ask, channel: str, contact: str | None) -> Ask:
    """`replace`, which would take several times as long for each of a dozen."""
    return Ask(ask.purpose, ask.now, channel, contact, ask.brand, ask.topic, ask.action)
