"""Instants on the wire: RFC 3339 read strictly, written as a Go server writes them.

Everything inside is a UTC `datetime`; the store keeps integer microseconds since 1970.
"""

import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_DURATION = re.compile(r"(-?\d+(?:\.\d+)?)([smhd])", re.ASCII)
_UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_REMEMBERED = 4096
"""Windows repeat from order to order and from page to page."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@lru_cache(maxsize=_REMEMBERED)
def parse_instant(text: str) -> datetime:
    """Read an RFC 3339 instant and keep its offset; raise ValueError for any looser form.

    Digits beyond microseconds are cut off.
    """
    if _RFC3339.fullmatch(text) is None:
        raise ValueError(f"{text!r} is not an RFC 3339 instant such as 2026-12-01T00:00:00Z")
    return datetime.fromisoformat(text)


def format_instant(instant: datetime) -> str:
    """Write an instant in UTC with `Z` and without trailing zeros, as Go's RFC3339Nano does."""
    return format_keeping_offset(instant.astimezone(UTC))


def format_keeping_offset(instant: datetime) -> str:
    """Write an instant in its own offset and without trailing zeros in the fraction."""
    text = instant.isoformat()
    stamp, offset = text[:-6], text[-6:]
    if "." in stamp:
        stamp = stamp.rstrip("0").rstrip(".")
    return stamp + ("Z" if offset == "+00:00" else offset)


def format_http_date(instant: datetime) -> str:
    """Write an instant as a `Date` header does (RFC 9110 section 5.6.7); the fraction is lost."""
    return format_datetime(instant.astimezone(UTC), usegmt=True)


def parse_duration(text: str) -> timedelta:
    """Read `90s`, `20m`, `6h`, `2d` or a sequence of them such as `1d6h`; a minus sign goes back."""
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"{text!r} is not a duration such as 90s, 20m, 6h or 2d")
    return timedelta(seconds=sum(float(number) * _UNIT_SECONDS[unit] for number, unit in parts))


def to_micros(instant: datetime) -> int:
    """Count the microseconds since 1970, exactly."""
    return (instant - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """Turn microseconds since 1970 back into an instant in UTC."""
    return _EPOCH + timedelta(microseconds=micros)
