"""The hand of a person: what UP42's console and its staff do to orders, over the control API."""

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from reconciler.simulator import orders
from reconciler.simulator.control import json_object
from reconciler.simulator.instants import parse_instant
from reconciler.simulator.messages import Answer, Handler, JsonObject, RequestContext
from reconciler.simulator.switches import settings_of
from reconciler.simulator.up42 import life
from reconciler.simulator.up42.auth import PROVIDER
from reconciler.simulator.up42.errors import not_found
from reconciler.simulator.up42.order import SimulatedOrder
from reconciler.simulator.up42.ordering import described, save
from reconciler.simulator.up42.switches import SWITCHES

_FIELDS = {"displayName": "name", "tags": "tags", "budgetId": "budget", "geometry": "geometry"}


class _Point(BaseModel):
    type: Literal["Point"]
    coordinates: list[float] = Field(min_length=2)


class _Polygon(BaseModel):
    type: Literal["Polygon"]
    coordinates: list[list[list[float]]] = Field(min_length=1)


class _Edit(BaseModel):
    """What a person may do to an order; defaults only stand for "not sent"."""

    model_config = ConfigDict(extra="forbid", strict=True)

    displayName: str = ""
    tags: list[str] | None = None
    budgetId: str | None = None
    geometry: _Point | _Polygon = _Point(type="Point", coordinates=[0, 0])
    params: dict[str, Any] = Field(default_factory=dict)
    outcome: str = ""
    credits: int = Field(default=0, ge=0)
    status: str = ""
    subStatus: str | None = None


def on_order(deed: Callable[[RequestContext, SimulatedOrder], SimulatedOrder]) -> Handler:
    """Return a control handler that does something to the order in the path and tells it as `/_sim/orders` does."""

    @wraps(deed)
    def handler(call: RequestContext) -> Answer:
        row = orders.find(call.store, PROVIDER, call.params["orderID"].lower())
        if row is None:
            raise not_found()
        call = replace(call, settings=settings_of(call.store, PROVIDER, SWITCHES))
        order = deed(call, life.at(SimulatedOrder.from_row(row), call.now))
        save(call, order, row)
        return Answer(status=200, body=described(order))

    return handler


def edit_order(call: RequestContext, order: SimulatedOrder) -> SimulatedOrder:
    """Control: change an order as UP42's staff would.

    `params` (by merge, in the names of the request), `displayName`, `tags`, `budgetId` and `geometry` replace what
    the order says; `outcome` and `credits` set how it will end and what its next quote says; `status` and
    `subStatus` put words in force now, after which nothing happens by itself.
    """
    wanted = _Edit.model_validate(json_object(call)).model_dump(exclude_unset=True)
    order = _with_facts(order, wanted)
    course = {name: wanted[name] for name in ("outcome", "credits") if name in wanted}
    order = replace(order, course=replace(order.course, **course), stage=replace(order.stage, since=call.now))
    if "status" not in wanted and "subStatus" not in wanted:
        return order
    stage = order.stage
    words = {"status": wanted.get("status", stage.status), "sub_status": wanted.get("subStatus", stage.sub_status)}
    return order.moved(call.now, **words, by="admin")


def delete_order(call: RequestContext) -> Answer:
    """Control: remove an order without a trace."""
    if orders.find(call.store, PROVIDER, call.params["orderID"].lower()) is None:
        raise not_found()
    orders.delete(call.store, PROVIDER, call.params["orderID"].lower())
    return Answer(status=200, body={})


def _with_facts(order: SimulatedOrder, wanted: JsonObject) -> SimulatedOrder:
    facts = {field: wanted[name] for name, field in _FIELDS.items() if name in wanted}
    params = {**order.params, **wanted.get("params", {})}
    for name in ("acquisitionStart", "acquisitionEnd"):
        parse_instant(str(params[name]))
    return replace(order, params=params, **facts)
