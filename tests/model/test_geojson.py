"""Places: texts that equal ones share and others do not, and the area of a polygon."""

from __future__ import annotations

import pytest

from reconciler.model.geojson import area, geojson, place_of, polygon_of, target_in
from reconciler.model.geometry import Point, Polygon
from tests.providers.scenario import turned
from tests.providers.up42.scenario import SQUARE
from tests.providers.vantor.scenario import AREA, RING

HOLE = ((13.02, 52.02), (13.04, 52.02), (13.04, 52.04), (13.02, 52.02))
HOLED = Polygon((*SQUARE.rings, HOLE, tuple((x + 0.05, y) for x, y in HOLE)))


@pytest.mark.parametrize("back", [False, True])
@pytest.mark.parametrize("by", range(4))
def test_where_a_ring_starts_and_which_way_it_runs(by, back):
    """Neither makes a difference, nor do a repeated position, the order of holes, a height or a coordinate system."""
    outer, first, second = HOLED.rings
    ring = turned(outer, by, back)
    echo = [[*ring, ring[-1]], turned(second, by % 3, back), [[*position, 17.5] for position in turned(first, 0, back)]]
    assert place_of({"type": "Polygon", "coordinates": echo, "crs": {}}) == place_of(geojson(HOLED))
    assert place_of({"type": "MultiPolygon", "coordinates": [echo]}) == place_of(geojson(HOLED))
    assert place_of({"type": "MultiPolygon", "coordinates": [echo, echo]}) is None


def test_places_that_differ():
    """A meter of difference is one; so is a hole, and a point is no polygon."""
    moved = Polygon((tuple((x + 1e-5, y) for x, y in SQUARE.rings[0]),))
    places = [SQUARE, moved, HOLED, Polygon(HOLED.rings[:2]), Point(13.0, 52.0), Point(52.0, 13.0)]
    assert len({place_of(geojson(place)) for place in places}) == len(places)
    assert place_of(geojson(SQUARE)).startswith("polygon of 4 corners (")
    assert place_of(geojson(Point(13.0, -0.0))) == place_of(geojson(Point(13.0, 0.0))) == "point 13.0, 0.0"


UNREADABLE = [
    None,
    "x",
    {},
    {"type": "Point"},
    {"type": "Point", "coordinates": [1]},
    {"type": "Point", "coordinates": [True, 1]},
    {"type": "Point", "coordinates": "12"},
    {"type": "Polygon", "coordinates": []},
    {"type": "Polygon", "coordinates": [[]]},
    {"type": "Polygon", "coordinates": [[["x", 1]]]},
    {"type": "Polygon", "coordinates": {}},
    {"type": "LineString", "coordinates": [[1, 2], [3, 4]]},
]


@pytest.mark.parametrize("geometry", UNREADABLE)
def test_a_geometry_that_cannot_be_read(geometry):
    """It is no place and no target, and raises nothing."""
    assert place_of(geometry) is None
    assert polygon_of(geometry) is None
    assert target_in(geometry) is None


@pytest.mark.parametrize("target", [Point(13.4, -52.5), SQUARE, HOLED])
def test_a_target_reads_back_equal(target):
    """The GeoJSON of a point or a polygon, holes included, is that target; so is a MultiPolygon around the polygon."""
    written = geojson(target)
    assert target_in(written) == target
    if isinstance(target, Polygon):
        assert target_in({"type": "MultiPolygon", "coordinates": [written["coordinates"]]}) == target


def test_a_target_has_closed_rings_without_heights_and_digits_that_do_not_count():
    """Providers write more, or less, than a manifest may state: an open ring, a height, a tenth decimal place."""
    shown = [[13.0000004, 52.0, 80.5], [13.1, 52.0, 80.5], [13.1, 52.1, 80.5]]
    corners = ((13.0, 52.0), (13.1, 52.0), (13.1, 52.1))
    assert target_in({"type": "Polygon", "coordinates": [shown]}) == Polygon(((*corners, corners[0]),))
    assert target_in({"type": "Point", "coordinates": shown[0]}) == Point(13.0, 52.0)


def test_a_multipolygon_of_several_polygons_is_no_target():
    """An order has one target: none of several is chosen for it."""
    rings = geojson(SQUARE)["coordinates"]
    assert target_in({"type": "MultiPolygon", "coordinates": [rings, rings]}) is None


def test_a_ring_of_one_corner():
    """An area below what six decimal places tell is a place still."""
    shown = {"type": "Polygon", "coordinates": [[[1.0, 2.0], [1.0, 2.0 + 1e-8], [1.0, 2.0]]]}
    assert place_of(shown).startswith("polygon of 1 corners (")


def test_texts_never_change():
    """They are kept in state files, where another text for the same place would be an edit."""
    assert place_of(geojson(SQUARE)) == "polygon of 4 corners (131a7b292907)"
    assert place_of(geojson(HOLED)) == "polygon of 4 corners and 2 holes (4ea16a613555)"
    assert place_of(geojson(Point(13.0000004, 52.0))) == "point 13.0, 52.0"


def test_where_only_a_polygon_is_a_place():
    """A point is none there, nor is a MultiPolygon, whatever is in it."""
    square = geojson(SQUARE)
    assert polygon_of(square) == place_of(square)
    assert polygon_of(geojson(Point(13.0, 52.0))) is None
    assert polygon_of({"type": "MultiPolygon", "coordinates": [square["coordinates"]]}) is None


def test_the_area_of_the_vendors_example():
    """As measured: 63.89 km²; a hole is left out."""
    assert area(AREA) == pytest.approx(63.89, abs=0.1)
    assert area(Polygon((RING, RING))) == 0
