"""What is held though the order itself allows it: funds that do not reach for all, renames, what failed just before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import assert_never

from reconciler.model.ids import AccountName
from reconciler.model.money import Money
from reconciler.model.order import ObservedOrder
from reconciler.model.record import Record
from reconciler.model.terms import digest
from reconciler.plan.actions import Action, Adopt, Amend, Cancel, Confirm, Place
from reconciler.plan.assessments import Assessment, NeedsFunds, NeedsPrice
from reconciler.plan.causes import FundsShort, NamedOrder, Paused, SameAsRecorded, SameAsUnknown
from reconciler.plan.drift import differences
from reconciler.plan.findings import Finding, FindingKind, Subject
from reconciler.plan.inputs import PlanInput, Wanted
from reconciler.plan.orphans import orphans
from reconciler.plan.remedies import Ask, Commit, Purpose, Step, Wait, adopt, remedies_of
from reconciler.plan.settle import refusal_in_doubt


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


def _disowned(inputs: PlanInput) -> list[Record]:
    """Return the records that live, or may, whose stated terms no manifest states under their own name any more."""
    edited = [
        record
        for record in inputs.records.values()
        if (record.live or record.unresolved)
        and (wanted := inputs.by_reference.get(record.reference)) is not None
        and digest(wanted.terms) != digest(record.stated)
    ]
    doubted = [
        record
        for record in inputs.records.values()
        if record.reference not in inputs.declared_references
        and refusal_in_doubt(record, inputs.views.get(record.account))
    ]
    return [*edited, *orphans(inputs), *doubted]


def hold_renamed(actions: Sequence[Action], inputs: PlanInput) -> tuple[list[Action], list[Finding]]:
    """Hold a new order that is, term for term, a live one whose own manifest has gone or states something else now.

    A rename, or a geometry inserted before others, must not order again what is ordered already.
    """
    if not any(isinstance(action, Place) for action in actions):
        return list(actions), []
    disowned = _disowned(inputs)
    left = {(record.account, digest(record.stated)): record for record in disowned if record.stated}
    found = [record for record in disowned if not record.stated]
    kept: list[Action] = []
    held: list[Finding] = []
    for action in actions:
        if not isinstance(action, Place):
            kept.append(action)
            continue
        wanted, orphan = inputs.by_reference[action.reference], _same_order(action, left, found, inputs)
        if orphan is not None:
            cause, ways = SameAsRecorded(orphan.key, orphan.bound), _ways_on(orphan, wanted, inputs)
            held.append(Finding.for_order(wanted, FindingKind.HELD, cause, *ways))
        elif other := _under_another_reference(wanted, inputs):
            held.append(_held_by_another(wanted, other))
        else:
            kept.append(action)
    return kept, held


def _under_another_reference(wanted: Wanted, inputs: PlanInput) -> ObservedOrder | None:
    """Return a live order of these very terms whose reference nobody here knows: of an old name, after a lost state."""
    view = inputs.views[wanted.order.account]
    for order in view.listing.orders:
        if not order.references or order.phase.ended or order.references & inputs.declared_references:
            continue
        if inputs.unknown_references(order) and not differences(wanted, None, order, view.traits):
            return order
    return None


def _held_by_another(wanted: Wanted, other: ObservedOrder) -> Finding:
    at = wanted.order.source
    find = Commit(purpose=Purpose.FIND_NAME, location=at, lines="moved: {from: OLDNAME}")
    window = Commit(purpose=Purpose.OTHER_WINDOW_IF_FOREIGN, location=at)
    return Finding.for_order(wanted, FindingKind.HELD, SameAsUnknown(NamedOrder(other.id, other.status)), find, window)


def _same_order(
    place: Place, left: Mapping[tuple[AccountName, str], Record], found: Sequence[Record], inputs: PlanInput
) -> Record | None:
    """Return the live order that has these terms. Of one that was found after a lost state only the provider tells."""
    if known := left.get((place.account, place.digest)):
        return known
    wanted, traits = inputs.by_reference[place.reference], inputs.views[place.account].traits
    for record in found:
        observed = inputs.observed(record) if record.account == place.account else None
        if observed is not None and not differences(wanted, None, observed, traits):
            return record
    return None


def _ways_on(record: Record, wanted: Wanted, inputs: PlanInput) -> tuple[Step, ...]:
    at, other = wanted.order.source, record.key
    if record.reference in inputs.by_reference:
        before = Commit(purpose=Purpose.STATE_AS_BEFORE, location=at, other=other)
        return before, Commit(purpose=Purpose.OWN_TERMS, location=at)
    moved = Commit(purpose=Purpose.KEEP_NAME, location=at, lines=f"moved: {{from: {other}}}")
    if not record.bound and not record.unresolved:
        return moved, Wait(purpose=Purpose.PLACED_IF_ABSENT)
    if record.unresolved:
        return moved, adopt(other, record.attempt, Purpose.RESOLVE_OTHER)
    return moved, Commit(purpose=Purpose.OTHER_WINDOW, location=at)
