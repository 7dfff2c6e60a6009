"""Health, for machines that watch."""

from tests.flows.seeding import Seeded
from tests.web.builders import Desk


def test_it_is_alive_and_ready_without_a_key(desk: Desk) -> None:
    visitor = desk.without_key()

    assert visitor.get("/health/live").get_json() == {"status": "ok"}
    assert visitor.get("/health/ready").get_json() == {
        "status": "ok",
        "stores": {"main": "ok", "custody": "ok", "views": "ok"},
        "outbox_pending": 0,
    }


def test_metrics_and_the_document_are_public(desk: Desk) -> None:
    visitor = desk.without_key()

    assert visitor.get("/metrics").content_type.startswith("text/plain; version=0.0.4")
    assert visitor.get("/openapi.json").get_json()["info"]["title"] == "Continuum"


def test_nothing_in_the_document_comes_from_the_workspace(desk: Desk, world: Seeded) -> None:
    text = desk.get("/openapi.json").text

    assert str(world.platform.workspace) not in text
    assert world.platform.settings.workspace not in text
