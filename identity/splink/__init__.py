"""Models of Splink 5: read into rules, and rules written as models that Splink loads.

Read: its settings as JSON, in the SQL of DuckDB that it writes there. A condition that is not
recognised is refused by the name of its comparison and level; nothing is guessed.
"""

from identity.splink.model import Model, read_model
from identity.splink.reading import read_splink
from identity.splink.writing import to_splink

__all__ = ["Model", "read_model", "read_splink", "to_splink"]
