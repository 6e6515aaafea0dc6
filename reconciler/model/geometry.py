"""Targets: a point or an area of interest, in WGS 84 longitude and latitude (degrees), as GeoJSON orders them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

Position: TypeAlias = tuple[float, float]
"""Longitude, latitude."""


@dataclass(frozen=True, slots=True)
class Point:
    """A point of interest."""

    longitude: float
    latitude: float


@dataclass(frozen=True, slots=True)
class Polygon:
    """An area of interest: closed rings, the outer one first, holes after it."""

    rings: tuple[tuple[Position, ...], ...]


Target: TypeAlias = Point | Polygon
