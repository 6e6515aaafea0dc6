"""Ask the providers, by reads alone: one listing per account, single reads for what it lacks, prices where needed.

It is handed readers, so that nothing in here could spend even by mistake.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from reconciler.model.account import SIMULATOR, Account
from reconciler.model.errors import ProviderError
from reconciler.model.geojson import geojson, place_of
from reconciler.model.geometry import Target
from reconciler.model.ids import AccountName, OrderKey, ProviderOrderId, Reference
from reconciler.model.order import DesiredOrder, Listing, ObservedOrder
from reconciler.model.phase import Phase
from reconciler.model.provider import Preflight
from reconciler.model.record import Record
from reconciler.plan.actions import Amend, Cancel
from reconciler.plan.findings import Subject
from reconciler.plan.identity import recognized
from reconciler.plan.inputs import AccountView, PlanInput, Wanted
from reconciler.plan.planner import Plan, Survey
from reconciler.providers.address import on_this_machine
from reconciler.providers.base import OrderReader
from reconciler.providers.pool import pool
from reconciler.providers.registry import driver

Tell = Callable[[str], None]
"""Told what is being done, in a few words."""

_NOT_BEGUN = frozenset({Phase.PLACED, Phase.OFFERED, Phase.QUOTED})
_MARGIN = timedelta(days=1)
"""Listings start this long before the oldest live order, against clocks that disagree."""


def want(
    orders: Mapping[Reference, DesiredOrder], owner: str, now: Mapping[AccountName, datetime]
) -> tuple[Wanted, ...]:
    """Derive from each order what follows from Git and the provider's clock."""
    return tuple([_want(reference, order, owner, now[order.account]) for reference, order in orders.items()])


def _want(reference: Reference, order: DesiredOrder, owner: str, now: datetime) -> Wanted:
    provider = driver(order.provider)
    return Wanted(
        order=order,
        owner=owner,
        reference=reference,
        terms=provider.terms(order),
        readiness=provider.readiness(order, now),
        warnings=provider.warnings(order),
    )


def view_accounts(
    accounts: Sequence[Account],
    readers: Mapping[AccountName, OrderReader],
    records: Mapping[Reference, Record],
    references: Iterable[Reference],
    tell: Tell,
    ours: Callable[[], datetime],
) -> dict[AccountName, AccountView]:
    """Read every account, side by side. What could not be read is said in the view, never raised.

    `ours` is our clock.
    """
    unbound = any(r not in records or not records[r].bound for r in references)
    unbound = unbound or any(record.unresolved for record in records.values())

    live = frozenset(record.key for record in records.values() if record.live)

    def view(account: Account) -> AccountView:
        mine = [record for record in records.values() if record.account == account.name]
        tell(f"listing orders of {account.name}")
        return _view(account, readers[account.name], mine, None if unbound else _since(mine, live), ours)

    with pool(len(accounts)) as threads:
        return {found.name: found for found in threads.map(view, accounts)}


def _since(records: Sequence[Record], live: Collection[OrderKey]) -> datetime | None:
    """Return from when on to list where every order is bound: everything live, and all that came after.

    An earlier attempt that was decided not to exist may yet show up beside the one that lives: it is looked for too.
    """
    sent = [r.intent.at for r in records if not r.bound and r.intent is not None and r.key in live]
    created = [record.created_at for record in records if record.live]
    known = [instant for instant in created if instant is not None]
    if len(known) < len(created):
        return None
    ended = [record.created_at for record in records if record.created_at is not None]
    oldest = [*(known or ([max(ended)] if ended else [])), *sent]
    return min(oldest) - _MARGIN if oldest else None


def unasked(account: Account, now: datetime, ours: datetime, why: str) -> AccountView:
    """Return the view of an account that is left alone: nothing, and why. `now` is anybody's clock."""
    return _seen(account, Listing(orders=(), since=None, read_at=now, pages=0, problem=why), now, ours)


def set_aside(account: Account, now: datetime, ours: datetime) -> AccountView:
    """Return the view of an account that Git leaves alone."""
    return replace(unasked(account, now, ours, "suspended in Git"), set_aside=True)


