"""The fixed last lines, one of everything in every format, and nothing that steers a terminal or a table."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from reconciler.cli.output import clean
from reconciler.model.ids import ProviderOrderId
from reconciler.model.money import Money
from reconciler.model.outcome import Done, OutcomeKind
from reconciler.plan.actions import Action, Result
from reconciler.plan.findings import WAITS_FOR_A_PERSON, Choice, FindingKind
from reconciler.plan.planner import PLAN_CODEC, Plan
from reconciler.render.annotations import review_annotations
from reconciler.render.document import pass_document, plan_document
from reconciler.render.junit import junit
from reconciler.render.markdown import markdown
from reconciler.render.review import Review
from reconciler.render.summaries import after, described, outcome_text, pass_summary, plan_summary
from reconciler.render.text import pass_lines, plan_lines

from .factories import (
    ACCEPT,
    ACTIONS,
    ADOPT,
    AMEND,
    AT,
    CANCEL,
    CHOOSE,
    FREE,
    LATER,
    REJECT,
    finding,
    place,
    plan,
    result,
)

EUROS = Money(1_240_000, "EUR")
DAY = timedelta(days=1)
HELD = tuple(finding(kind) for kind in FindingKind)

LAST_LINES: list[tuple[Plan, str]] = [
    (plan(), "Plan: 0 to place, 0 to confirm, 0 to adopt, 0 to amend, 0 to cancel, 0 held."),
    (
        plan(place(price=EUROS), ADOPT, AMEND, FREE),
        "Plan: 1 to place (at most EUR 12,400.00), 0 to confirm, 1 to adopt, 1 to amend, 1 to cancel, 0 held.",
    ),
    (
        plan(place(), place("b", Money(5, "USD"))),
        "Plan: 2 to place (at most EUR 900.00 + USD 0.05), 0 to confirm, 0 to adopt, 0 to amend, 0 to cancel, 0 held.",
    ),
    (
        plan(place(), place("b", None)),
        "Plan: 2 to place (at most EUR 900.00 and 1 without a price), "
        "0 to confirm, 0 to adopt, 0 to amend, 0 to cancel, 0 held.",
    ),
    (
        plan(LATER, CHOOSE, ACCEPT, REJECT),
        "Plan: 1 to place (free), 3 to confirm (at most 4,500 credits), 0 to adopt, 0 to amend, 0 to cancel, 0 held.",
    ),
    (
        plan(findings=HELD),
        "Plan: 0 to place, 0 to confirm, 0 to adopt, 0 to amend, 0 to cancel, 1 unread, 6 held.",
    ),
    (
        plan(place(), refused=True),
        "Plan: refused; 1 to place (at most EUR 900.00), 0 to confirm, 0 to adopt, 0 to amend, 0 to cancel, 0 held.",
    ),
]


def test_a_cancellation_that_comes_later_is_not_called_one():
    """Asked for is not canceled: neither the line nor the last line says so."""
    later = Result(CANCEL, Done(at=AT, order_id=ProviderOrderId("T1"), pending=True))
    lines = [line.text for line in pass_lines(plan(CANCEL), (later,), "manifests")]
    assert "gone: asked to cancel order T1, which its provider does later, charge EUR 90.00" in lines[2]
    assert ", 0 canceled (1 asked for), " in lines[-1]


def test_what_reviewers_should_know_stands_below_the_action():
    """A warning does not hold an order; whoever approves it reads it first."""
    lines = [line.text for line in plan_lines(plan(replace(place(), warnings=("reviewed by hand",))), "manifests")]
    assert lines[3] == "              note: reviewed by hand"


@pytest.mark.parametrize(("planned", "line"), LAST_LINES)
def test_the_last_line_of_a_plan(planned: Plan, line: str):
    """Scripts look for this line; every word and comma of it is fixed."""
    assert plan_summary(planned) == line
    assert plan_lines(planned, "manifests")[-1].text == line


def test_the_last_line_of_a_pass():
    """The last line of a reconcile is as fixed, and counts by how each action ended."""
    results = [
        result(place()),
        result(place("b", Money(5, "USD"))),
        result(place("c"), OutcomeKind.UNKNOWN),
        result(place("d"), OutcomeKind.REFUSED),
        result(place("e"), OutcomeKind.NOT_SENT),
        result(ADOPT),
        result(AMEND),
        result(CANCEL),
    ]
    assert pass_summary(results, HELD, refused=False) == (
        "Reconcile: 2 placed (EUR 900.00 + USD 0.05), 0 confirmed, 1 adopted, 1 amended, 1 canceled, "
        "2 failed, 1 unknown, 1 unread, 6 held."
    )
    assert pass_summary([], (), refused=True) == (
        "Reconcile: refused; 0 placed, 0 confirmed, 0 adopted, 0 amended, 0 canceled, 0 failed, 0 unknown, 0 held."
    )
    planned = plan(findings=HELD)
    assert pass_lines(planned, results, "manifests")[-1].text == pass_summary(results, HELD, refused=False)


def test_who_waits_for_a_person():
    """What a person must decide is counted as held; what ends by itself, or by reading again, is not."""
    assert set(FindingKind) - WAITS_FOR_A_PERSON == {
        FindingKind.IN_SYNC, FindingKind.ENDED, FindingKind.WAITING, FindingKind.EXPIRED, FindingKind.ORPHANED,
        FindingKind.UNREAD,
    }  # fmt: skip


DESCRIBED = [
    (place(), "EUR 900.00 (ceiling EUR 1,000.00)"),
    (place(price=None), "unpriced, as agreed"),
    (ADOPT, "order T1 (ACTIVE), found by its reference"),
    (AMEND, "end: soon at the provider, later in Git (spec edited)"),
    (CANCEL, "charge EUR 90.00 (the 10 % band): no longer needed"),
    (FREE, "free (the 10 % band): no longer needed"),
]


@pytest.mark.parametrize(("action", "text"), DESCRIBED, ids=lambda value: getattr(value, "kind", ""))
def test_every_action_is_described(action: Action, text: str):
    """What an action does, with its money, in text, annotations and JSON alike."""
    assert described(action) == text
    shown = "\n".join(line.text for line in plan_lines(plan(action), "manifests"))
    assert f"{action.kind:<9} {action.key}: {text}" in shown
    assert f"::{action.kind} {action.key}: {text.replace('%', '%25')}\n" in review_annotations(
        Review(plan=plan(action))
    )
    assert plan_document(plan(action))["plan"]["actions"][0]["kind"] == action.kind


@pytest.mark.parametrize("kind", FindingKind)
def test_every_finding_is_shown(kind: FindingKind):
    """A person reads the kind, the order, the message and what ends it; a steady one too, but quietly."""
    lines = [line.text for line in plan_lines(plan(findings=(finding(kind),)), "manifests")]
    assert any(f"{kind:<9} spot: costs too much" in line for line in lines)
    assert any("-> commit more" in line for line in lines)


@pytest.mark.parametrize("kind", sorted(WAITS_FOR_A_PERSON))
def test_what_waits_for_a_person_is_loud(kind: FindingKind):
    """It is marked and styled, its last moment and its differences stand below it."""
    lines = plan_lines(plan(findings=(finding(kind),)), "manifests")
    loud = [line.text for line in lines if line.style == "loud"]
    assert loud == [f"  ! {kind:<9} spot: costs too much"]
    texts = "\n".join(line.text for line in lines)
    assert "by 2026-12-01T08:30:00Z" in texts
    assert "end: soon at the provider, later in Git" in texts


@pytest.mark.parametrize(
    ("since", "deadline", "line"),
    [
        (AT - DAY, AT + DAY, "since 2026-11-30T08:30:00Z; decide by 2026-12-02T08:30:00Z"),
        (AT - DAY, None, "since 2026-11-30T08:30:00Z"),
        (AT, AT + DAY, "decide by 2026-12-02T08:30:00Z"),
        (AT, None, "-> commit more"),
    ],
)
def test_when_it_began_and_when_it_is_too_late_stand_on_one_line(since, deadline, line):
    """What was found just now first needs no beginning."""
    found = replace(finding(), since=since, deadline=deadline, differences=())
    lines = [shown.text.strip() for shown in plan_lines(plan(findings=(found,)), "manifests")]
    assert lines[lines.index("! held      spot: costs too much") + 1] == line


@pytest.mark.parametrize("kind", [FindingKind.IN_SYNC, FindingKind.ENDED])
def test_a_long_list_of_what_needs_nobody_is_a_number(kind: FindingKind):
    """Up to fifty are named; of more, those alone that have a remedy."""
    few, many = ([finding(kind, remedy="")] * count for count in (50, 1_051))
    assert len(plan_lines(plan(findings=tuple(few)), "manifests")) == len(few) + 4
    told = [line.text for line in plan_lines(plan(findings=(*many, finding(kind))), "manifests")]
    assert f"    {kind:<9} 1,051 orders; `reconciler status` names them" in told
    assert [line for line in told if "spot" in line] == [f"    {kind:<9} spot: costs too much (ACTIVE)"]


def test_each_choice_stands_with_its_lines():
    """A person copies the lines of one of them into the manifest."""
    choices = (Choice("later dates", "confirm: {A}"), Choice("more clouds", "confirm: {B}"))
    planned = plan(findings=(replace(finding(), choices=choices),))
    text = [line.text.strip() for line in plan_lines(planned, "manifests")]
    assert text[text.index("1. later dates") :][:4] == [
        "1. later dates",
        "confirm: {A}",
        "2. more clouds",
        "confirm: {B}",
    ]


@pytest.mark.parametrize("kind", OutcomeKind)
@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.kind)
def test_every_end_of_every_action_is_told(kind: OutcomeKind, action: Action):
    """How it ended is said with the provider's words; unless it was done, also what comes next."""
    told = result(action, kind)
    lines = "\n".join(line.text for line in pass_lines(plan(action), [told], "manifests"))
    assert outcome_text(told) in lines
    assert bool(after(told)) is (kind is not OutcomeKind.DONE)
    assert after(told) in lines
    if kind is not OutcomeKind.DONE:
        assert "the provider's words" in outcome_text(told)


