"""GeoJSON (RFC 7946) to targets: one order for each geometry, every mistake at its own path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.manifest.fields import names_an_order
from reconciler.manifest.rings import Ring, Steps, place, ring_findings, shape_findings
from reconciler.manifest.wording import alternatives_text, dotted, nearest, quoted, suggestion
from reconciler.model.geojson import geojson, place_of
from reconciler.model.geometry import Point, Polygon, Position, Target

MAX_VERTICES = 10_000
"""Positions of one target, over all of its geometries."""
MAX_GEOMETRIES = 1_000

_GEOMETRIES = ("Point", "Polygon", "MultiPoint", "MultiPolygon")
_TYPES = (*_GEOMETRIES, "Feature", "FeatureCollection")
_UNSUITED = ("LineString", "MultiLineString", "GeometryCollection")
_MEMBERS = {
    "Feature": ("type", "geometry", "properties", "id", "bbox"),
    "FeatureCollection": ("type", "features", "bbox", "name", "crs"),
}
_GEOMETRY_MEMBERS = ("type", "coordinates", "bbox", "crs")
_WGS84 = ("CRS84", "EPSG::4326", "EPSG:4326")


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A sound geometry, where it is, and the name that `keyBy` gives its order."""

    target: Target
    path: Steps
    name: str | None = None


class _TooMany(Exception):
    """More positions or geometries than are read at all."""


@dataclass(slots=True, kw_only=True)
class GeoJson:
    """Reads one GeoJSON value. `findings` are the mistakes, `targets` the sound geometries with their paths.

    `strict` refuses members that GeoJSON does not name: in a manifest they are typing mistakes, in a file made by
    another program they are that program's own. `key_by` is the property, or `id`, that names the order of a feature.
    """

    strict: bool
    key_by: str | None = None
    findings: list[tuple[Steps, str]] = field(default_factory=list)
    targets: list[Placed] = field(default_factory=list)
    _vertices: int = 0
    _name: str | None = None
    _names: dict[str, Steps] = field(default_factory=dict)
    _seen: dict[str | None, Steps] = field(default_factory=dict)
    """Where each target is, by the text that equal ones share: rings that are turned or begun elsewhere are equal."""

    def read(self, value: object) -> None:
        """Read a geometry, a feature or a collection of features."""
        try:
            self._object(value, (), _TYPES)
        except _TooMany as e:
            self.targets.clear()
            self._refuse((), str(e))

    def _refuse(self, path: Steps, message: str) -> None:
        self.findings.append((path, message))

    def _object(self, value: object, path: Steps, allowed: tuple[str, ...]) -> None:
        if not isinstance(value, dict):
            self._refuse(path, f"expected GeoJSON, found {quoted(value)}")
            return
        kind = value.get("type")
        if not isinstance(kind, str) or kind not in allowed:
            self._refuse(path if kind is None else (*path, "type"), _wrong_type(kind, allowed))
            return
        self._members(value, path, _MEMBERS.get(kind, _GEOMETRY_MEMBERS))
        if kind == "FeatureCollection":
            self._features(value, path)
        elif kind == "Feature":
            self._geometry_of(value, path)
        else:
            self._geometry(kind, value, path)

    def _members(self, value: Mapping[str, object], path: Steps, known: tuple[str, ...]) -> None:
        if self.strict:
            for name in value:
                if name not in known:
                    self._refuse((*path, name), f"unknown field{suggestion(name, known)}")
        crs = value.get("crs")
        if crs is not None and not any(name in str(crs) for name in _WGS84):
            self._refuse((*path, "crs"), "coordinates must be WGS 84 longitude and latitude: convert them")

    def _features(self, value: Mapping[str, object], path: Steps) -> None:
        features = value.get("features")
        if not isinstance(features, list):
            missing = "features" not in value
            self._refuse((*path, "features"), "is missing" if missing else f"expected a list, found {quoted(features)}")
            return
        if not features:
            self._refuse((*path, "features"), "the collection is empty: there is nothing to order")
        for index, feature in enumerate(features):
            self._object(feature, (*path, "features", index), ("Feature",))

    def _geometry_of(self, value: Mapping[str, object], path: Steps) -> None:
        geometry, before = value.get("geometry"), len(self.targets)
        self._name = self._named(value, path) if self.key_by is not None else None
        if geometry is None:
            self._refuse((*path, "geometry"), "the feature has no geometry")
        else:
            self._object(geometry, (*path, "geometry"), _GEOMETRIES)
        if self.key_by is not None and len(self.targets) - before > 1:
            self._refuse((*path, "geometry"), "`keyBy` names one order: make a feature of each of these geometries")

    def _named(self, feature: Mapping[str, object], path: Steps) -> str | None:
        """Return the name of a feature's order."""
        value, where = _value_of(feature, self.key_by or "", path)
        if value is None:
            self._refuse(path, f"has no `{self.key_by}`, by which `keyBy` names its order")
            return None
        name = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if not isinstance(name, str) or not names_an_order(name):
            allowed = "letters, digits, `.`, `_` and `-`, 63 at most, such as berth-7"
            self._refuse(where, f"{quoted(value)} cannot name an order: `keyBy` takes {allowed}")
            return None
        if name in self._names:
            self._refuse(where, f"{quoted(name)} is the name of an order already, at {dotted(self._names[name])}")
        self._names.setdefault(name, where)
        return name

    def _geometry(self, kind: str, value: Mapping[str, object], path: Steps) -> None:
        if self.key_by is not None and self._name is None and "geometry" not in path:
            self._refuse(path, f"`keyBy` names features: put the {kind} into a Feature or a FeatureCollection")
        path = (*path, "coordinates")
        if "coordinates" not in value:
            if not (self.strict and any(nearest(name, _GEOMETRY_MEMBERS) == "coordinates" for name in value)):
                self._refuse(path, "is missing")
            return
        coordinates = value["coordinates"]
        read_one = self._point if kind.endswith("Point") else self._polygon
        if not kind.startswith("Multi"):
            self._add(read_one(coordinates, path), path)
            return
        for index, each in enumerate(self._list(coordinates, path, "a list of geometries")):
            self._add(read_one(each, (*path, index)), (*path, index))

    def _add(self, target: Target | None, path: Steps) -> None:
        if target is None:
            return
        same = place_of(geojson(target))
        if same in self._seen:
            self._refuse(path, "the same geometry is here twice: it would be ordered twice")
            return
        self._seen[same] = path
        self.targets.append(Placed(target=target, path=path, name=self._name))
        if len(self.targets) > MAX_GEOMETRIES:
            raise _TooMany(f"more than {MAX_GEOMETRIES:,} geometries: split the target")

    def _point(self, value: object, path: Steps) -> Point | None:
        position = self._position(value, path)
        return Point(*position) if position else None

    def _polygon(self, value: object, path: Steps) -> Polygon | None:
        findings = len(self.findings)
        rings = tuple(
            self._ring(ring, (*path, index)) for index, ring in enumerate(self._list(value, path, "a list of rings"))
        )
        if len(self.findings) > findings or not rings:
            return None
        for below, message in shape_findings(rings):
            self._refuse((*path, *below), message)
        return Polygon(rings)

    def _ring(self, value: object, path: Steps) -> Ring:
        findings = len(self.findings)
        read = (
            self._position(each, (*path, index))
            for index, each in enumerate(self._list(value, path, "a ring, a list of positions"))
        )
        ring = tuple(position for position in read if position)
        if len(self.findings) == findings:
            for below, message in ring_findings(ring):
                self._refuse((*path, *below), message)
        return ring

    def _list(self, value: object, path: Steps, expected: str) -> list[object]:
        if not isinstance(value, list):
            self._refuse(path, f"expected {expected}, found {quoted(value)}")
            return []
        if not value:
            self._refuse(path, f"expected {expected}, found none")
        return value

    def _position(self, value: object, path: Steps) -> Position | None:
        self._vertices += 1
        if self._vertices > MAX_VERTICES:
            raise _TooMany(f"more than {MAX_VERTICES:,} positions: simplify the area")
        message = _position_problem(value)
        if message:
            self._refuse(path, message)
            return None
        assert isinstance(value, list)
        return float(value[0]), float(value[1])


