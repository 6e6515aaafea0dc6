"""Assets, STAC, downloads and coverage (contracts/up42.md section 11)."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from reconciler.simulator import files
from reconciler.simulator.instants import parse_instant
from reconciler.simulator.messages import Answer, JsonObject, RequestContext
from reconciler.simulator.up42 import geometry
from reconciler.simulator.up42.auth import PROVIDER, User
from reconciler.simulator.up42.catalog import PRODUCTS
from reconciler.simulator.up42.errors import not_found, problem
from reconciler.simulator.up42.order import SimulatedOrder, stamp
from reconciler.simulator.up42.ordering import find_order, visible_orders
from reconciler.simulator.up42.pages import joined, one, page_of, repeated

_MEDIA = "application/zip"
_SIZE = 250_000
_DEFAULT_LIMIT = 10
_STAC = "/up42/api/v2/assets/stac"
_CONFORMS = (
    "https://api.stacspec.org/v1.0.0/core",
    "https://api.stacspec.org/v1.0.0/item-search",
    "https://api.stacspec.org/v1.0.0/item-search#filter",
    "http://www.opengis.net/spec/cql2/1.0/conf/cql2-json",
)
_PLAIN = {
    "up42-order:id": "order_id",
    "up42-system:asset_id": "asset_id",
    "up42-system:workspace_id": "workspace_id",
    "up42-product:product_id": "product_id",
    "up42-user:tags": "tags",
    "up42-user:title": "title",
}
_COVERED = frozenset({"BEING_FULFILLED", "DOWNLOADED", "FULFILLED", "FAILED_PERMANENTLY", "DOWNLOAD_FAILED"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asset:
    """One delivery of an order."""

    order: SimulatedOrder
    number: int
    delivered: datetime

    @property
    def id(self) -> str:
        return self.order.own_id(f"asset {self.number}")

    @property
    def size(self) -> int:
        return _SIZE + self.number

    @property
    def name(self) -> str:
        return f"{self.order.id}_{self.number}.zip"

    @property
    def area(self) -> JsonObject:
        """The strip that it covers."""
        parts = self.order.course.captures
        _, rest = geometry.first_part(self.order.geometry, (self.number - 1) / parts)
        covered, _ = geometry.first_part(rest or self.order.geometry, 1 / (parts - self.number + 1))
        return covered


_SORTS = {
    "createdAt": lambda asset: asset.delivered,
    "updatedAt": lambda asset: asset.delivered,
    "size": lambda asset: asset.size,
    "name": lambda asset: asset.name,
}


def list_assets(call: RequestContext, user: User) -> Answer:
    """Return one page of what was delivered to the account."""
    found = [asset for asset in _assets(call, user) if _is_wanted(call, _asset_body(asset))]
    return page_of(call, found, _SORTS, _asset_body)


def get_asset(call: RequestContext, user: User) -> Answer:
    """Return one asset."""
    return Answer(status=200, body=_asset_body(_find(call, user)))


def get_download_url(call: RequestContext, user: User) -> Answer:
    """Return an address at which an asset can be had without a token, for some minutes."""
    asset = _find(call, user)
    path = f"/up42/files/{asset.id}/{asset.size}/{asset.name}"
    life = timedelta(seconds=call.settings.number("urlSeconds"))
    return Answer(status=200, body={"url": files.signed_url(call, PROVIDER, path, life)})


def get_file(call: RequestContext) -> Answer:
    """Serve an asset's bytes behind a signed address."""
    files.check_signature(call, PROVIDER)
    content = files.made_up_content(call.params["assetID"], int(call.params["size"]))
    return files.served(call, content, _MEDIA)


def get_stac_root(call: RequestContext, user: User) -> Answer:
    """Return the root of the STAC API."""
    root = _here(call, f"{_STAC}/")
    links = {"self": root, "root": root, "data": f"{root}collections", "search": f"{root}search"}
    catalog = {"type": "Catalog", "id": "up42-storage", "stac_version": "1.0.0", "description": "Assets."}
    shown = [{"rel": rel, "href": href, "type": "application/json"} for rel, href in links.items()]
    shown[-1] |= {"method": "POST", "type": "application/geo+json"}
    return Answer(status=200, body={**catalog, "conformsTo": list(_CONFORMS), "links": shown})


def search_stac(call: RequestContext, user: User) -> Answer:
    """Return items by a CQL2 filter of `=`, alone or joined by `and`."""
    body = _body(call)
    first, limit = _whole(body, "token", 0), _whole(body, "limit", _DEFAULT_LIMIT)
    wanted = _conditions(call, body.get("filter"))
    items = [_item(call, asset) for asset in _assets(call, user)]
    items = [item for item in items if all(_holds(item["properties"], name, value) for name, value in wanted)]
    links: list[JsonObject] = [{"rel": "self", "href": _here(call, f"{_STAC}/search")}]
    if first + limit < len(items):
        token = {"rel": "next", "method": "POST", "merge": True, "body": {"token": str(first + limit)}}
        links.append({**token, "href": _here(call, f"{_STAC}/search")})
    return Answer(
        status=200, body={"type": "FeatureCollection", "features": items[first : first + limit], "links": links}
    )


