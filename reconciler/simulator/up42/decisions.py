"""Feasibility studies and quotations: what waits for a person's decision (contracts/up42.md sections 8 and 9)."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from reconciler.simulator.control import json_object
from reconciler.simulator.messages import Answer, JsonObject, RequestContext
from reconciler.simulator.orders import OrderRow
from reconciler.simulator.up42 import credits, life
from reconciler.simulator.up42.auth import User, decider, editor
from reconciler.simulator.up42.errors import not_found, problem, write_protected
from reconciler.simulator.up42.order import ENDED, OPEN, SimulatedOrder
from reconciler.simulator.up42.ordering import save, visible_orders
from reconciler.simulator.up42.pages import page_of, repeated

_STUDY, _QUOTE = "FeasibilityStudy", "Quotation"
_DECISIONS = frozenset({"ACCEPTED", "REJECTED"})


def _by(name: str) -> Callable[[JsonObject], Any]:
    return lambda item: item[name] or ""


_STUDY_SORTS = {name: _by(name) for name in ("createdAt", "updatedAt", "decisionAt")}
_QUOTE_SORTS = {**_STUDY_SORTS, "creditsPrice": _by("creditsPrice")}


def list_studies(call: RequestContext, user: User) -> Answer:
    """Return one page of the account's studies."""
    studies = [order.stage.study for order, _ in visible_orders(call, user) if order.stage.study is not None]
    return page_of(call, [study for study in studies if _is_wanted(call, study)], _STUDY_SORTS, dict)


def list_studies_at_old_path(call: RequestContext, user: User) -> Answer:
    """Answer where studies were before March 2025, unless that is gone."""
    if not call.settings.flag("oldFeasibilityPath"):
        raise not_found()
    return list_studies(call, user)


def list_quotes(call: RequestContext, user: User) -> Answer:
    """Return one page of the account's quotes."""
    quotes = [quote for order, _ in visible_orders(call, user) for quote in order.stage.quotes]
    return page_of(call, [quote for quote in quotes if _is_wanted(call, quote)], _QUOTE_SORTS, dict)


def choose_option(call: RequestContext, user: User) -> Answer:
    """Accept an option of a study, once; there is no rejecting."""
    editor(user)
    match _body(call):
        case {"acceptedOptionId": str(option_id), **rest} if not rest:
            pass
        case _:
            raise problem(400, "The body must hold acceptedOptionId.")
    order, row, study = _find(visible_orders(call, user), _studies, call.params["id"], _STUDY)
    if study["decision"] != OPEN or order.stage.status in ENDED:
        raise write_protected(_STUDY, call.settings.integer("decidedStatus"))
    order = _chosen(call, order, option_id, ("USER", user.id))
    save(call, order, row)
    return Answer(status=200, body=order.stage.study)


def choose_option_at_old_path(call: RequestContext, user: User) -> Answer:
    """Accept an option where studies were before March 2025, unless that is gone."""
    if not call.settings.flag("oldFeasibilityPath"):
        raise not_found()
    return choose_option(call, user)


def decide_quote(call: RequestContext, user: User) -> Answer:
    """Accept a quote, which takes its credits at once and for good, or reject it, which costs nothing."""
    decider(user)
    match _body(call):
        case {"decision": str(decision), **rest} if decision in _DECISIONS and not rest:
            pass
        case _:
            raise problem(400, "The decision must be ACCEPTED or REJECTED.")
    order, row, quote = _find(visible_orders(call, user), _quotes, call.params["id"], _QUOTE)
    if quote["decision"] != OPEN or order.stage.status in ENDED:
        raise write_protected(_QUOTE, call.settings.integer("decidedStatus"))
    if _has_expired(call, quote):
        raise write_protected(_QUOTE, call.settings.integer("quoteExpired"))
    if decision == "ACCEPTED":
        credits.check_credits(call, order, quote["creditsPrice"])
    order = _decided(call, order, quote["id"], decision, ("USER", user.id))
    save(call, order, row)
    return Answer(status=200, body=next(shown for shown in order.stage.quotes if shown["id"] == quote["id"]))


def add_study(call: RequestContext, order: SimulatedOrder) -> SimulatedOrder:
    """Control: let UP42 upload a study now, with `{"options": [text or {"description", "changes"}]}`."""
    wanted = json_object(call).get("options", order.course.options)
    if order.stage.study is not None and order.stage.study["decision"] != OPEN:
        raise ValueError("the study of this order is decided, and no order was ever seen with two")
    if not isinstance(wanted, list) or not wanted:
        raise ValueError("options must be a list that is not empty")
    options = [_option(option) for option in wanted]
    return life.with_study(replace(order, course=replace(order.course, options=options)), call.now)


