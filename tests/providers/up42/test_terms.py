"""Terms both ways: what was ordered compares equal to what UP42 says of it, and nothing else does."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.model.geojson import geojson
from reconciler.model.geometry import Point, Polygon
from reconciler.model.ids import AccountName
from reconciler.model.offer import Offers
from reconciler.model.terms import same
from reconciler.providers.up42.driver import DRIVER
from reconciler.providers.up42.parse import read_order
from reconciler.providers.up42.terms import ANSWERED, body, change, milliseconds

from ..scenario import REFERENCE, START, turned
from .scenario import BUDGET_ID, PARAMS, PRODUCT, order, order_body

ACCOUNT = AccountName("up42-prod")


def observed(details=None, **changes):
    return read_order(order_body(details, **changes), ACCOUNT, Offers())


def differences(desired, seen) -> set[str]:
    """As the plan compares them: what is never shown is left out, and so is what an answer may leave out and does."""
    traits, stated = DRIVER.traits, DRIVER.terms(desired)
    silent = traits.unobservable | {name for name in traits.optional if name not in seen.terms}
    return {n for n, v in stated.items() if n not in silent and not same(v, seen.terms.get(n), tolerance=0)}


def test_the_order_body_field_by_field():
    """One feature; window, geometry and name come from their own fields, our reference stands twice."""
    desired = order(displayName="my text", tags=["b c", "a"], budgetId=BUDGET_ID, params={**PARAMS, "deliveredAs": "x"})
    square = [[[13.0, 52.0], [13.1, 52.0], [13.1, 52.1], [13.0, 52.1], [13.0, 52.0]]]
    feature = {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": square}}
    window = {"acquisitionStart": "2026-12-04T00:00:00.000Z", "acquisitionEnd": "2027-01-03T00:00:00.000Z"}
    assert body(desired, product=PRODUCT, reference=REFERENCE) == {
        "dataProduct": PRODUCT,
        "displayName": f"my text {REFERENCE}",
        "params": {**PARAMS, "deliveredAs": "x", **window},
        "featureCollection": {"type": "FeatureCollection", "features": [feature]},
        "tags": [REFERENCE, "b c", "a"],
        "budgetId": BUDGET_ID,
    }


def test_the_smallest_order_body():
    """What is not stated is left out, never null: UP42 refuses a null list of tags."""
    sent = body(order(target=Point(13.5, 52.5)), product=PRODUCT, reference=REFERENCE)
    assert set(sent) == {"dataProduct", "displayName", "params", "featureCollection", "tags"}
    assert (sent["displayName"], sent["tags"]) == (f"berlin {REFERENCE}", [REFERENCE])
    assert "tags" not in body(order(), product=PRODUCT)


@pytest.mark.parametrize(
    ("key", "text", "name"),
    [
        ("berlin", None, "berlin"),
        ("berlin/1", None, "berlin"),
        ("berlin/2", None, "berlin/2"),
        ("berlin", "Mitte", "Mitte"),
        ("berlin/1", "Mitte", "Mitte"),
        ("berlin/12", "Mitte", "Mitte 12"),
    ],
)
def test_names_of_several_geometries(key, text, name):
    """Those after the first are numbered; the first keeps the name that it had as the only one."""
    desired = order(key=key, **({"displayName": text} if text else {}))
    assert body(desired, product=PRODUCT, reference=REFERENCE)["displayName"] == f"{name} {REFERENCE}"
    assert DRIVER.terms(desired).get("displayName") == (name if text else None)
    assert differences(desired, observed(displayName=f"{name} {REFERENCE}")) == set()


def test_the_longest_name():
    """Text, number, blank and reference fit into what UP42 takes."""
    desired = order(key="k/1000", displayName="x" * 170)
    assert len(body(desired, product=PRODUCT, reference=REFERENCE)["displayName"]) == 200


NOT_DRIFT = {
    "as placed": ({}, {}),
    "numbers as text": ({"maxCloudCover": "10", "maxIncidenceAngle": "20.0"}, {}),
    "names of the request": (
        {"maxCloudCover": ..., "maxIncidenceAngle": ..., "cloudCoverage": "10", "incidenceAngle": 20},
        {},
    ),
    "an offset": ({"acquisitionStart": "2026-12-04T02:00:00+02:00", "acquisitionEnd": "2027-01-02T19:00:00-05:00"}, {}),
    "no fraction": ({"acquisitionStart": "2026-12-04T00:00:00Z", "acquisitionEnd": "2027-01-03T00:00:00.000000Z"}, {}),
    "defaults": ({"projection": 4326, "minBH": 0.4, "maxBH": 0.7, "deliveredAs": "geotiff", "priority": "x"}, {}),
    "no description": ({"extraDescription": ...}, {}),
    "no sub-status": ({"subStatus": ...}, {}),
    "translated words": ({"geometricProcessing": "orthorectified"}, {}),
    "a number behind the name": ({}, {"displayName": f"text {REFERENCE} 1"}),
    "a trimmed name": ({}, {"displayName": f"  text {REFERENCE} "}),
    "no tags": ({}, {"tags": None}),
    "an empty list of tags": ({}, {"tags": []}),
    "somebody's tags": ({}, {"tags": ["x", REFERENCE, "y"]}),
    "somebody's budget": ({}, {"budgetId": BUDGET_ID}),
    "no product": ({}, {"dataProductId": None}),
    "a product in capitals": ({}, {"dataProductId": PRODUCT.upper()}),
    "fields left out": ({"maxCloudCover": ..., "acquisitionMode": ..., "geometry": ...}, {}),
    "no details": ({}, {"orderDetails": None}),
    "other fields": ({"sensor": "x"}, {"updatedAt": "x", "updatedBy": None, "assets": ["a"]}),
}


@pytest.mark.parametrize("case", NOT_DRIFT)
def test_what_is_no_drift(case):
    """The contract's list of traps: none of them is a difference."""
    details, changes = NOT_DRIFT[case]
    assert (
        differences(order(displayName="text"), observed(details, **{"displayName": f"text {REFERENCE}", **changes}))
        == set()
    )


