"""What was delivered: assets out of STAC items or out of UP42's older list, and how much is covered (section 11)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from reconciler.providers.base import ProductFile

ORDER = "up42-order:id"
"""The property of a STAC item that names its order."""
_ENDINGS = {
    "application/zip": ".zip",
    "image/tiff": ".tif",
    "application/json": ".json",
    "application/geo+json": ".geojson",
}
_ASSET = re.compile(r"(?:.*/v2/assets/)?([0-9A-Za-z][0-9A-Za-z-]{0,63})(?:/download-url)?")


def search(order_id: str, token: object = None) -> dict[str, object]:
    """Return the body of a STAC search for an order's items; `token` continues one."""
    wanted = {"op": "=", "args": [{"property": ORDER}, order_id]}
    more = {} if token is None else {"token": token}
    return {"filter": wanted, "filter-lang": "cql2-json", "limit": 100, **more}


def next_token(body: object) -> object:
    """Return what continues a search, None at its end. The address that a link names is never used."""
    links = body.get("links") if isinstance(body, dict) else None
    for link in links if isinstance(links, list) else ():
        if isinstance(link, dict) and link.get("rel") == "next" and isinstance(link.get("body"), dict):
            return link["body"].get("token") or link["body"].get("next")
    return None


def of_items(items: Iterable[object], order_id: str) -> Iterator[ProductFile]:
    """Yield the files of STAC items, of that order only."""
    for item in items:
        properties = item.get("properties") if isinstance(item, dict) else None
        assets = item.get("assets") if isinstance(item, dict) else None
        if isinstance(properties, dict) and properties.get(ORDER) == order_id and isinstance(assets, dict):
            for name, asset in assets.items():
                if isinstance(asset, dict) and (made := _product(asset.get("href"), asset, str(name))) is not None:
                    yield made


def of_assets(assets: Iterable[object], order_id: str) -> Iterator[ProductFile]:
    """Yield the files of the older list, of that order only."""
    for asset in assets:
        if isinstance(asset, dict) and asset.get("orderId") == order_id:
            made = _product(asset.get("id"), {**asset, "type": asset.get("contentType")}, "data")
            if made is not None:
                yield made


def coverage(body: object) -> dict[str, str]:
    """Return how much of an order has been delivered, in words; empty where an answer does not say so."""
    covered = body.get("covered") if isinstance(body, dict) else None
    if not isinstance(covered, dict):
        return {}
    share, area = covered.get("percentage"), covered.get("sqKmArea")
    if not _is_number(share):
        return {}
    return {"coverage": f"{share:g} %{f' ({area:g} km²)' if _is_number(area) else ''}"}


def _product(href: object, asset: dict[str, object], kind: str) -> ProductFile | None:
    """Make a product whose address is the asset's id: the signed address is asked for when it is fetched."""
    found = _ASSET.fullmatch(href) if isinstance(href, str) else None
    if found is None:
        return None
    media = asset.get("type")
    ending = _ENDINGS.get(media.partition(";")[0], "") if isinstance(media, str) else ""
    told = (asset.get("file:size"), asset.get("size"))
    sizes = [size for size in told if isinstance(size, int) and not isinstance(size, bool) and size >= 0]
    return ProductFile(name=f"{found[1]}{ending}", kind=kind, url=found[1], size=next(iter(sizes), None))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
