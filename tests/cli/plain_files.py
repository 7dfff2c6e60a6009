"""Plain files for `cdp identity`: two silos of invented people, and what became of them."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from tests.cli.running import Done, Shell
from tests.identity.engines.people import Row, told

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


def answer(path: Path) -> list[dict[str, str]]:
    if path.suffix == ".parquet":
        rows: list[dict[str, str]] = pyarrow.parquet.read_table(path).to_pylist()
        return rows
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def refused(empty: Shell, *arguments: str, code: int = 1) -> Done:
    """A run that fails with this exit code, in one line that holds no value."""
    done = empty.run("identity", "resolve", *arguments, "--json")
    assert done.code == code, done.err + done.out
    assert done.out == ""
    assert SECRET not in done.err
    assert "Traceback" not in done.err
    return done
