"""Data sets with known truth for the identity benchmark: which files, what their columns are.

None of them is part of this project; the benchmark takes a folder. Nothing but the mapping of
columns differs between sets, and that is what any user tells of his own files.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet
from numpy.typing import NDArray

Labels = NDArray[np.int64]


@dataclass(frozen=True)
class DataSet:
    """Files of one folder; `truth`: the column that names the person, or FILE:KEY:PERSON.

    `maps`: what names of columns do not say. `distinct`: sources that hold nobody twice. `silos`:
    one file of customers as `benchmarks.silos` makes them, which the peer can normalise by itself.
    """

    name: str
    files: tuple[str, ...]
    truth: str
    maps: tuple[str, ...] = ()
    distinct: tuple[str, ...] = ()
    silos: bool = False

    def paths(self, folder: Path) -> tuple[Path, ...]:
        """The files, under the folder of all sets."""
        return tuple(folder / self.name / file for file in self.files)

    def is_there(self, folder: Path) -> bool:
        """Whether all files are."""
        return all(path.is_file() for path in self.paths(folder))

    def persons(self, folder: Path) -> Labels:
        """The true person of each record, in the order of files and rows."""
        name, _, rest = self.truth.partition(":")
        if not rest:
            found = [_column(path, name) for path in self.paths(folder)]
        else:
            key, person = rest.split(":")
            table = pyarrow.parquet.read_table(folder / self.name / name)
            keys = [_column(path, key) for path in self.paths(folder)]
            known = table.column(key).cast(pa.string())
            places = [pc.index_in(column, known) for column in keys]
            found = [table.column(person).cast(pa.string()).take(place) for place in places]
        encoded = pa.chunked_array([chunk for column in found for chunk in column.chunks])
        labels: Labels = encoded.combine_chunks().dictionary_encode().indices.to_numpy()
        return labels.astype(np.int64)


TRUTH: Final = "truth.parquet:record_id:person_id"
SETS: Final = (
    DataSet("silos", ("records.parquet",), TRUTH, silos=True),
    DataSet("cdp_1m", ("records.parquet",), TRUTH, silos=True),
    DataSet("cdp_100k", ("records.parquet",), TRUTH, silos=True),
    DataSet(
        "pseudopeople",
        tuple(
            f"{name}.parquet"
            for name in (
                "census2020",
                "acs_all",
                "cps_all",
                "wic_all",
                "w2_2020",
                "ssa",
                "t1040_2020",
            )
        ),
        "simulant_id",
        (
            "mailing_address_street_name=street",
            "mailing_address_street_number=house_number",
            "mailing_address_zipcode=postcode",
            "mailing_address_city=city",
            "employer_name=none",
        ),
    ),
    DataSet("historical_50k", ("records.parquet",), "cluster", ("occupation=category",)),
    DataSet("fake_20000", ("records.csv",), "group"),
    DataSet("fake_1000", ("records.csv",), "cluster"),
    DataSet("febrl1", ("dataset1.csv",), "cluster"),
    DataSet("febrl2", ("dataset2.csv",), "cluster"),
    DataSet("febrl3", ("dataset3.csv",), "cluster"),
    DataSet(
        "febrl4",
        ("dataset4a.csv", "dataset4b.csv"),
        "cluster",
        distinct=("dataset4a", "dataset4b"),
    ),
)


def _column(path: Path, name: str) -> pa.ChunkedArray:
    if path.suffix == ".parquet":
        table = pyarrow.parquet.read_table(path)
    else:
        table = pyarrow.csv.read_csv(path)
    raw = next(column for column in table.column_names if column.strip() == name)
    return pc.utf8_trim_whitespace(table.column(raw).cast(pa.string()))


@dataclass(frozen=True)
class Score:
    """Precision, recall and F1 of pairs, and B-cubed F1 (Bagga and Baldwin 1998)."""

    precision: float
    recall: float
    f1: float
    b_cubed: float


def score(truth: Labels, found: Labels) -> Score:
    """How well clusters agree with the truth."""
    both = np.unique(truth * (int(found.max()) + 1) + found, return_inverse=True)[1]
    right, true, said = _pairs(both), _pairs(truth), _pairs(found)
    precision, recall = right / max(said, 1), right / max(true, 1)
    sizes = [np.bincount(labels)[labels] for labels in (both, found, truth)]
    cubed_precision = float((sizes[0] / sizes[1]).mean())
    cubed_recall = float((sizes[0] / sizes[2]).mean())
    return Score(
        precision,
        recall,
        _harmonic(precision, recall),
        _harmonic(cubed_precision, cubed_recall),
    )


def _pairs(labels: Labels) -> int:
    sizes = np.unique(labels, return_counts=True)[1].astype(np.int64)
    return int((sizes * (sizes - 1) // 2).sum())


def _harmonic(a: float, b: float) -> float:
    return 2 * a * b / (a + b) if a + b else 0.0
