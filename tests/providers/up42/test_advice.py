"""What UP42 says before an order is placed and before a quote is accepted: each obstacle by name, by reads alone."""

from __future__ import annotations

import json

import httpx
import pytest

from reconciler.model.catalog import Collection, DataProduct
from reconciler.model.errors import UnclearError
from reconciler.model.geometry import Point
from reconciler.model.money import Money
from reconciler.model.provider import Ready
from reconciler.providers.up42.forms import OrderForm

from ..scenario import NOW, REFERENCE, answer
from .scenario import (
    BUDGET_ID,
    EULA_ID,
    ORDER_ID,
    PARAMS,
    PRODUCT,
    Routes,
    connected,
    lists,
    order,
    order_body,
    page,
    problem,
    quote,
)

POSITION = {"type": "array", "items": {"type": "number"}, "minItems": 2}
FORM = {
    "$schema": "https://json-schema.org/draft-07/schema",
    "type": "object",
    "properties": {
        "geometry": {"allOf": [{"$ref": "#/definitions/Polygon"}]},
        "displayName": {"type": "string"},
        "extraDescription": {"type": "string", "maxLength": 20},
        "acquisitionStart": {"type": "string", "format": "date-time"},
        "acquisitionEnd": {"type": "string", "format": "date-time"},
        "acquisitionMode": {"anyOf": [{"const": "mono"}, {"const": "stereo"}, {"const": "tristereo"}]},
        "cloudCoverage": {"$ref": "#/definitions/cover"},
        "incidenceAngle": {"type": "integer", "minimum": 5, "maximum": 50},
        "minBH": {"type": "number", "minimum": 0.2},
        "geometricProcessing": {"anyOf": [{"const": "ortho", "title": "Ortho"}]},
        "projection": {"enum": ["4326", "3857"]},
        "looks": {"type": ["integer", "null"]},
        "bands": {"type": "array", "items": {"type": "string"}},
        "code": {"type": "string", "pattern": "^[A-Z]+$"},
        "urgent": {"type": "boolean"},
    },
    "required": ["geometry", "displayName", "acquisitionStart", "acquisitionEnd", "acquisitionMode", "cloudCoverage"],
    "additionalProperties": False,
    "definitions": {
        "cover": {"type": "integer", "minimum": 5, "maximum": 20},
        "Polygon": {
            "properties": {
                "type": {"const": "Polygon"},
                "coordinates": {"type": "array", "items": {"type": "array", "items": POSITION, "minItems": 4}},
            }
        },
    },
}
SPOT = {**FORM, "properties": {**FORM["properties"], "geometry": {"properties": {"type": {"enum": ["Point"]}}}}}
FAMILY = {
    "name": "pneo-tasking",
    "title": "Pléiades Neo",
    "type": "TASKING",
    "integrations": ["ACCESS_APPROVAL_REQUIRED", "QUOTATION_REQUIRED", "PRICE_ESTIMATION_AVAILABLE"],
    "providers": [
        {"name": "airbus", "title": "Airbus", "roles": ["PRODUCER"]},
        {"name": "oneatlas", "title": "OneAtlas", "roles": ["HOST", "PRODUCER"]},
    ],
    "dataProducts": [
        {"name": "standard", "title": "Standard", "id": PRODUCT, "eulaId": EULA_ID},
        {"name": "by-hand", "title": "By hand"},
    ],
}
ESTIMATE = {"summary": {"totalCredits": 1234.5, "totalSize": 7, "unit": "SQ_KM"}, "results": [], "errors": []}
COLLECTIONS, SCHEMA = "GET /v2/collections", f"GET /orders/schema/{PRODUCT}"
LICENSE, PRICE = f"GET /v2/eulas/{EULA_ID}", "POST /v2/orders/estimate"


def office(**changes: object) -> Routes:
    routes = {
        COLLECTIONS: page(FAMILY),
        SCHEMA: answer(200, FORM),
        LICENSE: answer(200, {"id": EULA_ID, "title": "Standard license", "isAccepted": True}),
        PRICE: answer(200, ESTIMATE),
    }
    return lists(**{**routes, **changes})


