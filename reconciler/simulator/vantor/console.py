"""The hand of a person: what Vantor's Hub and its staff do to taskings, over the control API."""

from dataclasses import replace

from pydantic import BaseModel, ConfigDict, Field

from reconciler.simulator import orders
from reconciler.simulator.control import json_object
from reconciler.simulator.messages import Answer, RequestContext
from reconciler.simulator.orders import OrderRow
from reconciler.simulator.vantor.auth import PROVIDER
from reconciler.simulator.vantor.dates import Date
from reconciler.simulator.vantor.errors import not_found
from reconciler.simulator.vantor.order import SimulatedOrder, StatusOverride
from reconciler.simulator.vantor.ordering import described, save

_MERGED = ("tasking_details", "product_details")


class _Edit(BaseModel):
    """What a person may do to a tasking; defaults only stand for "not sent"."""

    model_config = ConfigDict(extra="forbid", strict=True)

    request_description: str = ""
    start_collect_datetime: Date = ""
    end_collect_datetime: Date = ""
    is_private: bool = False
    tasking_details: dict[str, float] = Field(default_factory=dict)
    product_details: dict[str, str] = Field(default_factory=dict)
    status: str = Field(default="", min_length=1)
    details: str = ""
    outcome: str = Field(default="", min_length=1)


def edit_order(call: RequestContext) -> Answer:
    """Control: change a tasking as Vantor's staff would.

    Fields in the names of the request replace its own (`tasking_details` and `product_details` by merge); `outcome`
    sets how it will end; `status`, with `details`, puts a word in force now, after which nothing happens by itself.
    """
    wanted = _Edit.model_validate(json_object(call)).model_dump(exclude_unset=True)
    row = _row(call)
    order = SimulatedOrder.from_row(row)
    status, details = wanted.pop("status", None), wanted.pop("details", "")
    outcome = wanted.pop("outcome", order.course.outcome)
    order = replace(order, course=replace(order.course, outcome=outcome))
    for name in _MERGED:
        if name in wanted:
            wanted[name] = {**order.facts.get(name, {}), **wanted[name]}
    if wanted:
        order = order.changed(call.now, **wanted)
    if status is not None:
        order = order.moved(StatusOverride(at=call.now, status=status, details=details, forced=True))
    save(call, order, row)
    return Answer(status=200, body=described(order, call.now))


def delete_order(call: RequestContext) -> Answer:
    """Control: remove a tasking without a trace."""
    orders.delete(call.store, PROVIDER, _row(call).id)
    return Answer(status=200, body={})


def _row(call: RequestContext) -> OrderRow:
    row = orders.find(call.store, PROVIDER, call.params["id"])
    if row is None:
        raise not_found(call.params["id"])
    return row
