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
    raised = _change_policy(policy_lines("perOrder", price, policy.per_order), policy)
    return Gate(kind=FindingKind.REFUSED, cause=AbovePolicy(price=price, ceiling=limit, quote=quote), remedy=raised)


def _agree_to(price: Money, order: DesiredOrder) -> Commit:
    """Return the lines to commit for a ceiling that lets this price through."""
    lines = confirm_lines(replace(order.confirm, max_price=price, unpriced=False))
    return Commit(purpose=Purpose.AGREE_TO_PRICE, location=order.source, lines=lines)


def _change_policy(fields: str, policy: Policy) -> Commit:
    return Commit(purpose=Purpose.CHANGE_POLICY, location=policy.source, lines=f"policy: {{{fields}}}")


def refusals(
    actions: Sequence[Action], policy: Policy, *, spent: Sequence[Money], live: Sequence[Record], desired: int
) -> tuple[Refusal, ...]:
    """Return every reason why the plan as a whole may neither spend nor cancel."""
    places = sum(isinstance(action, Place) for action in actions)
    cancels = sum(map(_ends_an_order, actions))
    found = [
        _emptied(policy, live, desired),
        _too_many(places, policy.new_orders_per_pass, what="new orders", field="newOrdersPerPass", policy=policy),
        _too_many(cancels, policy.cancels_per_pass, what="cancellations", field="cancelsPerPass", policy=policy),
    ]
    commits = committed(actions)
    found += [_over("perPass", amount, amount, policy.per_pass, policy) for amount in commits]
    for amount in commits:
        before = in_currency(spent, amount.currency) or Money(0, amount.currency)
        sum_ = Money(before.minor + amount.minor, amount.currency)
        found.append(_over("perMonth", amount, sum_, policy.per_month, policy))
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
    ways = remedies_of(restore, _change_policy("allowEmpty: true", policy))
    return Refusal(Emptied(tuple(sorted(record.key for record in live))), ways)


def _too_many(
    count: int, limit: int, *, what: Literal["new orders", "cancellations"], field: str, policy: Policy
) -> Refusal | None:
    if count <= limit:
        return None
    return Refusal(
        TooMany(what=what, count=count, limit=limit), remedies_of(_change_policy(f"{field}: {count}", policy))
    )


def _over(
    field: Literal["perPass", "perMonth"], new: Money, sum_: Money, limits: Sequence[Money], policy: Policy
) -> Refusal | None:
    """Judge one currency's sum; where the policy has limits, a currency without one may not be spent at all."""
    if not limits:
        return None
    limit = in_currency(limits, sum_.currency)
    if limit is not None and sum_.minor <= limit.minor:
        return None
    cause = OverBudget(field=field, commits=new, earlier=Money(sum_.minor - new.minor, sum_.currency), limit=limit)
    return Refusal(cause, remedies_of(_change_policy(policy_lines(field, sum_, limits), policy)))
