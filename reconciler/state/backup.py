"""Copies of the state file: on request, and before a migration rewrites it."""

from __future__ import annotations

import filecmp
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import chain, count
from pathlib import Path

from reconciler.model.errors import StateError
from reconciler.state.schema import MIGRATIONS, version_of


def copy_to(connection: sqlite3.Connection, target: Path) -> None:
    """Copy the whole database as one consistent snapshot."""
    with closing(sqlite3.connect(target)) as copy:
        connection.backup(copy)


def keep_before_migration(connection: sqlite3.Connection, path: Path) -> None:
    """Write `state.db.before-4` beside a file of an older format; on disk when this returns.

    An existing backup is never overwritten: a different one gets a number. A file without tables needs no backup.
    Raises `StateError` if it cannot be written: without a backup nothing is migrated.
    """
    version = version_of(connection, str(path))
    if not 0 < version < len(MIGRATIONS):
        return
    target = path.with_name(f"{path.name}.before-{len(MIGRATIONS)}")
    new = path.with_name(f".{target.name}.new")
    try:
        new.unlink(missing_ok=True)
        copy_to(connection, new)
        _land(new, target)
    except (OSError, sqlite3.Error) as e:
        raise StateError(
            f"{path} has format {version} and was not migrated, for its backup {target} could not be written: {e}. "
            "Nothing was changed; make room or make the folder writable, and run the command again."
        ) from e


def _land(new: Path, target: Path) -> None:
    """Give a whole copy its name, unless an earlier, interrupted migration has left the same copy."""
    sync(new)
    name = next(name for name in _names(target) if not name.exists() or filecmp.cmp(new, name, shallow=False))
    if name.exists():
        new.unlink()
    else:
        new.rename(name)
    sync(new.parent)


def _names(target: Path) -> Iterator[Path]:
    return chain([target], (target.with_name(f"{target.name}-{number}") for number in count(2)))


def sync(path: Path) -> None:
    """Wait until a file, or a folder's list of names, is on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
