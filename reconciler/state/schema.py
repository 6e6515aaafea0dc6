"""The tables, as a list of migrations: step n brings a file from version n to n + 1. Steps are never edited."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import TypeAlias

from reconciler.model.errors import TooNew
from reconciler.state.format_2 import type_the_journal
from reconciler.state.format_3 import structure_findings
from reconciler.state.format_4 import keep_sightings

Step: TypeAlias = Callable[[sqlite3.Connection], None]

_TABLES = (
    """
    CREATE TABLE records (
        reference TEXT PRIMARY KEY,
        key       TEXT NOT NULL,
        body      TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX records_by_key ON records (key)",
    """
    CREATE TABLE journal (
        seq       INTEGER PRIMARY KEY AUTOINCREMENT,
        at        TEXT NOT NULL,
        kind      TEXT NOT NULL,
        key       TEXT NOT NULL,
        reference TEXT NOT NULL,
        plan_id   TEXT,
        git_commit TEXT,
        detail    TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX journal_by_key ON journal (key)",
    "CREATE INDEX journal_by_kind ON journal (kind, at)",
    """
    CREATE TRIGGER journal_only_grows_u BEFORE UPDATE ON journal
        BEGIN SELECT RAISE(ABORT, 'the journal only grows'); END
    """,
    """
    CREATE TRIGGER journal_only_grows_d BEFORE DELETE ON journal
        BEGIN SELECT RAISE(ABORT, 'the journal only grows'); END
    """,
    """
    CREATE TABLE documents (
        name TEXT PRIMARY KEY,
        body TEXT NOT NULL
    ) STRICT
    """,
)


def _create_tables(connection: sqlite3.Connection) -> None:
    for statement in _TABLES:
        connection.execute(statement)


MIGRATIONS: tuple[Step, ...] = (_create_tables, type_the_journal, structure_findings, keep_sightings)


def version_of(connection: sqlite3.Connection, path: str) -> int:
    """Return the format of a file; raises `TooNew` for one that a later version wrote."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(MIGRATIONS):
        raise TooNew(
            f"{path} has format {version}, this version knows up to {len(MIGRATIONS)}. "
            "Upgrade tasking-reconciler on this machine; the file was not touched."
        )
    return int(version)


def migrate(connection: sqlite3.Connection, path: str) -> None:
    """Bring the tables to this version, each step whole or not at all; raises `TooNew`."""
    version = version_of(connection, path)
    for number, step in enumerate(MIGRATIONS[version:], start=version + 1):
        connection.execute("BEGIN IMMEDIATE")
        try:
            step(connection)
            connection.execute(f"PRAGMA user_version = {number}")
            connection.execute("COMMIT")
        except BaseException:
            connection.rollback()
            raise
