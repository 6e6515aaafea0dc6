"""The simulated clock: it runs with real time, at its own speed, also while no server runs.

Only four facts are kept (in the data file), so that every process that opens the file reads the same time.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self, cast

from reconciler.simulator.instants import from_micros, to_micros
from reconciler.simulator.store import Store

_FACT = "clock"
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A straight line from real to simulated time, plus the sum of what people advanced by hand.

    `anchor` is the simulated instant at the real instant `anchored` (seconds since 1970).
    """

    anchor: datetime
    anchored: float
    speed: float
    advance: timedelta = timedelta()

    def at(self, real: float) -> datetime:
        """Return the simulated instant at a real one."""
        return self.anchor + timedelta(seconds=(real - self.anchored) * self.speed) + self.advance

    def age_seconds(self, real: float) -> float:
        """Return a count of seconds in which access tokens age: real seconds plus the advances.

        Speed is left out on purpose: at 600 simulated seconds per second a token of one hour
        would otherwise live for six seconds, shorter than one pass of a client.
        """
        return real + self.advance.total_seconds()

    def with_speed(self, speed: float, real: float) -> Self:
        """Return a clock of another speed that shows the same time at this real instant."""
        if speed == self.speed:
            return self
        anchor = self.at(real) - self.advance
        return replace(self, anchor=anchor, anchored=real, speed=speed)

    def advanced(self, by: timedelta) -> Self:
        """Return a clock that is ahead (or, with a negative duration, behind) by a duration."""
        return replace(self, advance=self.advance + by)

    def set_to(self, instant: datetime, real: float) -> Self:
        """Return a clock that shows an instant now; the difference counts as an advance."""
        return self.advanced(instant - self.at(real))

    def keep(self, store: Store) -> None:
        """Write the clock's facts into the data."""
        store.keep_fact(
            _FACT,
            {
                "anchor": to_micros(self.anchor),
                "anchored": self.anchored,
                "speed": self.speed,
                "advance": self.advance // _MICROSECOND,
            },
        )

    @classmethod
    def of(cls, store: Store) -> Self:
        """Read the clock of data that has one."""
        facts = cast(dict[str, Any], store.fact(_FACT))
        return cls(
            anchor=from_micros(facts["anchor"]),
            anchored=facts["anchored"],
            speed=facts["speed"],
            advance=facts["advance"] * _MICROSECOND,
        )

    @classmethod
    def exists(cls, store: Store) -> bool:
        """Tell whether data has a clock, which it has from its first start on."""
        return store.fact(_FACT) is not None
