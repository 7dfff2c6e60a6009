"""What a mapping would make of some rows: counts per column, and no values."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from cdp.mapping.apply import Row, apply
from cdp.mapping.cells import value_at
from cdp.mapping.document import Mapping as Mapped


@dataclass(frozen=True, slots=True)
class ColumnReport:
    """How often a column was used, was empty, was not in the row, or could not be used (and why).

    A cell with a problem counts under `problems` only, once for each reason.
    """

    column: str
    mapped: int
    empty: int
    absent: int
    problems: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Preview:
    """A report on each column the mapping reads, in its order, and the columns it does not read."""

    rows: int
    columns: tuple[ColumnReport, ...]
    unmapped: tuple[str, ...]


@dataclass(slots=True)
class _Count:
    mapped: int = 0
    empty: int = 0
    absent: int = 0
    problems: Counter[str] = field(default_factory=Counter)

    def add(self, reasons: list[str], *, absent: bool, empty: bool) -> None:
        self.problems.update(reasons)
        self.absent += not reasons and absent
        self.empty += not reasons and not absent and empty
        self.mapped += not (reasons or absent or empty)


def preview(mapping: Mapped, rows: Iterable[Row]) -> Preview:
    """Apply the mapping to the rows and count."""
    counts = {column: _Count() for column in mapping.columns}
    seen: dict[str, None] = {}
    number = 0
    for row in rows:
        number += 1
        seen.update(dict.fromkeys(row))
        problems = apply(mapping, row).problems
        for column, count in counts.items():
            value = value_at(row, column)
            count.add(
                [problem.reason for problem in problems if problem.column == column],
                absent=column not in row and value is None,
                empty=value is None or (isinstance(value, str) and not value.strip()),
            )
    return Preview(
        rows=number,
        columns=tuple(
            ColumnReport(column, count.mapped, count.empty, count.absent, dict(count.problems))
            for column, count in counts.items()
        ),
        unmapped=tuple(column for column in seen if not _is_read(column, counts)),
    )


def _is_read(column: str, mapped: Iterable[str]) -> bool:
    """Whether the mapping reads this column, or something inside it."""
    return any(name == column or name.startswith(f"{column}.") for name in mapped)
