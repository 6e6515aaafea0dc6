"""Threads beside the loop: each does its work until the daemon stops, and is started again when its work fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

SICK_AFTER = 3
"""After so many failures in a row a worker counts as not working."""
_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 1.0, 300.0
_WELL_SECONDS = 60.0


@dataclass(slots=True, kw_only=True)
class Worker:
    """A thread named after what it does. `failed` is told of every exception that ends `work`, which is then repeated.

    The pause before that is longer each time; work that ran for a minute before it failed begins with the shortest.
    """

    name: str
    work: Callable[[threading.Event], None]
    failed: Callable[[str, Exception], None]
    monotonic: Callable[[], float] = time.monotonic
    _thread: threading.Thread | None = field(default=None, init=False)
    failures: int = field(default=0, init=False)
    error: str = field(default="", init=False)

    def start(self, stop: threading.Event) -> None:
        """Begin in a thread of its own, which ends with the program."""
        self._thread = threading.Thread(target=self.run, args=(stop,), name=self.name, daemon=True)
        self._thread.start()

    def join(self, seconds: float) -> None:
        """Wait until the work has ended, at most so long."""
        if self._thread is not None:
            self._thread.join(seconds)

    def run(self, stop: threading.Event) -> None:
        """Work until stopped, or until there is nothing left to do."""
        while not stop.is_set():
            began = self.monotonic()
            try:
                self.work(stop)
                return
            except Exception as e:
                well = self.monotonic() - began >= _WELL_SECONDS
                self.failures, self.error = 1 if well else self.failures + 1, type(e).__name__
                self.failed(self.name, e)
            stop.wait(min(_PAUSE_SECONDS * 2.0 ** (self.failures - 1), _LONGEST_PAUSE_SECONDS))

    @property
    def problem(self) -> str:
        """What is wrong with the worker; empty while it works."""
        return f"{self.name} fails repeatedly ({self.error})" if self.failures >= SICK_AFTER else ""