def _seen(account: Account, listing: Listing, now: datetime, ours: datetime, *, identity: str = "") -> AccountView:
    provider = driver(account.provider)
    return AccountView(
        name=account.name,
        provider=account.provider,
        traits=provider.traits,
        limits=account.limits,
        now=now,
        ours=ours,
        identity=identity,
        speed=account.simulator.speed,
        listing=listing,
        cancellation=provider.cancellation,
        tenant=provider.tenant(account),
        source=account.source,
        suspend=account.suspend,
        public=account.endpoint != SIMULATOR and not on_this_machine(account.endpoint),
    )


def _view(
    account: Account,
    reader: OrderReader,
    records: Sequence[Record],
    since: datetime | None,
    ours: Callable[[], datetime],
) -> AccountView:
    listing = reader.list(since=since)
    listed = {order.id for order in listing.orders}
    absent = [r.order_id for r in records if r.live and r.order_id is not None and r.order_id not in listed]
    try:
        identity = reader.identity() if listing.complete else ""
    except ProviderError as e:
        identity, listing = "", replace(listing, problem=str(e))
    view = _seen(account, listing, reader.now(), ours(), identity=identity)
    if not listing.complete:
        return view
    with pool(account.limits.concurrency) as threads:
        singles = dict(found for found in threads.map(lambda id_: _single(reader, id_), absent) if found is not None)
    return recognized(replace(view, singles=singles), records, account.tenant)


def _single(reader: OrderReader, order_id: ProviderOrderId) -> tuple[ProviderOrderId, ObservedOrder | None] | None:
    """Read one order that the listing lacked; None when the read itself failed, which proves nothing."""
    try:
        return order_id, reader.get(order_id)
    except ProviderError:
        return None


def preflight(
    surveyed: Survey,
    accounts: Sequence[Account],
    readers: Mapping[AccountName, OrderReader],
    tell: Tell,
    monotonic: Callable[[], float],
) -> dict[Reference, Preflight]:
    """Ask prices for what would be placed and funds for what would be accepted, within each account's limits.

    `monotonic` is the clock by which a price ages, in seconds.
    """
    found: dict[Reference, Preflight] = {}
    for account in accounts:
        reader = readers[account.name]
        asked: dict[Reference, Callable[[], Preflight]] = {
            w.reference: partial(reader.preflight, w.order)
            for w in surveyed.unpriced
            if w.order.account == account.name
        }
        if asked:
            tell(f"asking {account.name} for {len(asked)} price{'s' * (len(asked) > 1)}")
        asked |= {
            f.wanted.reference: partial(reader.preflight_quote, f.observed, f.quote)
            for f in surveyed.unfunded
            if f.observed.account == account.name
        }
        with pool(account.limits.concurrency) as threads:
            answers = threads.map(lambda ask: replace(ask(), asked_at=monotonic()), asked.values())
            found |= zip(asked, answers, strict=True)
    return found


def show_details(
    records: Iterable[Record], readers: Mapping[AccountName, OrderReader], tell: Tell
) -> dict[Reference, dict[str, str]]:
    """Ask what else there is to show of orders that are worked on, such as planned scene times; one read per order."""
    found: dict[Reference, dict[str, str]] = {}
    for record in records:
        begun = record.live and record.phase not in _NOT_BEGUN
        if begun and record.order_id is not None and record.account in readers:
            tell(f"asking about {record.key}")
            try:
                found[record.reference] = dict(readers[record.account].details(record.order_id))
            except ProviderError:
                continue
    return found


def held_targets(plan: Plan, inputs: PlanInput) -> dict[OrderKey, Target]:
    """Return the targets that providers hold where Git states others, of orders that differ, or are to be changed."""
    orders = {wanted.order.key: wanted.order for wanted in inputs.wanted}
    about: list[Subject | Amend | Cancel] = [finding.subject for finding in plan.findings if finding.differences]
    about += [action for action in plan.actions if isinstance(action, Amend | Cancel)]
    found: dict[OrderKey, Target] = {}
    for each in about:
        record = inputs.records.get(each.reference) if each.reference is not None else None
        held = _held(record, inputs) if record is not None else None
        if held is not None and each.key in orders and not _same_place(held, orders[each.key].target):
            found[each.key] = held
    return found


def _held(record: Record, inputs: PlanInput) -> Target | None:
    """Return the target of a bound order, as far as its provider tells what a manifest of it would state."""
    observed = inputs.observed(record)
    draft = driver(record.provider).draft(observed) if observed is not None else ""
    return draft.target if not isinstance(draft, str) else None


def _same_place(one: Target, other: Target) -> bool:
    return place_of(geojson(one)) == place_of(geojson(other))
