"""What a source's rows mean: a versioned document, applied when facts are read, never at landing.

    mapping = Mapping.parse(document)
    facts = apply(mapping, row)

Pure. A cell that cannot be used becomes a `Problem` (column and reason code, never the value); no
row raises. What is raw stays raw: identifiers are normalised by the identity room.
"""

from cdp.mapping.apply import apply, apply_event
from cdp.mapping.document import InvalidMapping, Mapping
from cdp.mapping.facts import Attribute, EventFact, Facts, Identifier, Problem
from cdp.mapping.preview import ColumnReport, Preview, preview
from cdp.mapping.suggest import suggest

__all__ = [
    "Attribute",
    "ColumnReport",
    "EventFact",
    "Facts",
    "Identifier",
    "InvalidMapping",
    "Mapping",
    "Preview",
    "Problem",
    "apply",
    "apply_event",
    "preview",
    "suggest",
]
