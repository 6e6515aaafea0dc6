"""One writer at a time, whoever it is and however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.model.errors import Locked
from reconciler.state.lock import writer_lock
from reconciler.state.store import open_reader, open_store

from .factories import change, reference, written

_HOLDS = """
import sys, time
from pathlib import Path
from reconciler.state.store import open_store

with open_store(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


@pytest.fixture
def holder(state: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the state for writing."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", _HOLDS, str(state)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_second_writer_is_told_who_holds_it(state: Path, holder: subprocess.Popen[str]):
    """The message names the process and its command, and says what to do."""
    pattern = rf"state\.db is in use by process {holder.pid} on .*`reconciler .*state\.db`.*--lock-timeout"
    with pytest.raises(Locked, match=pattern), open_store(state):
        pass


def test_a_reader_is_not_kept_out(state: Path, holder: subprocess.Popen[str]):
    """Reading needs no lock."""
    with open_reader(state) as reader:
        assert reader.records() == {}


def test_the_lock_dies_with_a_killed_process(state: Path, holder: subprocess.Popen[str]):
    """After a kill the next run goes on at once; nothing has to be removed by hand."""
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    written(state)
    with open_reader(state) as reader:
        assert list(reader.records()) == [reference()]


def test_a_second_writer_in_one_process_is_locked_out(state: Path):
    """The lock holds between two stores of one process too."""
    with open_store(state), pytest.raises(Locked, match=f"process {os.getpid()}"), open_store(state):
        pass


def test_waiting_gets_the_lock_when_it_is_let_go(state: Path):
    """With a timeout a second writer waits for the first to end."""
    held, got = threading.Event(), threading.Event()

    def first() -> None:
        with writer_lock(state):
            held.set()
            time.sleep(0.2)
            got.set()

    thread = threading.Thread(target=first)
    thread.start()
    held.wait()
    with open_store(state, lock_timeout=10):
        assert got.is_set()
    thread.join()


def test_waiting_ends(state: Path):
    """With a timeout that is too short the error comes when it has gone, not before."""
    with writer_lock(state):
        start = time.monotonic()
        with pytest.raises(Locked), open_store(state, lock_timeout=0.3):
            pass
        assert time.monotonic() - start >= 0.3


@pytest.mark.parametrize(
    "note", [None, "", "{", "[]", "{}"], ids=["missing", "empty", "half", "a list", "without names"]
)
def test_a_holder_without_a_readable_note_is_another_run(state: Path, note: str | None):
    """The note is a courtesy; the lock holds without it."""
    with writer_lock(state):
        told = state.with_name("state.db.holder")
        told.unlink() if note is None else told.write_text(note)
        with pytest.raises(Locked, match="in use by another run"), open_store(state):
            pass


def test_the_note_goes_with_the_lock(state: Path):
    """After the run nothing names a holder any more."""
    with writer_lock(state):
        assert state.with_name("state.db.holder").exists()
    assert not state.with_name("state.db.holder").exists()


def test_an_error_inside_lets_the_lock_go(state: Path):
    """However a run ends, the next one can write."""
    with pytest.raises(RuntimeError), open_store(state):
        raise RuntimeError
    with open_store(state):
        pass


@pytest.mark.parametrize("replaced", [False, True], ids=["removed", "replaced"])
def test_a_lock_whose_file_has_gone_lets_nothing_be_sent(state: Path, replaced: bool):
    """Another run may hold a lock of the same name."""
    with open_store(state) as store:
        lock = state.with_name("state.db.lock")
        lock.unlink()
        if replaced:
            lock.touch()
        with pytest.raises(Locked, match="was removed or replaced while this run held it"):
            store.intend(change(), before=None)


def test_a_link_to_a_state_has_the_same_lock(state: Path, tmp_path: Path):
    """A state has one lock, whatever name it is opened by."""
    with open_store(state):
        pass
    link = tmp_path / "link.db"
    link.symlink_to(state)
    with open_store(state), pytest.raises(Locked), open_store(link):
        pass
    with open_reader(link) as reader:
        assert reader.path == state
