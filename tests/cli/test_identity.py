"""`cdp identity resolve`: plain files in, people out, whatever the order."""

import json
from collections.abc import Mapping, Sequence
from random import Random

import pytest

from tests.cli.plain_files import (
    BORN,
    CRM,
    SECRET,
    SHOP,
    answer,
    kept,
    refused,
    write_csv,
    write_parquet,
)
from tests.cli.running import Shell
from tests.identity.engines.people import f1, told


@pytest.fixture
def silos(empty: Shell) -> Shell:
    """Two silos: one in CSV, one in Parquet with other names."""
    write_csv(empty.folder / "crm.csv", CRM)
    write_parquet(empty.folder / "shop.parquet", SHOP)
    return empty


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
    alike = [copied | {"phone": f"0171 {3920000 + n}"} for n in range(350)]
    write_csv(empty.folder / "feed.csv", [*CRM, *alike])

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
