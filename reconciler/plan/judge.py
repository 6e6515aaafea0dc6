"""The assessment on one order: walk the protocol's steps in their order, and stop at the first that answers."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from reconciler.model.errors import RefusalKind
from reconciler.model.order import ObservedOrder
from reconciler.model.outcome import Done, Refused
from reconciler.model.provider import Closed, OpensAt, Preflight, Readiness, Ready
from reconciler.model.record import Record
from reconciler.model.terms import digest
from reconciler.plan.actions import Action, Adopt, Place
from reconciler.plan.alike import found_by
from reconciler.plan.assessments import Assessment, NeedsPrice
from reconciler.plan.attempts import judge_below, judge_earlier, unadoptable
from reconciler.plan.bound import judge_bound, stopped
from reconciler.plan.causes import (
    BoundToAnother,
    CanceledUnplaced,
    Effect,
    ForeignReference,
    LaterAttemptExists,
    MayBeOrdered,
    MovedFromNothing,
    NamedOrder,
    Objections,
    OpensLater,
    PriceUnread,
    ReferenceCut,
    ReferencesCompete,
    RefusedBefore,
    SentAlready,
    SeveralMatch,
    WindowClosed,
    named_orders,
)
from reconciler.plan.findings import Finding, FindingKind
from reconciler.plan.gates import price_gate
from reconciler.plan.inputs import PlanInput, Wanted
from reconciler.plan.lines import moved_each_lines
from reconciler.plan.looking import READ_AGAIN, not_looked_for
from reconciler.plan.remedies import Ask, Commit, Purpose, Step, Wait, adopt, raise_attempt, resolve
from reconciler.plan.renames import also_ordered, find_name, moved_from, neighbors, root_of
from reconciler.plan.settle import judge_unresolved, may_exist


def judge(wanted: Wanted, inputs: PlanInput) -> tuple[Assessment, ...]:
    """Return what to do about one desired order, or why nothing is done."""
    record = inputs.records.get(wanted.reference)
    if record is not None and record.bound:
        below = () if stopped(record.account, wanted.order, inputs, Effect.CHANGE) else judge_below(wanted, inputs)
        return (*judge_bound(wanted, record, inputs), *below)
    matches = tuple(order for order in inputs.matches(wanted.reference) if not _given_away(order, wanted, inputs))
    if len(matches) > 1:
        return (_duplicate(wanted, matches),)
    if matches:
        below = () if stopped(matches[0].account, wanted.order, inputs, Effect.CHANGE) else judge_below(wanted, inputs)
        return (_adopt(wanted, matches[0], inputs), *below)
    if unsure := not_looked_for(wanted, record, inputs):
        return (unsure,)
    if cut := _cut_off(wanted, inputs):
        return (cut,)
    if record is not None and record.unresolved and (waiting := judge_unresolved(wanted, record, inputs)):
        return (waiting,)
    return _judge_new(wanted, record, inputs)


def _given_away(order: ObservedOrder, wanted: Wanted, inputs: PlanInput) -> bool:
    """Tell whether a person has said that an order which carries this reference too is another one."""
    owner = inputs.record_bound_to(order)
    known = owner is not None and owner.reference != wanted.reference
    return known and owner is not None and isinstance(owner.outcome, Done) and owner.outcome.decided


def _duplicate(wanted: Wanted, matches: tuple[ObservedOrder, ...]) -> Finding:
    """Return the finding of several provider orders under one reference; which one counts is for a person."""
    by_terms = not all(o.marked for o in matches)
    bind = adopt(wanted.order.key, wanted.order.attempt)
    found = replace(bind, purpose=Purpose.RESOLVE_FOUND)
    steps: tuple[Step, ...] = (found,) if by_terms else (Ask(purpose=Purpose.CANCEL_OTHERS), bind)
    cause = SeveralMatch(orders=named_orders(matches), by_terms=by_terms)
    return Finding.for_order(wanted, FindingKind.DUPLICATE, cause, steps)


def _adopt(wanted: Wanted, observed: ObservedOrder, inputs: PlanInput) -> Action | Finding:
    """Adopt the one order that carries the reference, unless it belongs to another order already."""
    order, bind = wanted.order, adopt(wanted.order.key, wanted.order.attempt)
    if (owner := inputs.record_bound_to(observed)) is not None:
        besides = raise_attempt(order, order.attempt + 1, Purpose.ORDER_BESIDES)
        return Finding.for_order(wanted, FindingKind.DUPLICATE, BoundToAnother(observed.id, owner.key), bind, besides)
    if competing := inputs.competing_orders(observed, wanted.reference):
        shared = ReferencesCompete(order_id=observed.id, others=competing)
        return Finding.for_order(wanted, FindingKind.DUPLICATE, shared, bind)
    if order.adopts(order.attempt) and (unknown := inputs.unknown_references(observed)):
        foreign = ForeignReference(observed.id, tuple(sorted(unknown)))
        remove = Commit(purpose=Purpose.REMOVE_ADOPT_OR_ORDER, location=order.source)
        return Finding.for_order(wanted, FindingKind.HELD, foreign, remove, replace(bind, purpose=Purpose.TAKE_OVER))
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
    if (stop := stopped(order.account, order, inputs, Effect.PLACE)) is not None:
        return (Finding.for_order(wanted, FindingKind.WAITING, stop.cause, *stop.remedies),)
    if order.adopt is not None and order.adopts(order.attempt):
        return (unadoptable(wanted, order.adopt),)
    if order.cancel is not None and order.canceled:
        canceled = CanceledUnplaced(order.cancel.reason)
        return (*judge_below(wanted, inputs), Finding.for_order(wanted, FindingKind.ENDED, canceled))
    ordered = _ordered_otherwise(wanted, inputs) or _ordered_without_text(wanted, inputs)
    if ordered or (ordered := _moved_from_nothing(wanted, inputs)):
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
    same_name = [r for r in inputs.records_of(order.key) if r.reference not in ours]
    views = inputs.views
    doubtful = [r for r in same_name if may_exist(r, views.get(r.account))]
    sent = [*doubtful, *(r for r in same_name if r.bound and (r.live or r.attempt >= order.attempt))]
    if not sent:
        return _lowered(wanted, inputs)
    last = max(sent, key=lambda r: (r.attempt, r.reference))
    known = NamedOrder(last.order_id, last.status or "unknown") if last.order_id is not None else None
    lowered = last.attempt > order.attempt
    cause = SentAlready(attempt=last.attempt, order=known, lowered=lowered)
    restore = Commit(purpose=Purpose.RESTORE_REFERENCE)
    ways = _raise_to(wanted, last.attempt, live=last.live) if lowered else (restore,)
    return Finding.for_order(wanted, FindingKind.HELD, cause, *ways)


def _raise_to(wanted: Wanted, attempt: int, *, live: bool) -> tuple[Step, ...]:
    """Return the lines that state an attempt which exists, and those that order one more: of a live one, instead."""
    restore = raise_attempt(wanted.order, attempt, Purpose.RESTORE_ATTEMPT)
    again = Purpose.REPLACE_OTHER if live else Purpose.ORDER_AGAIN
    return restore, raise_attempt(wanted.order, attempt + 1, again)


def _lowered(wanted: Wanted, inputs: PlanInput) -> Finding | None:
    """Without a record (a lost state file) a later attempt still shows at the provider."""
    order = wanted.order
    if inputs.listed_references <= inputs.declared_references:
        return None
    for attempt, reference in enumerate(wanted.later, start=order.attempt + 1):
        if found := inputs.matches(reference):
            cause = LaterAttemptExists(attempt, NamedOrder(found[0].id, found[0].status))
            ways = _raise_to(wanted, attempt, live=not found[0].phase.ended)
            return Finding.for_order(wanted, FindingKind.HELD, cause, *ways)
    return None


def _moved_from_nothing(wanted: Wanted, inputs: PlanInput) -> Finding | None:
    """Hold an order that says it was placed under another name, if nothing was: it may have been under a third one."""
    order = wanted.order
    if order.moved_from is None or order.adopt is not None:
        return None
    mine = (*wanted.earlier, wanted.reference)
    if any(r in inputs.records or r in inputs.listed_references for r in mine):
        return None
    later = [root_of(record, wanted.owner) for record in inputs.records_of(order.moved_from)]
    root = next((each for each in later if each not in (None, order.moved_from)), None)
    cause = MovedFromNothing(order.moved_from, root)
    if root is not None:
        return Finding.for_order(wanted, FindingKind.HELD, cause, moved_from(wanted, root, inputs, {}))
    remove = Commit(purpose=Purpose.REMOVE_MOVED, location=order.source)
    if others := neighbors(wanted, inputs, {}):
        lines = moved_each_lines(others)
        remove = Commit(purpose=Purpose.KEEP_OTHER_NAMES, location=order.source, lines=lines)
    return Finding.for_order(wanted, FindingKind.HELD, cause, remove, find_name(wanted, inputs))


def _cut_off(wanted: Wanted, inputs: PlanInput) -> Finding | None:
    """Hold an order if the provider shows the beginning of its reference: its text may have been cut off there."""
    known = wanted.order.confirm.also_ordered
    references = (*wanted.earlier, wanted.reference, *wanted.later)
    for order, fragments in inputs.fragments:
        if order.id not in known and any(r.startswith(tuple(fragments)) for r in references):
            cause = ReferenceCut(NamedOrder(order.id, order.status), max(fragments, key=len))
            this = adopt(wanted.order.key, wanted.order.attempt, Purpose.RESOLVE_IF_THIS, order_id=order.id)
            return Finding.for_order(wanted, FindingKind.HELD, cause, this, also_ordered(wanted, order.id))
    return None


def _ordered_without_text(wanted: Wanted, inputs: PlanInput) -> Finding | None:
    """Where no text is shown, an order with the same terms may be this one, placed before a state file was lost."""
    order, alike = wanted.order, inputs.alike(wanted)
    if not alike:
        return None
    this = adopt(order.key, order.attempt, Purpose.RESOLVE_IF_THIS, order_id=alike[0].id)
    if len(alike) > 1:
        this = adopt(order.key, order.attempt, Purpose.RESOLVE_IF_ONE_OF_THEM)
    window = Commit(purpose=Purpose.OTHER_WINDOW_IF_NOT, location=order.source)
    return Finding.for_order(wanted, FindingKind.HELD, MayBeOrdered(named_orders(alike)), this, window)


def _closed(wanted: Wanted, readiness: Readiness) -> Finding | None:
    """Return why the window does not let the order be placed now."""
    match readiness:
        case Ready():
            return None
        case OpensAt(at=at, why=why):
            wait = Wait(purpose=Purpose.PLACED_LATER, until=at)
            return Finding.for_order(wanted, FindingKind.WAITING, OpensLater(at, why), wait)
        case Closed(why=why):
            later = Commit(purpose=Purpose.LATER_WINDOW, location=wanted.order.source)
            remove = Commit(purpose=Purpose.REMOVE_ORDER, location=wanted.order.source)
            return Finding.for_order(wanted, FindingKind.EXPIRED, WindowClosed(why), later, remove)
        case _ as never:
            assert_never(never)


def _refused_before(wanted: Wanted, record: Record | None, inputs: PlanInput) -> Finding | None:
    """What its provider has refused for its own sake is not sent again unchanged, and nothing else is at once.

    What was refused for another reason is sent again when an order would have shown.
    """
    outcome = record.outcome if record is not None else None
    if record is None or record.intent is None or not isinstance(outcome, Refused):
        return None
    cause = RefusedBefore(outcome.message, outcome.at)
    match outcome.refusal:
        case RefusalKind.FUNDS | None:
            return None
        case RefusalKind.INVALID | RefusalKind.CONTRACT:
            unchanged = record.intent.digest == digest(wanted.terms)
            return Finding.for_order(wanted, FindingKind.HELD, cause, *_edit(wanted)) if unchanged else None
        case RefusalKind.UNAUTHORIZED | RefusalKind.FORBIDDEN | RefusalKind.NOT_FOUND | RefusalKind.RATE_LIMITED:
            view = inputs.views.get(record.account)
            if view is None or not may_exist(record, view):
                return None
            wait = Wait(purpose=Purpose.SENT_AGAIN, until=view.now + view.time_left(record))
            return Finding.for_order(wanted, FindingKind.WAITING, cause, wait)
        case _ as never:
            assert_never(never)


def _edit(wanted: Wanted) -> tuple[Step, ...]:
    order = wanted.order
    edit = Commit(purpose=Purpose.EDIT_ORDER, location=order.source)
    return edit, resolve(order.key, order.attempt, "--not-created --reason TEXT", Purpose.SEND_AGAIN)


def _preflighted(wanted: Wanted, preflight: Preflight, inputs: PlanInput) -> Assessment:
    """Pass the order through the gates with what its provider says of it."""
    order = wanted.order
    if preflight.unread is not None:
        return Finding.for_order(wanted, FindingKind.UNREAD, PriceUnread(preflight.unread), READ_AGAIN)
    readiness = preflight.readiness or wanted.readiness
    wanted = replace(wanted, readiness=readiness)
    if closed := _closed(wanted, readiness):
        return closed
    if preflight.objections:
        edit, lift = Commit(purpose=Purpose.EDIT_AS_TOLD, location=order.source), Ask(purpose=Purpose.LIFT_OBJECTION)
        return Finding.for_order(wanted, FindingKind.HELD, Objections(preflight.objections), edit, lift)
    free = inputs.views[order.account].traits.places_free and not preflight.binding
    if not free and (gate := price_gate(order, preflight.price, inputs.policy)):
        return Finding.for_order(wanted, gate.kind, gate.cause, gate.remedy)
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