def objections(*, form: dict = FORM, **wanted: object) -> dict[str, str]:
    """What is said, by the field that it is said of."""
    preflight = connected(office(**{SCHEMA: answer(200, form)})).preflight(order(**wanted))
    assert preflight.unread is None
    return dict(told.split(": ", 1) for told in preflight.objections)


def test_an_order_that_can_be_placed():
    """No objection, an estimate in credits, and until when; the form is asked with one feature and no reference."""
    routes = office()
    preflight = connected(routes).preflight(order())
    assert (preflight.objections, preflight.unread) == ((), None)
    assert preflight.price == Money(123450, "credits")
    assert preflight.readiness == Ready(until=order().window.end)
    (asked,) = routes.asked(PRICE)
    assert set(json.loads(asked.content)) == {"dataProduct", "displayName", "params", "featureCollection"}
    assert REFERENCE not in asked.content.decode()


def test_facts_are_read_once():
    """A hundred orders of one product cost a hundred estimates, and one glossary, form and license."""
    routes = office()
    connection = connected(routes)
    for _ in range(5):
        connection.preflight(order())
    assert [len(routes.asked(name)) for name in (COLLECTIONS, SCHEMA, LICENSE, PRICE)] == [1, 1, 1, 5]


LONG = "x" * 21
NEAREST = "is no parameter of this data product; the nearest is `cloudCoverage`, which is stated"


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"cloudCoverage": "10"}, {"up42.params.cloudCoverage": 'is the text "10": a whole number from 5 to 20'}),
        ({"cloudCoverage": 4}, {"up42.params.cloudCoverage": "is 4: a whole number from 5 to 20"}),
        ({"cloudCoverage": 10.5}, {"up42.params.cloudCoverage": "is 10.5: a whole number from 5 to 20"}),
        ({"cloudCoverage": None}, {"up42.params.cloudCoverage": "is null: a whole number from 5 to 20"}),
        ({"acquisitionMode": ...}, {"up42.params.acquisitionMode": "is missing: one of mono, stereo, tristereo"}),
        (
            {"acquisitionMode": "duo"},
            {"up42.params.acquisitionMode": 'is the text "duo": one of mono, stereo, tristereo'},
        ),
        ({"geometricProcessing": "x"}, {"up42.params.geometricProcessing": 'is the text "x": only ortho is allowed'}),
        ({"projection": 4326}, {"up42.params.projection": "is 4326: one of 4326, 3857"}),
        ({"minBH": 0.1}, {"up42.params.minBH": "is 0.1: a number of at least 0.2"}),
        ({"looks": "1"}, {"up42.params.looks": 'is the text "1": a whole number or nothing'}),
        ({"urgent": "yes"}, {"up42.params.urgent": 'is the text "yes": true or false'}),
        ({"code": "a"}, {"up42.params.code": 'is the text "a": a text of the form ^[A-Z]+$'}),
        (
            {"extraDescription": LONG},
            {"up42.params.extraDescription": f'is the text "{LONG}": a text of at most 20 characters'},
        ),
        ({"bands": ["r", 7]}, {"up42.params.bands[1]": 'is 7: 7 is not of type "string"'}),
        ({"bands": "r"}, {"up42.params.bands": 'is the text "r": a list'}),
        (
            {"cloudCover": 5, "cloudCoverage": ...},
            {
                "up42.params.cloudCover": "is no parameter of this data product; did you mean `cloudCoverage`?",
                "up42.params.cloudCoverage": "is missing: a whole number from 5 to 20",
            },
        ),
        (
            {"cloudCover": 5},
            {
                "up42.params.cloudCover": NEAREST,
            },
        ),
    ],
)
def test_a_parameter_that_is_missing_or_wrong(params, told):
    """One objection each, at its own field, with what is allowed."""
    stated = {name: value for name, value in {**PARAMS, **params}.items() if value is not ...}
    assert objections(params=stated) == told


