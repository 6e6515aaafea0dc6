"""Places for test orders: each name has its own, so that two orders are two pictures unless a test says otherwise."""

from __future__ import annotations

import zlib
from typing import Any

SPREAD = 0.05
"""Degrees of longitude, to both sides."""


def moved(target: Any, key: str) -> Any:
    """Return GeoJSON moved east or west by what an order's name makes of it."""
    return _shifted(target, round(zlib.crc32(key.encode()) % 1000 / 10_000 - SPREAD, 4))


def _shifted(value: Any, by: float) -> Any:
    if isinstance(value, dict):
        return {**value, "coordinates": _shifted(value["coordinates"], by)} if "coordinates" in value else value
    if isinstance(value[0], int | float):
        return [round(value[0] + by, 6), *value[1:]]
    return [_shifted(each, by) for each in value]
