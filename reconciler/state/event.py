"""One line of the journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from reconciler.model.ids import OrderKey, Reference
from reconciler.model.record import EventKind, Record
from reconciler.model.terms import TermValue

__all__ = ["Change", "Event", "EventKind"]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, at an instant of the provider's clock; `seq` is given by the journal."""

    kind: EventKind
    at: datetime
    key: OrderKey
    reference: Reference
    plan_id: str | None = None
    commit: str | None = None
    detail: Mapping[str, TermValue | None] = field(default_factory=dict)
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """A record as it is from now on (None: forgotten) and the event that made it so: written together or not at all."""

    event: Event
    record: Record | None
