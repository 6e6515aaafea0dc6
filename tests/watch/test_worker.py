"""Threads beside the loop."""

from __future__ import annotations

import threading
from collections.abc import Callable

from reconciler.watch.worker import SICK_AFTER, Worker


class CountedStop(threading.Event):
    """A stop that notes how long it was waited for, and is set after so many waits."""

    def __init__(self, waits: int) -> None:
        super().__init__()
        self.waited: list[float] = []
        self._left = waits

    def wait(self, timeout: float | None = None) -> bool:
        """Note the time instead of waiting."""
        self.waited.append(timeout or 0.0)
        self._left -= 1
        if self._left == 0:
            self.set()
        return self.is_set()


def failing(clock: Callable[[], float] = lambda: 0.0) -> tuple[Worker, list[str]]:
    """Return a worker whose work always fails, and what was reported."""
    reported: list[str] = []

    def work(_stop: threading.Event) -> None:
        raise KeyError("secret")

    return Worker(
        name="following",
        work=work,
        failed=lambda name, e: reported.append(f"{name} {type(e).__name__}"),
        monotonic=clock,
    ), reported


def test_work_that_fails_is_started_again_after_longer_and_longer() -> None:
    """Every failure is reported, and after three in a row the worker counts as not working."""
    worker, reported = failing()
    stop = CountedStop(SICK_AFTER - 1)
    worker.run(stop)
    assert (stop.waited, worker.problem) == ([1.0, 2.0], "")
    worker.run(stop := CountedStop(9))
    assert stop.waited == [4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 300.0, 300.0]
    assert worker.problem == "following fails repeatedly (KeyError)"
    assert reported == ["following KeyError"] * 11


def test_work_that_ran_for_a_while_fails_as_if_for_the_first_time() -> None:
    """A failure an hour is no sickness."""
    clock = iter(range(0, 10_000, 60))
    worker, reported = failing(lambda: next(clock))
    worker.run(stop := CountedStop(5))
    assert (stop.waited, worker.problem, len(reported)) == ([1.0] * 5, "", 5)


def test_work_that_ends_is_over() -> None:
    """As when there is nothing to do."""
    calls: list[bool] = []
    Worker(name="idle", work=lambda stop: calls.append(stop.is_set()), failed=lambda *_: None).run(threading.Event())
    assert calls == [False]
