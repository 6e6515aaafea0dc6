"""Vantor's rules, pure: what a status means, what an order must be, when it can be placed and what canceling costs.

Sources: contracts/vantor.md sections 2, 6, 8 and 13. Ranges that only version 1 documents are warnings: the check
before placing has the last word.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from reconciler.model.geojson import area
from reconciler.model.geometry import Polygon
from reconciler.model.order import DesiredOrder, ObservedOrder
from reconciler.model.phase import Phase
from reconciler.model.provider import CancelTerms, Closed, Readiness, Ready
from reconciler.model.time import duration_text
from reconciler.providers.vantor.settings import OTHER, Details
from reconciler.providers.vantor.terms import settings_of

CANCELABLE = frozenset({Phase.PLACED, Phase.ACTIVE, Phase.DELIVERING})
SLOW_REVIEW = "end use OTH is reviewed by hand, which may delay acceptance much: a listed code is faster"
_ALIASES = {
    "FAIL": "FAILED",
    "CANCELLED": "CANCELED",
    "PARTIAL-DELIVERY": "DELIVERY-SUCCESS",
    "CONTENT-PRODUCTION-SUCCESS": "DELIVERY-SUCCESS",
    "CONTENT-PRODUCTION-FAILURE": "IN-PRODUCTION",
}
_PHASES = {
    "INITIAL": Phase.PLACED,
    "ACCEPTED": Phase.ACTIVE,
    "AWAITING-COLLECTION": Phase.ACTIVE,
    "IN-PRODUCTION": Phase.DELIVERING,
    "DELIVERY-SUCCESS": Phase.DELIVERING,
    "FULFILLED": Phase.FULFILLED,
    "PARTIALLY-FULFILLED": Phase.PARTIAL,
    "UNFULFILLED": Phase.EXPIRED,
    "DENIED": Phase.REJECTED,
    "CANCELED": Phase.CANCELED,
    "FAILED": Phase.FAILED,
    "ERROR": Phase.FAILED,
}
_AREA = (50.0, 1000.0)
_MOST_VERTICES = 1000
_RANGES = {"max_cloud_cover": (15, 50), "max_off_nadir_angle": (5, 45)}
_SHORTEST, _LONGEST = timedelta(minutes=10), timedelta(days=365)
_ONLY_V1 = "documented for version 1; Vantor's check decides"


def phase_of(status: str) -> Phase:
    """Return our word for Vantor's status, in any of its spellings; one that no page knows is unrecognized."""
    word = status.strip().upper().replace("_", "-")
    return _PHASES.get(_ALIASES.get(word, word), Phase.UNRECOGNIZED)


def problems(order: DesiredOrder) -> tuple[str, ...]:
    """Return what no day changes: a target that is no area."""
    if isinstance(order.target, Polygon):
        return ()
    return ("target: Vantor takes an area of interest, not a point: write `target: {type: Polygon, coordinates: ...}`",)


def warnings(order: DesiredOrder) -> tuple[str, ...]:
    """Return what may be refused, or take long."""
    block = settings_of(order)
    slow = (SLOW_REVIEW,) if block.product_details.licensing.end_use_code == OTHER else ()
    return (*slow, *_window(order), *_target(order), *_details(block.tasking_details))


def _window(order: DesiredOrder) -> Iterator[str]:
    if not _SHORTEST <= order.window.width <= _LONGEST:
        width = duration_text(order.window.width)
        yield f"window: is {width} wide, outside of 10 min to 365 d ({_ONLY_V1})"


def _target(order: DesiredOrder) -> Iterator[str]:
    if not isinstance(order.target, Polygon):
        return
    least, most = _AREA
    if not least <= (size := area(order.target)) <= most:
        yield f"target: measures {size:.1f} km², outside of {least:g} to {most:g} km² ({_ONLY_V1})"
    if sum(map(len, order.target.rings)) > _MOST_VERTICES:
        yield f"target: has more than {_MOST_VERTICES} vertices ({_ONLY_V1})"


def _details(details: Details | None) -> Iterator[str]:
    for name, (least, most) in _RANGES.items() if details is not None else ():
        value = getattr(details, name)
        if value is not None and not least <= value <= most:
            yield f"vantor.tasking_details.{name}: is {value}, outside of {least} to {most} ({_ONLY_V1})"


def readiness(order: DesiredOrder, now: datetime) -> Readiness:
    """Judge the window at an instant of Vantor's clock: it must not have begun."""
    if now >= order.window.start:
        return Closed(order.window.start, "its window has begun, and Vantor takes no start in the past")
    return Ready(until=order.window.start)


def cancellation(order: ObservedOrder, now: datetime) -> CancelTerms | None:
    """Return the charge of canceling: all at most, for no page tells of one; None where it cannot be canceled."""
    if order.phase not in CANCELABLE:
        return None
    return CancelTerms(percent=100, rule="Vantor documents no fee for canceling: taken as charged fully at most")
