"""What a page shows, and nothing else: chosen from manifests, records, the last pass's findings and the spending."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from reconciler.model import journal
from reconciler.model.account import Policy, Suspension
from reconciler.model.geometry import Target
from reconciler.model.ids import OrderKey, Reference
from reconciler.model.ledger import Spending
from reconciler.model.money import Money, in_currency
from reconciler.model.order import DesiredOrder, Manifests
from reconciler.model.phase import Phase
from reconciler.model.record import Record
from reconciler.model.time import Window
from reconciler.plan.common_attempt import at_current_attempt
from reconciler.plan.findings import NEEDS_NOBODY, WAITS_FOR_A_PERSON, Finding, Refusal
from reconciler.plan.last_pass import PassSnapshot, waiting
from reconciler.state.group_by import GroupBy
from reconciler.state.spending import Sum, added_up, month_of

NOT_PLACED, UNRESOLVED = "not placed", "unresolved"
STATUS_LABELS: tuple[str, ...] = (NOT_PLACED, UNRESOLVED, *map(str, Phase))
"""Every way in which an order can stand, in the order of its life."""
_PLAIN_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,99}(/[a-z0-9-]{1,63})?")
_LATEST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceView:
    """Where a daemon's manifests come from: when that was last read (our clock), and its commits.

    `in_force` is the commit of the manifests that the page shows, `newest` the latest that was seen; None if unknown.
    """

    name: str
    read_at: datetime | None
    in_force: str | None
    newest: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a view is made of. `now` is the instant that windows and deadlines are compared with.

    `problem` says why what Git states now is not in force; None where `manifests` are what it states. `source` is known
    to a daemon alone.
    """

    manifests: Manifests
    records: Mapping[Reference, Record]
    last: PassSnapshot | None
    spendings: Sequence[Spending]
    now: datetime
    problem: str | None = None
    source: SourceView | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptView:
    """One attempt of an order that the state file knows."""

    number: int
    account: str
    status_label: str
    status: str | None
    order_id: str | None
    price: Money | None
    placed_at: datetime | None
    seen_at: datetime | None
    cancel_asked_at: datetime | None
    details: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderView:
    """One order. `page` names its page, `status_label` is its phase in our words; only a manifest has a target."""

    key: OrderKey
    page: str
    status_label: str
    account: str
    provider: str
    attempts: tuple[AttemptView, ...]
    findings: tuple[Finding, ...]
    attempt: int = 1
    window: Window | None = None
    target: Target | None = None
    ceiling: Money | None = None
    suspended: Suspension | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    source: str | None = None

    @property
    def latest(self) -> AttemptView | None:
        """The attempt that the order's stand is told of, None where that is not placed yet."""
        return self.attempts[0] if self.attempts and self.status_label != NOT_PLACED else None

    @property
    def ended(self) -> bool:
        """Tell whether nothing will happen to it any more."""
        return self.status_label in _ENDED

    @property
    def waits(self) -> bool:
        """Tell whether a person must decide about it."""
        return any(finding.kind in WAITS_FOR_A_PERSON for finding in self.findings)


_ENDED = frozenset(str(phase) for phase in Phase if phase.ended)


