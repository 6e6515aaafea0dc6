"""The lines of manifests that remedies print. Each is whole: it replaces the line that states the same field."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from reconciler.model.account import Freeze, Policy
from reconciler.model.ids import OrderKey
from reconciler.model.money import Money
from reconciler.model.order import Agreement, Cancellation, DesiredOrder
from reconciler.model.time import instant_text

# Starts with a letter, so that YAML takes it for neither a number nor a date nor, being longer, for a truth value.
_PLAIN = re.compile(r"[a-zA-Z][0-9a-zA-Z_ -]{4,198}[0-9a-zA-Z_-]")
_PLAIN_PART = re.compile(r"[1-9][0-9]{0,5}|[a-zA-Z][0-9a-zA-Z_-]*")
_YAML_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


def quoted(text: str) -> str:
    """Write a text so that YAML reads it back as it is: plain if it can be taken for nothing else."""
    return text if _PLAIN.fullmatch(text) else json.dumps(text)


def confirm_lines(agreed: Agreement) -> str:
    """Return a whole `confirm`."""
    parts = []
    if agreed.options:
        ids = ", ".join(map(quoted, agreed.options))
        parts.append(f"feasibility: {{optionId: {ids if len(agreed.options) == 1 else f'[{ids}]'}}}")
    if agreed.max_price is not None:
        parts.append(f"maxPrice: {_amount(agreed.max_price)}")
    if agreed.unpriced:
        parts.append("unpriced: true")
    if agreed.reject_quote:
        parts.append("quote: reject")
    if agreed.also_ordered:
        parts.append(f"alsoOrdered: [{', '.join(map(quoted, agreed.also_ordered))}]")
    return f"confirm: {{{', '.join(parts)}}}"


def cancel_lines(agreed: Cancellation) -> str:
    """Return a whole `cancel`."""
    parts = [f"only: [{', '.join(map(_part, agreed.only))}]"] if agreed.only else []
    if agreed.attempt is not None:
        parts.append(f"attempt: {agreed.attempt}")
    parts.append(f"reason: {quoted(agreed.reason)}")
    if agreed.unbounded:
        parts.append("maxCharge: unbounded")
    elif agreed.max_charge is not None:
        parts.append(f"maxCharge: {_amount(agreed.max_charge)}")
    return f"cancel: {{{', '.join(parts)}}}"


def policy_lines(policy: Policy, before: Policy) -> str:
    """Return a whole `policy`: what is not the default, and what was changed."""
    stated, unstated, old = _policy_fields(policy), _policy_fields(Policy()), _policy_fields(before)
    shown = [name for name in stated if stated[name] != unstated[name] or stated[name] != old[name]]
    return f"policy: {{{', '.join(f'{name}: {stated[name]}' for name in shown)}}}"


def _policy_fields(policy: Policy) -> dict[str, str]:
    return {
        "perOrder": _amounts(policy.per_order),
        "perPass": _amounts(policy.per_pass),
        "perMonth": _amounts(policy.per_month),
        "newOrdersPerPass": str(policy.new_orders_per_pass),
        "cancelsPerPass": str(policy.cancels_per_pass),
        "allowEmpty": str(policy.allow_empty).lower(),
        "freezes": f"[{', '.join(map(_freeze, policy.freezes))}]",
    }


def _freeze(freeze: Freeze) -> str:
    start, end = map(instant_text, (freeze.window.start, freeze.window.end))
    return f"{{start: {json.dumps(start)}, end: {json.dumps(end)}, reason: {quoted(freeze.reason)}}}"


def attempt_lines(order: DesiredOrder, attempt: int) -> str:
    """Return `attempt`, or `attempts` if the order is one of several: an attempt is of one order."""
    if order.siblings is None or order.part is None:
        return f"attempt: {attempt}"
    return f"attempts: {_by_part({**order.siblings.attempts, order.part: attempt})}"


def moved_lines(name: OrderKey) -> str:
    """Return `moved` of the only order of a manifest, or of all orders that were in another one."""
    return f"moved: {{from: {name}}}"


def moved_each_lines(names: Mapping[str, OrderKey]) -> str:
    """Return `moved` with the names that orders of one manifest were placed under, by the last part of their keys."""
    return f"moved: {_by_part(names)}"


def _by_part(stated: Mapping[str, object]) -> str:
    return f"{{{', '.join(f'{_part(part)}: {stated[part]}' for part in sorted(stated, key=_in_order))}}}"


def _in_order(part: str) -> tuple[int, str]:
    return int(part) if part.isdecimal() else 0, part


def _part(part: str) -> str:
    plain = _PLAIN_PART.fullmatch(part) and part.lower() not in _YAML_WORDS
    return part if plain else json.dumps(part)


def _amounts(ceilings: Sequence[Money]) -> str:
    return f"[{', '.join(map(_amount, ceilings))}]"


def _amount(money: Money) -> str:
    return f'{{amount: "{money.amount}", currency: {money.currency}}}'
