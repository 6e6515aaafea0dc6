"""The loop: one pass at a time, each when something calls for it, for as long as nobody asks it to stop."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from reconciler.connect import Runtime
from reconciler.model.checkout import Checkout
from reconciler.model.errors import Locked, ReconcilerError, UnusableAccount
from reconciler.model.ids import AccountName, OrderKey
from reconciler.model.order import Manifests
from reconciler.model.provider import OpensAt
from reconciler.plan.causes import NotLookedForEverywhere
from reconciler.plan.findings import FindingKind
from reconciler.plan.inputs import PlanInput, Wanted
from reconciler.reconcile import Mode, Pass, Report
from reconciler.state.group_by import GroupBy
from reconciler.state.spending import added_up, month_of
from reconciler.state.store import open_reader
from reconciler.watch.acceptance import Acceptance
from reconciler.watch.backoff import Backoff, BackoffState, RetryAfter, next_backoff
from reconciler.watch.commit_tree import Tree
from reconciler.watch.pass_result import CHECKED, HANGUP, RECOVERED, START, TICK, WEBHOOK, PassResult, PassStatus
from reconciler.watch.recovery import RecoveryChecks
from reconciler.watch.schedule import AccountClock, PollIntervals, ScheduleInput, failed, next_due, troubled
from reconciler.watch.source import MANIFESTS_CHANGED, NEW_COMMIT, Source

HINT_GAP_SECONDS = 10.0
"""How long after a pass another one is made for a mere hint."""
PAUSED_SECONDS = 30.0
"""How soon it is looked whether a person has ended a pause."""
LOCKED_SECONDS = 5.0
"""How long to wait for another run that holds the state."""
MOST_BUGS = 5
"""After so many passes in a row that died of a bug, the daemon ends."""
_SLICE_SECONDS = 10.0
_IDLE_SECONDS, _BUSY_SECONDS = 60.0, 1800.0
_HINTS = frozenset({WEBHOOK})
_CHANGES = frozenset({MANIFESTS_CHANGED, NEW_COMMIT})


class Waiting(Protocol):
    """The loop's side of the wake-up."""

    def wait(self, seconds: float) -> frozenset[str]:
        """Return why it was signaled, after at most so many seconds."""
        ...


def _nothing(_on_pass: object) -> None:
    return


