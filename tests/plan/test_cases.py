"""Decision cases: `cases/<theme>/<case>.yaml` states a world and the plan that it must give."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from reconciler.model.money import Money
from reconciler.model.offer import ChooseOption
from reconciler.plan import make_plan, notes, survey
from reconciler.plan.actions import Action, Confirm
from reconciler.plan.findings import Finding, FindingKind
from reconciler.plan.planner import PLAN_CODEC

from .case import Case, load

FOLDER = Path(__file__).parent / "cases"
CASES = {str(path.relative_to(FOLDER).with_suffix("")): load(path) for path in sorted(FOLDER.glob("*/*.yaml"))}
BLOCKING = frozenset(FindingKind) - {FindingKind.IN_SYNC, FindingKind.ENDED}

every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())


def _shown(value: object) -> object:
    """Write money as cases do, everything else as text."""
    if isinstance(value, Money):
        return f"{value.amount} {value.currency}"
    return value if value is None or isinstance(value, int) else str(value)


def _told_action(action: Action, told: dict[str, Any]) -> dict[str, object]:
    """Return of an action what a case tells of it, in the case's own form."""
    seen: dict[str, object] = {str(action.kind): str(action.key)}
    for name in list(told)[1:]:
        if name == "changes":
            seen[name] = [d.term for d in getattr(action, name)]
        elif name == "answer":
            seen[name] = _answer(action)
        else:
            seen[name] = _shown(getattr(action, name))
    return seen


def _answer(action: Action) -> str:
    """Write a decision as cases do: what is decided, and on which option or quote."""
    assert isinstance(action, Confirm)
    decision = action.decision
    return f"{decision.kind} {decision.option.id if isinstance(decision, ChooseOption) else decision.quote_id}"


def _finding_head(finding: Finding) -> tuple[str, str]:
    return str(finding.kind), str(finding.key)


def _matches(text: str, pattern: str) -> bool:
    return re.search(pattern, text) is not None


def test_every_theme_is_covered():
    """The themes are the ways in which an order can be decided about; a theme without cases is a gap."""
    assert {name.split("/")[0] for name in CASES} >= {
        "place", "adopt", "unresolved", "gates", "cancel", "attempts", "drift", "suspend", "orphan", "empty", "unread",
        "missing", "duplicate", "windows", "refused", "accounts", "offers", "unmarked",
    }  # fmt: skip


@every_case
def test_the_actions(case: Case):
    """The plan does what the case lists, in its order, and nothing else."""
    actions = make_plan(case.world()).actions
    assert [(str(a.kind), str(a.key)) for a in actions] == [next(iter(told.items())) for told in case.actions]
    assert [_told_action(a, told) for a, told in zip(actions, case.actions, strict=True)] == case.actions


@every_case
def test_the_findings(case: Case):
    """The plan finds what the case lists, in its order, and nothing else; message and door as told."""
    findings = make_plan(case.world()).findings
    assert [_finding_head(f) for f in findings] == [next(iter(told.items())) for told in case.findings]
    for finding, told in zip(findings, case.findings, strict=True):
        for name in list(told)[1:]:
            assert _matches(str(_part(finding, name)), told[name]), (name, _part(finding, name))


def _part(finding: Finding, name: str) -> object:
    part = getattr(finding, name)
    return "; ".join(map(str, part)) if isinstance(part, tuple) else part


@every_case
def test_the_refusals(case: Case):
    """The plan as a whole is refused for the listed reasons, and otherwise not at all."""
    refusals = make_plan(case.world()).refusals
    assert len(refusals) == len(case.refusals), refusals
    assert [r.message for r, told in zip(refusals, case.refusals, strict=True) if not _matches(r.message, told)] == []


@every_case
def test_the_notes(case: Case):
    """What was learned by reading is remembered, where the case tells it."""
    if case.notes is not None:
        assert [{str(n.kind): str(n.record.key)} for n in notes(case.world())] == case.notes


@every_case
def test_the_survey(case: Case):
    """A price is asked for those orders alone that would be placed if it passes, where the case tells them."""
    if case.survey is not None:
        found = survey(case.world())
        asked = [w.order.key for w in found.unpriced] + [f.wanted.order.key for f in found.unfunded]
        assert [str(key) for key in asked] == case.survey


@every_case
def test_whatever_blocks_names_what_ends_it(case: Case):
    """Every blocking finding and every refusal names the command, or the lines to commit, that end it."""
    plan = make_plan(case.world())
    assert [f for f in plan.findings if f.kind in BLOCKING and not f.door] == []
    assert [r for r in plan.refusals if not r.door] == []


@every_case
def test_a_plan_survives_json(case: Case):
    """A plan is plain data: written down and read back it is equal."""
    plan = make_plan(case.world())
    assert PLAN_CODEC.validate_json(PLAN_CODEC.dump_json(plan)) == plan
