"""UP42's orders after placing: what they show, how lists page, filter and sort, amend and cancel."""

import pytest

from reconciler.simulator import Simulator

from .scenario import START, at
from .up42 import OPTICAL, ORDERS, POINT, POLYGON, SPOT, UNKNOWN, Up42, optical, order, product, radar, spot

MERGE = {"Content-Type": "application/merge-patch+json"}
BUDGET = "11111111-1111-4111-8111-111111111111"


@pytest.fixture(scope="module")
def crowded(http):
    """Forty-five orders, one per simulated minute, tagged by their remainder of three."""
    with Simulator(start=START, speed=0) as simulator:
        up42 = Up42(simulator, http)
        up42.switch(tokenSeconds=10**9)
        for number in range(45):
            up42.placed(order(displayName=f"rc1-{number:02}", tags=[f"mod:{number % 3}", "all"]))
            up42.control("POST", "/clock", {"advance": "1m"})
        yield up42


def names(up42: Up42, **query) -> list[int]:
    """Return the numbers of all pages."""
    found, page = [], 0
    while True:
        body = up42.got(ORDERS, page=page, **query)
        found += [int(shown["displayName"][-2:]) for shown in body["content"]]
        page += 1
        if page >= body["totalPages"]:
            return found


def test_an_order_shows_the_names_of_answers(up42):
    """An order shows renamed parameters, defaults, an empty description, a crs, auditors, and no price."""
    shown = up42.order(up42.placed(order(params=optical(acquisitionMode="stereo"), tags=["a"])))
    details = shown.pop("orderDetails")
    assert details == {
        "extraDescription": "",
        "acquisitionStart": "2026-12-06T00:00:00.000Z",
        "acquisitionEnd": "2026-12-16T00:00:00.000Z",
        "acquisitionMode": "stereo",
        "maxCloudCover": 10,
        "maxIncidenceAngle": 20,
        "geometricProcessing": "ortho",
        "projection": "4326",
        "pixelCoding": "12bits",
        "radiometricProcessing": "reflectance",
        "spectralBands": "bundle",
        "minBH": 0.4,
        "maxBH": 0.7,
        "geometry": {**POLYGON, "crs": {"type": "name", "properties": {"name": "EPSG:4326"}}},
    }
    assert shown == {
        "id": shown["id"],
        "displayName": "an order",
        "workspaceId": up42.workspace,
        "accountId": shown["accountId"],
        "type": "TASKING",
        "status": "CREATED",
        "dataProductId": product("phr-tasking"),
        "tags": ["a"],
        "createdAt": "2026-12-01T00:00:00.000000Z",
        "updatedAt": "2026-12-01T00:00:00.000000Z",
        "createdBy": {"id": up42.workspace, "type": "USER"},
        "updatedBy": {"id": "system", "type": "INTERNAL"},
    }


def test_defaults_follow_the_form(up42):
    """What was not sent is filled in: 30 % cloud at BlackSky, and other angles for tristereo."""
    assert up42.order(up42.placed(spot()))["orderDetails"]["maxCloudCover"] == 30
    tristereo = up42.order(up42.placed(order(params=optical(acquisitionMode="tristereo"))))["orderDetails"]
    assert (tristereo["minBH"], tristereo["maxBH"]) == (0.2, 0.35)
    assert up42.order(up42.placed(radar()))["orderDetails"]["polarization"] == "VV"


def test_names_of_answers_are_a_switch(up42):
    """Parameters are read back renamed, as requested, or as text like the recorded order."""
    order_id = up42.placed()
    up42.switch(answerNames="as-requested")
    details = up42.order(order_id)["orderDetails"]
    assert (details["cloudCoverage"], details["deliveredAs"]) == (10, "geotiff")
    assert "maxCloudCover" not in details
    up42.switch(answerNames="as-text")
    assert up42.order(order_id)["orderDetails"]["cloudCoverage"] == "10"


