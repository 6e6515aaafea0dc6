"""Several orders in one manifest: what names them, and what a manifest states of single ones."""

from __future__ import annotations

import json

import pytest

from reconciler.model.order import Cancellation, Siblings
from tests.manifest.folder import Folder

_POINT = "{type: Point, coordinates: [133.882675, -23.700552]}"
_TWO = "{type: MultiPoint, coordinates: [[1, 2], [3, 4]]}"
_BERTHS = "{file: ports.geojson, keyBy: berth}"


def _collection(*features: dict[str, object], kind: str = "Point") -> str:
    places = [
        {"type": "Feature", "geometry": {"type": kind, "coordinates": [10 + n, 20] if kind == "Point" else [[n, 20]]}}
        for n in range(len(features))
    ]
    return json.dumps({"type": "FeatureCollection", "features": [a | b for a, b in zip(places, features, strict=True)]})


def _berth(name: object) -> dict[str, object]:
    return {"properties": {"berth": name}}


def _ports(folder: Folder, *names: object, target: str = _BERTHS, more: str = "") -> None:
    folder.write("ports.geojson", _collection(*map(_berth, names)))
    folder.order(_POINT, target, more=more)


def test_a_property_names_the_orders_of_a_file(folder: Folder) -> None:
    """Each feature's value is the last part of its order's key."""
    _ports(folder, "berth-7", "B_8.a")
    orders = folder.load().orders
    assert [o.key for o in orders] == ["one/berth-7", "one/B_8.a"]
    assert [o.target.longitude for o in orders] == [10, 11]


def test_a_single_feature_has_its_name_too(folder: Folder) -> None:
    """Otherwise a second feature would rename the first."""
    _ports(folder, "berth-7")
    assert [o.key for o in folder.load().orders] == ["one/berth-7"]


@pytest.mark.parametrize(
    "features", [({"id": "a"}, {"id": 12}), ({"id": "a"}, {"properties": {"id": "12"}})], ids=["members", "a property"]
)
def test_the_id_of_a_feature_names_its_order(folder: Folder, features: tuple[dict[str, object], ...]) -> None:
    """A number is taken as its digits; a feature without an id has a property of that name."""
    folder.write("ports.geojson", _collection(*features))
    folder.order(_POINT, "{file: ports.geojson, keyBy: id}")
    assert [o.key for o in folder.load().orders] == ["one/a", "one/12"]


def test_features_in_a_manifest_are_named_alike(folder: Folder) -> None:
    """With `keyBy` beside `features`."""
    collection = json.loads(_collection(_berth("a"), _berth("b")))
    folder.order(_POINT, json.dumps(collection | {"keyBy": "berth"}))
    assert [o.key for o in folder.load().orders] == ["one/a", "one/b"]


def test_a_file_of_two_manifests_may_name_one_of_them(folder: Folder) -> None:
    """What a file was read as depends on the property, too."""
    _ports(folder, "a", "b")
    text = (folder.root / "order.yaml").read_text()
    folder.write("two.yaml", text.replace("name: one", "name: two").replace(", keyBy: berth", ""))
    assert [o.key for o in folder.load().orders] == ["one/a", "one/b", "two/1", "two/2"]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("a", "a"), "features[1].properties.berth: `a` is the name of an order already, at features[0].properties"),
        (("a", None), "features[1]: has no `berth`, by which `keyBy` names its order"),
        (("a", "b c"), "features[1].properties.berth: `b c` cannot name an order: `keyBy` takes letters, digits, "),
        (("a", "way/1"), "features[1].properties.berth: `way/1` cannot name an order"),
        (("a", "from"), "features[1].properties.berth: `from` cannot name an order"),
        (("a", ""), "features[1].properties.berth: an empty text cannot name an order"),
        (("a", "b" * 64), "cannot name an order"),
        (("a", 1.5), "features[1].properties.berth: 1.5 cannot name an order"),
        (("a", True), "features[1].properties.berth: true cannot name an order"),
    ],
)
def test_a_value_that_names_no_order_is_refused(folder: Folder, names: tuple[object, ...], said: str) -> None:
    """In the file, at its line."""
    _ports(folder, *names)
    (problem,) = folder.problems()
    assert problem.startswith("ports.geojson:1:")
    assert said in problem


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (
            "{file: ports.geojson, keyBy: 3}",
            "7:40: spec.target.keyBy: expected `id` or the name of a property, found 3",
        ),
        ("{file: ports.geojson, keyBy: ''}", "7:40: spec.target.keyBy: expected `id` or the name of a property"),
        ("{type: Point, coordinates: [1, 2], keyBy: id}", "spec.target: `keyBy` names features: put the Point into a"),
        ("{file: ports.geojson, keyby: a}", "7:33: spec.target.keyby: unknown field beside `file`"),
    ],
)
def test_a_wrong_key_by_is_refused(folder: Folder, target: str, said: str) -> None:
    """At its own place."""
    _ports(folder, "a", "b", target=target)
    (problem,) = folder.problems()
    assert said in problem


