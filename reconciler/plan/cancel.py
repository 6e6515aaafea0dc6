"""Whether an order may be canceled now, and at what charge."""

from __future__ import annotations

from reconciler.model.money import Money
from reconciler.model.offer import RejectQuote
from reconciler.model.order import Cancellation, ObservedOrder
from reconciler.model.record import Record
from reconciler.model.time import seconds_text
from reconciler.plan.about import about_bound
from reconciler.plan.actions import Cancel, Confirm
from reconciler.plan.findings import Finding, FindingKind
from reconciler.plan.inputs import AccountView, Wanted
from reconciler.plan.offers import confirmed, refused_change, unpaid


def judge_cancel(
    record: Record, observed: ObservedOrder, view: AccountView, *, agreed: Cancellation, wanted: Wanted | None
) -> Cancel | Confirm | Finding:
    """Return the Cancel, or the hold that says what it would cost and which lines agree to it."""
    asked, terms = record.cancel_asked_at, view.cancellation(observed, view.now)
    if asked is not None and view.now - asked < view.limits.settle:
        message = f"asked to cancel it at {seconds_text(asked)}; its provider has not done so yet"
        remedy = "a later pass reports it canceled, or asks again"
        return about_bound(record, FindingKind.WAITING, message, remedy, wanted=wanted, observed=observed)
    if terms is None and unpaid(observed, view):
        return _decline(record, observed, view, agreed, wanted)
    if terms is None:
        message = f"to be canceled ({agreed.reason}), but {view.provider} cancels nothing in status {observed.status}"
        remedy = "commit the order without `cancel`; it ends by itself"
        return about_bound(record, FindingKind.HELD, message, remedy, wanted=wanted, observed=observed)
    charge = price.percent(terms.percent) if (price := _price_at_most(record, wanted)) is not None else None
    if terms.percent and charge is None:
        message = f"canceling costs {terms.percent} % of a price that is not on record ({terms.rule})"
        remedy = "commit the price that it was placed at:  confirm: {maxPrice: ...}"
        return about_bound(record, FindingKind.HELD, message, remedy, wanted=wanted, observed=observed)
    if charge is None or not charge.minor:
        charge = None
    elif not _covers(agreed.max_charge, charge):
        message = f"canceling costs {charge} now ({terms.rule}){_limit(agreed)}"
        remedy, deadline = _charge_lines(record, agreed, charge, wanted), terms.changes_at
        return about_bound(
            record, FindingKind.HELD, message, remedy, wanted=wanted, observed=observed, deadline=deadline
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
    remedy = "it is asked again when its status changes; until then, have it canceled at the provider's console"
    return refused_change(action, record, observed, remedy, wanted=wanted) or action


def _decline(
    record: Record, observed: ObservedOrder, view: AccountView, agreed: Cancellation, wanted: Wanted | None
) -> Confirm | Finding:
    """Before a quote is accepted an order costs nothing: every quote for it is rejected."""
    quotes = observed.offers.open_quotes
    if quotes:
        return confirmed(record, observed, RejectQuote(quote_id=quotes[0].id, price=quotes[0].price), wanted=wanted)
    text = f"to be canceled ({agreed.reason}); {view.provider} cancels nothing in status {observed.status}"
    remedy = (
        "a later pass rejects its quote, if one comes, which is free; to have it ended, ask the provider's operations"
    )
    return about_bound(record, FindingKind.WAITING, text, remedy, wanted=wanted, observed=observed)


def _price_at_most(record: Record, wanted: Wanted | None) -> Money | None:
    """The price on record; for an order adopted after a lost state its ceiling, which the price cannot have passed."""
    if record.price is not None or wanted is None:
        return record.price
    return wanted.order.confirm.max_price


def _covers(agreed: Money | None, charge: Money) -> bool:
    return agreed is not None and agreed.currency == charge.currency and charge.minor <= agreed.minor


def _limit(agreed: Cancellation) -> str:
    if agreed.max_charge is None:
        return "; only a free cancellation is agreed to"
    return f", above the agreed {agreed.max_charge}"


def _charge_lines(record: Record, agreed: Cancellation, charge: Money, wanted: Wanted | None) -> str:
    amount = f'{{amount: "{charge.amount}", currency: {charge.currency}}}'
    lines = f"cancel: {{attempt: {record.attempt}, reason: {agreed.reason}, maxCharge: {amount}}}"
    where = f" in {wanted.order.source}" if wanted is not None else " with the order's manifest, restored"
    return f"if it is worth it, commit{where}:  {lines}"