@dataclass(frozen=True, slots=True)
class MonthView:
    """What one month has bound in one currency; `ceiling` is the policy's, for the running month alone."""

    sum: Sum
    ceiling: Money | None

    @property
    def share(self) -> float | None:
        """The part of the ceiling that is bound: 1 is all of it."""
        if self.ceiling is None:
            return None
        return self.sum.bound.minor / self.ceiling.minor if self.ceiling.minor else float(self.sum.bound.minor > 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Everything that the pages show but the orders' histories. `orders`: what waits first, what has ended last."""

    name: str
    now: datetime
    as_of: datetime | None
    orders: tuple[OrderView, ...]
    waiting: tuple[Finding, ...]
    refusals: tuple[Refusal, ...]
    months: tuple[MonthView, ...]
    unpriced: int
    policy: Policy
    problem: str | None
    source: SourceView | None = None

    @property
    def counts(self) -> Mapping[str, int]:
        """How many orders stand where, in the order of an order's life."""
        counted = Counter(order.status_label for order in self.orders)
        return {status_label: counted[status_label] for status_label in STATUS_LABELS if counted[status_label]}


def viewed(known: Known) -> View:
    """Choose what is shown of what is known."""
    last = known.last
    findings: dict[OrderKey, list[Finding]] = {}
    for finding in last.standing if last is not None else ():
        findings.setdefault(finding.key, []).append(finding)
    orders = _orders(known, {key: tuple(found) for key, found in findings.items()})
    return View(
        name=known.manifests.project.name,
        now=known.now,
        as_of=last.at if last is not None else None,
        orders=tuple(sorted(orders, key=_urgency)),
        waiting=waiting(last.standing) if last is not None else (),
        refusals=last.refusals if last is not None else (),
        months=_months(known),
        unpriced=len({spending.key for spending in known.spendings if spending.money is None}),
        policy=known.manifests.project.policy,
        problem=known.problem,
        source=known.source,
    )


def _orders(known: Known, findings: Mapping[OrderKey, tuple[Finding, ...]]) -> Iterable[OrderView]:
    owner = known.manifests.project.owner
    desired = {o.key: at_current_attempt(o, owner, known.records) for o in known.manifests.orders}
    renamed = {order.origin: order.key for order in desired.values()}
    attempts: dict[OrderKey, list[Record]] = {}
    for record in known.records.values():
        attempts.setdefault(renamed.get(record.key, record.key), []).append(record)
    details = known.last.details if known.last is not None else {}
    for key in desired.keys() | attempts.keys() | findings.keys():
        records = sorted(attempts.get(key, ()), key=lambda record: -record.attempt)
        seen = tuple(_attempt(record, details.get(record.reference, {})) for record in records)
        if key in desired:
            yield _desired(desired[key], seen, findings.get(key, ()))
        else:
            yield _undesired(key, records, seen, findings.get(key, ()))


def _desired(order: DesiredOrder, seen: tuple[AttemptView, ...], findings: tuple[Finding, ...]) -> OrderView:
    return OrderView(
        key=order.key,
        page=page_of(order.key),
        status_label=_status_label(seen, order.attempt),
        account=order.account,
        provider=order.provider,
        attempts=seen,
        findings=findings,
        attempt=order.attempt,
        window=order.window,
        target=order.target,
        ceiling=order.confirm.max_price,
        suspended=order.suspend,
        labels=order.labels,
        source=str(order.source),
    )


def _undesired(
    key: OrderKey, records: Sequence[Record], seen: tuple[AttemptView, ...], findings: tuple[Finding, ...]
) -> OrderView:
    """An order that no manifest states: it is known from its record, or from a finding alone."""
    account = records[0].account if records else next((f.subject.account for f in findings if f.subject.account), "")
    provider = records[0].provider if records else ""
    number = records[0].attempt if records else 1
    return OrderView(
        key=key,
        page=page_of(key),
        status_label=_status_label(seen, number),
        account=account,
        provider=provider,
        attempts=seen,
        findings=findings,
        attempt=number,
    )


def _status_label(seen: Sequence[AttemptView], wanted: int) -> str:
    """An attempt that Git has raised is not placed, unless the one before it still lives."""
    if not seen or (seen[0].number < wanted and seen[0].status_label in _ENDED):
        return NOT_PLACED
    return seen[0].status_label


def _attempt(record: Record, details: Mapping[str, str]) -> AttemptView:
    return AttemptView(
        number=record.attempt,
        account=record.account,
        status_label=UNRESOLVED if record.unresolved else str(record.phase or NOT_PLACED),
        status=record.status,
        order_id=record.order_id,
        price=record.price,
        placed_at=record.created_at or (record.intent.at if record.intent is not None else None),
        seen_at=record.seen_at,
        cancel_asked_at=record.cancel_asked_at,
        details=details,
    )


def page_of(key: OrderKey) -> str:
    """Name an order's page so that it is a file anywhere; no two keys share a name."""
    if _PLAIN_NAME.fullmatch(key):
        return key.replace("/", ".")
    slug = re.sub(r"[^a-z0-9]+", "-", key.lower()).strip("-")[:40]
    return f"{slug}_{hashlib.sha256(key.encode(errors='replace')).hexdigest()[:16]}"


def _urgency(order: OrderView) -> tuple[int, datetime, OrderKey]:
    """Sort first what waits for a person, then what somebody is told of, what lives, and what has ended."""
    told = any(finding.kind not in NEEDS_NOBODY for finding in order.findings)
    rank = 0 if order.waits else 1 if told else 3 if order.ended else 2
    deadlines = [finding.deadline for finding in order.findings if finding.deadline is not None]
    due = min(deadlines, default=_LATEST) if rank == 0 else order.window.end if order.window is not None else _LATEST
    return rank, due, order.key


def _months(known: Known) -> tuple[MonthView, ...]:
    """Return the months' sums, the latest first; the running month of each ceiling also where nothing was spent."""
    month = month_of(known.now)
    ceilings = known.manifests.project.policy.per_month
    sums = added_up(known.spendings, GroupBy.MONTH)
    spent = {each.committed.currency for each in sums if each.group == month}
    zeros = [Money(0, ceiling.currency) for ceiling in ceilings if ceiling.currency not in spent]
    sums += tuple(Sum(group=month, committed=zero, unknown=zero, charges=zero, orders=0) for zero in zeros)
    shown = sorted(sums, key=lambda each: each.committed.currency)
    shown.sort(key=lambda each: each.group, reverse=True)
    return tuple(
        MonthView(each, in_currency(ceilings, each.committed.currency) if each.group == month else None)
        for each in shown
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of an order's history."""

    at: datetime
    attempt: int | None
    kind: str
    text: str
    plan_id: str | None
    commit: str | None


def history(
    entries: Iterable[journal.Entry], attempts: Mapping[Reference, int], tell: Callable[[journal.Entry], str]
) -> tuple[Entry, ...]:
    """Return an order's journal, oldest first; `tell` says what an entry means."""
    return tuple(
        Entry(
            at=entry.at,
            attempt=attempts.get(entry.reference),
            kind=str(entry.kind),
            text=tell(entry),
            plan_id=entry.plan_id,
            commit=entry.commit,
        )
        for entry in entries
    )
