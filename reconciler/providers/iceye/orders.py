"""The calls to ICEYE's API: the one place that sends anything to it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from reconciler.model.account import SIMULATOR, Account
from reconciler.model.catalog import Collection
from reconciler.model.errors import ConfigError, NotSentError, ProviderError, RefusalKind, RefusedError, UnclearError
from reconciler.model.ids import AccountName, ProviderOrderId, Reference
from reconciler.model.money import Money
from reconciler.model.offer import Decision, Quote
from reconciler.model.order import DesiredOrder, Listing, ObservedOrder
from reconciler.model.phase import Phase
from reconciler.model.provider import Preflight
from reconciler.model.terms import Terms
from reconciler.providers.address import confidential
from reconciler.providers.base import ConnectionConfig, ProductFile, Progress
from reconciler.providers.calls import confirm_by_reading, item_id, none_if_404, path_safe
from reconciler.providers.http import ApiSession
from reconciler.providers.iceye import contract as contracts
from reconciler.providers.iceye.guard import is_safe
from reconciler.providers.iceye.pages import pages
from reconciler.providers.iceye.parse import fault, read_task
from reconciler.providers.iceye.products import details_of, products_of
from reconciler.providers.iceye.rules import problems, readiness_at
from reconciler.providers.iceye.schemas import Contract, Price, Summary, read_as
from reconciler.providers.iceye.settings import IceyeAccount
from reconciler.providers.iceye.terms import body, milliseconds, settings_of
from reconciler.providers.oauth import Credentials, client_credentials
from reconciler.providers.responses import UNKNOWN_SPENT, Dialect, Response

TASKS = "/tasking/v2/tasks"
TASK = "/tasking/v2/tasks/{task}"
SCENE = "/tasking/v2/tasks/{task}/scene"
PRODUCTS = "/tasking/v2/tasks/{task}/products"
PRICE = "/tasking/v2/price"
CONTRACT = "/company/v1/contracts/{contract}"
SUMMARY = "/company/v1/contracts/{contract}/summary"

SKEW = timedelta(minutes=10)
"""How much earlier than asked a listing starts: clocks differ, and whether createdAfter is inclusive is not said."""
_PAGE = "100"
_checked = partial(path_safe, what="the id of an ICEYE task")

DIALECT = Dialect(provider="ICEYE", accept="application/json, application/problem+json", is_safe=is_safe, fault=fault)


def client(account: Account, settings: IceyeAccount, config: ConnectionConfig) -> ApiSession:
    """Build the account's client; ConfigError where a credential is missing or would travel in the clear."""
    return ApiSession(account, config, DIALECT, credentials=_credentials(account, settings, config))


def _credentials(account: Account, settings: IceyeAccount, config: ConnectionConfig) -> Credentials:
    if account.endpoint == SIMULATOR:
        if config.token_url is None:
            raise ConfigError(f"account {account.name}: the simulator's token address is not known: start it first")
        return client_credentials(config.token_url, client="simulator", secret="simulator", named="the simulator")
    url, client_id, secret = settings.token_url, settings.client_id, settings.client_secret
    if url is None or client_id is None or secret is None:
        raise ConfigError(f"account {account.name}: needs iceye.tokenUrl, iceye.clientId and iceye.clientSecret")
    address = config.token_url or config.secret(url)
    if not confidential(address):
        raise ConfigError(f"account {account.name}: iceye.tokenUrl ({url}) holds no https address")
    named = f"account {account.name}, iceye.clientId from {client_id} and iceye.clientSecret from {secret}"
    return client_credentials(address, client=config.secret(client_id), secret=config.secret(secret), named=named)


