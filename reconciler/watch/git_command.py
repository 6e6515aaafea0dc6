"""Run git: without a terminal, in a process group of its own, and never longer than it makes progress."""

from __future__ import annotations

import os
import re
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from reconciler.model.errors import ConfigError

SILENCE_SECONDS = 120.0
"""How long git may run without output before it is killed."""
_POLL_SECONDS = 0.2
_PROGRESS = re.compile("remote: (Enumerating|Counting|Compressing|Total) ")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_LONGEST_OUTPUT, _LONGEST_MESSAGE = 8 * 2**20, 2000
_SETTINGS = {
    "core.hooksPath": os.devnull,
    "core.fsync": "all",
    "core.fsyncMethod": "fsync",
    "protocol.ext.allow": "never",
    "http.lowSpeedLimit": "1000",
    "http.lowSpeedTime": "60",
    "gc.auto": "0",
    "credential.interactive": "never",
}
_SSH = "ssh -oBatchMode=yes -oConnectTimeout=30 -oServerAliveInterval=15 -oServerAliveCountMax=4"
_OF_ANOTHER_REPOSITORY = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_SHALLOW_FILE",
    "GIT_GRAFT_FILE",
)
"""Variables that git sets for its hooks: a daemon that was started from one must not work on that repository."""


def no_progress(_line: str) -> None:
    """Show nothing of what git reports while it works."""


class GitError(Exception):
    """A git command failed; the message holds what git wrote, which may contain an address with a password."""


class Stopped(GitError):
    """The daemon is stopping, so the command was killed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Git:
    """Runs git commands in one bare repository. `stop` set kills the command that is running."""

    folder: Path
    stop: threading.Event = field(default_factory=threading.Event)
    silence: float = SILENCE_SECONDS

    def run(
        self, *words: str, allowed: Sequence[int] = (0,), progress: Callable[[str], None] = no_progress
    ) -> tuple[int, str]:
        """Run a command whose output is short; returns its exit code and its output.

        `progress` receives the latest line of stderr while the command runs. Raises `GitError` for an exit code that is
        not allowed, after a silence of `silence` seconds, or once `stop` is set; `ConfigError` if git cannot be run.
        """
        with self._process(*words) as process:
            out, err = self._output(process, words[0], progress)
        if process.returncode not in allowed:
            raise GitError(f"git {words[0]} failed: {_one_line(err) or process.returncode}")
        return process.returncode, os.fsdecode(out).strip()

    def _output(
        self, process: subprocess.Popen[bytes], name: str, progress: Callable[[str], None]
    ) -> tuple[bytes, bytes]:
        out, err, since = bytearray(), bytearray(), time.monotonic()
        with selectors.DefaultSelector() as selector:
            selector.register(pipe(process.stdout), selectors.EVENT_READ, out)
            selector.register(pipe(process.stderr), selectors.EVENT_READ, err)
            while selector.get_map():
                ready = selector.select(_POLL_SECONDS)
                for key, _ in ready:
                    since = time.monotonic()
                    if not (part := os.read(key.fd, 2**16)):
                        selector.unregister(key.fileobj)
                    key.data.extend(part)
                if len(out) > _LONGEST_OUTPUT:
                    raise GitError(f"git {name} wrote more than {_LONGEST_OUTPUT // 2**20} MiB")
                if len(err) > 2 * _LONGEST_MESSAGE:  # a remote may send any text, and git passes it on
                    del err[:-_LONGEST_MESSAGE]
                progress(_last_line(bytes(err)))
                if not ready and self.stop.is_set():
                    raise Stopped(f"git {name} was stopped")
                if time.monotonic() - since > self.silence:
                    raise GitError(f"git {name} made no progress for {self.silence:.0f} s")
        process.wait()
        return bytes(out), bytes(err)

    @contextmanager
    def open(self, *words: str) -> Iterator[subprocess.Popen[bytes]]:
        """Run a command that is read, and written to, while it runs; it is killed at the end if it still runs."""
        with self._process(*words, stdin=subprocess.PIPE) as process:
            yield process

    @contextmanager
    def _process(self, *words: str, stdin: int = subprocess.DEVNULL) -> Iterator[subprocess.Popen[bytes]]:
        settings = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
        try:
            process = subprocess.Popen(
                ["git", "--git-dir", ".", *settings, *words],
                cwd=self.folder,
                env=_variables(),
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as e:
            raise ConfigError(f"git cannot be run: {e.strerror}") from e
        try:
            yield process
        finally:
            if process.poll() is None:
                # Its helpers too (ssh, git-remote-https): they hold the connection that hangs.
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
            for end in (process.stdin, process.stdout, process.stderr):
                if end is not None:
                    with suppress(OSError):
                        end.close()
            process.wait()


def pipe(end: IO[bytes] | None) -> IO[bytes]:
    """Return an end of a process that was opened as a pipe."""
    assert end is not None, "both ends of the process are pipes"
    return end


def _variables() -> dict[str, str]:
    variables = {name: value for name, value in os.environ.items() if name not in _OF_ANOTHER_REPOSITORY}
    variables |= {"GIT_TERMINAL_PROMPT": "0", "GIT_NO_REPLACE_OBJECTS": "1", "LC_ALL": "C"}
    variables.setdefault("GIT_SSH_COMMAND", _SSH)
    return variables


def _last_line(progress: bytes) -> str:
    """Return the last whole line of git's progress, which ends its lines with carriage returns."""
    lines = progress.replace(b"\r", b"\n").split(b"\n")
    return next((_text(line) for line in reversed(lines[:-1]) if line.strip()), "")


def _one_line(err: bytes) -> str:
    """Return what git wrote to stderr in one line, without progress that was overwritten."""
    lines = (_text(line.rpartition(b"\r")[2]) for line in err.split(b"\n") if line.strip())
    return " ".join(line for line in lines if not _PROGRESS.match(line))[-_LONGEST_MESSAGE:]


def _text(line: bytes) -> str:
    """Return a line in characters that any log and any page can take: a remote may have sent it."""
    return " ".join(_CONTROL.sub("?", line.decode("utf-8", "backslashreplace")).split())
