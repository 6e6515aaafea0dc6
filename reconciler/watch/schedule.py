"""When the next pass is due: a pure function of what the last one saw.

Fast where an answer is near, slow where a satellite has yet to fly, never for what has ended. An instant at which
something opens or ends is met exactly, so that nothing is polled for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from reconciler.model.ids import AccountName, OrderKey
from reconciler.model.order import DesiredOrder
from reconciler.model.outcome import OutcomeKind
from reconciler.model.phase import Phase
from reconciler.model.record import Record
from reconciler.model.time import Moment, time_left
from reconciler.plan.actions import Result
from reconciler.plan.findings import Finding, FindingKind
from reconciler.plan.settle import LOOKUPS_NEEDED
from reconciler.render.phrases import message

NEW = timedelta(hours=1)
"""How long a placed order is new: most providers accept or refuse it in that time."""
MARGIN = timedelta(seconds=1)
"""Providers tell their time in whole seconds: an instant is met this much after it."""
SLOWEST = 0.01
"""A simulated clock below a hundredth of ours stands still: no instant of it comes in any time that counts."""
_OVER = frozenset({FindingKind.ENDED, FindingKind.EXPIRED})
_STANDS = frozenset(
    {
        *(FindingKind.HELD, FindingKind.REFUSED, FindingKind.MISSING, FindingKind.DUPLICATE),
        *(FindingKind.DRIFTED, FindingKind.ORPHANED),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PollIntervals:
    """How often to look, in real time at a provider whose clock runs as ours does."""

    soon: timedelta = timedelta(seconds=30)
    """A decision or a placement is due, an order is in doubt, a cancellation was asked for."""
    window_open: timedelta = timedelta(minutes=2)
    """The window is open, or files are on their way."""
    slow: timedelta = timedelta(minutes=15)
    """A satellite has yet to fly, or a person has yet to decide."""
    least: timedelta = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountClock:
    """An account's clock when it was read: the provider's time and ours, its speed against ours, and `settle`."""

    now: datetime
    ours: datetime
    speed: float = 1.0
    settle: timedelta = timedelta(minutes=15)

    def time_left(self, record: Record) -> timedelta:
        """Return how long, by the provider's clock, an order that was sent may still take to show."""
        return time_left(record.answered, Moment(self.now, self.ours), speed=self.speed, needed=self.settle)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleInput:
    """What a pass has left. `records` are those after it; `opens` says when orders can be placed that cannot be yet.

    `resumes` says in how long (our time) accounts that Git sets aside are to be read again.
    """

    clocks: Mapping[AccountName, AccountClock]
    orders: Sequence[DesiredOrder] = ()
    findings: Sequence[Finding] = ()
    results: Sequence[Result] = ()
    records: Sequence[Record] = ()
    opens: Mapping[OrderKey, datetime] = field(default_factory=dict)
    resumes: Mapping[AccountName, timedelta] = field(default_factory=dict)


def next_due(seen: ScheduleInput, intervals: PollIntervals | None = None) -> dict[AccountName, timedelta]:
    """Return in how long (our time, from when it was read) each account is due; one that is never due is left out."""
    intervals = intervals or PollIntervals()
    found: dict[AccountName, timedelta] = {}
    for account, delay in (*_steps(seen, intervals), *_instants(seen), *seen.resumes.items()):
        delay = max(delay, intervals.least)
        found[account] = min(found.get(account, delay), delay)
    return found


def troubled(findings: Sequence[Finding], results: Sequence[Result]) -> dict[OrderKey, str]:
    """Return the orders that could not be read, or for which something was not done, and why."""
    unread = {finding.key: message(finding) for finding in findings if finding.kind is FindingKind.UNREAD}
    return unread | {result.action.key: result.outcome.message for result in results if failed(result)}


def failed(result: Result) -> bool:
    """Tell whether something was not done; what is only to be planned anew has not failed."""
    return result.outcome.kind is not OutcomeKind.DONE and not result.again


