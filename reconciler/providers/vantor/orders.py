"""The calls to Vantor's Hub Tasking API: the one place that sends anything to it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from reconciler.model.account import SIMULATOR, Account
from reconciler.model.block import SecretRef
from reconciler.model.catalog import Collection
from reconciler.model.errors import ConfigError, NotSentError, ProviderError, RefusalKind, RefusedError, UnclearError
from reconciler.model.ids import AccountName, ProviderOrderId, Reference
from reconciler.model.offer import Decision, Quote
from reconciler.model.order import DesiredOrder, Listing, ObservedOrder
from reconciler.model.phase import Phase
from reconciler.model.provider import Preflight
from reconciler.model.terms import Terms
from reconciler.providers.address import confidential
from reconciler.providers.base import ConnectionConfig, ProductFile, Progress
from reconciler.providers.calls import confirm_by_reading, none_if_404, path_safe
from reconciler.providers.http import ApiSession
from reconciler.providers.oauth import Credentials, api_key, password_grant
from reconciler.providers.responses import UNKNOWN_SPENT, Dialect, Response, printable
from reconciler.providers.vantor.advice import explained, preflight
from reconciler.providers.vantor.descriptions import Descriptions
from reconciler.providers.vantor.guard import is_safe
from reconciler.providers.vantor.pages import NEWEST_FIRST, read_all
from reconciler.providers.vantor.parse import data_of, described, fault, read_order, taskings_in
from reconciler.providers.vantor.settings import VantorAccount
from reconciler.providers.vantor.slots import wait_in
from reconciler.providers.vantor.terms import END, FAST, body, instant_in, text_in, written

KEY_HEADER = "MAXAR-API-KEY"
_CLIENT = "mgp"
_checked = partial(path_safe, what="the id of a Vantor request")


def client(account: Account, settings: VantorAccount, config: ConnectionConfig) -> ApiSession:
    """Build the account's client; ConfigError where a credential is missing or would travel in the clear."""
    dialect = Dialect(
        provider="Vantor",
        accept="application/json",
        is_safe=partial(is_safe, paths=settings.paths),
        fault=fault,
        wait=wait_in,
    )
    return ApiSession(account, config, dialect, credentials=_credentials(account, settings, config))


def _credentials(account: Account, settings: VantorAccount, config: ConnectionConfig) -> Credentials:
    if account.endpoint == SIMULATOR:
        return _simulated(account, settings, config)
    if settings.api_key is not None:
        key = config.secret(settings.api_key)
        if not (key.isascii() and key.isprintable()):
            raise ConfigError(f"account {account.name}: vantor.apiKey ({settings.api_key}) holds no key")
        return api_key(KEY_HEADER, key, named=f"account {account.name}, vantor.apiKey from {settings.api_key}")
    username, password = settings.username, settings.password
    if username is None or password is None:
        raise ConfigError(f"account {account.name}: needs vantor.apiKey, or vantor.username and vantor.password")
    address = config.token_url or settings.token_url
    if not confidential(address):
        raise ConfigError(f"account {account.name}: vantor.tokenUrl holds no https address")
    named = f"account {account.name}, vantor.username from {username} and vantor.password from {password}"
    return _grant(address, config.secret(username), config.secret(password), named)


def _simulated(account: Account, settings: VantorAccount, config: ConnectionConfig) -> Credentials:
    if settings.username is None:
        return api_key(KEY_HEADER, "simulator", named="the simulator")
    if config.token_url is None:
        raise ConfigError(f"account {account.name}: the simulator's token address is not known: start it first")
    return _grant(config.token_url, "simulator", "simulator", "the simulator")


def _grant(address: str, username: str, password: str, named: str) -> Credentials:
    return password_grant(address, client=_CLIENT, username=username, password=password, named=named, renewable=True)


