"""ICEYE's rules of time and money, pure: when a task can be placed, and what canceling it costs.

Sources: the create task page, and ICEYE's product specification 6.0.5, sections 3.4 (priorities) and 3.6 (canceling).
That the cancellation table holds for API tasks is our reading of it; a contract may say otherwise.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from reconciler.model.geometry import Point
from reconciler.model.order import DesiredOrder, ObservedOrder
from reconciler.model.phase import Phase
from reconciler.model.provider import CancelTerms, Closed, OpensAt, Readiness, Ready
from reconciler.model.time import duration_text, instant_text
from reconciler.providers.iceye.terms import settings_of

AHEAD = timedelta(days=14)
"""How far ahead of the request a window may end, at most."""
NARROWEST = timedelta(hours=24)
"""How wide a window must be, at least."""
CANCELABLE = frozenset({Phase.PLACED, Phase.ACTIVE})
_LEADS = {"COMMERCIAL": timedelta(hours=12), "BACKGROUND": timedelta(hours=24)}
_SHORTEST_LEAD = min(_LEADS.values())
_BANDS = (
    (timedelta(hours=72), 0, "more than 72 h before the window opens"),
    (timedelta(hours=48), 10, "72 to 48 h before the window opens: 10 %"),
    (timedelta(hours=24), 20, "48 to 24 h before the window opens: 20 %"),
)
_PHASES = {
    "RECEIVED": Phase.PLACED,
    "ACTIVE": Phase.ACTIVE,
    "FULFILLED": Phase.DELIVERING,
    "DONE": Phase.FULFILLED,
    "REJECTED": Phase.REJECTED,
    "FAILED": Phase.FAILED,
    "CANCELED": Phase.CANCELED,
}


def phase_of(status: str) -> Phase:
    """Return our word for ICEYE's status; one that its pages do not know is unrecognized."""
    return _PHASES.get(status, Phase.UNRECOGNIZED)


def lead(priority: str | None) -> timedelta:
    """Return how long before its window an order must be placed; where the priority is not known, at least that."""
    return _LEADS.get(priority or "", _SHORTEST_LEAD)


def problems(order: DesiredOrder) -> tuple[str, ...]:
    """Return what no day changes: a target that is no point, a window too narrow or too wide."""
    found: list[str] = []
    if not isinstance(order.target, Point):
        found.append(
            "target: ICEYE takes one point of interest, the center of the picture, and not an area: write"
            " `target: {type: Point, coordinates: [longitude, latitude]}`"
        )
    if order.window.width < NARROWEST:
        width = duration_text(order.window.width)
        found.append(f"window: is {width} wide; ICEYE asks for at least 24 h between `start` and `end`: widen it")
    needed = lead(settings_of(order).priority)
    if order.window.width > AHEAD - needed:
        found.append(
            f"window: is {duration_text(order.window.width)} wide and can never be placed, for it must start"
            f" {duration_text(needed)} or more after the request and end within 14 d of it: make it no wider than"
            f" {duration_text(AHEAD - needed)}"
        )
    return tuple(found)


def readiness(order: DesiredOrder, now: datetime) -> Readiness:
    """Judge the window at an instant of ICEYE's clock, by the priority that the order states."""
    return readiness_at(order, now, priority=settings_of(order).priority)


def readiness_at(order: DesiredOrder, now: datetime, *, priority: str | None) -> Readiness:
    """Judge the window at an instant of ICEYE's clock, for a priority that may come from the contract."""
    needed = lead(priority)
    latest, opens = order.window.start - needed, order.window.end - AHEAD
    if now > latest:
        return Closed(latest, f"ICEYE takes an order until {duration_text(needed)} before its window opens")
    if opens > latest:
        why = f"the window starts less than {duration_text(needed)} after the first moment at which ICEYE takes its end"
        return Closed(latest, why)
    if now < opens:
        return OpensAt(opens, "ICEYE takes an order when its window ends within 14 d")
    return Ready(until=latest)


def cancellation(order: ObservedOrder, now: datetime) -> CancelTerms | None:
    """Return the charge of canceling at an instant of ICEYE's clock, None where it cannot be canceled.

    The exact edges belong to the dearer side: a request arrives later than it is sent.
    """
    if order.phase not in CANCELABLE:
        return None
    if order.window is None:
        return CancelTerms(percent=100, rule="the task's window could not be read: taken as fully charged")
    start = order.window.start
    for before, percent, rule in _BANDS:
        if start - now > before:
            return CancelTerms(percent=percent, rule=rule, changes_at=start - before)
    if order.created_at is not None and start - order.created_at <= timedelta(hours=24):
        return None
    rule = f"less than 24 h before the window opens ({instant_text(start)}): fully charged"
    return CancelTerms(percent=100, rule=rule)
