"""The money gates: what stands between an order and the call that spends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from reconciler.model.account import Policy
from reconciler.model.money import Money, in_currency, total
from reconciler.model.offer import RejectQuote
from reconciler.model.order import DesiredOrder
from reconciler.model.record import Record
from reconciler.plan.actions import Action, Cancel, Confirm, Place
from reconciler.plan.causes import AboveCeiling, AbovePolicy, Emptied, OverBudget, TooMany, Unpriced
from reconciler.plan.findings import FindingKind, Refusal
from reconciler.plan.lines import confirm_lines, policy_lines
from reconciler.plan.remedies import Commit, Purpose, remedies_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """A closed gate: what kind of finding it makes, why it is closed, and what opens it."""

    kind: FindingKind
    cause: AboveCeiling | AbovePolicy | Unpriced
    remedy: Commit


def price_gate(order: DesiredOrder, price: Money | None, policy: Policy, *, quote: str | None = None) -> Gate | None:
    """Return why an order may not be placed, or its quote accepted, at this price; None if the price is agreed to."""
    if price is None:
        return _unpriced_gate(order)
    ceiling = order.confirm.max_price
    if ceiling is None or ceiling.currency != price.currency or price.minor > ceiling.minor:
        cause = AboveCeiling(price=price, ceiling=ceiling, quote=quote)
        return Gate(kind=FindingKind.HELD, cause=cause, remedy=_agree_to(price, order))
    return _policy_gate(price, policy, quote)


def _unpriced_gate(order: DesiredOrder) -> Gate | None:
    if order.confirm.unpriced:
        return None
    lines = confirm_lines(replace(order.confirm, unpriced=True, max_price=None))
    agree = Commit(purpose=Purpose.AGREE_UNPRICED, location=order.source, lines=lines)
    return Gate(kind=FindingKind.HELD, cause=Unpriced(), remedy=agree)


def _policy_gate(price: Money, policy: Policy, quote: str | None) -> Gate | None:
    if not policy.per_order:
        return None
    limit = in_currency(policy.per_order, price.currency)
    if limit is not None and price.minor <= limit.minor:
        return None
    raised = _change_policy(policy, replace(policy, per_order=_raised(policy.per_order, price)))
    return Gate(kind=FindingKind.REFUSED, cause=AbovePolicy(price=price, ceiling=limit, quote=quote), remedy=raised)


def _agree_to(price: Money, order: DesiredOrder) -> Commit:
    """Return the lines to commit for a ceiling that lets this price through."""
    lines = confirm_lines(replace(order.confirm, max_price=price, unpriced=False))
    return Commit(purpose=Purpose.AGREE_TO_PRICE, location=order.source, lines=lines)


def _change_policy(policy: Policy, changed: Policy) -> Commit:
    return Commit(purpose=Purpose.CHANGE_POLICY, location=policy.source, lines=policy_lines(changed, policy))


def _raised(limits: Sequence[Money], needed: Money) -> tuple[Money, ...]:
    """Return ceilings that let this amount through; those in other currencies stay."""
    return (*(limit for limit in limits if limit.currency != needed.currency), needed)


def refusals(
    actions: Sequence[Action], policy: Policy, *, spent: Sequence[Money], live: Sequence[Record], desired: int
) -> tuple[Refusal, ...]:
    """Return every reason why the plan as a whole may neither spend nor cancel."""
    places = sum(isinstance(action, Place) for action in actions)
    cancels = sum(map(_ends_an_order, actions))
    found = [
        _emptied(policy, live, desired),
        _too_many("new orders", places, policy),
        _too_many("cancellations", cancels, policy),
    ]
    commits = [(amount, Money(0, amount.currency)) for amount in committed(actions)]
    found += [_over("perPass", amount, nothing, policy) for amount, nothing in commits]
    found += [
        _over("perMonth", amount, in_currency(spent, amount.currency) or nothing, policy) for amount, nothing in commits
    ]
    return tuple(refusal for refusal in found if refusal is not None)


def _ends_an_order(action: Action) -> bool:
    """Tell whether an action ends an order, by whatever call."""
    rejects = isinstance(action, Confirm) and isinstance(action.decision, RejectQuote)
    return rejects or isinstance(action, Cancel)


def committed(actions: Sequence[Action]) -> tuple[Money, ...]:
    """Add up, by currency, what actions bind at most."""
    return total(a.commits for a in actions if isinstance(a, Place | Confirm | Cancel) and a.commits is not None)


def _emptied(policy: Policy, live: Sequence[Record], desired: int) -> Refusal | None:
    if desired or not live or policy.allow_empty:
        return None
    restore = Commit(purpose=Purpose.RESTORE_MANIFESTS)
    ways = remedies_of(restore, _change_policy(policy, replace(policy, allow_empty=True)))
    return Refusal(Emptied(tuple(sorted(record.key for record in live))), ways)


def _too_many(what: Literal["new orders", "cancellations"], count: int, policy: Policy) -> Refusal | None:
    limit = policy.new_orders_per_pass if what == "new orders" else policy.cancels_per_pass
    if count <= limit:
        return None
    new, canceled = replace(policy, new_orders_per_pass=count), replace(policy, cancels_per_pass=count)
    change = _change_policy(policy, new if what == "new orders" else canceled)
    return Refusal(TooMany(what=what, count=count, limit=limit), remedies_of(change))


def _over(field: Literal["perPass", "perMonth"], new: Money, earlier: Money, policy: Policy) -> Refusal | None:
    """Judge one currency's sum; where the policy has limits, a currency without one may not be spent at all."""
    limits = policy.per_pass if field == "perPass" else policy.per_month
    needed = Money(earlier.minor + new.minor, new.currency)
    limit = in_currency(limits, needed.currency)
    if not limits or (limit is not None and needed.minor <= limit.minor):
        return None
    raised = _raised(limits, needed)
    change = replace(policy, per_pass=raised) if field == "perPass" else replace(policy, per_month=raised)
    cause = OverBudget(field=field, commits=new, earlier=earlier, limit=limit)
    return Refusal(cause, remedies_of(_change_policy(policy, change)))