def test_an_unknown_parameter_like_no_other():
    """The ones that there are, without those that come from other fields."""
    told = objections(params={**PARAMS, "zzz": 1})["up42.params.zzz"]
    assert told.startswith("is no parameter of this data product; it has extraDescription, acquisitionMode, ")
    assert "geometry" not in told


def test_everything_at_once():
    """All mistakes of an order come in one plan, and nothing is estimated."""
    routes = office()
    preflight = connected(routes).preflight(order(target=Point(1.0, 2.0), params={"cloudCoverage": "10", "x": 1}))
    assert len(preflight.objections) == 4
    assert (preflight.price, routes.asked(PRICE)) == (None, [])


def test_a_target_of_the_wrong_kind():
    """Once, at the target, saying which kind is taken."""
    assert objections(target=Point(1.0, 2.0)) == {"target": "is a Point, and this data product takes a Polygon"}
    assert objections(form=SPOT) == {"target": "is a Polygon, and this data product takes a Point"}
    assert objections(form=SPOT, target=Point(1.0, 2.0)) == {}


def test_a_name_or_a_window_that_the_form_does_not_take():
    """They are told at the fields where a manifest has them."""
    narrow = {"displayName": {"type": "string", "maxLength": 3}, "acquisitionEnd": {"enum": ["never"]}}
    told = objections(form={**FORM, "properties": {**FORM["properties"], **narrow}})
    assert told == {
        "up42.displayName": 'is the text "berlin": a text of at most 3 characters',
        "window.end": 'is the text "2027-01-03T00:00:00.000Z": only never is allowed'.replace(
            "one of never", "only never is allowed"
        ),
    }


@pytest.mark.parametrize("form", [[], "x", {"type": 7}, {"properties": {"a": {"$ref": "https://other.test/x"}}}])
def test_a_form_that_is_none(form):
    """It is not understood, and what it refers to elsewhere is never fetched: the order is not judged."""
    with pytest.raises(UnclearError, match="order form"):
        OrderForm(form)
    preflight = connected(office(**{SCHEMA: answer(200, form)})).preflight(order())
    assert "order form" in preflight.unread


@pytest.mark.parametrize(
    ("block", "told"),
    [
        ({"collection": "pneo-tasking", "product": "standard"}, None),
        ({"collection": "Pléiades Neo", "product": "Standard"}, None),
        ({"collection": "PNEO-TASKING", "product": "STANDARD"}, None),
        (
            {"collection": "pneo-taskin", "product": "standard"},
            "UP42 has no collection pneo-taskin; did you mean pneo-tasking?",
        ),
        ({"collection": "pneo-tasking", "product": "standrd"}, "has no data product standrd; did you mean standard?"),
        ({"collection": "pneo-tasking", "product": "by-hand"}, "up42.product: by-hand has no id"),
        ({"dataProduct": ORDER_ID}, f"UP42 has no data product {ORDER_ID}; `reconciler products` lists"),
    ],
)
def test_how_a_data_product_is_found(block, told):
    """By its id, or by names or titles of collection and product; otherwise the nearest name is told."""
    preflight = connected(office()).preflight(order(**block))
    if told is None:
        assert (preflight.objections, preflight.unread) == ((), None)
    else:
        assert len(preflight.objections) == 1
        assert told in preflight.objections[0]


def test_a_product_that_is_stated_by_name_is_placed_by_its_id():
    """What the name stands for was learned while the order was priced."""
    routes = office(**{"POST /v2/orders": answer(201, {"results": [{"index": 0, "id": ORDER_ID}], "errors": []})})
    connection = connected(routes)
    desired = order(collection="pneo-tasking", product="standard")
    connection.preflight(desired)
    before = len(routes.sent)
    assert connection.place(desired, REFERENCE).id == ORDER_ID
    assert len(routes.sent) == before + 1
    assert routes.body()["dataProduct"] == PRODUCT


