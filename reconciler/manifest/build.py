"""From a valid document to the model's words."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.manifest.documents import (
    AccountSpec,
    AccountSuspendPart,
    CancelPart,
    ConfirmPart,
    FeasibilityPart,
    LimitsPart,
    Metadata,
    OrderSpec,
    PolicyPart,
    ProjectSpec,
    SimulatorPart,
    SuspendPart,
)
from reconciler.manifest.fields import Amount, monies
from reconciler.model.account import Account, Freeze, Limits, OnUnknown, Policy, Project, SimulatedClock, Suspension
from reconciler.model.block import Block
from reconciler.model.errors import Location
from reconciler.model.geometry import Target
from reconciler.model.ids import AccountName, OrderKey, ProviderOrderId
from reconciler.model.order import Adoption, Agreement, Cancellation, DesiredOrder, OnDelete, Siblings
from reconciler.model.time import Window


def project(metadata: Metadata, spec: ProjectSpec, source: Location, policy_at: Location) -> Project:
    """Build the project; `policy_at` is where its policy stands."""
    return Project(name=metadata.name, owner=spec.owner, policy=_policy(spec.policy, policy_at), source=source)


def _policy(part: PolicyPart, source: Location) -> Policy:
    return Policy(
        per_order=monies(part.per_order),
        per_pass=monies(part.per_pass),
        per_month=monies(part.per_month),
        new_orders_per_pass=part.new_orders_per_pass,
        cancels_per_pass=part.cancels_per_pass,
        allow_empty=part.allow_empty,
        freezes=tuple(Freeze(Window(freeze.start, freeze.end), freeze.reason) for freeze in part.freezes),
        source=source,
    )


def account(
    metadata: Metadata, spec: AccountSpec, provider: str, *, source: Location, places: Mapping[str, Location]
) -> Account:
    """Build an account of that provider, whose block the spec holds; `places` says where each field of the spec is."""
    return Account(
        name=AccountName(metadata.name),
        provider=provider,
        endpoint=spec.endpoint,
        settings=_settings(spec, provider),
        source=source,
        limits=_limits(spec.limits),
        simulator=_clock(spec.simulator),
        suspend=_suspension(spec.suspend),
        tenant=spec.tenant,
        places=places,
    )


def _settings(spec: AccountSpec | OrderSpec, provider: str) -> Block:
    settings = getattr(spec, provider)
    assert isinstance(settings, Block)
    return settings


def _limits(part: LimitsPart) -> Limits:
    return Limits(
        requests_per_second=part.requests_per_second,
        concurrency=part.concurrency,
        settle=part.settle,
        on_unknown=OnUnknown(part.on_unknown),
    )


def _clock(part: SimulatorPart | None) -> SimulatedClock:
    return SimulatedClock(part.start, part.speed) if part else SimulatedClock()


def orders(
    metadata: Metadata, spec: OrderSpec, provider: str, *, targets: Mapping[str | None, Target], source: Location
) -> list[DesiredOrder]:
    """Build one order for each target, by the last part of its key: None for the only one of a manifest."""
    siblings = None if None in targets else _siblings(spec)
    return [
        _order(metadata, spec, provider, part=part, target=target, source=source, siblings=siblings)
        for part, target in targets.items()
    ]


def _order(
    metadata: Metadata,
    spec: OrderSpec,
    provider: str,
    *,
    part: str | None,
    target: Target,
    source: Location,
    siblings: Siblings | None,
) -> DesiredOrder:
    single = spec.attempts.get(part) if part is not None else None
    return DesiredOrder(
        key=OrderKey(metadata.name if part is None else f"{metadata.name}/{part}"),
        account=AccountName(spec.account),
        provider=provider,
        attempt=single or spec.attempt,
        window=Window(spec.window.start, spec.window.end),
        target=target,
        settings=_settings(spec, provider),
        source=source,
        confirm=_confirm(spec.confirm),
        suspend=_suspension(spec.suspend),
        cancel=_cancellation(spec.cancel) if spec.cancel and _is_meant(spec.cancel, part) else None,
        on_delete=OnDelete(spec.lifecycle.on_delete),
        labels=metadata.labels,
        adopt=Adoption(ProviderOrderId(spec.adopt.order_id), spec.adopt.attempt) if spec.adopt else None,
        moved_from=_old_name(spec, part),
        siblings=siblings,
        common_attempt=spec.attempt if part is not None and single is None else None,
    )


def _siblings(spec: OrderSpec) -> Siblings:
    cancel = _cancellation(spec.cancel) if spec.cancel and spec.cancel.only else None
    return Siblings(attempts=spec.attempts, cancel=cancel)


def _old_name(spec: OrderSpec, part: str | None) -> OrderKey | None:
    """Return the name that an order was placed under: its own, or that of the same part of another manifest."""
    whole = spec.moved.get("from")
    if whole is not None:
        return OrderKey(whole if part is None else f"{whole}/{part}")
    own = spec.moved.get(part) if part is not None else None
    return OrderKey(own) if own is not None else None


def _confirm(part: ConfirmPart) -> Agreement:
    return Agreement(
        max_price=part.max_price.money() if part.max_price else None,
        unpriced=part.unpriced,
        options=_options(part.feasibility) if part.feasibility else (),
        reject_quote=part.quote == "reject",
        also_ordered=part.also_ordered,
    )


def _options(part: FeasibilityPart) -> tuple[str, ...]:
    return (part.option_id,) if isinstance(part.option_id, str) else part.option_id


def _suspension(part: SuspendPart | AccountSuspendPart | None) -> Suspension | None:
    return Suspension(part.reason, part.until) if part else None


def _is_meant(part: CancelPart, order: str | None) -> bool:
    return not part.only or order in part.only


def _cancellation(part: CancelPart) -> Cancellation:
    return Cancellation(
        reason=part.reason,
        attempt=part.attempt,
        only=part.only,
        max_charge=part.max_charge.money() if isinstance(part.max_charge, Amount) else None,
        unbounded=part.max_charge == "unbounded",
    )