def test_an_unknown_outcome_promises_nothing():
    """Unknown is told as what it is: it may have happened, and nothing is sent again before that is known."""
    told = result(place(), OutcomeKind.UNKNOWN)
    assert "it may have happened" in outcome_text(told)
    assert "nothing is sent again" in after(told)


def test_a_refusal_of_the_plan_is_told_everywhere():
    """Why the whole plan is refused, and what changes that, stands in every format."""
    planned = plan(place(), refused=True)
    shown = [
        "\n".join(line.text for line in plan_lines(planned, "manifests")),
        markdown(Review(plan=planned)),
        review_annotations(Review(plan=planned)),
        junit(Review(plan=planned)),
        json.dumps(plan_document(planned)),
    ]
    for text in shown:
        assert "3 new orders in one pass; the policy allows 2" in text
        assert "commit a higher number" in text


@pytest.mark.parametrize("code", [*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
def test_a_control_character_never_reaches_the_terminal(code: int):
    """Nothing that a provider says steers the terminal: only tab and line end pass."""
    assert clean(f"a{chr(code)}b") == (f"a{chr(code)}b" if chr(code) in "\t\n" else "a?b")


def test_other_characters_pass():
    """Text in any language is shown as it is."""
    assert clean("Zürich – 東京 – 🛰") == "Zürich – 東京 – 🛰"


def test_a_plan_document_reads_back_equal():
    """The JSON of a plan is the whole plan: read back it is equal, and its summary stands beside it."""
    planned = plan(*ACTIONS, place("b", None), FREE, findings=HELD, refused=True)
    document = json.loads(json.dumps(plan_document(planned)))
    assert PLAN_CODEC.validate_json(json.dumps(document["plan"])) == planned
    assert document["summary"] == plan_summary(planned)
    assert document["plan"]["at"] == AT.isoformat().replace("+00:00", "Z")


def test_a_pass_document_tells_every_outcome():
    """The JSON of a pass holds each action with its outcome, in the plan's order."""
    results = [result(action, kind) for action in ACTIONS for kind in OutcomeKind]
    document = json.loads(json.dumps(pass_document(plan(*ACTIONS), results)))
    told = [(r["action"]["kind"], r["outcome"]["kind"]) for r in document["results"]]
    assert told == [(action.kind, str(kind)) for action in ACTIONS for kind in OutcomeKind]
    assert document["summary"] == pass_summary(results, (), refused=False)
