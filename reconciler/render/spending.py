"""What was spent, for a person and for a program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reconciler.model.codec import Codec
from reconciler.model.ledger import Spending
from reconciler.model.money import Money, in_currency
from reconciler.model.time import seconds_text
from reconciler.render.text import Line, table
from reconciler.state.group_by import GroupBy
from reconciler.state.spending import Sum, added_up


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Everything that is shown: the sums by `by`, and the running month's ceilings where months are shown.

    `since` is the journal's first instant. `unpriced` are orders that were sent without a price, as agreed; `several`
    those that count under more than one label.
    """

    by: GroupBy
    sums: tuple[Sum, ...]
    unpriced: tuple[str, ...]
    several: tuple[str, ...]
    since: datetime | None
    month: str = ""
    ceilings: tuple[Money, ...] = ()

    def ceiling(self, sum_: Sum) -> Money | None:
        """Return what the policy allows for a month's currency."""
        return in_currency(self.ceilings, sum_.committed.currency) if sum_.group == self.month else None


def spent(
    found: Sequence[Spending], by: GroupBy, since: datetime | None, *, month: str, ceilings: Sequence[Money]
) -> Spent:
    """Add up what the journal tells; a month with a ceiling is shown also where nothing was spent in it."""
    sums = added_up(found, by)
    if by is GroupBy.MONTH:
        shown = {sum_.committed.currency for sum_ in sums if sum_.group == month}
        zeros = [Money(0, ceiling.currency) for ceiling in ceilings if ceiling.currency not in shown]
        sums += tuple(Sum(group=month, committed=zero, unknown=zero, charges=zero, orders=0) for zero in zeros)
    unpriced = {spending.key for spending in found if spending.money is None}
    several = {spending.key for spending in found if len(spending.labels) > 1}
    return Spent(
        by=by,
        sums=sums,
        unpriced=tuple(sorted(unpriced)),
        several=tuple(sorted(several)) if by is GroupBy.LABEL else (),
        since=since,
        month=month if by is GroupBy.MONTH else "",
        ceilings=tuple(ceilings) if by is GroupBy.MONTH else (),
    )


def spending_lines(spent: Spent, where: str) -> list[Line]:
    """Return a row a group and currency, what to know about them, and since when the journal knows."""
    lines = [Line("Nothing has been committed.")] if not spent.sums else []
    if spent.sums:
        head = (spent.by.upper(), "ORDERS", "COMMITTED", "CANCEL CHARGES", "OF BOTH UNKNOWN", "PER MONTH")
        width = 6 if spent.ceilings else 5
        rows = table([head[:width], *(_row(sum_, spent)[:width] for sum_ in spent.sums)])
        lines = [Line(row, "strong" if number == 0 else "") for number, row in enumerate(rows)]
    notes = _notes(spent)
    since = "The journal is empty" if spent.since is None else f"Known from {seconds_text(spent.since)} on"
    return [*lines, *([Line(""), *notes] if notes else []), Line(""), Line(f"{since}; {where}")]


def _row(sum_: Sum, spent: Spent) -> tuple[str, ...]:
    ceiling = spent.ceiling(sum_)
    allowed = str(ceiling).removeprefix(f"{sum_.committed.currency} ")
    return (
        sum_.group,
        str(sum_.orders),
        str(sum_.committed),
        _or_dash(sum_.charges),
        _or_dash(sum_.unknown),
        f"{sum_.bound} of {allowed}" if ceiling is not None else "-",
    )


def _or_dash(money: Money) -> str:
    return str(money) if money.minor else "-"


def _notes(spent: Spent) -> list[Line]:
    found = []
    if any(sum_.unknown.minor for sum_ in spent.sums):
        found.append("unknown: no clear answer came, or none yet; it counts, for it may have been spent")
    if spent.unpriced:
        found.append(f"{_orders(spent.unpriced)} sent without a price, as agreed: in no sum")
    if spent.several:
        found.append(f"{_orders(spent.several)} with several labels: counted under each")
    return [Line(f"note: {note}") for note in found]


def _orders(keys: Sequence[str]) -> str:
    return f"{len(keys)} order{'s' * (len(keys) != 1)}"


_SUMS: Codec[tuple[Sum, ...]] = Codec(tuple[Sum, ...])
_MONEY: Codec[Money | None] = Codec(Money | None)
_INSTANT: Codec[datetime | None] = Codec(datetime | None)


def spending_document(spent: Spent) -> dict[str, Any]:
    """Return the same for programs: amounts in minor units, `ceiling` where the policy has one for that month."""
    sums = _SUMS.dump_python(spent.sums)
    ceilings = [_MONEY.dump_python(spent.ceiling(sum_)) for sum_ in spent.sums]
    return {
        "by": str(spent.by),
        "sums": [{**sum_, "ceiling": ceiling} for sum_, ceiling in zip(sums, ceilings, strict=True)],
        "unpriced": list(spent.unpriced),
        "several": list(spent.several),
        "since": _INSTANT.dump_python(spent.since),
    }
