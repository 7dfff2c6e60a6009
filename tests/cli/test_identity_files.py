"""What `cdp identity resolve` reads and what it refuses; a refusal holds nothing of the file."""

import datetime as dt
import gzip
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from tests.cli.plain_files import SECRET, answer, refused, write_parquet
from tests.cli.running import Shell


@pytest.mark.parametrize(
    ("encoding", "delimiter", "ending"),
    [
        ("utf-8", ",", ""),
        ("utf-8-sig", ";", ""),
        ("cp1252", "\t", ""),
        ("cp1252", "|", ".gz"),
        ("utf-8", ",", ".gz"),
    ],
)
def test_encodings_delimiters_and_compression_are_recognised(
    empty: Shell, encoding: str, delimiter: str, ending: str
) -> None:
    text = "id|given_name|email\r\n1|J\u00f6rg|a@example.org\r\n2|Jorg|a@example.org\r\n"
    raw = text.replace("|", delimiter).encode(encoding)
    path = empty.folder / f"crm.csv{ending}"
    path.write_bytes(gzip.compress(raw) if ending else raw)

    found = empty.good("identity", "resolve", path.name)

    assert found["sources"]["crm"]["types"] == {"given_name": "given_name", "email": "email"}
    assert found["records"] == 2
    assert found["pairs"] == 1


def test_bytes_of_no_known_encoding_are_read_as_they_can_be(empty: Shell) -> None:
    (empty.folder / "crm.csv").write_bytes(b"email,city\na@example.org,\x81\xff\n")

    assert empty.good("identity", "resolve", "crm.csv")["records"] == 1


def test_quoted_values_may_hold_delimiters_quotes_and_lines(empty: Shell) -> None:
    (empty.folder / "crm.csv").write_text(
        'email,"note, long",city\na@example.org,"one\ntwo, ""three""",Berlin\n', "utf-8"
    )

    found = empty.good("identity", "resolve", "crm.csv")

    assert found["records"] == 1
    assert found["sources"]["crm"]["unused"] == ["note, long"]


def test_numbers_dates_and_missing_numbers_of_parquet_are_read_as_text(empty: Shell) -> None:
    table = pa.table(
        {
            "id": [1, 2, 3],
            "postcode": pa.array([89111.0, float("nan"), None]),
            "phone": pa.array([5550104477.0, 5550104477.0, None]),
            "dob": [dt.date(1984, 5, 17), dt.date(1984, 5, 17), None],
            "city": pa.array(["Berlin", "Berlin", None]).dictionary_encode(),
            "email": pa.nulls(3),
        }
    )
    pyarrow.parquet.write_table(table, empty.folder / "crm.parquet")

    found = empty.good("identity", "resolve", "crm.parquet")

    assert found["records"] == 3
    assert found["pairs"] == 1
    assert [item["name"] for item in found["comparisons"]] == ["birth_date", "address", "phone"]


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_header_alone_is_a_file_of_nobody(empty: Shell, ending: str) -> None:
    if ending == "csv":
        (empty.folder / "crm.csv").write_text("id,email\n")
    else:
        pyarrow.parquet.write_table(
            pa.table({"email": pa.array([], pa.string())}), empty.folder / "crm.parquet"
        )

    found = empty.good("identity", "resolve", f"crm.{ending}", "--out", "people.csv")

    assert (found["records"], found["profiles"]) == (0, 0)
    assert answer(empty.folder / "people.csv") == []


def truncated(path: Path, *, ends: bool) -> None:
    """A Parquet file with a piece missing: its end, or the middle of its data."""
    write_parquet(path, [{"email": f"{SECRET}{n}@example.org"} for n in range(2_000)])
    raw = path.read_bytes()
    path.write_bytes(raw[: len(raw) // 2] if ends else raw[:400] + raw[800:])


BAD: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "empty": ("crm.csv", lambda path: path.write_bytes(b""), "bad_file"),
    "cut off within its first line": (
        "crm.csv",
        lambda path: path.write_bytes(b"id,email"),
        "bad_file",
    ),
    "blank": ("crm.csv", lambda path: path.write_bytes(b"\n\n"), "bad_file"),
    "two columns of one name": (
        "crm.csv",
        lambda path: path.write_text(f"email, email\n{SECRET},1\n"),
        "bad_file",
    ),
    "ragged": (
        "crm.csv",
        lambda path: path.write_text(f"email,city\n{SECRET},Berlin\n{SECRET},Berlin,{SECRET}\n"),
        "bad_file",
    ),
    "NUL bytes": (
        "crm.csv",
        lambda path: path.write_bytes(f"email,city\n{SECRET},\0\n".encode()),
        "bad_file",
    ),
    "UTF-16": (
        "crm.csv",
        lambda path: path.write_bytes(f"email,city\n{SECRET},x\n".encode("utf-16")),
        "bad_file",
    ),
    "broken letters after a long head": (
        "crm.csv",
        lambda path: path.write_bytes(
            b"email,city\n" + b"a@example.org,\xc3\xb6\n" * 80_000 + b"x,\xff\xff\n"
        ),
        "bad_file",
    ),
    "letters that cp1252 has not, after a long head": (
        "crm.csv",
        lambda path: path.write_bytes(
            b"email,city\n" + b"a@example.org,\xf6\n" * 90_000 + b"x,\x81\n"
        ),
        "bad_file",
    ),
    "broken gzip": (
        "crm.csv.gz",
        lambda path: path.write_bytes(b"\x1f\x8b" + SECRET.encode()),
        "bad_file",
    ),
    "gzip cut off": (
        "crm.csv.gz",
        lambda path: path.write_bytes(
            gzip.compress(
                b"email,city\n" + b"".join(b"p%d@example.org,x\n" % n for n in range(200_000))
            )[:-3_000]
        ),
        "bad_file",
    ),
    "no Parquet": ("crm.parquet", lambda path: path.write_text(SECRET * 9), "bad_file"),
    "Parquet cut off": ("crm.parquet", lambda path: truncated(path, ends=True), "bad_file"),
    "Parquet with a hole": ("crm.parquet", lambda path: truncated(path, ends=False), "bad_file"),
    "lists": (
        "crm.parquet",
        lambda path: pyarrow.parquet.write_table(pa.table({"email": [[SECRET], []]}), path),
        "bad_file",
    ),
    "objects": (
        "crm.parquet",
        lambda path: pyarrow.parquet.write_table(pa.table({"email": [{"a": SECRET}]}), path),
        "bad_file",
    ),
    "two columns of one name in Parquet": (
        "crm.parquet",
        lambda path: pyarrow.parquet.write_table(
            pa.Table.from_arrays([pa.array([SECRET])] * 2, ["email", "email"]), path
        ),
        "bad_file",
    ),
    "nothing that speaks for itself": (
        "crm.csv",
        lambda path: path.write_text(f"colour,{SECRET}\nred,{SECRET}\n"),
        "nothing_mapped",
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_a_file_that_cannot_be_understood_is_named_and_its_values_are_not(
    empty: Shell, what: str
) -> None:
    name, make, reason = BAD[what]
    make(empty.folder / name)

    done = refused(empty, name)

    assert done.error["reason"] == reason
    assert name in done.error["message"]
