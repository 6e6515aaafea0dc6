"""The calls on an order that is bound: answer an offer, change terms, cancel. Each can be looked at and made again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from reconciler.apply.desk import Desk, done, intent_detail, outcome_detail, seen, unready, whose, write
from reconciler.model.errors import ProviderError, RefusalKind, Refused, Unknown
from reconciler.model.offer import ChooseOption
from reconciler.model.order import ObservedOrder
from reconciler.model.outcome import ASKED, Outcome, outcome_of
from reconciler.model.record import Call
from reconciler.model.terms import Terms, digest
from reconciler.plan.actions import Amend, Cancel, Confirm, change_of
from reconciler.state.event import EventKind


def confirm(action: Confirm, desk: Desk) -> Outcome:
    """Answer an offer. The quote is named in the intent: asked again after a doubt, it is still accepted only once."""
    writer, decision = desk.writers[action.account], action.decision
    about = {"option": decision.option.id} if isinstance(decision, ChooseOption) else {"quote": decision.quote_id}
    detail = {**intent_detail(Call.CONFIRM, action.commits, action.ceiling), "answer": decision.kind, **about}
    return _change(action, Call.CONFIRM, detail, lambda observed: writer.confirm(observed, decision), desk)


def cancel(action: Cancel, desk: Desk) -> Outcome:
    """Cancel an order, or ask its provider to, within the charge that was agreed to."""
    writer = desk.writers[action.account]
    detail = {**intent_detail(Call.CANCEL, action.commits), "reason": action.reason}
    return _change(action, Call.CANCEL, detail, lambda observed: writer.cancel(observed, action.reason), desk)


def amend(action: Amend, desk: Desk) -> Outcome:
    """Change the terms of an order that Git states otherwise."""
    writer = desk.writers[action.account]
    changes: Terms = {d.term: d.stated for d in action.changes if d.stated is not None}
    detail = {**intent_detail(Call.AMEND, None), "terms": digest(changes)}
    return _change(action, Call.AMEND, detail, lambda observed: writer.amend(observed, changes), desk, changes)


def _declined(error: ProviderError) -> bool:
    """Tell whether giving the same answer again is pointless: it was refused for its own sake, or conflicts."""
    match error:
        case Refused(kind=kind):
            return kind is RefusalKind.INVALID
        case Unknown(status=status):
            return status == 409
        case _:
            return False


def _change(
    action: Confirm | Cancel | Amend,
    call: Call,
    detail: Mapping[str, str | int | None],
    send: Callable[[ObservedOrder], ObservedOrder],
    desk: Desk,
    stated: Terms | None = None,
) -> Outcome:
    """Change a bound order: journaled like a placing call, but repeatable, since its id is known and can be re-read."""
    writer, record = desk.writers[action.account], desk.world.records[action.reference]
    observed = desk.world.observed(record)
    assert observed is not None, "a plan changes only what it has read"
    if stopped := unready(writer, desk):
        return stopped
    write(record, EventKind.INTENT, writer.now(), {**detail, **whose(record, desk)}, desk)
    try:
        after = send(observed)
    except ProviderError as e:
        outcome = outcome_of(e, writer.now())
        if _declined(e):
            record = replace(record, declined=change_of(action, observed.status))
    else:
        outcome = done(writer, after.id)
        if isinstance(action, Cancel) and not after.phase.ended:
            outcome = replace(outcome, message=ASKED)
        record = replace(seen(record, after), stated={**record.stated, **(stated or {})})
        if isinstance(action, Confirm) and action.commits is not None:
            record = replace(record, price=action.commits)
        if isinstance(action, Cancel):
            record = replace(record, cancel_asked_at=outcome.at if outcome.message else None)
    told = outcome_detail(call, outcome, record) | ({"quote": detail["quote"]} if "quote" in detail else {})
    write(record, EventKind.OUTCOME, outcome.at, told, desk)
    return outcome