def _value_of(feature: Mapping[str, object], name: str, path: Steps) -> tuple[object, Steps]:
    """Return what a feature has under a name, and where: its `id`, or a property."""
    if name == "id" and feature.get("id") is not None:
        return feature["id"], (*path, "id")
    properties = feature.get("properties")
    return (properties.get(name) if isinstance(properties, dict) else None), (*path, "properties", name)


def _wrong_type(kind: object, allowed: tuple[str, ...]) -> str:
    if kind is None:
        return "`type` is missing: write GeoJSON (`type` and `coordinates`), or `file` and a path"
    if kind in _UNSUITED:
        return f"{kind} cannot be ordered: use {alternatives_text(_GEOMETRIES)}"
    near = suggestion(kind, allowed) if isinstance(kind, str) else ""
    return f"expected {alternatives_text(allowed)}, found {quoted(kind)}{near}"


def _position_problem(value: object) -> str | None:
    if not isinstance(value, list) or len(value) < 2:
        return f"expected a position, [longitude, latitude], found {quoted(value)}"
    if len(value) > 2:
        return "a position is [longitude, latitude]: remove the altitude"
    for number in value:
        if isinstance(number, bool) or not isinstance(number, int | float):
            return f"expected a number of degrees, found {quoted(number)}"
    longitude, latitude = value
    if -180 <= longitude <= 180 and -90 <= latitude <= 90:
        return None
    if -90 <= longitude <= 90 and -180 <= latitude <= 180:
        swapped = place(latitude, longitude)
        return f"latitude {latitude!r} is out of range; probably swapped: GeoJSON has longitude first, write {swapped}"
    which = "longitude" if not -180 <= longitude <= 180 else "latitude"
    bounds = "-180 to 180" if which == "longitude" else "-90 to 90"
    return f"{which} {quoted(longitude if which == 'longitude' else latitude)} is outside {bounds} degrees"
