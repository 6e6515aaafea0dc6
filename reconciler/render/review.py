"""What reviewers and CI are shown: a plan, or a pass with how its actions ended, beside what Git states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.model.account import Policy
from reconciler.model.errors import Location
from reconciler.model.geometry import Target
from reconciler.model.ids import OrderKey
from reconciler.model.money import Money
from reconciler.model.order import DesiredOrder
from reconciler.model.outcome import OutcomeKind
from reconciler.plan.actions import Action, Confirm, Place, Result
from reconciler.plan.findings import NEEDS_NOBODY, WAITS_FOR_A_PERSON, Finding, FindingKind, Subject
from reconciler.plan.gates import committed
from reconciler.plan.planner import Plan
from reconciler.plan.saved import Saved
from reconciler.render.summaries import pass_summary, plan_summary

_TO_BE_TOLD = WAITS_FOR_A_PERSON | {FindingKind.UNREAD}
"""Whatever could not be read may hold anything: nothing is silent about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A plan, and how its actions ended where they were carried out (`results`; None where it was only planned).

    `spent` is what the month had bound before. `before` are the targets that providers hold where Git states others.
    `saved` is the plan as it was written down for approval.
    """

    plan: Plan
    results: tuple[Result, ...] | None = None
    orders: Mapping[OrderKey, DesiredOrder] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)
    spent: tuple[Money, ...] = ()
    before: Mapping[OrderKey, Target] = field(default_factory=dict)
    saved: Saved | None = None

    @property
    def summary(self) -> str:
        """The fixed last line."""
        if self.results is None:
            return plan_summary(self.plan)
        return pass_summary(self.results, self.plan.findings, refused=bool(self.plan.refusals))

    @property
    def actions(self) -> tuple[Action, ...]:
        """What is to be done, or what was tried."""
        return self.plan.actions if self.results is None else tuple(result.action for result in self.results)

    @property
    def commits(self) -> tuple[Money, ...]:
        """What is bound at most, by currency: what nobody knows the end of may be."""
        if self.results is None:
            return self.plan.commits
        bound = (OutcomeKind.DONE, OutcomeKind.UNKNOWN)
        return committed([result.action for result in self.results if result.outcome.kind in bound])

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings that are of interest to somebody."""
        return tuple(finding for finding in self.plan.findings if finding.kind not in NEEDS_NOBODY)

    @property
    def empty(self) -> bool:
        """Tell whether there is nothing to do, nobody waits, and all was read."""
        told = any(finding.kind in _TO_BE_TOLD for finding in self.plan.findings)
        return not (self.actions or self.plan.refusals or told)

    def location(self, about: Action | Finding) -> Location | None:
        """Return the line that an action or a finding comes from; None where no manifest states its order any more."""
        stated = about.subject if isinstance(about, Finding) else about
        if isinstance(stated, Place | Confirm | Subject) and stated.location is not None:
            return stated.location
        return self.orders[about.key].source if about.key in self.orders else None
