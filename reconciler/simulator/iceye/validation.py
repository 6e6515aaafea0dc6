"""Requests judged strictly: first their shape, then the rules of the contract and of time.

Shapes are ICEYE's schemas, all with `additionalProperties: false` (contracts/iceye.md sections 1 and 3.1).
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from reconciler.simulator.iceye import contracts
from reconciler.simulator.iceye.errors import bad_request
from reconciler.simulator.instants import parse_instant
from reconciler.simulator.messages import Json, JsonObject, RequestContext

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)
_NIL = "00000000-0000-0000-0000-000000000000"
_LIMIT = re.compile(r"\d{1,9}", re.ASCII)
_DEFAULT_LIMIT = 10
_DAY = timedelta(days=1)
_LATEST_END = timedelta(days=14)
_NOTICE = {"COMMERCIAL": timedelta(hours=12), "BACKGROUND": timedelta(hours=24)}


def check_uuid(text: str) -> str:
    """Return a UUID in lower case; raise ValueError for any form but the canonical one."""
    if _UUID.fullmatch(text) is None:
        raise ValueError("not a UUID")
    return text.lower()


def _check_instant(text: str) -> str:
    parse_instant(text)
    return text


Uuid = Annotated[str, AfterValidator(check_uuid)]
Instant = Annotated[str, AfterValidator(_check_instant)]
Degrees = Annotated[int, Field(ge=10, le=45)]
ProductType = Literal["GRD", "GRD-COG", "SLC", "SLC-COG", "QLK", "SICD", "SIDD", "CSI", "VID", "CSI-COG", "VID-COG"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class Point(_Strict):
    """A point in WGS 84 degrees."""

    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)


class Window(_Strict):
    """An acquisition window of two RFC 3339 instants."""

    start: Instant
    end: Instant


class Angles(_Strict):
    """A range of incidence angles, in whole degrees."""

    min: Degrees
    max: Degrees

    @model_validator(mode="after")
    def _in_order(self) -> "Angles":
        if self.min > self.max:
            raise ValueError("min is greater than max")
        return self


class Location(_Strict):
    """Where to deliver to."""

    configID: Uuid
    path: str = Field(min_length=1)
    subPath: str = ""


class Delivery(_Strict):
    """A set of locations."""

    locations: list[Location] = Field(min_length=1)


class Webhook(_Strict):
    """A webhook registered beforehand; any UUID passes, for webhooks are not simulated."""

    id: Uuid


class Notifications(_Strict):
    """Whom to tell."""

    webhook: Webhook


class TaskRequest(_Strict):
    """The body of create, and one item of a feasibility check.

    Optional fields may be left out but not be null: the schemas know no null. The values given here for
    them only stand for "not sent" and are never read.
    """

    contractID: Uuid
    pointOfInterest: Point
    acquisitionWindow: Window
    imagingMode: str = Field(min_length=1)
    reference: str = Field(default="", max_length=256)
    exclusivity: Literal["PRIVATE", "PUBLIC"] = "PRIVATE"
    priority: Literal["BACKGROUND", "COMMERCIAL"] = "COMMERCIAL"
    sla: str = ""
    eula: Literal["STANDARD", "GOVERNMENT", "MULTI"] = "STANDARD"
    incidenceAngle: Angles = Angles(min=10, max=45)
    lookSide: Literal["LEFT", "RIGHT", "ANY"] = "ANY"
    passDirection: Literal["ASCENDING", "DESCENDING", "ANY"] = "ANY"
    productTypes: list[ProductType] = Field(default_factory=list)
    notifications: Notifications = Notifications(webhook=Webhook(id=_NIL))
    deliveries: list[Delivery] = Field(default_factory=list)
    imagingDuration: int = Field(default=0, ge=1, le=180)


class CancelRequest(_Strict):
    """The only body that PATCH takes."""

    status: Literal["CANCELED"]


def read_task(call: RequestContext, body: Json) -> JsonObject:
    """Return the fields that a create or feasibility request sets, in wire form; 400 for a wrong shape."""
    sent = _validated(call, TaskRequest, body)
    if "imagingDuration" in sent and not call.settings.flag("imagingDurationAccepted"):
        if call.settings.text("unknownFields") == "refused":
            raise bad_request("invalid request: imagingDuration: Extra inputs are not permitted")
        del sent["imagingDuration"]
    return sent


def read_cancel(call: RequestContext, body: Json) -> None:
    """Raise a 400 for anything but the one body that PATCH takes."""
    _validated(call, CancelRequest, body)


def read_body(call: RequestContext) -> Json:
    """Return a request's JSON; raise a 400 for another content type or for no JSON."""
    if call.request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise bad_request("invalid request: Content-Type must be application/json")
    try:
        return call.request.json()
    except ValueError as error:
        raise bad_request(f"invalid request: the body is not JSON: {error}") from error


