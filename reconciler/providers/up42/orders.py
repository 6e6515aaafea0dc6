"""The calls to UP42's API: the one place that sends anything to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from reconciler.model.account import SIMULATOR, Account
from reconciler.model.catalog import Collection
from reconciler.model.errors import ConfigError, NotSentError, ProviderError, RefusalKind, RefusedError, UnclearError
from reconciler.model.ids import AccountName, ProviderOrderId, Reference
from reconciler.model.offer import AcceptQuote, ChooseOption, Decision, Offers, Quote
from reconciler.model.order import DesiredOrder, Listing, ObservedOrder
from reconciler.model.phase import Phase
from reconciler.model.provider import Preflight
from reconciler.model.terms import Terms
from reconciler.providers.address import confidential
from reconciler.providers.base import ConnectionConfig, ProductFile, Progress
from reconciler.providers.calls import confirm_by_reading, item_id, none_if_404, path_safe, try_get
from reconciler.providers.http import ApiSession
from reconciler.providers.oauth import Credentials, password_grant
from reconciler.providers.responses import UNKNOWN_SPENT, Dialect, Response
from reconciler.providers.up42 import advice
from reconciler.providers.up42 import offers as offered
from reconciler.providers.up42.delivery import Delivery
from reconciler.providers.up42.facts import Facts
from reconciler.providers.up42.guard import is_safe
from reconciler.providers.up42.pages import SIZE, ListResult, content, read_all
from reconciler.providers.up42.parse import advice_on, error_text, fault, kind_of, read_order
from reconciler.providers.up42.rules import with_offers
from reconciler.providers.up42.schemas import Placed, PlacingResponse, read_as
from reconciler.providers.up42.settings import Up42Account, token_url
from reconciler.providers.up42.terms import body, change, settings_of

ORDERS = "/v2/orders"
PLACE = "/v2/orders?workspaceId={workspace}"
ORDER = "/v2/orders/{order}"
CANCELLATION = "/v2/orders/{order}/cancellation"
STUDIES = "/v2/tasking/feasibility-studies"
STUDY = "/v2/tasking/feasibility-studies/{offer}"
QUOTATIONS = "/v2/tasking/quotation"
QUOTATION = "/v2/tasking/quotation/{offer}"

MERGE_PATCH = "application/merge-patch+json"
_OLDEST_FIRST = "createdAt,asc"
_NEWEST_FIRST = "createdAt,desc"
_checked = partial(path_safe, what="an id of UP42's")

DIALECT = Dialect(provider="UP42", accept="application/json, application/problem+json", is_safe=is_safe, fault=fault)


def client(account: Account, settings: Up42Account, config: ConnectionConfig) -> ApiSession:
    """Build the account's client; ConfigError where a credential is missing or would travel in the clear."""
    return ApiSession(account, config, DIALECT, credentials=_credentials(account, settings, config))


def _credentials(account: Account, settings: Up42Account, config: ConnectionConfig) -> Credentials:
    if account.endpoint == SIMULATOR:
        if config.token_url is None:
            raise ConfigError(f"account {account.name}: the simulator's token address is not known: start it first")
        return _grant(config.token_url, "simulator", "simulator", "the simulator")
    username, password = settings.username, settings.password
    if username is None or password is None:
        raise ConfigError(f"account {account.name}: needs up42.username and up42.password")
    address = config.token_url or token_url(settings)
    if not confidential(address):
        raise ConfigError(f"account {account.name}: up42.tokenUrl holds no https address")
    named = f"account {account.name}, up42.username from {username} and up42.password from {password}"
    return _grant(address, config.secret(username), config.secret(password), named)


def _grant(address: str, username: str, password: str, named: str) -> Credentials:
    return password_grant(address, client="up42-api", username=username, password=password, named=named)


