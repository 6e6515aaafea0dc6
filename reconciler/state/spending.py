"""What the journal says was spent: the one rule for the policy's month and for what `status --spend` shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple, assert_never

from reconciler.model.ids import OrderKey, Reference
from reconciler.model.money import Money
from reconciler.model.outcome import OutcomeKind
from reconciler.model.record import Call, EventKind
from reconciler.model.terms import TermValue
from reconciler.model.time import parse_instant
from reconciler.state.by import By

LABEL = "label."
"""What the names of an order's labels begin with in the detail of an intent."""
SPENDING_KINDS = (EventKind.INTENT, EventKind.OUTCOME, EventKind.BOUND, EventKind.DECISION)


class Line(NamedTuple):
    """What the rule reads of a line of the journal; `at` as it is written there, for most instants are not asked."""

    seq: int
    kind: str
    at: str
    key: str
    reference: str
    detail: Mapping[str, TermValue | None]


@dataclass(frozen=True, slots=True)
class Spending:
    """What one intent has bound: `money` is None where the order was sent without a price, as agreed.

    `sure` is False while nobody knows whether its call was heard. `account` and `labels` are those of the order at that
    time; an account is None where an older version wrote the intent.
    """

    at: datetime
    key: OrderKey
    reference: Reference
    call: Call
    money: Money | None
    account: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    sure: bool = False


def spendings(lines: Iterable[Line]) -> tuple[Spending, ...]:
    """Return what the journal's intents have bound and no outcome of the same call has taken back.

    An intent without an outcome, or with an unknown one, counts: it may have been spent. An outcome speaks of its own
    call alone: a refused amendment takes nothing off what placing the order has bound. A call that is sent again after
    a doubt may have spent twice; a quote is accepted once, however often that is asked.
    """
    bound: dict[tuple[str, str], Line] = {}
    spent: dict[tuple[str, str], Line] = {}
    sure: set[int] = set()
    for line in lines:
        detail = line.detail
        call = detail.get("call", Call.PLACE)
        which = (line.reference, f"{call} {detail.get('quote', '')}")
        if line.kind == EventKind.INTENT:
            if before := bound.pop(which, None):
                spent[which if call == Call.CONFIRM else (line.reference, f"{call} {line.seq}")] = before
            if detail.get("minor") is not None or detail.get("unpriced"):
                bound[which] = line
        elif detail.get("outcome") in (OutcomeKind.REFUSED, OutcomeKind.NOT_SENT):
            bound.pop(which, None)
        elif which in bound and _heard(line):
            sure.add(bound[which].seq)
    return tuple([_spending(line, sure=line.seq in sure) for line in {**spent, **bound}.values()])


def _heard(line: Line) -> bool:
    """Tell whether a line says that the order is there, or that its quote was accepted."""
    if line.kind == EventKind.BOUND:
        return True
    return line.detail.get("outcome") == OutcomeKind.DONE or line.detail.get("decision") == "adopt"


def _spending(line: Line, *, sure: bool) -> Spending:
    detail = line.detail
    return Spending(
        parse_instant(line.at),
        OrderKey(line.key),
        Reference(line.reference),
        Call(str(detail.get("call", Call.PLACE))),
        Money(int(str(detail["minor"])), str(detail["currency"])) if detail.get("minor") is not None else None,
        str(detail["account"]) if detail.get("account") else None,
        labels_in(detail),
        sure,
    )


def labels_in(detail: Mapping[str, TermValue | None]) -> Mapping[str, str]:
    """Return the labels that an order had when an intent was written."""
    return {name.removeprefix(LABEL): str(value) for name, value in detail.items() if name.startswith(LABEL)}


@dataclass(frozen=True, slots=True)
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


def added_up(found: Sequence[Spending], by: By) -> tuple[Sum, ...]:
    """Add up by group and currency, in their order. An order with several labels counts under each of them."""
    labels = {spending.reference: spending.labels for spending in found if spending.labels}
    shares: dict[tuple[str, str], list[Spending]] = {}
    for spending in found:
        if spending.money is not None:
            for group in _groups(spending, by, spending.labels or labels.get(spending.reference, {})):
                shares.setdefault((group, spending.money.currency), []).append(spending)
    return tuple([_sum(group, currency, share) for (group, currency), share in sorted(shares.items())])


def _groups(spending: Spending, by: By, labels: Mapping[str, str]) -> list[str]:
    match by:
        case By.MONTH:
            return [month_of(spending.at)]
        case By.ACCOUNT:
            return [spending.account or "(unknown)"]
        case By.LABEL:
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
        group,
        _total(orders, currency),
        _total(unknown, currency),
        _total(charges, currency),
        len({spending.reference for spending in orders}),
    )


def _total(share: Iterable[Spending], currency: str) -> Money:
    return Money(sum(spending.money.minor for spending in share if spending.money is not None), currency)
