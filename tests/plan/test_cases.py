"""Decision cases: `cases/<theme>/<case>.yaml` states a world and the plan that it must give."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest

from reconciler.model.money import Money
from reconciler.model.offer import ChooseOption
from reconciler.plan import Plan, make_plan, survey, updates_from
from reconciler.plan.actions import Action, Confirm
from reconciler.plan.findings import Finding, FindingKind, Refusal
from reconciler.plan.inputs import PlanInput
from reconciler.plan.planner import PLAN_CODEC
from reconciler.plan.record_updates import RecordUpdate
from reconciler.render.phrases import choice_text, message, remedy

from .case import Case, load

FOLDER = Path(__file__).parent / "cases"
CASES = {str(path.relative_to(FOLDER).with_suffix("")): load(path) for path in sorted(FOLDER.glob("*/*.yaml"))}
BLOCKING = frozenset(FindingKind) - {FindingKind.IN_SYNC, FindingKind.ENDED}

Stated = Mapping[str, Any]
"""An entry of a case: what it is and whose, then the details that the case is about."""


def test_every_theme_is_covered():
    """The themes are the ways in which an order can be decided about; a theme without cases is a gap."""
    assert {name.split("/")[0] for name in CASES} >= {
        "place", "adopt", "unresolved", "gates", "cancel", "attempts", "drift", "suspend", "orphan", "empty", "unread",
        "missing", "duplicate", "windows", "refused", "accounts", "offers", "unmarked", "several",
    }  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_case_gives_what_it_states(case: Case):
    """The plan, the record updates and the priced orders are those that the case lists, and none besides."""
    inputs = case.inputs()
    plan = make_plan(inputs)
    found = {
        "actions": [_action(a, stated) for a, stated in zip_longest(plan.actions, case.actions) if a],
        "findings": [_finding(f, stated) for f, stated in zip_longest(plan.findings, case.findings) if f],
        "refusals": [_refusal(r, stated) for r, stated in zip_longest(plan.refusals, case.refusals) if r],
        "updates": [_update(n, stated) for n, stated in zip_longest(updates_from(inputs), case.updates) if n],
        "survey": _surveyed(inputs),
        "without a remedy": _without_remedy(plan),
        "read back from JSON": PLAN_CODEC.validate_json(PLAN_CODEC.dump_json(plan)),
    }
    stated = {part: getattr(case, part) for part in ("actions", "findings", "refusals", "updates", "survey")}
    assert found == {**stated, "without a remedy": [], "read back from JSON": plan}


def _surveyed(inputs: PlanInput) -> list[str]:
    """Return the orders that a pass asks a price or the funds for; it asks before it knows any."""
    found = survey(replace(inputs, preflights={}))
    return [w.order.key for w in found.unpriced] + [f.wanted.order.key for f in found.unfunded]


def _without_remedy(plan: Plan) -> list[Finding | Refusal]:
    """Return what blocks without naming the command, or the lines to commit, that end it."""
    blocking = [f for f in plan.findings if f.kind in BLOCKING]
    return [each for each in (*blocking, *plan.refusals) if not remedy(each)]


def _action(action: Action, stated: Stated | None) -> Stated:
    """Write an action in the form of a case, with the details that the case states of it."""
    head = {str(action.kind): str(action.key)}
    return head | {name: _action_detail(action, name) for name in _details(head, stated)}


def _action_detail(action: Action, name: str) -> object:
    if name == "changes":
        return [difference.term for difference in getattr(action, name)]
    return _answer(action) if name == "answer" else _case_value(getattr(action, name))


def _answer(action: Action) -> str:
    """Write a decision as cases do: what is decided, and on which option or quote."""
    assert isinstance(action, Confirm)
    decision = action.decision
    return f"{decision.kind} {decision.option.id if isinstance(decision, ChooseOption) else decision.quote_id}"


def _case_value(value: object) -> object:
    """Write money as cases do, numbers and None as they are, everything else as text."""
    if isinstance(value, Money):
        return f"{value.amount} {value.currency}"
    return value if value is None or isinstance(value, int | float) else str(value)


def _finding(finding: Finding, stated: Stated | None) -> Stated:
    """Write a finding in the form of a case; a text that its pattern matches is written as that pattern."""
    head = {str(finding.kind): str(finding.key)}
    details = _details(head, stated)
    return head | {name: _matched(_text(_finding_detail(finding, name)), pattern) for name, pattern in details.items()}


def _finding_detail(finding: Finding, name: str) -> object:
    """Return a detail by its name in a case: one of the finding or of its subject, or what its cause is in words."""
    match name:
        case "message":
            return message(finding)
        case "remedy":
            return remedy(finding)
        case "choices":
            return tuple(map(choice_text, finding.choices))
        case _:
            return getattr(finding.subject if hasattr(finding.subject, name) else finding, name)


def _text(part: object) -> str:
    return "; ".join(map(str, part)) if isinstance(part, tuple) else str(part)


def _matched(text: str, pattern: str) -> str:
    return pattern if re.search(pattern, text) else text


def _refusal(refusal: Refusal, pattern: str | None) -> str:
    """Write a refusal and what lets the plan pass."""
    text = f"{message(refusal)}; {remedy(refusal)}"
    return _matched(text, pattern) if pattern is not None else text


def _update(update: RecordUpdate, stated: Stated | None) -> Stated:
    """Write a record update in the form of a case, with the details that the case states of it."""
    head = {str(update.event.kind): str(update.record.key)}
    said = {
        **getattr(update.event, "terms", {}),
        **{f.name: getattr(update.event, f.name) for f in fields(update.event)},
    }
    return head | {name: _case_value(said.get(name)) for name in _details(head, stated)}


def _details(head: Stated, stated: Stated | None) -> Stated:
    """Return what a case states beyond the head of an entry; nothing if it is an entry about something else."""
    if stated is None or not stated.items() >= head.items():
        return {}
    return {name: value for name, value in stated.items() if name not in head}
