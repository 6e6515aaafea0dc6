"""The attempts below an order's own: a raised attempt never makes two live orders."""

from __future__ import annotations

from reconciler.model.ids import Reference
from reconciler.model.order import Adoption, Cancellation
from reconciler.model.record import Record
from reconciler.plan.about import about_bound, about_new, found_by
from reconciler.plan.actions import Action, Adopt
from reconciler.plan.bound import judge_absent
from reconciler.plan.cancel import judge_cancel
from reconciler.plan.findings import Finding, FindingKind
from reconciler.plan.inputs import PlanInput, Wanted


def judge_earlier(wanted: Wanted, inputs: PlanInput) -> tuple[Action | Finding, ...]:
    """Return what must happen to earlier attempts before this one may be placed; nothing when all have ended."""
    found = judge_below(wanted, inputs)
    if not found:
        return ()
    text = f"attempt {wanted.order.attempt} is placed when the earlier one is reported ended"
    return (*found, about_new(wanted, FindingKind.WAITING, text, "a later pass places it"))


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
    others = [o for o in inputs.matches(reference) if o.id != record.order_id and not o.phase.ended]
    if others:
        ids = ", ".join(o.id for o in others)
        text = f"attempt {attempt} is bound to {record.order_id}, but {ids} carries its reference too"
        return [about_bound(record, FindingKind.DUPLICATE, text, "cancel one at the provider", wanted=wanted)]
    return _bound(wanted, record, inputs)


def _unbound(wanted: Wanted, attempt: int, reference: Reference, inputs: PlanInput) -> list[Action | Finding]:
    order = wanted.order
    matches = [o for o in inputs.matches(reference) if not o.phase.ended and inputs.record_bound_to(o) is None]
    record = inputs.records.get(reference)
    if len(matches) > 1:
        text = f"{len(matches)} orders carry the reference of attempt {attempt}"
        remedy = (
            f"cancel the others at the provider, then: reconciler resolve {order.key} --attempt {attempt} --adopt ID"
        )
        return [about_new(wanted, FindingKind.DUPLICATE, text, remedy)]
    if matches:
        match = matches[0]
        if competing_orders := inputs.competing_orders(match, reference):
            others = ", ".join(competing_orders)
            text = f"order {match.id} carries the reference of attempt {attempt}, and also that of {others}"
            remedy = f"reconciler resolve {order.key} --attempt {attempt} --adopt ID"
            return [about_new(wanted, FindingKind.DUPLICATE, text, remedy)]
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
    if record is not None and record.unresolved and not inputs.matches(reference):
        text = f"attempt {attempt} had no clear answer and may exist"
        remedy = f"reconciler resolve {order.key} --attempt {attempt} --not-created --reason TEXT, or --adopt ID"
        return [about_new(wanted, FindingKind.UNRESOLVED, text, remedy)]
    if order.adopt is not None and order.adopts(attempt) and not inputs.matches(reference):
        return [unadoptable(wanted, order.adopt)]
    return []


def unadoptable(wanted: Wanted, adopt: Adoption) -> Finding:
    """Return the finding of an existing order that Git names and its provider does not know."""
    order = wanted.order
    text = f"is to be order {adopt.order_id}, which account {order.account} does not list; nothing is ordered instead"
    remedy = f"correct `adopt` in {order.source}; or remove it to have the order placed"
    return about_new(wanted, FindingKind.MISSING, text, remedy)


def _bound(wanted: Wanted, record: Record, inputs: PlanInput) -> list[Action | Finding]:
    observed = inputs.observed(record)
    if observed is None:
        absent = judge_absent(record, inputs, None)
        return [] if absent.kind is FindingKind.ENDED else [absent]
    if observed.phase.ended:
        return []
    agreed = wanted.order.cancel
    if agreed is None or agreed.attempt != record.attempt:
        agreed = Cancellation(reason=f"attempt raised to {wanted.order.attempt}", attempt=record.attempt)
    return [judge_cancel(record, observed, inputs.views[record.account], agreed=agreed, wanted=wanted)]
