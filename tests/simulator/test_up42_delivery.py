"""UP42's assets, STAC items, downloads and coverage, while captures arrive and afterwards."""

import pytest

from .scenario import at
from .up42 import POINT, UNKNOWN, radar, spot

ASSETS = "/v2/assets"
SEARCH = f"{ASSETS}/stac/search"


def collecting(up42, days: float, body=None) -> str:
    """Place an order and come to a day of its collection: its window is from day 5 to day 15."""
    order_id = up42.accepted(spot() if body is None else body)
    until(up42, days)
    return order_id


def until(up42, days: float) -> None:
    up42.control("POST", "/clock", {"set": at(days)})
    up42.headers = {}


def found(up42, name: str, value: str, **more) -> list[dict]:
    body = {"filter": {"op": "=", "args": [{"property": name}, value]}, "filter-lang": "cql2-json", **more}
    answer = up42.api("POST", SEARCH, body)
    assert answer.status_code == 200, answer.text
    return answer.json()["features"]


def address(up42, asset_id: str) -> str:
    return up42.api("POST", f"{ASSETS}/{asset_id}/download-url").json()["url"]


def test_assets_arrive_one_by_one(up42):
    """Deliveries come at equal parts of the window, and the last one fulfills the order."""
    order_id = collecting(up42, 6)
    counts = []
    for days in (6, 8.4, 11.7, 15):
        until(up42, days)
        counts.append((len(up42.list_page(ASSETS, search=order_id)), up42.state(order_id)[0]))
    assert counts == [(0, "BEING_FULFILLED"), (1, "BEING_FULFILLED"), (2, "FULFILLED"), (2, "FULFILLED")]


def test_an_asset_shows_what_it_is_of(up42):
    """An asset names its order, product, collection, size and type, and is had by its id."""
    order_id = collecting(up42, 9, spot(tags=["rc1-abc"]))
    (asset,) = up42.list_page(ASSETS, search=order_id)
    assert asset == up42.got(f"{ASSETS}/{asset['id']}")
    assert (asset["orderId"], asset["source"], asset["collectionName"]) == (order_id, "TASKING", "blacksky-tasking")
    assert (asset["size"], asset["contentType"], asset["tags"]) == (250_001, "application/zip", ["rc1-abc"])
    assert asset["geospatialMetadataExtractionStatus"] == "SUCCESSFUL"
    assert up42.api("GET", f"{ASSETS}/{UNKNOWN}").status_code == 404


def test_assets_are_filtered(up42):
    """Assets narrow down by order, time, workspace, collection, producer, tag and source."""
    first, second = up42.accepted(spot(tags=["a"])), up42.placed(radar(tags=["b"]))
    until(up42, 20)
    assert len(up42.list_page(ASSETS)) == 4
    for query, count in (
        ({"search": first}, 2),
        ({"search": "nobody"}, 0),
        ({"tags": "b"}, 2),
        ({"tags": ["a", "b"]}, 4),
        ({"collectionNames": "radar-tasking"}, 2),
        ({"producerNames": "other"}, 0),
        ({"sources": ["ARCHIVE", "TASKING"]}, 4),
        ({"sources": "ARCHIVE"}, 0),
        ({"workspaceId": UNKNOWN}, 0),
        ({"createdAfter": at(8), "createdBefore": at(10)}, 2),
        ({"createdAfter": at(16)}, 0),
    ):
        assert len(up42.list_page(ASSETS, **query)) == count, query
    assert up42.api("GET", ASSETS, params={"createdAfter": "soon"}).status_code == 400
    sizes = [asset["size"] for asset in up42.list_page(ASSETS, search=second, sort="size,desc")]
    assert sizes == [250_002, 250_001]


def test_the_number_of_captures_is_a_switch(up42):
    """An order is fulfilled by one to four deliveries."""
    up42.switch(captures=4)
    order_id = collecting(up42, 20)
    assert len(up42.list_page(ASSETS, search=order_id)) == 4


def test_stac_items_lead_to_downloads(up42):
    """The catalog names its search; an item names its order, and its asset's address leads to a download."""
    root = up42.got(f"{ASSETS}/stac/")
    assert root == up42.got(f"{ASSETS}/stac")
    links = {link["rel"]: link["href"] for link in root["links"]}
    assert set(links) == {"self", "root", "data", "search"}
    assert links["search"] == up42.simulator.up42_url + SEARCH
    assert any("item-search#filter" in conforms for conforms in root["conformsTo"])
    up42.accepted(spot())
    order_id = collecting(up42, 20)
    items = found(up42, "up42-order:id", order_id)
    assert len(items) == 2
    for item in items:
        (asset,) = item["assets"].values()
        assert asset["href"].startswith(f"{up42.simulator.up42_url}{ASSETS}/")
        url = up42.api("POST", asset["href"].removeprefix(up42.simulator.up42_url) + "/download-url").json()["url"]
        assert len(up42.http.get(url).content) == asset["file:size"]


