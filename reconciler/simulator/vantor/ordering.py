"""Taskings after submitting: get, extend and cancel (contracts/vantor.md sections 2.1 and 8)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps

from reconciler.simulator import orders
from reconciler.simulator.instants import format_instant
from reconciler.simulator.messages import Answer, JsonObject, RequestContext
from reconciler.simulator.orders import OrderRow
from reconciler.simulator.store import Store
from reconciler.simulator.vantor import life
from reconciler.simulator.vantor.auth import PROVIDER, Caller, CallerHandler
from reconciler.simulator.vantor.dates import parse_date
from reconciler.simulator.vantor.errors import bad_request, not_found, refused
from reconciler.simulator.vantor.order import FINAL, SimulatedOrder, StatusOverride
from reconciler.simulator.vantor.rendering import answer, tasking
from reconciler.simulator.vantor.validation import Cancellation, Extension, beyond_window, read_fields, read_object

_FASTVIEW = "fastView"
_BEFORE_PRODUCTION = frozenset({"INITIAL", "ACCEPTED", "AWAITING-COLLECTION"})

TaskingHandler = Callable[[RequestContext, SimulatedOrder, OrderRow], Answer]


def on_tasking(path: str, handler: TaskingHandler) -> CallerHandler:
    """Return a handler of the tasking that a path names; a path that is switched off names none."""

    @wraps(handler)
    def found(call: RequestContext, caller: Caller) -> Answer:
        tasking_id = call.params["id"]
        row = orders.find(call.store, PROVIDER, tasking_id)
        is_hidden = row is None or row.get_from > call.now or row.account != caller.account
        if row is None or is_hidden or call.settings.text("paths") not in ("both", path):
            raise not_found(tasking_id)
        return handler(call, SimulatedOrder.from_row(row), row)

    return found


def get_tasking(call: RequestContext, order: SimulatedOrder, row: OrderRow) -> Answer:
    """Return one tasking."""
    return answer(call, 200, tasking(call, order))


def cancel_tasking(call: RequestContext, order: SimulatedOrder, row: OrderRow) -> Answer:
    """Begin to cancel: CANCELED is what a later read shows, unless the tasking has ended by then."""
    body = read_fields(call, Cancellation, read_object(call)) if call.request.body else {}
    status = life.step_at(order, call.now).status
    cutoff = timedelta(hours=call.settings.number("fastViewCutoffHours"))
    too_late = order.tier == _FASTVIEW and cutoff and call.now >= order.window[0] - cutoff
    if status in FINAL or too_late or is_canceling(order, call.now):
        raise refused(call.settings.integer("cancelWrongState"), f"The tasking cannot be canceled: it is {status}.")
    if call.settings.text("cancelOutcome") == "canceled":
        at = call.now + timedelta(minutes=call.settings.number("cancelMinutes"))
        order = order.moved(StatusOverride(at=at, status="CANCELED", details=body.get("reason", "")))
        save(call, order, row)
    return answer(call, 200, tasking(call, order))


def extend_tasking(call: RequestContext, order: SimulatedOrder, row: OrderRow) -> Answer:
    """Move the end of a flexView tasking, which is all that can be changed."""
    facts = read_fields(call, Extension, read_object(call))
    if order.tier == _FASTVIEW:
        raise refused(call.settings.integer("extendFastView"), "A fastView tasking cannot be extended.")
    status = life.step_at(order, call.now).status
    in_production = call.settings.text("extendUntil") == "production" and status not in _BEFORE_PRODUCTION
    if status in FINAL or in_production or is_canceling(order, call.now):
        raise refused(call.settings.integer("extendWrongState"), f"The tasking cannot be extended: it is {status}.")
    changed = order.changed(call.now, **facts)
    wrong = list(beyond_window(call, changed.facts))
    is_later = parse_date(facts["end_collect_datetime"]) > order.window[1]
    if not is_later and call.settings.text("shortening") == "refused":
        wrong.append("end_collect_datetime must be later than it is")
    if wrong:
        raise bad_request(wrong)
    save(call, changed, row)
    return answer(call, 200, tasking(call, changed))


def save(call: RequestContext, order: SimulatedOrder, row: OrderRow) -> None:
    """Write a tasking back with what it costs."""
    settles, charge = life.settlement(order)
    orders.update(call.store, order.to_row(row.list_from, row.get_from, settles, charge))


def is_canceling(order: SimulatedOrder, now: datetime) -> bool:
    """Tell whether a cancel is under way."""
    return any(move.at > now for move in order.moves)


def describe(store: Store, now: datetime) -> list[JsonObject]:
    """Tell every tasking for the control API, whether a read of Vantor's would show it or not."""
    return [described(SimulatedOrder.from_row(row), now) for row in orders.every(store, PROVIDER)]


def described(order: SimulatedOrder, now: datetime) -> JsonObject:
    """Tell a tasking with everything that is known of it; its status is spelled as on the status page."""
    step = life.step_at(order, now)
    settles, charge = life.settlement(order)
    return {
        "provider": PROVIDER,
        "id": order.id,
        "text": order.facts.get("request_description"),
        "status": step.status,
        "canceling": is_canceling(order, now),
        "delivered": step.delivered,
        "created": format_instant(order.created),
        "updated": format_instant(max(step.at, order.edited or step.at)),
        "window": [format_instant(instant) for instant in order.window],
        "price": {"amount": order.price, "currency": "CREDIT"},
        "charged": charge if settles is not None and settles <= now else None,
        "account": order.account,
        "user": order.owner,
        "body": order.body,
    }
