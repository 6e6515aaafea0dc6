"""Instants and durations as text, at the edges where clients and servers disagree."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.simulator.clock import Clock
from reconciler.simulator.iceye.rendering import float32
from reconciler.simulator.instants import (
    format_instant,
    format_keeping_offset,
    from_micros,
    parse_duration,
    parse_instant,
    to_micros,
)

INSTANTS = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  hypothesis wants naive bounds


@given(INSTANTS)
def test_instants_survive_text_and_storage(instant):
    """Formatting and storing lose nothing down to the microsecond."""
    assert parse_instant(format_instant(instant)) == instant
    assert from_micros(to_micros(instant)) == instant


def test_fractions_lose_their_trailing_zeros():
    """A Go server writes .31 for .310, and no fraction for .000."""
    assert format_instant(parse_instant("2023-12-29T23:20:11.310Z")) == "2023-12-29T23:20:11.31Z"
    assert format_instant(parse_instant("2023-12-29T23:20:10.000Z")) == "2023-12-29T23:20:10Z"
    assert format_keeping_offset(parse_instant("2023-12-30T02:20:10+03:00")) == "2023-12-30T02:20:10+03:00"


@pytest.mark.parametrize(
    "text", ["", "2023-12-29", "2023-12-29T23:20Z", "2023-12-29t23:20:11z", "2023-13-01T00:00:00Z"]
)
def test_loose_instants_are_refused(text):
    """Only full RFC 3339 with an offset is an instant."""
    with pytest.raises(ValueError, match=r"RFC 3339|month"):
        parse_instant(text)


def test_durations():
    """Durations add up, and what has no unit is none."""
    assert parse_duration("1d2h3m4.5s") == timedelta(days=1, hours=2, minutes=3, seconds=4.5)
    for text in ("", "6", "h", "6h later", "6 h", "6w"):
        with pytest.raises(ValueError, match="not a duration"):
            parse_duration(text)


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.integers(0, 10**7))
def test_another_speed_never_makes_time_jump(speed, other, elapsed):
    """At the instant of the change both clocks show the same, to a few microseconds of rounding."""
    clock = Clock(anchor=datetime(2026, 12, 1, tzinfo=UTC), anchored=1000.0, speed=speed).advanced(timedelta(hours=5))
    real = 1000.0 + elapsed / 1000
    assert abs(clock.with_speed(other, real).at(real) - clock.at(real)) <= timedelta(microseconds=2)


@given(st.floats(-180, 180))
def test_float32_is_near_and_stable(degrees):
    """Rounding to 32 bits and the shortest text move a coordinate by less than one step (1.6e-5 degrees), once."""
    rounded = float32(degrees)
    assert abs(rounded - degrees) < 1.6e-5
    assert float32(rounded) == rounded
