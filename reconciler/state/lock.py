"""One writer at a time: a kernel lock that dies with its holder, and a note of who that is."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from reconciler.model.errors import Locked
from reconciler.model.time import instant_text


@dataclass(frozen=True, slots=True)
class HeldLock:
    """A lock that was taken, and which file it is on."""

    path: Path
    identity: tuple[int, int]

    def check(self) -> None:
        """Raise `Locked` if the lock's file was removed or replaced: then another run may hold one of the same name."""
        if _identity(self.path) != self.identity:
            raise Locked(
                f"{self.path} was removed or replaced while this run held it: another run may be using the same state, "
                "so nothing more is sent. Run the command again when no other run is at work."
            )


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


@contextmanager
def writer_lock(state: Path, *, wait: float = 0.0) -> Iterator[HeldLock]:
    """Hold the state for writing; raises `Locked`, naming the holder, when it stays taken for `wait` seconds."""
    state.parent.mkdir(parents=True, exist_ok=True)
    note, file = state.with_name(state.name + ".holder"), state.with_name(state.name + ".lock")
    lock = FileLock(file)
    try:
        lock.acquire(timeout=wait)
    except Timeout as e:
        raise Locked(
            f"{state} is in use by {_holder(note)}. Wait for it to end, or use --lock-timeout to wait here; "
            "the lock is released when that process exits, even after a crash."
        ) from e
    try:
        note.write_text(json.dumps(_myself()), encoding="utf-8")
        yield HeldLock(file, _identity(file) or (0, 0))
    finally:
        note.unlink(missing_ok=True)
        lock.release()


def _myself() -> dict[str, str]:
    return {
        "pid": str(os.getpid()),
        "host": socket.gethostname(),
        "command": " ".join(["reconciler", *sys.argv[1:]])[:200],
        "since": instant_text(datetime.now(UTC).replace(microsecond=0)),
    }


def _holder(note: Path) -> str:
    """Describe the holder from its note, which may be missing or half written."""
    try:
        told = json.loads(note.read_text(encoding="utf-8"))
        return f"process {told['pid']} on {told['host']} (`{told['command']}`, since {told['since']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "another run"
