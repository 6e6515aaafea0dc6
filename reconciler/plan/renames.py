"""Orders that would buy what another one has bought, or would buy too: renamed, copied, or found after a lost state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from reconciler.model.ids import OrderKey, Reference, bare, reference_for
from reconciler.model.order import ObservedOrder
from reconciler.model.phase import Phase
from reconciler.model.provider import Traits
from reconciler.model.record import Record
from reconciler.model.terms import Terms
from reconciler.plan.causes import OrderState
from reconciler.plan.equivalence import equivalent, overlapping, same_target, window_open
from reconciler.plan.inputs import PlanInput, Wanted
from reconciler.plan.lines import confirm_lines, moved_each_lines, moved_lines
from reconciler.plan.remedies import Commit, Purpose
from reconciler.plan.settle import may_exist


@dataclass(frozen=True, slots=True, kw_only=True)
class EquivalentRecord:
    """An order on record that a new one is like. `exact` if both would buy the same picture, else its target alone."""

    record: Record
    state: OrderState
    exact: bool


def equivalent_record(wanted: Wanted, inputs: PlanInput) -> EquivalentRecord | None:
    """Return the order on record that a new one may be under another name; None if there is none."""
    traits = inputs.views[wanted.order.account].traits
    tenant = inputs.tenant(wanted.order.account)
    for record in inputs.records_by_target.near(tenant, wanted.terms, traits):
        state = None if _is_own(wanted, record) else _state(record, traits, inputs)
        if state is None or record.key in wanted.order.confirm.also_ordered or _still_stated(record, traits, inputs):
            continue
        if any(equivalent(wanted.terms, terms, traits) for terms in (record.known_terms, record.held_terms)):
            return EquivalentRecord(record=record, state=state, exact=True)
        orphaned = record.reference not in inputs.declared_references and state is not OrderState.FULFILLED
        if orphaned and not _ordered_before(wanted, inputs) and _alike(wanted, record.known_terms, traits):
            return EquivalentRecord(record=record, state=state, exact=False)
    return None


def equivalent_declared(wanted: Wanted, inputs: PlanInput) -> Iterator[Wanted]:
    """Yield the declared orders that would buy, or have bought, the same picture, unless one of both says so."""
    traits = inputs.views[wanted.order.account].traits
    mine = wanted.order
    for other in inputs.wanted_by_target.near(inputs.tenant(mine.account), wanted.terms, traits):
        agreed = other.order.key in mine.confirm.also_ordered or mine.key in other.order.confirm.also_ordered
        if other is wanted or agreed or _is_dead(other, inputs):
            continue
        if equivalent(wanted.terms, other.terms, traits):
            yield other


@dataclass(frozen=True, slots=True, kw_only=True)
class EquivalentOrder:
    """A provider's order without a record that a new one is like. `key` is the order whose reference it carries."""

    order: ObservedOrder
    key: OrderKey | None
    state: OrderState


def equivalent_unrecorded(wanted: Wanted, inputs: PlanInput) -> EquivalentOrder | None:
    """Return an order of these terms under another reference, after a lost state: of an old name, or of another one."""
    traits = inputs.views[wanted.order.account].traits
    for observed in inputs.unrecorded_by_target.near(inputs.tenant(wanted.order.account), wanted.terms, traits):
        state, other = _observed_state(observed, traits, inputs), inputs.declaring(observed)
        if state is None or other is wanted or not equivalent(wanted.terms, observed.terms, traits):
            continue
        if other is not None and equivalent(other.terms, observed.terms, traits):  # compared as a declared one
            continue
        key = other.order.key if other is not None else None
        if not {observed.id, key} & set(wanted.order.confirm.also_ordered):
            return EquivalentOrder(order=observed, key=key, state=state)
    return None


def _observed_state(observed: ObservedOrder, traits: Traits, inputs: PlanInput) -> OrderState | None:
    if not observed.phase.ended:
        return OrderState.LIVE
    fulfilled = _fulfilled_lately(observed.phase, observed.terms, traits, inputs.clock(observed.account))
    return OrderState.FULFILLED if fulfilled else None


def successor(record: Record, inputs: PlanInput) -> Wanted | None:
    """Return the declared order that an undeclared one may have become: one that buys the same, or is new and alike."""
    traits, terms = inputs.views[record.account].traits, record.known_terms
    for wanted in inputs.wanted_by_target.near(inputs.tenant(record.account), terms, traits):
        fresh = all(reference not in inputs.records for reference in (*wanted.earlier, wanted.reference))
        same = equivalent(wanted.terms, terms, traits) or (fresh and _alike(wanted, terms, traits))
        if same and record.key not in wanted.order.confirm.also_ordered:
            return wanted
    return None


def _ordered_before(wanted: Wanted, inputs: PlanInput) -> bool:
    """Tell whether an earlier attempt of an order was placed for its target: it is not the new name of another one."""
    traits = inputs.views[wanted.order.account].traits
    earlier = [inputs.records[reference] for reference in wanted.earlier if reference in inputs.records]
    return any(record.bound and same_target(wanted.terms, record.known_terms, traits) for record in earlier)