@dataclass(slots=True, kw_only=True)
class Watch:
    """Passes for ever. `read` reads manifests from their files alone; `draw` gives numbers from 0 to 1.

    An account that could not be read is left out until it has been read on its own, by one of the `recovery`.

    `tell` says what a person should know at once, `result` is told of every pass; neither may raise. `env` brings the
    clock that waits are measured by, and the sleep.
    """

    source: Source
    env: Runtime
    read: Callable[[Tree], Manifests]
    wake_up: Waiting
    draw: Callable[[], float]
    recovery: RecoveryChecks
    tell: Callable[[str], None] = _nothing
    result: Callable[[PassResult], None] = _nothing
    broken: Callable[[Exception], None] = _nothing
    intervals: PollIntervals = field(default_factory=PollIntervals)
    stop: threading.Event = field(default_factory=threading.Event)
    manifests: Acceptance = field(init=False)
    passes: int = field(default=0, init=False)
    """How many have come to their end."""
    _next_at: float | None = field(default=None, init=False)
    _last_at: float = field(default=float("-inf"), init=False)
    _turned_at: float = field(init=False)
    _pass_since: float | None = field(default=None, init=False)
    _accounts: Backoff[AccountName] = field(init=False)
    _orders: Backoff[OrderKey] = field(init=False)
    _retry_after: RetryAfter = field(init=False)
    _troubles: int = field(default=0, init=False)
    _bugs: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._accounts, self._orders = Backoff(self.env.monotonic), Backoff(self.env.monotonic)
        self._retry_after = RetryAfter(self.env.on_response)
        self._turned_at = self.env.monotonic()
        self.manifests = Acceptance(
            source=self.source,
            read=self.read,
            sleep=self.env.sleep,
            tell=self.tell,
            broken=self.broken,
            monotonic=self.env.monotonic,
            progress=self._alive_now,
        )

    def run(self) -> bool:
        """Make passes until asked to stop; returns False where it gave up because of bugs."""
        why = frozenset({START})
        while not self.stop.is_set():
            if why:
                self._turn(why)
            if self._bugs >= MOST_BUGS:
                return False
            why = self._wait() if not self.stop.is_set() else why
        return True

    def _alive_now(self) -> None:
        self._turned_at = self.env.monotonic()

    def alive(self) -> bool:
        """Tell whether the loop turns. Providers may take their time; the loop may not."""
        now, since = self.env.monotonic(), self._pass_since
        return now - since < _BUSY_SECONDS if since is not None else now - self._turned_at < _IDLE_SECONDS

    def _wait(self) -> frozenset[str]:
        """Return why to turn now; nothing where it is only to be shown that the loop is alive."""
        now = self.env.monotonic()
        left = _SLICE_SECONDS if self._next_at is None else self._next_at - now
        why = self.wake_up.wait(min(left, _SLICE_SECONDS))
        self._turned_at = now = self.env.monotonic()
        if self._next_at is not None and now >= self._next_at:
            return why | {TICK}
        if why and why <= _HINTS and now < self._last_at + HINT_GAP_SECONDS:
            self._sooner(self._last_at + HINT_GAP_SECONDS)
            return frozenset()
        return why

    def _sooner(self, at: float) -> None:
        self._next_at = at if self._next_at is None else min(self._next_at, at)

    def _turn(self, why: frozenset[str]) -> None:
        """Take what is stated now, and make a pass where something calls for one."""
        before, changed = self.manifests.desired, self.manifests.update()
        desired = self.manifests.desired
        if desired is None:
            self._next_at = self.env.monotonic() + LOCKED_SECONDS
            return
        if changed and before is not None:
            self._forget_edited(before, desired)
        if self._recovered(desired):
            why |= {RECOVERED}
        if changed or why - _CHANGES - {CHECKED}:
            if HANGUP in why:
                self._accounts.keep(())
                self._orders.keep(())
            self._pass(why, desired)

    def _recovered(self, desired: Manifests) -> bool:
        """Ask those that have rested, and book what has come of it; returns whether a pass is to ask one again."""
        rested = set(self._accounts.rested())
        for account in desired.accounts:
            if account.name in rested:
                self.recovery.begin(account)
        recovered = False
        for check in self.recovery.found():
            if check.problem is not None and check.account in rested:
                self._accounts.failed(check.account, check.problem, told=check.told, draw=self.draw())
            else:  # it can be read, or its rest was ended meanwhile: then that answer is not what counts
                recovered = True
        for until in self._accounts.ends(self.env.monotonic()):
            self._sooner(until)
        return recovered

    def _resting(self) -> dict[AccountName, str]:
        """Return the accounts that no pass asks now, and why."""
        return {**dict.fromkeys(self.recovery.asked, "being asked, after it had failed"), **self._accounts.resting()}

    def _forget_edited(self, before: Manifests, now: Manifests) -> None:
        """End the rests of what was edited, and of the orders of an account that was."""
        kept = {account.name for account in now.accounts if account in before.accounts}
        orders = {order.key: order for order in before.orders}
        self._accounts.keep(kept)
        self._orders.keep({o.key for o in now.orders if o.account in kept and o == orders.get(o.key)})

    # Passes

    def _pass(self, why: frozenset[str], desired: Manifests) -> None:
        started = self._pass_since = self.env.monotonic()
        self._retry_after.told.clear()
        checkout = self.manifests.checkout()
        commit = checkout.commit if checkout is not None else None
        try:
            result = self._seen(
                PassResult(why=why, ended=PassStatus.DONE, seconds=0.0, manifests=desired, commit=commit),
                *self._run(desired, checkout),
                started,
            )
        except Locked as e:
            self._next_at = self.env.monotonic() + LOCKED_SECONDS
            result = PassResult(
                why=why, ended=PassStatus.LOCKED, seconds=0.0, manifests=desired, commit=commit, error=e
            )
        except Exception as e:
            result = self._broken(
                PassResult(why=why, ended=_kind(e), seconds=0.0, manifests=desired, commit=commit, error=e)
            )
        finally:
            self._pass_since = None
            self._last_at = self._turned_at = self.env.monotonic()
        left = max(self._next_at - self._last_at, 0.0) if self._next_at is not None else None
        resting, paused = self._resting(), self._orders.resting()
        self.result(replace(result, seconds=self._last_at - started, next_in=left, resting=resting, paused=paused))

    def _run(self, desired: Manifests, checkout: Checkout | None) -> tuple[Pass, Report]:
        """Make a pass; whoever cannot even be asked is left alone, and the pass is made for the others."""
        on_response = replace(self.env, on_response=self._retry_after.on_response)
        while True:
            resting, paused = self._resting(), {**self._orders.resting(), **self._followed_only()}
            one = Pass(
                manifests=desired,
                env=on_response,
                mode=Mode.RECONCILE,
                commit=checkout.commit if checkout is not None else None,
                checkout=checkout,
                stop=self.stop,
                resting=resting,
                paused=paused,
                changed=self.manifests.changed,
            )
            try:
                return one, one.run()
            except UnusableAccount as e:
                self._accounts.failed(AccountName(e.account), str(e), told=None, draw=self.draw())

    def _followed_only(self) -> Mapping[OrderKey, str]:
        """Return the orders that invalid manifests keep from being sent anything."""
        if self.manifests.invalid is None:
            return {}
        with open_reader(self.env.state) as state:
            return self.manifests.followed_only({record.key for record in state.records().values()})

    def _broken(self, result: PassResult) -> PassResult:
        """Back off after a pass that came to no end: longer each time, whatever its cause."""
        rest = next_backoff(
            BackoffState(failures=self._troubles, until=0.0), self.env.monotonic(), told=None, draw=self.draw()
        )
        self._troubles, self._next_at = rest.failures, rest.until
        self._bugs = self._bugs + 1 if result.ended is PassStatus.BUG else 0
        return result

    def _seen(self, result: PassResult, one: Pass, report: Report, started: float) -> PassResult:
        """Book what a pass saw, and when the next is due."""
        inputs = report.inputs
        assert inputs is not None, "a pass that has ended reports the world that it saw"
        with open_reader(self.env.state) as state:
            records, sums = tuple(state.records().values()), added_up(state.spendings(), GroupBy.MONTH)
        spent = tuple(sum_.bound for sum_ in sums if sum_.group == month_of(inputs.now))
        self._troubles = self._bugs = 0
        self.passes += 1
        self._back_off_accounts(one, inputs)
        self._back_off_orders(one, report, inputs)
        seen = ScheduleInput(
            clocks=_clocks(inputs, {**one.resting, **self._resting()}),
            orders=result.manifests.orders,
            findings=report.plan.findings,
            results=report.results,
            records=records,
            opens=_opens(inputs, report),
            resumes=_resumes(inputs),
        )
        instants = [started + delay.total_seconds() for delay in next_due(seen, self.intervals).values()]
        instants += [*self._accounts.ends(started), *self._orders.ends(started)]
        instants += [self.env.monotonic()] if report.again and not inputs.pauses else []
        instants += [started + PAUSED_SECONDS] if inputs.pauses else []
        self._next_at = min(instants, default=None)
        return replace(
            result,
            ended=_pass_status(report, inputs),
            report=replace(report, inputs=None),
            records=records,
            spent=spent,
            pauses=tuple(inputs.pauses),
        )

    def _back_off_accounts(self, one: Pass, inputs: PlanInput) -> None:
        """Leave alone whoever could not be read; one that was left alone in this pass goes on resting."""
        self._accounts.keep(inputs.views.keys())
        for name, view in inputs.views.items():
            if name in one.resting or view.set_aside:
                continue
            if view.listing.problem is None:
                self._accounts.end(name)
            else:
                told = self._retry_after.told.get(name)
                self._accounts.failed(name, view.listing.problem, told=told, draw=self.draw())

    def _back_off_orders(self, one: Pass, report: Report, inputs: PlanInput) -> None:
        """Leave alone what was not done; those that failed together are tried again together.

        What waits for an account that could not be read has not failed: it is tried when that account has rested.
        """
        asleep = {view.name for view in inputs.unread_views}
        own = [finding for finding in report.plan.findings if finding.subject.account not in asleep]
        findings = [finding for finding in own if not isinstance(finding.cause, NotLookedForEverywhere)]
        failed = {k: why for k, why in troubled(findings, report.results).items() if k not in one.paused}
        self._orders.keep(failed.keys() | one.paused.keys())
        accounts = {order.key: order.account for order in one.manifests.orders}
        draw = self.draw() if failed else 0.0
        for key, why in failed.items():
            self._orders.failed(key, why, told=self._retry_after.told.get(accounts.get(key, "")), draw=draw)


