"""What wakes the loop: whoever rings says why, and ringing a thousand times is ringing once."""

from __future__ import annotations

import queue


class WakeUp:
    """Rung by threads and signal handlers, heard by the loop alone. Never holds more than one of each reason."""

    def __init__(self) -> None:
        self._waiting: set[str] = set()
        self._queue: queue.SimpleQueue[str] = queue.SimpleQueue()  # may be put to from a signal handler

    def signal(self, why: str) -> None:
        """Wake the loop, unless it has yet to hear the same."""
        if why not in self._waiting:
            self._waiting.add(why)
            self._queue.put(why)

    def wait(self, seconds: float) -> frozenset[str]:
        """Return why it was signaled since the last time, after at most so many seconds; nothing where it was not."""
        heard: set[str] = set()
        try:
            heard.add(self._queue.get(timeout=max(seconds, 0.0)))
            while True:
                heard.add(self._queue.get_nowait())
        except queue.Empty:
            pass
        # Only now: what is signaled from here on is heard the next time.
        self._waiting -= heard
        return frozenset(heard)
