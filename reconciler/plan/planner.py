"""From a world to a plan: every order judged, money added up, the whole checked against the policy."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from reconciler.model.codec import Codec
from reconciler.model.money import Money
from reconciler.plan.absence import may_be_absent
from reconciler.plan.actions import Action, Adopt, Amend, Cancel, Confirm, Place
from reconciler.plan.assessments import Assessment, NeedsFunds, NeedsPrice
from reconciler.plan.causes import PriceNotAsked
from reconciler.plan.findings import Finding, FindingKind, Refusal
from reconciler.plan.gates import committed, refusals
from reconciler.plan.holds import hold_equivalent, unless_paused, within_funds
from reconciler.plan.inputs import PlanInput, Wanted
from reconciler.plan.judge import judge
from reconciler.plan.orphans import judge_orphan, orphans
from reconciler.plan.remedies import Purpose, Wait

_ORDER = {Adopt: 0, Cancel: 1, Amend: 2, Confirm: 3, Place: 4}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a pass will do and what it will not. `at` is the clock that it was made by; `id` names it in the journal.

    With `refusals` nothing that spends or cancels may be done.
    """

    id: str
    at: datetime
    actions: tuple[Action, ...]
    findings: tuple[Finding, ...]
    refusals: tuple[Refusal, ...]

    @property
    def commits(self) -> tuple[Money, ...]:
        """What the plan binds at most, by currency."""
        return committed(self.actions)


PLAN_CODEC: Codec[Plan] = Codec(Plan)
"""A plan to JSON and back, equal."""

_ACTIONS: Codec[tuple[Action, ...]] = Codec(tuple[Action, ...])


@dataclass(frozen=True, slots=True)
class Survey:
    """The assessments on every desired order of a world, in its order, as far as they need no price."""

    assessments: tuple[tuple[Assessment, ...], ...]

    @property
    def unpriced(self) -> tuple[Wanted, ...]:
        """The orders that would be placed if their price passes the gates: those are worth asking a price for."""
        return tuple([v.wanted for assessments in self.assessments for v in assessments if isinstance(v, NeedsPrice)])

    @property
    def unfunded(self) -> tuple[NeedsFunds, ...]:
        """The quotes that would be accepted if the account's funds reach."""
        return tuple([v for assessments in self.assessments for v in assessments if isinstance(v, NeedsFunds)])


def survey(inputs: PlanInput) -> Survey:
    """Judge every order without its price."""
    assessments = [judge(wanted, inputs) for wanted in inputs.wanted]
    if inputs.paused or inputs.pauses:
        assessments = [tuple([unless_paused(assessment, inputs) for assessment in each]) for each in assessments]
    return Survey(tuple(assessments))


def make_plan(inputs: PlanInput, surveyed: Survey | None = None) -> Plan:
    """Judge every order and add up. The same world gives the same plan, in the same order.

    `surveyed` is the survey of the same world before prices were asked: only what waited for one is judged again.
    """
    assessments = list(_assessments(inputs, surveyed or survey(inputs)))
    assessments += [unless_paused(judge_orphan(record, inputs), inputs) for record in orphans(inputs)]
    actions = sorted(_actions(assessments), key=lambda a: (_ORDER[type(a)], a.key))
    findings = [found for found in map(_finding, assessments) if found is not None]
    actions, renamed = hold_equivalent(actions, inputs)
    actions, short = within_funds(actions, inputs)
    live = [r for r in inputs.records.values() if (r.live or r.unresolved) and may_be_absent(r, inputs)]
    refused = refusals(actions, inputs.policy, spent=inputs.spent, live=live, desired=len(inputs.wanted))
    return Plan(
        id=_fingerprint(actions, inputs.now),
        at=inputs.now,
        actions=tuple(actions),
        findings=tuple(sorted([*findings, *renamed, *short], key=lambda finding: (finding.subject.key, finding.kind))),
        refusals=refused,
    )


def _assessments(inputs: PlanInput, surveyed: Survey) -> Iterator[Assessment]:
    for wanted, known in zip(inputs.wanted, surveyed.assessments, strict=True):
        waited = any(isinstance(assessment, NeedsPrice | NeedsFunds) for assessment in known)
        yield from judge(wanted, inputs) if waited else known


def _actions(assessments: Iterable[Assessment]) -> list[Action]:
    return [v for v in assessments if isinstance(v, Place | Adopt | Confirm | Amend | Cancel)]


def _finding(assessment: Assessment) -> Finding | None:
    match assessment:
        case Finding():
            return assessment
        case NeedsPrice(wanted=wanted):
            again = Wait(purpose=Purpose.NEXT_PASS)
            return Finding.for_order(wanted, FindingKind.UNREAD, PriceNotAsked(), again)
        case NeedsFunds(wanted=wanted):
            again = Wait(purpose=Purpose.NEXT_PASS)
            return Finding.for_order(wanted, FindingKind.UNREAD, PriceNotAsked(quote=True), again)
        case Place() | Adopt() | Confirm() | Amend() | Cancel():
            return None
        case _ as never:
            assert_never(never)


def _fingerprint(actions: list[Action], at: datetime) -> str:
    body = _ACTIONS.dump_json(tuple(actions)) + at.isoformat().encode()
    return hashlib.sha256(body).hexdigest()[:12]
