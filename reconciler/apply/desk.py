"""What carrying out needs, and how it is written down: an intent before each call, an outcome after it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

from reconciler.model.errors import ProviderError
from reconciler.model.ids import AccountName, ProviderOrderId, Reference
from reconciler.model.money import Money
from reconciler.model.order import ObservedOrder
from reconciler.model.outcome import Outcome, OutcomeKind
from reconciler.model.record import Call, Record
from reconciler.plan.actions import Action, Result
from reconciler.plan.world import Wanted, World
from reconciler.providers.base import OrderWriter
from reconciler.state.event import Change, Event, EventKind
from reconciler.state.spending import LABEL
from reconciler.state.store import StateStore

STOPPED = "not started: the run was asked to stop"


@dataclass(slots=True)
class Desk:
    """What carrying out needs: whom to call, where to write, who asked.

    `stop` set means: start nothing new. It is the caller's, who may go on after this pass; what breaks in here is said
    by `broken`, for this pass alone.
    """

    writers: Mapping[AccountName, OrderWriter]
    store: StateStore
    world: World
    plan_id: str
    commit: str | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    tell: Callable[[str], None] = lambda _text: None
    broken: threading.Event = field(default_factory=threading.Event)
    in_flight: dict[Reference, Record] = field(default_factory=dict)
    guard: threading.RLock = field(default_factory=threading.RLock)

    @property
    def stopped(self) -> bool:
        """Tell whether nothing new is to be started."""
        return self.stop.is_set() or self.broken.is_set()

    def wanted(self, reference: Reference) -> Wanted | None:
        """Return the desired order behind a reference, if Git still states it."""
        return self.world.by_reference.get(reference)

    def event(self, kind: EventKind, record: Record, at: datetime, detail: Mapping[str, str | int | None]) -> Event:
        """Return a journal line that says which plan and commit it came from."""
        return Event(kind, at, record.key, record.reference, self.plan_id, self.commit, dict(detail))


@contextmanager
def stopping(desk: Desk) -> Iterator[None]:
    """After a failure of our own, such as a full disk, nothing new is started anywhere."""
    try:
        yield
    except BaseException:
        desk.broken.set()
        raise


def not_started(action: Action, desk: Desk, why: str) -> Result:
    """Return the result of an action that nothing was sent for."""
    return Result(action, Outcome(OutcomeKind.NOT_SENT, desk.writers[action.account].now(), why))


def unready(writer: OrderWriter, desk: Desk) -> Outcome | None:
    """Renew credentials, which may take long; return why nothing may be sent after it, None where it may."""
    try:
        writer.authenticate()
    except ProviderError as e:
        return Outcome(OutcomeKind.NOT_SENT, writer.now(), str(e))
    return Outcome(OutcomeKind.NOT_SENT, writer.now(), STOPPED) if desk.stopped else None


def write(record: Record, kind: EventKind, at: datetime, detail: Mapping[str, str | int | None], desk: Desk) -> None:
    """Write a record and its line in the journal, both or neither; on disk when this returns."""
    desk.store.write(Change(desk.event(kind, record, at, detail), record))


def whose(record: Record, desk: Desk) -> dict[str, str | int | None]:
    """Return what budgets are told apart by: no manifest may speak of the order when somebody adds up."""
    wanted = desk.wanted(record.reference)
    labels = wanted.order.labels if wanted is not None else {}
    return {"account": record.account, "attempt": record.attempt, **{LABEL + name: labels[name] for name in labels}}


def intent_detail(call: Call, commits: Money | None, ceiling: Money | None = None) -> dict[str, str | int | None]:
    """Return what the journal keeps of a call that is about to be made."""
    return {
        "call": call,
        "minor": commits.minor if commits else None,
        "currency": commits.currency if commits else None,
        "ceiling": str(ceiling) if ceiling else None,
    }


def outcome_detail(call: Call, outcome: Outcome, record: Record) -> dict[str, str | int | None]:
    """Return what the journal keeps of how a call ended."""
    return {
        "call": call,
        "outcome": outcome.kind,
        "message": outcome.message or None,
        "orderId": outcome.order_id,
        "status": record.status if outcome.kind is OutcomeKind.DONE else None,
    }


def done(writer: OrderWriter, order_id: ProviderOrderId) -> Outcome:
    """Return the outcome of a call that did what was asked."""
    return Outcome(OutcomeKind.DONE, writer.now(), order_id=order_id)


def seen(record: Record, observed: ObservedOrder) -> Record:
    """Return the record with what a provider has just answered."""
    return replace(
        record,
        phase=observed.phase,
        status=observed.status,
        observed={**record.observed, **observed.terms},
        created_at=observed.created_at or record.created_at,
    )
