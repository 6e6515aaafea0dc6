"""The attempt of one order among several of a manifest, whose `attempt` speaks of all.

It raises only the orders that no picture came of. One that is live, in doubt or delivered stays at its attempt until
`attempts` names it: ordering again what failed must not buy again what did not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from enum import Enum, auto

from reconciler.model.ids import Reference
from reconciler.model.order import DesiredOrder, ObservedOrder
from reconciler.model.record import Record
from reconciler.plan.inputs import PlanInput, Wanted

Listed = Callable[[Reference], Sequence[ObservedOrder]]
"""The orders that were listed under a reference."""


class _Progress(Enum):
    """How far an attempt has come."""

    NEVER_SENT = auto()
    WITHOUT_PICTURE = auto()
    STANDS = auto()


def _none_listed(_: Reference) -> Sequence[ObservedOrder]:
    return ()


def at_current_attempt(
    order: DesiredOrder, owner: str, records: Mapping[Reference, Record], listed: Listed = _none_listed
) -> DesiredOrder:
    """Return the order at the attempt that it is at, by its records and, if there are none, by what was listed."""
    common = order.common_attempt
    if common is None or common == 1:
        return order
    references = [order.reference(owner, attempt) for attempt in range(1, common + 1)]
    progress = [_progress(records.get(reference), listed(reference)) for reference in references]
    sent = [attempt for attempt, each in enumerate(progress, start=1) if each is not _Progress.NEVER_SENT]
    current = max(sent, default=common) if _Progress.STANDS in progress[:-1] else common
    return order if current == order.attempt else replace(order, attempt=current)


def with_current_attempts(inputs: PlanInput) -> PlanInput:
    """Return the inputs with every order at the attempt that it is at, now that the accounts were read."""
    wanted = tuple([_at_current(each, inputs) for each in inputs.wanted])
    return replace(inputs, wanted=wanted) if wanted != inputs.wanted else inputs


def _at_current(wanted: Wanted, inputs: PlanInput) -> Wanted:
    if wanted.order.common_attempt in (None, 1):
        return wanted
    order = at_current_attempt(wanted.order, wanted.owner, inputs.records, inputs.matches)
    return wanted if order is wanted.order else replace(wanted, order=order, reference=order.reference(wanted.owner))


def _progress(record: Record | None, found: Sequence[ObservedOrder]) -> _Progress:
    if record is not None and record.unresolved:
        return _Progress.STANDS
    phases = [record.phase] if record is not None and record.bound else [order.phase for order in found]
    if not phases:
        return _Progress.NEVER_SENT
    unmet = all(phase is not None and phase.without_picture for phase in phases)
    return _Progress.WITHOUT_PICTURE if unmet else _Progress.STANDS