def get_coverage(call: RequestContext, user: User) -> Answer:
    """Return which part of an order was delivered; 404 while there is none."""
    order, _ = find_order(call, user)
    delivered = len(order.stage.delivered)
    if order.stage.status not in _COVERED or not delivered:
        raise not_found()
    share = delivered / order.course.captures
    covered, remainder = geometry.first_part(order.geometry, share)
    area = geometry.area(order.geometry)
    body = {"covered": _part(area, share, covered), "remainder": _part(area, 1 - share, remainder)}
    return Answer(status=200, body=body)


def _part(area: float, share: float, part: JsonObject | None) -> JsonObject:
    return {"sqKmArea": round(area * share, 2), "percentage": round(100 * share, 2), "geometry": part}


def _assets(call: RequestContext, user: User) -> Iterator[_Asset]:
    for order, _ in visible_orders(call, user):
        for number, delivered in enumerate(order.stage.delivered, start=1):
            yield _Asset(order=order, number=number, delivered=delivered)


def _find(call: RequestContext, user: User) -> _Asset:
    for asset in _assets(call, user):
        if asset.id == call.params["assetID"].lower():
            return asset
    raise not_found()


def _asset_body(asset: _Asset) -> JsonObject:
    order = asset.order
    return {
        "id": asset.id,
        "accountId": order.account,
        "workspaceId": order.workspace,
        "createdAt": stamp(asset.delivered),
        "updatedAt": stamp(asset.delivered),
        "name": asset.name,
        "size": asset.size,
        "contentType": _MEDIA,
        "orderId": order.id,
        "source": "TASKING",
        "productId": order.product,
        "producerName": "simulator",
        "collectionName": PRODUCTS[order.product].collection,
        "geospatialMetadataExtractionStatus": "SUCCESSFUL",
        "title": order.name,
        "tags": order.tags,
    }


def _is_wanted(call: RequestContext, shown: JsonObject) -> bool:
    search = one(call, "search")
    if search is not None and not any(search in shown[name] for name in ("id", "orderId", "name", "title")):
        return False
    for parameter, name in _ASSET_FILTERS.items():
        values = repeated(call, parameter) | joined(call, parameter)
        if values and shown[name] not in values:
            return False
    tags = repeated(call, "tags")
    return (not tags or bool(tags & set(shown["tags"] or ()))) and _is_in_time(call, shown["createdAt"])


_ASSET_FILTERS = {
    "workspaceId": "workspaceId",
    "collectionNames": "collectionName",
    "producerNames": "producerName",
    "sources": "source",
}


def _is_in_time(call: RequestContext, created: str) -> bool:
    after, before, instant = one(call, "createdAfter"), one(call, "createdBefore"), parse_instant(created)
    try:
        return (after is None or instant > parse_instant(after)) and (before is None or instant < parse_instant(before))
    except ValueError as error:
        raise problem(400, str(error)) from error


def _item(call: RequestContext, asset: _Asset) -> JsonObject:
    """Return an asset as a STAC item; its file is had by a POST to the address with /download-url added."""
    order, area = asset.order, asset.area
    href = _here(call, f"/up42/api/v2/assets/{asset.id}")
    return {
        "type": "Feature",
        "stac_version": "1.0.0",
        "stac_extensions": [],
        "id": str(uuid.uuid5(uuid.UUID(asset.id), "item")),
        "collection": order.own_id("items"),
        "geometry": area,
        "bbox": geometry.bounds(area),
        "properties": {
            "datetime": stamp(asset.delivered),
            "up42-order:id": order.id,
            "up42-system:asset_id": asset.id,
            "up42-system:workspace_id": order.workspace,
            "up42-product:product_id": order.product,
            "up42-user:tags": order.tags,
            "up42-user:title": order.name,
        },
        "links": [],
        "assets": {"data": {"href": href, "type": _MEDIA, "roles": ["data"], "file:size": asset.size}},
    }


def _conditions(call: RequestContext, wanted: Any) -> list[tuple[str, Any]]:  # noqa: ANN401  a filter is any JSON value
    match wanted:
        case None:
            return []
        case {"op": "and", "args": list(parts)}:
            return [condition for part in parts for condition in _conditions(call, part)]
        case {"op": "=", "args": [{"property": str(name)}, value]}:
            return [(_property(call, name), value)]
        case _:
            raise problem(400, "The filter is not understood.")


def _property(call: RequestContext, name: str) -> str:
    """Return the name on items of a property that a filter may name."""
    if call.settings.text("stacFilterNames") == "prefixed":
        known = {prefixed: prefixed for prefixed in _PLAIN}
    else:
        known = {plain: prefixed for prefixed, plain in _PLAIN.items()}
    if name not in known:
        raise problem(400, f"The property {name} cannot be searched for.")
    return known[name]


def _holds(properties: JsonObject, name: str, value: Any) -> bool:  # noqa: ANN401  as in the filter
    kept = properties[name]
    return value in kept if isinstance(kept, list) else bool(kept == value)


def _body(call: RequestContext) -> JsonObject:
    try:
        body = call.request.json()
    except ValueError as error:
        raise problem(400, "The body is not JSON.") from error
    if not isinstance(body, dict):
        raise problem(400, "The body is no JSON object.")
    return body


def _whole(body: JsonObject, name: str, default: int) -> int:
    """Return a number of a search; the token of a next page is one in the form of text."""
    text = str(body.get(name, default))
    if not (text.isascii() and text.isdecimal()) or len(text) > 9:
        raise problem(400, f"{name} is no whole number.")
    return int(text)


def _here(call: RequestContext, path: str) -> str:
    return f"http://{call.request.headers['host']}{path}"
