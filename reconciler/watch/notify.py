"""What people are told of as it happens: taken from the journal, delivered in its order, each event once.

Each place that is delivered to has a notifier: a thread with a cursor of its own beside the state, so that a place that
cannot be reached holds up neither a pass nor another place, and a restart tells nothing twice.
"""

from __future__ import annotations

import json
import os
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path

from reconciler.model.errors import StateError
from reconciler.model.ids import Reference
from reconciler.model.journal import Bound, Entry, FindingChanged, JournalEvent, PhaseChanged, Settled
from reconciler.model.money import Money, in_currency
from reconciler.model.outcome import OutcomeKind
from reconciler.model.phase import Phase
from reconciler.model.record import Call
from reconciler.model.time import instant_text
from reconciler.plan.findings import FindingKind
from reconciler.state.group_by import GroupBy
from reconciler.state.reader import StateReader
from reconciler.state.spending import Sum, added_up, month_of
from reconciler.state.store import open_reader
from reconciler.watch.backoff import BackoffState, next_backoff

THRESHOLDS = (80, 100)
"""Shares of a month's ceiling, in percent, that are told when they are reached."""


class NotificationKind(StrEnum):
    """What is told."""

    PLACED = "placed"
    DECISION = "decision waiting"
    """The provider offers options or a price."""
    HELD = "held"
    """A gate, a doubt or a double waits for a person; `detail.finding` says which."""
    DRIFT = "drift"
    FULFILLED = "fulfilled"
    FAILED = "failed"
    CANCELED = "canceled"
    SPEND = "spend threshold"


_PHASES: Mapping[str, NotificationKind] = {
    Phase.OFFERED: NotificationKind.DECISION,
    Phase.QUOTED: NotificationKind.DECISION,
    Phase.FULFILLED: NotificationKind.FULFILLED,
    Phase.PARTIAL: NotificationKind.FULFILLED,
    Phase.REJECTED: NotificationKind.FAILED,
    Phase.FAILED: NotificationKind.FAILED,
    Phase.EXPIRED: NotificationKind.FAILED,
    Phase.CANCELED: NotificationKind.CANCELED,
}
_FINDINGS: Mapping[str, NotificationKind] = {
    FindingKind.DRIFTED: NotificationKind.DRIFT,
    **dict.fromkeys((FindingKind.HELD, FindingKind.REFUSED, FindingKind.UNRESOLVED), NotificationKind.HELD),
    **dict.fromkeys((FindingKind.DUPLICATE, FindingKind.MISSING), NotificationKind.HELD),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One thing to tell. `id` is the same whenever it is delivered again; amounts in `detail` are texts."""

    id: str
    event: NotificationKind
    at: str
    order: str | None = None
    attempt: int | None = None
    message: str = ""
    reference: str | None = None
    commit: str | None = None
    detail: Mapping[str, str] = field(default_factory=dict)

    def line(self) -> bytes:
        """Return it as one line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=True, separators=(",", ":")).encode() + b"\n"


def notifications(
    entries: Iterable[Entry], attempts: Mapping[Reference, int], told: set[tuple[str, ...]]
) -> Iterator[Notification]:
    """Yield what journal lines tell, once for each order, attempt and event; `told` remembers.

    What was yielded is added to it when the next one is asked for, so that what could not be delivered is not. A
    finding that goes may be told again when it comes again.
    """
    for entry in entries:
        what, message = _kind_of(entry.event)
        if what is None:
            continue
        found = entry.event.finding if isinstance(entry.event, FindingChanged) else None
        which = (entry.reference, what, found or "")
        if isinstance(entry.event, FindingChanged) and not entry.event.appeared:
            told.discard(which)
        elif which not in told:
            yield Notification(
                id=f"{entry.reference}-{entry.seq}",
                event=what,
                at=instant_text(entry.at),
                order=entry.key,
                attempt=attempts.get(entry.reference),
                message=message,
                reference=entry.reference,
                commit=entry.commit,
                detail={"finding": found} if found is not None else {},
            )
            told.add(which)


def _kind_of(event: JournalEvent) -> tuple[NotificationKind | None, str]:
    match event:
        case Settled(call=Call.PLACE, outcome=OutcomeKind.DONE, order_id=order_id):
            return NotificationKind.PLACED, f"order {order_id}"
        case Bound(order_id=order_id, how=how):
            return NotificationKind.PLACED, f"order {order_id}, {how}"
        case PhaseChanged(phase=phase, status=status):
            return _PHASES.get(phase), status
        case FindingChanged(finding=finding, message=message):
            return _FINDINGS.get(finding), message or ""
        case _:
            return None, ""