@pytest.mark.parametrize(
    ("change", "told"),
    [({"type": "ARCHIVE"}, "no tasking collection"), ({"integrations": ["MANUAL_REQUEST_REQUIRED"]}, "by hand only")],
)
def test_a_collection_that_takes_no_orders(change, told):
    """Said before anything is sent."""
    preflight = connected(office(**{COLLECTIONS: page({**FAMILY, **change})})).preflight(order())
    assert [told in objection for objection in preflight.objections] == [True]


def test_a_collection_that_cannot_be_read():
    """Others are found all the same; one that is not found may be it."""
    routes = office(**{COLLECTIONS: page({"title": "no name"}, FAMILY)})
    assert connected(routes).preflight(order()).objections == ()
    missing = connected(routes).preflight(order(dataProduct=ORDER_ID))
    assert "not all collections could be read" in missing.unread


def test_a_license_that_is_not_accepted():
    """Where to accept it is told; a new text counts as not accepted."""
    routes = office(**{LICENSE: answer(200, {"title": "Standard license", "isAccepted": False})})
    (told,) = connected(routes).preflight(order()).objections
    assert "(Standard license) is not accepted" in told
    assert "console" in told
    assert routes.asked(PRICE) == []


@pytest.mark.parametrize("name", [COLLECTIONS, SCHEMA, LICENSE, PRICE])
@pytest.mark.parametrize("trouble", [answer(500), httpx.ReadTimeout("x"), answer(200, "x"), problem(403)])
def test_what_could_not_be_read(name, trouble):
    """Then nothing is placed."""
    preflight = connected(office(**{name: trouble})).preflight(order())
    assert preflight.unread
    assert preflight.price is None


@pytest.mark.parametrize(
    ("given", "price", "told"),
    [
        (problem(400, "Order parameters errors", cloudCoverage="too low"), None, "cloudCoverage: too low"),
        (problem(422, "Area is too small"), None, "Area is too small"),
        (
            answer(200, {**ESTIMATE, "errors": [{"index": 0, "message": "No", "details": "too far"}]}),
            None,
            "No; too far",
        ),
        (answer(200, {**ESTIMATE, "errors": ["x"]}), None, "no reason given"),
        (problem(404), None, None),
        (answer(200, {"results": [], "errors": []}), None, None),
        (answer(200, {"summary": {"totalCredits": 0.001}}), Money(1, "credits"), None),
    ],
)
def test_an_estimate(given, price, told):
    """What it objects to is an objection; a price is rounded up; none is told where there is none."""
    preflight = connected(office(**{PRICE: given})).preflight(order())
    assert preflight.price == price
    assert preflight.unread is None
    assert [told in objection for objection in preflight.objections] == ([True] if told else [])


def test_no_estimate_where_none_is_offered():
    """The collection says whether it estimates."""
    routes = office(**{COLLECTIONS: page({**FAMILY, "integrations": ["QUOTATION_REQUIRED"]})})
    assert connected(routes).preflight(order()).price is None
    assert routes.asked(PRICE) == []


def test_lasting_problems_ask_nobody():
    """What no day changes is told without a request."""
    routes = office()
    connection = connected(routes)
    before = len(routes.sent)
    assert connection.preflight(order(params={"geometry": {}})).objections
    assert len(routes.sent) == before


@pytest.mark.parametrize(
    ("integrations", "binding"),
    [
        (["QUOTATION_REQUIRED"], False),
        (["FEASIBILITY_STUDY_REQUIRED", "PRICE_ESTIMATION_AVAILABLE"], True),
        ([], True),
    ],
)
def test_placing_binds_where_no_quote_is_announced(integrations, binding):
    """Only a collection that says that it quotes lets nothing be paid before a quotation is accepted."""
    routes = office(**{COLLECTIONS: page({**FAMILY, "integrations": integrations})})
    assert connected(routes).preflight(order()).binding is binding


def test_the_catalog():
    """Tasking collections with who hosts them, and their products; those without an id too."""
    archive = {**FAMILY, "name": "pneo", "type": "ARCHIVE"}
    products = (
        DataProduct(name="standard", title="Standard", id=PRODUCT),
        DataProduct(name="by-hand", title="By hand"),
    )
    expected = (Collection(name="pneo-tasking", title="Pléiades Neo", host="oneatlas", products=products),)
    assert connected(office(**{COLLECTIONS: page(archive, FAMILY)})).catalog() == expected


