"""The assessment on one order: walk the protocol's steps in their order, and stop at the first that answers."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from reconciler.model.errors import RefusalKind
from reconciler.model.order import ObservedOrder
from reconciler.model.outcome import OutcomeKind
from reconciler.model.provider import Closed, OpensAt, Preflight, Readiness, Ready
from reconciler.model.record import Record
from reconciler.model.terms import digest
from reconciler.model.time import duration_text, seconds_text
from reconciler.plan.about import about_new, found_by, listed
from reconciler.plan.actions import Action, Adopt, Place
from reconciler.plan.assessments import Assessment, NeedsPrice
from reconciler.plan.attempts import judge_below, judge_earlier, unadoptable
from reconciler.plan.bound import judge_bound, stopped
from reconciler.plan.findings import Finding, FindingKind
from reconciler.plan.gates import price_gate
from reconciler.plan.inputs import PlanInput, Wanted
from reconciler.plan.settle import judge_unresolved, refusal_in_doubt


def judge(wanted: Wanted, inputs: PlanInput) -> tuple[Assessment, ...]:
    """Return what to do about one desired order, or why nothing is done."""
    record = inputs.records.get(wanted.reference)
    if record is not None and record.bound:
        below = () if stopped(wanted.order, inputs) else judge_below(wanted, inputs)
        return (*judge_bound(wanted, record, inputs), *below)
    matches = inputs.matches(wanted.reference)
    if len(matches) > 1:
        return (_duplicate(wanted, matches),)
    if matches:
        below = () if stopped(wanted.order, inputs) else judge_below(wanted, inputs)
        return (_adopt(wanted, matches[0], inputs), *below)
    if inputs.unread is not None:
        return (about_new(wanted, FindingKind.UNREAD, f"not looked for everywhere: {inputs.unread}", _READ_AGAIN),)
    if record is not None and record.unresolved and (waiting := judge_unresolved(wanted, record, inputs)):
        return (waiting,)
    return _judge_new(wanted, record, inputs)


_READ_AGAIN = "nothing is concluded and nothing sent; run again when the provider answers"


def _duplicate(wanted: Wanted, matches: tuple[ObservedOrder, ...]) -> Finding:
    """Return the finding of several provider orders under one reference; which one counts is for a person."""
    ids, which = listed(matches), f"reconciler resolve {wanted.order.key} --adopt ID"
    if all(o.marked for o in matches):
        text, remedy = "carry its reference", f"cancel the others at the provider, then: {which}"
    else:
        text, remedy = "may be it, for they show its terms and no text", f"find out which one is: {which}"
    return about_new(wanted, FindingKind.DUPLICATE, f"{len(matches)} orders {text}: {ids}", remedy)


def _adopt(wanted: Wanted, observed: ObservedOrder, inputs: PlanInput) -> Action | Finding:
    """Adopt the one order that carries the reference, unless it belongs to another order already."""
    order, remedy = wanted.order, f"reconciler resolve {wanted.order.key} --adopt ID"
    if (owner := inputs.record_bound_to(observed)) is not None:
        message = f"order {observed.id} carries its reference, but belongs to {owner.key}"
        return about_new(wanted, FindingKind.DUPLICATE, message, remedy)
    if competing_orders := inputs.competing_orders(observed, wanted.reference):
        message = f"order {observed.id} carries its reference, and also that of {', '.join(competing_orders)}"
        return about_new(wanted, FindingKind.DUPLICATE, message, remedy)
    if order.adopts(order.attempt) and (unknown_references := inputs.unknown_references(observed)):
        carried = ", ".join(sorted(unknown_references))
        message = f"order {observed.id} carries {carried}, the reference of somebody else's manifests"
        remedy = f"remove `adopt` or the order from {order.source}; or, to take that order over: {remedy}"
        return about_new(wanted, FindingKind.HELD, message, remedy)
    account = inputs.binding_account(order.account, observed)
    how = found_by(observed, order, order.attempt)
    return Adopt(
        key=order.key,
        reference=wanted.reference,
        account=account,
        attempt=order.attempt,
        order_id=observed.id,
        status=observed.status,
        found_by=how,
    )


def _judge_new(wanted: Wanted, record: Record | None, inputs: PlanInput) -> tuple[Assessment, ...]:
    order = wanted.order
    if (stop := stopped(order, inputs)) is not None:
        return (about_new(wanted, FindingKind.WAITING, f"{stop.what}: {stop.why}", stop.remedy),)
    if order.adopt is not None and order.adopts(order.attempt):
        return (unadoptable(wanted, order.adopt),)
    if order.cancel is not None and order.cancel.attempt == order.attempt:
        text = f"canceled in Git before it was placed: {order.cancel.reason}"
        return (*judge_below(wanted, inputs), about_new(wanted, FindingKind.ENDED, text))
    if ordered := _ordered_otherwise(wanted, inputs) or _ordered_without_text(wanted, inputs):
        return (ordered,)
    if earlier := judge_earlier(wanted, inputs):
        return earlier
    if closed := _closed(wanted, wanted.readiness):
        return (closed,)
    if held := _refused_before(wanted, record, inputs):
        return (held,)
    preflight = inputs.preflights.get(wanted.reference)
    return (NeedsPrice(wanted),) if preflight is None else (_preflighted(wanted, preflight, inputs),)


def _ordered_otherwise(wanted: Wanted, inputs: PlanInput) -> Finding | None:
    """Only a raised attempt orders again: neither a lowered one nor another owner, which both change the reference."""
    order, ours = wanted.order, {wanted.reference, *wanted.earlier}
    same_name = [r for r in inputs.named(order.key) if r.reference not in ours]
    sent = [r for r in same_name if r.unresolved or (r.bound and (r.live or r.attempt >= order.attempt))]
    if not sent:
        return _lowered(wanted, inputs)
    last = max(sent, key=lambda r: (r.attempt, r.reference))
    what = f"order {last.order_id}, {last.status}" if last.bound else "no clear answer"
    if last.attempt > order.attempt:
        message = f"attempt {last.attempt} was sent already ({what}); a lowered attempt never orders again"
        remedy = f"commit in {order.source}:  attempt: {last.attempt}  (or {last.attempt + 1} to order again)"
    else:
        message = f"attempt {last.attempt} was sent already under another reference ({what})"
        remedy = "put the Project's `owner` and the order's `moved` lines back: references are made of them"
    return about_new(wanted, FindingKind.HELD, message, remedy)


def _lowered(wanted: Wanted, inputs: PlanInput) -> Finding | None:
    """Without a record (a lost state file) a later attempt still shows at the provider."""
    order = wanted.order
    for attempt, reference in enumerate(wanted.later, start=order.attempt + 1):
        if found := inputs.matches(reference):
            message = f"attempt {attempt} is at the provider already (order {found[0].id}, {found[0].status})"
            remedy = f"commit in {order.source}:  attempt: {attempt}  (or {attempt + 1} to order again)"
            return about_new(wanted, FindingKind.HELD, message, remedy)
    return None


def _ordered_without_text(wanted: Wanted, inputs: PlanInput) -> Finding | None:
    """Where no text is shown, an order with the same terms may be this one, placed before a state file was lost."""
    order, alike = wanted.order, inputs.alike(wanted)
    if not alike:
        return None
    message = f"may be ordered already: {listed(alike)} shows the same terms, and no text that tells whose it is"
    remedy = (
        f"if it is this one: reconciler resolve {order.key} --adopt {alike[0].id}; if not, tell the two apart by"
        f" another window, a minute is enough, in {order.source}"
    )
    return about_new(wanted, FindingKind.HELD, message, remedy)


def _closed(wanted: Wanted, readiness: Readiness) -> Finding | None:
    """Return why the window does not let the order be placed now."""
    match readiness:
        case Ready():
            return None
        case OpensAt(at=at, why=why):
            message = f"can be placed from {seconds_text(at)} on: {why}"
            return about_new(wanted, FindingKind.WAITING, message, "a later pass places it")
        case Closed(why=why):
            remedy = f"commit a later window in {wanted.order.source}, or remove the order"
            return about_new(wanted, FindingKind.EXPIRED, f"never ordered, and too late now: {why}", remedy)
        case _ as never:
            assert_never(never)


def _refused_before(wanted: Wanted, record: Record | None, inputs: PlanInput) -> Finding | None:
    """What its provider has refused for its own sake is not sent again unchanged, and nothing else is at once.

    What was refused for another reason is sent again when an order would have shown.
    """
    outcome = record.outcome if record is not None else None
    if record is None or outcome is None or outcome.kind is not OutcomeKind.REFUSED or record.intent is None:
        return None
    told = f"{outcome.message} (on {seconds_text(outcome.at)})"
    match outcome.refusal:
        case RefusalKind.FUNDS | None:
            return None
        case RefusalKind.INVALID | RefusalKind.CONTRACT:
            unchanged = record.intent.digest == digest(wanted.terms)
            return about_new(wanted, FindingKind.HELD, told, _edit_remedy(wanted)) if unchanged else None
        case RefusalKind.UNAUTHORIZED | RefusalKind.FORBIDDEN | RefusalKind.NOT_FOUND | RefusalKind.RATE_LIMITED:
            view = inputs.views.get(record.account)
            if view is None or not refusal_in_doubt(record, view):
                return None
            remedy = f"a pass {duration_text(view.limits.settle)} after it sends it again, if it is nowhere by then"
            return about_new(wanted, FindingKind.WAITING, told, remedy)
        case _ as never:
            assert_never(never)


def _edit_remedy(wanted: Wanted) -> str:
    return (
        f"edit the order in {wanted.order.source}; or, once the cause is gone: "
        f"reconciler resolve {wanted.order.key} --not-created --reason TEXT"
    )


def _preflighted(wanted: Wanted, preflight: Preflight, inputs: PlanInput) -> Assessment:
    """Pass the order through the gates with what its provider says of it."""
    order = wanted.order
    if preflight.unread is not None:
        return about_new(wanted, FindingKind.UNREAD, f"its price was not learned: {preflight.unread}", _READ_AGAIN)
    readiness = preflight.readiness or wanted.readiness
    wanted = replace(wanted, readiness=readiness)
    if closed := _closed(wanted, readiness):
        return closed
    if preflight.objections:
        remedy = f"edit the order in {order.source} as told, or have that changed at the provider"
        return about_new(wanted, FindingKind.HELD, "; ".join(preflight.objections), remedy)
    free = inputs.views[order.account].traits.places_free and not preflight.binding
    if not free and (gate := price_gate(order, preflight.price, inputs.policy)):
        return about_new(wanted, gate.kind, gate.message, gate.remedy)
    assert isinstance(readiness, Ready), "every other readiness is closed"
    return Place(
        key=order.key,
        reference=wanted.reference,
        account=order.account,
        attempt=order.attempt,
        digest=digest(wanted.terms),
        commits=None if free else preflight.price,
        ceiling=None if free else order.confirm.max_price,
        until=readiness.until,
        location=order.source,
        free=free,
        estimate=preflight.price if free else None,
        warnings=wanted.warnings,
    )
