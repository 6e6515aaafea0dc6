"""An order's life, each kind of line in the words that a person reads."""

from __future__ import annotations

import pytest

from reconciler.model.finding import FindingKind
from reconciler.model.ids import OrderKey, ProviderOrderId, Reference
from reconciler.model.journal import (
    Bound,
    CountedAnew,
    CredentialsExchanged,
    Decided,
    DecisionKind,
    Entry,
    EventKind,
    FindingChanged,
    Forgotten,
    Intended,
    JournalEvent,
    LegacyEvent,
    LookedUp,
    ManifestChanged,
    PhaseChanged,
    Settled,
    TermDifference,
    TermsReported,
)
from reconciler.model.money import Money
from reconciler.model.order import OnDelete
from reconciler.model.outcome import OutcomeKind
from reconciler.model.phase import Phase
from reconciler.model.record import Call
from reconciler.render.document import history_document
from reconciler.render.history import attempts_told, event_text, history_lines

from .factories import AT, REFERENCE

OTHER = Reference("rc1-zzzzzzzzzzzzzzzzzzzz")


def entry(event: JournalEvent, reference: Reference = REFERENCE) -> Entry:
    return Entry(
        at=AT,
        key=OrderKey("spot"),
        reference=reference,
        plan_id="0123456789ab",
        commit="c0ffee0123456789-dirty",
        event=event,
    )


T1 = ProviderOrderId("T1")
BOTH = (TermDifference(term="end", stated="later"), TermDifference(term="lon", stated=1.5, observed=2))
TOLD = [
    (
        Intended(call=Call.PLACE, commits=Money(90_000, "EUR"), ceiling=Money(100_000, "EUR")),
        "about to place, binding EUR 900.00 (ceiling EUR 1,000.00)",
    ),
    (Intended(call=Call.PLACE, unpriced=True), "about to place, without a price, as agreed"),
    (
        Intended(call=Call.CONFIRM, commits=Money(450_000, "credits"), answer="accept", quote="Q1"),
        "about to confirm (accept quote Q1), binding 4,500 credits",
    ),
    (Intended(call=Call.CONFIRM, answer="choose", option="A"), "about to confirm (choose option A)"),
    (
        Intended(call=Call.CANCEL, commits=Money(9_000, "EUR"), reason="no longer needed"),
        "about to cancel, charge EUR 90.00: no longer needed",
    ),
    (Settled(call=Call.PLACE, outcome=OutcomeKind.DONE, order_id=T1), "place: done, order T1"),
    (
        Settled(call=Call.CANCEL, outcome=OutcomeKind.DONE, order_id=T1, status="CANCELED"),
        "cancel: done, order T1 (CANCELED)",
    ),
    (Settled(call=Call.PLACE, outcome=OutcomeKind.REFUSED, message="too dear"), "place: refused, too dear"),
    (
        Bound(order_id=T1, status="ACTIVE", how="found by its reference"),
        "bound to order T1 (ACTIVE), found by its reference",
    ),
    (PhaseChanged(previous="RECEIVED", status="ACTIVE", phase=Phase.ACTIVE), "RECEIVED -> ACTIVE (active)"),
    (TermsReported(terms={"sla": "SLA_8H"}), "the provider reports sla SLA_8H"),
    (LookedUp(lookups=2), "2 complete listings without it"),
    (
        CredentialsExchanged(identity="two", former="one"),
        "the account's credentials are those of two now, before one: the same tenant",
    ),
    (CountedAnew(ours=AT), "its time to show is counted from here on (by our clock from 2026-12-01T08:30:00Z)"),
    (ManifestChanged(on_delete=OnDelete.CANCEL), "remembered from Git: onDelete cancel"),
    (Decided(decision=DecisionKind.ADOPT, order_id=T1), "a person decided: adopt order T1"),
    (
        Decided(decision=DecisionKind.NOT_CREATED, reason="asked by phone"),
        "a person decided: not created: asked by phone",
    ),
    (
        Forgotten(attempt=1, order_id=T1, status="ACTIVE"),
        "a person decided: no longer watched (decision forget, attempt 1, orderId T1, status ACTIVE)",
    ),
    (
        FindingChanged(finding=FindingKind.HELD, appeared=True, message="costs too much"),
        "held appeared: costs too much",
    ),
    (
        FindingChanged(finding=FindingKind.DRIFTED, appeared=True, message="edited", differences=BOTH),
        "drifted appeared: edited; end: nothing at the provider, later in Git; lon: 2 at the provider, 1.5 in Git",
    ),
    (
        FindingChanged(finding=FindingKind.DRIFTED, appeared=False, since=AT),
        "drifted went; it stood since 2026-12-01T08:30:00Z",
    ),
    (LegacyEvent(original=EventKind.PHASE, details={"to": "ACTIVE", "phase": "dancing"}), "to ACTIVE, phase dancing"),
]


@pytest.mark.parametrize(("event", "text"), TOLD, ids=lambda value: getattr(value, "kind", ""))
def test_every_kind_of_line_is_told(event: JournalEvent, text: str):
    """What happened, in words and with the money."""
    assert event_text(entry(event)) == text


def test_every_kind_is_in_the_table():
    """A new kind is missing above until it is told."""
    assert {event.kind for event, _ in TOLD} == {*EventKind, "legacy"}


def test_a_line_says_when_and_by_what():
    """Time, kind, what, and the plan and commit that it came from."""
    (line,) = history_lines([entry(LookedUp(lookups=1))], {REFERENCE: 1})
    expected = (
        "2026-12-01T08:30:00Z  lookup    1 complete listings without it  [plan 0123456789ab, commit c0ffee012345-dirty]"
    )
    assert line.text == expected


def test_attempts_stand_in_a_column_where_there_are_several():
    """One that is forgotten goes by what the journal says of it; one that nobody can number by its reference."""
    lost = Reference("rc1-lost")
    lines = [
        entry(Intended(call=Call.PLACE, attempt=1)),
        entry(LookedUp(lookups=1), OTHER),
        entry(LookedUp(lookups=2), lost),
    ]
    attempts = {**attempts_told((), lines), OTHER: 2}
    shown = [line.text[22:43] for line in history_lines(lines, attempts)]
    assert shown == ["attempt 1  intent    ", "attempt 2  lookup    ", "rc1-lost   lookup    "]
    assert [line["attempt"] for line in history_document(lines, attempts)] == [1, 2, None]
