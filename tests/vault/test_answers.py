"""Cursors that open where they were made, tags that tell nothing."""

from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp.errors import Refused
from cdp.vault import roles
from cdp.vault.answers import Answers
from cdp.vault.keyring import Keyring, create_workspace_keys
from cdp.vault.provider import FileKeyProvider


def keyring(folder: Path, workspace: UUID) -> Keyring:
    provider = FileKeyProvider(folder)
    create_workspace_keys(provider, workspace, [])
    return Keyring(provider, workspace)


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    return keyring(tmp_path_factory.mktemp("keys"), uuid4()).answers()


@given(position=st.binary(max_size=200), about=st.lists(st.text(max_size=9), max_size=3))
def test_a_cursor_gives_its_position_back_to_the_same_list(
    answers: Answers, position: bytes, about: list[str]
) -> None:
    cursor = answers.cursor(position, *about)

    assert answers.position(cursor, *about) == position
    with pytest.raises(Refused):
        answers.position(cursor, *about, "else")


@given(text=st.text(max_size=80))
def test_anything_else_is_refused(answers: Answers, text: str) -> None:
    with pytest.raises(Refused) as refused:
        answers.position(text, "events")

    assert refused.value.reason == "cursor_refused"
    assert str(refused.value) == "this cursor is not one of this list; begin without one"


def test_a_cursor_of_another_workspace_is_refused(answers: Answers, tmp_path: Path) -> None:
    other = keyring(tmp_path, uuid4()).answers()

    with pytest.raises(Refused):
        other.position(answers.cursor(b"7", "events"), "events")


def test_a_cursor_outlives_its_key_and_a_key_of_a_repeat_too(tmp_path: Path) -> None:
    ring = keyring(tmp_path, uuid4())
    before = ring.answers()
    cursor, mac, tag = before.cursor(b"7", "x"), before.mac("k", "call-1"), before.tag("x")

    ring.new_generation(roles.ANSWERS)

    after = ring.answers()
    assert after.position(cursor, "x") == b"7"
    assert after.mac("k", "call-1") == mac
    assert after.tag("x") != tag


def test_tags_and_macs_are_of_their_use_and_workspace(answers: Answers, tmp_path: Path) -> None:
    other = keyring(tmp_path, uuid4()).answers()

    assert answers.tag("x") == answers.tag("x")
    assert len({answers.tag("x"), answers.tag("y"), other.tag("x")}) == 3
    assert len({answers.mac("a", "x"), answers.mac("b", "x"), other.mac("a", "x")}) == 3
    assert len(answers.tag("x")) == 32
