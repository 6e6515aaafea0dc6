"""What there is to measure, as Prometheus reads it. Few labels, and none that grows with the number of orders."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter as Count
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from reconciler import __version__
from reconciler.model.errors import RefusalKind
from reconciler.model.money import Money
from reconciler.model.outcome import OutcomeKind, Refused
from reconciler.plan.actions import Adopt, Place, Result
from reconciler.plan.findings import FindingKind
from reconciler.watch.pass_result import PassResult, PassStatus

MEDIA = "text/plain; version=0.0.4; charset=utf-8"
# A second sample per counter that says when this process began: `process_start_time_seconds` says it once.
disable_created_metrics()  # type: ignore[no-untyped-call]  # the library leaves it untyped
_BUCKETS = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)


class Figures:
    """Counters and gauges of one daemon, in a registry of their own. `now` is our clock (UTC)."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._guard = threading.Lock()
        self._resting: set[str] = set()
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        gauge, counter = self._gauge, self._counter
        self.passes = counter("passes_total", "Passes by how they ended.", "ended")
        self.duration = Histogram(
            "reconciler_pass_duration_seconds", "How long passes took.", buckets=_BUCKETS, registry=self.registry
        )
        self.last_pass = gauge("last_pass_timestamp_seconds", "When the last pass came to its end.")
        self.next_pass = gauge("next_pass_timestamp_seconds", "When the next pass is due; +Inf while nothing is.")
        self.orders = gauge("orders", "Orders that the state file knows, by account and phase.", "account", "phase")
        self.findings = gauge("findings", "Findings of the last pass, by kind.", "finding")
        self.creations = counter("creations_total", "Calls that place an order, by outcome.", "outcome")
        self.unresolved = gauge("unresolved_orders", "Orders that may exist: their answers were lost.")
        self.oldest = gauge("oldest_unresolved_seconds", "How long the oldest of them has been in doubt.")
        self.duplicates = gauge("duplicate_orders", "Orders of which there is more than one.")
        self.spend = gauge("spend_committed", "What this month (UTC) has bound, in units of the currency.", "currency")
        self.ceiling = gauge("spend_ceiling", "What the policy allows for a month, by currency.", "currency")
        self.calls = counter(
            "spending_calls_total", "Calls that spend or change, by outcome.", "account", "call", "outcome"
        )
        self.requests = counter(
            "provider_requests_total", "Reads, by the kind of answer; none: there was no answer.", "account", "status"
        )
        self.limited = counter("provider_rate_limited_total", "Answers that ask to come back later.", "account")
        self.resting = gauge("account_resting", "1 while an account is left alone after failures.", "account")
        self.pauses = gauge("pauses", "Pauses that a person has set: `reconciler resume` ends them.")
        self.paused = gauge("paused_orders", "Orders that are left alone after failures.")
        self.state_bytes = gauge("state_bytes", "Size of the state file.")
        self.fsync = gauge("state_fsync_seconds", "How long the last write to the state's disk took to be durable.")
        self.valid = gauge("manifests_valid", "0 while older manifests are in force than those that are there.")
        self.commit = gauge("git_commit_info", "The Git commit of the manifests in force.", "commit")
        self.newest = gauge("git_newest_commit_info", "The newest Git commit that the source was seen at.", "commit")
        self.source_read = gauge("source_read_timestamp_seconds", "When the source of manifests was last read.")
        self.pending = gauge("notifications_pending", "Journal lines that have yet to be told, by where to.", "to")
        gauge("build_info", "The version of the program.", "version").labels(__version__).set(1)
        self._begin()

    def _counter(self, name: str, about: str, *labels: str) -> Counter:
        return Counter(f"reconciler_{name}", about, labels, registry=self.registry)

    def _gauge(self, name: str, about: str, *labels: str) -> Gauge:
        return Gauge(f"reconciler_{name}", about, labels, registry=self.registry)

    def _begin(self) -> None:
        """Show what can be counted before it is: an alert needs the zero."""
        self.next_pass.set(self._now().timestamp())
        for ended in PassStatus:
            self.passes.labels(ended)
        for kind in OutcomeKind:
            self.creations.labels(kind)

    def on_response(self, account: str, status: int, _wait: float | None) -> None:
        """Count a read by its answer."""
        self.requests.labels(account, f"{status // 100}xx" if status else "none").inc()
        if status == 429:
            self.limited.labels(account).inc()

    def book(self, result: PassResult) -> None:
        """Take over what a pass found."""
        with self._guard:
            self.passes.labels(result.ended).inc()
            self.duration.observe(result.seconds)
            self._states(result)
            if result.ended is not PassStatus.LOCKED:  # then the one that was due is still due
                self.next_pass.set(float("inf") if result.next_in is None else self._now().timestamp() + result.next_in)
            if result.report is not None:
                self.last_pass.set(self._now().timestamp())
                self._found(result)

    def disk(self, state: Path) -> bool:
        """Measure the state's disk; returns whether it can be written to."""
        with suppress(OSError):
            self.state_bytes.set(state.stat().st_size)
        try:
            self.fsync.set(fsync_seconds(state))
        except OSError:
            return False
        return True

    def text(self) -> bytes:
        """Return everything as Prometheus scrapes it."""
        with self._guard:
            return generate_latest(self.registry)

    def source(self, read_at: datetime | None, newest: str | None) -> None:
        """Take over what is known of the source of manifests."""
        with self._guard:
            self.source_read.set(read_at.timestamp() if read_at is not None else 0.0)
            _set(self.newest, {(newest,): 1} if newest is not None else {})

    def _states(self, result: PassResult) -> None:
        self._resting |= set(result.resting)
        for account in self._resting:
            self.resting.labels(account).set(account in result.resting)
        self.paused.set(len(result.paused))
        if result.report is not None:
            self.pauses.set(len(result.pauses))

    def _found(self, result: PassResult) -> None:
        assert result.report is not None, "only a pass that has ended has found something"
        _set(self.orders, Count((r.account, str(r.phase or "unresolved")) for r in result.records))
        found = Count(finding.kind for finding in result.report.plan.findings)
        _set(self.findings, {(kind,): found[kind] for kind in FindingKind})
        for each in result.report.results:
            self._called(each)
        in_doubt = [r.intent.at for r in result.records if r.unresolved and r.intent is not None]
        self.unresolved.set(len(in_doubt))
        self.oldest.set(max(((result.report.plan.at - at).total_seconds() for at in in_doubt), default=0.0))
        self.duplicates.set(found[FindingKind.DUPLICATE])
        ceilings = result.manifests.project.policy.per_month
        _set(self.spend, {**{(money.currency,): 0.0 for money in ceilings}, **_units(result.spent)})
        _set(self.ceiling, _units(ceilings))
        _set(self.commit, {(result.commit,): 1} if result.commit is not None else {})

    def _called(self, result: Result) -> None:
        """Count a call that spends or changes: only now, for before its outcome is on disk nothing may come."""
        action, outcome = result.action, result.outcome
        if isinstance(action, Adopt):
            return
        self.calls.labels(action.account, action.kind, outcome.kind).inc()
        if isinstance(action, Place):
            self.creations.labels(outcome.kind).inc()
        if isinstance(outcome, Refused) and outcome.refusal is RefusalKind.RATE_LIMITED:
            self.limited.labels(action.account).inc()


def _set(gauge: Gauge, values: Mapping[tuple[str, ...], float]) -> None:
    """Let a gauge have these label values and no others."""
    gauge.clear()
    for labels, value in values.items():
        gauge.labels(*labels).set(value)


def _units(amounts: Iterable[Money]) -> dict[tuple[str, ...], float]:
    return {(money.currency,): float(money.amount) for money in amounts}


def fsync_seconds(state: Path) -> float:
    """Write a few bytes beside the state until they are durable; returns how long that took, raises OSError."""
    state.parent.mkdir(parents=True, exist_ok=True)
    probe = state.with_name(f"{state.name}.probe")
    started = time.monotonic()
    handle = os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        os.write(handle, b"probe\n")
        os.fsync(handle)
    finally:
        os.close(handle)
        probe.unlink()
    return time.monotonic() - started
