"""Annotations: on the manifest's own line, as loud as it matters, and nothing in them that is taken for a command."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model.errors import Location, Problem
from reconciler.model.outcome import OutcomeKind
from reconciler.plan.actions import Action, Confirm, Place
from reconciler.plan.findings import NEEDS_NOBODY, Choice, FindingKind
from reconciler.render.annotations import problem_annotations, review_annotations, warning_annotations
from reconciler.render.review import Review

from .factories import ACTIONS, ADOPT, finding, order, orders, place, plan, result

LOUD = {
    "error": {FindingKind.UNREAD, FindingKind.REFUSED},
    "warning": {
        *(FindingKind.HELD, FindingKind.UNRESOLVED, FindingKind.DUPLICATE),
        *(FindingKind.MISSING, FindingKind.DRIFTED),
    },
    "notice": {FindingKind.WAITING, FindingKind.EXPIRED, FindingKind.ORPHANED},
}


def first(review: Review) -> str:
    """Return the first annotation."""
    return review_annotations(review).splitlines()[0]


def test_an_annotation_stands_on_the_line_of_its_order():
    """A placement is a notice, what waits for a person a warning, each on its own file, line and column."""
    planned = plan(place(), findings=(finding(), finding(FindingKind.WAITING)))
    assert review_annotations(Review(plan=planned)).splitlines() == [
        "::notice file=orders/spot.yaml,line=10,col=5::place spot: EUR 900.00 (ceiling EUR 1,000.00)",
        "::warning file=orders/spot.yaml,line=10,col=5::held spot: costs too much. commit more",
        "::notice file=orders/spot.yaml,line=10,col=5::waiting spot: costs too much. commit more",
        Review(plan=planned).summary,
    ]


@pytest.mark.parametrize("kind", FindingKind)
def test_a_finding_is_as_loud_as_it_matters(kind: FindingKind):
    """What is refused or could not be read is an error, what waits for a person a warning; a steady one is none."""
    told = first(Review(plan=plan(findings=(finding(kind),))))
    levels = [level for level, kinds in LOUD.items() if kind in kinds]
    assert levels == ([] if kind in NEEDS_NOBODY else [told.removeprefix("::").split(" ")[0]])


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.kind)
@pytest.mark.parametrize("kind", OutcomeKind)
def test_an_action_that_did_not_end_as_planned_is_an_error(kind: OutcomeKind, action: Action):
    """Done is a notice; whatever else an error, with what comes next."""
    told = first(Review(plan=plan(action), results=(result(action, kind),)))
    assert told.startswith("::notice" if kind is OutcomeKind.DONE else "::error")
    assert (" file=orders/spot.yaml,line=10,col=5::" in told) == isinstance(action, Place | Confirm)


def test_an_action_without_a_line_of_its_own_stands_on_its_order_s():
    """An adoption is told where the order is stated; of an order that is stated nowhere, nowhere."""
    assert first(Review(plan=plan(ADOPT))).startswith("::notice::adopt found: ")
    told = first(Review(plan=plan(ADOPT), orders=orders(order("found"))))
    assert told.startswith("::notice file=orders/spot.yaml,line=10,col=5::adopt found: ")


def test_each_choice_stands_on_a_line_of_its_own():
    """A person copies one of them into the manifest."""
    choices = (Choice("later dates", "confirm: {A}"), Choice("more clouds", "confirm: {B}"))
    told = first(Review(plan=plan(findings=(replace(finding(), choices=choices),))))
    assert told.endswith("%0Alater dates  confirm: {A}%0Amore clouds  confirm: {B}")


def test_an_annotation_is_escaped():
    """A provider's words cannot end a command or begin another one."""
    text = review_annotations(Review(plan=plan(findings=(finding(message="100 %\r\n::error::forged"),))))
    assert text.splitlines()[0].endswith("::held spot: 100 %25%0D%0A::error::forged. commit more")
    assert len(text.splitlines()) == 2


def test_a_file_name_in_an_annotation_is_escaped():
    """A comma or a colon in a path does not end the property that it stands in."""
    problem = Problem(Location(file="a,b:c%.yaml", line=3, column=7), "unknown field\nline two")
    told = " file=a%2Cb%3Ac%25.yaml,line=3,col=7::unknown field%0Aline two"
    assert problem_annotations([problem]) == f"::error{told}"
    assert warning_annotations([problem]) == f"::warning{told}"
