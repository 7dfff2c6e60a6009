"""How contexts look: nothing known says so, long lists are cut, a bare document is no fault."""

from typing import Any

from rich.console import Console

from cdp.cli.panels import context_panel

BARE: dict[str, Any] = {
    "expires_at": "2026-03-01T09:00:00.000Z",
    "permissions": [{"purpose": "service", "permitted": False, "reason": "NO_CONTRACT"}],
    "outcomes": {},
    "actions": {},
    "withheld": [],
    "evidence": {},
}


def shown(**parts: Any) -> str:
    console = Console(width=100)
    with console.capture() as captured:
        console.print(context_panel("Somebody", {**BARE, **parts}))
    return captured.get()


def test_a_context_of_nobody_shows_the_refusal() -> None:
    assert "no   service  NO_CONTRACT" in shown()
    assert "What is known" not in shown()


def test_what_is_not_known_is_called_unknown() -> None:
    assert "satisfaction unknown" in shown(outcomes={"satisfaction": {"status": "unknown"}})


def test_evidence_is_counted_where_there_is_much() -> None:
    evidence = {f"ev_{n}": {"type": "order.placed", "source": f"shop{n}"} for n in range(6)}
    claim = {"status": "observed", "value": {"open": []}, "evidence": list(evidence)}

    told = shown(outcomes={"resolution": claim}, evidence=evidence)

    assert "resolution   nothing is open" in told
    assert "and 2 more" in told


def test_an_offer_that_is_held_back_says_why_in_words() -> None:
    suppressed = [
        {"offer": "free-shipping", "blocked_by": "resolution_first"},
        {"offer": "winter", "blocked_by": "something_new"},
    ]

    told = shown(actions={"suppressed": suppressed})

    assert "free-shipping: resolution_first  something of theirs is open" in told
    assert "winter: something_new" in told


def test_answers_and_service_are_named_for_what_they_are() -> None:
    told = shown(
        actions={
            "service": [{"id": "svc.call", "why": "somebody waits"}],
            "answers": [{"id": "returns", "title": "Sending back", "why": "intent return"}],
        }
    )

    assert "service      somebody waits (svc.call)" in told
    assert "answer       Sending back (returns)  intent return" in told


def test_text_of_customers_is_never_markup() -> None:
    claim = {"status": "observed", "value": {"given_name": "[red]Eve[/red]"}, "evidence": []}

    assert "[red]Eve[/red]" in shown(outcomes={"knowledge": {"service": [claim]}})
