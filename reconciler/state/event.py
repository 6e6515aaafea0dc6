"""What is written in one piece: a record and the journal entry that made it so."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.journal import Entry
from reconciler.model.record import Record


@dataclass(frozen=True, slots=True)
class Change:
    """A record as it is from now on (None: forgotten) and the entry that made it so: written together or not at all."""

    entry: Entry
    record: Record | None
