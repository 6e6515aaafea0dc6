"""From format 3 to 4: what complete listings showed is kept, and in which epoch of the file."""

from __future__ import annotations

import sqlite3

_TABLES = (
    """
    CREATE TABLE meta (
        epoch INTEGER NOT NULL,
        place TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE account_reads (
        owner       TEXT NOT NULL,
        account     TEXT NOT NULL,
        tenant      TEXT NOT NULL,
        complete_at TEXT NOT NULL,
        epoch       INTEGER NOT NULL,
        digest      TEXT NOT NULL,
        PRIMARY KEY (owner, account)
    ) STRICT
    """,
    """
    CREATE TABLE sightings (
        owner     TEXT NOT NULL,
        account   TEXT NOT NULL,
        reference TEXT NOT NULL,
        order_id  TEXT NOT NULL,
        PRIMARY KEY (owner, account, reference)
    ) STRICT
    """,
)


def keep_sightings(connection: sqlite3.Connection) -> None:
    """Make the tables; in the transaction of the caller."""
    for statement in _TABLES:
        connection.execute(statement)
    connection.execute("INSERT INTO meta (epoch, place) VALUES (0, '')")