class OrdersApi:
    """ICEYE's tasks under one contract: an `OrderWriter`. Several threads may use it at once."""

    def __init__(
        self, account: AccountName, contract_id: str, session: ApiSession, monotonic: Callable[[], float]
    ) -> None:
        self._account = account
        self._contract_id = contract_id
        self._session = session
        self._monotonic = monotonic
        self._contract: Contract | None = None
        self._contract_lock = threading.Lock()

    def __repr__(self) -> str:
        return f"Orders({self._session!r})"

    def identity(self) -> str:
        """Return nothing: the contract says whose tasks are listed, and ICEYE refuses one that is not the client's."""
        return ""

    def now(self) -> datetime:
        """Return ICEYE's time (UTC)."""
        return self._session.now()

    def prepare(self) -> None:
        """Renew the token where it is about to expire; raises `ProviderError`."""
        self._session.prepare()

    def close(self) -> None:
        """Let go of connections."""
        self._session.close()

    def list(self, *, since: datetime | None) -> Listing:
        """List the contract's tasks, others' too; those created up to ten minutes before `since` may come along."""
        found: dict[ProviderOrderId, ObservedOrder] = {}
        read_at: list[datetime] = []
        number, problem = 0, None

        def ask(cursor: str | None) -> Response:
            answer = self._page(since, cursor)
            read_at.append(self.now())
            return answer

        try:
            for page in pages(ask, monotonic=self._monotonic, identify=item_id):
                number += 1
                for place, item in enumerate(page, start=1):
                    try:
                        order = read_task(item, self._account, complete=False)
                        found[order.id] = order
                    except UnclearError as e:
                        problem = f"page {number}, item {place} may be one of ours: {e}"
        except ProviderError as e:
            problem = str(e)
        orders = tuple(found.values())
        first = read_at[0] if read_at else self.now()
        return Listing(orders=orders, since=since, read_at=first, pages=number, problem=problem)

    def _page(self, since: datetime | None, cursor: str | None) -> Response:
        query = {"contractID": self._contract_id, "limit": _PAGE}
        if since is not None:
            query["createdAfter"] = milliseconds(since - SKEW)
        return self._session.read(TASKS, query if cursor is None else {**query, "cursor": cursor})

    def recent(self, *, since: datetime) -> Sequence[ObservedOrder]:
        """List the tasks created from then on; raises `ProviderError`."""
        listing = self.list(since=since)
        if listing.problem is not None:
            raise UnclearError(listing.problem)
        return listing.orders

    def get(self, order_id: ProviderOrderId) -> ObservedOrder | None:
        """Read one task; None where ICEYE itself says that there is none."""
        answer = none_if_404(lambda: self._session.read(TASK, task=_checked(order_id)))
        return self._same(order_id, answer) if answer is not None else None

    def preflight(self, order: DesiredOrder) -> Preflight:
        """Ask the contract's rules, its price and what it has left; `unread` where any of them could not be read."""
        if lasting := problems(order):
            return Preflight(objections=lasting)
        try:
            contract = self._facts()
            resolved = contracts.resolve(settings_of(order), contract)
            objections = contracts.objections(order, contract, resolved, self.now())
            price, refused = self._price(order, resolved)
            available = self._available()
        except ProviderError as e:
            return Preflight(unread=str(e))
        if price and available and price.currency == available.currency and price.minor > available.minor:
            refused = (*refused, f"the contract has {available} left, and the order costs {price}: raise its budget")
        return Preflight(
            price=price,
            objections=(*objections, *refused),
            available=available,
            readiness=readiness_at(order, self.now(), priority=resolved.priority),
        )

    def _facts(self) -> Contract:
        with self._contract_lock:
            if self._contract is None:
                answer = self._session.read(CONTRACT, contract=self._contract_id)
                self._contract, _ = read_as(Contract, answer.body, needed=frozenset())
            return self._contract

    def _price(self, order: DesiredOrder, resolved: contracts.Resolved) -> tuple[Money | None, tuple[str, ...]]:
        if resolved.unnamed:
            return None, ()
        try:
            answer = self._session.read(PRICE, contracts.price_query(order, resolved, self._contract_id))
        except RefusedError as e:
            if e.kind is RefusalKind.NOT_FOUND:
                return None, ()
            if e.status in (400, 422):
                return None, (str(e),)
            raise
        price, _ = read_as(Price, answer.body, needed=frozenset())
        return Money(price.amount, price.currency), ()

    def _available(self) -> Money | None:
        answer = none_if_404(lambda: self._session.read(SUMMARY, contract=self._contract_id))
        if answer is None:
            return None
        money, _ = read_as(Summary, answer.body, needed=frozenset())
        if money.spend_limit is None:
            return None
        return Money(money.spend_limit - money.consolidated_spent - money.on_hold, money.currency)

    def place(self, order: DesiredOrder, reference: Reference) -> ObservedOrder:
        """Create the task: one request, which binds the money when it is accepted."""
        try:
            content = body(order, contract=self._contract_id, reference=reference)
        except ValueError as e:
            raise NotSentError(f"{e}; nothing was sent") from e
        answer = self._session.spend("POST", TASKS, content)
        try:
            return read_task(answer.body, self._account, complete=True)
        except UnclearError as e:
            raise UnclearError(f"ICEYE accepted (HTTP {answer.status}), but: {e}; {UNKNOWN_SPENT}") from e

    def preflight_quote(self, order: ObservedOrder, quote: Quote) -> Preflight:
        """Object: ICEYE's price is known before ordering, and it makes no quotes."""
        return Preflight(objections=("ICEYE makes no quotes",))

    def confirm(self, order: ObservedOrder, decision: Decision) -> ObservedOrder:
        """Refuse: ICEYE offers nothing to decide about. Nothing is sent."""
        raise RefusedError("ICEYE offers nothing to decide about", kind=RefusalKind.INVALID, status=405)

    def amend(self, order: ObservedOrder, changes: Terms) -> ObservedOrder:
        """Refuse: ICEYE changes nothing of a task. Nothing is sent."""
        raise RefusedError(
            f"ICEYE cannot change a task once it is placed ({', '.join(sorted(changes))}): cancel it and order again by"
            " raising `attempt`",
            kind=RefusalKind.INVALID,
            status=405,
        )

    def cancel(self, order: ObservedOrder, reason: str) -> ObservedOrder:
        """Cancel the task; after anything but a clear yes, one look says whether it is canceled all the same."""

        def change() -> ObservedOrder:
            answer = self._session.spend("PATCH", TASK, {"status": "CANCELED"}, task=_checked(order.id))
            return self._same(order.id, answer)

        return confirm_by_reading(change, self.get, order.id, holds=lambda seen: seen.phase is Phase.CANCELED)

    def _same(self, order_id: ProviderOrderId, answer: Response) -> ObservedOrder:
        order = read_task(answer.body, self._account, complete=True)
        if order.id.lower() != order_id.lower():
            raise UnclearError(f"ICEYE answered with task {order.id} where {order_id} was asked for")
        return order

    def catalog(self) -> tuple[Collection, ...]:
        """Return nothing: what can be ordered stands in the contract, not in a list of products."""
        return ()

    def details(self, order_id: ProviderOrderId) -> Mapping[str, str]:
        """Return the planned or final scene; empty before there is one, or where it cannot be read."""
        try:
            return details_of(self._session.read(SCENE, task=_checked(order_id)).body)
        except ProviderError:
            return {}

    def products(self, order_id: ProviderOrderId) -> tuple[ProductFile, ...]:
        """List the files of the task over all pages; none where ICEYE has none yet (404)."""
        items: list[object] = []
        try:
            for page in pages(
                lambda cursor: self._session.read(
                    PRODUCTS, {"cursor": cursor} if cursor is not None else None, task=_checked(order_id)
                ),
                monotonic=self._monotonic,
                identify=item_id,
            ):
                items.extend(page)
        except RefusedError as e:
            if e.kind is not RefusalKind.NOT_FOUND:
                raise
        return tuple(products_of(items))

    def download(self, product: ProductFile, target: Path, progress: Progress) -> None:
        """Fetch one file: resumable, its size verified, complete under its name or not there."""
        self._session.download(product.url, target, progress, size=product.size)
