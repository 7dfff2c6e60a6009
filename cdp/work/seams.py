"""The seams of resolving plain files: what one stage hands to the next, as Parquet.

An engine on another machine, or on many, can take over at any of them with the same rules. A record
is named by its number: 0 for the first row of the first file, on through all files in their order.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa

from cdp.work.tabular import write
from identity.engines.columns import Keys

SCHEMAS: Final[Mapping[str, pa.Schema]] = {
    "candidates": pa.schema([("a", pa.int64()), ("b", pa.int64())]),
    "weights": pa.schema([("a", pa.int64()), ("b", pa.int64()), ("millibits", pa.int64())]),
    "components": pa.schema([("record", pa.int64()), ("component", pa.int64())]),
}
"""What each file holds. A pair stands once, its earlier record first."""


@dataclass(frozen=True)
class Seams:
    """A folder for them; `order`: the number of the record at each place of the engine."""

    folder: Path
    order: Keys

    def keep(self, stage: str, columns: Mapping[str, Keys]) -> None:
        """Write what one stage hands over.

        Raises:
            Refused: the file cannot be written.
        """
        named = {
            name: held if name == "millibits" else self.order[held]
            for name, held in columns.items()
        }
        if "a" in named:
            a, b = named["a"], named["b"]
            named |= {"a": np.minimum(a, b), "b": np.maximum(a, b)}
        write(self.folder / f"{stage}.parquet", dict(named))
