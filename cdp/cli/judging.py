"""How right the platform was about the demo's people: its profiles held against the truth.

The platform is never given the truth. It is asked in which profile each record is; a record is
named by the keyed digest of its key in the source, as when it landed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any, Final
from uuid import UUID

from rich.console import Console
from rich.text import Text

from cdp.cli.output import table
from cdp.platform import Platform
from cdp.store import records, sources
from examples.evaluation import Agreement, Recall, evaluate, recall_by_kind, wrong_by_reason
from examples.silos import Place, Silos
from examples.spellings import KINDS

_BAR: Final = 20
_GOOD, _FAIR = 0.9, 0.5


def found_records(platform: Platform, places: Iterable[Place]) -> dict[Place, UUID]:
    """The record of each place that has one here."""
    wanted: dict[str, list[str]] = {}
    for place in places:
        wanted.setdefault(place[0], []).append(place[1])
    intake = platform.keyring.intake()
    found: dict[Place, UUID] = {}
    with platform.read() as tx:
        for stream in sources.streams_of(tx.main, platform.workspace):
            macs = {
                intake.external_key_mac(stream.source_id, stream.name, key): key
                for key in wanted.get(stream.name, ())
            }
            known = records.known(tx.main, stream.id, sorted(macs))
            found.update({(stream.name, macs[mac]): one.id for mac, one in known.items()})
    return found


def judged(platform: Platform, silos: Silos) -> dict[str, Any]:
    """Precision, recall and cluster figures, and what was missed, by kind of difficulty."""
    truth = {place: person for person, places in silos.truth.items() for place in places}
    ids = found_records(platform, truth)
    with platform.read() as tx:
        profiles = records.profiles_of(tx.main, list(ids.values()))
    found = {place: profiles[record] for place, record in ids.items() if record in profiles}
    score = evaluate(truth, found)
    by_kind = recall_by_kind(truth, found, silos.kinds)
    return {
        **asdict(score),
        "pairwise": _agreement(score.pairwise),
        "b_cubed": _agreement(score.b_cubed),
        "wrong_pairs": wrong_by_reason(truth, found, silos.groups),
        "recall_by_kind": {kind or "none": _recall(one) for kind, one in by_kind.items()},
    }


def show_judged(out: Console, document: Mapping[str, Any]) -> None:
    """The figures for people: what is right, what is wrong, and what was missed."""
    rows = [
        (name, *(f"{figures[what]:.3f}" for what in ("precision", "recall", "f1")))
        for name, figures in (
            ("pairs of records", document["pairwise"]),
            ("B-cubed, per record", document["b_cubed"]),
        )
    ]
    out.print(table("", ("", "precision", "recall", "F1"), rows))
    wrong = document["wrong_pairs"]
    out.print(
        f"{document['exact']} of {document['people']} are exactly one profile."
        f" {document['wrong']} of {document['pairs'] - document['missed'] + document['wrong']}"
        f" pairs put together are wrong ({wrong['group']} within a household or firm);"
        f" {document['missed']} of {document['pairs']} pairs were missed.\n"
    )
    out.print("Found, of the pairs in which a record is difficult:", style="bold")
    kinds = document["recall_by_kind"]
    for kind in sorted(kinds, key=lambda kind: kinds[kind]["share"]):
        out.print(_line(kind, kinds[kind]))


def _line(kind: str, recall: Mapping[str, Any]) -> Text:
    filled = round(recall["share"] * _BAR)
    share = recall["share"]
    style = "green" if share > _GOOD else "yellow" if share > _FAIR else "red"
    line = Text(f"  {kind:<16} ")
    line.append("█" * filled, style=style).append("░" * (_BAR - filled), style="dim")
    line.append(f" {recall['share']:>6.1%}  of {recall['pairs']:>5}  ")
    return line.append(KINDS.get(kind, "nothing is wrong with either record"), style="dim")


def _agreement(found: Agreement) -> dict[str, float]:
    return {
        "precision": round(found.precision, 4),
        "recall": round(found.recall, 4),
        "f1": round(found.f1, 4),
    }


def _recall(found: Recall) -> dict[str, Any]:
    return {"pairs": found.pairs, "found": found.found, "share": round(found.share, 4)}
