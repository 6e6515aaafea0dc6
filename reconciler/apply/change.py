"""The calls on an order that is bound: answer an offer, change terms, cancel. Each can be looked at and made again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from reconciler.apply.context import ApplyContext, settled, unready, write, write_intent
from reconciler.model.errors import PausedByPerson, ProviderError, RefusalKind, RefusedError, UnclearError
from reconciler.model.journal import Intended
from reconciler.model.offer import ChooseOption
from reconciler.model.order import ObservedOrder
from reconciler.model.outcome import Done, NotSent, Outcome, outcome_of
from reconciler.model.record import Call, Record
from reconciler.model.terms import digest
from reconciler.plan.actions import Amend, Cancel, Confirm, change_of, terms_of
from reconciler.providers.base import OrderWriter


def confirm(action: Confirm, context: ApplyContext) -> Outcome:
    """Answer an offer. The quote is named in the intent: asked again after a doubt, it is still accepted only once."""
    writer, decision = context.writers[action.account], action.decision
    intended = Intended(
        call=Call.CONFIRM,
        commits=action.commits,
        ceiling=action.ceiling,
        answer=decision.kind,
        option=decision.option.id if isinstance(decision, ChooseOption) else None,
        quote=None if isinstance(decision, ChooseOption) else decision.quote_id,
    )
    return _change(action, intended, lambda observed: writer.confirm(observed, decision), context)


def cancel(action: Cancel, context: ApplyContext) -> Outcome:
    """Cancel an order, or ask its provider to, within the charge that was agreed to."""
    writer = context.writers[action.account]
    intended = Intended(call=Call.CANCEL, commits=action.commits, unpriced=action.unbounded, reason=action.reason)
    if moved := _cost_moved(action, writer, context):
        return moved
    return _change(action, intended, lambda observed: writer.cancel(observed, action.reason), context)


def _cost_moved(action: Cancel, writer: OrderWriter, context: ApplyContext) -> NotSent | None:
    """Read the order once more; return why nothing is sent if what canceling costs may not be what was planned.

    The read also shows the provider's time now, which may be far from the time of the listing.
    """
    try:
        fresh = writer.get(action.order_id)
    except ProviderError as e:
        return NotSent(at=writer.now(), message=str(e))
    planned = _observed(action, context)
    if fresh is None or (fresh.phase, fresh.status) != (planned.phase, planned.status):
        status = fresh.status if fresh is not None else "unknown to its provider"
        return NotSent(at=writer.now(), message=f"its status changed to {status} since the plan was made")
    return None


def _observed(action: Confirm | Cancel | Amend, context: ApplyContext) -> ObservedOrder:
    observed = context.inputs.observed(context.inputs.records[action.reference])
    assert observed is not None, "a plan changes only what it has read"
    return observed


def amend(action: Amend, context: ApplyContext) -> Outcome:
    """Change the terms of an order that Git states otherwise."""
    writer, changes = context.writers[action.account], terms_of(action)
    intended = Intended(call=Call.AMEND, digest=digest(changes))
    return _change(action, intended, lambda observed: writer.amend(observed, changes), context)


def _declined(error: ProviderError) -> bool:
    """Tell whether giving the same answer again is pointless: it was refused for its own sake, or conflicts."""
    match error:
        case RefusedError(kind=kind):
            return kind is RefusalKind.INVALID
        case UnclearError(status=status):
            return status == 409
        case _:
            return False


def _change(
    action: Confirm | Cancel | Amend,
    intended: Intended,
    send: Callable[[ObservedOrder], ObservedOrder],
    context: ApplyContext,
) -> Outcome:
    """Change a bound order: journaled like a placing call, but repeatable, since its id is known and can be re-read."""
    writer, observed = context.writers[action.account], _observed(action, context)
    record = context.store.record(action.reference)
    if record is None or record.order_id != action.order_id:
        return NotSent(at=writer.now(), message="another run has changed its record since the plan was made")
    if stopped := unready(writer, context):
        return stopped
    if isinstance(action, Cancel) and action.until is not None and writer.now() >= action.until:
        return NotSent(at=writer.now(), message="what canceling costs has changed since the plan was made")
    try:
        write_intent(record, record, writer.now(), _of(record, intended, context), context)
    except PausedByPerson as e:
        return NotSent(at=writer.now(), message=str(e), again=True)
    try:
        after = send(observed)
    except ProviderError as e:
        outcome: Outcome = outcome_of(e, writer.now())
        if _declined(e):
            record = record.declined_as(change_of(action, observed.status))
    else:
        pending = isinstance(action, Cancel) and not after.phase.ended
        outcome = Done(at=writer.now(), order_id=after.id, pending=pending)
        record = _changed(record.observed_as(after), action, outcome)
    write(record, outcome.at, settled(intended.call, outcome, record, quote=intended.quote), context)
    return outcome


def _of(record: Record, intended: Intended, context: ApplyContext) -> Intended:
    """Return an intent that names the account, the attempt and the labels that spending is added up by."""
    labels = context.labels(record.reference)
    return replace(intended, account=record.account, attempt=record.attempt, labels=labels)


def _changed(record: Record, action: Confirm | Cancel | Amend, outcome: Done) -> Record:
    """Return the record after its provider has accepted a change."""
    match action:
        case Confirm(commits=price):
            return record.priced_at(price) if price is not None else record
        case Cancel():
            return record.cancellation_asked(outcome.at if outcome.pending else None)
        case Amend():
            return record.amended(terms_of(action))
        case _ as never:
            assert_never(never)
