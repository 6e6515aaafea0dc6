"""Whether an order may be canceled now, and at what charge."""

from __future__ import annotations

from dataclasses import replace

from reconciler.model.money import Money
from reconciler.model.offer import RejectQuote
from reconciler.model.order import Cancellation, ObservedOrder
from reconciler.model.provider import CancelTerms
from reconciler.model.record import Record
from reconciler.plan.actions import Cancel, Confirm
from reconciler.plan.causes import CancelAsked, ChargeNotAgreed, ChargeUnknown, NotCancelable
from reconciler.plan.findings import Finding, FindingKind
from reconciler.plan.inputs import AccountView, Wanted
from reconciler.plan.lines import cancel_lines
from reconciler.plan.offers import confirmed, refused_change, unpaid
from reconciler.plan.remedies import Ask, Commit, Purpose, Remedy, Step, Wait, forget, raise_attempt


def judge_cancel(
    record: Record, observed: ObservedOrder, view: AccountView, *, agreed: Cancellation, wanted: Wanted | None
) -> Cancel | Confirm | Finding:
    """Return the Cancel, or the hold that says what it would cost and which lines agree to it."""
    asked, terms = record.cancel_asked_at, view.cancellation(observed, view.now)
    location = wanted.order.source if wanted is not None else None
    if asked is not None and view.now - asked < view.limits.settle:
        wait = Wait(purpose=Purpose.CANCELED_LATER)
        return Finding.for_record(
            record, FindingKind.WAITING, CancelAsked(asked), wait, wanted=wanted, observed=observed
        )
    if terms is None and unpaid(observed, view):
        return _decline(record, observed, view, agreed, wanted)
    if terms is None:
        cause = NotCancelable(reason=agreed.reason, provider=view.provider, status=observed.status)
        ways = _without_canceling(record, wanted)
        return Finding.for_record(record, FindingKind.HELD, cause, *ways, wanted=wanted, observed=observed)
    charge = _charge(record, observed, terms)
    if (held := _not_agreed(agreed, terms, charge)) is not None:
        why, purpose, amount = held
        whole = replace(agreed, attempt=record.attempt, max_charge=amount, unbounded=amount is None)
        agree = Commit(purpose=purpose, location=location, lines=cancel_lines(whole))
        until = terms.changes_at if charge is not None else None
        return Finding.for_record(
            record, FindingKind.HELD, why, agree, wanted=wanted, observed=observed, deadline=until
        )
    key = wanted.order.key if wanted is not None else record.key
    action = Cancel(
        key=key,
        reference=record.reference,
        account=record.account,
        order_id=observed.id,
        reason=agreed.reason,
        rule=terms.rule,
        commits=charge if charge is not None and charge.minor else None,
        until=terms.changes_at,
        unbounded=bool(terms.percent) and charge is None,
    )
    asked_again = Wait(purpose=Purpose.STATUS_CHANGES), Ask(purpose=Purpose.CANCEL_AT_CONSOLE)
    return refused_change(action, record, observed, *asked_again, wanted=wanted) or action


def _without_canceling(record: Record, wanted: Wanted | None) -> tuple[Step | Remedy, ...]:
    """Return the ways on if an order cannot be canceled: its end, or whatever takes its cancellation back."""
    ends = Wait(purpose=Purpose.ENDS_BY_ITSELF)
    if wanted is None:
        drop = forget(record.key, record.attempt, Purpose.STOP_WATCHING)
        return ends, Commit(purpose=Purpose.RESTORE_MANIFEST), drop
    order = wanted.order
    remove = Commit(purpose=Purpose.REMOVE_CANCEL, location=order.source)
    if order.attempt == record.attempt:
        return (remove,)
    keep = raise_attempt(order, record.attempt, Purpose.ORDER_NO_OTHER)
    named = order.cancel is not None and order.cancel.attempt == record.attempt
    return ends, ((keep, remove) if named else keep)


def _decline(
    record: Record, observed: ObservedOrder, view: AccountView, agreed: Cancellation, wanted: Wanted | None
) -> Confirm | Finding:
    """Before a quote is accepted an order costs nothing: every quote for it is rejected."""
    quotes = observed.offers.open_quotes
    if quotes:
        return confirmed(record, observed, RejectQuote(quote_id=quotes[0].id, price=quotes[0].price), wanted=wanted)
    cause = NotCancelable(reason=agreed.reason, provider=view.provider, status=observed.status)
    ways = Wait(purpose=Purpose.QUOTE_REJECTED_LATER), Ask(purpose=Purpose.ASK_TO_END_IT)
    return Finding.for_record(record, FindingKind.WAITING, cause, *ways, wanted=wanted, observed=observed)


def _price(record: Record, observed: ObservedOrder) -> Money | None:
    """Return the price that was bound or that the provider shows; no line of Git's bounds one that nobody knows."""
    accepted = observed.offers.accepted
    return accepted.price if accepted is not None else record.price


def _charge(record: Record, observed: ObservedOrder, terms: CancelTerms) -> Money | None:
    """Return what canceling costs, zero if it is free; None for a share of a price that nobody knows."""
    price = _price(record, observed)
    return price.percent(terms.percent) if price is not None else None


def _not_agreed(
    agreed: Cancellation, terms: CancelTerms, charge: Money | None
) -> tuple[ChargeUnknown | ChargeNotAgreed, Purpose, Money | None] | None:
    """Return why Git does not agree to a charge, and the one to agree to (None: any); None if it agrees."""
    if agreed.unbounded or not terms.percent or (charge is not None and not charge.minor):
        return None
    if charge is None:
        return ChargeUnknown(terms.percent, terms.rule), Purpose.AGREE_UNBOUNDED, None
    limit = agreed.max_charge
    if limit is not None and limit.currency == charge.currency and charge.minor <= limit.minor:
        return None
    cause = ChargeNotAgreed(charge=charge, rule=terms.rule, agreed=limit)
    return cause, Purpose.AGREE_TO_CHARGE, charge
