"""Parity with Splink on the same model: the same pairs, the same weights.

    python -m benchmarks splink_parity --peer PYTHON [--data FOLDER]

In the peer's Python (splink 5, `splink_parity_peer.py`), Splink trains a model on records, saves it
as JSON and predicts all pairs of its blocking rules. Ours reads that JSON, blocks by its rules and
weighs. Nothing but the JSON and the records passes between the two. Records: invented ones, and the
sets `fake_1000` and `fake_20000` where FOLDER holds them. Exits with 1 if pairs differ or a weight
does by more than .01 bit.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from benchmarks.reporting import Report, Table, parser, tell
from identity.comparisons import MILLI
from identity.engines.batch import Records
from identity.engines.candidates import candidates
from identity.engines.columns import Column, Floats, Keys
from identity.engines.counting import with_counts
from identity.engines.keying import Keyed
from identity.engines.weighing import Scale
from identity.splink import read_splink

ROOT: Final = Path(__file__).parents[1]
COLUMNS: Final = ("first_name", "surname", "dob", "city", "email")
WITHIN: Final = 0.01
UNTRAINED: Final = Decimal("0.000001")
"""What Splink takes for a share that no pair showed, in the linker that trained."""

SETS: Final = ("fake_1000", "fake_20000")
INVENTED: Final = 3_000
_SYLLABLES: Final = "ba ce di fo gu ka le mi no pu ra s\u00e9 ti v\u00f6 zu lan mer tor bel gis"


@dataclass(frozen=True)
class Parity:
    """What both found."""

    theirs: int
    ours: int
    both: int
    furthest: float
    seconds_theirs: float
    seconds_ours: float

    @property
    def holds(self) -> bool:
        """Whether pairs are the same, and weights near."""
        return self.theirs == self.ours == self.both and self.furthest <= WITHIN


def main(arguments: list[str]) -> None:
    """Run it and print the figures; exits with 1 if the two do not agree."""
    options = parser("python -m benchmarks splink_parity", __doc__)
    options.add_argument("--peer", required=True, help="a Python that has splink 5")
    options.add_argument("--data", type=Path, help="folder of the sets")
    asked = options.parse_args(arguments)
    found = {}
    with tempfile.TemporaryDirectory() as made:
        for name, link, table in _records(asked.data):
            found[f"{name}, {link}"] = _both(asked.peer, link, table, Path(made))
    tell(_report(found), asked)
    if not all(parity.holds for parity in found.values()):
        sys.exit(1)


def _records(folder: Path | None) -> Iterator[tuple[str, str, pa.Table]]:
    yield "invented", "dedupe_only", _invented(1)
    yield "invented", "link_only", _invented(2)
    yield "invented", "link_and_dedupe", _invented(3)
    for name in SETS:
        path = folder / name / "records.csv" if folder else None
        if path and path.is_file():
            yield name, "dedupe_only", _of_file(path)


def _of_file(path: Path) -> pa.Table:
    texts = pyarrow.csv.ConvertOptions(
        column_types=dict.fromkeys((*COLUMNS, "unique_id"), pa.string()),
        strings_can_be_null=True,
    )
    table = pyarrow.csv.read_csv(path, convert_options=texts)
    size = pa.array(["all"] * table.num_rows)
    return table.select(["unique_id", *COLUMNS]).append_column("source_dataset", size)


def _invented(seed: int) -> pa.Table:
    """People who are misspelt, in two sources; nobody is real."""
    random = Random(seed)  # noqa: S311 - people, not secrets
    names = [
        ["".join(random.choices(_SYLLABLES.split(), k=random.randint(2, 3))) for _ in range(size)]
        for size in (60, 200, 12)
    ]
    rows: list[list[str | None]] = []
    while len(rows) < INVENTED:
        given, family, city = (of[int(len(of) * random.random() ** 2)] for of in names)
        born = f"{random.randint(1950, 1999)}-{random.randint(1, 12):02}-{random.randint(1, 28):02}"
        mail = f"{given}.{family}{random.randint(1, 99)}@example.org"
        for _ in range(random.choice((1, 1, 2, 3))):
            person = [_slip(random, text) for text in (given, family, born, city, mail)]
            if random.random() < 0.03:
                person[0], person[1] = person[1], person[0]
            rows.append([str(len(rows)), *person, f"s{random.randint(1, 2)}"])
    columns = zip(*rows, strict=True)
    return pa.table(
        {
            name: pa.array(list(column), pa.string())
            for name, column in zip(("unique_id", *COLUMNS, "source_dataset"), columns, strict=True)
        }
    )


def _slip(random: Random, text: str) -> str | None:
    chance, place = random.random(), random.randrange(len(text) - 1)
    if chance < 0.1:
        return None
    if chance < 0.16:
        return text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    if chance < 0.22:
        return text[:place] + random.choice("aeiou123") + text[place + 1 :]
    return text


def _both(peer: str, link: str, table: pa.Table, place: Path) -> Parity:
    records, model, pairs = (place / name for name in ("r.parquet", "m.json", "p.parquet"))
    pyarrow.parquet.write_table(table, records)
    script = ROOT / "benchmarks/splink_parity_peer.py"
    command = [peer, str(script), str(records), str(model), str(pairs), link]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    seconds = json.loads(printed.stdout.splitlines()[-1])["seconds"]
    place_of = {key: row for row, key in enumerate(table.column("unique_id").to_pylist())}
    predicted = pyarrow.parquet.read_table(pairs)
    a, b = (
        np.array([place_of[key] for key in predicted.column(name).to_pylist()], np.int64)
        for name in ("a", "b")
    )
    theirs = np.minimum(a, b) * len(place_of) + np.maximum(a, b)
    started = perf_counter()
    ours, weights = _ours(json.loads(model.read_text()), table)
    ended = perf_counter()
    return _compared(
        (theirs, predicted.column("weight").to_numpy()),
        (ours, weights),
        {"theirs": seconds, "ours": ended - started},
    )


def _ours(document: object, table: pa.Table) -> tuple[Keys, Floats]:
    """Pairs as numbers, and their weights in bits."""
    rules, link = read_splink(document, UNTRAINED)
    found = {name: Column.of(table.column(name).to_pylist()) for name in COLUMNS}
    sources = Column.of(table.column("source_dataset").to_pylist())
    rules = with_counts(rules, found)
    distinct = frozenset(range(len(sources.values))) if link == "link_only" else frozenset[int]()
    records = Records(found, sources.codes.astype(np.int64), distinct)
    blocked = candidates(Keyed(found), table.num_rows, rules.blocking, records.barred)
    scale = Scale(found, rules)
    weights = scale.weigh(blocked.a, blocked.b, scale.compare(blocked.a, blocked.b))
    return blocked.a * table.num_rows + blocked.b, weights.edges(rules.clustering) / MILLI


def _compared(
    theirs: tuple[Keys, Floats], ours: tuple[Keys, Floats], seconds: Mapping[str, float]
) -> Parity:
    _, one, other = np.intersect1d(theirs[0], ours[0], return_indices=True)
    apart = np.abs(theirs[1][one] - ours[1][other])
    return Parity(
        len(theirs[0]),
        len(ours[0]),
        len(one),
        float(apart.max(initial=0.0)),
        seconds["theirs"],
        seconds["ours"],
    )


def _report(found: Mapping[str, Parity]) -> Report:
    head = ("records", "pairs, Splink", "ours", "both", "largest difference, bits", "agree")
    rows = tuple(
        (
            name,
            f"{parity.theirs:,}",
            f"{parity.ours:,}",
            f"{parity.both:,}",
            f"{parity.furthest:.4f}",
            "yes" if parity.holds else "no",
        )
        for name, parity in found.items()
    )
    title = "One Splink model, weighed by Splink and by ours"
    measured = {name: asdict(parity) for name, parity in found.items()}
    return Report("splink_parity", (Table(title, head, rows),), {"sets": measured})
