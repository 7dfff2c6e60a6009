"""Plain files resolved: which column of which file is what, the records, and the answer."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa

from cdp.errors import Refused
from cdp.work.seams import Seams
from cdp.work.tabular import Table, as_text, column_of, nothing, plain, write
from identity.comparisons import MILLI
from identity.engines.batch import Records, Resolution, resolve_features, resolve_records
from identity.engines.columns import Column, Keys, Spread, filled, stacked
from identity.engines.features import source_dates
from identity.engines.training import LEAST_TOLD
from identity.fields import BIRTH_DATE, FIELDS, field_type, guess, guess_key
from identity.rules import Rules

LEFT_OUT: Final = "none"


THREADS: Final = 2
"""Arrays are worked on outside of the interpreter, so threads use several cores."""


@contextmanager
def spread_for() -> Iterator[Spread]:
    """Work in several threads; memory is shared, and the answer is that of one."""
    with ThreadPoolExecutor(THREADS) as pool:
        yield pool.map


@dataclass(frozen=True)
class Source:
    """One file and what its columns are: types by column, the key, and what is not used."""

    table: Table
    types: Mapping[str, str]
    key: str | None

    @property
    def unused(self) -> tuple[str, ...]:
        """Columns that nothing is read from."""
        return tuple(
            name for name in self.table.columns if name not in self.types and name != self.key
        )


@dataclass(frozen=True)
class Mapped:
    """Every file with its columns understood, and the sources that hold nobody twice.

    `as_they_are`: columns are compared as they stand in the files, by name, without being read.
    """

    sources: tuple[Source, ...]
    distinct: frozenset[int]
    as_they_are: bool = False


def plan(
    paths: Sequence[Path], *, maps: Sequence[str], keys: Sequence[str], distinct: Sequence[str]
) -> Mapped:
    """What each file's columns are, from their names and from what was said of them.

    Raises:
        Refused: a file cannot be read; something is said of a column, type or source that is not.
    """
    tables = _tables(paths)
    said = [_said(text, tables) for text in maps]
    numbered = [_column(text, tables) for text in keys]
    sources = []
    for table in tables:
        key = next((name for of, name in numbered if table.source in of), None)
        key = key or guess_key(table.columns)
        types = {name: kind for name, kind in guess(table.columns).items() if name != key}
        types |= {name: kind for of, name, kind in said if table.source in of}
        kept = {
            name: types[name] for name in table.columns if types.get(name, LEFT_OUT) != LEFT_OUT
        }
        if not kept:
            raise Refused(
                f"{table.path.name}: no column's name says what it holds; say so with --map"
                f" COLUMN=TYPE, types are {', '.join(FIELDS)}",
                reason="nothing_mapped",
            )
        sources.append(Source(table, kept, key))
    return Mapped(tuple(sources), _numbers(distinct, tables))


def plan_columns(
    paths: Sequence[Path], rules: Rules, *, keys: Sequence[str], distinct: Sequence[str] | None
) -> Mapped:
    """Each file's columns as rules name them; `distinct`: None for every source.

    Raises:
        Refused: a file cannot be read; the rules name a column that no file has.
    """
    tables = _tables(paths)
    there = frozenset(name for table in tables for name in table.columns)
    for rule in rules.blocking:
        _all_there(rule.features, there, f"blocking rule {rule.name}")
    for item in rules.comparisons:
        _all_there(item.features, there, f"comparison {item.name}")
    numbered = [_column(text, tables) for text in keys]
    sources = []
    for table in tables:
        key = next((name for of, name in numbered if table.source in of), None)
        kept = {name: name for name in table.columns if name in rules.features}
        if not kept:
            raise Refused(
                f"{table.path.name}: has none of the model's columns,"
                f" {', '.join(sorted(rules.features))}",
                reason="missing_column",
            )
        sources.append(Source(table, kept, key or guess_key(table.columns)))
    every = [table.source for table in tables]
    return Mapped(
        tuple(sources),
        _numbers(every if distinct is None else distinct, tables),
        as_they_are=True,
    )


def _all_there(wanted: frozenset[str], there: frozenset[str], what: str) -> None:
    missing = sorted(wanted - there)
    if missing:
        raise Refused(
            f"the model's {what} needs {', '.join(missing)}, a column that no file has",
            reason="missing_column",
        )


def _tables(paths: Sequence[Path]) -> list[Table]:
    tables = [Table.open(path) for path in paths]
    if len({table.source for table in tables}) != len(tables):
        raise Refused("two files have one name; each is a source of its own", reason="bad_file")
    return tables


def _numbers(distinct: Sequence[str], tables: Sequence[Table]) -> frozenset[int]:
    """The numbers of these sources."""
    names = [table.source for table in tables]
    if not set(distinct) <= set(names):
        raise Refused(
            f"--distinct-source: the sources are {', '.join(names)}", reason="unknown_source"
        )
    return frozenset(names.index(name) for name in distinct)


def _said(text: str, tables: Sequence[Table]) -> tuple[frozenset[str], str, str]:
    """Of which sources a `[SOURCE:]COLUMN=TYPE` speaks, the column and the type."""
    place, _, word = text.rpartition("=")
    kind = LEFT_OUT if word == LEFT_OUT else field_type(word)
    if not place or kind is None:
        raise Refused(
            f"--map takes COLUMN=TYPE; types are {', '.join(FIELDS)}, or {LEFT_OUT}",
            reason="unknown_type",
        )
    return *_column(place, tables), kind


def _column(text: str, tables: Sequence[Table]) -> tuple[frozenset[str], str]:
    """Of which sources a `[SOURCE:]COLUMN` speaks, and the column."""
    having = {table.source for table in tables if text in table.columns}
    if having:
        return frozenset(having), text
    source, _, column = text.partition(":")
    if any(table.source == source and column in table.columns for table in tables):
        return frozenset({source}), column
    raise Refused(
        f"no file has a column of that name: {'; '.join(map(_offer, tables))}",
        reason="unknown_column",
    )


def _offer(table: Table) -> str:
    """The columns of a file; not where no name speaks for itself, for it may be somebody's."""
    if not guess(table.columns):
        return f"the first line of {table.path.name} does not look like names of columns"
    return f"{table.source} has {', '.join(table.columns)}"


