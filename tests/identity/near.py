"""Records that nearly say the same: misspelled, swapped, shortened, half told."""

from collections.abc import Mapping, Sequence

import numpy as np
from hypothesis import strategies as st

from identity import fields
from identity.engines.columns import Column, Keys
from identity.features import Told, read

VALUES: dict[str, list[str]] = {
    "given_name": ["ada", "a", "b", "bob", "robert", "roberta", "adam", "adma", "aada", "zoe",
                   "quell", "rob", "maria", "maira", "martha", "marhta", "bobby"],
    "family_name": ["quell", "quelle", "quel", "ofen", "ada", "kuell", "o", "ofenmeister", "qeull",
                    "vanderbeek", "vandebeek", "martha"],
    "family_words": ["quell", "quell ofen", "ofen", "beek", "vander beek", "ofen quell"],
    "middle_names": ["maria", "ada robert", "robert", "quell"],
    "middle_initial": ["m", "a", "r"],
    "generation": ["jr", "sr", "ii"],
    "birth_date": ["1984-05-17", "1984-17-05", "1984-05-12", "1984-12-05", "1984-05-71", "1984-05",
                   "1984", "1985-05-17", "1948-05-17", "1984-06-18", "1990-01-01", "1990",
                   "2084-05-17", "1983-05-18", "1984-05-18", "1985-06-17"],
    "email": ["ada@example.org", "ada@example.com", "adda@example.org", "ben.ofen@else.net",
              "x@y.zz"],
    "phone": ["079460011", "079460012", "079460101", "612345078"],
    "street": ["main st", "maine st", "mian st", "side st", "quarry ln", "main rd"],
    "house_number": ["1", "2", "12a"],
    "unit": ["3", "4"],
    "postcode": ["10115", "10117", "10511"],
    "city": ["berlin", "potsdam", "berlni"],
    "company": ["quell sons", "quel sons", "ofen", "quell and sons"],
    "kind": ["person", "organisation"],
    **{name: ["123456789", "123456798", "12345678", "987654321"]
       for name in (*fields.PAPERS, *fields.NUMBERS, fields.DEVICE_ID)},
    **{name: ["m", "f", "k17"]
       for name in ("sex", "birth_place", "category", "region", "country")},
}  # fmt: skip
"""By feature, values that are near each other."""

SAID: dict[str, list[str]] = {
    "full_name": ["Ada Quell", "QUELL, Ada", "Dr. Ada M. Quell", "Bob van der Ofen", "Madonna",
                  "Robert Vander Ofen Jr.", "Ada Maria Quell-Ofen", "A. Quell", "unknown"],
    "given_name": ["Ada", "Ada Maria", "adma", "Bob", "Robert", "R.", "Mrs. Ada", "n/a", "Quell"],
    "family_name": ["Quell", "Quelle", "van der Ofen", "Ofen III", "Ada", "Quell-Ofen"],
    "middle_name": ["Maria", "M.", "Ada Robert"],
    "name_suffix": ["Jr", "Senior", "PhD"],
    "birth_date": ["1984-05-17", "1984-05-12", "1984-12-05", "1984", "1984-05", "1900-01-01"],
    "email": ["Ada@Example.org", "a.d.a+x@gmail.com", "ada@gmail.com", "nobody", "ben@else.net"],
    "phone": ["+44 20 7946 0011", "020 7946 0011", "079460012", "0000"],
    "address": ["12 Main Street, Apt 4, 10115 Berlin", "12 Main St, 10115 Berlin", "Berlin"],
    "street": ["12 Main St", "12 Main Street Apt 3", "Main Street", "1 Quarry Lane", "unknown"],
    "house_number": ["12", "1", "unknown"],
    "postcode": ["10115", "10115-1234", "10117"],
    "city": ["Berlin", "Potsdam", "n/a"],
    "country": ["DE", "US"],
    "region": ["Bayern", "bayern"],
    "company": ["Quell & Sons Ltd", "Quel & Sons", "Ofen GmbH"],
    "customer_id": ["K-17", "K-18"],
    "passport": ["AB 12 34", "ab1243"],
    "device_id": ["6f-a1"],
    "sex": ["female", "m"],
}  # fmt: skip
"""By type of field, what silos write."""


def told(names: Sequence[str] = tuple(VALUES)) -> st.SearchStrategy[Told]:
    """Features; not every one is said."""
    return st.fixed_dictionaries(
        {}, optional={name: st.sampled_from(VALUES[name]) for name in names}
    ).map(Told)


def rows(names: Sequence[str] = tuple(SAID)) -> st.SearchStrategy[dict[str, str]]:
    """What one record says, by type of field."""
    return st.fixed_dictionaries({}, optional={name: st.sampled_from(SAID[name]) for name in names})


def crowds(most: int = 8) -> st.SearchStrategy[list[Told]]:
    """Records that have been read, and some of their features as they may be as well."""
    return st.lists(told() | rows().map(read), min_size=2, max_size=most)


def columns(records: Sequence[Mapping[str, str]]) -> dict[str, Column]:
    """The features of records as columns; nobody's feature is no column."""
    names = sorted({name for record in records for name in record})
    return {name: Column.of([record.get(name) for record in records]) for name in names}


def both_ways(size: int) -> tuple[Keys, Keys]:
    """Every pair of records, each with itself too, in both orders."""
    a, b = np.divmod(np.arange(size * size, dtype=np.int64), size)
    return a, b
