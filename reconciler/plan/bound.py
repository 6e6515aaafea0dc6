"""The assessment on an order whose provider id is known: observe, and change only what Git asks for."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from reconciler.model.ids import AccountName
from reconciler.model.order import DesiredOrder, ObservedOrder
from reconciler.model.phase import Phase
from reconciler.model.provider import Traits
from reconciler.model.record import Record
from reconciler.model.terms import Difference, DriftKind, same
from reconciler.model.time import parse_instant
from reconciler.plan.actions import Amend
from reconciler.plan.assessments import Assessment
from reconciler.plan.cancel import judge_cancel
from reconciler.plan.causes import (
    AccountGone,
    Drifted,
    Effect,
    Ended,
    InSync,
    JustPlaced,
    NotRead,
    ReferenceShared,
    Stopped,
    UnknownStatus,
    UnknownToProvider,
    named_orders,
)
from reconciler.plan.drift import differences
from reconciler.plan.findings import Finding, FindingKind, last_call
from reconciler.plan.inputs import AccountView, PlanInput, Wanted
from reconciler.plan.looking import suspended_record, ways_to_read
from reconciler.plan.offers import agree_to_option, decided_by, judge_offers, overpaid, refused_change, unpaid
from reconciler.plan.remedies import Ask, Commit, Purpose, Remedy, Step, Wait, adopt, forget, raise_attempt


def judge_bound(wanted: Wanted, record: Record, inputs: PlanInput) -> tuple[Assessment, ...]:
    """Return what to do about a bound order. It is never placed again, whatever the provider says."""
    shared = reference_shared(record, inputs)
    doubles = (_double(wanted, record, shared),) if shared is not None else ()
    observed = inputs.observed(record)
    if observed is None:
        return (*doubles, judge_absent(record, inputs, wanted))
    return (*doubles, *_judge_observed(wanted, record, observed, inputs))


def _judge_observed(
    wanted: Wanted, record: Record, observed: ObservedOrder, inputs: PlanInput
) -> tuple[Assessment, ...]:
    order, view = wanted.order, inputs.views[record.account]
    if observed.phase.ended:
        return (_ended_finding(wanted, record, observed.phase, observed),)
    if (stop := stopped(record.account, order, inputs, Effect.CHANGE)) is not None:
        held = Finding.for_record(
            record, FindingKind.WAITING, stop.cause, *stop.remedies, wanted=wanted, observed=observed
        )
        return (held,)
    if order.cancel is not None and order.canceled:
        return (judge_cancel(record, observed, view, agreed=order.cancel, wanted=wanted),)
    return _judge_drift(wanted, record, observed, inputs)


class ObserveOnly(NamedTuple):
    """Why an order is only to be observed, and what ends that."""

    cause: Stopped
    remedies: tuple[Step, ...]


def stopped(account: AccountName, order: DesiredOrder | None, inputs: PlanInput, effect: Effect) -> ObserveOnly | None:
    """Return why an order is only to be observed now, by its account's clock: suspended, or a freeze; else None."""
    now, view = inputs.clock(account), inputs.views.get(account)
    if view is not None and view.suspend is not None and view.suspend.holds_at(now):
        resume = Commit(purpose=Purpose.REMOVE_ACCOUNT_SUSPEND, location=view.source)
        return ObserveOnly(Stopped(reason=view.suspend.reason, effect=effect), (resume,))
    if order is not None and order.suspend is not None and order.suspend.holds_at(now):
        remove = Commit(purpose=Purpose.REMOVE_SUSPEND, location=order.source)
        return ObserveOnly(Stopped(reason=order.suspend.reason, effect=effect), (remove,))
    if (freeze := inputs.freeze_at(account)) is None:
        return None
    until = freeze.window.end
    remove = Commit(purpose=Purpose.REMOVE_FREEZE, location=inputs.policy.source)
    cause = Stopped(reason=freeze.reason, effect=effect, frozen_until=until)
    return ObserveOnly(cause, (Wait(purpose=Purpose.FREEZE_ENDS, until=until), remove))


def judge_absent(record: Record, inputs: PlanInput, wanted: Wanted | None) -> Finding:
    """Return the finding about a bound order that was not read: ended before, missing, or simply not known."""
    view = inputs.views.get(record.account)
    if record.phase is not None and record.phase.ended:
        return _ended_finding(wanted, record, record.phase, None)
    if view is None:
        gone, restore = AccountGone(record.account, bound=True), Commit(purpose=Purpose.RESTORE_ACCOUNT)
        return Finding.for_record(record, FindingKind.UNREAD, gone, restore, wanted=wanted)
    if view.set_aside:
        return suspended_record(record, view, wanted)
    if record.order_id is None or not inputs.reported_missing(record):
        unread = NotRead(view.listing.problem)
        return Finding.for_record(record, FindingKind.UNREAD, unread, *ways_to_read(view), wanted=wanted)
    if (age := _just_placed(record, view)) is not None:
        placed, again = JustPlaced(record.order_id, age), Wait(purpose=Purpose.LOOKED_FOR_AGAIN)
        return Finding.for_record(record, FindingKind.WAITING, placed, again, wanted=wanted)
    cause, steps = UnknownToProvider(record.order_id, record.status), _if_missing(record, wanted)
    deadline = last_call(wanted)
    return Finding.for_record(record, FindingKind.MISSING, cause, steps, wanted=wanted, deadline=deadline)


def _just_placed(record: Record, view: AccountView) -> timedelta | None:
    """Return how long ago an order was bound if that is less than its provider may take to show it."""
    if record.answered is None or not view.time_left(record):
        return None
    return max(view.now - record.answered.provider, timedelta(0))


