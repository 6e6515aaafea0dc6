"""Geometries as UP42 reads and writes them, and the one text in which two of them are compared. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from reconciler.model.geometry import Point, Target

PLACES = 6
"""Decimal places of a degree that count: 0.1 m on the ground."""


def geojson(target: Target) -> dict[str, object]:
    """Return a target as GeoJSON."""
    if isinstance(target, Point):
        return {"type": "Point", "coordinates": [target.longitude, target.latitude]}
    rings = [[[longitude, latitude] for longitude, latitude in ring] for ring in target.rings]
    return {"type": "Polygon", "coordinates": rings}


def place_of(geometry: object) -> str | None:
    """Return a short text that equal geometries share; None where there is no point or polygon to read.

    Where a ring starts, which way it runs, whether its first position is repeated, the order of holes, heights, a `crs`
    and digits past the sixth make no difference. A polygon's positions are told by a digest.
    """
    if not isinstance(geometry, dict):
        return None
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind == "MultiPolygon" and isinstance(coordinates, list) and len(coordinates) == 1:
        kind, coordinates = "Polygon", coordinates[0]
    try:
        if kind == "Point":
            longitude, latitude = _position(coordinates)
            return f"point {longitude}, {latitude}"
        return _polygon(coordinates) if kind == "Polygon" else None
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def _polygon(coordinates: object) -> str:
    if not isinstance(coordinates, list):
        raise TypeError("no list of rings")
    outer, *holes = [_ring(ring) for ring in coordinates]
    digest = hashlib.sha256(repr((outer, sorted(holes))).encode()).hexdigest()[:12]
    inside = f" and {len(holes)} holes" if holes else ""
    return f"polygon of {len(outer)} corners{inside} ({digest})"


def _ring(positions: object) -> tuple[tuple[float, float], ...]:
    """Return a ring's corners, each once, from the smallest on, the way that comes first."""
    if not isinstance(positions, list):
        raise TypeError("no list of positions")
    corners: list[tuple[float, float]] = []
    for position in map(_position, positions):
        if not corners or position != corners[-1]:
            corners.append(position)
    while len(corners) > 1 and corners[0] == corners[-1]:
        corners.pop()
    return min(_from_smallest(corners), _from_smallest(corners[::-1]))


def _from_smallest(corners: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    return min((*corners[start:], *corners[:start]) for start in _starts(corners))


def _starts(corners: Sequence[tuple[float, float]]) -> Iterator[int]:
    smallest = min(corners)
    return (number for number, corner in enumerate(corners) if corner == smallest)


def _position(position: object) -> tuple[float, float]:
    if not isinstance(position, list | tuple) or any(isinstance(value, bool) for value in position):
        raise TypeError("no position")
    # Adding zero turns -0.0 into 0.0.
    return round(float(position[0]), PLACES) + 0.0, round(float(position[1]), PLACES) + 0.0
