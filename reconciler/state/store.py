"""The state file: a reader for everybody, a writer for the run that holds the lock."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from reconciler.model.codec import Codec
from reconciler.model.errors import Damaged, Locked, StateError
from reconciler.model.ids import OrderKey, Reference
from reconciler.model.journal import Entry, EventKind, JournalEvent
from reconciler.model.ledger import SPENDING_KINDS, Spending, spendings
from reconciler.model.money import Money, total
from reconciler.model.record import Record
from reconciler.model.time import instant_text, parse_instant
from reconciler.state.backup import copy_to, keep_before_migration
from reconciler.state.event import Change
from reconciler.state.lock import HeldLock, writer_lock
from reconciler.state.paths import real_path
from reconciler.state.schema import MIGRATIONS, migrate, version_of

_RECORD: Codec[Record] = Codec(Record)
_RECORDS: Codec[list[Record]] = Codec(list[Record])
_EVENT: Codec[JournalEvent] = Codec(JournalEvent)
_ENTRIES: Codec[list[Entry]] = Codec(list[Entry])
_ENTRY = """json_object(
    'seq', seq, 'at', at, 'key', key, 'reference', reference, 'plan_id', plan_id, 'commit', git_commit
)"""
"""A line of the journal but for its event, as JSON: all lines are read in one go, which is several times faster."""
_BUSY_SECONDS = 10.0
# SQLite can corrupt a write-ahead log that is reset under several connections, before 3.51.3 and in 3.52.x
# (see sqlite.org/wal.html); there the rollback journal is used.
_WAL_IS_SAFE = sqlite3.sqlite_version_info >= (3, 53, 0) or (3, 51, 3) <= sqlite3.sqlite_version_info < (3, 52, 0)


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

    def document(self, name: str) -> str | None:
        """Return a stored document, such as the findings of the last pass."""
        rows = self._rows("SELECT body FROM documents WHERE name = ?", name)
        return str(rows[0][0]) if rows else None

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
            return _RECORD.validate_json(row[0])

    @contextmanager
    def _readable(self, what: str) -> Iterator[None]:
        """What the program wrote itself but cannot read is damage (a ValidationError is a ValueError)."""
        try:
            yield
        except (ValueError, KeyError) as e:
            raise Damaged(f"{self.path} holds {what} that cannot be read. {_RESTORE}") from e

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
                raise Damaged(f"{self.path} is damaged: {e}. {_RESTORE}") from e
            raise StateError(f"{self.path} cannot be used now: {e}. Nothing was lost; run the command again.") from e
        except sqlite3.DatabaseError as e:
            raise Damaged(f"{self.path} is damaged: {e}. {_RESTORE}") from e


_RESTORE = (
    "Move it away and run again: every order is found at its provider by its reference and adopted, nothing is placed "
    "twice. Or restore a backup made by `reconciler state backup`. Without one, the history and this month's spending "
    "are not known."
)


class StateStore(StateReader):
    """Writes the state file; only the run that holds the lock has one. Every write is durable when it returns."""

    def __init__(self, connection: sqlite3.Connection, path: Path, lock: HeldLock) -> None:
        super().__init__(connection, path)
        self._lock = lock

    def intend(self, change: Change, *, before: Record | None) -> None:
        """Write an intent, if its record still is what it was: compared and set in one transaction.

        Raises `Locked` if another run has changed the record, or may be using the same state.
        """
        self._lock.check()
        with self._guard, self._errors(), self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            if self.record(change.entry.reference) != before:
                told = f"another run has changed what {self.path} holds of {change.entry.key} since this one read it"
                raise Locked(f"{told}: nothing was sent for it. Run the command again.")
            self._put(change)

    def write(self, *changes: Change) -> None:
        """Write changes in one transaction: record and event together, on disk before this returns."""
        if not changes:
            return
        with self._guard, self._errors(), self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            for change in changes:
                self._put(change)

    def put_document(self, name: str, body: str, *entries: Entry) -> None:
        """Store a document under a name, if it is not what is stored already, together with entries that no record has.

        Both are on disk when this returns, or neither is.
        """
        if self.document(name) == body and not entries:
            return
        with self._guard, self._errors(), self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.execute("REPLACE INTO documents (name, body) VALUES (?, ?)", (name, body))
            for entry in entries:
                self._append(entry)

    def _put(self, change: Change) -> None:
        entry, record = change.entry, change.record
        if record is None:
            self._connection.execute("DELETE FROM records WHERE reference = ?", (entry.reference,))
        else:
            self._connection.execute(
                "REPLACE INTO records (reference, key, body) VALUES (?, ?, ?)",
                (record.reference, record.key, _RECORD.dump_json(record).decode()),
            )
        self._append(entry)

    def _append(self, entry: Entry) -> None:
        self._connection.execute(
            "INSERT INTO journal (at, kind, key, reference, plan_id, git_commit, detail) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                instant_text(entry.at),
                entry.kind,
                entry.key,
                entry.reference,
                entry.plan_id,
                entry.commit,
                _EVENT.dump_json(entry.event, exclude_none=True).decode(),
            ),
        )


@contextmanager
def open_reader(path: Path, *, busy_timeout: float = _BUSY_SECONDS) -> Iterator[StateReader]:
    """Open the state for reading; a missing file is an empty state and is not created.

    Raises `StateError` if another process holds the file for longer than `busy_timeout` seconds.
    """
    path = real_path(path)
    reader = StateReader(_read_only(path, busy_timeout) if path.exists() else _empty(), path)
    try:
        yield reader
    finally:
        reader.close()


@contextmanager
def open_store(path: Path, *, lock_timeout: float = 0.0) -> Iterator[StateStore]:
    """Open the state for writing, under the lock; raises `Locked`, `Damaged` or `TooNew`.

    A link leads to the state that it names, whose lock is one.
    """
    path = real_path(path)
    with writer_lock(path, wait=lock_timeout) as lock:
        store = StateStore(_read_write(path), path, lock)
        try:
            yield store
        finally:
            store.close()


def _read_write(path: Path) -> sqlite3.Connection:
    with _opening(path, str(path)) as connection:
        connection.execute(f"PRAGMA journal_mode = {'WAL' if _WAL_IS_SAFE else 'DELETE'}")
        connection.execute("PRAGMA synchronous = FULL")
        _check(connection, path)
        keep_before_migration(connection, path)
        migrate(connection, str(path))
    return connection


def _read_only(path: Path, busy_timeout: float) -> sqlite3.Connection:
    with _opening(path, f"{path.absolute().as_uri()}?mode=ro", busy_timeout) as connection:
        try:
            _check(connection, path)
        except sqlite3.OperationalError as e:
            if not _is_cut_off(e):
                raise
            _roll_back(path)
            _check(connection, path)
        if version_of(connection, str(path)) < len(MIGRATIONS):
            return _migrated_copy(connection, path)
    return connection


def _roll_back(path: Path) -> None:
    """Take back a write that a kill cut off, which SQLite does by itself for the next reader that may write."""
    with closing(sqlite3.connect(path, timeout=_BUSY_SECONDS)) as connection:
        connection.execute("SELECT 1 FROM sqlite_schema")


@contextmanager
def _opening(path: Path, database: str, busy_timeout: float = _BUSY_SECONDS) -> Iterator[sqlite3.Connection]:
    """Give a connection to be made ready; where that fails it is closed, and SQLite's error becomes ours."""
    with ExitStack() as undo:
        try:
            connection = sqlite3.connect(
                database,
                uri=database.startswith("file:"),
                timeout=busy_timeout,
                isolation_level=None,
                check_same_thread=False,
            )
            undo.callback(connection.close)
            yield connection
        except sqlite3.DatabaseError as e:
            if _is_busy(e):
                raise StateError(f"{path} is busy: {e}. Nothing was lost; run the command again.") from e
            if _is_cut_off(e):
                remedy = "run the command as a user who may write the file and its folder"
                raise StateError(f"the last write to {path} was cut off: {e}. Nothing was lost; {remedy}.") from e
            if _is_denied(e) and path.is_file():
                remedy = "run the command as a user who may read and write the file and its folder"
                raise StateError(f"{path} cannot be opened: {e}. Nothing was lost; {remedy}.") from e
            raise Damaged(f"{path} is damaged or is not a state file: {e}. {_RESTORE}") from e
        undo.pop_all()


def _is_busy(error: sqlite3.Error) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _is_cut_off(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_READONLY_ROLLBACK


def _is_denied(error: sqlite3.Error) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM)


def _migrated_copy(connection: sqlite3.Connection, path: Path) -> sqlite3.Connection:
    """Read an older file through a copy in memory: a reader never writes."""
    copy = sqlite3.connect(":memory:", check_same_thread=False)
    connection.backup(copy)
    connection.close()
    migrate(copy, str(path))
    return copy


def _empty() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    migrate(connection, "memory")
    return connection


def _check(connection: sqlite3.Connection, path: Path) -> None:
    """Check the structure of the file, as far as that is quick; `state verify` reads all of it."""
    wrong = [row[0] for row in connection.execute("PRAGMA quick_check(3)") if row[0] != "ok"]
    if wrong:
        raise Damaged(f"{path} is damaged: {'; '.join(wrong)}. {_RESTORE}")
