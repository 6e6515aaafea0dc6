"""Who is left alone after a failure, and until when: each by itself, and longer each time."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Generic, TypeVar

from reconciler.model.time import duration_text

FIRST_BACKOFF, LONGEST_BACKOFF = 10.0, 900.0
"""Seconds that somebody is left alone after one failure, and after many."""
LONGEST_WAIT = 86_400.0
"""Seconds for which a provider's own wish is followed."""
_MOST_DOUBLINGS = 12
_NO_TIME = timedelta(0)
Who = TypeVar("Who")


@dataclass(frozen=True, slots=True, kw_only=True)
class BackoffState:
    """How long somebody is left alone: until an instant of the stopwatch, after so many failures in a row, and why."""

    failures: int
    until: float
    why: str = ""


def next_backoff(
    before: BackoffState | None, now: float, *, told: float | None, draw: float, why: str = ""
) -> BackoffState:
    """Return how long to leave somebody alone after one more failure.

    Doubled from failure to failure, between half and all of it as `draw` (0 to 1) has it, so that several daemons do
    not come back together; never less than the provider has asked for.
    """
    failures = before.failures + 1 if before is not None else 1
    longest = min(FIRST_BACKOFF * 2.0 ** min(failures - 1, _MOST_DOUBLINGS), LONGEST_BACKOFF)
    asked = min(told or 0.0, LONGEST_WAIT)
    return BackoffState(failures=failures, until=now + max(longest * (1 + draw) / 2, asked), why=why)


@dataclass(slots=True)
class RetryAfter:
    """For how long accounts ask not to be called again; each response is passed on to `forward`."""

    forward: Callable[[str, int, float | None], None]
    told: dict[str, float] = field(default_factory=dict, init=False)

    def on_response(self, account: str, status: int, wait: float | None) -> None:
        """Take a response. Of several times that were asked for, the longest counts."""
        if wait is not None and status >= 400:
            self.told[account] = max(wait, self.told.get(account, 0.0))
        self.forward(account, status, wait)


@dataclass(slots=True)
class Backoff(Generic[Who]):
    """The back-off of accounts, or of orders. `monotonic` is the stopwatch."""

    monotonic: Callable[[], float]
    _states: dict[Who, BackoffState] = field(default_factory=dict, init=False)

    def failed(self, who: Who, why: str, *, told: float | None, draw: float) -> None:
        """Leave somebody alone after one more failure, at least for as long as was asked for."""
        self._states[who] = next_backoff(self._states.get(who), self.monotonic(), told=told, draw=draw, why=why)

    def end(self, who: Who) -> None:
        """Forget the failures of one that works, or that has been changed."""
        self._states.pop(who, None)

    def keep(self, those: Collection[Who]) -> None:
        """Forget everybody else."""
        for gone in self._states.keys() - set(those):
            del self._states[gone]

    def resting(self) -> dict[Who, str]:
        """Return who is to be left alone now, and why, in words."""
        now = self.monotonic()
        left = {who: (timedelta(seconds=rest.until - now), rest.why) for who, rest in self._states.items()}
        return {
            who: f"left alone for {duration_text(span)}: {why}" for who, (span, why) in left.items() if span > _NO_TIME
        }

    def rested(self) -> list[Who]:
        """Return who has failed before and is not left alone any more."""
        now = self.monotonic()
        return [who for who, rest in self._states.items() if rest.until <= now]

    def ends(self, after: float) -> list[float]:
        """Return the instants after one at which somebody will have rested, or has by now."""
        return [rest.until for rest in self._states.values() if rest.until > after]