def add_quote(call: RequestContext, order: SimulatedOrder) -> SimulatedOrder:
    """Control: let UP42 upload a quote now, also beside one that is open: `{"credits": whole number}`."""
    price = json_object(call).get("credits", order.course.credits)
    if type(price) is not int or price < 0:
        raise ValueError("credits must be a whole number")
    return life.with_quote(order, call.now, price)


def decide_by_hand(call: RequestContext, order: SimulatedOrder) -> SimulatedOrder:
    """Control: decide as another person, whatever UP42 would refuse.

    `{"option": id or place from 1}` or `{"quote": id or place from 1, "decision": "ACCEPTED" or "REJECTED"}`;
    `by` is ADMIN (UP42's staff, the default) or USER.
    """
    wanted = json_object(call)
    kind = wanted.pop("by", "ADMIN")
    if kind not in ("ADMIN", "USER"):
        raise ValueError("by must be ADMIN or USER")
    by = (kind, "admin" if kind == "ADMIN" else "another user")
    match wanted:
        case {"option": option, **rest} if not rest and order.stage.study is not None:
            return _chosen(call, order, _part_id(order.stage.study["options"], option), by)
        case {"quote": quote, "decision": str(decision), **rest} if not rest and decision in _DECISIONS:
            return _decided(call, order, _part_id(list(order.stage.quotes), quote), decision, by)
        case _:
            raise ValueError('the body must be {"option"} or {"quote", "decision"}, of something that the order has')


def _option(wanted: object) -> JsonObject:
    match wanted:
        case str(description):
            return {"description": description, "changes": {}}
        case {"description": str(description), "changes": dict(changes), **rest} if not rest:
            return {"description": description, "changes": changes}
        case _:
            raise ValueError("an option must be a text, or an object with a description and changes")


def _chosen(call: RequestContext, order: SimulatedOrder, option_id: str, by: tuple[str, str]) -> SimulatedOrder:
    """Accept an option, and let its changes show where the switch says so."""
    options: list[JsonObject] = (order.stage.study or {})["options"]
    places = [place for place, option in enumerate(options) if option["id"] == option_id]
    if not places:
        raise problem(call.settings.integer("wrongOption"), f"Resource (Option) not found with Id='{option_id}'.")
    order = life.chosen(order, call.now, options[places[0]], by)
    if call.settings.flag("optionRewrites"):
        order = replace(order, params={**order.params, **order.course.options[places[0]]["changes"]})
    return life.at(order, call.now)


def _decided(
    call: RequestContext, order: SimulatedOrder, quote_id: str, decision: str, by: tuple[str, str]
) -> SimulatedOrder:
    order = life.decided(order, call.now, quote_id, decision, by)
    if decision == "REJECTED":
        order = life.after_rejection(order, call.now, call.settings.text("afterRejection"))
    return life.at(order, call.now)


def _has_expired(call: RequestContext, quote: JsonObject) -> bool:
    hours = call.settings.number("quoteValidHours")
    return bool(hours) and datetime.fromisoformat(quote["createdAt"]) + timedelta(hours=hours) <= call.now


def _find(
    found: Iterator[tuple[SimulatedOrder, OrderRow]],
    parts: Callable[[SimulatedOrder], list[JsonObject]],
    wanted: str,
    kind: str,
) -> tuple[SimulatedOrder, OrderRow, JsonObject]:
    """Return the study or quote of an id with its order; raise the recorded 404 where there is none."""
    for order, row in found:
        for part in parts(order):
            if part["id"] == wanted.lower():
                return order, row, part
    raise not_found(kind, wanted)


def _studies(order: SimulatedOrder) -> list[JsonObject]:
    return [] if order.stage.study is None else [order.stage.study]


def _quotes(order: SimulatedOrder) -> list[JsonObject]:
    return list(order.stage.quotes)


def _part_id(parts: list[JsonObject], wanted: object) -> str:
    """Return the id of a part by its id or its place."""
    if type(wanted) is int and 1 <= wanted <= len(parts):
        return str(parts[wanted - 1]["id"])
    if not any(part["id"] == wanted for part in parts):
        raise ValueError(f"there is no {wanted!r}; there are {[part['id'] for part in parts]}")
    return str(wanted)


def _is_wanted(call: RequestContext, item: JsonObject) -> bool:
    wanted = {name: repeated(call, name) for name in ("id", "workspaceId", "orderId", "decision")}
    return all(not values or item[name] in values for name, values in wanted.items())


def _body(call: RequestContext) -> object:
    try:
        return call.request.json()
    except ValueError as error:
        raise problem(400, "The body is not JSON.") from error