class OrdersApi:
    """UP42's tasking orders in one workspace: an `OrderWriter`. Several threads may use it at once."""

    def __init__(
        self, account: AccountName, settings: Up42Account, session: ApiSession, config: ConnectionConfig
    ) -> None:
        self._account = account
        self._session = session
        self._monotonic = config.monotonic
        login = (config.token_url or token_url(settings)).removesuffix("/token")
        self._facts = Facts(session, workspace=settings.workspace_id, login=login, monotonic=config.monotonic)
        self._delivery = Delivery(session, self._pages)

    def __repr__(self) -> str:
        return f"Orders({self._session!r})"

    def identity(self) -> str:
        """Return the user that is logged in, and the workspace; raises `ProviderError`."""
        return f"{self._facts.user()}/{self._facts.workspace()}".lower()

    def now(self) -> datetime:
        """Return UP42's time (UTC)."""
        return self._session.now()

    def prepare(self) -> None:
        """Renew the token where it is about to expire, and learn the workspace; raises `ProviderError`."""
        self._session.prepare()
        self._facts.workspace()

    def close(self) -> None:
        """Let go of connections."""
        self._session.close()

    def list(self, *, since: datetime | None) -> Listing:
        """List the workspace's tasking orders, others' too, with what is offered for them.

        UP42 filters by no instant, so everything is read, whatever `since` says; without it, for absence to count.
        Where studies or quotations could not be read, orders that are alive are left out: nothing may be concluded
        about them.
        """
        asked: list[datetime] = []

        def first_asked(number: int) -> None:
            if not asked:
                asked.append(self.now())

        try:
            whole = self._pages(ORDERS, "orders", {"type": "TASKING"}, seen=first_asked, twice=since is None)
            orders, problem = self._with_offers(*self._read(whole), whole.problem)
        except ProviderError as e:
            return Listing(orders=(), since=since, read_at=self.now(), pages=0, problem=str(e))
        read_at = asked[0] if asked else self.now()
        return Listing(orders=orders, since=since, read_at=read_at, pages=whole.pages, problem=problem)

    def recent(self, *, since: datetime) -> Sequence[ObservedOrder]:
        """Read the newest page of the workspace's tasking orders; raises `ProviderError`."""
        query = {"workspaceId": self._facts.workspace(), "type": "TASKING", "sort": _NEWEST_FIRST, "size": str(SIZE)}
        items = content(self._session.read(ORDERS, query).body, "orders")
        return [read_order(item, self._account, Offers()) for item in items]

    def _pages(
        self,
        path: str,
        what: str,
        query: Mapping[str, str],
        *,
        seen: Callable[[int], None] = lambda number: None,
        twice: bool = False,
    ) -> ListResult:
        asked = {"workspaceId": self._facts.workspace(), **query, "sort": _OLDEST_FIRST, "size": str(SIZE)}

        def ask(number: int) -> Response:
            answer = self._session.read(path, {**asked, "page": str(number)})
            seen(number)
            return answer

        return read_all(ask, monotonic=self._monotonic, what=what, identify=item_id, twice=twice)

    def _read(self, whole: ListResult) -> tuple[tuple[ObservedOrder, ...], str | None]:
        found, problem = [], None
        for place, item in enumerate(whole.items, start=1):
            try:
                found.append(read_order(item, self._account, Offers()))
            except UnclearError as e:
                problem = f"order {place} of the list may be one of ours: {e}"
        return tuple(found), problem

    def _with_offers(
        self, orders: tuple[ObservedOrder, ...], *problems: str | None
    ) -> tuple[tuple[ObservedOrder, ...], str | None]:
        """Join studies and quotations to orders: two lists for all of them, and none where no order is alive."""
        problem = next((each for each in problems if each is not None), None)
        if all(order.phase.ended for order in orders):
            return orders, problem
        try:
            joined = self._offers({})
        except ProviderError as e:
            return tuple(order for order in orders if order.phase.ended), problem or str(e)
        known = []
        for order in orders:
            try:
                known.append(with_offers(order, joined.of(order.id)))
            except UnclearError as e:
                problem = problem or (str(e) if order.references else None)
        return tuple(known), problem

    def _offers(self, query: Mapping[str, str]) -> offered.Joined:
        studies = self._pages(STUDIES, "feasibility studies", query)
        quotations = self._pages(QUOTATIONS, "quotations", query)
        return offered.join(studies.certain, quotations.certain)

    def get(self, order_id: ProviderOrderId) -> ObservedOrder | None:
        """Read one order with what is offered for it; None where UP42 itself says that there is none."""
        answer = none_if_404(lambda: self._session.read(ORDER, order=_checked(order_id)))
        if answer is None:
            return None
        order = self._same(order_id, answer)
        if order.phase.ended:
            return order
        return with_offers(order, self._offers({"orderId": order.id}).of(order.id))

    def preflight(self, order: DesiredOrder) -> Preflight:
        """Judge an order by its form, license and an estimate; `unread` where any of them could not be read."""
        return advice.preflight(order, self._session, self._facts, self.now())

    def preflight_quote(self, order: ObservedOrder, quote: Quote) -> Preflight:
        """Hold a quote against the account's credits and the order's budget."""
        return advice.preflight_quote(order, quote, self._session)

    def place(self, order: DesiredOrder, reference: Reference) -> ObservedOrder:
        """Place the order: one request with one feature, which binds no money.

        What it takes besides (workspace, the id of a product that is stated by name) was learned before; where it was
        not, it is read first. The answer holds an id and nothing else.
        """
        try:
            workspace = self._facts.workspace()
            sent = body(order, product=self._product(order), reference=reference)
        except ProviderError as e:
            raise NotSentError(f"{e}; nothing was sent") from e
        answer = self._session.spend("POST", PLACE, sent, workspace=workspace)
        return ObservedOrder(
            id=_placed(answer),
            account=self._account,
            references=frozenset({reference}),
            phase=Phase.PLACED,
            status="placed",
            terms={},
            window=order.window,
            complete=False,
        )

    def _product(self, order: DesiredOrder) -> str:
        block = settings_of(order)
        if block.data_product is not None:
            return block.data_product
        found = self._facts.glossary().find(block)
        if isinstance(found, str) or found[1].id is None:
            raise NotSentError(found if isinstance(found, str) else f"{found[1].name} has no id to order it by")
        return found[1].id

    def confirm(self, order: ObservedOrder, decision: Decision) -> ObservedOrder:
        """Answer an offer: one request; accepting a quote is the call that spends.

        Where UP42 says that it is decided, or nothing clear, one look tells how it stands.
        """
        path, sent, offer = _decision(decision)
        try:
            answer = self._session.spend("PATCH", path, sent, offer=_checked(offer))
        except RefusedError as e:
            if e.status != 405:
                raise
            return self._as_decided(order, decision, e)
        except UnclearError as e:
            return self._as_decided(order, decision, e)
        return _confirmed(order, decision, answer)

    def _as_decided(
        self, order: ObservedOrder, decision: Decision, trouble: RefusedError | UnclearError
    ) -> ObservedOrder:
        seen = try_get(self.get, order.id)
        stands = offered.stands(seen.offers, decision) if seen is not None else None
        if seen is None or stands is None:
            raise trouble
        if stands:
            return seen
        what = f"{offered.otherwise(seen.offers, decision)}: nothing was changed"
        raise RefusedError(what, kind=RefusalKind.INVALID, status=trouble.status or 405) from trouble

    def amend(self, order: ObservedOrder, changes: Terms) -> ObservedOrder:
        """Change tags or budget, the only terms that UP42 changes; references among the tags stay."""
        try:
            sent = change(changes, order.references)
        except ValueError as e:
            raise RefusedError(
                f"{e}: cancel the order and order again by raising `attempt`", kind=RefusalKind.INVALID, status=405
            ) from e
        answer = self._session.spend("PATCH", ORDER, sent, media=MERGE_PATCH, order=_checked(order.id))
        return with_offers(self._same(order.id, answer), order.offers)

    def cancel(self, order: ObservedOrder, reason: str) -> ObservedOrder:
        """Cancel the order; after anything but a clear yes, one look says whether it is canceled all the same."""

        def change() -> ObservedOrder:
            answer = self._session.spend("POST", CANCELLATION, None, order=_checked(order.id))
            if not (isinstance(answer.body, dict) and answer.body.get("status") == "CANCELED"):
                raise UnclearError(f"UP42 answered HTTP {answer.status} without saying CANCELED; {UNKNOWN_SPENT}")
            return replace(order, phase=Phase.CANCELED, status="CANCELED", status_word="CANCELED")

        return confirm_by_reading(change, self.get, order.id, holds=lambda seen: seen.phase is Phase.CANCELED)

    def _same(self, order_id: ProviderOrderId, answer: Response) -> ObservedOrder:
        order = read_order(answer.body, self._account, Offers())
        if order.id.lower() != order_id.lower():
            raise UnclearError(f"UP42 answered with order {order.id} where {order_id} was asked for")
        return order

    def catalog(self) -> tuple[Collection, ...]:
        """List the tasking collections with their data products; raises `ProviderError`."""
        return self._facts.glossary().tasking_collections()

    def details(self, order_id: ProviderOrderId) -> Mapping[str, str]:
        """Return how much has been delivered; empty before there is anything, or where it cannot be read."""
        try:
            return self._delivery.coverage(_checked(order_id))
        except ProviderError:
            return {}

    def products(self, order_id: ProviderOrderId) -> tuple[ProductFile, ...]:
        """List the files that were delivered so far."""
        return self._delivery.products(_checked(order_id))

    def download(self, product: ProductFile, target: Path, progress: Progress) -> None:
        """Fetch one file by an address signed now, without our token: resumable, its size verified."""
        self._delivery.download(product, target, progress)