class OrdersApi:
    """Vantor's tasking requests of one account: an `OrderWriter`. Several threads may use it at once."""

    def __init__(
        self,
        account: AccountName,
        settings: VantorAccount,
        session: ApiSession,
        config: ConnectionConfig,
        *,
        identity: str,
    ) -> None:
        self._account = account
        self._paths = settings.paths
        self._session = session
        self._monotonic = config.monotonic
        self._look_up = config.secret
        self._identity = identity
        self._descriptions = Descriptions(self.get, echoed=settings.echoes_description)

    def __repr__(self) -> str:
        return f"Orders({self._session!r})"

    def identity(self) -> str:
        """Return a digest of the key, or of the user's name: Vantor says of neither whose it is."""
        return self._identity

    def now(self) -> datetime:
        """Return Vantor's time (UTC)."""
        return self._session.now()

    def prepare(self) -> None:
        """Renew the token where it is about to expire (a key needs nothing); raises `ProviderError`."""
        self._session.prepare()

    def close(self) -> None:
        """Let go of connections."""
        self._session.close()

    def list(self, *, since: datetime | None) -> Listing:
        """List the account's requests, others' too; Vantor filters by no instant, so `since` shortens nothing."""
        asked: list[datetime] = []

        def ask(query: Mapping[str, str | list[str]]) -> Response:
            answer = self._session.read(self._paths.list, query)
            asked.append(self.now())
            return answer

        whole = read_all(ask, monotonic=self._monotonic)
        orders, problem = self._descriptions.read(whole.items, self._account)
        read_at = asked[0] if asked else self.now()
        problem = str(whole.error) if whole.error is not None else problem
        return Listing(orders=orders, since=since, read_at=read_at, pages=whole.pages, problem=problem)

    def recent(self, *, since: datetime) -> Sequence[ObservedOrder]:
        """Read the newest page of the account's requests; raises `ProviderError`."""
        items = taskings_in(self._session.read(self._paths.list, NEWEST_FIRST).body)
        if items is None:
            raise UnclearError("Vantor's newest requests could not be read")
        orders, problem = self._descriptions.read(items, self._account)
        if problem is not None:
            raise UnclearError(problem)
        return orders

    def get(self, order_id: ProviderOrderId) -> ObservedOrder | None:
        """Read one request; None where Vantor itself says that there is none."""
        answer = none_if_404(lambda: self._session.read(self._paths.get, id=_checked(order_id)))
        return self._same(order_id, answer) if answer is not None else None

    def preflight(self, order: DesiredOrder) -> Preflight:
        """Check the order by Vantor's validation and ask its quote; neither buys anything."""
        return preflight(order, self._session, self._paths, secret=self._secret)

    def preflight_quote(self, order: ObservedOrder, quote: Quote) -> Preflight:
        """Object: Vantor's quote is asked before ordering, and none is accepted afterwards."""
        return Preflight(objections=("Vantor makes no quotes that are accepted",))

    def place(self, order: DesiredOrder, reference: Reference) -> ObservedOrder:
        """Submit the request: one POST, which is the purchase."""
        try:
            sent = body(order, self._secret, reference=reference)
        except ConfigError as e:
            raise NotSentError(f"{e}; nothing was sent") from e
        try:
            answer = self._session.spend("POST", self._paths.submit, sent)
        except RefusedError as e:
            raise explained(order, e) from e
        try:
            seen = read_order(data_of(answer.body), self._account)
        except UnclearError as e:
            raise UnclearError(f"Vantor accepted (HTTP {answer.status}), but: {e}; {UNKNOWN_SPENT}") from e
        return _placed(seen, order, reference, shown=described(data_of(answer.body)))

    def confirm(self, order: ObservedOrder, decision: Decision) -> ObservedOrder:
        """Refuse: Vantor offers nothing to decide about. Nothing is sent."""
        raise RefusedError("Vantor offers nothing to decide about", kind=RefusalKind.INVALID, status=405)

    def amend(self, order: ObservedOrder, changes: Terms) -> ObservedOrder:
        """Move the end of a flexView request later, which is all that Vantor changes: one PATCH."""
        end = _later_end(order, changes)
        return self._sure(
            order.id,
            lambda: self._session.spend("PATCH", self._paths.extend, {END: written(end)}, id=_checked(order.id)),
            holds=lambda seen: seen.window is not None and seen.window.end == end,
        )

    def cancel(self, order: ObservedOrder, reason: str) -> ObservedOrder:
        """Ask to cancel: one POST. It takes its time: the order is returned as it stands, CANCELED or not yet."""
        return self._sure(
            order.id,
            lambda: self._session.spend("POST", self._paths.cancel, {"reason": reason}, id=_checked(order.id)),
            holds=lambda seen: seen.phase is Phase.CANCELED,
            begun=True,
        )

    def _sure(
        self,
        order_id: ProviderOrderId,
        send: Callable[[], Response],
        *,
        holds: Callable[[ObservedOrder], bool],
        begun: bool = False,
    ) -> ObservedOrder:
        """Send a change and be sure of it. Where a yes only begins it (`begun`), an answer about that order is one."""

        def change() -> ObservedOrder:
            answer = send()
            seen = self._same(order_id, answer)
            if begun or holds(seen):
                return seen
            raise UnclearError(f"Vantor answered HTTP {answer.status} without what was asked for; {UNKNOWN_SPENT}")

        return confirm_by_reading(change, self.get, order_id, holds=holds)

    def _same(self, order_id: ProviderOrderId, answer: Response) -> ObservedOrder:
        order = read_order(data_of(answer.body), self._account)
        if order.id != order_id:
            raise UnclearError(f"Vantor answered with request {order.id} where {order_id} was asked for")
        return order

    def _secret(self, named: SecretRef) -> str:
        found = self._look_up(named)
        self._session.hide(found)
        return found

    def catalog(self) -> tuple[Collection, ...]:
        """Return nothing: what can be ordered here has no names besides tiers and product types."""
        return ()

    def details(self, order_id: ProviderOrderId) -> Mapping[str, str]:
        """Return what Vantor says of the status; empty where it says nothing, or cannot be read."""
        try:
            shown = data_of(self._session.read(self._paths.get, id=_checked(order_id)).body)
        except ProviderError:
            return {}
        told = text_in(shown, "status_details")
        return {"status_details": printable(told)} if told else {}

    def products(self, order_id: ProviderOrderId) -> tuple[ProductFile, ...]:
        """Return nothing: Vantor delivers to the places that the order names."""
        return ()

    def download(self, product: ProductFile, target: Path, progress: Progress) -> None:
        """Refuse: there is no download; files are delivered to the order's `output_configs`."""
        raise RefusedError("Vantor delivers to the order's output_configs only", kind=RefusalKind.INVALID, status=405)


