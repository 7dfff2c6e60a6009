"""`cdp identity resolve`: plain files in, people out, and nothing told of what they hold."""

import csv
import datetime as dt
import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet
import pytest

from tests.cli.running import Done, Shell
from tests.identity.engines.people import Row, f1, told

SECRET = "Quellwasser"
PEOPLE = told(51, 160, roof=2)
HALF = len(PEOPLE) // 2
RENAMED = {
    "given_name": "vorname",
    "family_name": "Nachname",
    "birth_date": "born_on",
    "email": "E-Mail",
    "phone": "Tel",
    "postcode": "PLZ",
    "street": "Strasse_1",
}


def write_csv(path: Path, rows: Sequence[Mapping[str, str]], delimiter: str = ",") -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)


def write_parquet(path: Path, rows: Sequence[Mapping[str, str]]) -> None:
    pyarrow.parquet.write_table(pa.Table.from_pylist(list(rows)), path)


def kept(rows: Sequence[Row], prefix: str) -> list[Row]:
    """Rows as a silo keeps them: with a key that says whose record it is."""
    return [
        {"id": f"{prefix}{number}-{row['truth']}"}
        | {name: value for name, value in row.items() if name != "truth"}
        for number, row in enumerate(rows)
    ]


def renamed(rows: Sequence[Row]) -> list[Row]:
    return [{RENAMED.get(name, name): value for name, value in row.items()} for row in rows]


CRM, SHOP = kept(PEOPLE[:HALF], "c"), renamed(kept(PEOPLE[HALF:], "s"))
BORN = ("--map", "shop:born_on=birth_date", "--map", "Strasse_1=street")


@pytest.fixture
def silos(empty: Shell) -> Shell:
    """Two silos: one in CSV, one in Parquet with other names."""
    write_csv(empty.folder / "crm.csv", CRM)
    write_parquet(empty.folder / "shop.parquet", SHOP)
    return empty


def answer(path: Path) -> list[dict[str, str]]:
    if path.suffix == ".parquet":
        rows: list[dict[str, str]] = pyarrow.parquet.read_table(path).to_pylist()
        return rows
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def people(rows: Sequence[Mapping[str, str]]) -> set[frozenset[tuple[str, str]]]:
    """Who stands with whom, by source and key."""
    found: dict[str, set[tuple[str, str]]] = {}
    for row in rows:
        found.setdefault(row["profile_id"], set()).add((row["source"], row["record_id"]))
    return {frozenset(together) for together in found.values()}


def test_two_files_with_other_names_become_people(silos: Shell) -> None:
    told_ = silos.good(
        "identity", "resolve", "crm.csv", "shop.parquet", *BORN, "--out", "people.csv"
    )

    rows = answer(silos.folder / "people.csv")
    assert list(rows[0]) == ["source", "record_id", "profile_id", "weight"]
    assert [(row["source"], row["record_id"]) for row in rows] == [
        *(("crm", row["id"]) for row in CRM),
        *(("shop", row["id"]) for row in SHOP),
    ]
    truth = [row["record_id"].split("-")[1] for row in rows]
    assert f1([int(row["profile_id"]) for row in rows], truth) > 0.9
    sizes = {row["profile_id"]: 0 for row in rows}
    for row in rows:
        sizes[row["profile_id"]] += 1
    assert {row["weight"] == "" for row in rows if sizes[row["profile_id"]] == 1} == {True}
    assert {row["weight"] == "" for row in rows if sizes[row["profile_id"]] > 1} == {False}
    assert told_["records"] == len(rows)
    assert told_["profiles"] == len(sizes)
    assert told_["sources"]["crm"]["records"] == len(CRM)
    assert told_["sources"]["shop"]["types"]["vorname"] == "given_name"
    assert told_["sources"]["shop"]["types"]["born_on"] == "birth_date"
    assert told_["sources"]["shop"]["id"] == "id"
    assert {item["name"] for item in told_["comparisons"]} >= {"given_name", "email", "address"}


def test_parquet_and_csv_hold_the_same_answer(silos: Shell) -> None:
    for out in ("people.csv", "people.parquet"):
        silos.good("identity", "resolve", "crm.csv", "--out", out)

    written, columns = (answer(silos.folder / f"people.{ending}") for ending in ("csv", "parquet"))
    assert [{name: str(value or "") for name, value in row.items()} for row in columns] == written


def test_people_read_what_was_understood_and_what_was_not(silos: Shell) -> None:
    write_csv(silos.folder / "notes.csv", [{"email": f"{SECRET}@example.org", "mood": SECRET}])

    done = silos.run("identity", "resolve", "crm.csv", "notes.csv", "--out", "people.csv")

    assert done.code == 0
    assert "Not used (use --map COLUMN=TYPE): notes: mood" in done.out
    assert f"{len(CRM) + 1} records are" in done.out
    assert "Written to people.csv" in done.out
    assert SECRET not in done.out + done.err


