"""What the state file holds, for everybody who only reads it."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from reconciler.model.codec import Codec
from reconciler.model.errors import Damaged, StateError
from reconciler.model.ids import AccountName, OrderKey, ProviderOrderId, Reference
from reconciler.model.journal import Entry, EventKind
from reconciler.model.ledger import SPENDING_KINDS, Spending, spendings
from reconciler.model.money import Money, total
from reconciler.model.pause import DOCUMENT as PAUSES
from reconciler.model.pause import Pause, pauses_in
from reconciler.model.record import Record
from reconciler.model.sighting import AccountRead
from reconciler.model.time import parse_instant
from reconciler.state.backup import copy_to
from reconciler.state.epoch import continues

RECORD: Codec[Record] = Codec(Record)
_RECORDS: Codec[list[Record]] = Codec(list[Record])
_ENTRIES: Codec[list[Entry]] = Codec(list[Entry])
_ENTRY = """json_object(
    'seq', seq, 'at', at, 'key', key, 'reference', reference, 'plan_id', plan_id, 'commit', git_commit
)"""
"""A line of the journal but for its event, as JSON: all lines are read in one go, which is several times faster."""
RESTORE = (
    "Move it away and run again: every order is found at its provider by its reference and adopted, nothing is placed "
    "twice. Or restore a backup made by `reconciler state backup`. Without one, the history and this month's spending "
    "are not known."
)


class StateReader:
    """Reads the state file without ever blocking the writer for long; a missing file reads as empty."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._guard = threading.RLock()
        self.path = path

    def records(self) -> dict[Reference, Record]:
        """Return every record by its reference."""
        rows = self._rows("SELECT body FROM records")
        with self._readable("a record"):
            records = _RECORDS.validate_json("[" + ",".join([row[0] for row in rows]) + "]")
        return {record.reference: record for record in records}

    def record(self, reference: Reference) -> Record | None:
        """Return one record; None if there is none."""
        rows = self._rows("SELECT body FROM records WHERE reference = ?", reference)
        return self._record(rows[0]) if rows else None

    def records_of(self, key: OrderKey) -> tuple[Record, ...]:
        """Return the records of one order's attempts, the latest attempt first."""
        rows = self._rows("SELECT body FROM records WHERE key = ?", key)
        return tuple(sorted(map(self._record, rows), key=lambda record: -record.attempt))

    def journal(self, key: OrderKey | None = None, *, after: int = 0) -> tuple[Entry, ...]:
        """Return the journal of one order, or all of it from behind a line on, oldest first."""
        if key is None:
            return tuple(self._entries("seq > ?", after))
        return tuple(self._entries("key = ?", key))

    def spendings(self) -> tuple[Spending, ...]:
        """Return what has been bound so far, less what surely came to nothing."""
        marks = ", ".join("?" * len(SPENDING_KINDS))
        return spendings(self._entries(f"kind IN ({marks})", *SPENDING_KINDS))

    def _entries(self, condition: str, *values: str | int) -> list[Entry]:
        rows = self._rows(f"SELECT {_ENTRY}, detail, kind FROM journal WHERE {condition} ORDER BY seq", *values)
        with self._readable("a line of the journal"):
            lines = [f'{entry[:-1]},"event":{detail}}}' for entry, detail, _ in rows]
            entries = _ENTRIES.validate_json(f"[{','.join(lines)}]")
            for entry, (_, _, kind) in zip(entries, rows, strict=True):
                if entry.kind != kind:
                    raise ValueError(f"line {entry.seq} is of kind {kind} and holds an event of kind {entry.kind}")
        return entries

    def committed(self, since: datetime) -> tuple[Money, ...]:
        """Add up what has been bound since an instant, by currency; orders without a price add nothing.

        Accounts differ in their clocks: what one of them dates into the next month counts too.
        """
        found = [spending for spending in self.spendings() if spending.at >= since]
        return total(spending.money for spending in found if spending.money is not None)

    def known_since(self) -> datetime | None:
        """Return the instant of the journal's first line; None for an empty journal."""
        rows = self._rows("SELECT at FROM journal ORDER BY seq LIMIT 1")
        return parse_instant(rows[0][0]) if rows else None

    def carried_out(self, plan_id: str) -> bool:
        """Tell whether a call was made, or an order bound, for a plan."""
        statement = "SELECT 1 FROM journal WHERE plan_id = ? AND kind IN (?, ?) LIMIT 1"
        return bool(self._rows(statement, plan_id, EventKind.INTENT, EventKind.BOUND))

    def pauses(self) -> tuple[Pause, ...]:
        """Return what is paused by a person."""
        with self._readable("a pause"):
            return pauses_in(self.document(PAUSES))

    def document(self, name: str) -> str | None:
        """Return a stored document, such as the findings of the last pass."""
        rows = self._rows("SELECT body FROM documents WHERE name = ?", name)
        return str(rows[0][0]) if rows else None

    def reads(self, owner: str) -> Mapping[AccountName, AccountRead]:
        """Return the accounts that were read completely since this file is the one that it is, without sightings."""
        if not self.continues():
            return {}
        rows = self._rows(
            "SELECT account, tenant, complete_at FROM account_reads, meta "
            "WHERE owner = ? AND account_reads.epoch = meta.epoch",
            owner,
        )
        found = [(AccountName(name), tenant, parse_instant(at)) for name, tenant, at in rows]
        return {name: AccountRead(account=name, tenant=tenant, complete_at=at) for name, tenant, at in found}

    def sightings(
        self, owner: str, accounts: Collection[AccountName]
    ) -> Mapping[Reference, tuple[AccountName, ProviderOrderId]]:
        """Return the references without a record that the last complete listing of each of these accounts showed."""
        marks = ", ".join("?" * len(accounts))
        statement = f"SELECT reference, account, order_id FROM sightings WHERE owner = ? AND account IN ({marks})"
        rows = self._rows(statement, owner, *accounts)
        return {Reference(ref): (AccountName(account), ProviderOrderId(id_)) for ref, account, id_ in rows}

    def continues(self) -> bool:
        """Tell whether this file is the one that was left here: neither new, nor restored, nor a copy."""
        ((place,),) = self._rows("SELECT place FROM meta")
        return continues(self.path, place, self._last())

    def _last(self) -> int:
        rows = self._rows("SELECT seq FROM sqlite_sequence WHERE name = 'journal'")
        return int(rows[0][0]) if rows else 0

    def verify(self) -> tuple[str, ...]:
        """Check the whole file; returns what is wrong with it, nothing where it is sound."""
        with self._errors():
            wrong = [str(row[0]) for row in self._rows("PRAGMA integrity_check") if row[0] != "ok"]
            if not wrong:
                self.records()
                self.journal()
        return tuple(wrong)

    def backup(self, target: Path) -> None:
        """Copy the file as one consistent snapshot, also while a writer is at work; never over an existing file."""
        if target.exists():
            raise StateError(f"{target} exists already: name another file for the backup")
        target.parent.mkdir(parents=True, exist_ok=True)
        with self._guard, self._errors():
            copy_to(self._connection, target)

    def close(self) -> None:
        """Close the file, not in the middle of another thread's write."""
        with self._guard:
            self._connection.close()

    def _record(self, row: Sequence[Any]) -> Record:
        with self._readable("a record"):
            return RECORD.validate_json(row[0])

    @contextmanager
    def _readable(self, what: str) -> Iterator[None]:
        """What the program wrote itself but cannot read is damage (a ValidationError is a ValueError)."""
        try:
            yield
        except (ValueError, KeyError) as e:
            raise Damaged(f"{self.path} holds {what} that cannot be read. {RESTORE}") from e

    def _rows(self, statement: str, *values: str | int) -> list[tuple[Any, ...]]:
        with self._guard, self._errors():
            return self._connection.execute(statement, values).fetchall()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Turn SQLite's errors into ours."""
        try:
            yield
        except sqlite3.OperationalError as e:
            if getattr(e, "sqlite_errorcode", None) is None:  # not SQLite's own: a text that is no UTF-8
                raise Damaged(f"{self.path} is damaged: {e}. {RESTORE}") from e
            raise StateError(f"{self.path} cannot be used now: {e}. Nothing was lost; run the command again.") from e
        except sqlite3.DatabaseError as e:
            raise Damaged(f"{self.path} is damaged: {e}. {RESTORE}") from e
