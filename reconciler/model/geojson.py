"""Places as providers read and write them (GeoJSON): the one text that tells whether two are the same. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import radians, sin

from reconciler.model.geometry import Point, Polygon, Position, Target

PLACES = 6
"""Decimal places of a degree that count: 0.1 m on the ground."""
_RADIUS_KM = 6371.0088


def geojson(target: Target) -> dict[str, object]:
    """Return a target as GeoJSON."""
    if isinstance(target, Point):
        return {"type": "Point", "coordinates": [target.longitude, target.latitude]}
    rings = [[[longitude, latitude] for longitude, latitude in ring] for ring in target.rings]
    return {"type": "Polygon", "coordinates": rings}


def target_in(geometry: object) -> Target | None:
    """Return the point or polygon that stands in a provider's GeoJSON, its digits cut to those that count, else None.

    Heights are left out, rings are closed, and a MultiPolygon around one polygon is that polygon.
    """
    if not isinstance(geometry, dict):
        return None
    try:
        kind, coordinates = geometry["type"], geometry["coordinates"]
        if kind == "Point":
            return Point(*_position(coordinates))
        if kind == "MultiPolygon":
            kind, [coordinates] = "Polygon", coordinates
        return Polygon(tuple([_closed(ring) for ring in coordinates])) if kind == "Polygon" and coordinates else None
    except (KeyError, TypeError, ValueError, IndexError, OverflowError):
        return None


def _closed(positions: Iterable[object]) -> tuple[Position, ...]:
    ring = tuple([_position(each) for each in positions])
    return ring if ring[0] == ring[-1] else (*ring, ring[0])


def place_of(geometry: object) -> str | None:
    """Return a short text that equal points and polygons share; None where there is neither to read.

    Where a ring starts, which way it runs, whether it is closed, the order of holes, heights, a `crs`, a MultiPolygon
    around one polygon and digits past the sixth make no difference. The text is kept in state files: it never changes.
    """
    if not isinstance(geometry, dict):
        return None
    try:
        kind, coordinates = geometry["type"], geometry["coordinates"]
        if kind == "Point":
            longitude, latitude = _position(coordinates)
            return f"point {longitude}, {latitude}"
        if kind == "MultiPolygon":
            kind, [coordinates] = "Polygon", coordinates
        return _polygon(coordinates) if kind == "Polygon" else None
    except (KeyError, TypeError, ValueError, IndexError, OverflowError):
        return None


def polygon_of(geometry: object) -> str | None:
    """Return the same text, where only a polygon is a place."""
    return place_of(geometry) if isinstance(geometry, dict) and geometry.get("type") == "Polygon" else None


def area(polygon: Polygon) -> float:
    """Return square kilometers on a sphere, without the holes."""
    outer, *holes = [_measure(ring) for ring in polygon.rings]
    return outer - sum(holes)


def _measure(ring: Sequence[Position]) -> float:
    doubled = sum(radians(b[0] - a[0]) * (2 + sin(radians(a[1])) + sin(radians(b[1]))) for a, b in pairwise(ring))
    return abs(doubled) * _RADIUS_KM**2 / 2


def _polygon(rings: Iterable[Iterable[object]]) -> str:
    outer, *holes = [_ring([_position(each) for each in ring]) for ring in rings]
    digest = hashlib.sha256(repr((outer, sorted(holes))).encode()).hexdigest()[:12]
    return f"polygon of {len(outer)} corners{f' and {len(holes)} holes' if holes else ''} ({digest})"


def _ring(positions: list[Position]) -> tuple[Position, ...]:
    """Return a ring's corners, each once, from the smallest on, the way that comes first."""
    before = positions[-1:] + positions[:-1]
    different = [corner for earlier, corner in zip(before, positions, strict=True) if corner != earlier]
    corners = different or positions[:1]
    smallest = min(corners)
    starts = [number for number, corner in enumerate(corners) if corner == smallest]
    turned = [(*corners[start:], *corners[:start]) for start in starts]
    return min(*turned, *((ring[0], *ring[:0:-1]) for ring in turned))


def _position(position: object) -> Position:
    if not isinstance(position, list) or any(isinstance(value, bool) for value in position):
        raise TypeError("no position")
    # Adding zero turns -0.0 into 0.0.
    return round(float(position[0]), PLACES) + 0.0, round(float(position[1]), PLACES) + 0.0
