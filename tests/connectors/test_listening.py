"""A connector that somebody else wrote may fail in any way: it is told where, and no value."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors import listening, registry
from connectors.base import Message, SourceError, SourceMisconfigured, SourceUnavailable, Unreadable

SHOP = """
from connectors.base import Record, SourceUnavailable, State, Stream

class Shop:
    name = "shop"
    summary = "A shop."
    config_schema = {"type": "object"}

    def streams(self, config):
        return [Stream("orders", "record", ("no",))] if config else {}["jane@example.org"]

    def read(self, config, stream, state):
        yield Record("orders", "1", {"no": 1}, "row 1")
        yield State("orders", {"no": 1})
        if config["fails"] == "away":
            raise SourceUnavailable("the shop is closed; try later")
        yield {"no": 2} if config["fails"] == "words" else int("jane@example.org")

    def reread(self, config, flawed):
        return flawed.raw.decode("ascii")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "shop.py").write_text(SHOP)
    return tmp_path


def test_what_came_before_a_fault_stands_and_the_fault_is_told_by_its_line(folder: Path) -> None:
    shop = registry.find("shop", folder)
    heard: list[Message] = []

    with pytest.raises(
        SourceMisconfigured, match=r"shop cannot go on: ValueError at shop\.py:17;"
    ) as told:
        heard.extend(listening.messages(shop, {"fails": "value"}, "orders", None))

    assert [type(message).__name__ for message in heard] == ["Record", "State"]
    assert told.value.reason == "connector_fault"
    assert "jane" not in str(told.value)


def test_what_is_no_message_is_not_taken_for_one(folder: Path) -> None:
    shop = registry.find("shop", folder)

    with pytest.raises(SourceMisconfigured, match="yielded dict"):
        list(listening.messages(shop, {"fails": "words"}, "orders", None))


def test_what_a_connector_says_itself_is_left_as_it_is(folder: Path) -> None:
    shop = registry.find("shop", folder)

    with pytest.raises(SourceUnavailable, match="closed"):
        list(listening.messages(shop, {"fails": "away"}, "orders", None))
    assert [stream.name for stream in listening.streams(shop, {"fails": "away"})] == ["orders"]


def test_streams_and_rereading_answer_as_well(folder: Path) -> None:
    shop: Any = registry.find("shop", folder)

    with pytest.raises(SourceMisconfigured, match=r"KeyError at shop\.py:10") as streams:
        listening.streams(shop, {})
    with pytest.raises(SourceMisconfigured, match=r"UnicodeDecodeError at shop\.py:20") as reread:
        listening.reread(shop, shop.name, {}, Unreadable("orders", "row 1", "bad", b"\xff"))

    assert "jane" not in str(streams.value) + str(reread.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("raise RuntimeError('jane@example.org')", r"loaded: RuntimeError at broken\.py:1;"),
        ("import sys\nsys.exit('jane@example.org')", r"loaded: SystemExit at broken\.py:2;"),
        ("def jane(:", r"loaded: SyntaxError at broken\.py:1;"),
        ("import gone_library", r"loaded: ModuleNotFoundError \(gone_library\) at broken\.py:1;"),
        (
            SHOP.replace("shop", "broken") + "    def __init__(self):\n        1 / 0\n",
            "ZeroDivisionError",
        ),
    ],
)
@pytest.mark.parametrize("packaged", [True, False])
def test_a_module_that_cannot_be_loaded_says_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str, packaged: bool
) -> None:
    (tmp_path / "broken.py").write_text(text)
    if packaged:
        install(tmp_path, "broken = broken:Shop")
        monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(SourceError, match=said) as told:
        registry.find("broken", None if packaged else tmp_path)

    assert told.value.reason == "bad_connector"
    assert "jane" not in str(told.value)


def install(folder: Path, entry_points: str) -> None:
    """What an installer leaves in a site folder of a package."""
    about = folder / "broken-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[continuum.connectors]\n{entry_points}\n")


@pytest.fixture(autouse=True)
def modules() -> Iterator[None]:
    """What a test imported is forgotten."""
    yield
    for name in ("broken", "continuum_connector_broken", "continuum_connector_shop"):
        sys.modules.pop(name, None)