def identity(account: Account, settings: VantorAccount, config: ConnectionConfig) -> str:
    """Return a digest that tells one key, or user, from another; the address is its salt, and guessing is slow."""
    named = settings.api_key or settings.username
    if named is None or account.endpoint == SIMULATOR:
        return "simulated"
    kind, secret = "user" if settings.api_key is None else "key", config.secret(named)
    salt = f"tasking-reconciler {kind} {urlsplit(config.endpoint).hostname}".encode()
    return f"{kind}-{hashlib.pbkdf2_hmac('sha256', secret.encode(), salt, 20_000).hex()[:16]}"


def _placed(seen: ObservedOrder, order: DesiredOrder, reference: Reference, *, shown: bool) -> ObservedOrder:
    """Return a new order; one whose answer shows neither status nor description was submitted nevertheless.

    One whose description is `shown`, without our reference, is not known to be ours.
    """
    if seen.status == "(none)":
        seen = replace(seen, phase=Phase.PLACED, status="submitted", complete=False)
    if not shown:
        told = "Vantor's answer does not repeat our reference"
        seen = replace(seen, references=frozenset({reference}), remarks=(*seen.remarks, told))
    return replace(seen, window=seen.window or order.window)


def _later_end(order: ObservedOrder, changes: Terms) -> datetime:
    """Return the end to ask for; raises `RefusedError`, and nothing is sent, for what Vantor does not change."""
    end = instant_in(changes.get(END)) if set(changes) == {END} else None
    if end is None or order.terms.get("tasking_tier") == FAST:
        what = f"Vantor moves the end of a flexView request and changes nothing else ({', '.join(sorted(changes))})"
    elif order.window is None or end <= order.window.end:
        what = "Vantor moves the end of a request later only: put the window's end back"
    else:
        return end
    raise RefusedError(
        f"{what}; or cancel the order and order again by raising `attempt`", kind=RefusalKind.INVALID, status=405
    )
