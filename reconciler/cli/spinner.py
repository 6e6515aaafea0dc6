"""A progress bar on a terminal, drawn only for what takes longer than a moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn


class Spinner:
    """Shows the latest step on stderr after `patience` seconds of waiting; leaves nothing behind."""

    def __init__(self, *, patience: float, clock: Callable[[], float]) -> None:
        self._until_shown = patience
        self._started = clock()
        self._clock = clock
        self._guard = threading.Lock()
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task: TaskID | None = None
        self._text = "starting"
        self._timer = threading.Timer(patience, self._appear)
        self._timer.daemon = True

    def __enter__(self) -> Spinner:
        self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self._timer.cancel()
        with self._guard:
            self._until_shown = float("inf")
            if self._task is not None:
                self._progress.stop()

    def tell(self, text: str) -> None:
        """Say what is being done now."""
        with self._guard:
            self._text = text
            if self._task is not None:
                self._progress.update(self._task, description=text)

    def _appear(self) -> None:
        with self._guard:
            if self._clock() - self._started >= self._until_shown:
                self._progress.start()
                self._task = self._progress.add_task(self._text, total=None)
