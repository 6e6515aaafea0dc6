"""Orders in the words of the wire (contracts/up42.md section 6)."""

from datetime import UTC
from typing import Any

from reconciler.simulator.instants import parse_instant
from reconciler.simulator.messages import JsonObject
from reconciler.simulator.switches import Settings
from reconciler.simulator.up42.order import SimulatedOrder, stamp

_RENAMED = {
    "cloudCoverage": "maxCloudCover",
    "incidenceAngle": "maxIncidenceAngle",
    "spectralProcessing": "spectralBands",
}
_NOT_ECHOED = frozenset({"deliveredAs"})
_CRS = {"type": "name", "properties": {"name": "EPSG:4326"}}


def full_order(order: SimulatedOrder, settings: Settings) -> JsonObject:
    """Return the order of lists, get and amend; there is no price in it."""
    shown: JsonObject = {
        "id": order.id,
        "displayName": order.name,
        "workspaceId": order.workspace,
        "accountId": order.account,
        "type": "TASKING",
        "status": order.stage.status,
        "dataProductId": order.product,
        "tags": order.tags,
        "createdAt": stamp(order.created),
        "updatedAt": stamp(order.stage.since),
        "createdBy": _auditor(order.workspace),
        "updatedBy": _auditor(order.stage.by),
        "orderDetails": _details(order, settings),
    }
    return shown if order.budget is None else {**shown, "budgetId": order.budget}


def sub_status(order: SimulatedOrder, settings: Settings) -> str | None:
    """Return the subStatus that an order shows."""
    match settings.text("subStatus"):
        case "absent":
            return None
        case "stale" if order.stage.sub_status is not None:
            return "FEASIBILITY_WAITING_UPLOAD"
        case _:
            return order.stage.sub_status


def _details(order: SimulatedOrder, settings: Settings) -> JsonObject:
    details = {"extraDescription": "", **_echoed_params(order.params, settings.text("answerNames"))}
    for name in ("acquisitionStart", "acquisitionEnd"):
        details[name] = _window_end(order.params[name], settings.text("windowEcho"))
    details["geometry"] = {**order.geometry, "crs": _CRS} if settings.flag("geometryCrs") else order.geometry
    shown = sub_status(order, settings)
    return details if shown is None else {**details, "subStatus": shown}


def _echoed_params(params: JsonObject, names: str) -> JsonObject:
    match names:
        case "as-requested":
            return dict(params)
        case "as-text":
            return {name: _text(value) for name, value in params.items()}
        case _:
            return {_RENAMED.get(name, name): value for name, value in params.items() if name not in _NOT_ECHOED}


def _text(value: Any) -> Any:  # noqa: ANN401  a parameter is any JSON value
    return str(value) if isinstance(value, int | float) else value


def _window_end(text: str, form: str) -> str:
    instant = parse_instant(text).astimezone(UTC)
    match form:
        case "as-sent":
            return text
        case "offset":
            return instant.isoformat()
        case _:
            return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _auditor(who: str) -> JsonObject:
    kind = {"system": "INTERNAL", "admin": "ADMIN"}.get(who, "USER")
    return {"id": who, "type": kind}