@pytest.mark.parametrize(
    ("form", "start"),
    [
        ("millis", "2026-12-06T00:00:00.000Z"),
        ("offset", "2026-12-06T00:00:00+00:00"),
        ("as-sent", "2026-12-06T02:00:00+02:00"),
    ],
)
def test_the_window_s_form_is_a_switch(up42, form, start):
    """The window is read back in one of three forms of the same instants."""
    up42.switch(windowEcho=form)
    params = optical(acquisitionStart="2026-12-06T02:00:00+02:00")
    assert up42.order(up42.placed(order(params=params)))["orderDetails"]["acquisitionStart"] == start


def test_the_crs_is_a_switch(up42):
    """A geometry can be read back as it was sent."""
    up42.switch(geometryCrs=False)
    assert up42.order(up42.placed())["orderDetails"]["geometry"] == POLYGON


def test_an_unknown_order_is_a_404(up42):
    """The recorded 404 is of the form of RFC 7807."""
    answer = up42.api("GET", f"{ORDERS}/{UNKNOWN}")
    assert (answer.status_code, answer.json()) == (
        404,
        {"status": 404, "title": "Resource does not exist.", "detail": {}},
    )
    assert up42.api("GET", f"{ORDERS}/none").status_code == 404


def test_a_page_has_spring_s_fields(crowded):
    """A page tells where it is and how many there are."""
    body = crowded.got(ORDERS, page=2)
    assert len(body.pop("content")) == 5
    order_of = {"sorted": True, "unsorted": False, "empty": False}
    assert body == {
        "pageable": {
            "sort": order_of,
            "pageNumber": 2,
            "pageSize": 20,
            "offset": 40,
            "paged": True,
            "unpaged": False,
        },
        "totalPages": 3,
        "totalElements": 45,
        "last": True,
        "first": False,
        "sort": order_of,
        "numberOfElements": 5,
        "size": 20,
        "number": 2,
        "empty": False,
    }
    nothing = crowded.got(ORDERS, displayName="nobody")
    assert (nothing["content"], nothing["totalPages"], nothing["last"]) == ([], 0, True)


@pytest.mark.parametrize("size", [1, 7, 45, 100])
def test_all_pages_hold_every_order_once(crowded, size):
    """Whatever the page size, the pages together are the whole history, newest first."""
    assert names(crowded, size=size) == list(range(44, -1, -1))


def test_page_sizes_are_switches(crowded):
    """The default size is 20 or 10, and a size beyond the largest is cut without a word."""
    assert crowded.got(ORDERS)["size"] == 20
    crowded.switch(pageSize=10, sizeMaximum=30)
    assert crowded.got(ORDERS)["size"] == 10
    assert (crowded.got(ORDERS, size=45)["size"], len(crowded.list_page(size=45))) == (30, 30)
    crowded.switch(pageSize=None, sizeMaximum=None)


@pytest.mark.parametrize(
    "query", [{"page": "-1"}, {"page": "x"}, {"page": "\u0661"}, {"size": "0"}, {"sort": "price,asc"}]
)
def test_nonsense_queries_are_400(crowded, query):
    """A page or size that is no number, and a sort that nobody knows, are refused."""
    assert crowded.api("GET", ORDERS, params=query).status_code == 400


def test_sorts(crowded):
    """Orders sort by four fields, up or down."""
    assert names(crowded, sort="createdAt,asc") == list(range(45))
    assert names(crowded, sort="createdAt") == list(range(45))
    assert names(crowded, sort="updatedAt,asc", size=45)[:2] == [0, 1]
    assert names(crowded, sort="type,asc") == list(range(45))
    statuses = [shown["status"] for shown in crowded.list_page(sort="status,desc", size=45)]
    assert statuses == sorted(statuses, reverse=True)
    assert len(set(statuses)) == 2


def test_filters(crowded):
    """Lists narrow down by name, tags, status, ids and workspace; repeated keys are alternatives."""
    assert names(crowded, displayName="rc1-1") == list(range(19, 9, -1))
    assert names(crowded, tags=["mod:1", "mod:2"], size=100) == [n for n in range(44, -1, -1) if n % 3]
    assert names(crowded, status=["BEING_PLACED", "CREATED"]) == [44]
    assert names(crowded, status="CREATED") == []
    assert names(crowded, subStatus="FEASIBILITY_WAITING_UPLOAD", size=100) == list(range(43, -1, -1))
    ids = [shown["id"] for shown in crowded.list_page(size=3)]
    assert names(crowded, orderIds=",".join(ids)) == [44, 43, 42]
    assert names(crowded, workspaceId=crowded.workspace, size=100)[-1] == 0
    assert names(crowded, workspaceId=UNKNOWN) == []
    assert names(crowded, type="ARCHIVE") == []
    assert names(crowded, budgetIds=BUDGET) == []
    assert names(crowded, displayName="rc1-1", tags="mod:0") == [18, 15, 12]


