"""People who were taken for one and are not: made by facts, split by facts, asked over HTTP."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from cdp import clock, work
from tests.flows.seeding import PEOPLE, Seeded, crm_rows, shop_rows, write_rows
from tests.web.builders import Desk, path_of

ADA, BEN = PEOPLE["ada"], PEOPLE["ben"]


@pytest.fixture
def silos(seeded: Seeded, tmp_path: Path) -> "Silos":
    return Silos(seeded, tmp_path / "silos")


class Silos:
    """What the silos say of Ben."""

    def __init__(self, seeded: Seeded, folder: Path) -> None:
        self._platform, self._folder = seeded.platform, folder

    def say(self, crm: Mapping[str, str], shop: Mapping[str, str]) -> None:
        """Ben's rows hold these values; everything is read and resolved."""
        now = clock.now()
        for name, rows, said in (("crm", crm_rows(now), crm), ("shop", shop_rows(now), shop)):
            for row in rows:
                if row["email"] == BEN.email:
                    row.update(said)
            write_rows(self._folder / f"{name}.csv", rows)
        report = work.sync(self._platform, ["crm", "shop"])
        assert not report.failed


AS_ADA = {
    "customer_no": ADA.customer_no,
    "email": ADA.email,
    "phone": ADA.phone,
    "first_name": ADA.given,
    "surname": ADA.surname,
}
SHOP_AS_ADA = {"customer_no": ADA.customer_no, "email": ADA.email}


def read(desk: Desk, profile: UUID) -> Any:
    return desk.get(path_of(profile, "?purpose=service")).get_json()


def test_who_was_merged_and_is_split_again_is_not_answered_with_another_one(
    own_desk: Desk, seeded: Seeded, silos: Silos
) -> None:
    both = [seeded.profiles[key] for key in ("ada", "ben")]

    silos.say(AS_ADA, SHOP_AS_ADA)
    canonical = {read(own_desk, one)["canonical_id"] for one in both}
    silos.say({}, {})

    assert len(canonical) == 1
    (kept,) = canonical
    (former,) = [one for one in both if str(one) != kept]
    asked = [
        own_desk.get(path_of(former, "?purpose=service")),
        own_desk.get(path_of(former, "/events?purpose=service")),
        own_desk.post(path_of(former, "/context"), {"purpose": "service"}),
        own_desk.post(path_of(former, "/decide"), {"purpose": "offers"}),
        own_desk.get(path_of(former, "/consents")),
    ]
    other = BEN if former == seeded.profiles["ada"] else ADA
    for response in asked:
        assert response.status_code == 200, "its records are in one profile, and only those"
        assert not any(value in response.text for value in other.values)
    changes = own_desk.get("/v1/changes").get_json()["changes"]
    split = next(change for change in changes if change["type"] == "split")
    current = sorted(split["profiles"])
    assert asked[0].get_json()["canonical_id"] in current
    texts = [own_desk.get(path_of(UUID(one), "?purpose=service")).text for one in current]
    assert [(ADA.given in text, BEN.given in text) for text in sorted(texts, key=_is_ada)] == [
        (False, True),
        (True, False),
    ]
    assert kept in current
    assert split["former"] == kept


def test_who_is_merged_again_is_one_again_under_every_id(
    own_desk: Desk, seeded: Seeded, silos: Silos
) -> None:
    for _ in range(2):
        silos.say({}, {})
        silos.say(AS_ADA, SHOP_AS_ADA)

    canonical = {read(own_desk, seeded.profiles[key])["canonical_id"] for key in ("ada", "ben")}

    assert len(canonical) == 1


def _is_ada(text: str) -> bool:
    return ADA.given in text
