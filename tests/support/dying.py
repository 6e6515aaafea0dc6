"""Run the command line and die (SIGKILL) at a chosen write of the state file, before or after it is on disk.

`python -m tests.support.dying before|after NUMBER ARGUMENTS...`; a run with fewer writes ends by itself.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable

from reconciler.cli.app import run
from reconciler.state.event import Change
from reconciler.state.store import StateStore

Write = Callable[..., None]


def dying(write: Write, number: int, *, after: bool) -> Write:
    """Return a write that works until the numbered one, and ends the process there."""
    count = 0

    def counted(store: StateStore, *changes: Change) -> None:
        nonlocal count
        count += bool(changes)
        if count == number and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        write(store, *changes)
        if count == number and after:
            os.kill(os.getpid(), signal.SIGKILL)

    return counted


def main() -> int:
    """Run the command line with the deadly write in place."""
    when, number, *arguments = sys.argv[1:]
    StateStore.write = dying(StateStore.write, int(number), after=when == "after")  # type: ignore[method-assign]  # the point of this program
    return run(arguments)


if __name__ == "__main__":
    raise SystemExit(main())
