"""How fast an account may be asked, and what time it is at its provider. Both are shared by an account's threads."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class RateLimiter:
    """Lets through at most so many requests in any second; a few at once, when there were none before.

    The lock is held to reserve a moment, never while waiting for it. A rate below one is one request in 1/rate seconds.
    """

    def __init__(self, per_second: float, *, monotonic: Callable[[], float], sleep: Callable[[float], None]) -> None:
        at_once = max(1, int(per_second))
        self._period = at_once / per_second
        self._taken = deque([float("-inf")] * at_once, maxlen=at_once)
        self._paused_until = float("-inf")
        self._monotonic = monotonic
        self._sleep = sleep
        self._lock = threading.Lock()

    def acquire(self) -> None:
        """Wait for the next free moment."""
        with self._lock:
            now = self._monotonic()
            moment = max(now, self._taken[0] + self._period, self._paused_until)
            self._taken.append(moment)
        if moment > now:
            self._sleep(moment - now)

    def pause(self, seconds: float) -> None:
        """Keep everybody back for that long: the provider has asked for it."""
        with self._lock:
            self._paused_until = max(self._paused_until, self._monotonic() + seconds)


class Slots:
    """Request slots that are taken before they are used, each by its own thread."""

    def __init__(self, rate: RateLimiter) -> None:
        self._rate = rate
        self._mine = threading.local()

    def acquire(self) -> None:
        """Wait for a slot and keep it for this thread's next request; one that is kept already is enough."""
        if not self._held:
            self._rate.acquire()
            self._mine.held = True

    def use(self) -> None:
        """Use the slot that is kept; wait for one if none is."""
        self.acquire()
        self._mine.held = False

    @property
    def _held(self) -> bool:
        return getattr(self._mine, "held", False)


class ProviderClock:
    """The provider's time, as an offset against ours that the last dated answer set."""

    def __init__(self, local: Callable[[], datetime]) -> None:
        self._local = local
        self._offset = timedelta(0)

    def observe(self, date: datetime | None) -> None:
        """Take over an answer's date; a missing one changes nothing."""
        if date is not None:
            self._offset = date - self._local()

    def now(self) -> datetime:
        """Return the provider's time (UTC)."""
        return (self._local() + self._offset).astimezone(UTC)