@pytest.mark.parametrize(
    ("form", "part", "other_case", "whole", "nobody"),
    [("contains", 1, 0, 1, 0), ("caseless", 1, 1, 1, 0), ("exact", 0, 0, 1, 0), ("ignored", 2, 2, 2, 2)],
)
def test_how_names_match_is_a_switch(up42, form, part, other_case, whole, nobody):
    """displayName finds parts, parts in any case, whole names, or is ignored."""
    up42.place(order(displayName="Farm rc1-abc"))
    up42.place(order(displayName="Farm rc1-xyz"))
    up42.switch(displayNameFilter=form)
    queries = ("rc1-abc", "RC1-ABC", "Farm rc1-abc", "rc1-nobody")
    assert [len(up42.list_page(displayName=query)) for query in queries] == [part, other_case, whole, nobody]


def test_new_orders_can_be_late(up42):
    """By switch a new order comes late into lists, or into all reads; both count for who asks the control API."""
    up42.switch(visibilitySeconds=60)
    listed_late = up42.placed()
    up42.switch(visibilityWhere="both")
    late = up42.placed()
    assert up42.list_page() == []
    assert up42.order(listed_late)["id"] == listed_late
    assert up42.api("GET", f"{ORDERS}/{late}").status_code == 404
    assert len(up42.control("GET", "/orders")) == 2
    up42.advance("60s")
    assert len(up42.list_page()) == 2
    assert up42.order(late)["id"] == late


def test_amend_tags_and_budget(up42):
    """A merge patch replaces tags and budget; an empty list clears tags, null takes the budget away."""
    up42.control("PUT", f"/up42/budgets/{BUDGET}", {})
    order_id = up42.placed(order(tags=["a"]))
    path = f"{ORDERS}/{order_id}"
    up42.control("POST", "/clock", {"advance": "10s"})
    shown = up42.api("PATCH", path, {"tags": ["b"], "budgetId": BUDGET}, headers=MERGE).json()
    assert shown == up42.order(order_id)
    assert (shown["tags"], shown["budgetId"]) == (["b"], BUDGET)
    assert shown["updatedAt"] == "2026-12-01T00:00:10.000000Z"
    assert shown["updatedBy"] == {"id": up42.workspace, "type": "USER"}
    assert [found["id"] for found in up42.list_page(budgetIds=BUDGET)] == [order_id]
    assert up42.api("PATCH", path, {"tags": []}, headers=MERGE).json()["tags"] == []
    assert "budgetId" not in up42.api("PATCH", path, {"budgetId": None}, headers=MERGE).json()


@pytest.mark.parametrize(
    "body", [{"displayName": "x"}, {"tags": None}, {"tags": ["a,b"]}, {"tags": ["x"] * 31}, {"params": OPTICAL}, []]
)
def test_nothing_else_can_be_amended(up42, body):
    """Any other field or form is a 400 and changes nothing; so is another content type a 415."""
    order_id = up42.placed()
    before = up42.order(order_id)
    assert up42.api("PATCH", f"{ORDERS}/{order_id}", body, headers=MERGE).status_code == 400
    assert up42.api("PATCH", f"{ORDERS}/{order_id}", {"tags": []}).status_code == 415
    assert up42.api("PATCH", f"{ORDERS}/{order_id}", {"budgetId": UNKNOWN}, headers=MERGE).status_code == 400
    assert up42.order(order_id) == before


