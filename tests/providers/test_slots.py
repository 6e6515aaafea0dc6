"""A request slot is taken before the last checks, so that nothing waits between them and the request."""

from __future__ import annotations

import threading

from reconciler.providers.rate import RateLimiter, Slots


class Ticking:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> float:
        """Return the seconds that were slept."""
        return self.seconds

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.seconds += seconds


def slots() -> tuple[Slots, Ticking]:
    """Return the slots of an account that allows one request in 50 s."""
    clock = Ticking()
    return Slots(RateLimiter(0.02, monotonic=clock.now, sleep=clock.sleep)), clock


def test_a_slot_that_is_kept_is_used_without_waiting() -> None:
    """The wait comes when it is taken."""
    mine, clock = slots()
    mine.acquire()
    mine.use()
    mine.acquire()
    waited = clock.seconds
    mine.use()
    assert (waited, clock.seconds) == (50.0, 50.0)


def test_one_kept_slot_is_enough() -> None:
    """Preparing twice, as after a renewed token, takes one slot."""
    mine, clock = slots()
    for _ in range(3):
        mine.acquire()
    mine.use()
    assert clock.seconds == 0.0


def test_a_request_without_a_kept_slot_waits_for_one() -> None:
    """Nothing leaves faster than the account allows."""
    mine, clock = slots()
    mine.use()
    mine.use()
    assert clock.seconds == 50.0


def test_a_slot_belongs_to_the_thread_that_took_it() -> None:
    """Another thread's request waits for a slot of its own."""
    mine, clock = slots()
    mine.acquire()
    other = threading.Thread(target=mine.use)
    other.start()
    other.join()
    assert clock.seconds == 50.0
