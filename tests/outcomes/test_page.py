"""The example of `docs/outcomes.md` is a document as it is served, and its parts stand in the page.

Written anew by `python -m tests.outcomes.test_page`; read the difference.
"""

import json
import re
from pathlib import Path
from typing import Any

from cdp.outcomes.content import Answers
from cdp.outcomes.context import context_digest
from cdp.outcomes.default_journeys import DEFAULT_JOURNEYS
from cdp.outcomes.journeys import Journeys
from cdp.outcomes.sections import SECTIONS
from tests.outcomes.builders import (
    ago,
    complained,
    context,
    customer,
    event,
    good_order,
    late_order,
    request,
)

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE, EXAMPLE = DOCS / "outcomes.md", DOCS / "outcomes-example.json"
_PART = re.compile(r"<!-- part: (?P<path>[\w./]+) -->\n```json\n(?P<text>.*?)\n```", re.DOTALL)


def example() -> dict[str, Any]:
    """Everything permitted, in a service chat, while a parcel is late: one document with all."""
    ada = customer(
        *late_order(),
        *complained(),
        *good_order(),
        event("case.opened", ago(days=80), "C-1907", kind="question", topic="invoice"),
        event("case.answered", ago(days=79), "C-1907", channel="chat"),
        event("case.closed", ago(days=79), "C-1907"),
        event("contact.received", ago(days=1), topic="late_delivery", channel="chat"),
        event("problem.linked", ago(hours=30), "PRB-17", case="C-2210", title="Depot 4 is behind"),
        event("search.performed", ago(hours=5), results=0, query="late parcel refund", name="s-1"),
        event("search.performed", ago(hours=5), results=4, query="parcel refund", name="s-2"),
        event("page.viewed", ago(hours=4), path="/orders/track", name="p-1"),
        event("preference.declared", ago(days=136), key="contact_time", value="morning"),
        event("preference.declared", ago(days=9), key="preferred_channel", value="chat"),
        event("order.placed", ago(days=70), "O-6", promised_at="2026-01-20", categories="garden"),
        event("delivery.delivered", ago(days=60), "O-6"),
        event("preference.declared", ago(days=20), key="category", value="tools"),
        event("review.published", ago(days=9), rating=5, scale=5, category="garden"),
    )
    asked = request("service", "chat", topic="late_delivery")
    return context([ada], asked, channels=("email",), wanted="PERSONALISED")


def part(document: Any, path: str) -> str:
    """One part of a document as it stands in the page."""
    for step in path.split("/"):
        document = document[int(step)] if isinstance(document, list) else document[step]
    return json.dumps(document, indent=1)


def test_the_example_is_a_document_as_it_is_served() -> None:
    assert json.loads(EXAMPLE.read_text()) == example()
    assert context_digest(example()) == example()["audit"]["context_sha256"]


def test_every_part_the_page_shows_is_that_of_the_example() -> None:
    shown = {found["path"]: found["text"] for found in _PART.finditer(PAGE.read_text())}

    assert len(shown) >= len(SECTIONS)
    assert shown == {path: part(example(), path) for path in shown}


def test_the_page_explains_every_claim_and_the_example_holds_it() -> None:
    page, document = PAGE.read_text(), example()

    for name in (*SECTIONS, "knowledge.offers"):
        assert f"### `{name}`" in page
    withheld = {entry["claim"] for entry in document["withheld"]}
    assert withheld == {"knowledge.offers"}


def test_what_the_page_says_a_workspace_declares_is_accepted() -> None:
    page = PAGE.read_text()
    blocks = dict(re.findall(r"<!-- (answer|journey) -->\n```json\n(.*?)\n```", page, re.DOTALL))

    answers = Answers.parse([json.loads(blocks["answer"])])
    journeys = Journeys.parse([json.loads(blocks["journey"])])

    assert answers.listed[0].used == (40, 38)
    assert journeys.listed[0].last == {"delivered"}
    assert journeys.listed[0].id in {one["id"] for one in DEFAULT_JOURNEYS}


if __name__ == "__main__":
    EXAMPLE.write_text(json.dumps(example(), indent=1) + "\n")
    whole = example()
    PAGE.write_text(
        _PART.sub(
            lambda found: (
                f"<!-- part: {found['path']} -->\n```json\n{part(whole, found['path'])}\n```"
            ),
            PAGE.read_text(),
        )
    )
