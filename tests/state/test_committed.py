"""What a month has bound so far: every intent, less those that surely came to nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reconciler.model.journal import DecisionKind, EventKind, Forgotten, LegacyEvent
from reconciler.model.money import Money
from reconciler.model.outcome import OutcomeKind
from reconciler.model.record import Call
from reconciler.state.event import Change
from reconciler.state.store import open_reader

from .factories import accepting, answered, decided, entry, intent, outcome, record, written

START = datetime(2026, 12, 1, tzinfo=UTC)
END = datetime(2027, 1, 1, tzinfo=UTC)
EUROS = (Money(350_000, "EUR"),)
DONE, REFUSED, NOT_SENT, UNKNOWN = (
    OutcomeKind.DONE, OutcomeKind.REFUSED, OutcomeKind.NOT_SENT, OutcomeKind.UNKNOWN,
)  # fmt: skip


def spent(path: Path, *changes: Change) -> tuple[Money, ...]:
    with open_reader(written(path / "state.db", *changes)) as reader:
        return reader.committed(START)


LIVES: dict[str, tuple[tuple[Change, ...], tuple[Money, ...]]] = {
    "on its way: it counts": ((intent(),), EUROS),
    "done: it counts": ((intent(), outcome(DONE)), EUROS),
    "unknown: it counts, for it may have been spent": ((intent(), outcome(UNKNOWN)), EUROS),
    "refused: nothing was bound": ((intent(), outcome(REFUSED)), ()),
    "not sent: nothing was bound": ((intent(), outcome(NOT_SENT)), ()),
    "not created, a person decided: nothing was bound": (
        (intent(), outcome(UNKNOWN), decided(DecisionKind.NOT_CREATED)),
        (),
    ),
    "a decision of an older version without its outcome: it counts, for that takes nothing back": (
        (
            intent(),
            outcome(UNKNOWN),
            Change(entry(LegacyEvent(original=EventKind.DECISION, details={"decision": "not created"})), record()),
        ),
        EUROS,
    ),
    "adopted by a person: it counts": ((intent(), outcome(UNKNOWN), decided(DecisionKind.ADOPT)), EUROS),
    "without a price: no known amount": ((intent(None), outcome(DONE)), ()),
    "refused and tried again: once": ((intent(), outcome(REFUSED), intent(), outcome(DONE)), EUROS),
    "unknown and sent again: twice, for both may have been spent": (
        (intent(), outcome(UNKNOWN), intent(), outcome(DONE)),
        (Money(700_000, "EUR"),),
    ),
    "unknown, sent again and refused: once, for the first may have been spent": (
        (intent(), outcome(UNKNOWN), intent(), outcome(REFUSED)),
        EUROS,
    ),
    "unknown, sent again without a price and refused: once": (
        (intent(), outcome(UNKNOWN), intent(None), outcome(REFUSED)),
        EUROS,
    ),
    "a charge for canceling: on top": (
        (intent(), outcome(DONE), intent(100, call=Call.CANCEL), outcome(DONE, call=Call.CANCEL)),
        (Money(350_100, "EUR"),),
    ),
    "a cancellation that was refused: the order still counts": (
        (intent(), outcome(DONE), intent(100, call=Call.CANCEL), outcome(REFUSED, call=Call.CANCEL)),
        EUROS,
    ),
    "a free cancellation that was refused: the order still counts": (
        (intent(), outcome(DONE), intent(None, call=Call.CANCEL), outcome(REFUSED, call=Call.CANCEL)),
        EUROS,
    ),
    "an amendment that was not sent: the order still counts": (
        (intent(), outcome(DONE), intent(None, call=Call.AMEND), outcome(NOT_SENT, call=Call.AMEND)),
        EUROS,
    ),
    "an amendment of an order found after an unknown outcome: the order still counts": (
        (intent(), outcome(UNKNOWN), intent(None, call=Call.AMEND), outcome(REFUSED, call=Call.AMEND)),
        EUROS,
    ),
    "another order that was refused: this one counts": (
        (intent(), intent(500, key="other"), outcome(REFUSED, key="other"), outcome(DONE)),
        EUROS,
    ),
    "placed for free and its quote accepted: the quote": (
        (intent(None), outcome(DONE), accepting(), answered(DONE)),
        EUROS,
    ),
    "a quote that was refused: nothing was bound": ((accepting(), answered(REFUSED)), ()),
    "accepting unknown and asked again: once, for a quote is accepted once": (
        (accepting(), answered(UNKNOWN), accepting(), answered(UNKNOWN), accepting(), answered(DONE)),
        EUROS,
    ),
    "accepting unknown, asked again and refused: once, for the first may have been heard": (
        (accepting(), answered(UNKNOWN), accepting(), answered(REFUSED)),
        EUROS,
    ),
    "two quotes of one order: both": (
        (accepting(), answered(DONE), accepting("Q2"), answered(DONE)),
        (Money(700_000, "EUR"),),
    ),
    "two orders: their sum": ((intent(), intent(500, key="other")), (Money(350_500, "EUR"),)),
    "several currencies: each by itself, in their order": (
        (intent(), intent(500, key="b", currency="credits"), intent(7, key="c", currency="AUD")),
        (Money(7, "AUD"), Money(350_000, "EUR"), Money(500, "credits")),
    ),
}


@pytest.mark.parametrize(("life", "expected"), LIVES.values(), ids=LIVES.keys())
def test_what_counts(tmp_path: Path, life: tuple[Change, ...], expected: tuple[Money, ...]):
    """An intent counts unless its own outcome says that nothing was created."""
    assert spent(tmp_path, *life) == expected


MOMENTS = {
    "the last moment of the month before": (START - timedelta(microseconds=1), ()),
    "the first moment of the month": (START, EUROS),
    "the last moment of the month": (END - timedelta(microseconds=1), EUROS),
    "the first moment of the next month, by another account's clock": (END, EUROS),
}


@pytest.mark.parametrize(("at", "expected"), MOMENTS.values(), ids=MOMENTS.keys())
def test_the_edges_of_a_month(tmp_path: Path, at: datetime, expected: tuple[Money, ...]):
    """A month holds its first instant, and what any account dates later."""
    assert spent(tmp_path, intent(at=at)) == expected


def test_the_intent_says_the_month(tmp_path: Path):
    """An order belongs to the month in which it was sent, also where its answer came in the next."""
    sent = END - timedelta(seconds=1)
    assert spent(tmp_path, intent(at=sent), outcome(DONE, at=END + timedelta(seconds=1))) == EUROS


def test_a_refusal_in_the_next_month_takes_back(tmp_path: Path):
    """What surely came to nothing counts in no month."""
    sent = END - timedelta(seconds=1)
    assert spent(tmp_path, intent(at=sent), outcome(REFUSED, at=END + timedelta(seconds=1))) == ()


def test_a_forgotten_record_still_counts(tmp_path: Path):
    """Money is counted in the journal, which only grows; dropping a record frees nothing."""
    bound = intent()
    assert spent(tmp_path, bound, Change(entry(Forgotten()), None)) == EUROS
