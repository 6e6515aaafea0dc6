"""What a pass leaves for `status`, which asks no provider."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from pydantic import TypeAdapter

from reconciler.model.ids import OrderKey, Reference
from reconciler.plan.findings import Finding

DOCUMENT = "last pass"
"""The name that the state file keeps it under."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """The findings of the last pass that wrote state, and what providers told of live orders."""

    at: datetime
    findings: tuple[Finding, ...]
    details: Mapping[Reference, Mapping[str, str]] = field(default_factory=dict)

    @classmethod
    def from_text(cls, text: str | None) -> Remembered | None:
        """Read what `to_text` wrote; None where nothing was written yet."""
        return None if text is None else _CODEC.validate_json(text)

    def to_text(self) -> str:
        """Write it as a document for the state file."""
        return _CODEC.dump_json(self).decode()

    def without(self, key: OrderKey) -> Remembered:
        """Drop the findings about an order that a person has just decided about: the next pass judges it anew."""
        return replace(self, findings=tuple(finding for finding in self.findings if finding.key != key))


_CODEC: TypeAdapter[Remembered] = TypeAdapter(Remembered)
