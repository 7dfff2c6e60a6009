"""The scenes of the demo in which people appear: why they are one or two, and what they are told.

Everything goes through the one door, as requests of any client do, and is logged like them.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from cdp import clock, door, hearing
from cdp.cli.consents import tell as tell_consent
from cdp.cli.judging import found_records
from cdp.cli.opening import STAFF, asked
from cdp.cli.panels import WHY, WIDTH, context_panel
from cdp.cli.stewarding import STEWARD
from cdp.cli.waterfall import explanation_panel
from cdp.door import Identifier
from cdp.hearing import ConsentRequest
from cdp.ids import new_id
from cdp.platform import Platform
from consent.decision import Ask
from examples.ledger import NOTICE
from examples.silos import Place, Silos
from examples.spellings import KINDS

CHANNEL: Final = "chat"
_TRIES: Final = 12


@dataclass
class Stage:
    """Where the demo plays and what is known of its people."""

    out: Console
    platform: Platform
    silos: Silos
    folder: Path
    now: datetime
    _headings: int = field(default=0, init=False)

    def heading(self, text: str) -> None:
        """A line between two steps, which are numbered."""
        self._headings += 1
        self.out.print(f"\n{self._headings}  {text}", style="bold underline")


def tell_apart(stage: Stage) -> dict[str, Any]:
    """One pair of records that is one person for all its differences, and one that is two."""
    stage.heading("Why one person, and why two")
    return {"merge": _merge(stage), "refusal": _refusal(stage)}


def meet(stage: Stage) -> dict[str, Any]:
    """Three customers and their contexts; an offer withheld; a withdrawal and its effect."""
    stage.heading("Three customers, three contexts")
    heroes = {key: find(stage, key) for key in ("amelie", "bruno", "caitlin", "dorothea")}
    for key in ("bruno", "dorothea"):
        _give(stage, heroes[key])
    _say(stage, heroes["caitlin"], {"type": "refused", "purposes": ["offers", "profiling_offers"]})
    shown = {
        "served_first": _context(
            stage, "Amelie: wants offers, but waits for a parcel and an answer", heroes["amelie"]
        ),
        "all_permitted": _context(stage, "Bruno: all permitted", heroes["bruno"]),
        "service_only": _context(
            stage, "Caitlin: service only, she said no to offers", heroes["caitlin"]
        ),
    }
    withheld = _withheld(stage, shown["served_first"])
    stage.heading("A withdrawal holds at once")
    before = _ask_context(stage, heroes["dorothea"])
    withdrawal = _withdraw(stage, heroes["dorothea"], before)
    shown["withdrawn"] = _context(stage, "Dorothea: withdrawn a second ago", heroes["dorothea"])
    return {"contexts": shown, "withheld_offer": withheld, "withdrawal": withdrawal}


def find(stage: Stage, key: str) -> UUID:
    """The profile of somebody, by mail address and customer number."""
    person = stage.silos.people[key]
    wanted = [Identifier("email", person.email), Identifier("customer_id", person.customer_no)]
    (found,) = door.resolve(stage.platform, STAFF, "service", wanted)
    return found


def _merge(stage: Stage) -> dict[str, Any]:
    """Two difficult records of one person that became one profile; the first pair that did."""
    told: dict[str, Any] = {}
    for place, other in _difficult(stage.silos):
        told = _explained(stage, place, other)
        if told["explanation"]["same"]:
            break
    return _show(stage, told)


def _refusal(stage: Stage) -> dict[str, Any]:
    """Two people of one mailbox, phone, address, surname and initial."""
    first, second = (_place(stage.silos, key, "customers") for key in ("edeltraud", "emmerich"))
    return _show(stage, _explained(stage, first, second))


def _difficult(silos: Silos) -> Iterator[tuple[Place, Place]]:
    """The pair with a story first, then drawn people with an account that differs."""
    keys = ["elizabeth", *(key for key in silos.people if key.startswith("person"))]
    pairs = (
        (_place(silos, key, "customers"), _place(silos, key, "accounts"))
        for key in keys
        if {"customers", "accounts"} <= {stream for stream, _ in silos.truth[key]}
    )
    told = [pair for pair in pairs if silos.kinds[pair[1]] - {"shared_contact", "no_accents"}]
    yield from told[:_TRIES]


def _place(silos: Silos, key: str, stream: str) -> Place:
    return next(place for place in silos.truth[key] if place[0] == stream)


def _explained(stage: Stage, place: Place, other: Place) -> dict[str, Any]:
    ids = found_records(stage.platform, (place, other))
    return {
        "differences": sorted(stage.silos.kinds[place] | stage.silos.kinds[other]),
        "explanation": door.explain(stage.platform, STEWARD, ids[place], ids[other]),
    }


def _show(stage: Stage, told: dict[str, Any]) -> dict[str, Any]:
    known = "; ".join(KINDS[kind] for kind in told["differences"])
    stage.out.print(f"What the inventor knows of these two records: {known}.", style="dim")
    stage.out.print(explanation_panel(told["explanation"]))
    return told


def _give(stage: Stage, profile_id: UUID) -> None:
    said = {
        "type": "given",
        "purposes": ["offers", "profiling_offers"],
        "channels": [CHANNEL, "email"],
        "notice": NOTICE,
        "evidence": {"ref": "demo/form"},
    }
    _say(stage, profile_id, said)


def _say(stage: Stage, profile_id: UUID, fields: dict[str, Any]) -> None:
    whole = {**fields, "by_party": "data_subject", "method": "demo"}
    tell_consent(stage.platform, profile_id, whole)


def _ask_context(stage: Stage, profile_id: UUID) -> dict[str, Any]:
    return asked(
        stage.platform,
        profile_id,
        lambda: door.context(stage.platform, STAFF, profile_id, "service", channel=CHANNEL),
    )


def _context(stage: Stage, title: str, profile_id: UUID) -> dict[str, Any]:
    document = _ask_context(stage, profile_id)
    stage.out.print(context_panel(title, document))
    return document


def _withheld(stage: Stage, context: dict[str, Any]) -> dict[str, Any]:
    """The first offer that is held back from somebody who wants offers, and why."""
    stage.heading("An offer withheld, and why")
    allowed = context["offers"]
    offer = context["actions"]["suppressed"][0]
    open_ = [
        f"case {one['case']}" if "case" in one else f"order {one.get('order')}"
        for one in context["outcomes"]["resolution"]["value"]["open"]
    ]
    gate = offer["blocked_by"]
    stage.out.print(
        f"Amelie said yes to offers ({allowed['reason']}), by {', '.join(allowed['channels'])}."
        f"\n{offer['offer']} is withheld from her all the same: {gate}, {WHY.get(gate, gate)}"
        f" ({', '.join(open_) or 'nothing'})."
        "\nSomebody who may only make offers is told `not_now`, and not that she complained."
    )
    return {**offer, "open": open_}


def _withdraw(stage: Stage, profile_id: UUID, before: dict[str, Any]) -> dict[str, Any]:
    """Withdraw, and ask again at once."""
    platform = stage.platform
    request = ConsentRequest(
        event_id=new_id(),
        source="staff",
        fields={"type": "withdrawn", "purposes": ["offers"], "by_party": "data_subject"},
    )
    started = time.perf_counter()
    _, destroyed = hearing.record(platform, STAFF, profile_id, request)
    acknowledged = time.perf_counter()
    ask = Ask(purpose="offers", channel=CHANNEL, now=clock.now())
    answer = door.decide(platform, STAFF, profile_id, ask)
    answered = time.perf_counter()
    told = {
        "before": before["offers"]["permitted"],
        "after": answer.decision["permitted"],
        "reason": answer.decision["reason"],
        "key_destroyed": destroyed,
        "acknowledged_ms": _ms(acknowledged - started),
        "refused_ms": _ms(answered - acknowledged),
    }
    stage.out.print(
        Panel(
            f"offers permitted before: {_yes(told['before'])}\n"
            f"withdrawal acknowledged after {told['acknowledged_ms']} ms;"
            f" the key of the view is destroyed: {_yes(told['key_destroyed'])}\n"
            f"asked again at once: {_yes(told['after'])}, {told['reason']},"
            f" {told['refused_ms']} ms later",
            title=Text("Dorothea withdraws"),
            title_align="left",
            border_style="red",
            width=WIDTH,
        )
    )
    return told


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


def _yes(permitted: bool) -> str:
    return "yes" if permitted else "no"