def read_query(call: RequestContext, known: frozenset[str]) -> dict[str, str]:
    """Return the query parameters; raise a 400 for one given twice, or (by switch) for an unknown one."""
    query: dict[str, str] = {}
    for name, value in call.request.query:
        if name in query:
            raise bad_request(f"invalid request: query parameter {name} is given twice")
        if name in known:
            query[name] = value
        elif call.settings.text("unknownQuery") == "refused":
            raise bad_request(f"invalid request: unknown query parameter {name}")
    return query


def read_limit(query: Mapping[str, str], maximum: int) -> int:
    """Return the page size; 0 is in the documented range and taken as the default of 10."""
    text = query.get("limit")
    if text is None:
        return min(_DEFAULT_LIMIT, maximum)
    if _LIMIT.fullmatch(text) is None or int(text) > maximum:
        raise bad_request(f"invalid request: limit must be an integer from 0 to {maximum}")
    return int(text) or _DEFAULT_LIMIT


def check_allowed(contract: JsonObject, facts: JsonObject) -> None:
    """Raise a 400 for a value that the contract does not allow."""
    for name, rule in (
        ("imagingMode", "imagingModes"),
        ("priority", "priority"),
        ("exclusivity", "exclusivity"),
        ("sla", "sla"),
        ("eula", "eula"),
    ):
        if name in facts and facts[name] not in contracts.allowed(contract, rule):
            raise bad_request(f"could not create task: {name} {facts[name]!r} is not allowed by the contract")
    for product in facts.get("productTypes", []):
        if product not in contracts.allowed(contract, "productTypes"):
            raise bad_request(f"could not create task: product type {product!r} is not allowed by the contract")
    known = {(place["configID"], place["path"]) for place in contract.get("deliveryLocations") or []}
    for delivery in facts.get("deliveries", []):
        for place in delivery["locations"]:
            if (place["configID"], place["path"]) not in known:
                raise bad_request(f"could not create task: delivery path {place['path']!r} is not in the contract")


def check_window(window: Mapping[str, str], priority: str, now: datetime) -> None:
    """Raise a 400 for a window too soon (12 h, BACKGROUND 24 h), too late (14 days) or too narrow (24 h)."""
    start, end = parse_instant(window["start"]), parse_instant(window["end"])
    notice = _NOTICE.get(priority, _NOTICE["COMMERCIAL"])
    if start < now + notice:
        hours = notice // timedelta(hours=1)
        raise bad_request(f"could not create task: the window must start at least {hours} h ahead for {priority}")
    if end > now + _LATEST_END:
        raise bad_request("could not create task: the window must end within 14 days")
    if end - start < _DAY:
        raise bad_request("could not create task: the window must be at least 24 h wide")


def _validated(call: RequestContext, shape: type[BaseModel], body: Json) -> dict[str, Any]:
    try:
        return shape.model_validate(body).model_dump(mode="json", exclude_unset=True)
    except ValidationError as error:
        extras = [wrong["loc"] for wrong in error.errors() if wrong["type"] == "extra_forbidden"]
        if extras and call.settings.text("unknownFields") == "ignored":
            return _validated(call, shape, _without(body, extras))
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "body"
        raise bad_request(f"invalid request: {place}: {first['msg']}") from error


def _without(body: Json, places: list[tuple[int | str, ...]]) -> Json:
    """Return a body without the fields at some places."""
    if isinstance(body, dict):
        here = {place[0] for place in places if len(place) == 1}
        return {
            name: _without(value, [place[1:] for place in places if place[0] == name and len(place) > 1])
            for name, value in body.items()
            if name not in here
        }
    if isinstance(body, list):
        return [
            _without(value, [place[1:] for place in places if place[0] == index and len(place) > 1])
            for index, value in enumerate(body)
        ]
    return body
