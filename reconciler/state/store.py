"""The state file: a reader for everybody, a writer for the run that holds the lock."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from reconciler.model.codec import Codec
from reconciler.model.errors import Damaged, Locked, PausedByPerson, StateError
from reconciler.model.journal import Entry, JournalEvent
from reconciler.model.record import Record
from reconciler.model.sighting import AccountRead
from reconciler.model.time import instant_text
from reconciler.state.backup import keep_before_migration
from reconciler.state.epoch import place_of, remember
from reconciler.state.event import Change
from reconciler.state.lock import HeldLock, writer_lock
from reconciler.state.paths import real_path
from reconciler.state.reader import RECORD, RESTORE, StateReader
from reconciler.state.schema import MIGRATIONS, migrate, version_of

_EVENT: Codec[JournalEvent] = Codec(JournalEvent)
_BUSY_SECONDS = 10.0
# SQLite can corrupt a write-ahead log that is reset under several connections, before 3.51.3 and in 3.52.x
# (see sqlite.org/wal.html); there the rollback journal is used.
_WAL_IS_SAFE = sqlite3.sqlite_version_info >= (3, 53, 0) or (3, 51, 3) <= sqlite3.sqlite_version_info < (3, 52, 0)


class StateStore(StateReader):
    """Writes the state file; only the run that holds the lock has one. Every write is durable when it returns."""

    def __init__(self, connection: sqlite3.Connection, path: Path, lock: HeldLock) -> None:
        super().__init__(connection, path)
        self._lock = lock

    def intend(self, change: Change, *, before: Record | None) -> None:
        """Write an intent, if its record still is what it was: compared and set in one transaction.

        Raises `Locked` if another run has changed the record, or may be using the same state, and `PausedByPerson` if
        nothing may be sent to the account now.
        """
        self._lock.check()
        with self._guard, self._errors(), self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            if self.record(change.entry.reference) != before:
                told = f"another run has changed what {self.path} holds of {change.entry.key} since this one read it"
                raise Locked(f"{told}: nothing was sent for it. Run the command again.")
            account = change.record.account if change.record is not None else None
            if paused := next((p for p in self.pauses() if account is not None and p.covers(account)), None):
                raise PausedByPerson(str(paused))
            self._put(change)
        self.note_last()

    def note_last(self) -> None:
        """Note beside the file how far its journal goes: a copy from before that is known as one."""
        remember(self.path, self._last())

    def saw(self, owner: str, reads: Collection[AccountRead]) -> None:
        """Keep what complete listings of accounts showed, instead of what earlier ones did, where that is new."""
        known = self._rows(
            "SELECT account, digest FROM account_reads, meta WHERE owner = ? AND account_reads.epoch = meta.epoch",
            owner,
        )
        new = [read for read in reads if (read.account, _digest(read)) not in known]
        if not new:
            return
        with self._guard, self._errors(), self._connection as connection:
            connection.execute("BEGIN IMMEDIATE")
            for read in new:
                connection.execute("DELETE FROM sightings WHERE owner = ? AND account = ?", (owner, read.account))
                seen = [(owner, read.account, reference, order_id) for reference, order_id in read.sightings.items()]
                connection.executemany("INSERT INTO sightings VALUES (?, ?, ?, ?)", seen)
                connection.execute(
                    "REPLACE INTO account_reads SELECT ?, ?, ?, ?, epoch, ? FROM meta",
                    (owner, read.account, read.tenant, instant_text(read.complete_at), _digest(read)),
                )

    def sighted(self, owner: str, record: Record) -> None:
        """Keep that an order was seen whose record is about to be dropped."""
        with self._guard, self._errors(), self._connection as connection:
            connection.execute(
                "REPLACE INTO sightings VALUES (?, ?, ?, ?)",
                (owner, record.account, record.reference, record.order_id),
            )

    def note_place(self) -> None:
        """Begin a new epoch if this file is not the one that was left here, and note which one it is."""
        if not self.continues():
            with self._guard, self._errors(), self._connection as connection:
                connection.execute("UPDATE meta SET epoch = epoch + 1, place = ?", (place_of(self.path),))
        self.note_last()

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
                (record.reference, record.key, RECORD.dump_json(record).decode()),
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


def _digest(read: AccountRead) -> str:
    return hashlib.sha256(repr((read.tenant, sorted(read.sightings.items()))).encode()).hexdigest()[:16]


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
            store.note_place()
            yield store
            store.note_last()
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
            raise Damaged(f"{path} is damaged or is not a state file: {e}. {RESTORE}") from e
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
        raise Damaged(f"{path} is damaged: {'; '.join(wrong)}. {RESTORE}")
