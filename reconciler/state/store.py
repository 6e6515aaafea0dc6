"""The state file: a reader for everybody, a writer for the run that holds the lock."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from reconciler.model.errors import Damaged, StateError
from reconciler.model.ids import OrderKey, Reference
from reconciler.model.money import Money, total
from reconciler.model.outcome import OutcomeKind
from reconciler.model.record import Call, Record
from reconciler.model.time import instant_text, parse_instant
from reconciler.state.event import Change, Event, EventKind
from reconciler.state.lock import writer_lock
from reconciler.state.schema import MIGRATIONS, migrate

_RECORD = TypeAdapter(Record)
_RECORDS = TypeAdapter(list[Record])
_DETAIL = TypeAdapter(dict[str, str | int | float | bool | None])
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

    def records_of(self, key: OrderKey) -> tuple[Record, ...]:
        """Return the records of one order's attempts, the latest attempt first."""
        rows = self._rows("SELECT body FROM records WHERE key = ?", key)
        return tuple(sorted(map(self._record, rows), key=lambda record: -record.attempt))

    def journal(self, key: OrderKey | None = None) -> tuple[Event, ...]:
        """Return the journal of one order, or all of it, oldest first."""
        columns = "seq, at, kind, key, reference, plan_id, git_commit, detail"
        if key is None:
            rows = self._rows(f"SELECT {columns} FROM journal ORDER BY seq")
        else:
            rows = self._rows(f"SELECT {columns} FROM journal WHERE key = ? ORDER BY seq", key)
        with self._readable("a line of the journal"):
            return tuple(map(_event, rows))

    def committed(self, start: datetime, end: datetime) -> tuple[Money, ...]:
        """Add up what intents have bound between two instants, less those that surely came to nothing.

        An intent without an outcome, or with an unknown one, counts: it may have been spent. An outcome speaks of its
        own call alone: a refused amendment takes nothing off what placing the order has bound.
        """
        rows = self._rows(
            "SELECT seq, kind, at, reference, detail FROM journal WHERE kind IN (?, ?, ?) ORDER BY seq",
            EventKind.INTENT,
            EventKind.OUTCOME,
            EventKind.DECISION,
        )
        with self._readable("a line of the journal"):
            spent = _bound_by(rows)
        return total(money for when, money in spent if start <= when < end)

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
        copy = sqlite3.connect(target)
        try:
            with self._guard, self._errors():
                self._connection.backup(copy)
        finally:
            copy.close()

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

    def _rows(self, statement: str, *values: str) -> list[tuple[Any, ...]]:
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

    def write(self, *changes: Change) -> None:
        """Write changes in one transaction: record and event together, on disk before this returns."""
        if not changes:
            return
        with self._guard, self._errors(), self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            for change in changes:
                self._put(change)

    def put_document(self, name: str, body: str) -> None:
        """Store a document under a name, if it is not what is stored already."""
        if self.document(name) == body:
            return
        with self._guard, self._errors(), self._connection:
            self._connection.execute("REPLACE INTO documents (name, body) VALUES (?, ?)", (name, body))

    def _put(self, change: Change) -> None:
        event, record = change.event, change.record
        if record is None:
            self._connection.execute("DELETE FROM records WHERE reference = ?", (event.reference,))
        else:
            self._connection.execute(
                "REPLACE INTO records (reference, key, body) VALUES (?, ?, ?)",
                (record.reference, record.key, _RECORD.dump_json(record).decode()),
            )
        self._connection.execute(
            "INSERT INTO journal (at, kind, key, reference, plan_id, git_commit, detail) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                instant_text(event.at),
                event.kind,
                event.key,
                event.reference,
                event.plan_id,
                event.commit,
                _DETAIL.dump_json(dict(event.detail)).decode(),
            ),
        )


@contextmanager
def open_reader(path: Path) -> Iterator[StateReader]:
    """Open the state for reading; a missing file is an empty state and is not created."""
    reader = StateReader(_read_only(path) if path.exists() else _empty(), path)
    try:
        yield reader
    finally:
        reader.close()


@contextmanager
def open_store(path: Path, *, lock_timeout: float = 0.0) -> Iterator[StateStore]:
    """Open the state for writing, under the lock; raises `Locked`, `Damaged` or `TooNew`."""
    with writer_lock(path, wait=lock_timeout):
        store = StateStore(_read_write(path), path)
        try:
            yield store
        finally:
            store.close()


def _read_write(path: Path) -> sqlite3.Connection:
    with _opening(path, str(path)) as connection:
        connection.execute(f"PRAGMA journal_mode = {'WAL' if _WAL_IS_SAFE else 'DELETE'}")
        connection.execute("PRAGMA synchronous = FULL")
        _check(connection, path)
        migrate(connection, str(path))
    return connection


def _read_only(path: Path) -> sqlite3.Connection:
    with _opening(path, f"{path.absolute().as_uri()}?mode=ro") as connection:
        _check(connection, path)
        (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == len(MIGRATIONS):
        return connection
    return _migrated_copy(connection, path)


@contextmanager
def _opening(path: Path, database: str) -> Iterator[sqlite3.Connection]:
    """Give a connection to be made ready; where that fails it is closed, and SQLite's error becomes ours."""
    with ExitStack() as undo:
        try:
            connection = sqlite3.connect(
                database,
                uri=database.startswith("file:"),
                timeout=_BUSY_SECONDS,
                isolation_level=None,
                check_same_thread=False,
            )
            undo.callback(connection.close)
            yield connection
        except sqlite3.DatabaseError as e:
            if _is_busy(e):
                raise StateError(f"{path} is busy: {e}. Nothing was lost; run the command again.") from e
            raise Damaged(f"{path} is damaged or is not a state file: {e}. {_RESTORE}") from e
        undo.pop_all()


def _is_busy(error: sqlite3.Error) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _migrated_copy(connection: sqlite3.Connection, path: Path) -> sqlite3.Connection:
    """Read an older file through a copy in memory: a reader never writes."""
    copy = sqlite3.connect(":memory:", check_same_thread=False)
    try:
        connection.backup(copy)
    finally:
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


def _bound_by(rows: Sequence[tuple[Any, ...]]) -> list[tuple[datetime, Money]]:
    """Return what the journal's intents have bound and no outcome of the same call has taken back, with its instant.

    A call that is sent again after a doubt may have spent twice; a quote is accepted once, however often that is asked.
    """
    bound: dict[tuple[str, str], tuple[datetime, Money]] = {}
    spent: dict[tuple[str, str], tuple[datetime, Money]] = {}
    for seq, kind, at, reference, text in rows:
        detail = _DETAIL.validate_json(text)
        call = str(detail.get("call", Call.PLACE))
        which = (reference, f"{call} {detail.get('quote', '')}")
        if kind == EventKind.INTENT:
            if before := bound.pop(which, None):
                spent[which if call == Call.CONFIRM else (reference, f"{call} {seq}")] = before
            if detail.get("minor") is not None:
                bound[which] = (parse_instant(at), Money(int(str(detail["minor"])), str(detail["currency"])))
        elif detail.get("outcome") in (OutcomeKind.REFUSED, OutcomeKind.NOT_SENT):
            bound.pop(which, None)
    return list({**spent, **bound}.values())


def _event(row: Sequence[Any]) -> Event:
    seq, at, kind, key, reference, plan_id, commit, detail = row
    return Event(
        kind=EventKind(kind),
        at=parse_instant(at),
        key=OrderKey(key),
        reference=Reference(reference),
        plan_id=plan_id,
        commit=commit,
        detail=_DETAIL.validate_json(detail),
        seq=seq,
    )