def test_people_read_what_was_learned_and_what_is_by_default_alone(silos: Shell) -> None:
    write_csv(silos.folder / "many.csv", kept(told(11, 600), "m"))

    few = silos.run("identity", "resolve", "crm.csv").out
    many = silos.run("identity", "resolve", "many.csv").out

    assert "Too few pairs to learn from, so by default values: given_name" in few
    assert "Too few pairs to learn from" not in many
    assert "exact +" in many


def test_what_was_too_large_is_said(empty: Shell) -> None:
    rows = [{"phone": "0171 3920088", "email": f"p{n}@example.org"} for n in range(80)]
    copied = CRM[0] | {"given_name": "Ada", "birth_date": "1984-05-17"}
    write_csv(empty.folder / "phones.csv", rows)
    write_csv(empty.folder / "feed.csv", [*CRM, *[copied] * 350])

    done = empty.run("identity", "resolve", "phones.csv", "feed.csv")

    assert "Not compared by phone: " in done.out
    assert "too large to be one person " in done.out


def test_a_column_can_be_left_out_and_mapped_for_one_source_alone(silos: Shell) -> None:
    found = silos.good(
        "identity", "resolve", "crm.csv", "shop.parquet",
        "--map", "crm:phone=none", "--map", "city=none", "--map", "shop:Strasse_1=street",
    )  # fmt: skip

    assert "phone" not in found["sources"]["crm"]["types"]
    assert found["sources"]["shop"]["types"]["Tel"] == "phone"
    assert "city" not in found["sources"]["crm"]["types"] | found["sources"]["shop"]["types"]
    assert found["sources"]["crm"]["unused"] == ["phone", "city"]


def test_a_column_whose_name_has_a_colon_can_be_mapped(empty: Shell) -> None:
    write_csv(empty.folder / "crm.csv", [{"contact:mail": "ada@example.org", "a=b": "Ada"}])

    found = empty.good(
        "identity", "resolve", "crm.csv", "--map", "contact:mail=email", "--map", "a=b=given"
    )

    assert found["sources"]["crm"]["types"] == {"contact:mail": "email", "a=b": "given_name"}


def test_the_column_that_numbers_the_records_can_be_named_and_mapped_as_well(silos: Shell) -> None:
    silos.good("identity", "resolve", "crm.csv", "--id", "crm:email", "--out", "people.csv")

    ids = [row["record_id"] for row in answer(silos.folder / "people.csv")]
    assert ids == [row["email"] or str(number) for number, row in enumerate(CRM, 1)]

    for file in ("crm.csv", "shop.parquet"):
        found = silos.good("identity", "resolve", file, "--map", "id=customer_id")
        (source,) = found["sources"].values()
        assert (source["id"], source["types"]["id"]) == ("id", "customer_id")


def test_without_a_key_the_row_numbers_the_record(empty: Shell) -> None:
    write_csv(empty.folder / "a.csv", [{"email": f"p{n}@example.org"} for n in range(3)])
    write_csv(empty.folder / "b.csv", [{"email": "p1@example.org"}])

    empty.good("identity", "resolve", "a.csv", "b.csv", "--out", "people.csv")

    rows = answer(empty.folder / "people.csv")
    assert [(row["source"], row["record_id"]) for row in rows] == [
        ("a", "1"), ("a", "2"), ("a", "3"), ("b", "1"),
    ]  # fmt: skip


def test_a_distinct_source_holds_nobody_twice(silos: Shell) -> None:
    both = ("identity", "resolve", "crm.csv", "shop.parquet", *BORN, "--out", "people.csv")

    silos.good(*both)
    free = people(answer(silos.folder / "people.csv"))
    silos.good(*both, "--distinct-source", "crm")
    strict = people(answer(silos.folder / "people.csv"))

    assert max(sum(source == "crm" for source, _ in one) for one in free) > 1
    assert max(sum(source == "crm" for source, _ in one) for one in strict) == 1
    assert max(sum(source == "shop" for source, _ in one) for one in strict) > 1


def test_several_columns_of_one_type_are_read_in_order(empty: Shell) -> None:
    rows = [
        {"id": "1", "mobile": "", "phone": "0171 3920088", "email": ""},
        {"id": "2", "mobile": "0171 3920088", "phone": "030 4455667", "email": "a@example.org"},
        {"id": "3", "mobile": "0152 1112223", "phone": "0171 3920088", "email": "b@example.org"},
    ]
    write_csv(empty.folder / "crm.csv", rows)

    found = empty.good("identity", "resolve", "crm.csv")

    assert found["sources"]["crm"]["types"]["mobile"] == "phone"
    assert found["pairs"] == 1


