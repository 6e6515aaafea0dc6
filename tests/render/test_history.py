"""An order's life, each kind of line in the words that a person reads."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.model.ids import OrderKey, Reference
from reconciler.render.document import history_document
from reconciler.render.history import attempts_told, history_lines, told
from reconciler.state.event import Event, EventKind

from .things import AT, REFERENCE

OTHER = Reference("rc1-zzzzzzzzzzzzzzzzzzzz")


def event(kind: EventKind = EventKind.PHASE, **detail: Any) -> Event:
    return Event(kind, AT, OrderKey("spot"), REFERENCE, "0123456789ab", "c0ffee0123456789-dirty", detail)


TOLD = [
    (
        event(EventKind.INTENT, call="place", minor=90_000, currency="EUR", ceiling="EUR 1,000.00"),
        "about to place, binding EUR 900.00 (ceiling EUR 1,000.00)",
    ),
    (event(EventKind.INTENT, call="place", unpriced=True), "about to place, without a price, as agreed"),
    (
        event(EventKind.INTENT, call="confirm", minor=450_000, currency="credits", answer="accept", quote="Q1"),
        "about to confirm (accept quote Q1), binding 4,500 credits",
    ),
    (
        event(EventKind.INTENT, call="cancel", minor=9_000, currency="EUR", reason="no longer needed"),
        "about to cancel, charge EUR 90.00: no longer needed",
    ),
    (event(EventKind.OUTCOME, call="place", outcome="done", orderId="T1"), "place: done, order T1"),
    (
        event(EventKind.OUTCOME, call="cancel", outcome="done", orderId="T1", status="CANCELED"),
        "cancel: done, order T1 (CANCELED)",
    ),
    (event(EventKind.OUTCOME, call="place", outcome="refused", message="too dear"), "place: refused, too dear"),
    (
        event(EventKind.BOUND, orderId="T1", status="ACTIVE", how="found by its reference"),
        "bound to order T1 (ACTIVE), found by its reference",
    ),
    (event(EventKind.PHASE, **{"from": "RECEIVED", "to": "ACTIVE", "phase": "active"}), "RECEIVED -> ACTIVE (active)"),
    (event(EventKind.TERMS, sla="SLA_8H"), "the provider reports sla SLA_8H"),
    (event(EventKind.LOOKUP, lookups=2), "2 complete listings without it"),
    (event(EventKind.GIT, onDelete="cancel"), "remembered from Git: onDelete cancel"),
    (event(EventKind.DECISION, decision="adopt", orderId="T1"), "a person decided: adopt order T1"),
    (
        event(EventKind.DECISION, decision="not created", reason="asked by phone", outcome="not sent"),
        "a person decided: not created: asked by phone",
    ),
    (
        event(EventKind.FORGOTTEN, decision="forget", attempt=1, orderId="T1", status="ACTIVE"),
        "a person decided: no longer watched (decision forget, attempt 1, orderId T1, status ACTIVE)",
    ),
    (
        event(EventKind.FINDING, finding="held", change="appeared", message="costs too much"),
        "held appeared: costs too much",
    ),
    (
        event(
            EventKind.FINDING,
            finding="drifted",
            change="appeared",
            message="edited",
            **{"end in Git": "later", "end at the provider": None, "lon in Git": 1.5, "lon at the provider": 2},
        ),
        "drifted appeared: edited; end: nothing at the provider, later in Git; lon: 2 at the provider, 1.5 in Git",
    ),
    (
        event(EventKind.FINDING, finding="drifted", change="went", since="2026-12-01T08:30:00Z"),
        "drifted went; it stood since 2026-12-01T08:30:00Z",
    ),
]


@pytest.mark.parametrize(("line", "text"), TOLD, ids=lambda value: getattr(value, "kind", ""))
def test_every_kind_of_line_is_told(line: Event, text: str):
    """What happened, in words and with the money."""
    assert told(line) == text


def test_every_kind_is_in_the_table():
    """A new kind is missing above until it is told."""
    assert {line.kind for line, _ in TOLD} == set(EventKind)


def test_a_line_says_when_and_by_what():
    """Time, kind, what, and the plan and commit that it came from."""
    (line,) = history_lines([event(EventKind.LOOKUP, lookups=1)], {REFERENCE: 1})
    expected = (
        "2026-12-01T08:30:00Z  lookup    1 complete listings without it  [plan 0123456789ab, commit c0ffee012345-dirty]"
    )
    assert line.text == expected


def test_attempts_stand_in_a_column_where_there_are_several():
    """One that is forgotten goes by what the journal says of it; one that nobody can number by its reference."""
    lost = Reference("rc1-lost")
    lines = [
        event(EventKind.INTENT, call="place", attempt=1),
        replace(event(EventKind.LOOKUP, lookups=1), reference=OTHER),
        replace(event(EventKind.LOOKUP, lookups=2), reference=lost),
    ]
    attempts = {**attempts_told((), lines), OTHER: 2}
    shown = [line.text[22:43] for line in history_lines(lines, attempts)]
    assert shown == ["attempt 1  intent    ", "attempt 2  lookup    ", "rc1-lost   lookup    "]
    assert [entry["attempt"] for entry in history_document(lines, attempts)] == [1, 2, None]
