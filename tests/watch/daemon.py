"""A real daemon: a process of its own, what it says, and what its endpoints answer."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.support.project import Project, eventually


@dataclass
class Daemon:
    """A running `reconciler watch --log json`; `said` holds its events, each with when it was heard."""

    process: subprocess.Popen[str]
    http: httpx.Client
    said: list[dict[str, Any]] = field(default_factory=list)
    other: list[str] = field(default_factory=list)
    patience: float = 20.0

    def listen(self) -> None:
        """Keep what it says until it ends."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            try:
                self.said.append({**json.loads(line), "heard": time.monotonic()})
            except ValueError:
                self.other.append(line)

    def events(self, name: str) -> list[dict[str, Any]]:
        """Return what it said of a kind."""
        return [event for event in list(self.said) if event["event"] == name]

    def passes(self) -> int:
        """Return how many passes it made."""
        return len(self.events("pass"))

    @property
    def url(self) -> str:
        """Where it serves."""
        eventually(lambda: bool(self.events("listening")))
        return str(self.events("listening")[0]["message"].split()[1])

    def ask(self, path: str, method: str = "GET", **more: Any) -> httpx.Response:
        """Ask an endpoint."""
        return self.http.request(method, self.url + path, **more)

    def hang_up(self) -> None:
        """Send SIGHUP and wait for the pass that it calls for."""
        before = self.passes()
        self.process.send_signal(signal.SIGHUP)
        eventually(lambda: self.passes() > before, seconds=self.patience)

    def end(self, number: int = signal.SIGTERM) -> int:
        """Ask it to end, and return its exit code."""
        self.process.send_signal(number)
        return self.process.wait(20)


@contextmanager
def daemon(project: Project, *arguments: str, patience: float = 20.0) -> Iterator[Daemon]:
    """Start a daemon over a project, on a free port; what is left of it at the end is killed.

    Its first pass is waited for, unless there is no `patience`.
    """
    process = project.start("watch", "--log", "json", *(arguments or ("manifests",)), "--listen", "127.0.0.1:0")
    running = Daemon(process, project.http, patience=patience)
    thread = threading.Thread(target=running.listen)
    thread.start()
    try:
        if patience:
            eventually(lambda: running.passes() > 0 or process.poll() is not None, seconds=patience)
        yield running
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        process.wait()
        thread.join()
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