def _kind(error: Exception) -> PassStatus:
    return PassStatus.ERROR if isinstance(error, ReconcilerError | OSError) else PassStatus.BUG


def _pass_status(report: Report, inputs: PlanInput) -> PassStatus:
    if inputs.unread is not None:
        return PassStatus.UNREAD
    return PassStatus.FAILED if any(failed(result) for result in report.results) else PassStatus.DONE


def _clocks(inputs: PlanInput, resting: Mapping[AccountName, str]) -> dict[AccountName, AccountClock]:
    """Return the clocks of the accounts that were read."""
    return {
        view.name: AccountClock(now=view.now, ours=view.ours, speed=view.speed, settle=view.limits.settle)
        for view in inputs.views.values()
        if view.name not in resting and not view.set_aside
    }


def _resumes(inputs: PlanInput) -> dict[AccountName, timedelta]:
    """Return in how long accounts that Git sets aside are to be read again."""
    aside = [(v.name, v.suspend, v.ours) for v in inputs.views.values() if v.set_aside and v.suspend is not None]
    return {name: suspend.until - ours for name, suspend, ours in aside if suspend.until is not None}


def _opens(inputs: PlanInput, report: Report) -> dict[OrderKey, datetime]:
    waiting = {finding.key for finding in report.plan.findings if finding.kind is FindingKind.WAITING}
    instants = {w.order.key: _opens_at(w, inputs) for w in inputs.wanted if w.order.key in waiting}
    return {key: at for key, at in instants.items() if at is not None}


def _opens_at(wanted: Wanted, inputs: PlanInput) -> datetime | None:
    """Return when an order can be placed that cannot be yet: at the end of a freeze, or when its window is near."""
    if (freeze := inputs.freeze_at(wanted.order.account)) is not None:
        return freeze.window.end
    preflight = inputs.preflights.get(wanted.reference)
    readiness = (preflight.readiness if preflight is not None else None) or wanted.readiness
    return readiness.at if isinstance(readiness, OpensAt) else None
