"""Spending added up: by month, by account, or by label. What was spent is the ledger's rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import assert_never

from reconciler.model.ledger import Spending
from reconciler.model.money import Money
from reconciler.model.record import Call
from reconciler.state.group_by import GroupBy


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """What one month, account or label has bound in one currency.

    `charges` are what canceling binds, apart from `committed`; `unknown` is the part of both that may not be spent.
    """

    group: str
    committed: Money
    unknown: Money
    charges: Money
    orders: int

    @property
    def bound(self) -> Money:
        """What a ceiling is compared with."""
        return Money(self.committed.minor + self.charges.minor, self.committed.currency)


def added_up(found: Sequence[Spending], by: GroupBy) -> tuple[Sum, ...]:
    """Add up by group and currency, in their order. An order with several labels counts under each of them."""
    labels = {spending.reference: spending.labels for spending in found if spending.labels}
    shares: dict[tuple[str, str], list[Spending]] = {}
    for spending in found:
        if spending.money is not None:
            for group in _groups(spending, by, spending.labels or labels.get(spending.reference, {})):
                shares.setdefault((group, spending.money.currency), []).append(spending)
    return tuple([_sum(group, currency, share) for (group, currency), share in sorted(shares.items())])


def _groups(spending: Spending, by: GroupBy, labels: Mapping[str, str]) -> list[str]:
    match by:
        case GroupBy.MONTH:
            return [month_of(spending.at)]
        case GroupBy.ACCOUNT:
            return [spending.account or "(unknown)"]
        case GroupBy.LABEL:
            return [f"{name}: {value}" for name, value in labels.items()] or ["(none)"]
        case _ as never:
            assert_never(never)


def month_of(at: datetime) -> str:
    """Name the calendar month (UTC) that an instant lies in."""
    return at.astimezone(UTC).strftime("%Y-%m")


def _sum(group: str, currency: str, share: Sequence[Spending]) -> Sum:
    orders = [spending for spending in share if spending.call is not Call.CANCEL]
    charges = [spending for spending in share if spending.call is Call.CANCEL]
    unknown = [spending for spending in share if not spending.sure]
    return Sum(
        group=group,
        committed=_total(orders, currency),
        unknown=_total(unknown, currency),
        charges=_total(charges, currency),
        orders=len({spending.reference for spending in orders}),
    )


def _total(share: Iterable[Spending], currency: str) -> Money:
    return Money(sum(spending.money.minor for spending in share if spending.money is not None), currency)