def test_stac_searches(up42):
    """A search filters by the properties of items, joins conditions by and, pages, and refuses what it cannot."""
    up42.switch(captures=4)
    order_id = collecting(up42, 20, spot(tags=["a"], displayName="named"))
    item = found(up42, "up42-order:id", order_id)[0]
    for name in ("up42-system:asset_id", "up42-user:tags", "up42-user:title", "up42-product:product_id"):
        value = item["properties"][name]
        assert item in found(up42, name, value[0] if isinstance(value, list) else value)
    both = {"op": "and", "args": [_equal("up42-user:title", "named"), _equal("up42-user:tags", "none")]}
    assert up42.api("POST", SEARCH, {"filter": both}).json()["features"] == []
    page = up42.api("POST", SEARCH, {"limit": 3}).json()
    (link,) = [link for link in page["links"] if link["rel"] == "next"]
    rest = up42.api("POST", SEARCH, {"limit": 3, **link["body"]}).json()
    assert len({one["id"] for one in page["features"] + rest["features"]}) == 4
    assert [link["rel"] for link in rest["links"]] == ["self"]
    for body in ({"filter": _equal("order_id", order_id)}, {"filter": {"op": "like", "args": []}}, {"limit": "x"}, []):
        assert up42.api("POST", SEARCH, body).status_code == 400


def test_the_names_of_a_search_are_a_switch(up42):
    """A search takes the names of items, or the plain ones that older clients sent."""
    order_id = collecting(up42, 9)
    up42.switch(stacFilterNames="plain")
    assert len(found(up42, "order_id", order_id)) == 1
    assert up42.api("POST", SEARCH, {"filter": _equal("up42-order:id", order_id)}).status_code == 400


@pytest.mark.parametrize(
    ("wanted", "status", "bounds"),
    [
        ("bytes=0-9", 206, (0, 10)),
        ("bytes=100-", 206, (100, 250_001)),
        ("bytes=250001-", 416, (0, 0)),
        ("lines=1-2", 200, (0, 250_001)),
    ],
)
def test_downloads_have_ranges(up42, wanted, status, bounds):
    """An address needs no token, gives the same bytes each time, and takes ranges."""
    collecting(up42, 9)
    (asset,) = up42.list_page(ASSETS)
    whole = up42.http.get(address(up42, asset["id"])).content
    answer = up42.http.get(address(up42, asset["id"]), headers={"Range": wanted})
    begin, end = bounds
    assert (len(whole), answer.status_code, answer.content) == (asset["size"], status, whole[begin:end])


def test_addresses_expire(up42):
    """An address is good for five minutes (by switch, for another time) and for its own file."""
    collecting(up42, 9)
    (asset,) = up42.list_page(ASSETS)
    url = address(up42, asset["id"])
    assert up42.http.get(url.replace("/250001/", "/250002/")).status_code == 403
    up42.advance("299s")
    assert up42.http.get(url).status_code == 200
    up42.switch(urlSeconds=30)
    short = address(up42, asset["id"])
    up42.advance("1s")
    assert up42.http.get(url).status_code == 403
    up42.advance("29s")
    assert up42.http.get(short).status_code == 403
    assert up42.api("POST", f"{ASSETS}/{UNKNOWN}/download-url").status_code == 404


def test_coverage_grows(up42):
    """Coverage is a 404 before the first delivery, then tells covered and remaining parts, and is whole at the end."""
    order_id = up42.accepted()
    path = f"/v2/coverage/orders/{order_id}"
    until(up42, 6)
    assert up42.api("GET", path).status_code == 404
    until(up42, 14)
    half = up42.got(path)
    assert (half["covered"]["percentage"], half["remainder"]["percentage"]) == (50, 50)
    assert half["covered"]["sqKmArea"] == pytest.approx(76.21 / 2, abs=0.01)
    assert half["covered"]["geometry"]["type"] == half["remainder"]["geometry"]["type"] == "Polygon"
    until(up42, 40)
    whole = up42.got(path)
    assert (whole["covered"]["percentage"], whole["remainder"]["geometry"]) == (100, None)
    assert up42.api("GET", f"/v2/coverage/orders/{UNKNOWN}").status_code == 404


def test_a_failed_order_may_hold_a_part(up42):
    """An order that fails while collecting keeps what came before, and its coverage."""
    up42.switch(outcome="FAILED_PERMANENTLY")
    order_id = collecting(up42, 20)
    assert up42.state(order_id)[0] == "FAILED_PERMANENTLY"
    assert len(up42.list_page(ASSETS, search=order_id)) == 1
    assert up42.got(f"/v2/coverage/orders/{order_id}")["covered"]["percentage"] == 50


def test_a_point_covers_its_scene(up42):
    """An order at a point is delivered as strips of a scene around it."""
    order_id = collecting(up42, 20)
    west, south, east, north = found(up42, "up42-order:id", order_id)[0]["bbox"]
    lon, lat = POINT["coordinates"]
    assert west < east <= lon + 0.001
    assert south < lat < north


def _equal(name: str, value: str) -> dict:
    return {"op": "=", "args": [{"property": name}, value]}