DRIFT = {
    "cloud cover": ({"maxCloudCover": 11}, {}, "params.cloudCoverage"),
    "mode": ({"acquisitionMode": "stereo"}, {}, "params.acquisitionMode"),
    "start": ({"acquisitionStart": "2026-12-04T00:00:01Z"}, {}, "acquisitionStart"),
    "product": ({}, {"dataProductId": BUDGET_ID}, "dataProduct"),
    "name": ({}, {"displayName": f"other {REFERENCE}"}, "displayName"),
    "tags": ({}, {"tags": ["a", "c", REFERENCE]}, "tags"),
    "no tags": ({}, {"tags": None}, "tags"),
    "budget": ({}, {"budgetId": PRODUCT}, "budgetId"),
    "no budget": ({}, {"budgetId": None}, "budgetId"),
    "place": ({"geometry": geojson(Point(13.0, 52.0))}, {}, "geometry"),
}


@pytest.mark.parametrize("case", DRIFT)
def test_what_is_drift(case):
    """A stated term that is shown otherwise."""
    details, changes, term = DRIFT[case]
    desired = order(displayName="text", tags=["b", "a"], budgetId=BUDGET_ID)
    same_else = {"displayName": f"text {REFERENCE}", "tags": ["a", REFERENCE, "b"], "budgetId": BUDGET_ID.upper()}
    assert differences(desired, observed(**same_else)) == set()
    assert differences(desired, observed(details, **{**same_else, **changes})) == {term}


def test_an_empty_list_of_tags_is_a_statement():
    """It says that there are none, and then somebody's tag is drift."""
    assert differences(order(tags=[]), observed(tags=None)) == set()
    assert differences(order(tags=[]), observed(tags=[REFERENCE, "x"])) == {"tags"}


def test_params_that_no_answer_shows():
    """They are one term, so that an edit in Git shows; the plan never holds an answer against it."""
    stated = DRIVER.terms(order(params={**PARAMS, "deliveredAs": "geotiff", "x": [1]}))
    assert stated["params.others"] == '{"deliveredAs": "geotiff", "x": [1]}'
    assert "params.others" in DRIVER.traits.unobservable
    by_name = DRIVER.terms(order(collection="c", product="p"))
    assert {"collection", "product"} <= by_name.keys() & DRIVER.traits.unobservable
    assert "dataProduct" not in by_name


