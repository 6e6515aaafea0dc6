"""What is held though the order itself allows it: funds that do not reach for all, renames, what failed just before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import assert_never

from reconciler.model.ids import AccountName, Reference
from reconciler.model.money import Money
from reconciler.model.record import Record
from reconciler.plan.actions import Action, Adopt, Amend, Cancel, Confirm, Place
from reconciler.plan.assessments import Assessment, NeedsFunds, NeedsPrice
from reconciler.plan.causes import (
    Cause,
    FundsShort,
    NamedOrder,
    Paused,
    PausedOutsideGit,
    SameAsDeclared,
    SameAsRecorded,
    SameAsUnknown,
)
from reconciler.plan.findings import Finding, FindingKind, Subject
from reconciler.plan.inputs import PlanInput, Wanted
from reconciler.plan.remedies import Ask, Commit, Purpose, Remedy, Step, Wait, adopt, remedies_of, resume_account
from reconciler.plan.renames import (
    EquivalentOrder,
    EquivalentRecord,
    Roots,
    also_ordered,
    equivalent_declared,
    equivalent_record,
    equivalent_unrecorded,
    find_name,
    keep_name,
    root_of,
)


def unless_paused(assessment: Assessment, inputs: PlanInput) -> Assessment:
    """Return a assessment; or, of an order for which nothing is to be sent now, that it waits. Adopting sends nothing.

    What depends on a price that is not asked for is not known: a hold that was found before has not gone.
    """
    match assessment:
        case Finding() | Adopt():
            return assessment
        case NeedsPrice(wanted=wanted) | NeedsFunds(wanted=wanted):
            kind, key, reference = FindingKind.UNREAD, wanted.order.key, wanted.reference
            account = wanted.order.account
        case Place() | Confirm() | Amend() | Cancel():
            kind, key, reference = FindingKind.WAITING, assessment.key, assessment.reference
            account = assessment.account
        case _ as never:
            assert_never(never)
    if (pause := inputs.pause(account)) is not None:
        resume = resume_account(pause.account)
        cause: Cause = PausedOutsideGit(account=pause.account, reason=pause.reason, by=pause.by, at=pause.at)
        subject = Subject(key=key, account=account, reference=reference)
        return Finding(kind=FindingKind.WAITING, subject=subject, cause=cause, remedies=remedies_of(resume))
    if key not in inputs.paused:
        return assessment
    return Finding(
        kind=kind,
        subject=Subject(key=key, account=account, reference=reference),
        cause=Paused(inputs.paused[key]),
        remedies=remedies_of(Wait(purpose=Purpose.TRIED_AGAIN)),
    )


def within_funds(actions: Sequence[Action], inputs: PlanInput) -> tuple[list[Action], list[Finding]]:
    """Hold what the account's remaining funds do not cover, counting in the plan's order."""
    left: dict[AccountName, Money] = {}
    kept: list[Action] = []
    short: list[Finding] = []
    for action in actions:
        if not isinstance(action, Place | Confirm) or action.commits is None:
            kept.append(action)
            continue
        told = inputs.preflights[action.reference].available
        funds = left.setdefault(action.account, told) if told is not None else None
        if funds is None or funds.currency != action.commits.currency:
            kept.append(action)
        elif funds.minor >= action.commits.minor:
            left[action.account] = Money(funds.minor - action.commits.minor, funds.currency)
            kept.append(action)
        else:
            cause = FundsShort(price=action.commits, account=action.account, available=funds)
            ways = Ask(purpose=Purpose.RAISE_FUNDS), Commit(purpose=Purpose.REMOVE_OTHERS)
            wanted = inputs.by_reference[action.reference]
            short.append(Finding.for_order(wanted, FindingKind.HELD, cause, *ways))
    return kept, short


def hold_equivalent(actions: Sequence[Action], inputs: PlanInput) -> tuple[list[Action], list[Finding]]:
    """Hold a new order that would buy what another one has bought, or would buy too.

    A rename, a copy, or a geometry inserted before others must not order again what is ordered already.
    """
    kept: list[Action] = []
    held: list[Finding] = []
    recorded = _equivalent_records(actions, inputs)
    for action in actions:
        new = inputs.by_reference[action.reference] if isinstance(action, Place) else None
        found = _equivalent(new, inputs, recorded) if new is not None else None
        if found is None:
            kept.append(action)
        else:
            held.append(found)
    return kept, held


def _equivalent_records(actions: Sequence[Action], inputs: PlanInput) -> Mapping[Reference, EquivalentRecord]:
    """Return the orders on record that new ones may be under another name."""
    new = [inputs.by_reference[action.reference] for action in actions if isinstance(action, Place)]
    found = [(wanted.reference, equivalent_record(wanted, inputs)) for wanted in new]
    return {reference: each for reference, each in found if each is not None}


def _equivalent(wanted: Wanted, inputs: PlanInput, recorded: Mapping[Reference, EquivalentRecord]) -> Finding | None:
    if (found := recorded.get(wanted.reference)) is not None:
        cause = SameAsRecorded(other=found.record.key, state=found.state, exact=found.exact)
        roots = _roots(wanted, inputs, recorded)
        return Finding.for_order(wanted, FindingKind.HELD, cause, *_ways_on(found.record, wanted, inputs, roots))
    if others := tuple(sorted(other.order.key for other in equivalent_declared(wanted, inputs))):
        apart = Commit(purpose=Purpose.OTHER_WINDOW, location=wanted.order.source)
        ways = also_ordered(wanted, *others), apart
        return Finding.for_order(wanted, FindingKind.HELD, SameAsDeclared(others), *ways)
    if (other := equivalent_unrecorded(wanted, inputs)) is not None:
        return _held_for(other, wanted, inputs)
    return None


def _held_for(other: EquivalentOrder, wanted: Wanted, inputs: PlanInput) -> Finding:
    if other.key is not None:
        as_before = Commit(purpose=Purpose.STATE_AS_BEFORE, location=wanted.order.source, other=other.key)
        cause = SameAsRecorded(other=other.key, state=other.state, exact=True)
        return Finding.for_order(wanted, FindingKind.HELD, cause, as_before, also_ordered(wanted, other.key))
    unknown = SameAsUnknown(NamedOrder(other.order.id, other.order.status))
    ways = find_name(wanted, inputs), also_ordered(wanted, other.order.id)
    return Finding.for_order(wanted, FindingKind.HELD, unknown, *ways)


def _roots(wanted: Wanted, inputs: PlanInput, recorded: Mapping[Reference, EquivalentRecord]) -> Roots:
    """Return the names that the orders of a manifest seem to have been placed under, if all could be kept."""
    found = {each.reference: recorded.get(each.reference) for each in inputs.manifest_of(wanted)}
    free = {r: e.record for r, e in found.items() if e is not None and e.record.reference not in inputs.by_reference}
    roots = {reference: root_of(record, wanted.owner) for reference, record in free.items()}
    return {reference: root for reference, root in roots.items() if root is not None}


def _ways_on(record: Record, wanted: Wanted, inputs: PlanInput, roots: Roots) -> tuple[Step | Remedy, ...]:
    at, both = wanted.order.source, also_ordered(wanted, record.key)
    if record.reference in inputs.by_reference:
        return Commit(purpose=Purpose.STATE_AS_BEFORE, location=at, other=record.key), both
    moved = keep_name(record, wanted, inputs, roots)
    if not record.bound and not record.unresolved:
        return moved, Wait(purpose=Purpose.PLACED_IF_ABSENT)
    if record.unresolved:
        return moved, (adopt(record.key, record.attempt, Purpose.RESOLVE_OTHER), both)
    return moved, both
