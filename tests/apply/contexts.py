"""A provider in memory that does what a test scripts, and a context with a real state file before it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from reconciler.apply import ApplyContext
from reconciler.model.account import Limits, Policy
from reconciler.model.block import Block
from reconciler.model.errors import Location
from reconciler.model.geometry import Point
from reconciler.model.ids import AccountName, OrderKey, ProviderOrderId, Reference, reference_for
from reconciler.model.journal import Bound, Entry, EventKind
from reconciler.model.money import Money
from reconciler.model.offer import AcceptQuote, Decision, Quote
from reconciler.model.order import DesiredOrder, Listing, ObservedOrder
from reconciler.model.outcome import Done
from reconciler.model.phase import Phase
from reconciler.model.provider import CancelTerms, Preflight, Ready, Traits
from reconciler.model.record import Call, Intent, Record
from reconciler.model.terms import Difference, DriftKind, Terms, digest
from reconciler.model.time import Window
from reconciler.plan.actions import Adopt, Amend, Cancel, Confirm, Place
from reconciler.plan.inputs import AccountView, PlanInput, Wanted
from reconciler.providers.base import OrderWriter, ProductFile, Progress
from reconciler.state.event import Change
from reconciler.state.store import StateStore, open_reader, open_store

NOW = datetime(2026, 12, 1, tzinfo=UTC)
UNTIL = NOW + timedelta(days=4)
WINDOW = Window(NOW + timedelta(days=5), NOW + timedelta(days=7))
PRICE = Money(130_000, "EUR")
CEILING = Money(300_000, "EUR")
HERE = AccountName("here")
THERE = AccountName("there")
OWNER = "acme-eo"

Deed = Callable[[Reference], ObservedOrder]
"""What placing does: returns the order, or raises."""


def reference(key: str, attempt: int = 1) -> Reference:
    """Return the reference of an attempt."""
    return reference_for(OWNER, OrderKey(key), attempt)


def order_id(of: Reference) -> ProviderOrderId:
    """Return the id that the provider gives to the order of a reference."""
    return ProviderOrderId(f"id-of-{of}")


def observed(of: Reference, account: AccountName = HERE, phase: Phase = Phase.PLACED) -> ObservedOrder:
    """Return an order as the provider reports it."""
    return ObservedOrder(
        id=order_id(of),
        account=account,
        references=frozenset({of}),
        phase=phase,
        status=phase.upper(),
        terms={"size": 1},
        window=WINDOW,
        created_at=NOW,
    )


@dataclass
class Provider:
    """An `OrderWriter` in memory. `deeds` say what placing does, by reference; without one it is done.

    Every call is noted in `log` with what the state file held at that moment, read over a connection of its own.
    """

    account: AccountName
    state: Path
    deeds: dict[Reference, Deed] = field(default_factory=dict)
    change: Callable[[ObservedOrder], ObservedOrder] | None = None
    credentials: Callable[[], None] | None = None
    look: Callable[[ProviderOrderId], ObservedOrder | None] | None = None
    held: Mapping[ProviderOrderId, ObservedOrder] = field(default_factory=dict)
    newest: tuple[ObservedOrder, ...] = ()
    looking: Callable[[], None] | None = None
    price: Preflight | None = None
    clock: datetime = NOW
    log: list[tuple[str, Reference | None, Record | None]] = field(default_factory=list)
    most_at_once: list[int] = field(default_factory=list)
    changes: list[tuple[ObservedOrder, Terms | Decision | str]] = field(default_factory=list)
    _in_flight: int = 0
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def now(self) -> datetime:
        """Return the provider's clock."""
        return self.clock

    def prepare(self) -> None:
        """Note it, and do what the script says."""
        self.log.append(("prepare", None, None))
        if self.credentials is not None:
            self.credentials()

    def place(self, order: DesiredOrder, reference: Reference) -> ObservedOrder:
        """Note what the state file holds, and do what the script says."""
        with open_reader(self.state) as reader:
            known = reader.records().get(reference)
        with self._guard:
            self.log.append(("place", reference, known))
            self._in_flight += 1
            self.most_at_once.append(self._in_flight)
        try:
            return self.deeds.get(reference, lambda of: observed(of, self.account))(reference)
        finally:
            with self._guard:
                self._in_flight -= 1

    def confirm(self, order: ObservedOrder, decision: Decision) -> ObservedOrder:
        """Note it, and do what the script says."""
        return self._change("confirm", order, decision)

    def preflight_quote(self, order: ObservedOrder, quote: Quote) -> Preflight:
        """Refuse: funds were asked for before."""
        raise AssertionError("carrying out a plan asks for no funds")

    def amend(self, order: ObservedOrder, changes: Terms) -> ObservedOrder:
        """Note it, and do what the script says."""
        return self._change("amend", order, changes)

    def cancel(self, order: ObservedOrder, reason: str) -> ObservedOrder:
        """Note it, and do what the script says."""
        return self._change("cancel", order, reason)

    def _change(self, call: str, order: ObservedOrder, what: Terms | Decision | str) -> ObservedOrder:
        of = next(iter(order.references))
        with open_reader(self.state) as reader:
            self.log.append((call, of, reader.records().get(of)))
        self.changes.append((order, what))
        return self.change(order) if self.change is not None else order

    def calls(self) -> list[str]:
        """Return the calls in their order."""
        return [call for call, _, _ in self.log]

    def placed(self) -> list[Reference]:
        """Return the references that were sent, in their order."""
        return [of for call, of, _ in self.log if call == "place" and of is not None]

    def list(self, *, since: datetime | None) -> Listing:
        """Refuse: carrying out reads no listing."""
        raise AssertionError("carrying out a plan lists nothing")

    def recent(self, *, since: datetime) -> tuple[ObservedOrder, ...]:
        """Return what a test says to be there by now, after what the script says."""
        if self.looking is not None:
            self.looking()
        return self.newest

    def get(self, order_id: ProviderOrderId) -> ObservedOrder | None:
        """Note it, and return what the script says; the order as it was listed, if it says nothing."""
        self.log.append(("get", None, None))
        return self.look(order_id) if self.look is not None else self.held.get(order_id)

    def preflight(self, order: DesiredOrder) -> Preflight:
        """Return what a test says that the price is by now."""
        assert self.price is not None, "a fresh price is not asked again"
        return self.price

    def identity(self) -> str:
        return ""

    def details(self, order_id: ProviderOrderId) -> Mapping[str, str]:
        """Return nothing."""
        return {}

    def products(self, order_id: ProviderOrderId) -> tuple[ProductFile, ...]:
        """Return nothing."""
        return ()

    def download(self, product: ProductFile, target: Path, progress: Progress) -> None:
        """Refuse: nothing is downloaded here."""
        raise AssertionError("carrying out a plan downloads nothing")

    def close(self) -> None:
        """Do nothing."""


