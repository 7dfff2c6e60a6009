"""The documents of the four levels, as they are served.

Written anew, on purpose only, by `python -m tests.outcomes.test_golden`; read the difference.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.outcomes.builders import (
    MARKETER,
    ago,
    complained,
    context,
    customer,
    deny,
    event,
    good_order,
    late_order,
    request,
)

GOLDEN = Path(__file__).parent / "golden"
_TROUBLED = customer(
    *late_order(),
    *complained(),
    event("preference.declared", ago(days=136), key="language", value="en"),
    event("preference.declared", ago(days=136), key="contact_time", value="morning"),
)
_CALM = customer(*good_order())
_NOTHING: dict[str, Any] = {
    "service": deny("RESTRICTED"),
    "insight": deny("RESTRICTED"),
    "reason": "RESTRICTED",
}
_MARKETING = request("offers", "email", MARKETER)


def documents() -> dict[str, dict[str, Any]]:
    everywhere = ("chat", "email", "sms")
    return {
        "none": context([_TROUBLED], **_NOTHING),
        "service_only": context([_TROUBLED]),
        "offers_email_only": context([_TROUBLED], channels=("email",)),
        "all": context([_CALM], channels=everywhere, wanted="PERSONALISED"),
        "marketing": context([_CALM], _MARKETING, channels=everywhere),
        "marketing_not_now": context([_TROUBLED], _MARKETING, channels=everywhere),
    }


@pytest.mark.parametrize("level", sorted(documents()))
def test_the_document_of_a_level_is_the_golden_one(level: str) -> None:
    golden = json.loads((GOLDEN / f"{level}.json").read_text())

    assert documents()[level] == golden


if __name__ == "__main__":
    for name, document in documents().items():
        (GOLDEN / f"{name}.json").write_text(json.dumps(document, indent=1) + "\n")
