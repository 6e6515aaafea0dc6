"""Our own cost of one spending call: its intent and its outcome, each durable before the program goes on."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles

from reconciler.model.ids import OrderKey, ProviderOrderId, reference_for
from reconciler.model.journal import Entry, Intended, Settled
from reconciler.model.money import Money
from reconciler.model.outcome import Done
from reconciler.model.record import Call, Intent, Record
from reconciler.state.event import Change
from reconciler.state.store import StateStore, open_reader, open_store

TIMES = 500
_NOW = datetime(2026, 12, 1, tzinfo=UTC)
_PRICE = Money(130_000, "EUR")


@dataclass(frozen=True, slots=True)
class Spending:
    """Seconds that one call's two writes take."""

    median: float
    slowest_twentieth: float
    journal: str


def spending(state: Path, scratch: Path) -> Spending:
    """Write intents and outcomes of orders like those of a filled state file into a new one."""
    with open_reader(state) as reader:
        like = next(iter(reader.records().values()))
    with open_store(scratch / "spending.db") as store:
        took = [_call(store, like, number) for number in range(TIMES)]
    with (scratch / "spending.db").open("rb") as file:
        journal = "write-ahead log" if file.read(20)[18] == 2 else "rollback journal"  # the header's write version
    return Spending(median(took), quantiles(took, n=20)[-1], journal)


def _call(store: StateStore, like: Record, number: int) -> float:
    key = OrderKey(f"order-{number:06d}")
    reference = reference_for("benchmark", key, 1)
    intent = Intent(call=Call.PLACE, at=_NOW, digest="0123456789abcdef", plan_id="plan", commits=_PRICE, ceiling=_PRICE)
    before = Record(
        reference=reference,
        key=key,
        attempt=1,
        account=like.account,
        provider=like.provider,
        intent=intent,
        stated=like.stated,
        price=_PRICE,
    )
    outcome = Done(at=_NOW, order_id=ProviderOrderId(f"id-{number}"))
    after = replace(before, outcome=outcome, order_id=outcome.order_id, observed=like.observed, created_at=_NOW)
    intended = Intended(call=Call.PLACE, commits=_PRICE, ceiling=_PRICE)
    done = Settled(call=Call.PLACE, outcome=outcome.kind, order_id=outcome.order_id)
    started = time.perf_counter()
    store.write(Change(Entry(at=_NOW, key=key, reference=reference, plan_id="plan", event=intended), before))
    store.write(Change(Entry(at=_NOW, key=key, reference=reference, plan_id="plan", event=done), after))
    return time.perf_counter() - started