def test_a_catalog_that_is_not_whole():
    """A collection that cannot be read is not left out without a word."""
    with pytest.raises(UnclearError, match="not all collections could be read"):
        connected(office(**{COLLECTIONS: page(FAMILY, {**FAMILY, "name": None})})).catalog()


BALANCE, BUDGET = "GET /v2/payments/balances", f"GET /v2/budgets/{BUDGET_ID}"
ENOUGH = answer(200, {"available": {"amount": 10693, "unit": "CREDIT"}})


def weighed(*, budget: str | None = None, **routes: object):
    made = lists(order_body(budgetId=budget), quotes=(quote(),), **{BALANCE: ENOUGH, **routes})
    connection = connected(made)
    (seen,) = connection.list(since=None).orders
    return connection.preflight_quote(seen, seen.offers.quotes[0])


def test_a_quote_that_can_be_accepted():
    """Its own price, and what the account has left."""
    preflight = weighed()
    assert (preflight.price, preflight.available) == (Money(420000, "credits"), Money(1069300, "credits"))
    assert (preflight.objections, preflight.unread) == ((), None)


def test_a_quote_beyond_the_balance():
    """It is not accepted, and the message names both amounts."""
    preflight = weighed(**{BALANCE: answer(200, {"available": {"amount": 4199.99}})})
    assert preflight.objections == (
        "the account has 4,199.99 credits left, and the quote is over 4,200 credits: buy credits",
    )


@pytest.mark.parametrize("status", [404, 410])
def test_a_balance_that_is_not_told_any_more(status):
    """The SDK has dropped it: then it is not known, and keeps nobody back."""
    for gone in (problem(status), httpx.Response(status, html="gone")):
        preflight = weighed(**{BALANCE: gone})
        assert (preflight.available, preflight.objections, preflight.unread) == (None, (), None)


@pytest.mark.parametrize(
    "trouble", [answer(500), answer(200, {}), answer(200, {"available": {"amount": "1"}}), problem(403)]
)
def test_a_balance_that_cannot_be_read(trouble):
    """Then nothing is accepted."""
    assert weighed(**{BALANCE: trouble}).unread


@pytest.mark.parametrize(
    ("budget", "told"),
    [
        ({"status": "ACTIVE", "remainingCredits": 4200}, None),
        ({"status": "ACTIVE"}, None),
        ({"name": "Q4", "status": "ACTIVE", "remainingCredits": 4199}, "budget Q4 has 4,199 credits left"),
        ({"name": "Q4", "status": "INACTIVE", "remainingCredits": 9999}, "budget Q4 is INACTIVE"),
        (None, f"budget {BUDGET_ID} does not exist"),
    ],
)
def test_the_budget_of_an_order(budget, told):
    """It must be active and reach; a limit that it does not have cannot be passed."""
    given = problem(404) if budget is None else answer(200, budget)
    preflight = weighed(budget=BUDGET_ID, **{BUDGET: given})
    assert [told in objection for objection in preflight.objections] == ([True] if told else [])
    assert preflight.unread is None


@pytest.mark.parametrize(
    "trouble", [answer(500), answer(200, {}), answer(200, {"status": "ACTIVE", "remainingCredits": "x"})]
)
def test_a_budget_that_cannot_be_read(trouble):
    """Then nothing is accepted."""
    assert weighed(budget=BUDGET_ID, **{BUDGET: trouble}).unread


def test_weighing_only_reads():
    """The clock of the answers is UP42's, and nothing is sent that changes anything."""
    routes = lists(order_body(), quotes=(quote(),), **{BALANCE: ENOUGH})
    connection = connected(routes, read_only=True)
    (seen,) = connection.list(since=None).orders
    assert connection.preflight_quote(seen, seen.offers.quotes[0]).unread is None
    assert routes.spent == []
    assert connection.now() == NOW
