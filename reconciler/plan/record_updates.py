"""What a pass has learned by reading alone: phases, terms, lookups. An unchanged world gives none."""

from __future__ import annotations

from dataclasses import dataclass, replace

from reconciler.model.journal import (
    CountedAnew,
    CredentialsExchanged,
    JournalEvent,
    LookedUp,
    ManifestChanged,
    PhaseChanged,
    TermsReported,
)
from reconciler.model.order import OnDelete
from reconciler.model.record import Declaration, Record
from reconciler.plan.absence import first_missing, folder_replaced, may_be_absent
from reconciler.plan.inputs import AccountView, PlanInput, Wanted
from reconciler.plan.settle import LOOKUPS_NEEDED, may_exist, same_tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordUpdate:
    """A record as it is to be remembered from now on, and what is new in it."""

    record: Record
    event: JournalEvent


def updates_from(inputs: PlanInput) -> tuple[RecordUpdate, ...]:
    """Return what is worth writing down before anything is done; several notes on one record build on each other."""
    found: list[RecordUpdate] = []
    for record in sorted(inputs.records.values(), key=lambda r: (r.key, r.attempt, r.reference)):
        latest = record
        for step in (_git, _phase, _absent, _terms, _clock, _identity, _lookup):
            update = step(latest, inputs.by_reference.get(record.reference), inputs)
            if update is not None:
                found.append(update)
                latest = update.record
    return tuple(found)


def _git(record: Record, wanted: Wanted | None, inputs: PlanInput) -> RecordUpdate | None:
    """Remember what must be known when the manifest has gone."""
    if wanted is None:
        return None
    order, known = wanted.order, record.declared
    declared = _declaration(record, wanted, inputs)
    told = record.on_delete is order.on_delete and record.key == order.key and record.absent is None
    # Which commit declared it matters only if its removal is to cancel it; the first clean one is enough.
    committed = order.on_delete is OnDelete.CANCEL and declared.commit != (known.commit if known is not None else None)
    if told and not committed and not (record.live and folder_replaced(record, inputs)):
        return None
    changed = record.declared_as(order.key, on_delete=order.on_delete, declared=declared)
    return RecordUpdate(record=changed, event=ManifestChanged(on_delete=order.on_delete, key=order.key))


def _declaration(record: Record, wanted: Wanted, inputs: PlanInput) -> Declaration:
    """Return who declares an order: now, but for the first commit that did, and a folder that still counts."""
    now, known = inputs.declaration(wanted), record.declared
    if known is None:
        return now
    root = now.root if known.root is None or folder_replaced(record, inputs) else known.root
    return replace(now, root=root, commit=now.commit if known.commit is None else known.commit)


def _absent(record: Record, _wanted: Wanted | None, inputs: PlanInput) -> RecordUpdate | None:
    """Remember since when no manifest declares an order that is canceled for that."""
    missing = record.reference not in inputs.declared_references and may_be_absent(record, inputs)
    view = inputs.views.get(record.account)
    if not (missing and record.live and record.absent is None and record.on_delete is OnDelete.CANCEL) or view is None:
        return None
    changed = record.undeclared(first_missing(record, inputs, view.now))
    return RecordUpdate(record=changed, event=ManifestChanged(on_delete=record.on_delete, absent=True))


def _phase(record: Record, _wanted: Wanted | None, inputs: PlanInput) -> RecordUpdate | None:
    observed = inputs.observed(record)
    if observed is None or (observed.phase, observed.status) == (record.phase, record.status):
        return None
    changed = record.moved_to(observed.phase, observed.status, seen_at=inputs.views[record.account].now)
    event = PhaseChanged(previous=record.status, status=observed.status, phase=observed.phase)
    return RecordUpdate(record=changed, event=event)


def _terms(record: Record, _wanted: Wanted | None, inputs: PlanInput) -> RecordUpdate | None:
    """Remember terms that the provider reports otherwise than before, its own defaults among them."""
    observed = inputs.observed(record)
    if observed is None:
        return None
    new = {name: value for name, value in observed.terms.items() if record.observed.get(name) != value}
    created = record.created_at or observed.created_at
    if not new and created == record.created_at:
        return None
    return RecordUpdate(record=record.reported_as(new, created_at=created), event=TermsReported(terms=new))


def _clock(record: Record, _wanted: Wanted | None, inputs: PlanInput) -> RecordUpdate | None:
    """Begin to count the time that an order may take to show, if no clock has counted it or one went back behind it."""
    view, known = inputs.views.get(record.account), record.answered
    if view is None or view.listing.problem is not None or not _awaited(record, view, inputs):
        return None
    if known is not None and known.provider <= view.now and known.ours <= view.ours:
        return None
    return RecordUpdate(record=record.counted_from(view.moment), event=CountedAnew(ours=view.ours))


def _identity(record: Record, _wanted: Wanted | None, inputs: PlanInput) -> RecordUpdate | None:
    """Remember that other credentials are the same tenant's: the order that proved it may end."""
    view = inputs.views.get(record.account)
    if view is None or record.identity is None or record.identity not in view.former:
        return None
    event = CredentialsExchanged(identity=view.identity, former=record.identity)
    return RecordUpdate(record=record.of_identity(view.identity), event=event)


def _awaited(record: Record, view: AccountView, inputs: PlanInput) -> bool:
    """Tell whether it matters how long an order may still take to show."""
    if record.bound:
        return record.answered is not None and record.live and inputs.reported_missing(record)
    return may_exist(record, view)


def _lookup(record: Record, _wanted: Wanted | None, inputs: PlanInput) -> RecordUpdate | None:
    """Count a complete search that did not find an order which may exist, until its absence is established."""
    view = inputs.views.get(record.account)
    if not record.unresolved or view is None or inputs.matches(record.reference):
        return None
    if view.listing.problem is not None or view.lags or not same_tenant(record, view):
        return None
    if record.lookups >= LOOKUPS_NEEDED and view.settled(record):
        return None
    changed = record.looked_up()
    return RecordUpdate(record=changed, event=LookedUp(lookups=changed.lookups))
