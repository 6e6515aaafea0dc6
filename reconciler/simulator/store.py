"""The simulator's data: one SQLite file (or memory) that several processes may open at once.

Nothing authoritative is kept anywhere else: every request reads and writes inside one immediate
transaction. `synchronous` is off because losing a fake order at a power cut costs nothing.
"""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Row = sqlite3.Row

_BUSY_SECONDS = 30.0

_SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counts (name TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS switches (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS faults (
    id INTEGER PRIMARY KEY AUTOINCREMENT, spec TEXT NOT NULL,
    passed INTEGER NOT NULL, fired INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS documents (
    provider TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (provider, kind, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS orders (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, provider TEXT NOT NULL, id TEXT NOT NULL, account TEXT NOT NULL,
    created INTEGER NOT NULL, list_from INTEGER NOT NULL, get_from INTEGER NOT NULL,
    hold INTEGER NOT NULL, charge INTEGER NOT NULL, settles INTEGER, value TEXT NOT NULL,
    UNIQUE (provider, id));
CREATE INDEX IF NOT EXISTS orders_by_account ON orders (provider, account, seq);
CREATE INDEX IF NOT EXISTS orders_money ON orders (provider, account, settles, hold, charge);
"""

_WIPED = ("counts", "switches", "faults", "documents", "orders")


class Store:
    """One open connection to the data; use it inside `with store.transaction():` only."""

    def __init__(self, path: Path | None) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._db = sqlite3.connect(
            ":memory:" if path is None else str(path),
            timeout=_BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,  # opened by the thread that starts the server; the lock serializes use
        )
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA synchronous = OFF")
        with self.transaction():
            for statement in _SCHEMA.split(";"):
                self._db.execute(statement)

    def close(self) -> None:
        """Close the connection; a file stays as it is, memory is lost."""
        with self._lock:
            self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Take the write lock, and commit at the end or, after any exception, roll back."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def run(self, sql: str, *values: object) -> sqlite3.Cursor:
        """Execute one statement with positional values."""
        return self._db.execute(sql, values)

    def fact(self, name: str) -> object:
        """Return a stored JSON value by name, None where it was never written."""
        row = self.run("SELECT value FROM facts WHERE name = ?", name).fetchone()
        return None if row is None else json.loads(row["value"])

    def keep_fact(self, name: str, value: object) -> None:
        """Write a JSON value under a name."""
        self.run("INSERT OR REPLACE INTO facts VALUES (?, ?)", name, json.dumps(value))

    def document(self, provider: str, kind: str, document_id: str) -> dict[str, Any] | None:
        """Return one document, None where there is none."""
        sql = "SELECT value FROM documents WHERE provider = ? AND kind = ? AND id = ?"
        row = self.run(sql, provider, kind, document_id).fetchone()
        return None if row is None else dict(json.loads(row["value"]))

    def documents(self, provider: str, kind: str) -> list[dict[str, Any]]:
        """Return all documents of a kind, ordered by id."""
        rows = self.run("SELECT value FROM documents WHERE provider = ? AND kind = ? ORDER BY id", provider, kind)
        return [json.loads(row["value"]) for row in rows]

    def keep_document(self, provider: str, kind: str, document_id: str, value: dict[str, Any]) -> None:
        """Write one document, over an earlier one of the same id."""
        text = json.dumps(value)
        self.run("INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", provider, kind, document_id, text)

    def drop_documents(self, provider: str, kind: str) -> None:
        """Delete all documents of a kind."""
        self.run("DELETE FROM documents WHERE provider = ? AND kind = ?", provider, kind)

    def count(self, name: str) -> None:
        """Add one to a counter."""
        self.run("INSERT INTO counts VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET n = n + 1", name)

    def counts(self) -> dict[str, int]:
        """Return all counters, ordered by name."""
        return {row["name"]: row["n"] for row in self.run("SELECT name, n FROM counts ORDER BY name")}

    def wipe(self) -> None:
        """Delete everything but the named facts (clock, secrets)."""
        for table in _WIPED:
            self.run(f"DELETE FROM {table}")

    def zero_counts(self) -> None:
        """Delete all counters."""
        self.run("DELETE FROM counts")
