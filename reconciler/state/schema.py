"""The tables, as a list of migrations: step n brings a file from version n to n + 1. Steps are never edited."""

from __future__ import annotations

import sqlite3

from reconciler.model.errors import TooNew

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE records (
        reference TEXT PRIMARY KEY,
        key       TEXT NOT NULL,
        body      TEXT NOT NULL
    ) STRICT;
    CREATE INDEX records_by_key ON records (key);
    CREATE TABLE journal (
        seq       INTEGER PRIMARY KEY AUTOINCREMENT,
        at        TEXT NOT NULL,
        kind      TEXT NOT NULL,
        key       TEXT NOT NULL,
        reference TEXT NOT NULL,
        plan_id   TEXT,
        git_commit TEXT,
        detail    TEXT NOT NULL
    ) STRICT;
    CREATE INDEX journal_by_key ON journal (key);
    CREATE INDEX journal_by_kind ON journal (kind, at);
    CREATE TRIGGER journal_only_grows_u BEFORE UPDATE ON journal
        BEGIN SELECT RAISE(ABORT, 'the journal only grows'); END;
    CREATE TRIGGER journal_only_grows_d BEFORE DELETE ON journal
        BEGIN SELECT RAISE(ABORT, 'the journal only grows'); END;
    CREATE TABLE documents (
        name TEXT PRIMARY KEY,
        body TEXT NOT NULL
    ) STRICT;
    """,
)


def migrate(connection: sqlite3.Connection, path: str) -> None:
    """Bring the tables to this version; raises `TooNew` for a file that a later version wrote."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(MIGRATIONS):
        raise TooNew(
            f"{path} has format {version}, this version knows up to {len(MIGRATIONS)}. "
            "Upgrade tasking-reconciler on this machine; the file was not touched."
        )
    for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
        connection.executescript(f"BEGIN IMMEDIATE; {script} PRAGMA user_version = {number}; COMMIT;")
