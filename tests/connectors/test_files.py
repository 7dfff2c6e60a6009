"""Which files are read, which are read again, and what is said when one cannot be."""

import gzip
import os
from pathlib import Path
from typing import Any

import pytest

from connectors.base import JsonObject, Message, SourceMisconfigured, SourceUnavailable
from connectors.delimited import Delimited
from connectors.files import opened
from tests.connectors.builders import broken, config, last_state, read, rows, touch_later

HEAD = "customer_no,note\n"


def log(path: Path, **more: Any) -> JsonObject:
    return config(path, append_only=True, **more)


def grow(path: Path, text: str) -> None:
    with path.open("a", newline="") as file:
        file.write(text)
    touch_later(path)


def test_a_missing_file_is_for_later(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path / "*.csv"):
        with pytest.raises(SourceUnavailable, match="not there yet"):
            read(config(path))


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(SourceMisconfigured, match="is a folder"):
        read(config(tmp_path))


def test_a_file_that_may_not_be_read_says_so(tmp_path: Path) -> None:
    link = tmp_path / "loop.csv"
    link.symlink_to(link)

    with pytest.raises(SourceUnavailable):
        read(config(link))
    with pytest.raises(SourceUnavailable, match="may be read"):
        opened(link, "utf-8")


def test_a_pattern_reads_every_file_by_name_and_only_what_is_new(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "2.csv").write_text(HEAD + "3,c\n")
    (tmp_path / "1.csv").write_text(HEAD + "1,a\n2,b\n")
    (tmp_path / "folder.csv").mkdir()
    options = config(tmp_path / "**" / "*.csv")
    first = read(options)
    (tmp_path / "b" / "3.csv").write_text(HEAD + "4,d\n")
    (tmp_path / "1.csv").unlink()

    second = read(options, last_state(first))

    assert rows(first) == [["1", "a"], ["2", "b"], ["3", "c"]]
    places = [getattr(message, "position", "state") for message in first]
    assert places == [
        "file 1, line 2",
        "file 1, line 3",
        "state",
        "file 2, line 2",
        "state",
        "state",
    ]
    assert rows(second) == [["4", "d"]]
    files = last_state(second)["files"]
    assert isinstance(files, dict)
    assert list(files) == ["b/2.csv", "b/3.csv"]


def test_a_name_with_a_bracket_is_a_name_if_there_is_such_a_file(tmp_path: Path) -> None:
    path = tmp_path / "export[1].csv"
    path.write_text(HEAD + "1,a\n")

    assert rows(read(config(path))) == [["1", "a"]]


def test_a_record_file_that_changed_is_read_anew_in_full(tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    path.write_text(HEAD + "1,yes\n")
    state = last_state(read(config(path)))
    path.write_text(HEAD + "1,no!\n2,yes\n")  # rewritten in place: same inode, and it grew
    touch_later(path)

    assert rows(read(config(path), state)) == [["1", "no!"], ["2", "yes"]]


@pytest.mark.parametrize("text", ["9,short\n", "1,a\n3,c\n", "1,aaaa\n2,bbbb\n3,cccc\n"])
def test_a_log_that_did_not_merely_grow_is_read_anew_in_full(tmp_path: Path, text: str) -> None:
    path = tmp_path / "log.csv"
    path.write_text(HEAD + "1,a\n2,b\n")
    state = last_state(read(log(path)))
    path.write_text(HEAD + text)
    touch_later(path)

    expected = [line.split(",") for line in text.splitlines()]
    assert rows(read(log(path), state)) == expected


def test_a_log_replaced_by_another_file_is_read_anew_in_full(tmp_path: Path) -> None:
    path, other = tmp_path / "log.csv", tmp_path / "other.csv"
    path.write_text(HEAD + "1,a\n")
    state = last_state(read(log(path)))
    other.write_text(HEAD + "1,a\n2,b\n")
    other.replace(path)

    assert rows(read(log(path), state)) == [["1", "a"], ["2", "b"]]


@pytest.mark.parametrize("rest", ["\n3,c\n", "\r\n3,c\n"])
def test_a_last_row_without_its_line_end_comes_once(tmp_path: Path, rest: str) -> None:
    path = tmp_path / "log.csv"
    path.write_text(HEAD + "1,a\n2,b")
    first = read(log(path, state_every=1))
    grow(path, rest)

    assert rows(first) == [["1", "a"], ["2", "b"]]
    assert rows(read(log(path), last_state(first))) == [["3", "c"]]


def test_a_last_row_that_was_half_written_comes_again_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text(HEAD + "1,a\n2,b")
    first = read(log(path))
    grow(path, "bb\n3,c\n")

    assert rows(read(log(path), last_state(first))) == [["2", "bbb"], ["3", "c"]]


def test_a_last_row_that_grew_without_a_line_end_comes_again_once(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text(HEAD + "1,a\n2,b")
    state = last_state(read(log(path)))
    grow(path, "b")

    again = read(log(path), state)
    grow(path, "\n")

    assert rows(again) == [["2", "bb"]]
    assert rows(read(log(path), last_state(again))) == []


def test_a_quoted_row_that_was_half_written_comes_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text(HEAD + '1,a\n2,"first\nsecond')
    first = read(log(path, state_every=1))
    grow(path, '\nthird"\n3,c\n')

    assert rows(first) == [["1", "a"]]
    assert broken(first)[0] == ("unclosed_quote", b'2,"first\n')
    assert rows(read(log(path), last_state(first))) == [["2", "first\nsecond\nthird"], ["3", "c"]]


def test_a_header_without_its_line_end_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("customer_no,no")
    state = last_state(read(log(path)))
    grow(path, "te\n1,a\n")

    [record, *_] = read(log(path), state)

    assert getattr(record, "data", None) == {"customer_no": "1", "note": "a"}


def test_a_file_named_gz_that_is_not_gzip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "customers.csv.gz"
    path.write_text(HEAD + "1,a\n")

    with pytest.raises(SourceMisconfigured, match="not gzip"):
        read(config(path))
    path.write_text("")
    assert rows(read(config(path))) == []


def test_a_gzip_that_ends_early_is_for_later_and_states_before_it_stand(tmp_path: Path) -> None:
    whole = gzip.compress(
        (HEAD + "".join(f"{n},{os.urandom(9).hex()}\n" for n in range(9000))).encode()
    )
    path = tmp_path / "customers.csv.gz"
    path.write_bytes(whole[: len(whole) // 2])
    seen: list[Message] = []

    with pytest.raises(SourceUnavailable, match="ends early"):
        seen.extend(Delimited().read(config(path), "customers", None))

    path.write_bytes(whole)
    touch_later(path)
    assert len(rows(seen)) > 1000
    assert len(rows(read(config(path)))) == 9000


def test_a_damaged_gzip_says_so(tmp_path: Path) -> None:
    whole = bytearray(gzip.compress(os.urandom(3000)))
    whole[12:40] = b"\xff" * 28
    path = tmp_path / "customers.csv.gz"
    path.write_bytes(whole)

    with pytest.raises(SourceUnavailable, match="damaged"):
        read(config(path))
