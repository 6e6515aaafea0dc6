"""What was delivered: files by STAC or by the older list, fetched by addresses that are signed when they are needed."""

from __future__ import annotations

import json

import httpx
import pytest

from reconciler.model.errors import ProviderError, RefusalKind, RefusedError, UnclearError
from reconciler.model.ids import ProviderOrderId
from reconciler.providers.base import ProductFile

from ..scenario import answer
from .scenario import ENDPOINT, ORDER_ID, PRODUCT, Routes, connected, lists, page, problem

ID = ProviderOrderId(ORDER_ID)
ASSET = "a55e7000-3a51-4c3d-8d2a-6a1f2c3d4e5f"
STAC, OLDER = "POST /v2/assets/stac/search", "GET /v2/assets"
ADDRESS = f"POST /v2/assets/{ASSET}/download-url"


def item(order: str = ORDER_ID, **asset: object) -> dict:
    made = {"href": f"{ENDPOINT}/v2/assets/{ASSET}", "type": "application/zip", "file:size": 3, **asset}
    return {"type": "Feature", "id": "item", "properties": {"up42-order:id": order}, "assets": {"data": made}}


def items(*features: object, token: object = None) -> httpx.Response:
    links = [{"rel": "self"}, {"rel": "next", "href": "https://other.test", "body": {"token": token}}]
    return answer(200, {"type": "FeatureCollection", "features": list(features), "links": links if token else []})


def asset(**changes: object) -> dict:
    return {"id": ASSET, "orderId": ORDER_ID, "size": 3, "contentType": "application/zip", "name": "a.zip", **changes}


FILE = ProductFile(name=f"{ASSET}.zip", kind="data", url=ASSET, size=3)


def test_files_by_stac():
    """Those of the order alone, whatever the server takes a filter for; pages are followed by their tokens."""
    routes = lists(**{STAC: [items(item(), item(order=PRODUCT), token="2"), items(item(href=f"{ENDPOINT}/x"))]})
    assert connected(routes).products(ID) == (FILE,)
    first, second = [json.loads(request.content) for request in routes.asked(STAC)]
    assert first["filter"] == {"op": "=", "args": [{"property": "up42-order:id"}, ORDER_ID]}
    assert "token" not in first
    assert second == {**first, "token": "2"}


@pytest.mark.parametrize("stac", [items(), items(item(order=PRODUCT)), problem(400, "unknown property"), problem(404)])
def test_files_by_the_older_list(stac):
    """Where STAC brings none, or does not take the filter."""
    others = [asset(id="x", orderId=PRODUCT), "x", asset(id="../x")]
    routes = lists(**{STAC: stac, OLDER: page(asset(), *others)})
    assert connected(routes).products(ID) == (FILE,)
    assert routes.asked(OLDER)[0].url.params["search"] == ORDER_ID


def test_no_files_yet():
    """Neither has any; where the older list is gone, the search alone counts."""
    assert connected(lists(**{STAC: items(), OLDER: page()})).products(ID) == ()
    assert connected(lists(**{STAC: items(), OLDER: problem(404)})).products(ID) == ()


@pytest.mark.parametrize(
    ("stac", "older"),
    [
        (problem(400, "unknown property"), problem(404)),
        (items(), answer(500)),
        (answer(500), page()),
        (answer(200, {"features": None}), page()),
        ([items(item(), token="2"), items(item(), token="2")], page()),
        ([items(item(), token="2"), items(token="3")], page()),
    ],
)
def test_files_that_cannot_be_listed(stac, older):
    """An unreadable or endless list is no empty one."""
    with pytest.raises(ProviderError):
        connected(lists(**{STAC: stac, OLDER: older})).products(ID)


@pytest.mark.parametrize(
    ("changes", "name", "size"),
    [
        ({"file:size": ...}, f"{ASSET}.zip", None),
        ({"file:size": ..., "size": 7}, f"{ASSET}.zip", 7),
        ({"file:size": "3"}, f"{ASSET}.zip", None),
        ({"file:size": True}, f"{ASSET}.zip", None),
        ({"type": "image/tiff; application=geotiff"}, f"{ASSET}.tif", 3),
        ({"type": "application/unheard-of"}, ASSET, 3),
        ({"type": None}, ASSET, 3),
        ({"href": f"{ENDPOINT}/v2/assets/{ASSET}/download-url"}, f"{ASSET}.zip", 3),
    ],
)
def test_the_facts_of_a_file(changes, name, size):
    """Named by its asset, so that a file is the same by either list; its size only where it is told."""
    whole = item(**changes)
    whole["assets"]["data"] = {k: v for k, v in whole["assets"]["data"].items() if v is not ...}
    (file,) = connected(lists(**{STAC: items(whole)})).products(ID)
    assert (file.name, file.size, file.url) == (name, size, ASSET)


def test_a_download(tmp_path):
    """The address is asked for now, and fetched without our token."""
    signed = "https://storage.test/files/a.zip?X-Signature=s"
    routes = lists(**{ADDRESS: answer(200, {"url": signed}), "GET /files/a.zip": httpx.Response(200, content=b"abc")})
    connected(routes).download(FILE, tmp_path / FILE.name, lambda done, whole: None)
    assert (tmp_path / FILE.name).read_bytes() == b"abc"
    (fetched,) = routes.asked("GET /files/a.zip")
    assert str(fetched.url) == signed
    assert "authorization" not in fetched.headers


def test_a_download_of_another_size(tmp_path):
    """It is not kept under its name."""
    address = answer(200, {"url": "https://storage.test/files/a.zip"})
    routes = lists(**{ADDRESS: address, "GET /files/a.zip": httpx.Response(200, content=b"abcd")})
    with pytest.raises(UnclearError):
        connected(routes).download(FILE, tmp_path / FILE.name, lambda done, whole: None)
    assert not (tmp_path / FILE.name).exists()


@pytest.mark.parametrize("body", [{}, [], {"url": None}, {"url": "file:///etc/passwd"}, {"url": 7}])
def test_no_address_to_fetch(body, tmp_path):
    """Nothing is fetched then."""
    with pytest.raises(UnclearError, match="no address"):
        connected(lists(**{ADDRESS: answer(200, body)})).download(FILE, tmp_path / "a", lambda done, whole: None)


def test_an_asset_that_is_gone(tmp_path):
    """UP42's own words are repeated."""
    routes = lists(**{ADDRESS: problem(404, "Resource does not exist.")})
    with pytest.raises(RefusedError, match="does not exist") as caught:
        connected(routes).download(FILE, tmp_path / "a", lambda done, whole: None)
    assert caught.value.kind is RefusalKind.NOT_FOUND


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (answer(200, {"covered": {"sqKmArea": 12.5, "percentage": 37.5}}), {"coverage": "37.5 % (12.5 km²)"}),
        (answer(200, {"covered": {"percentage": 100}}), {"coverage": "100 %"}),
        (answer(200, {"covered": {"sqKmArea": 12.5}}), {}),
        (answer(200, {"covered": None}), {}),
        (answer(200, []), {}),
        (problem(404), {}),
        (answer(500), {}),
    ],
)
def test_the_coverage(given, told):
    """In words; nothing before there is any, and nothing where it cannot be read."""
    assert connected(Routes({f"GET /v2/coverage/orders/{ORDER_ID}": given})).details(ID) == told