def _placed(answer: Response) -> ProviderOrderId:
    """Return the new order's id; raises `RefusedError` if only errors came, `UnclearError` if it is not clear."""
    try:
        outcome, _ = read_as(PlacingResponse, answer.body, needed=frozenset({"results", "errors"}))
        if outcome.errors and not outcome.results:
            text = "; ".join(map(error_text, outcome.errors))
            kind = kind_of(text) or RefusalKind.INVALID
            raise RefusedError(f"UP42 refused: {text}; {advice_on(400, kind)}", kind=kind, status=answer.status)
        if outcome.errors or not outcome.results or len(outcome.results) > 1:
            raise UnclearError("it does not hold exactly one result")
        return ProviderOrderId(read_as(Placed, outcome.results[0])[0].id)
    except UnclearError as e:
        raise UnclearError(
            f"UP42 accepted (HTTP {answer.status}), but: {e}; {UNKNOWN_SPENT}", status=answer.status
        ) from e


def _decision(decision: Decision) -> tuple[str, dict[str, str], str]:
    """Return where a decision goes, what is sent, and the id of what it decides."""
    if isinstance(decision, ChooseOption):
        return STUDY, {"acceptedOptionId": decision.option.id}, decision.study_id
    word = "ACCEPTED" if isinstance(decision, AcceptQuote) else "REJECTED"
    return QUOTATION, {"decision": word}, decision.quote_id


def _confirmed(order: ObservedOrder, decision: Decision, answer: Response) -> ObservedOrder:
    """Return the order as the answer to a decision shows it; raises `UnclearError` if that was not decided."""
    try:
        read = offered.read_study if isinstance(decision, ChooseOption) else offered.read_quote
        decided = with_offers(order, offered.decided(order.offers, read(answer.body)))
    except UnclearError as e:
        raise UnclearError(
            f"UP42 answered HTTP {answer.status}, but: {e}; {UNKNOWN_SPENT}", status=answer.status
        ) from e
    if not offered.stands(decided.offers, decision):
        raise UnclearError(f"UP42 answered HTTP {answer.status} without the decision in it; {UNKNOWN_SPENT}")
    return decided