@dataclass(frozen=True)
class Files:
    """The records of all files, in the order of the files and of their rows.

    `keys`: what numbers each record; none where its file does not say.
    """

    mapped: Mapped
    columns: Mapping[str, Column] = field(repr=False)
    source: Keys = field(repr=False)
    keys: pa.ChunkedArray = field(repr=False)

    @classmethod
    def read(cls, mapped: Mapped) -> "Files":
        """Read the columns that are used.

        Raises:
            Refused: a file cannot be read to its end.
        """
        told: dict[str, list[Column]] = {}
        keys: list[pa.Array] = []
        rows: list[int] = []
        for source in mapped.sources:
            with source.table.refusing():
                columns, key, size = _read(source, as_they_are=mapped.as_they_are)
            for kind in {*told, *columns}:
                before = told.setdefault(kind, [nothing(count) for count in rows])
                before.append(columns.get(kind) or nothing(size))
            rows.append(size)
            keys += [pa.nulls(size, pa.large_string())] if key is None else key.chunks
        return cls(
            mapped,
            {kind: stacked(parts) for kind, parts in told.items()},
            np.repeat(np.arange(len(rows)), rows),
            pa.chunked_array(keys, pa.large_string()),
        )

    def resolve(
        self,
        progress: Callable[[str], None],
        spread: Spread = map,
        rules: Rules | None = None,
        *,
        stages: Path | None = None,
    ) -> Resolution:
        """Who is who, by these rules or by what is learned.

        The order of files and rows makes no difference. `stages`: a folder for what each stage
        hands to the next.
        """
        order = self._order()
        keep = Seams(stages, order).keep if stages else lambda _stage, _columns: None
        resolve = resolve_features if self.mapped.as_they_are else resolve_records
        # Named nowhere else, so that it is gone as soon as it was read.
        found = resolve(self._ordered(order), progress, spread, rules, keep=keep)
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order))
        return found.reordered(place, order)

    def _ordered(self, order: Keys) -> Records:
        columns = {kind: column.take(order) for kind, column in self.columns.items()}
        return Records(columns, self.source[order], self.mapped.distinct)

    def _order(self) -> Keys:
        """Records by source and key, or by what they say: the same whatever order they came in."""
        names = np.array([source.table.source for source in self.mapped.sources])
        ranks = np.argsort(np.argsort(names))[self.source]
        numbers = _ranks(self.keys)
        order = np.lexsort((numbers, ranks))
        tied = (numbers[order][1:] == numbers[order][:-1]) & (ranks[order][1:] == ranks[order][:-1])
        if not tied.any():
            return order
        said = [_ranks(plain(column)) for _, column in sorted(self.columns.items())]
        return np.lexsort((*said, numbers, ranks))

    def _record_ids(self) -> pa.ChunkedArray:
        """The key of each record; the number of its row where there is none."""
        starts = np.searchsorted(self.source, self.source)
        rows = pa.array(np.arange(len(self.source)) - starts + 1).cast(pa.large_string())
        return pa.compute.coalesce(self.keys, rows)

    def write(self, answer: Resolution, path: Path) -> None:
        """Write `source, record_id, profile_id, weight`, a row per record, in order.

        Raises:
            Refused: the file cannot be written.
        """
        names = [source.table.source for source in self.mapped.sources]
        alone = np.bincount(answer.person, minlength=len(answer.person))[answer.person] < 2  # noqa: PLR2004
        weight = pa.array(answer.weight / MILLI, pa.float64(), mask=alone)
        write(
            path,
            {
                "source": pa.array(names).take(pa.array(self.source)),
                "record_id": self._record_ids(),
                "profile_id": pa.array(_numbered(answer.person)),
                "weight": weight,
            },
        )

    def document(self, answer: Resolution) -> dict[str, Any]:
        """Counts, what was learned, and what was left, for machines."""
        counts = np.bincount(self.source, minlength=len(self.mapped.sources))
        return {
            "sources": {
                source.table.source: {
                    "records": int(counts[number]),
                    "types": dict(source.types),
                    "unused": list(source.unused),
                    "id": source.key,
                }
                for number, source in enumerate(self.mapped.sources)
            },
            "records": len(self.source),
            "profiles": answer.persons,
            "profile_sizes": {str(size): count for size, count in answer.sizes.items()},
            "pairs": answer.pairs,
            "prior_bits": round(float(answer.rules.clustering.prior), 2),
            "household_bits": _rounded(answer.rules.clustering.household),
            "comparisons": [
                {
                    "name": item.name,
                    "trained": answer.told is None or answer.told[item.name] >= LEAST_TOLD,
                    "bits": {level.name: round(level.weight / MILLI, 2) for level in item.levels},
                }
                for item in answer.rules.comparisons
            ],
            "oversized": [
                {
                    "parts": [part.text for part in item.rule.parts],
                    "groups": item.groups,
                    "records": item.records,
                }
                for item in answer.oversized
            ],
            "parted": list(answer.parted),
        }


