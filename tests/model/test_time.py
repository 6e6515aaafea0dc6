"""Instants: RFC 3339 with an offset in, UTC inside, nothing guessed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model.time import Window, duration_text, instant_text, parse_duration, parse_instant, seconds_text

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
steady = settings(derandomize=True, max_examples=100, deadline=None)

READ = [
    ("2026-12-01T12:00:00Z", NOON),
    ("2026-12-01t12:00:00z", NOON),
    ("2026-12-01 12:00:00Z", NOON),
    ("2026-12-01T12:00:00+00:00", NOON),
    ("2026-12-01T12:00:00-00:00", NOON),
    ("2026-12-01T14:30:00+02:30", NOON),
    ("2026-11-30T23:00:00-13:00", NOON),
    ("2026-12-01T12:00:00.5Z", NOON + timedelta(milliseconds=500)),
    ("2026-12-01T12:00:00.123456Z", NOON + timedelta(microseconds=123_456)),
    ("2026-12-01T12:00:00.123456789Z", NOON + timedelta(microseconds=123_456)),
    ("2024-02-29T00:00:00Z", datetime(2024, 2, 29, tzinfo=UTC)),
]


@pytest.mark.parametrize(("text", "instant"), READ)
def test_an_instant_is_read_as_utc(text: str, instant: datetime):
    """Every spelling that vendors use gives the same UTC instant; digits past the microsecond are cut off."""
    read = parse_instant(text)
    assert (read, read.tzinfo) == (instant, UTC)


REFUSED = {
    "naive": "2026-12-01T12:00:00",
    "a date": "2026-12-01",
    "no seconds": "2026-12-01T12:00Z",
    "an offset without a colon": "2026-12-01T12:00:00+0200",
    "z and an offset, as an example of a vendor has it": "2023-12-20T15:04:05Z07:00",
    "ten digits of a second": "2026-12-01T12:00:00.1234567890Z",
    "a comma": "2026-12-01T12:00:00,5Z",
    "no fraction after the point": "2026-12-01T12:00:00.Z",
    "text before": " 2026-12-01T12:00:00Z",
    "a line end": "2026-12-01T12:00:00Z\n",
    "a name of a zone": "2026-12-01T12:00:00 Europe/Berlin",
    "seconds since 1970": "1764590400",
    "empty": "",
    "no such day": "2026-02-29T00:00:00Z",
    "no such month": "2026-13-01T00:00:00Z",
    "no such hour": "2026-12-01T25:00:00Z",
    "no such minute": "2026-12-01T12:60:00Z",
    "no such offset": "2026-12-01T12:00:00+99:99",
    "before all time": "0001-01-01T00:00:00+14:00",
    "after all time": "9999-12-31T23:59:59-14:00",
    "year nothing": "0000-01-01T00:00:00Z",
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_instant_is_refused(text: str):
    """A time without an offset, or that cannot be, is refused and never guessed."""
    with pytest.raises(ValueError, match=r"not a (timestamp with an offset|possible date and time)"):
        parse_instant(text)


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (NOON, "2026-12-01T12:00:00Z"),
        (NOON + timedelta(milliseconds=5), "2026-12-01T12:00:00.005Z"),
        (NOON + timedelta(microseconds=5), "2026-12-01T12:00:00.000005Z"),
        (NOON.astimezone(timezone(timedelta(hours=5))), "2026-12-01T12:00:00Z"),
    ],
)
def test_an_instant_is_written_in_utc(instant: datetime, text: str):
    """A fraction is written only where there is one."""
    assert instant_text(instant) == text


@steady
@given(st.integers(0, 7 * 10**15), st.integers(-14 * 60, 14 * 60))
def test_an_instant_survives_being_written(micros: int, offset: int):
    """Written and read again it is the same instant, whatever its offset was."""
    instant = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
    assert parse_instant(instant_text(instant.astimezone(timezone(timedelta(minutes=offset))))) == instant


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("30s", timedelta(seconds=30)),
        ("15m", timedelta(minutes=15)),
        ("6h", timedelta(hours=6)),
        ("2d", timedelta(days=2)),
        ("0s", timedelta()),
    ],
)
def test_a_duration_is_a_number_and_a_unit(text: str, span: timedelta):
    """Four units are known."""
    assert parse_duration(text) == span


@pytest.mark.parametrize(
    "text", ["", "15", "m", "15 m", "15min", "1h30m", "-5m", "1.5h", "15M", "PT15M", "9999999d", "5m\n"]
)
def test_what_is_no_duration_is_refused(text: str):
    """The message shows how to write one."""
    with pytest.raises(ValueError, match="such as 15m"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(days=2, hours=3, minutes=4), "2d 3h"),
        (timedelta(hours=1, seconds=1), "1h 1s"),
        (timedelta(minutes=15), "15m"),
        (timedelta(), "0s"),
        (timedelta(milliseconds=999), "0s"),
        (-timedelta(days=1, hours=1), "1d 1h"),
    ],
)
def test_a_duration_is_written_in_two_units(span: timedelta, text: str):
    """People see the two largest units that are not nothing."""
    assert duration_text(span) == text


def test_a_window_says_its_ends():
    """A window is as wide as from its start to its end, and shows both in UTC."""
    window = Window(NOON, NOON + timedelta(days=2))
    assert window.width == timedelta(days=2)
    assert str(window) == "2026-12-01T12:00:00Z to 2026-12-03T12:00:00Z"


def test_an_instant_for_a_person_has_whole_seconds_in_utc():
    """A fraction is cut off, never rounded up to a second that has not begun."""
    instant = datetime(2026, 12, 1, 1, 30, 59, 999_999, tzinfo=timezone(timedelta(hours=1)))
    assert seconds_text(instant) == "2026-12-01T00:30:59Z"
