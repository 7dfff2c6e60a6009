"""The searcher finds a known value wherever and however it is written, and nothing else."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp.cli.search import Needles, search

VALUES = st.text(st.characters(codec="utf-8"), min_size=4, max_size=12)


@given(
    values=st.lists(VALUES, min_size=1, max_size=8),
    before=st.binary(max_size=40),
    after=st.binary(max_size=40),
    encoding=st.sampled_from(["utf-8", "utf-16-le", "utf-16-be"]),
    data=st.data(),
)
def test_a_value_is_found_wherever_it_lies(
    values: list[str], before: bytes, after: bytes, encoding: str, data: st.DataObject
) -> None:
    value = data.draw(st.sampled_from(values))

    assert value in Needles(values).within(before + value.encode(encoding) + after)


@given(values=st.lists(VALUES, max_size=8), haystack=st.binary(max_size=200))
def test_what_is_found_is_there(values: list[str], haystack: bytes) -> None:
    for value in Needles(values).within(haystack):
        spellings = [value.encode(name) for name in ("utf-8", "utf-16-le", "utf-16-be")]
        spellings += [json.dumps(value)[1:-1].encode(), value.encode("cp1252", "ignore")]
        assert any(spelling in haystack for spelling in spellings)


@pytest.mark.parametrize("spelled", ["Müller".encode("cp1252"), rb"M\u00fcller"])
def test_other_spellings_are_found(spelled: bytes) -> None:
    assert Needles(["Müller"]).within(b"..." + spelled) == {"Müller"}


def test_values_too_short_to_mean_anything_are_left_out() -> None:
    needles = Needles(["abc", "€uro", "éé€"])

    assert needles.values == {"€uro", "éé€"}
    assert needles.within("éé€".encode()) == {"éé€"}
    assert Needles([]).within(b"anything") == set()


def test_every_file_below_is_searched_across_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cdp.cli.search._PIECE", 7)
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file").write_bytes(b"0123456 somebody@example.org 789")
    (tmp_path / "other").write_bytes(b"nothing")

    found = search([tmp_path], Needles(["somebody@example.org"]))

    assert (found.values, found.files, found.size) == (1, 2, 39)
    assert found.hits == (("somebody@example.org", tmp_path / "deep" / "file"),)
    assert "somebody" not in repr(found)
