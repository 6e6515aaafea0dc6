"""Whatever the plan can print is in some situation; what is left out is named here, with the reason."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from reconciler.plan import Plan, causes, make_plan
from reconciler.plan.findings import Finding, FindingKind, Refusal
from reconciler.plan.remedies import Purpose
from tests.plan.test_cases import CASES

from .situation import Purposes, kind_of
from .situations import SITUATIONS, WAYS

LEFT_OUT_PURPOSES = {
    Purpose.NEXT_PASS: "it ends `PriceNotAsked` alone",
}
LEFT_OUT_CAUSES = {
    causes.PriceNotAsked: "a pass asks for every price that its plan needs; only a plan of other inputs lacks one",
    causes.Reported: "read from a state file that an older version has written, and printed without a remedy of ours",
}
LEFT_OUT_REMEDIES = {
    (
        "orphaned",
        FindingKind.ORPHANED,
        (Purpose.FIND_NAME,),
    ): "of a renamed order that an older version recorded without"
    " its owner; a pass that knows its own owner leaves such an order to others",
}
Walked = tuple[str, FindingKind | None, Purposes]


def _classes(alias: object) -> Iterator[type]:
    """Yield the classes of a union, through annotations and unions in it."""
    if isinstance(alias, type) and not get_args(alias):
        yield alias
    for each in get_args(alias):
        yield from _classes(each)


def test_every_purpose_is_walked() -> None:
    """A purpose that nobody has followed to the letter may lead nowhere."""
    walked = {purpose for _, way in WAYS.values() for purpose in way.purposes}
    assert walked | LEFT_OUT_PURPOSES.keys() == set(Purpose)
    assert not walked & LEFT_OUT_PURPOSES.keys()


def test_every_cause_has_a_situation() -> None:
    """A cause that no test has brought about may be one that nothing ends."""
    every = {*_classes(causes.Cause), *_classes(causes.PlanCause)}
    found = {situation.cause for situation in SITUATIONS.values()}
    assert found | LEFT_OUT_CAUSES.keys() == every
    assert not found & LEFT_OUT_CAUSES.keys()


def test_every_kind_of_finding_has_a_situation() -> None:
    """The refusal of a whole plan is one too."""
    assert {situation.kind for situation in SITUATIONS.values()} == {*FindingKind, None}


def test_what_is_not_true_in_one_situation_is_followed_in_another() -> None:
    """A remedy that no truthful person follows here has a situation of the same cause in which one does."""
    walked = {(situation.cause, way.purposes) for situation, way in WAYS.values()}
    untrue = {(situation.cause, each) for situation in SITUATIONS.values() for each in situation.untrue}
    assert untrue <= walked


def test_every_remedy_of_a_decision_case_is_walked() -> None:
    """Each remedy of each finding that a decision case gives is followed for a finding of that cause and kind."""
    walked = {(situation.cause_kind, situation.kind, way.purposes) for situation, way in WAYS.values()}
    left_out = {kind_of(cause) for cause in LEFT_OUT_CAUSES}
    printed = {
        name: set(_remedies(make_plan(case.inputs()))) - walked - LEFT_OUT_REMEDIES.keys()
        for name, case in CASES.items()
    }
    missing = {name: {each for each in found if each[0] not in left_out} for name, found in printed.items()}
    assert {name: each for name, each in missing.items() if each} == {}


def _remedies(plan: Plan) -> Iterator[Walked]:
    found: tuple[Finding | Refusal, ...] = (*plan.findings, *plan.refusals)
    for each in found:
        kind = each.kind if isinstance(each, Finding) else None
        for steps in each.remedies:
            yield each.cause.kind, kind, tuple(Purpose(getattr(step, "purpose", "")) for step in steps)
