"""A claim of a context in a few words, as somebody at a desk would say it.

What a claim holds beyond what is said here is in the document; a kind of claim that nobody wrote a
sentence for is told field by field.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from rich.text import Text

Value = Mapping[str, Any]

_HOURS_A_DAY = 24
_DATE = len("2026-01-01")


def sentences(name: str, values: Sequence[Value]) -> list[Text]:
    """Lines about the claims of one kind, at least one."""
    tell = _TELL.get(name)
    lines = [line for value in values for line in tell(value)] if tell else []
    return lines or [Text(", ".join(_facts(value) for value in values))]


def journey_line(value: Value) -> Text:
    """Where a journey stands, what comes next, and whether it is stuck."""
    about = next((f" {value[kind]}" for kind in ("case", "order", "problem") if kind in value), "")
    line = Text(f"{_plain(value.get('journey', 'journey'))}{about}: ")
    line.append(_plain(value.get("position") or value.get("state", "unknown")))
    if value.get("ideal_next"):
        line.append(f", next {_plain(value['ideal_next'][0])}")
    stuck = value.get("stuck", {})
    if stuck.get("hours_overdue"):
        line.append(f", {_ago(stuck['hours_overdue'])} overdue", style="bold red")
    return line


def _intent(value: Value) -> Iterator[Text]:
    line = Text(_plain(value["label"]), style="bold").append(f", {value['p']:.0%}", style="default")
    signals = [_plain(one["signal"]) for one in value.get("signals", ())]
    yield line.append(f": {', '.join(signals)}" if signals else "", style="not bold")


def _satisfaction(value: Value) -> Iterator[Text]:
    style = {"fine": "green", "watch": "yellow", "at_risk": "bold red"}.get(
        value["band"], "default"
    )
    line = Text.assemble((_plain(value["band"]), style))
    line.append(f", {value['p_low']:.0%} likely to say it was bad")
    yield line
    drivers = [
        f"{one['weight']} {_plain(one['signal'])}"
        + (f" ({one['count']} times)" if one.get("count", 1) > 1 else "")
        for one in value.get("drivers", ())
    ]
    if drivers:
        yield Text("; ".join(drivers))


def _effort(value: Value) -> Iterator[Text]:
    counts = ", ".join(
        _counted(value.get(name, 0), name) for name in ("contacts", "transfers", "repeats")
    )
    yield Text(f"{value.get('band', 'unknown')}: {counts} in {value.get('window_days')} days")


def _resolution(value: Value) -> Iterator[Text]:
    for one in value.get("open", ()):
        what = f"case {one['case']}" if "case" in one else f"order {one.get('order')}"
        late = " and its answer is late" if one.get("sla_breached") else ""
        about = _plain(one.get("kind", ""))
        yield Text.assemble(
            ("open  ", "bold red"), f"{what}: {about}, for {_ago(one.get('age_hours', 0))}{late}"
        )
    for one in value.get("unconfirmed", ()):
        yield Text(f"closed, not confirmed yet: {one.get('case', one.get('order'))}")
    for one in value.get("root_causes", ()):
        done = {"closed": "removed", "open": "being removed"}.get(one.get("status"), "known")
        owner = f" by {one['owner']}" if one.get("owner") else ""
        yield Text.assemble(
            ("cause ", "bold"), f"{one['problem']} {one.get('title', '')}: {done}{owner}"
        )
    repeats = value.get("repeat_contact", {})
    if repeats.get("count"):
        times = _counted(repeats["count"], "times")
        yield Text(f"asked again {times} within {repeats['within_days']} days")
    elif not value.get("open") and not value.get("unconfirmed"):
        yield Text("nothing is open")


def _exchanged(value: Value) -> Iterator[Text]:
    about = f"case {value['case']}" if "case" in value else f"order {value.get('order')}"
    got = ", ".join(map(_plain, value.get("customer_got", ()))) or "nothing"
    learned = ", ".join(map(_plain, value.get("we_learned", ()))) or "nothing"
    when = str(value.get("closed_at", ""))[:_DATE]
    yield Text(f"{when} {about}: they got {got}; we learned {learned}")


def _engagement(value: Value) -> Iterator[Text]:
    acts = value.get("acts", {})
    told = ", ".join(_counted(count, name) for name, count in acts.items())
    line = Text(f"{value.get('trend', 'unknown')}, score {value.get('score')}, rfm")
    line.append(f" {value.get('rfm')}")
    yield line.append(f": {told} in {value.get('window_days')} days" if told else "")


def _facts(values: Value) -> str:
    return ", ".join(f"{_plain(name)} {_part(part)}" for name, part in values.items())


def _part(value: Any) -> str:
    if isinstance(value, Mapping):
        return _facts(value)
    if isinstance(value, list):
        return "; ".join(map(_part, value)) or "none"
    return str(value)


def _counted(count: int, many: str) -> str:
    if count == 1:
        return "once" if many == "times" else f"1 {many.removesuffix('s')}"
    return f"{count} {many}"


def _ago(hours: int) -> str:
    days = hours // _HOURS_A_DAY
    return _counted(days, "days") if days > 1 else _counted(hours, "hours")


def _plain(code: str) -> str:
    return str(code).replace("_", " ")


_TELL: Mapping[str, Callable[[Value], Iterator[Text]]] = {
    "intent": _intent,
    "satisfaction": _satisfaction,
    "effort": _effort,
    "resolution": _resolution,
    "exchanged": _exchanged,
    "engagement": _engagement,
}
