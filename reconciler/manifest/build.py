"""From a valid document to the model's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from reconciler.manifest.documents import (
    AccountSpec,
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
from reconciler.model.account import Account, Freeze, Limits, OnUnknown, Policy, Project, SimulatedClock
from reconciler.model.block import Block
from reconciler.model.errors import Location
from reconciler.model.geometry import Target
from reconciler.model.ids import AccountName, OrderKey, ProviderOrderId
from reconciler.model.order import Adoption, Agreement, Cancellation, DesiredOrder, OnDelete, Suspension
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
    metadata: Metadata, spec: OrderSpec, provider: str, *, targets: Sequence[Target], source: Location
) -> list[DesiredOrder]:
    """Build one order for each target: under the bare name for one, `name/1`, `name/2` and so on for several."""
    order = DesiredOrder(
        key=OrderKey(metadata.name),
        account=AccountName(spec.account),
        provider=provider,
        attempt=spec.attempt,
        window=Window(spec.window.start, spec.window.end),
        target=targets[0],
        settings=_settings(spec, provider),
        source=source,
        confirm=_confirm(spec.confirm),
        suspend=_suspension(spec.suspend),
        cancel=_cancellation(spec.cancel, spec.attempt),
        on_delete=OnDelete(spec.lifecycle.on_delete),
        labels=metadata.labels,
        adopt=Adoption(ProviderOrderId(spec.adopt.order_id), spec.adopt.attempt) if spec.adopt else None,
        moved_from=OrderKey(spec.moved.from_) if spec.moved else None,
    )
    return [order] if len(targets) == 1 else [_one_of(order, n, target) for n, target in enumerate(targets, start=1)]


def _one_of(order: DesiredOrder, number: int, target: Target) -> DesiredOrder:
    old = order.moved_from
    moved = OrderKey(f"{old}/{number}") if old is not None else None
    return replace(order, key=OrderKey(f"{order.key}/{number}"), target=target, moved_from=moved)


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


def _suspension(part: SuspendPart | None) -> Suspension | None:
    return Suspension(part.reason, part.until) if part else None


def _cancellation(part: CancelPart | None, own_attempt: int) -> Cancellation | None:
    if part is None:
        return None
    return Cancellation(
        reason=part.reason,
        attempt=part.attempt or own_attempt,
        max_charge=part.max_charge.money() if isinstance(part.max_charge, Amount) else None,
        unbounded=part.max_charge == "unbounded",
    )
