"""Orders that exist already are bound: one write, and nothing is sent."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.apply.context import STOPPED, ApplyContext, not_started, stopping
from reconciler.model.journal import Bound
from reconciler.model.outcome import Done
from reconciler.model.record import Record
from reconciler.plan.actions import Adopt, Result
from reconciler.plan.alike import BY_GIT
from reconciler.plan.inputs import Wanted
from reconciler.state.event import Change


def adopt_all(actions: Sequence[Adopt], context: ApplyContext) -> list[Result]:
    """Bind the orders that were found by their references, in one write. Nothing is sent."""
    if context.stopped:
        return [not_started(action, context, STOPPED) for action in actions]
    if actions:
        context.tell(f"adopting {len(actions)} order{'s' * (len(actions) > 1)} of {actions[0].account}")
    adopted = [_adopted(action, context) for action in actions]
    with stopping(context):
        context.store.write(*(change for _, change in adopted))
    return [result for result, _ in adopted]


def _adopted(action: Adopt, context: ApplyContext) -> tuple[Result, Change]:
    observed = next(o for o in context.inputs.matches(action.reference) if o.id == action.order_id)
    now = context.writers[action.account].now()
    known = context.inputs.records.get(action.reference) or _found(action, context)
    how = f"found by {action.found_by}"
    decided = action.found_by == BY_GIT
    outcome = Done(at=now, message=how, order_id=action.order_id, decided=decided)
    bound = known.bound_to(
        observed, outcome, identity=context.inputs.views[action.account].identity, account=action.account
    )
    event = Bound(order_id=action.order_id, status=action.status, how=how)
    return Result(action, outcome), Change(context.entry(bound, now, event), bound)


def _found(action: Adopt, context: ApplyContext) -> Record:
    """Start a record for an order that the state file does not know (lost state, another runner's order)."""
    provider = context.inputs.views[action.account].provider
    record = Record(
        reference=action.reference, key=action.key, attempt=action.attempt, account=action.account, provider=provider
    )
    wanted = context.wanted(action.reference)
    return record if wanted is None else _stated(record, wanted, context)


def _stated(record: Record, wanted: Wanted, context: ApplyContext) -> Record:
    return record.stated_as(wanted.terms, on_delete=wanted.order.on_delete, declared=context.inputs.declaration(wanted))
