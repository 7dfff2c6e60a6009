"""Notices: texts that were shown. A yes is worth what its notice said.

A notice that is superseded materially for a purpose ends the yeses given under it for that purpose.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from consent.reading import EVERY, Fault, Reader, text_of

_KNOWN = frozenset(
    {
        "version",
        "locale",
        "text_sha256",
        "effective_from",
        "superseded_materially_at",
        "material_for",
    }
)


@dataclass(frozen=True, slots=True)
class Notice:
    """One version of a notice. `material_for`: purposes (or "*") its successor changed."""

    key: str
    version: int = 1
    locale: str | None = None
    text_sha256: str | None = None
    effective_from: datetime | None = None
    superseded_at: datetime | None = None
    material_for: tuple[str, ...] = ()

    def active(self, now: datetime) -> bool:
        """It is shown now: in effect and not superseded."""
        begun = self.effective_from is None or self.effective_from <= now
        return begun and (self.superseded_at is None or now < self.superseded_at)

    def ends_for(self, lineage: frozenset[str]) -> datetime | None:
        """When it stops carrying a yes for a purpose, given with its ancestors."""
        touched = EVERY in self.material_for or not lineage.isdisjoint(self.material_for)
        return self.superseded_at if touched else None

    @classmethod
    def parse(cls, key: str, source: Mapping[str, Any], fault: Fault) -> "Notice":
        """Read the JSON form; raises `fault`."""
        read = Reader.of(source, _KNOWN, fault)
        return cls(
            key=key,
            version=read.number("version", 1, 1_000_000, 1),
            locale=read.optional_text("locale"),
            text_sha256=read.optional_text("text_sha256"),
            effective_from=read.optional_instant("effective_from"),
            superseded_at=read.optional_instant("superseded_materially_at"),
            material_for=read.texts("material_for"),
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON; `parse` reads it back."""
        begins, ends = self.effective_from, self.superseded_at
        return {
            "version": self.version,
            "locale": self.locale,
            "text_sha256": self.text_sha256,
            "effective_from": text_of(begins) if begins else None,
            "superseded_materially_at": text_of(ends) if ends else None,
            "material_for": list(self.material_for),
        }