def desired(key: str, account: AccountName = HERE, attempt: int = 1) -> DesiredOrder:
    """Return an order as Git states it."""
    return DesiredOrder(
        key=OrderKey(key),
        account=account,
        provider="memory",
        attempt=attempt,
        window=WINDOW,
        target=Point(0.5, 0.5),
        settings=Block(),
        source=Location(file="orders.yaml", line=4, column=9),
    )


def wanted(key: str, account: AccountName = HERE) -> Wanted:
    """Return a desired order with what follows from it."""
    return Wanted(
        order=desired(key, account), owner=OWNER, reference=reference(key), terms={"size": 1}, readiness=Ready(UNTIL)
    )


def place(key: str, account: AccountName = HERE, until: datetime = UNTIL) -> Place:
    """Return the action that places an order."""
    return Place(
        key=OrderKey(key),
        reference=reference(key),
        account=account,
        attempt=1,
        digest=digest({"size": 1}),
        commits=PRICE,
        ceiling=CEILING,
        until=until,
        location=Location(file="orders.yaml", line=4, column=9),
    )


def adopt(key: str) -> Adopt:
    """Return the action that binds an order which the provider has."""
    return Adopt(
        key=OrderKey(key),
        reference=reference(key),
        account=HERE,
        attempt=1,
        order_id=order_id(reference(key)),
        status="PLACED",
    )


def cancel(key: str) -> Cancel:
    """Return the action that cancels an order at a charge."""
    return Cancel(
        key=OrderKey(key),
        reference=reference(key),
        account=HERE,
        order_id=order_id(reference(key)),
        reason="not needed",
        rule="10 %",
        commits=Money(13_000, "EUR"),
        until=NOW + timedelta(hours=1),
    )


