"""UP42's rules, pure: what status, study and quotes mean together, when an order can be placed, when it is canceled.

Source: contracts/up42.md sections 7 and 13. The step of an order is never read from `subStatus`, which was seen to stay
behind: studies and quotations say what waits.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from reconciler.model.offer import Offers
from reconciler.model.order import DesiredOrder, ObservedOrder
from reconciler.model.phase import Phase
from reconciler.model.provider import CancelTerms, Closed, Readiness, Ready
from reconciler.providers.up42.terms import settings_of

CANCELABLE = frozenset({Phase.PLACED})
_CANCELABLE_STATUSES = frozenset({"CREATED", "PLACEMENT_FAILED"})
_ELSEWHERE = {
    "geometry": "it comes from the order's `target`",
    "displayName": "write it beside `params`",
    "acquisitionStart": "it comes from `window.start`",
    "acquisitionEnd": "it comes from `window.end`",
}
_PHASES = {
    "CREATED": Phase.PLACED,
    "BEING_PLACED": Phase.PLACED,
    "PLACEMENT_FAILED": Phase.PLACED,
    "BEING_FULFILLED": Phase.ACTIVE,
    "DELIVERY_INITIALIZATION_FAILED": Phase.DELIVERING,
    "DOWNLOAD_FAILED": Phase.DELIVERING,
    "DOWNLOADED": Phase.DELIVERING,
    "FULFILLED": Phase.FULFILLED,
    "FAILED_PERMANENTLY": Phase.FAILED,
    "CANCELED": Phase.CANCELED,
}


def phase_of(status: str, offers: Offers) -> Phase:
    """Return our word for UP42's status; an unknown one is unrecognized. PLACED alone says nothing of the step."""
    if status != "PLACED":
        return _PHASES.get(status, Phase.UNRECOGNIZED)
    if offers.accepted is not None:
        return Phase.ACTIVE
    if offers.study is not None and offers.study.waits:
        return Phase.OFFERED
    return Phase.QUOTED if offers.open_quotes else Phase.PLACED


def with_offers(order: ObservedOrder, offers: Offers) -> ObservedOrder:
    """Return an order with what was offered for it, and the phase that follows."""
    known = order.phase is not Phase.UNRECOGNIZED
    return replace(order, offers=offers, phase=phase_of(status_of(order), offers) if known else order.phase)


def status_of(order: ObservedOrder) -> str:
    """Return UP42's own status word of an order, without the sub-status that is shown beside it."""
    return order.status_word or order.status


def problems(order: DesiredOrder) -> tuple[str, ...]:
    """Return what no day changes: params that belong elsewhere."""
    params = settings_of(order).params
    misplaced = [(name, why) for name, why in _ELSEWHERE.items() if name in params]
    return tuple(f"up42.params.{name}: does not belong here: {why}" for name, why in misplaced)


def readiness(order: DesiredOrder, now: datetime) -> Readiness:
    """Judge the window at an instant of UP42's clock: an order can be placed until it ends."""
    if now >= order.window.end:
        return Closed(order.window.end, "its acquisition window has ended")
    return Ready(until=order.window.end)


def cancellation(order: ObservedOrder, now: datetime) -> CancelTerms | None:
    """Return that canceling is free, None where UP42 cancels no more; until acceptance its quote can be rejected."""
    if status_of(order) not in _CANCELABLE_STATUSES:
        return None
    return CancelTerms(percent=0, rule="free until UP42 has placed the order")
