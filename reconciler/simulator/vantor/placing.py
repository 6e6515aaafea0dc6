"""From a request to a tasking: submit, validate and quote (contracts/vantor.md sections 2 and 7).

A check differs from a purchase by one query parameter, which only the word `true` turns on.
"""

import math
import secrets
from dataclasses import dataclass
from datetime import datetime

from reconciler.simulator import orders
from reconciler.simulator.instants import format_instant, to_micros
from reconciler.simulator.messages import Answer, JsonObject, RequestContext
from reconciler.simulator.vantor import accounts, life, polygon
from reconciler.simulator.vantor.auth import Caller
from reconciler.simulator.vantor.dates import parse_date
from reconciler.simulator.vantor.errors import not_found, refused
from reconciler.simulator.vantor.order import Scenario, SimulatedOrder
from reconciler.simulator.vantor.rendering import answer, identity, settings_filled, tasking
from reconciler.simulator.vantor.slots import check_slot
from reconciler.simulator.vantor.validation import read_submission

_RATES = {"flexView": 20, "fastView": 50}
"""Credits per square kilometer; invented, as is what a high demand does to them."""
_DEMAND = {"low": 1, "high": 2}
_IDS = 10**18
"""The first number of 19 digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _CheckedRequest:
    """A request that holds, of somebody who may make it."""

    body: JsonObject
    facts: JsonObject
    window: tuple[datetime, datetime]


def submit(call: RequestContext, caller: Caller) -> Answer:
    """Check a request or, without `validation_only=true`, buy it; a repeated request is a second purchase."""
    checked = _checked_request(call, caller)
    if checked.facts["tasking_tier"] == "fastView":
        check_slot(call, checked.window)
    if dict(call.request.query).get("validation_only") == "true":
        return answer(call, 200, settings_filled(call, checked.facts))
    accounts.count_request(call)
    order = _order(call, caller, checked)
    accounts.check_credits(call, caller.account, order.price)
    settles, charge = life.settlement(order)
    orders.insert(call.store, order.to_row(*orders.visible_from(call), settles, charge))
    shown = identity(call, order) if call.settings.text("submitAnswer") == "id" else tasking(call, order)
    return answer(call, call.settings.integer("createStatus"), shown)


def quote(call: RequestContext, caller: Caller) -> Answer:
    """Tell what a request would cost; nothing is reserved and no price is locked."""
    if call.request.path.endswith("vantor/quote") != (call.settings.text("quotePath") == "vantor"):
        raise not_found("quote")
    checked = _checked_request(call, caller)
    size, price = round(polygon.area(checked.facts["geometry"]), 2), _price(call, checked.facts)
    units = call.settings.text("quoteUnits")
    if units == "other":
        return answer(call, 200, {"quotation": {"total": price, "area": size}})
    product = checked.facts["product_details"]["product_type"]
    estimate = {
        "pipeline_id": f"imagery/{product}",
        "units": units,
        "quantity": price if units == "credits" else size,
        "product_id": checked.facts["tasking_tier"],
        "date_reported": format_instant(call.now),
        "description": f"Tasking {checked.facts['tasking_tier']}, {product}",
        "billable": True,
    }
    return answer(call, 200, {"usage_estimate": [estimate]})


def _checked_request(call: RequestContext, caller: Caller) -> _CheckedRequest:
    """Judge a request in this order: what it holds, the caller's rights, private tasking."""
    body, facts = read_submission(call)
    if not caller.may_submit:
        raise refused(403, "Not authorized to place tasking requests.")
    if facts.get("is_private"):
        accounts.check_private(call, caller.account)
    window = parse_date(facts["start_collect_datetime"]), parse_date(facts["end_collect_datetime"])
    return _CheckedRequest(body=body, facts=facts, window=window)


def _order(call: RequestContext, caller: Caller, checked: _CheckedRequest) -> SimulatedOrder:
    settings, price = call.settings, _price(call, checked.facts)
    course = Scenario(
        outcome=settings.text("outcome"),
        captures=settings.integer("captures"),
        accepting=settings.number("acceptMinutes"),
        scheduling=settings.number("scheduleMinutes"),
        producing=settings.number("productionMinutes"),
        window=(to_micros(checked.window[0]), to_micros(checked.window[1])),
    )
    return SimulatedOrder(
        id=str(_IDS + secrets.randbelow(9 * _IDS)),
        account=caller.account,
        group=caller.group,
        owner=caller.id,
        created=call.now,
        facts=checked.facts,
        body=checked.body,
        price=price,
        fee=math.ceil(price * settings.number("cancelFeePercent") / 100),
        course=course,
    )


def _price(call: RequestContext, facts: JsonObject) -> int:
    rate = _RATES[facts["tasking_tier"]] * _DEMAND[call.settings.text("demand")]
    return math.ceil(rate * polygon.area(facts["geometry"]))
