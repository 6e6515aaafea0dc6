"""The money gates: what stands between an order and the call that spends."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from reconciler.model.account import Policy
from reconciler.model.money import Money, in_currency, listed, total
from reconciler.model.order import Confirm as Agreed
from reconciler.model.order import DesiredOrder
from reconciler.model.record import Record
from reconciler.plan.actions import Action, Cancel, Confirm, Place
from reconciler.plan.findings import FindingKind, Refusal

# Starts with a letter, so that YAML takes it for neither a number nor a date nor, being longer, for a truth value.
_PLAIN = re.compile(r"[a-zA-Z][0-9a-zA-Z_-]{5,199}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """A closed gate: what kind of finding it makes, why it is closed, and what opens it."""

    kind: FindingKind
    message: str
    remedy: str


def price_gate(order: DesiredOrder, price: Money | None, policy: Policy) -> Gate | None:
    """Return why an order may not be placed at this price, or None when the price is agreed to."""
    if price is None:
        return _unpriced_gate(order)
    ceiling = order.confirm.max_price
    if ceiling is None:
        message = f"costs {price} and no ceiling is committed"
        return Gate(kind=FindingKind.HELD, message=message, remedy=ceiling_lines(price, order))
    if ceiling.currency != price.currency:
        message = f"costs {price}, but its ceiling is in {ceiling.currency}: {ceiling}"
        return Gate(kind=FindingKind.HELD, message=message, remedy=ceiling_lines(price, order))
    if price.minor > ceiling.minor:
        message = f"costs {price}, above its ceiling of {ceiling}"
        return Gate(kind=FindingKind.HELD, message=message, remedy=ceiling_lines(price, order))
    return _policy_gate(price, policy)


def _unpriced_gate(order: DesiredOrder) -> Gate | None:
    if order.confirm.unpriced:
        return None
    message = "its provider names no price before ordering, and ordering without one is not agreed to"
    lines = confirm_lines(replace(order.confirm, unpriced=True, max_price=None))
    return Gate(kind=FindingKind.HELD, message=message, remedy=f"commit in {order.source}:  {lines}")


def _policy_gate(price: Money, policy: Policy) -> Gate | None:
    if not policy.per_order:
        return None
    limit = in_currency(policy.per_order, price.currency)
    if limit is None:
        message = f"costs {price}; the policy's perOrder has no ceiling in {price.currency}"
    elif price.minor > limit.minor:
        message = f"costs {price}, above the policy's {limit} per order"
    else:
        return None
    return Gate(
        kind=FindingKind.REFUSED, message=message, remedy=policy_lines("perOrder", price, policy.per_order, policy)
    )


def ceiling_lines(price: Money, order: DesiredOrder) -> str:
    """Return the lines to commit for a ceiling that lets this price through."""
    agreed = replace(order.confirm, max_price=price, unpriced=False)
    return f"if it is worth it, commit in {order.source}:  {confirm_lines(agreed)}"


def confirm_lines(agreed: Agreed) -> str:
    """Return a whole `confirm` as it stands in a manifest."""
    parts = []
    if agreed.options:
        ids = ", ".join(map(quoted, agreed.options))
        parts.append(f"feasibility: {{optionId: {ids if len(agreed.options) == 1 else f'[{ids}]'}}}")
    if agreed.max_price is not None:
        price = agreed.max_price
        parts.append(f'maxPrice: {{amount: "{price.amount}", currency: {price.currency}}}')
    if agreed.unpriced:
        parts.append("unpriced: true")
    if agreed.reject_quote:
        parts.append("quote: reject")
    return f"confirm: {{{', '.join(parts)}}}"


def quoted(text: str) -> str:
    """Write a text of a provider's as YAML would read it back, plain where nothing can be taken otherwise."""
    return text if _PLAIN.fullmatch(text) else json.dumps(text)


def policy_lines(field: str, needed: Money, limits: Sequence[Money], policy: Policy) -> str:
    """Return the lines to commit for a policy that lets this amount through; ceilings in other currencies stay."""
    ceilings = [*(limit for limit in limits if limit.currency != needed.currency), needed]
    entries = ", ".join(f'{{amount: "{each.amount}", currency: {each.currency}}}' for each in ceilings)
    return f"if it is meant, commit in {policy.source}:  policy: {{{field}: [{entries}]}}"


def refusals(
    actions: Sequence[Action], policy: Policy, *, spent: Sequence[Money], live: Sequence[Record], desired: int
) -> tuple[Refusal, ...]:
    """Return every reason why the plan as a whole may neither spend nor cancel."""
    places = sum(isinstance(action, Place) for action in actions)
    cancels = sum(isinstance(action, Cancel) for action in actions)
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


def committed(actions: Sequence[Action]) -> tuple[Money, ...]:
    """Add up, by currency, what actions bind at most."""
    return total(a.commits for a in actions if isinstance(a, Place | Confirm | Cancel) and a.commits is not None)


def _emptied(policy: Policy, live: Sequence[Record], desired: int) -> Refusal | None:
    if desired or not live or policy.allow_empty:
        return None
    names = ", ".join(sorted({record.key for record in live})[:5])
    return Refusal(
        f"the manifests hold no order at all, but {len(live)} live at their providers ({names})",
        f"restore the manifests; if it is meant, commit in {policy.source}:  policy: {{allowEmpty: true}}",
    )


def _too_many(count: int, limit: int, *, what: str, field: str, policy: Policy) -> Refusal | None:
    if count <= limit:
        return None
    return Refusal(
        f"{count} {what} in one pass; the policy allows {limit}",
        f"if it is meant, commit in {policy.source}:  policy: {{{field}: {count}}}",
    )


def _over(field: str, new: Money, sum_: Money, limits: Sequence[Money], policy: Policy) -> Refusal | None:
    """Judge one currency's sum; where the policy has limits, a currency without one may not be spent at all."""
    if not limits:
        return None
    limit = in_currency(limits, sum_.currency)
    if limit is not None and sum_.minor <= limit.minor:
        return None
    earlier = Money(sum_.minor - new.minor, sum_.currency)
    already = f" on top of {earlier} already bound this month" if field == "perMonth" and earlier.minor else ""
    allowed = listed([limit]) if limit is not None else f"no {sum_.currency}"
    return Refusal(
        f"this plan commits {new}{already}; the policy's {field} allows {allowed}",
        policy_lines(field, sum_, limits, policy),
    )
