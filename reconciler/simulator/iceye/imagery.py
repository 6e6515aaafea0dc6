"""Scenes, products and the files behind them (contracts/iceye.md sections 3.8 and 3.9)."""

from dataclasses import dataclass
from datetime import timedelta

from reconciler.simulator import files
from reconciler.simulator.iceye import cursors
from reconciler.simulator.iceye.contracts import PROVIDER
from reconciler.simulator.iceye.errors import not_found
from reconciler.simulator.iceye.modes import mode
from reconciler.simulator.iceye.task import DELIVERED, PLANNED, Task
from reconciler.simulator.iceye.tasks import visible_task
from reconciler.simulator.iceye.validation import read_query
from reconciler.simulator.instants import format_instant
from reconciler.simulator.messages import Answer, ErrorResponse, JsonObject, RequestContext

_URL_LIFE = timedelta(hours=1)
_CURSOR = frozenset({"cursor"})
_EARLY = ("GRD", "QLK")
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    suffix: str
    media: str
    size: int


_TIFF = _Kind(suffix="tif", media="image/tiff; application=geotiff", size=300_000)
_KINDS = {
    "SLC": _Kind(suffix="h5", media="application/x-hdf5", size=700_000),
    "QLK": _Kind(suffix="png", media="image/png", size=20_000),
    "SICD": _Kind(suffix="nitf", media="application/vnd.nitf", size=700_000),
    "SIDD": _Kind(suffix="nitf", media="application/vnd.nitf", size=300_000),
    "VID": _Kind(suffix="gif", media="image/gif", size=100_000),
}


def get_scene(call: RequestContext) -> Answer:
    """Return the planned or taken scene; a planned one still moves by seconds from hour to hour."""
    task, _ = visible_task(call)
    if task.step_at(call.now).status not in PLANNED:
        raise ErrorResponse(call.settings.integer("sceneUnavailable"), "ERR_SCENE_UNAVAILABLE", "scene unavailable")
    seconds = mode(task.facts["imagingMode"]).seconds
    hours_left = max(0, (task.acquisition - call.now) // _HOUR)
    start = task.acquisition + timedelta(seconds=hours_left % 7)
    angles = task.facts["incidenceAngle"]
    scene = {
        "imagingTime": {
            "start": format_instant(start),
            "end": format_instant(start + timedelta(seconds=seconds)),
        },
        "duration": seconds,
        "lookSide": _decided(task.facts["lookSide"], "LEFT"),
        "passDirection": _decided(task.facts["passDirection"], "ASCENDING"),
        "incidenceAngle": f"{(angles['min'] + angles['max']) / 2:.2f}",
    }
    return Answer(status=200, body=scene)


def list_products(call: RequestContext) -> Answer:
    """Return the products that are ready: the first of them at FULFILLED, all at DONE."""
    read_query(call, _CURSOR)
    task, _ = visible_task(call)
    wanted = call.params.get("productType")
    types = [product for product in _ready(call, task) if wanted in (None, product)]
    if not types:
        raise not_found("products")
    items = [_item(call, task, product) for product in types]
    return Answer(status=200, body=cursors.with_end({"data": items}, call.settings.text("productsEndCursor")))


def get_file(call: RequestContext) -> Answer:
    """Serve a product's bytes behind a signed address."""
    files.check_signature(call, PROVIDER)
    kind = _kind(call.params["productType"])
    content = files.made_up_content(f"{call.params['taskID']}/{call.params['productType']}", kind.size)
    return files.served(call, content, kind.media)


def _ready(call: RequestContext, task: Task) -> list[str]:
    ordered: list[str] = task.facts["productTypes"]
    match task.step_at(call.now).status:
        case "DONE":
            return ordered
        case status if status in DELIVERED:
            return [product for product in ordered if product in _EARLY] or ordered[:1]
        case _:
            return []


def _item(call: RequestContext, task: Task, product: str) -> JsonObject:
    """Return a product as a STAC item; ICEYE's own properties are unread, so few are set."""
    point = task.facts["pointOfInterest"]
    lon, lat = point["lon"], point["lat"]
    kind = _kind(product)
    return {
        "id": f"{task.id}-{product}",
        "type": "Feature",
        "stac_version": "1.0.0",
        "geometry": {"type": "Point", "coordinates": [lon, lat]},
        "bbox": [lon, lat, lon, lat],
        "properties": {
            "datetime": format_instant(task.acquisition),
            "created": format_instant(task.fulfilled_at(call.now) or call.now),
            "productType": product,
        },
        "links": [],
        "assets": {
            product.lower(): {
                "href": _signed_url(call, task, product),
                "type": kind.media,
                "roles": ["data"],
                "file:size": kind.size,
            }
        },
    }


def _signed_url(call: RequestContext, task: Task, product: str) -> str:
    path = f"/iceye/files/{task.id}/{product}/{task.id}_{product}.{_kind(product).suffix}"
    return files.signed_url(call, PROVIDER, path, _URL_LIFE)


def _kind(product: str) -> _Kind:
    return _KINDS.get(product, _TIFF)


def _decided(wanted: str, otherwise: str) -> str:
    return otherwise if wanted == "ANY" else wanted
