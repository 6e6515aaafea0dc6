"""Builders of records, events and changes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from reconciler.model.ids import AccountName, OrderKey, Reference, reference_for
from reconciler.model.money import Money
from reconciler.model.outcome import OutcomeKind
from reconciler.model.record import Call, Intent, Record
from reconciler.model.terms import TermValue
from reconciler.state.event import Change, Event, EventKind
from reconciler.state.store import open_store

AT = datetime(2026, 12, 1, 8, 30, tzinfo=UTC)
PRICE = Money(350_000, "EUR")


def reference(key: str = "spot", attempt: int = 1) -> Reference:
    return reference_for("acme-eo", OrderKey(key), attempt)


def record(key: str = "spot", attempt: int = 1) -> Record:
    """A record whose call is on its way."""
    intent = Intent(Call.PLACE, AT, "0123456789abcdef", "plan-1", PRICE, PRICE, "c0ffee")
    return Record(
        reference(key, attempt),
        OrderKey(key),
        attempt,
        AccountName("one"),
        "acme",
        intent=intent,
        stated={"mode": "spot"},
    )


def event(
    kind: EventKind = EventKind.INTENT, *, key: str = "spot", at: datetime = AT, **detail: TermValue | None
) -> Event:
    return Event(kind, at, OrderKey(key), reference(key), "plan-1", "c0ffee", detail)


def change(key: str = "spot") -> Change:
    """An intent and the record that it makes."""
    return Change(event(key=key), record(key))


def intent(
    amount: int | None = 350_000,
    *,
    key: str = "spot",
    at: datetime = AT,
    call: Call = Call.PLACE,
    currency: str = "EUR",
    **more: TermValue,
) -> Change:
    """An intent that binds an amount of minor units; None: without a price."""
    money = {"minor": amount, "currency": currency if amount is not None else None}
    return Change(event(key=key, at=at, call=call, **money, **more), record(key))


def outcome(
    kind: OutcomeKind, *, key: str = "spot", at: datetime = AT, call: Call = Call.PLACE, **more: TermValue
) -> Change:
    """How that call ended."""
    return Change(event(EventKind.OUTCOME, key=key, at=at, call=call, outcome=kind, **more), record(key))


def accepting(quote: str = "Q1") -> Change:
    """An intent to accept a quote."""
    return intent(call=Call.CONFIRM, quote=quote)


def answered(kind: OutcomeKind, quote: str = "Q1") -> Change:
    """How accepting it ended."""
    return outcome(kind, call=Call.CONFIRM, quote=quote)


def decided(key: str = "spot", **detail: TermValue | None) -> Change:
    """What a person decided."""
    return Change(event(EventKind.DECISION, key=key, **detail), record(key))


def written(path: Path, *changes: Change) -> Path:
    """Write a state file and return its path."""
    with open_store(path) as store:
        store.write(*(changes or (change(),)))
    return path
