"""The live orders that no manifest declares any more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reconciler.model.order import Cancellation, ObservedOrder, OnDelete
from reconciler.model.record import Record
from reconciler.plan.absence import NotYet, Removed, may_be_absent, removal
from reconciler.plan.actions import Action, Adopt
from reconciler.plan.alike import found_by
from reconciler.plan.bound import judge_absent, stopped
from reconciler.plan.cancel import judge_cancel
from reconciler.plan.causes import Effect, Ended, MayExist, Orphaned, RemovedJustNow, Unproven
from reconciler.plan.findings import Finding, FindingKind
from reconciler.plan.inputs import PlanInput, Wanted
from reconciler.plan.looking import suspended_record
from reconciler.plan.remedies import Commit, Purpose, Step, Wait, forget, raise_attempt, remedies_of
from reconciler.plan.renames import also_ordered, keep_name, successor
from reconciler.plan.settle import ways_out_of


def orphans(inputs: PlanInput) -> tuple[Record, ...]:
    """Return the records of orders that live, or may live, and that no manifest declares, in a steady order.

    One that was refused, as far as we know, may show up all the same: a refusal can be a lie. Orders of other projects,
    and those of files that this pass does not read, are not among them.
    """
    records = sorted(inputs.records.values(), key=lambda r: (r.key, r.attempt, r.reference))
    return tuple(
        r
        for r in records
        if r.reference not in inputs.declared_references
        and (r.live or r.unresolved or _shows(r, inputs))
        and may_be_absent(r, inputs)
    )


def _shows(record: Record, inputs: PlanInput) -> bool:
    return not record.bound and any(not order.phase.ended for order in inputs.matches(record.reference))


def judge_orphan(record: Record, inputs: PlanInput) -> Action | Finding:
    """Return what to do about one of them: report it, or cancel it if Git had agreed to that and has removed it."""
    if not record.bound:
        return _judge_unbound_orphan(record, inputs)
    observed = inputs.observed(record)
    if observed is None:
        return judge_absent(record, inputs, None)
    if observed.phase.ended:
        return Finding.for_record(record, FindingKind.ENDED, Ended(phase=observed.phase), observed=observed)
    if (lowered := inputs.declared_at_another_attempt(record)) is not None:
        restore = raise_attempt(lowered.order, record.attempt, Purpose.RESTORE_ATTEMPT)
        return _orphaned(record, observed, Orphaned(phase=observed.phase, lowered=lowered.order.attempt), restore)
    if (renamed := successor(record, inputs)) is not None:
        return _renamed(record, observed, renamed, inputs)
    if record.on_delete is OnDelete.CANCEL:
        return _judge_removed(record, observed, inputs)
    return _orphaned(record, observed, Orphaned(phase=observed.phase))


def _judge_removed(record: Record, observed: ObservedOrder, inputs: PlanInput) -> Action | Finding:
    view = inputs.views[record.account]
    if (stop := stopped(record.account, None, inputs, Effect.CANCEL)) is not None:
        return Finding.for_record(record, FindingKind.WAITING, stop.cause, *stop.remedies, observed=observed)
    match removal(record, inputs, view):
        case Removed():
            agreed = Cancellation(reason="its manifest was removed", attempt=record.attempt)
            return judge_cancel(record, observed, view, agreed=agreed, wanted=None)
        case NotYet(until):
            wait = Wait(purpose=Purpose.CANCELED_IF_ABSENT, until=until)
            restore, cause = Commit(purpose=Purpose.RESTORE_MANIFEST), RemovedJustNow(until)
            return Finding.for_record(record, FindingKind.WAITING, cause, wait, restore, observed=observed)
        case unproven:
            cause_ = Orphaned(phase=observed.phase, unproven=unproven)
            return _orphaned(record, observed, cause_, *_PROOFS[unproven])


_PROOFS: Mapping[Unproven, tuple[Step, ...]] = {
    Unproven.UNCOMMITTED_CHANGES: (Commit(purpose=Purpose.COMMIT_CHANGES),),
    Unproven.HISTORY_MISSING: (Commit(purpose=Purpose.FETCH_HISTORY),),
    **dict.fromkeys(
        set(Unproven) - {Unproven.UNCOMMITTED_CHANGES, Unproven.HISTORY_MISSING},
        (Commit(purpose=Purpose.CANCEL_IN_GIT),),
    ),
}
"""What proves that a manifest was removed on purpose, or cancels its order without that proof."""


def _orphaned(record: Record, observed: ObservedOrder, cause: Orphaned, *first: Step) -> Finding:
    restore = () if cause.lowered is not None else (Commit(purpose=Purpose.RESTORE_MANIFEST),)
    ways = *first, *restore, forget(record.key, record.attempt, Purpose.STOP_WATCHING)
    return Finding.for_record(record, FindingKind.ORPHANED, cause, *ways, observed=observed)


def _renamed(record: Record, observed: ObservedOrder, wanted: Wanted, inputs: PlanInput) -> Finding:
    """Report an order that a new one may be the new name of: such an order is never canceled for its absence."""
    cause = Orphaned(phase=observed.phase, successor=wanted.order.key)
    found = _orphaned(record, observed, cause, keep_name(record, wanted, inputs))
    if record.on_delete is not OnDelete.CANCEL:
        return found
    return replace(found, remedies=(*found.remedies, *remedies_of(also_ordered(wanted, record.key))))


def _judge_unbound_orphan(record: Record, inputs: PlanInput) -> Action | Finding:
    matches = inputs.matches(record.reference)
    if (
        len(matches) == 1
        and inputs.record_bound_to(matches[0]) is None
        and not inputs.competing_orders(matches[0], record.reference)
    ):
        match = matches[0]
        account = inputs.binding_account(record.account, match)
        how = found_by(match, None, record.attempt)
        return Adopt(
            key=record.key,
            reference=record.reference,
            account=account,
            attempt=record.attempt,
            order_id=match.id,
            status=match.status,
            found_by=how,
        )
    doubt, view = MayExist(record.attempt, declared=False), inputs.views.get(record.account)
    if view is not None and view.set_aside:
        return suspended_record(record, view, None)
    return Finding.for_record(record, FindingKind.UNRESOLVED, doubt, *ways_out_of(record, view))
