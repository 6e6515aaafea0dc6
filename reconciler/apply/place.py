"""The call that orders: the moment checked, the intent written, one request, the outcome written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from reconciler.apply.context import ApplyContext, settled, unready, write, write_intent
from reconciler.model.errors import PausedByPerson, ProviderError
from reconciler.model.journal import Intended
from reconciler.model.order import DesiredOrder, ObservedOrder
from reconciler.model.outcome import Done, NotSent, Outcome, Unknown, outcome_of
from reconciler.model.record import Call, Intent, Record
from reconciler.plan.actions import Place
from reconciler.plan.alike import may_be
from reconciler.plan.inputs import Wanted
from reconciler.providers.base import OrderWriter

FRESH_SECONDS = 2.0
"""How old a price may be when its order is sent, but for the wait for that one request."""
SAME_LOOK_SECONDS = 0.5
"""How long one look for new orders counts for several that are sent."""
_MARGIN = timedelta(minutes=1)


def place(action: Place, context: ApplyContext) -> Outcome:
    """The protocol's steps 4 to 8: the moment checked, the intent written, one request, the outcome written."""
    writer, wanted = context.writers[action.account], context.wanted(action.reference)
    assert wanted is not None, "a plan places only what Git states"
    with context.turns[action.account]:
        if held := _looked_again(action, wanted, writer, context) or unready(writer, context):
            return held
    now = writer.now()
    if now >= action.until:
        return NotSent(at=now, message="its window has closed since the plan was made")
    try:
        record = _intend(action, wanted, now, context)
    except PausedByPerson as e:
        return NotSent(at=now, message=str(e), again=True)
    with _in_flight(record, context):
        try:
            observed = writer.place(wanted.order, action.reference)
        except ProviderError as e:
            return settle(record, outcome_of(e, writer.now()), context)
        seen = _ours(observed, record, writer, context)
        if isinstance(seen, str):
            return settle(record, Unknown(at=writer.now(), message=seen), context)
        return settle(record.observed_as(seen), Done(at=writer.now(), order_id=seen.id), context)


def _looked_again(action: Place, wanted: Wanted, writer: OrderWriter, context: ApplyContext) -> NotSent | None:
    """Ask the order's price anew if that is old, and look for it; return why it is not sent, if it is not.

    Another run with another state file may have sent it since the listing: the look comes last, and the account's next
    request is the order's own.
    """
    try:
        fresh = _priced_again(action, wanted, writer, context)
        newest = _newest(action, writer, context) if fresh is None else ()
    except ProviderError as e:
        return NotSent(at=writer.now(), message=str(e))
    if found := next((order for order in newest if _is_it(order, wanted, context)), None):
        return NotSent(at=writer.now(), message=f"order {found.id} was there by now", again=True)
    if fresh is not None:
        return NotSent(at=writer.now(), message=fresh, again=True)
    return None


def _newest(action: Place, writer: OrderWriter, context: ApplyContext) -> Sequence[ObservedOrder]:
    """Return the account's newest orders, as they were a moment ago at most."""
    now = context.monotonic()
    at, orders = context.looks.get(action.account, (float("-inf"), ()))
    if now - at > SAME_LOOK_SECONDS:
        since = context.inputs.views[action.account].listing.read_at - _MARGIN
        orders = writer.recent(since=since)
        context.looks[action.account] = now, orders
    return orders


def _is_it(order: ObservedOrder, wanted: Wanted, context: ApplyContext) -> bool:
    """Tell whether a new order is the one to be placed; without a text, one with the same terms may be.

    One that is bound is another one's, whatever its text says: a person may have decided that.
    """
    view = context.inputs.views[wanted.order.account]
    if (view.provider, order.id) in context.bound:
        return False
    if order.marked:
        return wanted.reference in order.references
    known = {each.id for each in view.listing.orders}
    return order.id not in known and may_be(wanted.terms, order, view.traits)


def _priced_again(action: Place, wanted: Wanted, writer: OrderWriter, context: ApplyContext) -> str | None:
    """Return what is no longer as it was planned, if the price was asked a while ago."""
    planned = context.inputs.preflights.get(action.reference)
    if action.free or planned is None or context.monotonic() - planned.asked_at <= FRESH_SECONDS:
        return None
    now = writer.preflight(wanted.order)
    if now.unread is not None:
        return f"its price could not be read again: {now.unread}"
    if now.price != planned.price:
        return f"its price was {planned.price} when the plan was made, and is {now.price}"
    if now.objections != planned.objections:
        return f"its provider would refuse it by now: {'; '.join(now.objections)}"
    return None


def _ours(answered: ObservedOrder, record: Record, writer: OrderWriter, context: ApplyContext) -> ObservedOrder | str:
    """Return the order that an answer is about, or why it may not be ours: bound already, or without our reference."""
    order_id = answered.id
    with context.guard:
        owner = context.bound.get((record.provider, order_id))
        if owner is not None:
            return f"the answer was about order {order_id}, which is {owner}"
        if not answered.marked or record.reference in answered.references:
            context.bound[record.provider, order_id] = record.key
            return answered
    try:
        seen = writer.get(order_id)
    except ProviderError as e:
        return f"the answer was about order {order_id}, without our reference, and that order was not read: {e}"
    if seen is None or record.reference not in seen.references:
        return f"the answer was about order {order_id}, which does not carry our reference"
    with context.guard:
        context.bound[record.provider, order_id] = record.key
    return seen


@contextmanager
def _in_flight(record: Record, context: ApplyContext) -> Iterator[None]:
    """Keep the record where `_abandoning` finds it; a bug of ours in the middle is an unknown outcome as well."""
    context.in_flight[record.reference] = record
    try:
        yield
    except BaseException as e:
        at = context.writers[record.account].now()
        settle(
            record,
            Unknown(at=at, message=f"the program failed in the middle: {type(e).__name__}"),
            context,
        )
        raise
    finally:
        context.in_flight.pop(record.reference, None)


def _intend(action: Place, wanted: Wanted, now: datetime, context: ApplyContext) -> Record:
    """Write the intent durably and return the record that it made."""
    order = wanted.order
    intent = Intent(
        call=Call.PLACE,
        at=now,
        digest=action.digest,
        plan_id=context.plan_id,
        commits=action.commits,
        ceiling=action.ceiling,
        commit=context.commit,
        tenant=context.inputs.views[order.account].tenant,
    )
    record = Record(
        reference=action.reference,
        key=order.key,
        attempt=order.attempt,
        account=order.account,
        provider=order.provider,
    )
    record = record.stated_as(wanted.terms, on_delete=order.on_delete, declared=context.inputs.declaration(wanted))
    before = context.inputs.records.get(action.reference)
    identity = context.inputs.views[order.account].identity
    repeats = before.repeats + 1 if before is not None and before.unresolved else 0
    record = record.intended(intent, identity=identity, repeats=repeats)
    write_intent(record, before, now, _intended(action, order), context)
    return record


def _intended(action: Place, order: DesiredOrder) -> Intended:
    return Intended(
        call=Call.PLACE,
        account=order.account,
        attempt=order.attempt,
        commits=action.commits,
        ceiling=action.ceiling,
        unpriced=action.commits is None and not action.free,
        labels=order.labels or None,
    )


def settle(record: Record, outcome: Outcome, context: ApplyContext) -> Outcome:
    """Write how the placing call ended, before anything else is done."""
    ended = record.settled(outcome, ours=context.now())
    with context.guard:
        write(ended, outcome.at, settled(Call.PLACE, outcome, ended), context)
        context.in_flight.pop(record.reference, None)
    return outcome
