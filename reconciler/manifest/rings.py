"""Rules of a polygon's rings. Each problem is a path below the polygon's coordinates, and a message."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TypeAlias

from reconciler.model.geometry import Position

Steps: TypeAlias = tuple[str | int, ...]
Finding: TypeAlias = tuple[Steps, str]
Ring: TypeAlias = tuple[Position, ...]

_REASON = re.compile(r"(?P<what>[^\[]+)\[(?P<x>\S+) (?P<y>\S+)\]")
_REASONS = {
    "Self-intersection": "the polygon crosses itself",
    "Ring Self-intersection": "a ring touches itself",
    "Hole lies outside shell": "a hole lies outside the outer ring",
    "Holes are nested": "a hole lies inside another hole",
    "Interior is disconnected": "the holes cut the polygon into pieces",
    "Duplicate Rings": "two rings are the same",
    "Too few points in geometry component": "a ring has too few different positions",
}


def ring_findings(ring: Ring) -> Iterator[Finding]:
    """Judge one ring by itself: long enough, closed, and not across the antimeridian."""
    if len(ring) < 4:
        yield (), f"a ring needs at least 4 positions, the last the same as the first; this one has {len(ring)}"
        return
    if ring[0] != ring[-1]:
        yield (len(ring) - 1,), f"the ring is not closed: end it with its first position, {place(*ring[0])}"
    for index, (one, other) in enumerate(pairwise(ring)):
        if abs(one[0] - other[0]) > 180:
            message = (
                f"from {place(*one)} to {place(*other)} the ring crosses the antimeridian: "
                "split the area at longitude 180 into two polygons"
            )
            yield (index + 1,), message
            return


def shape_findings(rings: Sequence[Ring]) -> Iterator[Finding]:
    """Judge the polygon as a whole: no crossing, holes inside, an area. Its rings are sound by themselves."""
    from shapely import Polygon, is_valid_reason

    shape = Polygon(rings[0], rings[1:])
    if not shape.is_valid:
        yield (), _explained(str(is_valid_reason(shape)))
    elif shape.area <= 0:
        yield (), "the polygon has no area"


def place(longitude: float, latitude: float) -> str:
    """Write a position as GeoJSON orders it."""
    return f"[{longitude!r}, {latitude!r}]"


def _explained(reason: str) -> str:
    found = _REASON.fullmatch(reason)
    if found is None:
        return f"not a valid polygon: {reason}"
    what = _REASONS.get(found["what"], f"not a valid polygon: {found['what'].lower()}")
    return f"{what} at {place(float(found['x']), float(found['y']))}"
