"""Instants and acquisition windows, always aware and in UTC."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

# RFC 3339 with an offset. Vendors write lower-case t and z, a blank for the T, and up to nine digits of a second.
_RFC3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)",
)
_DURATION = re.compile(r"([0-9]{1,6})(s|m|h|d)")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def parse_instant(text: str) -> datetime:
    """Read an RFC 3339 timestamp with an offset as a UTC instant; digits past the microsecond are cut off.

    Raises ValueError where the offset is missing or the text is no timestamp.
    """
    found = _RFC3339.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is not a timestamp with an offset, such as 2026-12-01T00:00:00Z")
    day, clock, fraction, offset = found.groups()
    iso = f"{day}T{clock}{(fraction or '')[:7]}{'+00:00' if offset in 'Zz' else offset}"
    try:
        return datetime.fromisoformat(iso).astimezone(UTC)
    except (ValueError, OverflowError) as e:
        raise ValueError(f"{text!r} is not a possible date and time") from e


def instant_text(instant: datetime) -> str:
    """Write an instant in UTC; a fraction only where there is one, in milliseconds (or finer where needed)."""
    utc = instant.astimezone(UTC)
    if not utc.microsecond:
        return utc.strftime("%Y-%m-%dT%H:%M:%SZ")
    digits = f"{utc.microsecond:06d}"
    return utc.strftime("%Y-%m-%dT%H:%M:%S.") + (digits[:3] if digits.endswith("000") else digits) + "Z"


def seconds_text(instant: datetime) -> str:
    """Write an instant for a person: in UTC, whole seconds."""
    return instant_text(instant.replace(microsecond=0))


def parse_duration(text: str) -> timedelta:
    """Read `30s`, `15m`, `6h` or `2d`; ValueError for anything else."""
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is not a duration: write a number and s, m, h or d, such as 15m")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def duration_text(span: timedelta) -> str:
    """Write a span in its two largest units, such as `2d 3h`; a negative one as its size."""
    seconds = int(abs(span).total_seconds())
    parts: list[str] = []
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts[:2]) or "0s"


@dataclass(frozen=True, slots=True)
class Moment:
    """One instant, as an account's clock and as ours showed it. Neither alone is believed."""

    provider: datetime
    ours: datetime


def time_left(since: Moment | None, now: Moment, *, speed: float, needed: timedelta) -> timedelta:
    """Return how much is left of a time that both clocks must have seen pass; all of it where its start is not known.

    `speed` is that of the provider's clock against ours, which only a simulated one runs at.
    """
    if since is None:
        return needed
    by_theirs = (now.provider - since.provider).total_seconds()
    by_ours = (now.ours - since.ours).total_seconds() * speed
    gone = max(min(by_theirs, by_ours), 0.0)
    return timedelta(seconds=max(needed.total_seconds() - gone, 0.0))


@dataclass(frozen=True, slots=True)
class Window:
    """An acquisition window: when the picture may be taken. Both ends are UTC instants."""

    start: datetime
    end: datetime

    @property
    def width(self) -> timedelta:
        """How long the window stays open."""
        return self.end - self.start

    def __str__(self) -> str:
        return f"{instant_text(self.start)} to {instant_text(self.end)}"
