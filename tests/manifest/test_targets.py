"""Targets: points and polygons in WGS 84, inline or in a file of their own, one order for each geometry."""

from __future__ import annotations

import json
import os

import pytest

from reconciler.model.geometry import Point, Polygon

from .folder import ORDER, Case, Folder, cases

SQUARE = [[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]
POINT = {"type": "Point", "coordinates": [133.882675, -23.700552]}


def order_with(target: str, name: str) -> str:
    """Return the good order under another name, with another target."""
    inline = ORDER.split("target: ")[1].split("\n")[0]
    return ORDER.replace("name: one", f"name: {name}").replace(inline, target)


def feature(geometry: object) -> dict[str, object]:
    return {"type": "Feature", "properties": None, "geometry": geometry}


@pytest.mark.parametrize("case", cases("target"))
def test_a_mistake_in_a_target(folder: Folder, case: Case) -> None:
    """It is reported at the position, ring or geometry at fault, with what to write instead."""
    folder.target(case["target"])
    assert folder.problems() == [f"order.yaml:{said}" for said in case["says"].split("\n")]


def test_one_geometry_keeps_the_bare_name(folder: Folder) -> None:
    """However deep it is wrapped."""
    folder.target(json.dumps({"type": "FeatureCollection", "features": [feature(POINT)]}))
    orders = folder.load().orders
    assert [(order.key, order.target) for order in orders] == [("one", Point(133.882675, -23.700552))]


def test_several_geometries_are_numbered_in_their_order(folder: Folder) -> None:
    """MultiPoint, MultiPolygon and features count through."""
    mixed = [
        {"type": "MultiPoint", "coordinates": [[5, 5], [6, 6]]},
        {"type": "MultiPolygon", "coordinates": [[SQUARE]]},
    ]
    folder.target(json.dumps({"type": "FeatureCollection", "features": [feature(each) for each in mixed]}))
    orders = folder.load().orders
    assert [order.key for order in orders] == ["one/1", "one/2", "one/3"]
    assert orders[0].target == Point(5.0, 5.0)
    assert isinstance(orders[2].target, Polygon)
    assert orders[2].target.rings[0][1] == (1.0, 0.0)


def test_a_hole_stays_a_hole(folder: Folder) -> None:
    """The outer ring comes first."""
    outer = [[0, 0], [9, 0], [9, 9], [0, 9], [0, 0]]
    hole = [[1, 1], [1, 2], [2, 2], [1, 1]]
    folder.target(json.dumps({"type": "Polygon", "coordinates": [outer, hole]}))
    target = folder.load().orders[0].target
    assert isinstance(target, Polygon)
    assert len(target.rings) == 2


def test_a_file_is_found_beside_its_manifest(folder: Folder) -> None:
    """The path is relative to the manifest that names it; `..` is fine while it stays in the folder."""
    folder.write("areas/aoi.geojson", json.dumps(POINT))
    folder.write("deep/order.yaml", order_with("{file: ../areas/aoi.geojson}", "two"))
    assert [order.key for order in folder.load().orders] == ["two", "one"]


def test_a_file_may_hold_what_other_programs_write(folder: Folder) -> None:
    """Foreign members, a WGS 84 `crs`, a byte order mark, tabs, and characters escaped in pairs."""
    folder.target("{file: aoi.geojson}")
    collection = {
        "type": "FeatureCollection",
        "name": "layer",
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}},
        "made:by": "another program",
        "features": [{**feature(POINT), "properties": {"title": "\U0001f6f0 \\ud83d"}}],
    }
    folder.write("aoi.geojson", b"\xef\xbb\xbf" + json.dumps(collection, indent="\t").encode())
    assert folder.load().orders[0].target == Point(133.882675, -23.700552)


