"""The map of targets: valid GeoJSON of what a plan is about, old beside new, and what looks wrong on it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from reconciler.model.geometry import Point
from reconciler.model.ids import OrderKey
from reconciler.plan.findings import FindingKind
from reconciler.render.maps import look_swapped, mapped
from reconciler.render.review import Review

from .factories import finding, order, orders, place, plan, square

SPOT = OrderKey("spot")


def features(review: Review) -> list[dict]:
    """Return what is drawn."""
    document = json.loads(mapped(review).text)
    assert document["type"] == "FeatureCollection"
    return document["features"]


def test_the_target_of_each_action_is_drawn():
    """With its order, the action, the window and, of an area, its size; an order that needs nothing is not drawn."""
    stated = orders(order("point"), order("area", square()), order("steady"))
    drawn = features(Review(plan=plan(place("point"), place("area")), orders=stated))
    assert [each["properties"] for each in drawn] == [
        {
            "order": "area",
            "action": "place",
            "window": "2026-12-01T08:30:00Z to 2026-12-03T08:30:00Z",
            "area_km2": pytest.approx(76.0, abs=0.5),
        },
        {"order": "point", "action": "place", "window": "2026-12-01T08:30:00Z to 2026-12-03T08:30:00Z"},
    ]
    assert drawn[1]["geometry"] == {"type": "Point", "coordinates": [133.88, -23.7]}


def test_an_edited_target_is_drawn_beside_the_old_one():
    """The provider's in gray before Git's; each says which one it is."""
    stated, before = orders(order(target=square(14))), {SPOT: square(13)}
    drawn = features(Review(plan=plan(findings=(finding(FindingKind.DRIFTED),)), orders=stated, before=before))
    told = [(each["properties"]["finding"], each["properties"]["target"]) for each in drawn]
    assert told == [("drifted", "at the provider"), ("drifted", "in Git")]
    assert [each["geometry"]["coordinates"][0][0] for each in drawn] == [[13.0, 52.0], [14.0, 52.0]]


def test_a_finding_about_something_else_is_not_drawn():
    """A map shows what a reviewer has to look at on a map."""
    assert mapped(Review(plan=plan(findings=(finding(),)), orders=orders(order()))).text == ""


def test_an_order_that_no_manifest_states_is_not_drawn():
    """What is canceled because its manifest has gone has no target here."""
    assert mapped(Review(plan=plan(place()))) == mapped(Review(plan=plan()))


def test_more_than_fifty_are_left_out_and_counted():
    """What a code host draws stays readable."""
    keys = [f"order-{number:03}" for number in range(60)]
    drawn = mapped(Review(plan=plan(*map(place, keys)), orders=orders(*map(order, keys))))
    assert (len(json.loads(drawn.text)["features"]), drawn.left_out) == (50, 10)


def test_a_target_that_is_too_long_is_left_out_alone():
    """Those before and after it are drawn."""
    keys = ("a", "b", "c")
    stated = orders(order("a"), order("b", square(corners=2_000)), order("c"))
    drawn = mapped(Review(plan=plan(*map(place, keys)), orders=stated))
    assert [each["properties"]["order"] for each in json.loads(drawn.text)["features"]] == ["a", "c"]
    assert drawn.left_out == 1
    assert len(drawn.text) < 1_000


def test_digits_that_tell_no_places_apart_are_left_out():
    """A tenth of a meter is enough."""
    stated = orders(order(target=Point(1.23456789012, -7.0)))
    (drawn,) = features(Review(plan=plan(place()), orders=stated))
    assert drawn["geometry"]["coordinates"] == [1.234568, -7.0]


def test_nothing_in_it_closes_a_fence():
    """A backtick is written as JSON's escape for it."""
    status = replace(order(), key=OrderKey("a```b"))
    drawn = mapped(Review(plan=plan(place("a```b")), orders=orders(status)))
    assert "`" not in drawn.text
    assert json.loads(drawn.text)["features"][0]["properties"]["order"] == "a```b"


BERLIN, POTSDAM, SYDNEY = Point(13.4, 52.5), Point(13.06, 52.4), Point(151.2, -33.9)
IN_THE_GULF_OF_ADEN = Point(52.5, 13.4)

SWAPPED = [
    ({"a": IN_THE_GULF_OF_ADEN, "b": BERLIN}, ["a", "b"]),
    ({"a": IN_THE_GULF_OF_ADEN, "b": BERLIN, "c": POTSDAM}, ["a"]),
    ({"a": IN_THE_GULF_OF_ADEN, "b": BERLIN, "c": Point(50.0, 10.0)}, ["b"]),
    ({"a": BERLIN, "b": POTSDAM, "c": SYDNEY}, []),
    ({"a": SYDNEY}, []),
    ({"a": Point(-33.9, 18.4), "b": Point(18.4, -33.9), "c": Point(18.5, -33.8)}, ["a"]),
    ({"a": Point(30.0, 31.0), "b": Point(31.0, 30.0)}, []),
    ({"a": square(52.5, 13.4), "b": square(13.4, 52.5), "c": POTSDAM}, ["a"]),
    ({"a": Point(120.0, 10.0), "b": Point(-170.0, 60.0)}, []),
    ({"a": Point(-70.0, -33.0), "b": BERLIN}, []),
    ({}, []),
]


@pytest.mark.parametrize(("targets", "told"), SWAPPED)
def test_latitude_and_longitude_look_swapped(targets, told):
    """Far from every other target as it is, and beside one when exchanged; of two alone, both are asked about."""
    assert list(look_swapped(targets, targets)) == told


def test_many_targets_are_compared_quickly():
    """Ten thousand in two places, and one swapped: nobody waits for it."""
    targets = {f"a{n}": Point(13 + n % 100 / 10, 52 + n // 100 / 50) for n in range(5_000)}
    targets |= {f"b{n}": Point(140 + n % 100 / 10, -30 + n // 100 / 50) for n in range(5_000)}
    targets["wrong"] = Point(52.5, 13.4)
    assert list(look_swapped(targets, targets)) == ["wrong"]
