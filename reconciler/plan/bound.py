"""The assessment on an order whose provider id is known: observe, and change only what Git asks for."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from reconciler.model.order import DesiredOrder, ObservedOrder
from reconciler.model.phase import Phase
from reconciler.model.provider import Traits
from reconciler.model.record import Record
from reconciler.model.terms import Difference, DriftKind
from reconciler.model.time import duration_text, parse_instant, seconds_text
from reconciler.plan.about import about_bound, last_call, listed
from reconciler.plan.actions import Amend
from reconciler.plan.assessments import Assessment
from reconciler.plan.cancel import judge_cancel
from reconciler.plan.drift import differences
from reconciler.plan.findings import Finding, FindingKind
from reconciler.plan.inputs import AccountView, PlanInput, Wanted
from reconciler.plan.offers import decided, judge_offers, overpaid, refused_change, unpaid

_UNMET = frozenset({Phase.REJECTED, Phase.FAILED, Phase.CANCELED, Phase.EXPIRED, Phase.PARTIAL})


def judge_bound(wanted: Wanted, record: Record, inputs: PlanInput) -> tuple[Assessment, ...]:
    """Return what to do about a bound order. It is never placed again, whatever the provider says."""
    others = [o for o in inputs.matches(wanted.reference) if o.id != record.order_id and not o.phase.ended]
    doubles = (_double(wanted, record, others),) if others else ()
    observed = inputs.observed(record)
    if observed is None:
        return (*doubles, judge_absent(record, inputs, wanted))
    return (*doubles, *_judge_observed(wanted, record, observed, inputs))


def _judge_observed(
    wanted: Wanted, record: Record, observed: ObservedOrder, inputs: PlanInput
) -> tuple[Assessment, ...]:
    order, view = wanted.order, inputs.views[record.account]
    if observed.phase.ended:
        return (_ended(wanted, record, observed.phase, observed),)
    if (stop := stopped(order, inputs)) is not None:
        text = f"{stop.what}, only observed: {stop.why}"
        return (about_bound(record, FindingKind.WAITING, text, stop.remedy, wanted=wanted, observed=observed),)
    if order.cancel is not None and order.cancel.attempt == order.attempt:
        return (judge_cancel(record, observed, view, agreed=order.cancel, wanted=wanted),)
    return _judge_drift(wanted, record, observed, inputs)


class Stop(NamedTuple):
    """Why an order is only to be observed, and what ends that."""

    what: str
    why: str
    remedy: str


def stopped(order: DesiredOrder | None, inputs: PlanInput) -> Stop | None:
    """Return why an order is only to be observed now: its own suspension, or a freeze of all; None where it is not."""
    own = order.suspend if order is not None else None
    if own is not None and (own.until is None or inputs.now < own.until):
        return Stop("suspended", own.reason, "remove `suspend`")
    if (freeze := inputs.frozen) is None:
        return None
    remedy = f"a later pass goes on; or remove the freeze in {inputs.policy.source}"
    return Stop(f"frozen until {seconds_text(freeze.window.end)}", freeze.reason, remedy)


def judge_absent(record: Record, inputs: PlanInput, wanted: Wanted | None) -> Finding:
    """Return the finding about a bound order that was not read: ended before, missing, or simply not known."""
    view = inputs.views.get(record.account)
    if record.phase is not None and record.phase.ended:
        return _ended(wanted, record, record.phase, None)
    if view is None:
        text = f"lives at account {record.account}, which is no longer in the manifests"
        return about_bound(record, FindingKind.UNREAD, text, f"restore the account {record.account}", wanted=wanted)
    if inputs.reported_missing(record) and (placed := _just_placed(record, view)):
        text = f"order {record.order_id} was placed {placed} ago and is not shown by its provider yet"
        return about_bound(record, FindingKind.WAITING, text, "a later pass looks again", wanted=wanted)
    if inputs.reported_missing(record):
        text = f"order {record.order_id} is unknown to its provider (last seen {record.status}); not ordered again"
        remedy, deadline = _missing_remedy(record, wanted), last_call(wanted)
        return about_bound(record, FindingKind.MISSING, text, remedy, wanted=wanted, deadline=deadline)
    text = f"not read in this pass: {view.listing.problem or 'the single read of it failed'}"
    remedy = "nothing is concluded; run again when the provider answers"
    return about_bound(record, FindingKind.UNREAD, text, remedy, wanted=wanted)


def _just_placed(record: Record, view: AccountView) -> str:
    """How long ago an order was bound, while that is less than its provider may take to show it; else empty."""
    if record.outcome is None or not timedelta(0) <= view.now - record.outcome.at < view.limits.settle:
        return ""
    return duration_text(view.now - record.outcome.at)


def _missing_remedy(record: Record, wanted: Wanted | None) -> str:
    if wanted is None or wanted.order.attempt != record.attempt:
        return f"ask the provider, then: reconciler forget {record.key} --attempt {record.attempt}"
    order = wanted.order
    return (
        f"ask the provider; if it is gone, commit in {order.source}:  attempt: {order.attempt + 1}  (orders again), and"
        f" then: reconciler forget {record.key} --attempt {record.attempt}"
    )


def _double(wanted: Wanted, record: Record, others: list[ObservedOrder]) -> Finding:
    text = f"bound to {record.order_id}, but its reference is also carried by {listed(others)}"
    remedy = (
        f"cancel one at the provider; if {record.order_id} is the wrong one: reconciler resolve {record.key} --adopt ID"
    )
    return about_bound(record, FindingKind.DUPLICATE, text, remedy, wanted=wanted)


def _ended(wanted: Wanted | None, record: Record, phase: Phase, observed: ObservedOrder | None) -> Finding:
    remedy, deadline = "", None
    if phase in _UNMET and wanted is not None:
        order, deadline = wanted.order, last_call(wanted)
        remedy = f"to order again, commit in {order.source}:  attempt: {order.attempt + 1}  (and a new window)"
    return about_bound(
        record, FindingKind.ENDED, f"{phase}", remedy, wanted=wanted, observed=observed, deadline=deadline
    )


def _judge_drift(wanted: Wanted, record: Record, observed: ObservedOrder, inputs: PlanInput) -> tuple[Assessment, ...]:
    """What is offered for other terms than Git states is not answered: it would buy what nobody has reviewed."""
    view = inputs.views[record.account]
    found = differences(wanted, record, observed, view.traits)
    editable = tuple(d for d in found if _can_be_changed(d, view.traits))
    explained = tuple(d for d in found if d.kind is DriftKind.EXPLAINED)
    rest = tuple(d for d in found if d not in editable and d not in explained)
    actions: tuple[Assessment, ...] = (_amend(wanted, record, observed, editable),) if editable else ()
    if rest:
        return (*actions, _drifted(wanted, record, observed, view, rest))
    if over := overpaid(wanted, record, observed):
        return (*actions, over)
    actions = (*actions, *judge_offers(wanted, record, observed, inputs))
    return actions or (_alive(wanted, record, observed, explained),)


def _amend(wanted: Wanted, record: Record, observed: ObservedOrder, changes: tuple[Difference, ...]) -> Amend | Finding:
    action = Amend(
        key=wanted.order.key, reference=record.reference, account=record.account, order_id=observed.id, changes=changes
    )
    remedy = f"put it back in {wanted.order.source}; it is asked again when the order's status changes"
    return refused_change(action, record, observed, remedy, wanted=wanted) or action


def _can_be_changed(difference: Difference, traits: Traits) -> bool:
    """Tell whether the provider changes that term, and in that direction."""
    if difference.term not in traits.later_only:
        return difference.term in traits.editable
    stated, observed = difference.stated, difference.observed
    return isinstance(stated, str) and isinstance(observed, str) and parse_instant(stated) > parse_instant(observed)


def _alive(wanted: Wanted, record: Record, observed: ObservedOrder, explained: tuple[Difference, ...] = ()) -> Finding:
    told = [f"{d.term} is {d.observed}, as the accepted option has it" for d in explained]
    text = "; ".join((f"{observed.phase}", *decided(observed.offers), *told, *observed.remarks))
    if observed.phase is Phase.UNRECOGNIZED:
        text = f"{observed.status} is a status that no contract knows: taken as alive, not acted on"
    return about_bound(record, FindingKind.IN_SYNC, text, wanted=wanted, observed=observed, differences=explained)


def _drifted(
    wanted: Wanted, record: Record, observed: ObservedOrder, view: AccountView, found: tuple[Difference, ...]
) -> Finding:
    order = wanted.order
    edited = any(d.kind is DriftKind.SPEC_EDITED for d in found)
    terms = view.cancellation(observed, view.now)
    charge = "not possible any more"
    if terms is None and unpaid(observed, view):
        charge = "free, its quote is rejected"
    elif terms is not None:
        charge = f"{terms.percent} % of its price" if terms.percent else "free"
    again = f"commit in {order.source}:  attempt: {order.attempt + 1}  (cancels this one: {charge}; and orders again)"
    text = "edited in Git after it was placed" if edited else "the provider holds something else than Git states"
    remedy = f"put the terms back; or {again}" if edited else f"state what the provider holds; or {again}"
    return about_bound(
        record,
        FindingKind.DRIFTED,
        text,
        remedy,
        wanted=wanted,
        observed=observed,
        differences=found,
        deadline=terms.changes_at if terms is not None else None,
    )
