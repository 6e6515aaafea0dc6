"""Orders after placing: list, get, amend and cancel (contracts/up42.md sections 6 and 7)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from pydantic import BaseModel, ConfigDict, ValidationError

from reconciler.simulator import orders
from reconciler.simulator.instants import format_instant
from reconciler.simulator.messages import Answer, JsonObject, RequestContext
from reconciler.simulator.orders import OrderRow, Selection
from reconciler.simulator.store import Store
from reconciler.simulator.up42 import credits, life
from reconciler.simulator.up42.auth import PROVIDER, User, editor
from reconciler.simulator.up42.errors import not_found, problem, write_protected
from reconciler.simulator.up42.order import SimulatedOrder
from reconciler.simulator.up42.pages import joined, one, page_of, repeated
from reconciler.simulator.up42.placing import Tags
from reconciler.simulator.up42.rendering import full_order, sub_status

_MERGE_PATCH = "application/merge-patch+json"
_CANCELABLE = frozenset({"CREATED", "PLACEMENT_FAILED"})
_SORTS = {
    "createdAt": lambda order: order.created,
    "updatedAt": lambda order: order.stage.since,
    "type": lambda order: "TASKING",
    "status": lambda order: order.stage.status,
}


class _Amendment(BaseModel):
    """The only body that PATCH takes; what is left out stays."""

    model_config = ConfigDict(extra="forbid", strict=True)

    tags: Tags = []
    budgetId: str | None = None


def list_orders(call: RequestContext, user: User) -> Answer:
    """Return one page of the account's orders, other people's included."""
    found = [order for order, _ in visible_orders(call, user) if _is_wanted(call, order)]
    return page_of(call, found, _SORTS, lambda order: full_order(order, call.settings))


def get_order(call: RequestContext, user: User) -> Answer:
    """Return one order."""
    order, _ = find_order(call, user)
    return Answer(status=200, body=full_order(order, call.settings))


def amend_order(call: RequestContext, user: User) -> Answer:
    """Replace tags or budget; no other field can be changed over the API."""
    editor(user)
    order, row = find_order(call, user)
    if call.request.headers.get("content-type", "").partition(";")[0].strip() != _MERGE_PATCH:
        raise problem(415, "Unsupported Media Type")
    try:
        sent = _Amendment.model_validate(call.request.json()).model_dump(exclude_unset=True)
    except (ValidationError, ValueError) as error:
        raise problem(400, "Only tags and budgetId can be changed.") from error
    if sent.get("budgetId"):
        credits.check_budget(call, user.account, sent["budgetId"])
    if "budgetId" in sent:
        order = replace(order, budget=sent["budgetId"])
    if "tags" in sent:
        order = replace(order, tags=sent["tags"])
    order = replace(order, stage=replace(order.stage, since=call.now, by=user.id))
    save(call, order, row)
    return Answer(status=200, body=full_order(order, call.settings))


def cancel_order(call: RequestContext, user: User) -> Answer:
    """Cancel an order that is not placed yet."""
    editor(user)
    order, row = find_order(call, user)
    if order.stage.status not in _CANCELABLE:
        raise write_protected("Order", call.settings.integer("cancelWrongState"))
    save(call, order.moved(call.now, status="CANCELED", by=user.id), row)
    return Answer(status=200, body={"orderId": order.id, "status": "CANCELED"})


def visible_orders(call: RequestContext, user: User) -> Iterator[tuple[SimulatedOrder, OrderRow]]:
    """Yield the account's orders that lists show, as they stand now, oldest first."""
    everything = Selection(provider=PROVIDER, now=call.now, newest_first=False, limit=-1, account=user.account)
    for row in orders.page(call.store, everything):
        yield life.at(SimulatedOrder.from_row(row), call.now), row


def find_order(call: RequestContext, user: User) -> tuple[SimulatedOrder, OrderRow]:
    """Return the order that the path names, as it stands now; raise a 404 where there is none to see."""
    row = orders.find(call.store, PROVIDER, call.params["orderID"].lower())
    if row is None or row.get_from > call.now or row.account != user.account:
        raise not_found()
    return life.at(SimulatedOrder.from_row(row), call.now), row


def save(call: RequestContext, order: SimulatedOrder, row: OrderRow) -> None:
    """Write an order back with what it costs."""
    settles, charge = life.settlement(order)
    orders.update(call.store, order.to_row(row.list_from, row.get_from, settles, charge))


def describe(store: Store, now: datetime) -> list[JsonObject]:
    """Tell every order for the control API, whether a read of UP42's would show it or not."""
    return [described(life.at(SimulatedOrder.from_row(row), now)) for row in orders.every(store, PROVIDER)]


def described(order: SimulatedOrder) -> JsonObject:
    """Tell an order with everything that is known of it."""
    stage, quote = order.stage, order.stage.quotes[-1] if order.stage.quotes else None
    return {
        "provider": PROVIDER,
        "id": order.id,
        "text": order.name,
        "tags": order.tags,
        "status": stage.status,
        "subStatus": stage.sub_status,
        "created": format_instant(order.created),
        "updated": format_instant(stage.since),
        "price": None if quote is None else {"amount": quote["creditsPrice"], "currency": "CREDIT"},
        "account": order.workspace,
        "study": stage.study,
        "quotes": list(stage.quotes),
        "params": order.params,
        "geometry": order.geometry,
        "body": order.body,
    }


def _is_wanted(call: RequestContext, order: SimulatedOrder) -> bool:
    """Tell whether an order passes all filters of a list; a filter that nobody documented is ignored."""
    names = {
        "workspaceId": order.workspace,
        "type": "TASKING",
        "status": order.stage.status,
        "subStatus": sub_status(order, call.settings),
    }
    for name, value in names.items():
        wanted = repeated(call, name)
        if wanted and value not in wanted:
            return False
    for name, value in {"budgetIds": order.budget, "orderIds": order.id}.items():
        wanted = joined(call, name)
        if wanted and value not in wanted:
            return False
    tags = repeated(call, "tags")
    return (not tags or bool(tags & set(order.tags or ()))) and _is_named(call, order.name)


def _is_named(call: RequestContext, name: str) -> bool:
    wanted = one(call, "displayName")
    if wanted is None:
        return True
    match call.settings.text("displayNameFilter"):
        case "ignored":
            return True
        case "exact":
            return wanted == name
        case "caseless":
            return wanted.lower() in name.lower()
        case _:
            return wanted in name