def test_a_mistake_in_a_file_has_that_files_line(folder: Folder) -> None:
    """Also behind characters that JSON escapes in pairs."""
    folder.target("{file: aoi.geojson}")
    geometry = '{"type": "Point", "coordinates": [1, 99]}'
    folder.write(
        "aoi.geojson", '{"type": "Feature", "properties": {"a": "\\ud83d\\ude00"},\n "geometry": ' + geometry + "}"
    )
    assert folder.problems() == [
        "aoi.geojson:2:47: geometry.coordinates: latitude 99 is out of range; probably swapped: "
        "GeoJSON has longitude first, write [99, 1]"
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"type": "Point",\n "coordinates": [1, 2', "aoi.geojson:2:22: not valid JSON: Expecting ',' delimiter"),
        ("", "aoi.geojson:1:1: not valid JSON: Expecting value"),
        ("type: Point", "aoi.geojson:1:1: not valid JSON: Expecting value"),
        ('{"type": 1, "type": "Point"}', "aoi.geojson:1:13: duplicate key `type`: it already stands at line 1"),
        ('{"type": "Point", "coordinates": [NaN, 2]}', "aoi.geojson:1:1: not valid JSON: NaN is not a number in JSON"),
        ("[" * 100_000, "aoi.geojson:1:1: nested too deeply"),
        ("[]", "aoi.geojson:1:1: expected GeoJSON, found a list"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_geojson(folder: Folder, text: str, said: str) -> None:
    """It is refused in its own name."""
    folder.target("{file: aoi.geojson}")
    folder.write("aoi.geojson", text)
    assert folder.problems() == [said]


def test_a_problem_in_a_shared_file_is_told_once(folder: Folder) -> None:
    """Though two orders use the file."""
    folder.target("{file: aoi.geojson}")
    folder.write("second.yaml", (folder.root / "order.yaml").read_text().replace("name: one", "name: two"))
    folder.write("aoi.geojson", '{"type": "Point"}')
    assert folder.problems() == ["aoi.geojson:1:1: coordinates: is missing"]


def test_a_link_out_of_the_folder_is_refused(folder: Folder) -> None:
    """Neither a linked file nor a file in a linked folder is read."""
    outside = folder.root.parent / "outside"
    outside.mkdir()
    (outside / "aoi.geojson").write_text(json.dumps(POINT))
    os.symlink(outside / "aoi.geojson", folder.root / "link.geojson")
    os.symlink(outside, folder.root / "linked")
    folder.target("{file: link.geojson}")
    folder.write("second.yaml", order_with("{file: linked/aoi.geojson}", "two"))
    said = "leaves the manifest folder: put the file below it"
    assert folder.problems() == [
        "linked:1:1: a symbolic link that leaves the folder: put the file itself here",
        f"order.yaml:7:18: spec.target.file: `link.geojson` {said}",
        f"second.yaml:7:18: spec.target.file: `linked/aoi.geojson` {said}",
    ]


def test_a_folder_or_a_pipe_is_no_target(folder: Folder) -> None:
    """Reading a pipe would wait for ever."""
    os.mkfifo(folder.root / "pipe")
    folder.target("{file: pipe}")
    assert folder.problems() == ["order.yaml:7:18: spec.target.file: manifests/pipe: is not a regular file"]


def test_a_million_vertices_are_refused(folder: Folder) -> None:
    """By size where the file is large, by count where it is not."""
    folder.target("{file: aoi.geojson}")
    for positions, said in ((1_000_000, "5 MiB"), (600_000, "10,000 positions")):
        folder.write("aoi.geojson", '{"type":"Polygon","coordinates":[[' + "[1,2]," * positions + "[1,2]]]}")
        assert said in folder.problems()[0]


def test_too_many_geometries_are_refused(folder: Folder) -> None:
    """A thousand orders from one target are a mistake."""
    folder.target(json.dumps({"type": "MultiPoint", "coordinates": [[0, i / 100] for i in range(1001)]}))
    assert folder.problems() == ["order.yaml:7:11: spec.target: more than 1,000 geometries: split the target"]
