"""From a world to a plan: every order judged, money added up, the whole checked against the policy."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter

from reconciler.model.ids import AccountName, Reference
from reconciler.model.money import Money
from reconciler.model.order import Cancellation, OnDelete
from reconciler.model.record import Record
from reconciler.plan.about import about_bound, about_new
from reconciler.plan.actions import Action, Adopt, Amend, Cancel, Place
from reconciler.plan.bound import judge_absent
from reconciler.plan.cancel import judge_cancel
from reconciler.plan.findings import Finding, FindingKind, Refusal
from reconciler.plan.gates import committed, refusals
from reconciler.plan.judge import PriceFirst, judge
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
    verdicts = [v for wanted in world.wanted for v in judge(wanted, world)] + list(_judge_orphans(world))
    actions = sorted(_actions(verdicts), key=lambda a: (_ORDER[type(a)], a.key))
    findings = [v if isinstance(v, Finding) else _unpriced(v) for v in verdicts if isinstance(v, Finding | PriceFirst)]
    actions, short = _within_funds(actions, world)
    live = [record for record in world.records.values() if record.live or record.unresolved]
    refused = refusals(actions, world.policy, spent=world.spent, live=live, desired=len(world.wanted))
    return Plan(
        _fingerprint(actions, world.now),
        world.now,
        tuple(actions),
        tuple(sorted([*findings, *short], key=lambda finding: (finding.key, finding.kind))),
        refused,
    )


def _actions(verdicts: Iterable[object]) -> list[Action]:
    return [v for v in verdicts if isinstance(v, Place | Adopt | Amend | Cancel)]


def _unpriced(marker: PriceFirst) -> Finding:
    return about_new(marker.wanted, FindingKind.UNREAD, "its price was not asked for", "run again")


def _fingerprint(actions: list[Action], at: datetime) -> str:
    body = _ACTIONS.dump_json(tuple(actions)) + at.isoformat().encode()
    return hashlib.sha256(body).hexdigest()[:12]


def _within_funds(actions: list[Action], world: World) -> tuple[list[Action], list[Finding]]:
    """Hold the placements that the account's remaining funds do not cover, counting in the plan's order."""
    left: dict[AccountName, Money] = {}
    kept: list[Action] = []
    short: list[Finding] = []
    for action in actions:
        if not isinstance(action, Place) or action.commits is None:
            kept.append(action)
            continue
        told = world.appraisals[action.reference].available
        funds = left.setdefault(action.account, told) if told is not None else None
        if funds is None or funds.currency != action.commits.currency:
            kept.append(action)
        elif funds.minor >= action.commits.minor:
            left[action.account] = Money(funds.minor - action.commits.minor, funds.currency)
            kept.append(action)
        else:
            text = f"costs {action.commits}; account {action.account} has {funds} left"
            door = "have the account's funds raised, or remove other orders"
            short.append(about_new(world.by_reference[action.reference], FindingKind.HELD, text, door))
    return kept, short


def _judge_orphans(world: World) -> Iterable[Action | Finding]:
    """Judge the live orders that no manifest speaks of any more."""
    spoken_of: set[Reference] = {r for w in world.wanted for r in (*w.earlier, w.reference)}
    for record in sorted(world.records.values(), key=lambda r: (r.key, r.attempt)):
        if record.reference not in spoken_of and (record.live or record.unresolved):
            yield _judge_orphan(record, world)


def _judge_orphan(record: Record, world: World) -> Action | Finding:
    forget = f"restore its manifest; or stop watching it: reconciler forget {record.key} --attempt {record.attempt}"
    if record.unresolved:
        return _judge_unresolved_orphan(record, world, forget)
    observed = world.observed(record)
    if observed is None:
        return judge_absent(record, world, None)
    if observed.phase.ended:
        return about_bound(record, FindingKind.ENDED, f"{observed.phase}", observed=observed)
    if record.on_delete is OnDelete.CANCEL:
        agreed = Cancellation("its manifest was removed", record.attempt)
        return judge_cancel(record, observed, world.views[record.account], agreed=agreed, wanted=None)
    text = f"lives on ({observed.phase}), but no manifest speaks of it"
    return about_bound(record, FindingKind.ORPHANED, text, forget, observed=observed)


def _judge_unresolved_orphan(record: Record, world: World, forget: str) -> Action | Finding:
    matches = world.matches(record.reference)
    if len(matches) == 1:
        match = matches[0]
        return Adopt(record.key, record.reference, match.account, record.attempt, match.id, match.status)
    text = "had no clear answer when it was placed and may exist; no manifest speaks of it"
    return about_bound(record, FindingKind.UNRESOLVED, text, forget)
