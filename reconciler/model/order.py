"""Orders from three sides: desired (Git) and observed (the provider); the record (state file) has its own module."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from reconciler.model.account import Account, Project, Suspension
from reconciler.model.block import Block
from reconciler.model.errors import Location
from reconciler.model.geometry import Target
from reconciler.model.ids import AccountName, OrderKey, ProviderOrderId, Reference, part_of, reference_for
from reconciler.model.money import Money
from reconciler.model.offer import Offers
from reconciler.model.phase import Phase
from reconciler.model.terms import Terms
from reconciler.model.time import Window


class OnDelete(StrEnum):
    """What happens to a live order whose manifest has gone."""

    REPORT = "report"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What a reviewer has agreed to: a ceiling, or an order without a price.

    `options` are the ids of the feasibility options that are chosen, one for each geometry; `reject_quote` rejects the
    quote that is open. `also_ordered` names orders (by key or the provider's id) that buy the same picture, or may, and
    are meant besides.
    """

    max_price: Money | None = None
    unpriced: bool = False
    options: tuple[str, ...] = ()
    reject_quote: bool = False
    also_ordered: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation:
    """The Git way to cancel one attempt: the order's own, if none is named.

    Without `max_charge` only a free cancellation is agreed to; `unbounded` agrees to a charge that nobody can name.
    `only` names the geometries of a manifest that are meant, if not all are.
    """

    reason: str
    attempt: int | None = None
    only: tuple[str, ...] = ()
    max_charge: Money | None = None
    unbounded: bool = False


@dataclass(frozen=True, slots=True)
class Adoption:
    """An attempt that is a provider's order which exists already: it is bound to that one, and never placed."""

    order_id: ProviderOrderId
    attempt: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Siblings:
    """What a manifest of several geometries states of single ones, by the last part of their keys.

    `attempts` outrank its `attempt`; `cancel` is its `cancel` if that is about some of them alone.
    """

    attempts: Mapping[str, int] = field(default_factory=dict)
    cancel: Cancellation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredOrder:
    """One order as Git states it, one geometry each. `settings` is the provider's own block.

    `moved_from` is the name that it was placed under, if it has another one now. `siblings` is None for a manifest of
    one geometry without a name. `common_attempt` is the manifest's `attempt` if it speaks of several orders, this one
    among them: it raises `attempt` only if no picture came of it (`plan.common_attempt`).
    """

    key: OrderKey
    account: AccountName
    provider: str
    attempt: int
    window: Window
    target: Target
    settings: Block
    source: Location
    confirm: Agreement = field(default_factory=Agreement)
    suspend: Suspension | None = None
    cancel: Cancellation | None = None
    on_delete: OnDelete = OnDelete.REPORT
    labels: Mapping[str, str] = field(default_factory=dict)
    adopt: Adoption | None = None
    moved_from: OrderKey | None = None
    siblings: Siblings | None = None
    common_attempt: int | None = None

    @property
    def part(self) -> str | None:
        """What tells it from the other orders of its manifest, if it may have any."""
        return part_of(self.key)

    @property
    def unraised(self) -> int | None:
        """The attempt that its manifest states for several orders, if this one is at a lower one."""
        common = self.common_attempt
        return common if common is not None and common > self.attempt else None

    @property
    def origin(self) -> OrderKey:
        """The name that its references are made of."""
        return self.moved_from or self.key

    def reference(self, owner: str, attempt: int | None = None) -> Reference:
        """Return the reference of an attempt, its own by default."""
        return reference_for(owner, self.origin, self.attempt if attempt is None else attempt)

    def adopts(self, attempt: int) -> bool:
        """Tell whether Git says of an attempt which of the provider's orders it is."""
        return self.adopt is not None and self.adopt.attempt == attempt

    @property
    def canceled(self) -> bool:
        """Tell whether Git cancels its own attempt."""
        return self.cancel is not None and self._cancels(self.cancel, self.attempt)

    def canceled_neighbors(self, attempt: int) -> Cancellation | None:
        """Return what cancels this attempt of other orders of its manifest, and of them alone."""
        about_some = self.siblings.cancel if self.siblings is not None else None
        return about_some if about_some is not None and self._cancels(about_some, attempt) else None

    def _cancels(self, cancellation: Cancellation, attempt: int) -> bool:
        return attempt == (self.attempt if cancellation.attempt is None else cancellation.attempt)


Document = TypeVar("Document", Project, Account, DesiredOrder)
_NOWHERE = Location(file="")


def unplaced(document: Document) -> Document:
    """Return a document without its place in the files, to compare what it states."""
    if isinstance(document, Project):
        return replace(document, source=_NOWHERE, policy=replace(document.policy, source=_NOWHERE))
    return replace(document, source=_NOWHERE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifests:
    """Everything that one folder states, as it is written relative to where the program runs."""

    folder: str
    project: Project
    accounts: tuple[Account, ...]
    orders: tuple[DesiredOrder, ...]
    files: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedOrder:
    """One order as a provider reports it.

    `references` are all of our form in its text, `fragments` what begins as one and is none; `terms` everything
    comparable that the answer held; `complete` is False for a list item that leaves out what only a single read shows;
    `marked` is False where no text of it is shown, so that it may carry any reference; `offers` is what waits for an
    answer of ours, or has had one, where the provider makes offers. `status_word` is the provider's own status, if
    `status` shows more beside it. `shown` holds those fields of the answer, as it has them, that its terms only sum up.
    """

    id: ProviderOrderId
    account: AccountName
    references: frozenset[Reference]
    phase: Phase
    status: str
    terms: Terms
    window: Window | None = None
    created_at: datetime | None = None
    complete: bool = True
    marked: bool = True
    fragments: frozenset[str] = frozenset()
    remarks: tuple[str, ...] = ()
    offers: Offers = field(default_factory=Offers)
    status_word: str | None = None
    shown: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """All orders of an account, ours and others'.

    `problem` says why the listing is not complete; None means that every page was read. `since` is the creation
    instant from which it was asked for (None: from the beginning); `read_at` is on the provider's clock.
    """

    orders: tuple[ObservedOrder, ...]
    since: datetime | None
    read_at: datetime
    pages: int
    problem: str | None = None

    @property
    def complete(self) -> bool:
        """Tell whether absence from this listing means anything."""
        return self.problem is None
