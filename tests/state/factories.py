"""Builders of records, events and changes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from reconciler.model.ids import AccountName, OrderKey, Reference, reference_for
from reconciler.model.journal import Decided, DecisionKind, Entry, Intended, JournalEvent, Settled
from reconciler.model.money import Money
from reconciler.model.outcome import OutcomeKind
from reconciler.model.record import Call, Intent, Record
from reconciler.state.event import Change
from reconciler.state.store import open_store

AT = datetime(2026, 12, 1, 8, 30, tzinfo=UTC)
PRICE = Money(350_000, "EUR")


def reference(key: str = "spot", attempt: int = 1) -> Reference:
    return reference_for("acme-eo", OrderKey(key), attempt)


def record(key: str = "spot", attempt: int = 1) -> Record:
    """A record whose call is on its way."""
    intent = Intent(
        call=Call.PLACE,
        at=AT,
        digest="0123456789abcdef",
        plan_id="plan-1",
        commits=PRICE,
        ceiling=PRICE,
        commit="c0ffee",
    )
    return Record(
        reference=reference(key, attempt),
        key=OrderKey(key),
        attempt=attempt,
        account=AccountName("one"),
        provider="acme",
        intent=intent,
        stated={"mode": "spot"},
    )


def entry(event: JournalEvent | None = None, *, key: str = "spot", at: datetime = AT) -> Entry:
    """A line of the journal; by default a placing call that is about to be sent."""
    told = event if event is not None else Intended(call=Call.PLACE)
    return Entry(at=at, key=OrderKey(key), reference=reference(key), plan_id="plan-1", commit="c0ffee", event=told)


def change(key: str = "spot") -> Change:
    """An intent and the record that it makes."""
    return Change(entry(key=key), record(key))


def intent(
    amount: int | None = 350_000,
    *,
    key: str = "spot",
    at: datetime = AT,
    call: Call = Call.PLACE,
    currency: str = "EUR",
    **more: Any,
) -> Change:
    """An intent that binds an amount of minor units; None: without a price."""
    money = Money(amount, currency) if amount is not None else None
    return Change(entry(Intended(call=call, commits=money, **more), key=key, at=at), record(key))


def outcome(
    kind: OutcomeKind, *, key: str = "spot", at: datetime = AT, call: Call = Call.PLACE, quote: str | None = None
) -> Change:
    """How that call ended."""
    return Change(entry(Settled(call=call, outcome=kind, quote=quote), key=key, at=at), record(key))


def accepting(quote: str = "Q1") -> Change:
    """An intent to accept a quote."""
    return intent(call=Call.CONFIRM, quote=quote)


def answered(kind: OutcomeKind, quote: str = "Q1") -> Change:
    """How accepting it ended."""
    return outcome(kind, call=Call.CONFIRM, quote=quote)


def decided(decision: DecisionKind, key: str = "spot") -> Change:
    """What a person decided."""
    return Change(entry(Decided(decision=decision), key=key), record(key))


def written(path: Path, *changes: Change) -> Path:
    """Write a state file and return its path."""
    with open_store(path) as store:
        store.write(*(changes or (change(),)))
    return path