@pytest.mark.parametrize("keyed", [True, False])
def test_the_order_of_files_and_rows_makes_no_difference(empty: Shell, keyed: bool) -> None:
    rows = told(61, 800, roof=2)
    half = len(rows) // 2
    files = {"crm": kept(rows[:half], "c"), "web": kept(rows[half:], "w")}
    name = "id" if keyed else "shelf"
    seen = []
    for seed in range(5):
        random = Random(seed)  # noqa: S311 - an order, not a secret
        names = random.sample(["crm", "web"], 2)
        for source in names:
            shuffled = random.sample(files[source], len(files[source]))
            write_csv(
                empty.folder / f"{source}.csv",
                [
                    {name: row["id"]} | {k: v for k, v in row.items() if k != "id"}
                    for row in shuffled
                ],
            )
            files[source] = shuffled
        found = empty.good(
            "identity", "resolve", *(f"{source}.csv" for source in names), "--out", "people.csv"
        )
        ordered = [(source, row["id"]) for source in names for row in files[source]]
        written = answer(empty.folder / "people.csv")
        together: dict[str, set[tuple[str, str]]] = {}
        for place, row in zip(ordered, written, strict=True):
            together.setdefault(row["profile_id"], set()).add(place)
        weights = {place: row["weight"] for place, row in zip(ordered, written, strict=True)}
        learned = (found["prior_bits"], found["comparisons"], found["pairs"])
        seen.append((set(map(frozenset, together.values())), weights, learned))

    assert all(one == seen[0] for one in seen)


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


def refused(empty: Shell, *arguments: str, code: int = 1) -> Done:
    """A run that fails with this exit code, in one line that holds no value."""
    done = empty.run("identity", "resolve", *arguments, "--json")
    assert done.code == code, done.err + done.out
    assert done.out == ""
    assert SECRET not in done.err
    assert "Traceback" not in done.err
    return done


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


@pytest.mark.parametrize(
    ("arguments", "reason", "says"),
    [
        (("--map", f"{SECRET}=email"), "unknown_column", "crm has id, given_name"),
        (("--map", "shop:email=email"), "unknown_column", "crm has id, given_name"),
        (("--id", SECRET), "unknown_column", "crm has id, given_name"),
        (("--map", f"email={SECRET}"), "unknown_type", "given_name, middle_name"),
        (("--map", SECRET), "unknown_type", "COLUMN=TYPE"),
        (("--map", "=email"), "unknown_type", "COLUMN=TYPE"),
        (("--distinct-source", SECRET), "unknown_source", "the sources are crm"),
        (("crm.csv",), "bad_file", "two files have one name"),
    ],
)
def test_what_is_said_of_what_is_not_there_is_refused_with_what_there_is(
    silos: Shell, arguments: tuple[str, ...], reason: str, says: str
) -> None:
    done = refused(silos, "crm.csv", *arguments)

    assert done.error["reason"] == reason
    assert says in done.error["message"]


def test_a_first_line_that_is_no_header_is_not_repeated(empty: Shell) -> None:
    (empty.folder / "crm.csv").write_text(f"Ada,{SECRET}\nBen,Ofen\n")

    done = refused(empty, "crm.csv", "--map", "given_name=given_name")

    assert "crm.csv does not look like names of columns" in done.error["message"]


def test_leaving_everything_out_leaves_nothing_to_do(silos: Shell) -> None:
    (silos.folder / "two.csv").write_text("email\na@example.org\n")

    done = refused(silos, "two.csv", "--map", "email=none")

    assert done.error["reason"] == "nothing_mapped"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "'FILE...' is missing"),
        ((f"{SECRET}.csv",), "existing file"),
        ((".",), "existing file"),
        (("crm.csv", "--out", f"no/{SECRET}.csv"), "--out: the folder"),
        (("crm.csv", "--out", "."), "--out"),
        (("crm.csv", "--out", "crm.csv"), "--out: this file is read from"),
    ],
)
def test_usage_that_cannot_be_is_said_before_anything_is_read(
    silos: Shell, arguments: tuple[str, ...], says: str
) -> None:
    before = (silos.folder / "crm.csv").read_bytes()

    done = refused(silos, *arguments, code=2)

    assert says in done.error["message"]
    assert (silos.folder / "crm.csv").read_bytes() == before


def test_an_answer_that_does_not_fit_on_the_disk_is_said(silos: Shell) -> None:
    (silos.folder / "full.csv").symlink_to("/dev/full")

    done = refused(silos, "crm.csv", "--out", "full.csv")

    assert done.error["reason"] == "bad_out"
    assert "No space" in done.error["message"]


def test_help_says_what_goes_in_and_what_comes_out(empty: Shell) -> None:
    done = empty.run("identity", "resolve", "--help")

    assert done.code == 0
    for word in ("--map", "--id", "--distinct-source", "--out", "source, record_id, profile_id"):
        assert word in " ".join(done.out.split())
    assert "resolve" in empty.run("identity", "--help").out


def test_the_answer_for_machines_holds_no_value(silos: Shell) -> None:
    document = silos.good("identity", "resolve", "crm.csv", "shop.parquet", *BORN)

    text = json.dumps(document)
    values = {value for row in (*CRM, *SHOP) for value in row.values() if len(value) > 7}
    assert not [value for value in values if value in text]
