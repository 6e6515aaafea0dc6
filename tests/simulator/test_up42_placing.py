"""Estimate and place at UP42: what is taken, what is refused and how, and what comes of several features."""

import pytest

from .scenario import at
from .up42 import (
    OPTICAL,
    ORDERS,
    POINT,
    POLYGON,
    PRICE,
    QUOTES,
    RADAR,
    SPOT,
    STUDIES,
    UNKNOWN,
    optical,
    order,
    product,
    radar,
    spot,
)

ESTIMATE = f"{ORDERS}/estimate"


def test_place_answers_ids_by_index(up42):
    """Placing answers 201 (or, by switch, 200) with results and errors, and the order exists."""
    answer = up42.place()
    assert answer.status_code == 201
    assert set(answer.json()) == {"results", "errors"}
    (result,) = answer.json()["results"]
    assert set(result) == {"index", "id"}
    assert up42.order(result["id"])["displayName"] == "an order"
    up42.switch(createStatus=200)
    assert up42.place().status_code == 200


def test_a_repeated_placement_is_a_second_order(up42):
    """Nothing of a request makes it idempotent."""
    assert up42.placed() != up42.placed()
    assert [told["text"] for told in up42.control("GET", "/orders")] == ["an order", "an order"]


def test_the_workspace_is_required(up42):
    """Without workspaceId a placement is a 400, in somebody else's a 403."""
    assert up42.api("POST", ORDERS, order()).status_code == 400
    assert up42.api("POST", ORDERS, order(), params={"workspaceId": UNKNOWN}).status_code == 403
    assert up42.list_page() == []


@pytest.mark.parametrize(
    ("params", "place"),
    [
        (optical(cloudCoverage="10"), "cloudCoverage"),
        (optical(cloudCoverage=4), "cloudCoverage"),
        (optical(cloudCoverage=21), "cloudCoverage"),
        (optical(cloudCoverage=10.5), "cloudCoverage"),
        (optical(cloudCoverage=True), "cloudCoverage"),
        (optical(acquisitionMode=None), "acquisitionMode"),
        (optical(acquisitionMode="quad"), "acquisitionMode"),
        (optical(minBH=0.9), "minBH"),
        (optical(minBH="0.4"), "minBH"),
        (optical(extraDescription=7), "extraDescription"),
        (optical(projection=4326), "projection"),
        (optical(color="red"), "color"),
        (optical(geometry=POLYGON), "geometry"),
        (optical(acquisitionStart="tomorrow"), "acquisitionStart"),
        (optical(acquisitionStart="2026-12-06"), "acquisitionStart"),
        (optical(acquisitionStart="2026-12-06 00:00:00Z"), "acquisitionStart"),
        (optical(acquisitionEnd=at(5)), "acquisitionEnd"),
        (optical(acquisitionStart=at(-3), acquisitionEnd=at(-1)), "acquisitionEnd"),
    ],
)
def test_parameters_are_judged_by_the_form(up42, params, place):
    """A parameter that the form does not allow is named in a 400, for estimate as for place."""
    for answer in (up42.place(order(params=params)), up42.api("POST", ESTIMATE, order(params=params))):
        assert answer.status_code == 400
        assert answer.json()["title"] == "Order parameters errors"
        assert list(answer.json()["detail"]) == [place]
    assert up42.control("GET", "/orders") == []


def test_the_body_of_a_400_is_a_switch(up42):
    """The 400 that nobody saw comes in each of the forms of UP42's services."""
    bad = order(params=optical(cloudCoverage=99))
    bodies = []
    for form in ("problem", "glossary", "v1"):
        up42.switch(badRequestBody=form)
        bodies.append(up42.place(bad).json())
    assert [set(body) for body in bodies] == [
        {"status", "title", "detail"},
        {"code", "message", "details"},
        {"data", "error"},
    ]
    assert bodies[2]["error"]["details"] == {"cloudCoverage": "must be of maximum 20"}


def test_parameters_can_fail_within_a_success(up42):
    """By switch, wrong parameters are a success with an error for each feature."""
    up42.switch(paramErrors="errors")
    answer = up42.place(order(POLYGON, POLYGON, params=optical(cloudCoverage=99)))
    assert answer.status_code == 201
    assert answer.json() == {
        "results": [],
        "errors": [
            {"index": index, "message": "cloudCoverage must be of maximum 20", "details": ""} for index in (0, 1)
        ],
    }


def test_numbers_as_text_are_a_switch(up42):
    """Text for a number is against the form; a lax server takes it, within the bounds."""
    up42.switch(textNumbers="accepted")
    order_id = up42.placed(order(params=optical(cloudCoverage="10", minBH="0.4")))
    assert up42.order(order_id)["orderDetails"]["maxCloudCover"] == "10"
    assert up42.place(order(params=optical(cloudCoverage="99"))).status_code == 400
    assert up42.place(order(params=optical(cloudCoverage="ten"))).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        order(dataProduct=None),
        order(dataProduct=UNKNOWN),
        order(dataProduct="phr"),
        order(displayName=None),
        order(displayName=""),
        order(displayName="x" * 201),
        order(params=None),
        order(featureCollection=None),
        order(featureCollection={"type": "FeatureCollection", "features": []}),
        order(featureCollection={"type": "Feature", "geometry": POLYGON}),
        {**order(), "tags": None},
        order(tags=["x"] * 31),
        order(tags=["a,b"]),
        order(tags=[""]),
        {**order(), "budgetId": None},
        order(geometry=POLYGON),
        [],
    ],
)
def test_bodies_of_another_shape_are_400(up42, body):
    """What is required must be there, what may be left out may not be null, and tags have limits."""
    assert up42.place(body).status_code == 400
    assert up42.control("GET", "/orders") == []


