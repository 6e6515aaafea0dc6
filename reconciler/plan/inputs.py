"""What the planner is given: Git's side, the providers' side and the state's side, side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property

from reconciler.model.account import Freeze, Limits, Policy, Suspension
from reconciler.model.errors import Location
from reconciler.model.ids import AccountName, OrderKey, ProviderOrderId, Reference, bare
from reconciler.model.money import Money
from reconciler.model.order import DesiredOrder, Listing, ObservedOrder
from reconciler.model.pause import Pause
from reconciler.model.provider import CancelTerms, Preflight, Readiness, Traits
from reconciler.model.record import Declaration, Record
from reconciler.model.sighting import AccountRead
from reconciler.model.terms import Terms
from reconciler.model.time import Moment, time_left
from reconciler.plan.alike import made_by, may_be
from reconciler.plan.equivalence import Targets

MOST_ATTEMPTS = 100
"""Attempts of one order that a manifest can state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A desired order with everything that follows from it alone: its references, terms, and how its window stands.

    `warnings` say what may become of it that its reviewers should know.
    """

    order: DesiredOrder
    owner: str
    reference: Reference
    terms: Terms
    readiness: Readiness
    warnings: tuple[str, ...] = ()

    @property
    def earlier(self) -> tuple[Reference, ...]:
        """The references of the attempts below the order's own, the first attempt first."""
        return self._references(range(1, self.order.attempt))

    @property
    def later(self) -> tuple[Reference, ...]:
        """The references of all attempts above it, which exist only if the attempt was lowered."""
        return self._references(range(self.order.attempt + 1, MOST_ATTEMPTS + 1))

    def _references(self, attempts: Iterable[int]) -> tuple[Reference, ...]:
        return tuple([self.order.reference(self.owner, attempt) for attempt in attempts])


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountView:
    """One account as it was just read. `now` is its provider's clock, `ours` our own; a simulated one has a `speed`.

    `singles` holds the single reads of bound orders that the listing lacked: None where the provider says that there is
    no such order; an id that is absent was not read. `tenant` says where the account's orders live (address, contract).
    `source` is the account's manifest; with `set_aside` nobody has asked it, since its `suspend` says so. `identity` is
    whom its credentials belong to, `former` whom they did and who is known to be the same; a `stranger` is not. A
    `public` one is not on this machine.
    """

    name: AccountName
    provider: str
    traits: Traits
    limits: Limits
    now: datetime
    ours: datetime
    listing: Listing
    cancellation: Callable[[ObservedOrder, datetime], CancelTerms | None]
    singles: Mapping[ProviderOrderId, ObservedOrder | None] = field(default_factory=dict)
    tenant: str = ""
    speed: float = 1.0
    source: Location | None = None
    suspend: Suspension | None = None
    set_aside: bool = False
    identity: str = ""
    former: frozenset[str] = frozenset()
    stranger: bool = False
    public: bool = False

    @property
    def moment(self) -> Moment:
        """When it was read, by both clocks."""
        return Moment(self.now, self.ours)

    @property
    def lags(self) -> bool:
        """Tell whether the listing lacks an order that a single read shows: then absence from it means nothing."""
        return any(order is not None for order in self.singles.values())

    def time_left(self, record: Record) -> timedelta:
        """Return how long, by its provider's clock, an order that was sent may still take to show."""
        return time_left(record.answered, self.moment, speed=self.speed, needed=self.limits.settle)

    def settled(self, record: Record) -> bool:
        """Tell whether an order that was sent would have shown in this listing."""
        return self.listing.complete and not self.lags and not self.time_left(record)


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestSource:
    """Where the manifests of a pass were read from.

    `root` is the path of their folder: in Git below the top of the working tree, else on the file system. `whole` is
    False for a single file. `commit` is HEAD if the manifests are as it has them, None if they differ from it.
    """

    owner: str
    root: str
    whole: bool = True
    in_git: bool = False
    commit: str | None = None

    def covers(self, root: str) -> bool:
        """Tell whether a folder, or a file, is this one or lies below it."""
        return _within(root, self.root)

    def is_part_of(self, root: str) -> bool:
        """Tell whether this is only a part of a folder."""
        return self.root != root and _within(self.root, root)


def _within(path: str, folder: str) -> bool:
    below = folder == "." and not path.startswith(("/", ".."))
    return path == folder or below or path.startswith(f"{folder.rstrip('/')}/")