@pytest.mark.parametrize("outcome", ["FULFILLED", "PLACEMENT_FAILED"])
def test_cancel_before_placing(up42, outcome):
    """CREATED and PLACEMENT_FAILED orders are canceled by a POST without a body, and stay so."""
    up42.switch(outcome=outcome)
    order_id = up42.placed()
    if outcome == "PLACEMENT_FAILED":
        up42.advance("2m")
    answer = up42.api("POST", f"{ORDERS}/{order_id}/cancellation")
    assert (answer.status_code, answer.json()) == (200, {"orderId": order_id, "status": "CANCELED"})
    up42.advance("30d")
    assert up42.state(order_id) == ("CANCELED", None)


@pytest.mark.parametrize("status", [405, 409, 422, 400])
def test_cancel_at_another_time(up42, status):
    """A cancel in any other status is refused with a status that nobody saw, and changes nothing."""
    up42.switch(cancelWrongState=status)
    order_id = up42.placed()
    up42.advance("1m")
    for word in ("BEING_PLACED", "PLACED", "BEING_FULFILLED", "FULFILLED", "FAILED_PERMANENTLY", "CANCELED"):
        up42.control("POST", f"/up42/orders/{order_id}", {"status": word})
        assert up42.api("POST", f"{ORDERS}/{order_id}/cancellation").status_code == status
        assert up42.state(order_id)[0] == word
    assert up42.api("POST", f"{ORDERS}/{UNKNOWN}/cancellation").status_code == 404


def test_a_person_can_edit_and_delete(up42):
    """Over the control API an order changes as by UP42's staff, and can vanish without a trace."""
    order_id = up42.placed(order(tags=["a"]))
    path = f"/up42/orders/{order_id}"
    params = {"acquisitionEnd": at(30), "cloudCoverage": 15}
    up42.control("POST", path, {"displayName": "theirs", "tags": None, "params": params})
    shown = up42.order(order_id)
    assert (shown["displayName"], shown["tags"]) == ("theirs", None)
    assert shown["orderDetails"]["acquisitionEnd"] == "2026-12-31T00:00:00.000Z"
    assert shown["orderDetails"]["maxCloudCover"] == 15
    forced = up42.control("POST", path, {"status": "BEING_FULFILLED", "subStatus": "FEASIBILITY_WAITING_UPLOAD"})
    assert (forced["status"], forced["subStatus"]) == ("BEING_FULFILLED", "FEASIBILITY_WAITING_UPLOAD")
    assert up42.order(order_id)["updatedBy"] == {"id": "admin", "type": "ADMIN"}
    up42.control("DELETE", path)
    assert (up42.list_page(), up42.control("GET", "/orders")) == ([], [])
    assert up42.http.delete(f"{up42.simulator.url}/_sim{path}").status_code == 404


@pytest.mark.parametrize(
    "edit",
    [
        {"color": "red"},
        {"params": {"acquisitionEnd": "x"}},
        {"params": 5},
        {"geometry": 5},
        {"geometry": None},
        {"tags": "a"},
        {"credits": -1},
        {"status": None},
        [],
    ],
)
def test_nonsense_edits_are_refused(up42, edit):
    """An edit that means nothing is a 400 and leaves the order alone."""
    order_id = up42.placed()
    before = up42.order(order_id)
    url = f"{up42.simulator.url}/_sim/up42/orders"
    assert up42.http.post(f"{url}/{order_id}", json=edit).status_code == 400
    assert up42.http.post(f"{url}/{UNKNOWN}", json={}).status_code == 404
    assert up42.order(order_id) == before


def test_control_tells_every_order(up42):
    """An order is told with its name, tags, state, decisions, price, workspace, and the body as it was received."""
    body = spot(displayName="field rc1-abc", tags=["rc1-abc"])
    order_id = up42.quoted(body)
    (told,) = up42.control("GET", "/orders")
    assert told == {
        "provider": "up42",
        "id": order_id,
        "text": "field rc1-abc",
        "tags": ["rc1-abc"],
        "status": "PLACED",
        "subStatus": "QUOTATION_WAITING_RESPONSE",
        "created": "2026-12-01T00:00:00Z",
        "updated": "2026-12-01T01:02:00Z",
        "price": {"amount": 60000, "currency": "CREDIT"},
        "account": up42.workspace,
        "study": up42.study(order_id),
        "quotes": up42.quotes(order_id),
        "params": {**SPOT, "cloudCoverage": 30},
        "geometry": POINT,
        "body": body,
    }