def test_a_change_of_tags_keeps_references():
    """The list that is sent replaces the whole one: every reference that stood in the order stays."""
    other = REFERENCE.replace("a", "b")
    assert change({"tags": "a, b c"}, {other, REFERENCE}) == {"tags": [REFERENCE, other, "a", "b c"]}
    assert change({"tags": ""}, {REFERENCE}) == {"tags": [REFERENCE]}
    assert change({"budgetId": BUDGET_ID}, {REFERENCE}) == {"budgetId": BUDGET_ID}


@pytest.mark.parametrize("changes", [{}, {"displayName": "x"}, {"tags": "a", "params.cloudCoverage": 5}])
def test_a_change_that_up42_does_not_make(changes):
    """Nothing of it is sent."""
    with pytest.raises(ValueError, match="tags and budgetId only"):
        change(changes, {REFERENCE})


@pytest.mark.parametrize("geometry", [None, "x", {}, {"type": "Point"}, {"type": "Polygon", "coordinates": [[]]}])
def test_a_geometry_that_cannot_be_read(geometry):
    """It is no term, and does not keep the order from being read."""
    assert "geometry" not in observed({"geometry": geometry}).terms


NAMES = st.text(st.sampled_from("abc ÄÖ.,-_/:&'"), min_size=1, max_size=40).filter(str.strip)
TAG = st.text(st.sampled_from("abcZ9.-_/:"), min_size=1, max_size=12).filter(lambda tag: "rc1-" not in tag)
VALUES = st.one_of(
    st.integers(-1000, 1000),
    st.floats(-100, 100).map(lambda number: round(number, 3)),
    st.sampled_from(["ortho", "mono", "4326", "0.5", "", "12bits", "007"]),
    st.booleans(),
    st.none(),
    st.lists(st.integers(0, 5), max_size=2),
)
MICROSECONDS = st.integers(0, 400 * 86_400 * 10**6)


@st.composite
def rings(draw):
    """A box, which is a valid polygon wherever it lies."""
    west, south = draw(st.floats(-170, 160)), draw(st.floats(-80, 70))
    wide, high = draw(st.floats(0.01, 9)), draw(st.floats(0.01, 9))
    east, north = west + wide, south + high
    return Polygon((((west, south), (east, south), (east, north), (west, north), (west, south)),))


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(
    name=NAMES,
    tags=st.lists(TAG, unique=True, max_size=5),
    params=st.dictionaries(st.sampled_from([*ANSWERED, "deliveredAs", "other"]), VALUES, max_size=6),
    place=st.one_of(rings(), st.builds(Point, st.floats(-180, 180), st.floats(-90, 90))),
    start=MICROSECONDS,
    seed=st.integers(0, 99),
)
def test_what_is_placed_is_what_is_read(name, tags, params, place, start, seed):
    """However UP42 writes an order back, a plan after placing is empty."""
    rng = random.Random(seed)
    begins = datetime(2026, 12, 1, tzinfo=UTC) + timedelta(microseconds=start)
    desired = order(start=begins, target=place, displayName=name, tags=tags, params=params)
    sent = body(desired, product=PRODUCT, reference=REFERENCE)
    seen = observed(**echo(sent, rng))
    assert differences(desired, seen) == set()
    assert seen.references == {REFERENCE}


def echo(sent: dict, rng: random.Random) -> dict:
    """Write a placed order back in one of the ways that were seen or must be expected."""
    (feature,) = sent["featureCollection"]["features"]
    geometry = dict(feature["geometry"])
    if geometry["type"] == "Polygon":
        geometry["coordinates"] = [
            turned(ring, rng.randrange(4), rng.random() < 0.5) for ring in geometry["coordinates"]
        ]
    rename, as_text = rng.random() < 0.5, rng.random() < 0.5
    details = {
        (ANSWERED.get(name, name) if rename else name): str(value)
        if as_text and isinstance(value, int | float) and not isinstance(value, bool)
        else value
        for name, value in sent["params"].items()
    }
    tags = list(sent["tags"])
    rng.shuffle(tags)
    suffix = rng.choice(["", " 1"])
    named = {"displayName": sent["displayName"] + suffix, "tags": tags, "dataProductId": sent["dataProduct"]}
    return {**named, "orderDetails": {**details, "geometry": {**geometry, "crs": {"type": "name"}}}}


def test_instants_have_three_digits():
    """Rounded to the nearest millisecond, in UTC."""
    assert milliseconds(START + timedelta(microseconds=1500)) == "2026-12-04T00:00:00.002Z"
