"""The life of an order (contracts/up42.md section 13): events that come by themselves, and decisions of people.

Nothing happens at the moments themselves; every read asks which of them have passed. An event is dated at its own
instant, however late it is looked at, so that two readers see the same life.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from reconciler.simulator.messages import JsonObject
from reconciler.simulator.up42.order import ENDED, OPEN, PendingEvent, SimulatedOrder, stamp

_NEVER = datetime(9999, 1, 1, tzinfo=UTC)
_SHORTEST = timedelta(hours=2)
_TROUBLE = {
    "BEING_FULFILLED": "DELIVERY_INITIALIZATION_FAILED",
    "DELIVERY_INITIALIZATION_FAILED": "DOWNLOAD_FAILED",
    "DOWNLOAD_FAILED": "DOWNLOADED",
    "DOWNLOADED": "FULFILLED",
}
_ENDS_EARLY = frozenset({"FAILED_PERMANENTLY", "CANCELED"})
_COLLECTED = frozenset({"FULFILLED", "DELIVERY_TROUBLE", *_ENDS_EARLY})
_UNPLACED = {"PLACEMENT_FAILED": None, "PLACEMENT_REPAIRED": "place", "PLACEMENT_LOST": "end FAILED_PERMANENTLY"}


def begun(order: SimulatedOrder) -> SimulatedOrder:
    """Return a new order with its first event ahead."""
    return order.moved(order.created, coming=_after(order.created, order.course.placing, "place"))


def at(order: SimulatedOrder, now: datetime) -> SimulatedOrder:
    """Return the order as it stands at an instant."""
    while order.stage.coming is not None and order.stage.coming.at <= now:
        coming = order.stage.coming
        order = _EVENTS[coming.event](order, coming.at)
    return order


def settlement(order: SimulatedOrder) -> tuple[datetime | None, int]:
    """Return when an order costs credits and how many: at acceptance, or unquoted when it is fulfilled."""
    if order.accepted:
        first = min(quote["decisionAt"] for quote in order.accepted)
        return datetime.fromisoformat(first), sum(quote["creditsPrice"] for quote in order.accepted)
    if order.course.quoted:
        return None, 0
    end = at(order, _NEVER)
    return (end.stage.since, order.course.credits) if end.stage.status == "FULFILLED" else (None, 0)


def with_study(order: SimulatedOrder, now: datetime) -> SimulatedOrder:
    """Return the order with a manual study that waits for a choice."""
    study = _study(order, now, "MANUAL")
    return order.moved(now, status="PLACED", study=study, sub_status="FEASIBILITY_WAITING_RESPONSE")


def with_quote(order: SimulatedOrder, now: datetime, credits: int) -> SimulatedOrder:
    """Return the order with one more quote, which waits for a decision."""
    quotes = order.stage.quotes
    quote: JsonObject = {
        "id": order.own_id(f"quote {len(quotes) + 1}"),
        "createdAt": stamp(now),
        "updatedAt": stamp(now),
        "accountId": order.account,
        "workspaceId": order.workspace,
        "orderId": order.id,
        "creditsPrice": credits,
        "decision": OPEN,
        "decisionById": None,
        "decisionByType": None,
        "decisionAt": None,
    }
    return order.moved(now, status="PLACED", sub_status="QUOTATION_WAITING_RESPONSE", quotes=(*quotes, quote))


def chosen(order: SimulatedOrder, now: datetime, option: JsonObject, by: tuple[str, str]) -> SimulatedOrder:
    """Return the order with an option of its study accepted."""
    study = {**(order.stage.study or {}), **_decision(now, "ACCEPTED", by), "decisionOption": option}
    return _after_study(order, now, study=study)


def decided(order: SimulatedOrder, now: datetime, quote_id: str, decision: str, by: tuple[str, str]) -> SimulatedOrder:
    """Return the order with a quote accepted or rejected; nothing comes after a rejection by itself."""
    quotes = tuple(
        {**quote, **_decision(now, decision, by)} if quote["id"] == quote_id else quote for quote in order.stage.quotes
    )
    if order.accepted:
        return replace(order, stage=replace(order.stage, quotes=quotes, since=now))
    coming = _after(now, order.course.activation, "activate") if decision == "ACCEPTED" else None
    return order.moved(now, quotes=quotes, sub_status=f"QUOTATION_{decision}", coming=coming)


def after_rejection(order: SimulatedOrder, now: datetime, leads_to: str) -> SimulatedOrder:
    """Return an order with a rejected quote on its way to another quote, or to its end."""
    if order.accepted or leads_to == "stays":
        return order
    event = "quote" if leads_to == "quoted-again" else f"end {leads_to}"
    return replace(order, stage=replace(order.stage, coming=_after(now, order.course.quoting, event)))


def captures(order: SimulatedOrder, active: datetime) -> list[datetime]:
    """Return when deliveries come, and at last the end of the window (or of two hours, where that has passed)."""
    begin = max(active, order.window[0])
    span = max(order.window[1] - begin, _SHORTEST)
    parts = order.course.captures
    return [(begin + span * part / (parts + 1)).replace(microsecond=0) for part in range(1, parts + 2)]


def _place(order: SimulatedOrder, now: datetime) -> SimulatedOrder:
    return order.moved(now, status="BEING_PLACED", coming=_after(now, order.course.placing, "placed"))


def _placed(order: SimulatedOrder, now: datetime) -> SimulatedOrder:
    course = order.course
    if course.outcome in _UNPLACED:
        event = _UNPLACED[course.outcome]
        coming = None if event is None else _after(now, course.repair, event)
        failed = order.moved(now, status="PLACEMENT_FAILED", coming=coming)
        return replace(failed, course=replace(course, outcome="FULFILLED")) if event == "place" else failed
    if course.study == "MANUAL":
        coming = _after(now, course.studying, "study")
        return order.moved(now, status="PLACED", sub_status="FEASIBILITY_WAITING_UPLOAD", coming=coming)
    study = _study(order, now, "AUTO") if course.study == "AUTO" else None
    return _after_study(order, now, status="PLACED", study=study)


def _after_study(order: SimulatedOrder, now: datetime, **changes: object) -> SimulatedOrder:
    course = order.course
    if course.quoted:
        coming = _after(now, course.quoting, "quote")
        return order.moved(now, **changes, sub_status="QUOTATION_WAITING_UPLOAD", coming=coming)
    return order.moved(now, **changes, coming=_after(now, course.activation, "activate"))


def _activate(order: SimulatedOrder, now: datetime) -> SimulatedOrder:
    if order.course.outcome not in _COLLECTED:
        return order.moved(now, status=order.course.outcome)
    return order.moved(now, status="BEING_FULFILLED", active=now, coming=_next_capture(order, now, 0))


def _capture(order: SimulatedOrder, now: datetime) -> SimulatedOrder:
    delivered = (*order.stage.delivered, now)
    if len(delivered) < order.course.captures:
        coming = _next_capture(order, order.stage.active or now, len(delivered))
        return order.moved(now, delivered=delivered, coming=coming)
    if order.course.outcome == "DELIVERY_TROUBLE":
        return _trouble(order.moved(now, delivered=delivered), now)
    return order.moved(now, delivered=delivered, status="FULFILLED")


def _next_capture(order: SimulatedOrder, active: datetime, done: int) -> PendingEvent:
    """Return the next delivery; where an order ends early, its end comes in place of the last one."""
    moments, course = captures(order, active), order.course
    if course.outcome in _ENDS_EARLY and done >= course.captures - 1:
        return PendingEvent(moments[-1], f"end {course.outcome}")
    return PendingEvent(moments[done], "capture")


def _trouble(order: SimulatedOrder, now: datetime) -> SimulatedOrder:
    status = _TROUBLE[order.stage.status]
    coming = None if status in ENDED else _after(now, order.course.repair, "trouble")
    return order.moved(now, status=status, coming=coming)


def _after(now: datetime, number: float, event: str) -> PendingEvent:
    return PendingEvent(now + timedelta(minutes=number), event)


def _study(order: SimulatedOrder, now: datetime, kind: str) -> JsonObject:
    """Return a new study: manual with options, or automatic and decided at its creation, as recorded."""
    study_id = order.own_id("study")
    stamps = {"createdAt": stamp(now), "updatedAt": stamp(now)}
    options = [
        {"id": order.own_id(f"option {number}"), **stamps, "studyId": study_id, "description": option["description"]}
        for number, option in enumerate(order.course.options if kind == "MANUAL" else (), start=1)
    ]
    return {
        "id": study_id,
        **stamps,
        "accountId": order.account,
        "workspaceId": order.workspace,
        "orderId": order.id,
        "type": kind,
        "options": options,
        "decision": OPEN if kind == "MANUAL" else "ACCEPTED",
        "decisionById": None,
        "decisionByType": None,
        "decisionAt": None if kind == "MANUAL" else stamp(now),
        "decisionOption": None,
    }


def _decision(now: datetime, decision: str, by: tuple[str, str]) -> JsonObject:
    kind, who = by
    return {
        "updatedAt": stamp(now),
        "decision": decision,
        "decisionById": who,
        "decisionByType": kind,
        "decisionAt": stamp(now),
    }


_EVENTS: dict[str, Callable[[SimulatedOrder, datetime], SimulatedOrder]] = {
    "place": _place,
    "placed": _placed,
    "study": with_study,
    "quote": lambda order, now: with_quote(order, now, order.course.credits),
    "activate": _activate,
    "capture": _capture,
    "trouble": _trouble,
    "end FAILED_PERMANENTLY": lambda order, now: order.moved(now, status="FAILED_PERMANENTLY"),
    "end CANCELED": lambda order, now: order.moved(now, status="CANCELED"),
}
