"""How long who has failed is left alone."""

from __future__ import annotations

import pytest

from reconciler.watch.backoff import LONGEST_BACKOFF, Backoff, BackoffState, next_backoff
from tests.support.project import FakeClock


@pytest.mark.parametrize(
    ("before", "told", "draw", "expected"),
    [
        (None, None, 1.0, 10.0),
        (None, None, 0.0, 5.0),
        (BackoffState(failures=1, until=0.0), None, 1.0, 20.0),
        (BackoffState(failures=2, until=0.0), None, 0.5, 30.0),
        (BackoffState(failures=50, until=0.0), None, 1.0, LONGEST_BACKOFF),
        (None, 75.0, 0.5, 75.0),
        (BackoffState(failures=6, until=0.0), 75.0, 1.0, 640.0),
        (None, 1e9, 0.0, 86_400.0),
    ],
)
def test_how_long_one_that_fails_is_left_alone(before, told, draw, expected):
    """Doubled each time, with jitter; never less than its provider asked for, never longer than a day."""
    rest = next_backoff(before, 1000.0, told=told, draw=draw)
    assert rest.until - 1000.0 == pytest.approx(expected)
    assert rest.failures == (before.failures + 1 if before else 1)


def test_each_rests_by_itself() -> None:
    """Who works is forgotten, with its failures; who has rested is free, and rests longer after its next failure."""
    clock = FakeClock()
    rests: Backoff[str] = Backoff(clock.monotonic)
    for who in ("one", "other", "third"):
        rests.failed(who, "HTTP 500", told=None, draw=1.0)
    rests.end("other")
    rests.keep({"one", "nobody"})
    assert rests.resting() == {"one": "left alone for 10s: HTTP 500"}
    clock.sleep(10)
    assert rests.resting() == {}
    rests.failed("one", "HTTP 502", told=None, draw=1.0)
    assert rests.resting() == {"one": "left alone for 20s: HTTP 502"}
    until = clock.monotonic() + 20
    assert (rests.ends(until - 1), rests.ends(until)) == ([until], [])