def test_one_name_cannot_stand_for_two_geometries(folder: Folder) -> None:
    """A feature of several geometries is several orders."""
    two = {**_berth("a"), "geometry": {"type": "MultiPoint", "coordinates": [[1, 2], [3, 4]]}}
    folder.write("ports.geojson", _collection(two))
    folder.order(_POINT, _BERTHS)
    (problem,) = folder.problems()
    assert "features[0].geometry: `keyBy` names one order: make a feature of each" in problem


def test_single_orders_have_attempts_of_their_own(folder: Folder) -> None:
    """They outrank the common one, which the others keep; numbers need no quotes."""
    folder.order(_POINT, _TWO, more="  attempt: 2\n  attempts: {2: 3}\n")
    first, second = folder.load().orders
    assert (first.attempt, first.common_attempt) == (2, 2)
    assert (second.attempt, second.common_attempt) == (3, None)
    assert first.siblings == second.siblings == Siblings(attempts={"2": 3})


def test_the_attempt_of_a_single_order_is_its_own(folder: Folder) -> None:
    """Nothing is shared by one."""
    folder.order(more="  attempt: 2\n")
    order = folder.load().orders[0]
    assert (order.attempt, order.common_attempt, order.siblings) == (2, None, None)


def test_a_cancellation_of_some_is_of_no_other(folder: Folder) -> None:
    """One, or a list."""
    folder.order(_POINT, _TWO, more="  cancel: {reason: late, only: 2}\n")
    first, second = folder.load().orders
    assert (first.cancel, second.cancel) == (None, Cancellation(reason="late", only=("2",)))
    folder.order(_POINT, _TWO, more="  cancel: {reason: late, only: [1, 2]}\n")
    assert [o.canceled for o in folder.load().orders] == [True, True]


def test_a_cancellation_of_all_is_of_each(folder: Folder) -> None:
    """Without `only`."""
    folder.order(_POINT, _TWO, more="  cancel: {reason: late}\n")
    assert [o.canceled for o in folder.load().orders] == [True, True]


def test_orders_move_one_by_one(folder: Folder) -> None:
    """From a manifest of one geometry to one of several, and from positions to names."""
    _ports(folder, "a", "b", more="  moved: {a: one/2, b: old}\n")
    first, second = folder.load().orders
    assert (first.moved_from, second.moved_from) == ("one/2", "old")


def test_named_orders_move_together(folder: Folder) -> None:
    """Of a renamed manifest, each keeps its own last part."""
    _ports(folder, "a", "b", more="  moved: {from: old}\n")
    assert [o.moved_from for o in folder.load().orders] == ["old/a", "old/b"]


@pytest.mark.parametrize(
    ("target", "more", "said"),
    [
        (_POINT, "attempts: {2: 2}", "spec.attempts: there is one order here, for the target has one geometry: write"),
        (_POINT, "moved: {form: old}", "spec.moved.form: there is one order here"),
        (_POINT, "cancel: {reason: late, only: 1}", "spec.cancel.only: there is one order here"),
        (_TWO, "attempts: {3: 2}", "spec.attempts.3: there is no order `3` here: expected `1` or `2`"),
        (_TWO, "attempts: {2: 0}", "spec.attempts.2: "),
        (_TWO, "attempts: {2: 101}", "spec.attempts.2: "),
        (_TWO, "moved: {3: old}", "spec.moved.3: there is no order `3` here: expected `1`, `2` or `from`"),
        (_TWO, "moved: {form: old}", "spec.moved.form: there is no order `form` here; did you mean `from`?"),
        (_TWO, "moved: {from: old, 1: x}", "spec.moved.from: names the manifest that all orders were in"),
        (_TWO, "cancel: {reason: late, only: [3]}", "spec.cancel.only: there is no order `3` here"),
        (_TWO, "cancel: {reason: late, only: [1.5]}", "spec.cancel.only: expected the last part of an order's name"),
        (_TWO, "cancel: {reason: late, only: []}", "an empty list names none"),
        (_TWO, "moved: {1: old, 2: old}", "spec.moved: `old` is stated at"),
    ],
)
def test_what_names_no_order_is_refused(folder: Folder, target: str, more: str, said: str) -> None:
    """At its own place, with what is known."""
    folder.order(_POINT, target, more=f"  {more}\n")
    (problem,) = folder.problems()
    assert said in problem