def _steps(seen: ScheduleInput, intervals: PollIntervals) -> Iterator[tuple[AccountName, timedelta]]:
    """Yield how long each order can be left alone, at its account's speed."""
    orders = {order.key: order for order in seen.orders}
    stands = {finding.key for finding in seen.findings if finding.kind in _STANDS}
    for record in seen.records:
        clock = seen.clocks.get(record.account)
        if clock is None:
            continue
        window = orders.get(record.key)
        step = _step(
            record, clock, intervals, stands=record.key in stands, start=window.window.start if window else None
        )
        if step is not None:
            yield record.account, _at_speed(step, clock)
    for account, step in _unfinished(seen, orders, intervals):
        if account in seen.clocks:
            yield account, _at_speed(step, seen.clocks[account])


def _step(
    record: Record, clock: AccountClock, intervals: PollIntervals, *, stands: bool, start: datetime | None
) -> timedelta | None:
    """Return how long an order that was sent can be left alone; None where there is nothing to look for."""
    if record.unresolved and record.intent is not None:
        decided = record.lookups >= LOOKUPS_NEEDED and not clock.time_left(record)
        return intervals.slow if decided else intervals.soon
    if not record.live:
        return None
    if record.cancel_asked_at is not None:
        return intervals.soon
    match record.phase:
        case Phase.OFFERED | Phase.QUOTED:
            return intervals.slow if stands else intervals.soon
        case Phase.PLACED | None:
            sent = record.outcome.at if record.outcome is not None else record.created_at
            return intervals.soon if sent is None or clock.now - sent < NEW else intervals.window_open
        case Phase.DELIVERING:
            return intervals.window_open
        case _:
            return intervals.slow if start is None or clock.now < start else intervals.window_open


def _unfinished(
    seen: ScheduleInput, orders: Mapping[OrderKey, DesiredOrder], intervals: PollIntervals
) -> Iterator[tuple[AccountName, timedelta]]:
    """Yield what has no record to follow: what was just done, or stands until somebody changes something."""
    for finding in seen.findings:
        account = finding.subject.account or (orders[finding.key].account if finding.key in orders else None)
        if account is not None and finding.kind in _STANDS:
            yield account, intervals.slow
    for result in seen.results:
        if result.outcome.kind is OutcomeKind.DONE:
            yield result.action.account, intervals.soon


def _instants(seen: ScheduleInput) -> Iterator[tuple[AccountName, timedelta]]:
    """Yield how long it is to each instant at which something opens, ends or settles."""
    over = {finding.key for finding in seen.findings if finding.kind in _OVER}
    for order in seen.orders:
        clock = seen.clocks.get(order.account)
        if clock is None or order.key in over:
            continue
        until = order.suspend.until if order.suspend is not None else None
        for instant in (order.window.start, order.window.end, until, seen.opens.get(order.key)):
            yield from _until(instant, order.account, clock)
    for finding in seen.findings:
        account = finding.subject.account
        if account is not None and account in seen.clocks and finding.key not in over:
            yield from _until(finding.deadline, account, seen.clocks[account])
    for record in seen.records:
        if not record.bound and record.outcome is not None and record.account in seen.clocks:
            clock = seen.clocks[record.account]
            left = clock.time_left(record)
            yield from _until(clock.now + left if left else None, record.account, clock)


def _until(
    instant: datetime | None, account: AccountName, clock: AccountClock
) -> Iterator[tuple[AccountName, timedelta]]:
    if instant is not None and instant >= clock.now and clock.speed >= SLOWEST:
        yield account, (instant - clock.now + MARGIN) / clock.speed


def _at_speed(step: timedelta, clock: AccountClock) -> timedelta:
    """A simulated provider that runs faster is looked at more often; one that stands still as if it ran."""
    return step / max(clock.speed, 1.0)
