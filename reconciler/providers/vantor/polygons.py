"""Areas of interest as Vantor reads and writes them: the one text in which two are compared, and what one measures."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import pairwise
from math import radians, sin

from reconciler.model.geometry import Polygon, Position

PLACES = 6
"""Decimal places of a degree that count: 0.1 m on the ground."""
_RADIUS_KM = 6371.0088


def geojson(polygon: Polygon) -> dict[str, object]:
    """Return an area as GeoJSON."""
    rings = [[[longitude, latitude] for longitude, latitude in ring] for ring in polygon.rings]
    return {"type": "Polygon", "coordinates": rings}


def place_of(geometry: object) -> str | None:
    """Return a short text that equal polygons share; None where there is no polygon to read.

    Where a ring starts, which way it runs, whether it is closed, the order of holes, heights and digits past the sixth
    make no difference.
    """
    if not isinstance(geometry, dict) or geometry.get("type") != "Polygon":
        return None
    try:
        outer, *holes = [_ring([_position(each) for each in ring]) for ring in geometry["coordinates"]]
    except (KeyError, TypeError, ValueError, IndexError, OverflowError):
        return None
    digest = hashlib.sha256(repr((outer, sorted(holes))).encode()).hexdigest()[:12]
    return f"polygon of {len(outer)} corners{f' and {len(holes)} holes' if holes else ''} ({digest})"


def area(polygon: Polygon) -> float:
    """Return square kilometers on a sphere, without the holes."""
    outer, *holes = [_measure(ring) for ring in polygon.rings]
    return outer - sum(holes)


def _measure(ring: Sequence[Position]) -> float:
    doubled = sum(radians(b[0] - a[0]) * (2 + sin(radians(a[1])) + sin(radians(b[1]))) for a, b in pairwise(ring))
    return abs(doubled) * _RADIUS_KM**2 / 2


def _ring(positions: list[Position]) -> tuple[Position, ...]:
    """Return a ring's corners, each once, from the smallest on, the way that comes first."""
    before = positions[-1:] + positions[:-1]
    corners = [corner for earlier, corner in zip(before, positions, strict=True) if corner != earlier]
    smallest = min(corners)
    starts = [number for number, corner in enumerate(corners) if corner == smallest]
    turned = [(*corners[start:], *corners[:start]) for start in starts]
    return min(*turned, *((ring[0], *ring[:0:-1]) for ring in turned))


def _position(position: object) -> Position:
    if not isinstance(position, list) or any(isinstance(value, bool) for value in position):
        raise TypeError("no position")
    # Adding zero turns -0.0 into 0.0.
    return round(float(position[0]), PLACES) + 0.0, round(float(position[1]), PLACES) + 0.0
