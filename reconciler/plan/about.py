"""Findings about an order, with everything filled in that is known of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from reconciler.model.order import DesiredOrder, ObservedOrder
from reconciler.model.provider import Ready
from reconciler.model.record import Record
from reconciler.model.terms import Difference
from reconciler.plan.findings import Finding, FindingKind
from reconciler.plan.inputs import Wanted


def listed(orders: Iterable[ObservedOrder]) -> str:
    """Name provider orders by their ids and statuses."""
    return ", ".join(f"{order.id} ({order.status})" for order in orders)


def found_by(observed: ObservedOrder, order: DesiredOrder | None, attempt: int) -> str:
    """Say how a provider's order is known to be an attempt of ours."""
    if order is not None and order.adopt is not None and order.adopts(attempt) and order.adopt.order_id == observed.id:
        return "its id in Git"
    return "its reference" if observed.marked else "its terms, for it shows no text"


def about_new(wanted: Wanted, kind: FindingKind, message: str, remedy: str = "") -> Finding:
    """Return a finding about a desired order that no provider order is known for."""
    order = wanted.order
    return Finding(
        kind=kind,
        key=order.key,
        message=message,
        remedy=remedy,
        account=order.account,
        deadline=last_call(wanted),
        location=order.source,
        reference=wanted.reference,
    )


def last_call(wanted: Wanted | None) -> datetime | None:
    """Return the last instant at which it can be ordered, None where none is known any more."""
    return wanted.readiness.until if wanted is not None and isinstance(wanted.readiness, Ready) else None


def about_bound(
    record: Record,
    kind: FindingKind,
    message: str,
    remedy: str = "",
    *,
    wanted: Wanted | None = None,
    observed: ObservedOrder | None = None,
    differences: tuple[Difference, ...] = (),
    deadline: datetime | None = None,
) -> Finding:
    """Return a finding about an order that the state file knows, with what was just observed of it."""
    return Finding(
        kind=kind,
        key=wanted.order.key if wanted is not None else record.key,
        message=message,
        remedy=remedy,
        account=record.account,
        order_id=record.order_id,
        status=observed.status if observed is not None else record.status,
        deadline=deadline,
        location=wanted.order.source if wanted is not None else None,
        differences=differences,
        reference=record.reference,
    )
