"""What bad input may cost: memory and time, of this process and for one case."""

from __future__ import annotations

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

MOST_MEMORY = 300
"""MiB that a process may hold at its peak."""
MOST_SECONDS = 20.0
"""Of work, as this process counts it; a busy machine is given longer."""
_LONGEST = 120.0
_PROGRAM = 60
"""MiB of them that the program needs by itself."""
_ROOM = 2 * 2**30
_PROCESS = Path("/proc/self")


class TooSlow(BaseException):
    """The case's time is over. No `Exception`, so that the program cannot take it for one of its own."""


def _over(_number: int, _frame: FrameType | None) -> None:
    raise TooSlow


class Peak:
    """By how many MiB the process grew at most since `begin`; where it cannot be measured anew, since it started."""

    def __init__(self) -> None:
        self._before = 0

    def begin(self) -> None:
        """Forget earlier peaks: Linux does so by this file."""
        if (_PROCESS / "clear_refs").exists():
            (_PROCESS / "clear_refs").write_text("5", encoding="ascii")
        self._before = _resident()

    def too_much(self) -> str:
        """Say so where a process with nothing but this rise would have grown beyond the bound."""
        rise = _resident() - self._before
        return f"{_PROGRAM + rise} MiB of memory" if _PROGRAM + rise > MOST_MEMORY else ""


def _resident() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


_CLOCKS = (
    (signal.ITIMER_PROF, signal.SIGPROF, MOST_SECONDS),
    (signal.ITIMER_REAL, signal.SIGALRM, _LONGEST),
)


@contextmanager
def bounded() -> Iterator[Peak]:
    """Raise `TooSlow` when the time is over, and let no allocation take the machine's memory; measure the peak."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    before = [signal.signal(number, _over) for _, number, _ in _CLOCKS]
    peak = Peak()
    try:
        resource.setrlimit(resource.RLIMIT_AS, (_address_space() + _ROOM, hard))
        for clock, _, seconds in _CLOCKS:
            signal.setitimer(clock, seconds)
        peak.begin()
        yield peak
    finally:
        for (clock, number, _), handler in zip(_CLOCKS, before, strict=True):
            signal.setitimer(clock, 0)
            signal.signal(number, handler)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _address_space() -> int:
    return int((_PROCESS / "statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
