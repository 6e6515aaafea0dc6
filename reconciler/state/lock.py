"""One writer at a time: a kernel lock that dies with its holder, and a note of who that is."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from reconciler.model.errors import Locked
from reconciler.model.time import instant_text


@contextmanager
def writer_lock(state: Path, *, wait: float = 0.0) -> Iterator[None]:
    """Hold the state for writing; raises `Locked`, naming the holder, when it stays taken for `wait` seconds."""
    state.parent.mkdir(parents=True, exist_ok=True)
    note = state.with_name(state.name + ".holder")
    lock = FileLock(state.with_name(state.name + ".lock"))
    try:
        lock.acquire(timeout=wait)
    except Timeout as e:
        raise Locked(
            f"{state} is in use by {_holder(note)}. Wait for it to end, or use --lock-timeout to wait here; "
            "the lock goes by itself when that run ends, however it ends."
        ) from e
    try:
        note.write_text(json.dumps(_myself()), encoding="utf-8")
        yield
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
