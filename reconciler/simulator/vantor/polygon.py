"""What a request's polygon measures, as far as limits and prices need it (contracts/vantor.md sections 2.1 and 7)."""

from collections.abc import Iterator
from itertools import pairwise
from math import cos, radians, sin

from reconciler.simulator.messages import JsonObject

_RADIUS_KM = 6371.0088
_MOST_VERTICES = 1000
_LEAST_WIDTH_KM = 2.0
_MOST_AREA = 1000.0
_LEAST_AREA = {"low": 50.0, "high": 64.0}
_RING = 4
"""The fewest positions of a closed ring."""


def faults(geometry: JsonObject) -> Iterator[str]:
    """Yield why a polygon of the right form is none on the globe."""
    for ring in geometry["coordinates"]:
        if len(ring) < _RING or ring[0] != ring[-1]:
            yield "geometry has a ring that is not closed"
        if any(len(position) < 2 or abs(position[0]) > 180 or abs(position[1]) > 90 for position in ring):
            yield "geometry lies outside of longitude -180 to 180 and latitude -90 to 90"


def beyond_limits(geometry: JsonObject, demand: str) -> Iterator[str]:
    """Yield which limits of version 1 a polygon exceeds."""
    least, size = _LEAST_AREA[demand], area(geometry)
    if not least <= size <= _MOST_AREA:
        yield f"geometry must have an area of {least:g} to {_MOST_AREA:g} sqkm, and has {size:.2f}"
    if min(_extent(geometry["coordinates"][0])) <= _LEAST_WIDTH_KM:
        yield f"geometry must be wider than {_LEAST_WIDTH_KM:g} km"
    if sum(map(len, geometry["coordinates"])) > _MOST_VERTICES:
        yield f"geometry must not have more than {_MOST_VERTICES} vertices"


def area(geometry: JsonObject) -> float:
    """Return square kilometers on a sphere, holes left out."""
    outer, *holes = (_ring_area(ring) for ring in geometry["coordinates"])
    return outer - sum(holes)


def turned(geometry: JsonObject) -> JsonObject:
    """Return the same polygon with its rings the other way round, begun at another vertex."""
    rings = [[*ring[-2::-1], ring[-2]] for ring in geometry["coordinates"]]
    return {**geometry, "coordinates": rings}


def _ring_area(ring: list[list[float]]) -> float:
    doubled = sum(
        radians(second[0] - first[0]) * (2 + sin(radians(first[1])) + sin(radians(second[1])))
        for first, second in pairwise(ring)
    )
    return abs(doubled) * _RADIUS_KM**2 / 2


def _extent(ring: list[list[float]]) -> tuple[float, float]:
    """Return width and height in kilometers."""
    longitudes, latitudes = [position[0] for position in ring], [position[1] for position in ring]
    narrow = cos(radians((min(latitudes) + max(latitudes)) / 2))
    wide, high = max(longitudes) - min(longitudes), max(latitudes) - min(latitudes)
    return radians(wide) * narrow * _RADIUS_KM, radians(high) * _RADIUS_KM