def _with(order: ObservedOrder, more: frozenset[Reference] | None) -> ObservedOrder:
    return replace(order, references=order.references | more) if more else order


@dataclass(frozen=True, kw_only=True)
class PlanInput:
    """Everything at once. `spent` is what this month's intents have bound so far, by currency.

    For the orders in `paused` nothing is sent, for the reason that is given. `source` is where the manifests are from;
    None if that is not known, and everything is. `last_commit` is the last one that a pass read as it is; `ancestors`
    tells of commits whether they are ancestors of this pass's, None if Git cannot tell. `reads` are the last complete
    listings of accounts before this pass, `pauses` what a person has stopped outside Git, `sightings` what those showed
    of the accounts that were not read in it.
    """

    wanted: tuple[Wanted, ...]
    views: Mapping[AccountName, AccountView]
    records: Mapping[Reference, Record]
    policy: Policy
    now: datetime
    spent: tuple[Money, ...] = ()
    preflights: Mapping[Reference, Preflight] = field(default_factory=dict)
    paused: Mapping[OrderKey, str] = field(default_factory=dict)
    source: ManifestSource | None = None
    last_commit: str | None = None
    ancestors: Mapping[str, bool | None] = field(default_factory=dict)
    pauses: Sequence[Pause] = ()
    reads: Mapping[AccountName, AccountRead] = field(default_factory=dict)
    sightings: Mapping[Reference, tuple[AccountName, ProviderOrderId]] = field(default_factory=dict)

    @cached_property
    def by_reference(self) -> Mapping[Reference, Wanted]:
        """The desired orders by the reference of their own attempt."""
        return {w.reference: w for w in self.wanted}

    @cached_property
    def declared_references(self) -> frozenset[Reference]:
        """The references that some manifest stands for: its own attempt's and those below."""
        return frozenset(self._by_any_attempt)

    @cached_property
    def _by_manifest(self) -> Mapping[Location, Sequence[Wanted]]:
        found: dict[Location, list[Wanted]] = {}
        for wanted in self.wanted:
            found.setdefault(wanted.order.source, []).append(wanted)
        return found

    def manifest_of(self, wanted: Wanted) -> Sequence[Wanted]:
        """Return all orders of an order's manifest, itself among them."""
        return self._by_manifest[wanted.order.source]

    @cached_property
    def _by_name(self) -> Mapping[str, Sequence[Record]]:
        found: dict[str, list[Record]] = {}
        for record in self.records.values():
            found.setdefault(bare(record.key), []).append(record)
        return found

    @cached_property
    def _by_origin(self) -> Mapping[str, Wanted]:
        return {bare(wanted.order.origin): wanted for wanted in self.wanted}

    def declared_at_another_attempt(self, record: Record) -> Wanted | None:
        """Return the desired order that a record is another attempt of, if there is one."""
        origin = record.declared.origin if record.declared is not None else record.key
        wanted = self._by_origin.get(bare(origin))
        known = wanted is not None and wanted.order.reference(wanted.owner, record.attempt) == record.reference
        return wanted if known else None

    def records_of(self, key: OrderKey) -> Sequence[Record]:
        """Return the records of an order's name, whatever their attempts and references."""
        return self._by_name.get(bare(key), ())

    @cached_property
    def _listed_orders(self) -> Sequence[tuple[AccountView, ObservedOrder]]:
        """Every listed order by its account's name, with the references that Git or, without text, its terms tell."""
        views, named = sorted(self.views.values(), key=lambda v: v.name), self._adopted
        found = [(v, o if o.marked else self._told_by_terms(v, o)) for v in views for o in v.listing.orders]
        return [(v, _with(o, named.get((v.name, o.id)))) for v, o in found] if named else found

    @cached_property
    def _adopted(self) -> Mapping[tuple[AccountName, ProviderOrderId], frozenset[Reference]]:
        """The references of the orders that Git says to be a provider's existing ones."""
        found: dict[tuple[AccountName, ProviderOrderId], frozenset[Reference]] = {}
        for wanted in self.wanted:
            if (adopt := wanted.order.adopt) is not None:
                place = wanted.order.account, adopt.order_id
                found[place] = found.get(place, frozenset()) | {wanted.order.reference(wanted.owner, adopt.attempt)}
        return found

    def _told_by_terms(self, view: AccountView, order: ObservedOrder) -> ObservedOrder:
        if (view.provider, order.id) in self.bindings:
            return order
        sent = [r for r in self.records.values() if r.unresolved and r.provider == view.provider]
        # Before that, an order of somebody else's may show while ours does not yet.
        made = [r.reference for r in sent if not view.time_left(r) and made_by(r, order, view.traits, view.tenant)]
        return replace(order, references=frozenset(made))

    @cached_property
    def _orders_by_reference(self) -> dict[Reference, dict[tuple[str, ProviderOrderId], ObservedOrder]]:
        """Two accounts may see one contract: an order counts once per provider."""
        found: dict[Reference, dict[tuple[str, ProviderOrderId], ObservedOrder]] = {}
        for view, order in self._listed_orders:
            for reference in order.references:
                found.setdefault(reference, {}).setdefault((view.provider, order.id), order)
        return found

    @cached_property
    def _by_id(self) -> dict[tuple[AccountName, ProviderOrderId], ObservedOrder]:
        return {(view.name, order.id): order for view, order in self._listed_orders}

    @cached_property
    def _unclaimed_orders(self) -> Sequence[tuple[AccountView, ObservedOrder]]:
        """The orders that show no text, are bound to no order of ours, and were made by none that is in doubt."""
        unmarked = [(v, o) for v, o in self._listed_orders if not o.marked and not o.references]
        return [(v, o) for v, o in unmarked if (v.provider, o.id) not in self.bindings]

    @cached_property
    def fragments(self) -> Sequence[tuple[ObservedOrder, frozenset[str]]]:
        """The orders bound to none of ours that show the beginning of a reference."""
        found = [(v, o) for v, o in self._listed_orders if o.fragments and (v.provider, o.id) not in self.bindings]
        return [(order, order.fragments) for _, order in found]

    def alike(self, wanted: Wanted) -> tuple[ObservedOrder, ...]:
        """Return the orders without text that may be this one, since nothing that they show of themselves differs."""
        mine = [(v, o) for v, o in self._unclaimed_orders if v.provider == wanted.order.provider]
        found = {o.id: o for v, o in mine if may_be(wanted.terms, o, v.traits)}
        return tuple(sorted(found.values(), key=lambda o: o.id))

    def declaration(self, wanted: Wanted) -> Declaration:
        """Return who declares an order in this pass."""
        root, commit = (self.source.root, self.source.commit) if self.source is not None else (None, None)
        return Declaration(origin=wanted.order.origin, owner=wanted.owner, root=root, commit=commit)

    def tenant(self, account: AccountName) -> str:
        """Return where an account's orders are; accounts at one place share it."""
        view = self.views[account]
        return f"{view.provider} {view.tenant}"

    @cached_property
    def wanted_by_target(self) -> Targets[Wanted]:
        """The desired orders by their targets."""
        found: Targets[Wanted] = Targets()
        for wanted in self.wanted:
            account = wanted.order.account
            found.add(wanted, self.tenant(account), wanted.terms, self.views[account].traits)
        return found

    @cached_property
    def records_by_target(self) -> Targets[Record]:
        """The records by their targets: as Git stated them, and as the provider reports them."""
        found: Targets[Record] = Targets()
        for record in sorted(self.records.values(), key=lambda r: (r.key, r.attempt, r.reference)):
            if (view := self.views.get(record.account)) is not None:
                for terms in (record.known_terms, record.held_terms):
                    found.add(record, self.tenant(record.account), terms, view.traits)
        return found

    @cached_property
    def unrecorded_by_target(self) -> Targets[ObservedOrder]:
        """The listed orders that carry references of our form, none of which is on record, by their targets."""
        found: Targets[ObservedOrder] = Targets()
        for view, order in self._listed_orders:
            if order.references and not order.references & self.records.keys():
                found.add(order, self.tenant(view.name), order.terms, view.traits)
        return found

    @cached_property
    def listed_references(self) -> frozenset[Reference]:
        """All references that listed orders carry."""
        return frozenset(self._orders_by_reference)

    @cached_property
    def bindings(self) -> dict[tuple[str, ProviderOrderId], Reference]:
        """Which reference each bound order belongs to, by provider and order id."""
        return {(r.provider, r.order_id): r.reference for r in self.records.values() if r.order_id is not None}

    def clock(self, account: AccountName) -> datetime:
        """Return an account's own time, by which its orders are judged."""
        view = self.views.get(account)
        return view.now if view is not None else self.now

    def freeze_at(self, account: AccountName) -> Freeze | None:
        """Return the freeze that holds at an account now; of several the one that ends last."""
        at = self.clock(account)
        now = [freeze for freeze in self.policy.freezes if freeze.window.start <= at < freeze.window.end]
        return max(now, key=lambda freeze: freeze.window.end, default=None)

    def pause(self, account: AccountName) -> Pause | None:
        """Return why nothing may be sent to an account, if a person has said so outside Git."""
        return next((pause for pause in self.pauses if pause.covers(account)), None)

    @cached_property
    def unread_views(self) -> Sequence[AccountView]:
        """The accounts that should have been read and were not, by name."""
        views = sorted(self.views.values(), key=lambda v: v.name)
        return [view for view in views if view.listing.problem is not None and not view.set_aside]

    @property
    def unread(self) -> str | None:
        """What could not be read in this pass, naming each account; None when every listing is complete."""
        return "; ".join(f"{view.name}: {view.listing.problem}" for view in self.unread_views) or None

    def was_read(self, view: AccountView) -> bool:
        """Tell whether an account was read completely before this pass, where it is now."""
        read = self.reads.get(view.name)
        return read is not None and read.tenant == view.tenant

    def complete_reads(self) -> Sequence[AccountRead]:
        """Return the complete listings of this pass, with what they showed that no record is bound to."""
        views = [v for v in self.views.values() if v.listing.complete and v.listing.since is None and not v.lags]
        seen = [(v, self._unrecorded(v)) for v in views]
        return [AccountRead(account=v.name, tenant=v.tenant, complete_at=v.now, sightings=s) for v, s in seen]

    def _unrecorded(self, view: AccountView) -> Mapping[Reference, ProviderOrderId]:
        seen = {reference: order.id for order in view.listing.orders for reference in order.references}
        bound = {reference for reference in seen if reference in self.records and self.records[reference].bound}
        return {reference: order_id for reference, order_id in seen.items() if reference not in bound}

    def matches(self, reference: Reference) -> tuple[ObservedOrder, ...]:
        """Return the orders, in any account, that carry a reference, by their ids."""
        return tuple(sorted(self._orders_by_reference.get(reference, {}).values(), key=lambda o: o.id))

    def binding_account(self, account: AccountName, order: ObservedOrder) -> AccountName:
        """Return the account to bind an order at: the one asked for, if it lists the order too, else its own."""
        same = account in self.views and self.views[account].provider == self.views[order.account].provider
        return account if same and (account, order.id) in self._by_id else order.account

    def record_bound_to(self, order: ObservedOrder) -> Record | None:
        """Return the record that an order is bound to already, if there is one."""
        reference = self.bindings.get((self.views[order.account].provider, order.id))
        return self.records[reference] if reference is not None else None

    def declaring(self, order: ObservedOrder) -> Wanted | None:
        """Return the desired order whose reference a provider's order carries, of any attempt up to its own."""
        return next((self._by_any_attempt[r] for r in order.references if r in self._by_any_attempt), None)

    @cached_property
    def _by_any_attempt(self) -> Mapping[Reference, Wanted]:
        return {r: w for w in self.wanted for r in (*w.earlier, w.reference)}

    def unknown_references(self, order: ObservedOrder) -> frozenset[Reference]:
        """Return the references that an order carries and that are of no order that Git or the state knows."""
        return order.references - self._known.keys()

    def competing_orders(self, order: ObservedOrder, reference: Reference) -> tuple[OrderKey, ...]:
        """Return the other orders of ours whose references a provider's order carries too."""
        return tuple(sorted({self._known[other] for other in order.references - {reference} if other in self._known}))

    @cached_property
    def _known(self) -> Mapping[Reference, OrderKey]:
        recorded = {record.reference: record.key for record in self.records.values()}
        return recorded | {reference: wanted.order.key for reference, wanted in self._by_any_attempt.items()}

    def observed(self, record: Record) -> ObservedOrder | None:
        """Return the order that a record is bound to, if it was read."""
        if record.order_id is None or record.account not in self.views:
            return None
        listed = self._by_id.get((record.account, record.order_id))
        return listed or self.views[record.account].singles.get(record.order_id)

    def reported_missing(self, record: Record) -> bool:
        """Tell whether the provider itself says that a bound order of one of the accounts does not exist."""
        return record.order_id in self.views[record.account].singles and self.observed(record) is None
