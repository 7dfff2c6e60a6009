"""Columns as they came, read by type into what is compared: every distinct value once.

Only dates are read source by source (`source_dates`), because each source has an order of day and
month of its own.
"""

from collections.abc import Mapping

import numpy as np

from identity import fields
from identity.births import parse_birth
from identity.engines.columns import Codes, Column, Spread, filled, numbered
from identity.engines.dates import read_dates
from identity.engines.reading import read_field
from identity.readings import (
    BIRTH,
    COMPANY,
    DIGITS,
    FAMILY,
    GIVEN,
    KIND,
    ORGANISATION,
    PERSON,
    READINGS,
    STATED,
    pointless,
)


def features(raw: Mapping[str, Column], spread: Spread = map) -> dict[str, Column]:
    """What the columns of all sources together say, by feature.

    `raw`: by field type; dates already read (`source_dates`).
    """
    told = [type_ for type_ in READINGS if type_ in raw]
    found: dict[str, Column] = {}
    for type_, parts in zip(
        told, spread(read_field, told, [raw[type_] for type_ in told]), strict=True
    ):
        for name, column in zip(READINGS[type_][1], parts, strict=True):
            _add(found, name, column, first=type_ in STATED)
    _births(raw, found)
    _kinds(found)
    return {name: column for name, column in found.items() if column.values}


def source_dates(column: Column) -> Column:
    """The birth dates of one source as ISO dates; year alone, or year and month, is a date too."""
    return read_dates(column).read(parse_birth)


def _births(raw: Mapping[str, Column], found: dict[str, Column]) -> None:
    if date := raw.get(fields.BIRTH_DATE):
        # Numbered like all features, whatever order the dates came in.
        _add(found, BIRTH, date.becoming(date.packed))
    year, month, day = (
        raw.get(type_) for type_ in (fields.BIRTH_YEAR, fields.BIRTH_MONTH, fields.BIRTH_DAY)
    )
    if year is None:
        return
    nothing = Column([], np.full(len(year), -1, np.int32))
    parts = [part or nothing for part in (year, month, day)]
    # Every date once, however many records say it.
    key = numbered([part.codes + np.int32(1) for part in parts], [len(p.values) + 1 for p in parts])
    _, first, place = np.unique(key, return_index=True, return_inverse=True)
    texts = [_texts(part, part.codes[first]) for part in parts]
    dates = Column([_birth(*told) for told in zip(*texts, strict=True)], place.astype(np.int32))
    _add(found, BIRTH, dates.becoming(dates.packed))


def _kinds(found: dict[str, Column]) -> None:
    """Persons and organisations; whoever has a name of their own only works for the company."""
    named = [found[name].codes >= 0 for name in (GIVEN, FAMILY) if name in found]
    company = found.get(COMPANY)
    if company is None and not named:
        return
    size = len(next(iter(found.values())))
    person = np.logical_or.reduce(named) if named else np.zeros(size, bool)
    codes = np.where(person, 0, -1)
    if company is not None:
        employer = Column(company.values, np.where(person, -1, company.codes).astype(np.int32))
        found[COMPANY] = employer
        codes[employer.codes >= 0] = 1
    found[KIND] = Column([PERSON, ORGANISATION], codes.astype(np.int32))


def _birth(year: str, month: str, day: str) -> str:
    """A date of its parts, as far as they are known one after the other."""
    known = [_part(year, 9999, 4), _part(month, 12, 2), _part(day, 31, 2)]
    return parse_birth("-".join(known[: known.index("")] if "" in known else known))


def _part(text: str, most: int, width: int) -> str:
    digits = DIGITS.sub("", pointless(text))
    return digits.zfill(width) if len(digits) <= width and 1 <= int(digits or 0) <= most else ""


def _texts(column: Column, codes: Codes) -> list[str]:
    values = [*column.values, ""]
    return [values[code] for code in codes.tolist()]


def _add(found: dict[str, Column], name: str, column: Column, *, first: bool = False) -> None:
    """Take a column where there is none yet, and its values where the one there has none.

    `first`: the new column's word counts more than that of the one there.
    """
    known = found.get(name)
    if known is None:
        found[name] = column
    else:
        found[name] = filled(column, known) if first else filled(known, column)
