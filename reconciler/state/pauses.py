"""Pauses are written beside a run that is at work, which asks for them before each intent: without its lock."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from reconciler.model.errors import StateError
from reconciler.model.ids import AccountName
from reconciler.model.pause import DOCUMENT, Pause, pauses_in, pauses_text
from reconciler.state.paths import real_path
from reconciler.state.store import open_store

_BUSY_SECONDS = 10.0


def set_pause(path: Path, new: Pause) -> None:
    """Pause an account, or all; it replaces an earlier pause of the same. Raises `StateError`."""
    _rewrite(path, lambda known: [*(each for each in known if each.account != new.account), new])


def end_pauses(path: Path, account: AccountName | None) -> tuple[tuple[Pause, ...], tuple[Pause, ...]]:
    """End the pause of an account, or every one; return those that have ended and those that stand."""
    before = _rewrite(path, lambda known: [each for each in known if account not in (None, each.account)])
    ended = tuple(each for each in before if account in (None, each.account))
    return ended, tuple(each for each in before if each not in ended)


def _rewrite(path: Path, change: Callable[[Sequence[Pause]], Sequence[Pause]]) -> tuple[Pause, ...]:
    """Change the pauses in one short transaction; return what they were."""
    path = real_path(path)
    if not path.exists():
        with open_store(path):
            pass
    try:
        with closing(sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)) as connection, connection:
            connection.execute("BEGIN IMMEDIATE")
            row = connection.execute("SELECT body FROM documents WHERE name = ?", (DOCUMENT,)).fetchone()
            known = pauses_in(row[0] if row else None)
            connection.execute(
                "REPLACE INTO documents (name, body) VALUES (?, ?)", (DOCUMENT, pauses_text(change(known)))
            )
    except sqlite3.Error as e:
        raise StateError(f"{path} cannot be written now: {e}. Nothing was paused or resumed; try again.") from e
    return known
