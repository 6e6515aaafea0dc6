"""Taskings in the words of the wire, and the envelope around them (contracts/vantor.md sections 2.1, 6 and 10)."""

from typing import Any
from urllib.parse import urlencode

from reconciler.simulator.instants import format_instant
from reconciler.simulator.messages import Answer, JsonObject, RequestContext
from reconciler.simulator.switches import Settings
from reconciler.simulator.vantor import dates, polygon
from reconciler.simulator.vantor.auth import KEY_PARAMETER
from reconciler.simulator.vantor.life import PRODUCTION_FAILURE, step_at
from reconciler.simulator.vantor.order import SimulatedOrder

_SECRETS = frozenset({"sas_url", "service_credentials"})
_MASK = "********"
_DATES = ("start_collect_datetime", "end_collect_datetime")
_OPTIONS = {"flexView": "Pan_or_Any_Bundle", "fastView": "Pan_or_3_Band_PanSharpen"}
_CLOUD_COVER = 15
_WORDS = {
    "notifications-page": {"DELIVERY-SUCCESS": "PARTIAL-DELIVERY", "FAILED": "FAIL"},
    "v1": {"DELIVERY-SUCCESS": "CONTENT-PRODUCTION-SUCCESS", PRODUCTION_FAILURE: "CONTENT-PRODUCTION-FAILURE"},
}


def answer(call: RequestContext, status: int, data: JsonObject, **more: object) -> Answer:
    """Return an answer in the envelope; `more` stands beside the data, and its links beside the request's own."""
    now = format_instant(call.now)
    body: JsonObject = {
        **(data if call.settings.text("envelope") == "bare" else {"data": data}),
        "request_timestamp": now,
        "response_timestamp": now,
        "request_duration": 0.01,
        **more,
    }
    links = {"request": address(call, call.request.query), **body.get("links", {})}
    return Answer(status=status, body={**body, "links": links})


def address(call: RequestContext, query: tuple[tuple[str, str], ...]) -> str:
    """Return the address of the path asked for with a query; a key is never part of it."""
    shown = [(name, value) for name, value in query if name != KEY_PARAMETER]
    base = f"http://{call.request.headers['host']}{call.request.path}"
    return f"{base}?{urlencode(shown)}" if shown else base


def tasking(call: RequestContext, order: SimulatedOrder, *, listed: bool = False) -> JsonObject:
    """Return a tasking as get, or a list, shows it."""
    step, form = step_at(order, call.now), call.settings.text("dateEcho")
    modified = max(step.at, order.edited or step.at)
    details = step.details or (f"Delivered for {step.delivered} % of the area." if step.delivered else None)
    shown = {
        **identity(call, order),
        **settings_filled(call, order.facts),
        call.settings.text("statusName"): spelled(step.status, call.settings.text("spelling")),
        "status_details": details,
        "date_created": dates.written(order.created, form),
        "date_modified": dates.written(modified, form),
        "user_id": order.owner,
    }
    echo = call.settings.text("descriptionEcho")
    if echo == "absent" or (echo == "get" and listed):
        shown.pop("request_description", None)
    return shown


def identity(call: RequestContext, order: SimulatedOrder) -> JsonObject:
    """Return a tasking's id alone."""
    is_text = call.settings.text("idForm") == "text"
    return {call.settings.text("idName"): order.id if is_text else int(order.id)}


def settings_filled(call: RequestContext, facts: JsonObject) -> JsonObject:
    """Return the fields of a request as the server writes them, with defaults where they were left out."""
    settings = call.settings
    shown = _filled(facts) if settings.flag("defaultsFilled") else dict(facts)
    for name in _DATES:
        shown[name] = dates.echoed(shown[name], settings.text("dateEcho"))
    if settings.text("geometryEcho") == "turned":
        shown["geometry"] = polygon.turned(shown["geometry"])
    if "output_configs" in shown:
        shown["output_configs"] = [_masked(output, settings) for output in shown["output_configs"]]
    return shown


def spelled(status: str, spelling: str) -> str:
    """Return a status in one of its spellings."""
    word = _WORDS.get(spelling, {}).get(status, status)
    if word == PRODUCTION_FAILURE:
        word = "IN-PRODUCTION"
    match spelling:
        case "v1":
            return word.replace("-", "_")
        case "lower":
            return word.lower()
        case _:
            return word


def _filled(facts: JsonObject) -> JsonObject:
    option = _OPTIONS[facts["tasking_tier"]]
    filled: JsonObject = {
        "is_private": False,
        **facts,
        "tasking_details": {"max_cloud_cover": _CLOUD_COVER, **facts.get("tasking_details", {})},
        "product_details": {"product_option": option, **facts["product_details"]},
    }
    if "notifications" in facts:
        filled["notifications"] = [{"level": "FINAL_ONLY", **one} for one in facts["notifications"]]
    return filled


def _masked(output: JsonObject, settings: Settings) -> JsonObject:
    match settings.text("secretEcho"):
        case "echoed":
            return output
        case "dropped":
            return {name: value for name, value in output.items() if name not in _SECRETS}
        case _:
            masked: dict[str, Any] = {name: _MASK for name in output if name in _SECRETS}
            return {**output, **masked}
