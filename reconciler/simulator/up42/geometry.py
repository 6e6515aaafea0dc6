"""Areas and slices of geometries, as far as prices and coverage need them.

Shapely is imported where it is used: it takes longer to load than the rest of the simulator.
"""

from __future__ import annotations

from math import cos, radians
from typing import TYPE_CHECKING, Any

from reconciler.simulator.messages import JsonObject

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

_KM_PER_DEGREE = 111.32
_SCENE_KM = 5.0


def fault(geometry: JsonObject) -> str | None:
    """Return what is wrong with a point or polygon that has the right form, None where nothing is."""
    rings = geometry["coordinates"] if geometry["type"] == "Polygon" else [[geometry["coordinates"]]]
    if any(abs(position[0]) > 180 or abs(position[1]) > 90 for ring in rings for position in ring):
        return "geometry lies outside of longitude -180 to 180 and latitude -90 to 90"
    if geometry["type"] == "Point":
        return None
    if any(ring[0] != ring[-1] for ring in rings):
        return "geometry has a ring that is not closed"
    return None if _shape(geometry).is_valid else "geometry is not valid"


def area(geometry: JsonObject) -> float:
    """Return an area in square kilometers, close enough for a small one; a point stands for a scene of 5 km."""
    return _square_km(_scene(geometry))


def first_part(geometry: JsonObject, share: float) -> tuple[JsonObject, JsonObject | None]:
    """Cut a geometry by a meridian at a share of its width; return the western part and the rest."""
    from shapely.geometry import box

    scene = _scene(geometry)
    west, south, east, north = scene.bounds
    middle = west + (east - west) * share
    covered = scene.intersection(box(west, south, middle, north))
    remainder = None if share >= 1 else scene.intersection(box(middle, south, east, north))
    return _written(covered), None if remainder is None else _written(remainder)


def bounds(geometry: JsonObject) -> list[float]:
    """Return west, south, east and north."""
    return list(_shape(geometry).bounds)


def _shape(geometry: JsonObject) -> BaseGeometry:
    from shapely.geometry import shape

    return shape(geometry)


def _scene(geometry: JsonObject) -> BaseGeometry:
    from shapely.geometry import box

    found = _shape(geometry)
    if found.geom_type != "Point":
        return found
    half = _SCENE_KM / _KM_PER_DEGREE / 2
    wide = half / max(0.01, cos(radians(found.y)))
    return box(found.x - wide, found.y - half, found.x + wide, found.y + half)


def _square_km(found: BaseGeometry) -> float:
    _, south, _, north = found.bounds
    return float(found.area) * _KM_PER_DEGREE**2 * cos(radians((south + north) / 2))


def _written(found: BaseGeometry) -> JsonObject:
    from shapely.geometry import mapping

    written: dict[str, Any] = mapping(found)
    return {"type": written["type"], "coordinates": _lists(written["coordinates"])}


def _lists(value: Any) -> Any:  # noqa: ANN401  coordinates are nested as deep as their geometry
    return [_lists(part) for part in value] if isinstance(value, tuple | list) else value
