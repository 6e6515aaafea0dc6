"""Run the command line and die (SIGKILL) at a chosen moment of taking, making or writing the state file.

`python -m tests.support.dying WHEN NUMBER ARGUMENTS...`; a run that does not come so far ends by itself.
`before`, `after`: the numbered write is on disk. `note`: the lock is taken, and so many halves (0 to 2) of the note of
who holds it are written. `statement`: before the numbered statement that SQLite is given.
"""

from __future__ import annotations

import itertools
import os
import signal
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

from reconciler.cli.app import run
from reconciler.state.event import Change
from reconciler.state.store import StateStore

Write = Callable[..., None]


def die() -> None:
    """End this process as a power cut would: nothing is flushed, closed or released by us."""
    os.kill(os.getpid(), signal.SIGKILL)


def dying(write: Write, intend: Write, number: int, *, after: bool) -> tuple[Write, Write]:
    """Return the two ways of writing, which work until the numbered write of either, and end the process there."""
    count = 0

    def counted(how: Write) -> Write:
        def wrote(store: StateStore, *changes: Change, **more: object) -> None:
            nonlocal count
            count += bool(changes)
            if count == number and not after:
                die()
            how(store, *changes, **more)
            if count == number and after:
                die()

        return wrote

    return counted(write), counted(intend)


def noting(write_text: Callable[..., int], halves: int) -> Callable[..., int]:
    """Return a way of writing text files that ends the process at the lock's note."""

    def noted(path: Path, text: str, **options: str) -> int:
        if path.suffix != ".holder":
            return write_text(path, text, **options)
        if halves:
            write_text(path, text[: len(text) * halves // 2], **options)
        die()
        raise AssertionError("dead")

    return noted


def stating(connect: Callable[..., sqlite3.Connection], number: int) -> Callable[..., sqlite3.Connection]:
    """Return a way of opening state files that ends the process before the numbered statement."""
    count = itertools.count(1)

    def connected(*names: str, **options: object) -> sqlite3.Connection:
        connection = connect(*names, **options)
        connection.set_trace_callback(lambda _statement: die() if next(count) == number else None)
        return connection

    return connected


def main() -> int:
    """Run the command line with the deadly moment in place."""
    when, number, *arguments = sys.argv[1:]
    match when:
        case "note":
            Path.write_text = noting(Path.write_text, int(number))  # type: ignore[method-assign]  # the point of this program
        case "statement":
            sqlite3.connect = stating(sqlite3.connect, int(number))  # type: ignore[assignment]  # the point of this program
        case _:
            written = dying(StateStore.write, StateStore.intend, int(number), after=when == "after")
            StateStore.write, StateStore.intend = written  # type: ignore[method-assign]  # the point of this program
    return run(arguments)


if __name__ == "__main__":
    raise SystemExit(main())