def amend(key: str, size: int) -> Amend:
    """Return the action that changes an order's size."""
    change = Difference(term="size", stated=size, observed=1, kind=DriftKind.SPEC_EDITED)
    return Amend(
        key=OrderKey(key), reference=reference(key), account=HERE, order_id=order_id(reference(key)), changes=(change,)
    )


def confirm(key: str, decision: Decision) -> Confirm:
    """Return the action that answers an offer."""
    accepts = isinstance(decision, AcceptQuote)
    of, here = reference(key), Location(file="orders.yaml", line=4, column=9)
    return Confirm(
        key=OrderKey(key),
        reference=of,
        account=HERE,
        order_id=order_id(of),
        decision=decision,
        commits=PRICE if accepts else None,
        ceiling=CEILING if accepts else None,
        location=here,
    )


def bound(key: str) -> Record:
    """Return the record of an order that was placed before."""
    of = reference(key)
    return Record(
        reference=of,
        key=OrderKey(key),
        attempt=1,
        account=HERE,
        provider="memory",
        order_id=order_id(of),
        intent=Intent(call=Call.PLACE, at=NOW, digest=digest({"size": 1}), plan_id="an earlier plan", commits=PRICE),
        outcome=Done(at=NOW, order_id=order_id(of)),
        phase=Phase.PLACED,
        status="PLACED",
        stated={"size": 1},
        price=PRICE,
    )


def _no_charge(_order: ObservedOrder, _now: datetime) -> CancelTerms | None:
    return CancelTerms(percent=0, rule="free")


def view(account: AccountName, orders: tuple[ObservedOrder, ...], concurrency: int = 8) -> AccountView:
    """Return an account as it was just read."""
    return AccountView(
        name=account,
        provider="memory",
        traits=Traits(reference_limit=256),
        limits=Limits(concurrency=concurrency),
        now=NOW,
        ours=NOW,
        listing=Listing(orders=orders, since=None, read_at=NOW, pages=1),
        cancellation=_no_charge,
    )


@dataclass
class Office:
    """A context, its providers and its state file."""

    context: ApplyContext
    providers: dict[AccountName, Provider]
    state: Path

    @property
    def here(self) -> Provider:
        """The first account's provider."""
        return self.providers[HERE]

    def record(self, key: str) -> Record | None:
        """Return a record over a connection of its own."""
        with open_reader(self.state) as reader:
            return reader.records().get(reference(key))

    def journal(self, key: str) -> list[Entry]:
        """Return the journal of an order over a connection of its own."""
        with open_reader(self.state) as reader:
            return list(reader.journal(OrderKey(key)))

    def story(self, key: str) -> list[tuple[EventKind, object]]:
        """Return the journal of an order as kinds of events, with the outcome where there is one."""
        return [(entry.kind, getattr(entry.event, "outcome", None)) for entry in self.journal(key)]


@contextmanager
def office(
    folder: Path,
    *orders: Wanted,
    observed: tuple[ObservedOrder, ...] = (),
    records: tuple[Record, ...] = (),
    concurrency: int = 8,
    store: Callable[[StateStore], StateStore] = lambda real: real,
) -> Iterator[Office]:
    """Open a context with two accounts over a state file in a folder."""
    path = folder / "state.db"
    held = {order.id: order for order in observed}
    providers = {name: Provider(name, path, held=held) for name in (HERE, THERE)}
    with open_store(path) as real:
        for record in records:
            real.write(
                Change(
                    Entry(at=NOW, key=record.key, reference=record.reference, event=Bound(order_id=record.order_id)),
                    record,
                )
            )
        inputs = PlanInput(
            wanted=orders,
            views={HERE: view(HERE, observed, concurrency), THERE: view(THERE, (), concurrency)},
            records={record.reference: record for record in records},
            policy=Policy(),
            now=NOW,
        )
        writers: dict[AccountName, OrderWriter] = dict(providers)
        yield Office(
            ApplyContext(
                writers=writers,
                store=store(real),
                inputs=inputs,
                plan_id="plan-1",
                now=lambda: NOW,
                monotonic=lambda: 0.0,
                commit="commit-1",
            ),
            providers,
            path,
        )


def with_change(order: ObservedOrder, **changes: object) -> ObservedOrder:
    """Return an order that was changed at the provider."""
    return replace(order, **changes)
