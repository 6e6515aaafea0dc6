"""What every provider offers: a reader, a writer, and a record of standing facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypeVar

from reconciler.model.account import Account
from reconciler.model.block import Block, SecretRef
from reconciler.model.catalog import Collection
from reconciler.model.draft import Draft
from reconciler.model.ids import ProviderOrderId, Reference
from reconciler.model.offer import Decision, Quote
from reconciler.model.order import DesiredOrder, Listing, ObservedOrder
from reconciler.model.provider import CancelTerms, Preflight, Readiness, Traits
from reconciler.model.terms import Terms

Own = TypeVar("Own", bound=Block)


def expect_block(block: Block, kind: type[Own], *, named: str) -> Own:
    """Return a block as the provider's own kind; TypeError, which says `named`, where another provider's came."""
    if not isinstance(block, kind):
        raise TypeError(f"not {named}: {type(block).__name__}")
    return block


class OrderReader(Protocol):
    """The calls that cost nothing. Each may raise `ProviderError`; `list` never does: it says what it missed."""

    def now(self) -> datetime:
        """Return the provider's clock, as its last answer's Date header showed it (UTC)."""
        ...

    def identity(self) -> str:
        """Return whom the credentials belong to, as one word; raises `ProviderError`.

        Empty where the account's settings say it all, so that the provider refuses whoever else asks.
        """
        ...

    def list(self, *, since: datetime | None) -> Listing:
        """List every order created from `since` on (None: from the beginning), over all pages."""
        ...

    def recent(self, *, since: datetime) -> Sequence[ObservedOrder]:
        """Return the newest orders: those created from `since` on, or, where nothing filters by that, one page of them.

        One look before an order is placed; it proves no absence. Raises `ProviderError`.
        """
        ...

    def get(self, order_id: ProviderOrderId) -> ObservedOrder | None:
        """Read one order; None where the provider says that there is none (404)."""
        ...

    def preflight(self, order: DesiredOrder) -> Preflight:
        """Ask what the order would cost and why it would be refused. Never raises `ProviderError`: see `unread`."""
        ...

    def preflight_quote(self, order: ObservedOrder, quote: Quote) -> Preflight:
        """Ask what stands in the way of accepting a quote: funds, budgets. Never raises `ProviderError`."""
        ...

    def catalog(self) -> tuple[Collection, ...]:
        """List what can be ordered here by name; empty where the provider keeps no such list."""
        ...

    def details(self, order_id: ProviderOrderId) -> Mapping[str, str]:
        """Return what is worth showing of a live order besides its status (planned scene times); may be empty."""
        ...

    def products(self, order_id: ProviderOrderId) -> tuple[ProductFile, ...]:
        """List the files that can be downloaded now; empty before delivery."""
        ...

    def download(self, product: ProductFile, target: Path, progress: Progress) -> None:
        """Fetch one file to `target`: resumable, its size verified, complete under its final name or not there."""
        ...


class OrderWriter(OrderReader, Protocol):
    """The calls that spend or change. Each sends exactly one request and raises `ProviderError` unless it is done."""

    def prepare(self) -> None:
        """Renew credentials and wait for a request slot, so that the next spending call of this thread leaves at once.

        Whatever must hold when the request leaves is checked after this.
        """
        ...

    def place(self, order: DesiredOrder, reference: Reference) -> ObservedOrder:
        """Place the order with our reference in it."""
        ...

    def confirm(self, order: ObservedOrder, decision: Decision) -> ObservedOrder:
        """Answer an offer. One that was decided meanwhile, by whomever, is read again and returned as it stands now."""
        ...

    def amend(self, order: ObservedOrder, changes: Terms) -> ObservedOrder:
        """Change terms that the traits call editable."""
        ...

    def cancel(self, order: ObservedOrder, reason: str) -> ObservedOrder:
        """Cancel the order; a provider that cancels later returns it as it stands now."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductFile:
    """One file of an order. The address expires soon: use it at once, never store it. `size` in bytes, if told."""

    name: str
    kind: str
    url: str = field(repr=False)
    size: int | None = None


Progress = Callable[[int, int | None], None]
"""Called with the bytes that stand on disk and the whole size, if told."""
ResponseListener = Callable[[str, int, float | None], None]
"""Told of every try of a read: its account, its HTTP status (0: no answer came) and the seconds to wait, if told."""


def ignore(_account: str, _status: int, _wait: float | None) -> None:
    """Let answers go by."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request as the read-only guard sees it: whole, for at one provider a purchase differs by one parameter."""

    method: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionConfig:
    """What a connection is given instead of taking it: clocks, sleep, secrets, and whether it may write.

    `monotonic` in seconds; `secret` resolves what the account's settings name; `endpoint` is the base address, which
    for an embedded simulator is not the account's own, and then `token_url` is given too. `hidden` are secrets that
    orders name: no text of the connection may hold one. `on_response` is called with each response to a read.
    `transport` is the test seam of the one client (an `httpx.BaseTransport`).
    """

    endpoint: str
    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    sleep: Callable[[float], None]
    secret: Callable[[SecretRef], str]
    read_only: bool
    token_url: str | None = None
    hidden: tuple[str, ...] = field(default=(), repr=False)
    on_response: ResponseListener = ignore
    transport: object | None = None


@dataclass(frozen=True, slots=True)
class Destination:
    """An address that credentials are sent to, or the variable or file that holds it.

    `path` is the field that names it, below `spec`.
    """

    path: str
    address: str | SecretRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """Paths of the simulator that stand for a provider's base address and token address; contracts to be there."""

    path: str
    token_path: str
    contracts: tuple[str, ...] = ()


def _silent(_order: DesiredOrder) -> tuple[str, ...]:
    return ()


def _forwards_nothing(_order: DesiredOrder) -> tuple[Destination, ...]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """A provider as a record of facts and pure functions, and the one way to connect to it.

    `terms` gives what the manifest states, canonically. `problems` are rules that no day changes (a target of the wrong
    kind, a window that can never fit); `warnings` what may be refused, or take long, and is nobody's mistake for sure.
    `readiness` judges the window at an instant. `cancellation` is what canceling
    costs at an instant, None where the provider offers none now. `is_safe` tells the requests that a dry run may send.
    `tenant` says where an account's orders live: its address and contract, nothing of its credentials.
    `destinations` are all addresses that an account's connection sends credentials to, those that the program fills in
    too; `forwards` those that the provider sends an order's secrets on to.
    `account_problems` are rules of an account that its block alone cannot judge. `simulated` says where the simulator
    serves this provider and what must exist there. `draft` is the way back: what a manifest states of an order that
    exists already, or why it cannot be written.
    """

    name: str
    traits: Traits
    account_settings: type[Block]
    order_settings: type[Block]
    terms: Callable[[DesiredOrder], Terms]
    problems: Callable[[DesiredOrder], tuple[str, ...]]
    readiness: Callable[[DesiredOrder, datetime], Readiness]
    cancellation: Callable[[ObservedOrder, datetime], CancelTerms | None]
    is_safe: Callable[[Request], bool]
    connect: Callable[[Account, ConnectionConfig], OrderWriter]
    tenant: Callable[[Account], str]
    account_problems: Callable[[Account], tuple[str, ...]]
    simulated: Callable[[Account], Simulated]
    draft: Callable[[ObservedOrder], Draft | str]
    destinations: Callable[[Account], tuple[Destination, ...]]
    warnings: Callable[[DesiredOrder], tuple[str, ...]] = _silent
    forwards: Callable[[DesiredOrder], tuple[Destination, ...]] = _forwards_nothing
