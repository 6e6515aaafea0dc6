"""The calls on an order that is bound: answer an offer, change terms, cancel. Each can be looked at and made again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from reconciler.apply.context import ApplyContext, settled, unready, write
from reconciler.model.errors import ProviderError, RefusalKind, RefusedError, UnclearError
from reconciler.model.journal import Intended
from reconciler.model.offer import ChooseOption
from reconciler.model.order import ObservedOrder
from reconciler.model.outcome import Done, Outcome, outcome_of
from reconciler.model.record import Call, Record
from reconciler.model.terms import digest
from reconciler.plan.actions import Amend, Cancel, Confirm, change_of, terms_of


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
    intended = Intended(call=Call.CANCEL, commits=action.commits, reason=action.reason)
    return _change(action, intended, lambda observed: writer.cancel(observed, action.reason), context)


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
    writer, record = context.writers[action.account], context.inputs.records[action.reference]
    observed = context.inputs.observed(record)
    assert observed is not None, "a plan changes only what it has read"
    if stopped := unready(writer, context):
        return stopped
    write(record, writer.now(), _of(record, intended, context), context)
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