def crossed_thresholds(sums: Sequence[Sum], ceilings: Sequence[Money], month: str, at: str) -> Iterator[Notification]:
    """Yield the thresholds of a month's ceilings that its spending has reached."""
    for sum_ in sums:
        ceiling = in_currency(ceilings, sum_.committed.currency)
        if sum_.group != month or ceiling is None:
            continue
        for share in THRESHOLDS:
            if sum_.bound.minor * 100 >= ceiling.minor * share:
                text = f"{sum_.bound} of {ceiling} are bound in {month}: {share} % reached"
                yield Notification(
                    id=f"spend-{month}-{ceiling.currency}-{share}", event=NotificationKind.SPEND, at=at, message=text
                )


class Undelivered(Exception):
    """It could not be delivered now; the message says why, without an address or a secret."""


Deliver = Callable[[Notification], None]
"""Delivers one announcement; raises `Undelivered`."""


@dataclass(slots=True, kw_only=True)
class Notifier:
    """Brings what the journal tells to one place, `to`. `ceilings` returns the policy's, as they are now.

    `wake` set means that there may be something new. `tell` hears when the place cannot be reached, and when it can be
    again; `pending` how much has yet to be delivered.
    """

    to: str
    state: Path
    deliver: Deliver
    ceilings: Callable[[], Sequence[Money]]
    draw: Callable[[], float]
    tell: Callable[[str], None]
    pending: Callable[[int], None]
    wake: threading.Event = field(default_factory=threading.Event)
    _seq: int = field(default=-1, init=False)
    _spent: list[str] = field(default_factory=list, init=False)
    _told: set[tuple[str, ...]] = field(default_factory=set, init=False)
    _backoff: BackoffState | None = field(default=None, init=False)

    def begin(self) -> None:
        """Read how far it came before. At its very first start what has happened until then is no news."""
        with open_reader(self.state) as reader:
            journal = reader.journal()
        last = journal[-1].seq if journal else 0
        seq, self._spent = self._load() or (last, [])
        self._seq = min(seq, last)  # a journal that was put back to a backup goes on with smaller numbers
        self._save()
        for _ in notifications([event for event in journal if event.seq <= self._seq], {}, self._told):
            pass

    def run(self, stop: threading.Event) -> None:
        """Deliver whenever it is woken, until stopped; after a failure again by itself, later each time."""
        while not stop.is_set():
            if self._backoff is not None:
                stop.wait(self._backoff.until)
            else:
                self.wake.wait()
            self.wake.clear()
            if not stop.is_set():
                self.catch_up()

    def catch_up(self) -> None:
        """Deliver what is new, in order; what fails is tried again the next time, and everything after it."""
        try:
            events, attempts, spend = self._news()
            for left, event in zip(range(len(events), 0, -1), events, strict=True):
                self.pending(left)
                for one in notifications([event], attempts, self._told):
                    self.deliver(one)
                if left == 1:
                    self._spending(spend)
                self._seq = event.seq
                self._save()
            self.pending(0)
        except (Undelivered, StateError, OSError) as e:
            self._failed(e)
        else:
            if self._backoff is not None:
                self.tell(f"notifications reach the {self.to} again")
            self._backoff = None

    def _failed(self, error: Exception) -> None:
        if self._backoff is None:
            self.tell(f"notifications do not reach the {self.to}, they are kept and tried again: {error}")
        self._backoff = next_backoff(self._backoff, 0.0, told=None, draw=self.draw())

    def _spending(self, crossed_thresholds: Iterable[Notification]) -> None:
        for one in crossed_thresholds:
            if one.id not in self._spent:
                self.deliver(one)
                self._spent.append(one.id)

    def _news(self) -> tuple[tuple[Entry, ...], Mapping[Reference, int], tuple[Notification, ...]]:
        """Return the journal's new lines, the attempts of references, and the thresholds that are reached by now."""
        with open_reader(self.state) as reader:
            events = reader.journal(after=self._seq)
            if not events:
                return (), {}, ()
            attempts = {reference: record.attempt for reference, record in reader.records().items()}
            return events, attempts, tuple(self._crossed(reader, events[-1]))

    def _crossed(self, reader: StateReader, last: Entry) -> Iterator[Notification]:
        ceilings = self.ceilings()
        sums = added_up(reader.spendings(), GroupBy.MONTH) if ceilings else ()
        return crossed_thresholds(sums, ceilings, month_of(last.at), instant_text(last.at))

    @property
    def _cursor(self) -> Path:
        return self.state.with_name(f"{self.state.name}.{self.to.replace(' ', '-')}-told")

    def _load(self) -> tuple[int, list[str]] | None:
        try:
            kept = json.loads(self._cursor.read_text(encoding="utf-8"))
            return int(kept["seq"]), [str(one) for one in kept["spent"]]
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _save(self) -> None:
        self._cursor.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._cursor.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({"seq": self._seq, "spent": self._spent}, file)
        os.replace(name, self._cursor)
