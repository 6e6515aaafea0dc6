"""The targets of a plan as a map: one GeoJSON document that code hosts draw, and what looks wrong on it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

from reconciler.model.geojson import PLACES, area, geojson
from reconciler.model.geometry import Point, Polygon, Position, Target
from reconciler.model.ids import OrderKey
from reconciler.render.review import Review

_MOST, _LONGEST = 50, 20_000
"""Features and characters of a map: a third of what a comment may hold."""
_FAR_KM, _NEAR_KM = 3_000, 300


@dataclass(frozen=True, slots=True)
class Map:
    """A GeoJSON document (empty where no target is shown) and how many targets are left out of it."""

    text: str
    left_out: int


def mapped(review: Review) -> Map:
    """Return the targets of orders that something is done about, or whose target differs; the old one beside the new.

    A target that makes the map too long is left out alone, so that smaller ones are still drawn.
    """
    features = list(_features(review))
    kept: list[str] = []
    left = _LONGEST
    for feature in features:
        if len(kept) < _MOST and len(feature) <= left:
            kept.append(feature)
            left -= len(feature)
    body = ",\n".join(kept)
    text = f'{{"type": "FeatureCollection", "features": [\n{body}\n]}}' if kept else ""
    return Map(text, len(features) - len(kept))


def _features(review: Review) -> Iterator[str]:
    for key, why in mapped_orders(review).items():
        order = review.orders[key]
        about = {"order": key, **why, "window": str(order.window)}
        old = review.before.get(key)
        if old is not None:
            yield _feature(old, {**about, "target": "at the provider", "stroke": "#888888", "marker-color": "#888888"})
        yield _feature(order.target, {**about, "target": "in Git"} if old is not None else about)


def _feature(target: Target, properties: Mapping[str, object]) -> str:
    size = {"area_km2": round(area(target), 2)} if isinstance(target, Polygon) else {}
    feature = {"type": "Feature", "properties": {**properties, **size}, "geometry": _rounded(geojson(target))}
    return json.dumps(feature).replace("`", "\\u0060")


def _rounded(value: object) -> object:
    """Leave out digits that are less than a provider tells places apart by."""
    match value:
        case float():
            return round(value, PLACES)
        case list():
            return [_rounded(each) for each in value]
        case dict():
            return {name: _rounded(each) for name, each in value.items()}
        case _:
            return value


def mapped_orders(review: Review) -> Mapping[OrderKey, Mapping[str, str]]:
    """Return the orders whose targets are shown, each with its action or finding."""
    found: dict[OrderKey, Mapping[str, str]] = {}
    for finding in review.findings:
        if finding.key in review.before:
            found[finding.key] = {"finding": str(finding.kind)}
    for action in review.actions:
        found[action.key] = {"action": action.kind}
    return {key: found[key] for key in sorted(found) if key in review.orders}


def look_swapped(keys: Iterable[OrderKey], targets: Mapping[OrderKey, Target]) -> tuple[OrderKey, ...]:
    """Return those of the orders whose target, with latitude and longitude exchanged, would lie beside another's.

    As they are, they lie more than 3,000 km from every other target; exchanged, within 300 km of one. There are no
    outlines of land to ask, and a folder's orders are rarely alone: few right targets are told, and not every wrong
    one. Others are compared by the square degree that they lie in, so that many are compared quickly.
    """
    squares: dict[Position, set[OrderKey]] = {}
    for key, target in targets.items():
        squares.setdefault(_square(_center(target)), set()).add(key)
    return tuple(key for key in keys if _looks_swapped(key, _center(targets[key]), squares))


def _looks_swapped(key: OrderKey, at: Position, squares: Mapping[Position, set[OrderKey]]) -> bool:
    swapped = (at[1], at[0])
    if abs(at[0]) > 90 or squares[_square(at)] != {key}:
        return False
    others = squares.keys() - {_square(at)}
    return not any(_km(at, o) <= _FAR_KM for o in others) and any(_km(swapped, o) <= _NEAR_KM for o in others)


def _square(at: Position) -> Position:
    """Return the middle of the square degree that a position lies in."""
    return at[0] // 1 + 0.5, at[1] // 1 + 0.5


def _center(target: Target) -> Position:
    if isinstance(target, Point):
        return target.longitude, target.latitude
    corners: Sequence[Position] = target.rings[0][:-1] or target.rings[0]
    longitude, latitude = (sum(values) / len(corners) for values in zip(*corners, strict=True))
    return longitude, latitude


def _km(a: Position, b: Position) -> float:
    """Return the distance on a sphere."""
    (east, north), (to_east, to_north) = (map(radians, position) for position in (a, b))
    chord = sin((to_north - north) / 2) ** 2 + cos(north) * cos(to_north) * sin((to_east - east) / 2) ** 2
    return 2 * 6371.0088 * asin(min(1.0, sqrt(chord)))
