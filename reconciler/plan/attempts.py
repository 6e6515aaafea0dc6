"""The attempts below an order's own: a raised attempt never makes two live orders."""

from __future__ import annotations

from reconciler.model.ids import Reference
from reconciler.model.order import Adoption, Cancellation, DesiredOrder
from reconciler.model.record import Record
from reconciler.plan.actions import Action, Adopt
from reconciler.plan.alike import found_by
from reconciler.plan.bound import judge_absent, reference_shared
from reconciler.plan.cancel import judge_cancel
from reconciler.plan.causes import (
    EarlierAttemptLives,
    MayExist,
    NotListed,
    ReferencesCompete,
    SeveralMatch,
    named_orders,
)
from reconciler.plan.findings import Finding, FindingKind
from reconciler.plan.inputs import PlanInput, Wanted
from reconciler.plan.remedies import Ask, Commit, Purpose, Wait, adopt
from reconciler.plan.settle import may_exist, ways_out_of


def judge_earlier(wanted: Wanted, inputs: PlanInput) -> tuple[Action | Finding, ...]:
    """Return what must happen to earlier attempts before this one may be placed; nothing when all have ended."""
    found = judge_below(wanted, inputs)
    if not found:
        return ()
    cause = EarlierAttemptLives(wanted.order.attempt)
    return (*found, Finding.for_order(wanted, FindingKind.WAITING, cause, Wait(purpose=Purpose.PLACED_LATER)))


def judge_below(wanted: Wanted, inputs: PlanInput) -> tuple[Action | Finding, ...]:
    """Return what to do about earlier attempts that have not ended: one may show up after a later one was placed."""
    found: list[Action | Finding] = []
    for attempt, reference in enumerate(wanted.earlier, start=1):
        found += _judge_one(wanted, attempt, reference, inputs)
    return tuple(found)


def _judge_one(wanted: Wanted, attempt: int, reference: Reference, inputs: PlanInput) -> list[Action | Finding]:
    record = inputs.records.get(reference)
    if record is None or not record.bound:
        return _unbound(wanted, attempt, reference, inputs)
    if shared := reference_shared(record, inputs, earlier=True):
        return [
            Finding.for_record(record, FindingKind.DUPLICATE, shared, Ask(purpose=Purpose.CANCEL_OTHERS), wanted=wanted)
        ]
    return _bound(wanted, record, inputs)


def _unbound(wanted: Wanted, attempt: int, reference: Reference, inputs: PlanInput) -> list[Action | Finding]:
    order = wanted.order
    matches = [o for o in inputs.matches(reference) if not o.phase.ended and inputs.record_bound_to(o) is None]
    record = inputs.records.get(reference)
    if len(matches) > 1:
        several = SeveralMatch(orders=named_orders(matches), attempt=attempt)
        steps = Ask(purpose=Purpose.CANCEL_OTHERS), adopt(order.key, attempt, earlier=True)
        return [Finding.for_order(wanted, FindingKind.DUPLICATE, several, steps)]
    if matches:
        match = matches[0]
        if competing_orders := inputs.competing_orders(match, reference):
            cause = ReferencesCompete(order_id=match.id, others=competing_orders, attempt=attempt)
            return [Finding.for_order(wanted, FindingKind.DUPLICATE, cause, adopt(order.key, attempt, earlier=True))]
        account = inputs.binding_account(order.account, match)
        how = found_by(match, order, attempt)
        return [
            Adopt(
                key=order.key,
                reference=reference,
                account=account,
                attempt=attempt,
                order_id=match.id,
                status=match.status,
                found_by=how,
            )
        ]
    view = inputs.views.get(record.account) if record is not None else None
    if record is not None and not inputs.matches(reference) and may_exist(record, view):
        doubt = MayExist(attempt, declared=True)
        ways = ways_out_of(record, view, key=order.key, earlier=True)
        return [Finding.for_order(wanted, FindingKind.UNRESOLVED, doubt, *ways)]
    if order.adopt is not None and order.adopts(attempt) and not inputs.matches(reference):
        return [unadoptable(wanted, order.adopt)]
    return []


def unadoptable(wanted: Wanted, adoption: Adoption) -> Finding:
    """Return the finding of an existing order that Git names and its provider does not know."""
    order = wanted.order
    correct = Commit(purpose=Purpose.CORRECT_ADOPT, location=order.source)
    remove = Commit(purpose=Purpose.REMOVE_ADOPT, location=order.source)
    cause = NotListed(adoption.order_id, order.account)
    return Finding.for_order(wanted, FindingKind.MISSING, cause, correct, remove)


def _bound(wanted: Wanted, record: Record, inputs: PlanInput) -> list[Action | Finding]:
    observed = inputs.observed(record)
    if observed is None:
        absent = judge_absent(record, inputs, None)
        return [] if absent.kind is FindingKind.ENDED else [absent]
    if observed.phase.ended:
        return []
    agreed = _agreed_cancellation(wanted.order, record.attempt)
    return [judge_cancel(record, observed, inputs.views[record.account], agreed=agreed, wanted=wanted)]


def _agreed_cancellation(order: DesiredOrder, attempt: int) -> Cancellation:
    """Return how an earlier attempt is canceled: as Git says, or free; of several orders, this one and no neighbor."""
    if order.cancel is not None and order.cancel.attempt == attempt:
        return order.cancel
    raised = f"attempt raised to {order.attempt}"
    if order.part is None:
        return Cancellation(reason=raised, attempt=attempt)
    neighbors = order.canceled_neighbors(attempt)
    others = neighbors.only if neighbors is not None else ()
    return Cancellation(reason=raised, attempt=attempt, only=(*others, order.part))
