"""From a world to a plan: every order judged, money added up, the whole checked against the policy."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter

from reconciler.model.money import Money
from reconciler.plan.about import about_new
from reconciler.plan.actions import Action, Adopt, Amend, Cancel, Place
from reconciler.plan.findings import Finding, FindingKind, Refusal
from reconciler.plan.gates import committed, refusals
from reconciler.plan.holds import hold_renamed, within_funds
from reconciler.plan.judge import PriceFirst, judge
from reconciler.plan.orphans import judge_orphan, orphans
from reconciler.plan.world import Wanted, World

_ORDER = {Adopt: 0, Cancel: 1, Amend: 2, Place: 3}


@dataclass(frozen=True, slots=True)
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


PLAN_CODEC: TypeAdapter[Plan] = TypeAdapter(Plan)
"""A plan to JSON and back, equal."""

_ACTIONS: TypeAdapter[tuple[Action, ...]] = TypeAdapter(tuple[Action, ...])


def survey(world: World) -> tuple[Wanted, ...]:
    """Return the orders that would be placed if their price passes the gates: those are worth asking a price for."""
    return tuple(v.wanted for w in world.wanted for v in judge(w, world) if isinstance(v, PriceFirst))


def make_plan(world: World) -> Plan:
    """Judge every order and add up. The same world gives the same plan, in the same order."""
    verdicts = [v for wanted in world.wanted for v in judge(wanted, world)]
    verdicts += [judge_orphan(record, world) for record in orphans(world)]
    actions = sorted(_actions(verdicts), key=lambda a: (_ORDER[type(a)], a.key))
    findings = [v if isinstance(v, Finding) else _unpriced(v) for v in verdicts if isinstance(v, Finding | PriceFirst)]
    actions, renamed = hold_renamed(actions, world)
    actions, short = within_funds(actions, world)
    live = [record for record in world.records.values() if record.live or record.unresolved]
    refused = refusals(actions, world.policy, spent=world.spent, live=live, desired=len(world.wanted))
    return Plan(
        _fingerprint(actions, world.now),
        world.now,
        tuple(actions),
        tuple(sorted([*findings, *renamed, *short], key=lambda finding: (finding.key, finding.kind))),
        refused,
    )


def _actions(verdicts: Iterable[object]) -> list[Action]:
    return [v for v in verdicts if isinstance(v, Place | Adopt | Amend | Cancel)]


def _unpriced(marker: PriceFirst) -> Finding:
    return about_new(marker.wanted, FindingKind.UNREAD, "its price was not asked for", "run again")


def _fingerprint(actions: list[Action], at: datetime) -> str:
    body = _ACTIONS.dump_json(tuple(actions)) + at.isoformat().encode()
    return hashlib.sha256(body).hexdigest()[:12]
