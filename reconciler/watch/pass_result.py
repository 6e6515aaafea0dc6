"""A pass as the daemon tells of it: why it was made, how it ended, what it found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from reconciler.model.ids import AccountName, OrderKey
from reconciler.model.money import Money
from reconciler.model.order import Manifests
from reconciler.model.pause import Pause
from reconciler.model.record import Record
from reconciler.reconcile import Report

START, TICK, HANGUP, ASKED, WEBHOOK = "start", "tick", "SIGHUP", "asked for", "webhook"
CHECKED, RECOVERED = "probed", "account asked again"


class PassStatus(StrEnum):
    """How a pass ended, for whoever counts them."""

    DONE = "done"
    UNREAD = "unread"
    """Some provider could not be read completely."""
    FAILED = "failed"
    """Something was not done that was planned."""
    LOCKED = "locked"
    ERROR = "error"
    BUG = "bug"


@dataclass(frozen=True, slots=True, kw_only=True)
class PassResult:
    """A pass, or the attempt at one: why, how it ended, what it found, and in how long the next is due (None: never).

    `records` are those after it, `spent` is what this month has bound by then; `error` is what it died of, where it
    did. `resting` and `paused` say which accounts and orders are left alone from now on, and why.
    """

    why: frozenset[str]
    ended: PassStatus
    seconds: float
    manifests: Manifests
    commit: str | None
    report: Report | None = None
    records: tuple[Record, ...] = ()
    spent: tuple[Money, ...] = ()
    error: Exception | None = None
    next_in: float | None = None
    resting: Mapping[AccountName, str] = field(default_factory=dict)
    paused: Mapping[OrderKey, str] = field(default_factory=dict)
    pauses: tuple[Pause, ...] = ()
