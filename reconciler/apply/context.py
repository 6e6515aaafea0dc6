"""What carrying out needs, and how it is written down: an intent before each call, an outcome after it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from reconciler.model.errors import ProviderError
from reconciler.model.ids import AccountName, OrderKey, ProviderOrderId, Reference
from reconciler.model.journal import Entry, Intended, JournalEvent, Settled
from reconciler.model.order import ObservedOrder
from reconciler.model.outcome import Done, NotSent, Outcome
from reconciler.model.record import Call, Record
from reconciler.plan.actions import Action, Result
from reconciler.plan.inputs import PlanInput, Wanted
from reconciler.providers.base import OrderWriter
from reconciler.state.event import Change
from reconciler.state.store import StateStore

STOPPED = "not started: the run was asked to stop"
CHANGED = "not sent: the manifests have changed since the plan was made"
_COMPARED_SECONDS = 0.2


@dataclass(slots=True, kw_only=True)
class ApplyContext:
    """What carrying out needs: whom to call, where to write, who asked.

    `stop` set means: start nothing new. It is the caller's, who may go on after this pass; what breaks in here is said
    by `broken`, for this pass alone. `now` and `monotonic` (in seconds) are our clocks; `changed` tells whether the
    manifests are others than the plan was made of. `turns` let one order of an account be priced and sent at a time.
    """

    writers: Mapping[AccountName, OrderWriter]
    store: StateStore
    inputs: PlanInput
    plan_id: str
    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    changed: Callable[[], bool] = lambda: False
    commit: str | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    tell: Callable[[str], None] = lambda _text: None
    broken: threading.Event = field(default_factory=threading.Event)
    in_flight: dict[Reference, Record] = field(default_factory=dict)
    guard: threading.RLock = field(default_factory=threading.RLock)
    bound: dict[tuple[str, ProviderOrderId], OrderKey] = field(init=False)
    turns: Mapping[AccountName, threading.RLock] = field(init=False)
    looks: dict[AccountName, tuple[float, Sequence[ObservedOrder]]] = field(default_factory=dict)
    _compared_at: float = field(default=float("-inf"), init=False)
    _changed: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        """Note which orders are bound already: an answer about one of them is about no new one."""
        bound = [r for r in self.inputs.records.values() if r.order_id is not None]
        self.turns = {name: threading.RLock() for name in self.writers}
        self.bound = {(r.provider, r.order_id): r.key for r in bound if r.order_id is not None}

    def manifests_changed(self) -> bool:
        """Tell whether the manifests are others by now; looked at a few times a second at most."""
        with self.guard:
            if not self._changed and self.monotonic() - self._compared_at > _COMPARED_SECONDS:
                self._changed, self._compared_at = self.changed(), self.monotonic()
            return self._changed

    @property
    def stopped(self) -> bool:
        """Tell whether nothing new is to be started."""
        return self.stop.is_set() or self.broken.is_set()

    def wanted(self, reference: Reference) -> Wanted | None:
        """Return the desired order behind a reference, if Git still states it."""
        return self.inputs.by_reference.get(reference)

    def entry(self, record: Record, at: datetime, event: JournalEvent) -> Entry:
        """Return a journal entry that names the plan and the commit that caused it."""
        return Entry(
            at=at,
            key=record.key,
            reference=record.reference,
            plan_id=self.plan_id,
            commit=self.commit,
            event=event,
        )

    def labels(self, reference: Reference) -> Mapping[str, str] | None:
        """Return the labels of an order: when spending is added up, its manifest may be gone."""
        wanted = self.wanted(reference)
        return wanted.order.labels or None if wanted is not None else None


@contextmanager
def stopping(context: ApplyContext) -> Iterator[None]:
    """After a failure of our own, such as a full disk, nothing new is started anywhere."""
    try:
        yield
    except BaseException:
        context.broken.set()
        raise


def not_started(action: Action, context: ApplyContext, why: str, *, again: bool = False) -> Result:
    """Return the result of an action that nothing was sent for."""
    return Result(action, NotSent(at=context.writers[action.account].now(), message=why, again=again))


def unready(writer: OrderWriter, context: ApplyContext) -> Outcome | None:
    """Renew credentials, which may take long; return why nothing may be sent after it, None where it may."""
    try:
        writer.prepare()
    except ProviderError as e:
        return NotSent(at=writer.now(), message=str(e))
    if context.stopped:
        return NotSent(at=writer.now(), message=STOPPED)
    return NotSent(at=writer.now(), message=CHANGED, again=True) if context.manifests_changed() else None


def write(record: Record, at: datetime, event: JournalEvent, context: ApplyContext) -> None:
    """Write a record and its entry in the journal, both or neither; on disk when this returns."""
    context.store.write(Change(context.entry(record, at, event), record))


def write_intent(record: Record, before: Record | None, at: datetime, event: Intended, context: ApplyContext) -> None:
    """Write an intent, as `write` does, unless the record has changed since it was read; raises `Locked`."""
    context.store.intend(Change(context.entry(record, at, event), record), before=before)


def settled(call: Call, outcome: Outcome, record: Record, *, quote: str | None = None) -> Settled:
    """Return what the journal keeps of how a call ended."""
    done = outcome if isinstance(outcome, Done) else None
    return Settled(
        call=call,
        outcome=outcome.kind,
        message=outcome.message or None,
        order_id=done.order_id if done is not None else None,
        status=record.status if done is not None else None,
        quote=quote,
        pending=done is not None and done.pending,
    )