def _read(
    source: Source, *, as_they_are: bool
) -> tuple[dict[str, Column], pa.ChunkedArray | None, int]:
    """The columns of a source by type, what numbers its rows, and how many they are.

    Of several columns of one type, the first that says something counts.
    """
    found: dict[str, Column] = {}
    key, size = None, 0
    wanted = dict.fromkeys((*source.types, *([source.key] if source.key else [])))
    for name, array in source.table.read(list(wanted)):
        size = len(array)
        if name == source.key:
            key = as_text(array)
        if kind := source.types.get(name):
            column = column_of(array)
            found[kind] = filled(found[kind], column) if kind in found else column
    if BIRTH_DATE in found and not as_they_are:
        found[BIRTH_DATE] = source_dates(found[BIRTH_DATE])
    return found, key, size


def _rounded(bits: Decimal | None) -> float | None:
    return None if bits is None else round(float(bits), 2)


def _ranks(texts: pa.ChunkedArray) -> Keys:
    """The place of each text among the distinct ones, in the order of their letters; -1: none."""
    ranks = pa.compute.rank(texts, sort_keys="ascending", tiebreaker="dense")
    found: Keys = ranks.to_numpy(zero_copy_only=False).astype(np.int64)
    found[texts.is_null().to_numpy()] = -1
    return found


def _numbered(person: Keys) -> Keys:
    """Profiles by number, in the order of their first record."""
    _, first, number = np.unique(person, return_index=True, return_inverse=True)
    found: Keys = (np.argsort(np.argsort(first)) + 1)[number]
    return found