def _alike(wanted: Wanted, terms: Terms, traits: Traits) -> bool:
    return same_target(wanted.terms, terms, traits) and overlapping(wanted.terms, terms, traits)


def root_of(record: Record, owner: str) -> OrderKey | None:
    """Return the name that a record's reference is made of; None if an older version did not keep it."""
    if record.declared is not None:
        return record.declared.origin
    own = reference_for(owner, record.key, record.attempt) == record.reference
    return record.key if own else None


Roots: TypeAlias = Mapping[Reference, OrderKey]
"""The names that new orders seem to have been placed under."""


def keep_name(record: Record, wanted: Wanted, inputs: PlanInput, roots: Roots | None = None) -> Commit:
    """Return the lines that make an order the new name of one on record; `roots` are those of its neighbors."""
    root = root_of(record, wanted.owner)
    return find_name(wanted, inputs) if root is None else moved_from(wanted, root, inputs, roots or {})


def moved_from(wanted: Wanted, root: OrderKey, inputs: PlanInput, roots: Roots) -> Commit:
    """Return the lines that say which name an order was placed under, beside those of its neighbors."""
    at, part = wanted.order.source, wanted.order.part
    if part is None:
        return Commit(purpose=Purpose.KEEP_NAME, location=at, lines=moved_lines(root))
    names = neighbors(wanted, inputs, roots) | {part: root}
    whole = OrderKey(root.partition("/")[0])
    of_one_manifest = all(bare(OrderKey(f"{whole}/{part}")) == bare(name) for part, name in names.items())
    lines = moved_lines(whole) if of_one_manifest else moved_each_lines(names)
    return Commit(purpose=Purpose.KEEP_NAME, location=at, lines=lines)


def neighbors(wanted: Wanted, inputs: PlanInput, roots: Roots) -> dict[str, OrderKey]:
    """Return the names that the other orders of a manifest were placed under, by the last part of their keys."""
    others = [each for each in inputs.manifest_of(wanted) if each.reference != wanted.reference]
    known = [(each.order.part, each.order.moved_from or roots.get(each.reference)) for each in others]
    return {part: name for part, name in known if part is not None and name is not None}


def find_name(wanted: Wanted, inputs: PlanInput) -> Commit:
    """Return the same lines if that name is not known: a person fills it in."""
    part, unknown = wanted.order.part, OrderKey("OLDNAME")
    lines = moved_lines(unknown)
    if part is not None:
        lines = moved_each_lines({**neighbors(wanted, inputs, {}), part: unknown})
    return Commit(purpose=Purpose.FIND_NAME, location=wanted.order.source, lines=lines)


def also_ordered(wanted: Wanted, *others: str) -> Commit:
    """Return the lines that say that an order is meant besides others which buy the same."""
    agreed = replace(wanted.order.confirm, also_ordered=(*wanted.order.confirm.also_ordered, *others))
    return Commit(purpose=Purpose.BOTH_MEANT, location=wanted.order.source, lines=confirm_lines(agreed))


def _phase(record: Record, inputs: PlanInput) -> Phase | None:
    """Return the phase of an order as this pass has read it, otherwise as it is on record."""
    observed = inputs.observed(record)
    return observed.phase if observed is not None else record.phase


def _is_own(wanted: Wanted, record: Record) -> bool:
    """Tell whether a record is of the order itself: of any attempt, and of any of its geometries' first name."""
    return record.reference in (wanted.reference, *wanted.earlier) or bare(record.key) == bare(wanted.order.key)


def _state(record: Record, traits: Traits, inputs: PlanInput) -> OrderState | None:
    """Return how an order on record stands by now; None if it has bought nothing that could be bought twice."""
    phase = _phase(record, inputs)
    if record.bound and not (phase is not None and phase.ended):
        return OrderState.LIVE
    if may_exist(record, inputs.views.get(record.account)):
        return OrderState.IN_DOUBT
    fulfilled = record.bound and _fulfilled_lately(phase, record.known_terms, traits, inputs.clock(record.account))
    return OrderState.FULFILLED if fulfilled else None


def _fulfilled_lately(phase: Phase | None, terms: Terms, traits: Traits, now: datetime) -> bool:
    """Tell whether an order has delivered its picture while its window is still open."""
    return phase is Phase.FULFILLED and window_open(terms, traits, now)


def _still_stated(record: Record, traits: Traits, inputs: PlanInput) -> bool:
    """Tell whether a manifest still states what the record has: such orders are compared as declared ones."""
    wanted = inputs.by_reference.get(record.reference)
    known, held = record.known_terms, record.held_terms
    return wanted is not None and all(equivalent(wanted.terms, terms, traits) for terms in (known, held))


def _is_dead(wanted: Wanted, inputs: PlanInput) -> bool:
    """Tell whether a declared order buys nothing: it ended without a picture, or is canceled in Git and not live."""
    record = inputs.records.get(wanted.reference)
    if record is not None and record.bound:
        phase = _phase(record, inputs)
        return phase is not None and (phase.without_picture or (wanted.order.canceled and phase.ended))
    may_live = (record is not None and record.unresolved) or inputs.matches(wanted.reference)
    return wanted.order.canceled and not may_live