def _if_missing(record: Record, wanted: Wanted | None) -> Remedy:
    ask, drop = Ask(purpose=Purpose.ASK_WHETHER_IT_EXISTS), forget(record.key, record.attempt)
    if wanted is None or wanted.order.attempt != record.attempt:
        return ask, drop
    order = wanted.order
    return ask, raise_attempt(order, order.attempt + 1, Purpose.ORDER_AGAIN_IF_GONE), drop


def reference_shared(record: Record, inputs: PlanInput, *, earlier: bool = False) -> ReferenceShared | None:
    """Return which live orders carry the reference of a bound one too, and are bound to none; None if none does."""
    found = [o for o in inputs.matches(record.reference) if o.id != record.order_id and not o.phase.ended]
    others = [order for order in found if inputs.record_bound_to(order) is None]
    if not others or record.order_id is None:
        return None
    return ReferenceShared(
        order_id=record.order_id, others=named_orders(others), attempt=record.attempt if earlier else None
    )


def _double(wanted: Wanted, record: Record, shared: ReferenceShared) -> Finding:
    wrong = adopt(record.key, record.attempt, Purpose.RESOLVE_IF_WRONG)
    ways = Ask(purpose=Purpose.CANCEL_OTHERS), wrong
    return Finding.for_record(record, FindingKind.DUPLICATE, shared, *ways, wanted=wanted)


def _ended_finding(wanted: Wanted | None, record: Record, phase: Phase, observed: ObservedOrder | None) -> Finding:
    order = wanted.order if wanted is not None else None
    unraised = order.unraised if order is not None else None
    if unraised is not None and phase.without_picture:
        cause, wait = Ended(phase=phase, unraised=unraised), Wait(purpose=Purpose.PLACED_LATER)
        return Finding.for_record(record, FindingKind.WAITING, cause, wait, wanted=wanted, observed=observed)
    unmet = phase is not Phase.FULFILLED
    ways: tuple[Step, ...] = ()
    if order is not None and (unmet or unraised is not None):
        ways = (raise_attempt(order, order.attempt + 1, Purpose.ORDER_AGAIN),)
    return Finding.for_record(
        record,
        FindingKind.ENDED,
        Ended(phase=phase, unraised=unraised),
        *ways,
        wanted=wanted,
        observed=observed,
        deadline=last_call(wanted) if unmet else None,
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
    back = Commit(purpose=Purpose.PUT_BACK, location=wanted.order.source)
    wait = Wait(purpose=Purpose.STATUS_CHANGES)
    return refused_change(action, record, observed, back, wait, wanted=wanted) or action


def _can_be_changed(difference: Difference, traits: Traits) -> bool:
    """Tell whether the provider changes that term, and in that direction."""
    if difference.term not in traits.later_only:
        return difference.term in traits.editable
    stated, observed = difference.stated, difference.observed
    return isinstance(stated, str) and isinstance(observed, str) and parse_instant(stated) > parse_instant(observed)


def _alive(wanted: Wanted, record: Record, observed: ObservedOrder, explained: tuple[Difference, ...] = ()) -> Finding:
    cause: InSync | UnknownStatus = _in_sync(wanted.order, observed)
    if observed.phase is Phase.UNRECOGNIZED:
        cause = UnknownStatus(observed.status)
    return Finding.for_record(
        record, FindingKind.IN_SYNC, cause, wanted=wanted, observed=observed, differences=explained
    )


def _in_sync(order: DesiredOrder, observed: ObservedOrder) -> InSync:
    study, quote, option = observed.offers.study, observed.offers.accepted, observed.offers.chosen
    return InSync(
        phase=observed.phase,
        option=option,
        option_by=decided_by(study.by) if study is not None and option is not None else None,
        quote=quote.price if quote is not None else None,
        quote_by=decided_by(quote.by) if quote is not None else None,
        remarks=tuple(observed.remarks),
        unraised=order.unraised,
    )


def _only_edited(record: Record, view: AccountView, found: tuple[Difference, ...]) -> bool:
    """Tell whether the terms that were placed are still those of the provider: then putting them back is enough."""
    placed, tolerances = record.stated, view.traits.tolerances
    return all(
        d.kind is DriftKind.SPEC_EDITED
        and (d.term not in placed or same(placed[d.term], d.observed, tolerance=tolerances.get(d.term, 0.0)))
        for d in found
    )


def _replacing(cause: Drifted) -> Purpose:
    if cause.quote_rejected:
        return Purpose.REJECT_AND_ORDER_AGAIN
    return Purpose.REPLACE if cause.percent is not None else Purpose.ORDER_AGAIN_LATER


def _drifted(
    wanted: Wanted, record: Record, observed: ObservedOrder, view: AccountView, found: tuple[Difference, ...]
) -> Finding:
    order = wanted.order
    edited = any(d.kind is DriftKind.SPEC_EDITED for d in found)
    terms = view.cancellation(observed, view.now)
    percent = terms.percent if terms is not None else None
    cause = Drifted(edited=edited, percent=percent, quote_rejected=terms is None and unpaid(observed, view))
    purpose = Purpose.PUT_TERMS_BACK if _only_edited(record, view, found) else Purpose.STATE_OBSERVED
    agree = agree_to_option(order, observed.offers) if not edited else ()
    replaced = raise_attempt(order, order.attempt + 1, _replacing(cause))
    return Finding.for_record(
        record,
        FindingKind.DRIFTED,
        cause,
        Commit(purpose=purpose, location=order.source),
        *agree,
        replaced,
        wanted=wanted,
        observed=observed,
        differences=found,
        deadline=terms.changes_at if terms is not None else None,
    )
