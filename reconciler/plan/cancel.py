"""Whether an order may be canceled now, and at what charge."""

from __future__ import annotations

from reconciler.model.money import Money
from reconciler.model.offer import RejectQuote
from reconciler.model.order import Cancellation, ObservedOrder
from reconciler.model.record import Record
from reconciler.plan.actions import Cancel, Confirm
from reconciler.plan.causes import CancelAsked, ChargeNotAgreed, ChargeUnknown, NotCancelable
from reconciler.plan.findings import Finding, FindingKind
from reconciler.plan.inputs import AccountView, Wanted
from reconciler.plan.offers import confirmed, refused_change, unpaid
from reconciler.plan.remedies import Ask, Commit, Purpose, Wait


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
        remove = Commit(purpose=Purpose.REMOVE_CANCEL, location=location)
        return Finding.for_record(record, FindingKind.HELD, cause, remove, wanted=wanted, observed=observed)
    charge = price.percent(terms.percent) if (price := _price_at_most(record, wanted)) is not None else None
    if terms.percent and charge is None:
        unknown = ChargeUnknown(terms.percent, terms.rule)
        price_ = Commit(purpose=Purpose.STATE_PRICE, location=location)
        return Finding.for_record(record, FindingKind.HELD, unknown, price_, wanted=wanted, observed=observed)
    if charge is None or not charge.minor:
        charge = None
    elif not _covers(agreed.max_charge, charge):
        costs = ChargeNotAgreed(charge=charge, rule=terms.rule, agreed=agreed.max_charge)
        lines = _charge_lines(record, agreed, charge)
        agree = Commit(purpose=Purpose.AGREE_TO_CHARGE, location=location, lines=lines)
        until = terms.changes_at
        return Finding.for_record(
            record, FindingKind.HELD, costs, agree, wanted=wanted, observed=observed, deadline=until
        )
    key = wanted.order.key if wanted is not None else record.key
    action = Cancel(
        key=key,
        reference=record.reference,
        account=record.account,
        order_id=observed.id,
        reason=agreed.reason,
        rule=terms.rule,
        commits=charge,
    )
    ways = Wait(purpose=Purpose.STATUS_CHANGES), Ask(purpose=Purpose.CANCEL_AT_CONSOLE)
    return refused_change(action, record, observed, *ways, wanted=wanted) or action


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


def _price_at_most(record: Record, wanted: Wanted | None) -> Money | None:
    """The price on record; for an order adopted after a lost state its ceiling, which the price cannot have passed."""
    if record.price is not None or wanted is None:
        return record.price
    return wanted.order.confirm.max_price


def _covers(agreed: Money | None, charge: Money) -> bool:
    return agreed is not None and agreed.currency == charge.currency and charge.minor <= agreed.minor


def _charge_lines(record: Record, agreed: Cancellation, charge: Money) -> str:
    amount = f'{{amount: "{charge.amount}", currency: {charge.currency}}}'
    return f"cancel: {{attempt: {record.attempt}, reason: {agreed.reason}, maxCharge: {amount}}}"