def test_what_the_limits_allow(up42):
    """Thirty tags of letters, numbers, spaces and . - _ / : are taken, and a name of 200 characters."""
    up42.placed(order(displayName="x" * 200, tags=["rc:abc-1_2/3.4 é", *["t"] * 29]))


def test_the_name_may_stand_in_params_too(up42):
    """Old clients left displayName inside params, which was accepted."""
    up42.placed(order(params=optical(displayName="an order")))


@pytest.mark.parametrize(
    "geometry",
    [
        POINT,
        {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1]]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [200, 0], [200, 1], [0, 1], [0, 0]]]},
        {"type": "Polygon", "coordinates": [[["0", 0], [1, 0], [1, 1], [0, 1], [0, 0]]]},
    ],
)
def test_features_fail_one_by_one(up42, geometry):
    """A geometry that cannot be ordered is an error beside the orders that came of the others."""
    answer = up42.place(order(POLYGON, geometry, POLYGON))
    assert answer.status_code == 201
    assert [result["index"] for result in answer.json()["results"]] == [0, 2]
    (error,) = answer.json()["errors"]
    assert (error["index"], set(error)) == (1, {"index", "message", "details"})
    assert len(up42.list_page()) == 2


def test_suffixes(up42):
    """Several features get a number after their name; by switch one does too, or none ever."""
    names = {}
    for form in ("several", "always", "never"):
        up42.switch(suffix=form)
        for name, geometries in ((f"{form} one", 1), (f"{form} two", 2)):
            up42.place(order(*[POLYGON] * geometries, displayName=name))
    for told in up42.control("GET", "/orders"):
        form, _, rest = told["text"].partition(" ")
        names.setdefault(form, []).append(rest)
    assert names == {
        "several": ["one", "two 1", "two 2"],
        "always": ["one 1", "two 1", "two 2"],
        "never": ["one", "two", "two"],
    }


def test_names_can_be_limited_and_trimmed(up42):
    """By switch a name has only the characters of tags, or loses the space around it."""
    up42.placed(order(displayName=" a [b] "))
    up42.switch(displayNameTrimmed=True)
    up42.placed(order(displayName=" a [b] "))
    assert [told["text"] for told in up42.control("GET", "/orders")] == [" a [b] ", "a [b]"]
    up42.switch(displayNameCharacters="as-tags")
    assert up42.place(order(displayName="a [b]")).status_code == 400
    up42.placed(order(displayName="a rc1-b"))


def test_estimate(up42):
    """An estimate adds up what each feature would cost, and places nothing."""
    body = up42.api("POST", ESTIMATE, order(POLYGON, POINT, POLYGON)).json()
    assert body["summary"] == {"totalCredits": 2 * PRICE, "totalSize": 152.42, "unit": "SQ_KM"}
    assert body["results"] == [{"index": index, "credits": PRICE, "size": 76.21, "unit": "SQ_KM"} for index in (0, 2)]
    assert [set(error) for error in body["errors"]] == [{"index", "message", "details"}]
    assert up42.control("GET", "/orders") == []
    scene = up42.api("POST", ESTIMATE, spot()).json()["summary"]
    assert scene == {"totalCredits": 60000, "totalSize": 1, "unit": "SCENE"}


def test_estimate_is_not_offered_for_all(up42):
    """A product without price estimation has errors in place of results."""
    body = up42.api("POST", ESTIMATE, order(dataProduct=product("pneo-tasking"))).json()
    assert (body["results"], body["summary"]["totalCredits"]) == ([], 0)
    assert body["errors"][0]["message"] == "Price estimation is not available."


@pytest.mark.parametrize("body", [spot(), spot(params={**SPOT, "cloudCoverage": 100}), radar()])
def test_other_products(up42, body):
    """Point products are placed by their own forms."""
    assert up42.placed(body)
    assert up42.place({**body, "params": OPTICAL}).status_code == 400


def test_an_enumeration_is_judged(up42):
    """Where a form enumerates values, others are told with those that are allowed."""
    assert up42.placed(radar(params={**RADAR, "priority": "urgent"}))
    answer = up42.place(radar(params={**RADAR, "priority": "soon"}))
    assert answer.json()["detail"] == {"priority": "must be one of ['standard', 'urgent']"}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", ORDERS),
        ("PATCH", f"{QUOTES}/{UNKNOWN}"),
        ("PATCH", f"{STUDIES}/{UNKNOWN}"),
        ("POST", "/v2/assets/stac/search"),
    ],
)
def test_a_body_that_is_no_json(up42, method, path):
    """Bytes that are no JSON are a 400."""
    up42.authorize()
    answer = up42.api(method, path, params={"workspaceId": up42.workspace}, content=b"{")
    assert answer.status_code == 400
