"""Vantor as a `Driver`. Light to import: the calls and the HTTP client come with the first connection."""

from __future__ import annotations

from reconciler.model.account import SIMULATOR, Account
from reconciler.model.order import DesiredOrder
from reconciler.model.provider import Traits
from reconciler.providers.address import confidential
from reconciler.providers.base import ConnectionConfig, Destination, Driver, OrderWriter, Simulated
from reconciler.providers.vantor import rules, terms
from reconciler.providers.vantor.draft import draft
from reconciler.providers.vantor.guard import is_safe
from reconciler.providers.vantor.settings import DESCRIPTION_LIMIT, Http, VantorAccount, VantorOrder

ENDPOINT = "https://api.maxar.com"
_TOKEN_PATH = "/vantor/account/auth/realms/mds/protocol/openid-connect/token"


def account_settings(account: Account) -> VantorAccount:
    """Return the account's Vantor block; TypeError where another provider's account was handed in."""
    if not isinstance(account.settings, VantorAccount):
        raise TypeError(f"not a Vantor account: {type(account.settings).__name__}")
    return account.settings


def account_problems(account: Account) -> tuple[str, ...]:
    """Return what an account lacks: credentials (not with the simulator), addresses that keep them secret."""
    if account.endpoint == SIMULATOR:
        return ()
    settings = account_settings(account)
    found = []
    if settings.api_key is None and settings.username is None:
        found.append(
            "vantor.apiKey: is missing; write `apiKey: {env: NAME}`, the variable that holds a key of Vantor's, or"
            " `username` and `password`"
        )
    if not confidential(account.endpoint):
        found.append(
            f"endpoint: {account.endpoint} is no https address; Vantor's is {ENDPOINT}, and `simulator` stands for the"
            " embedded one"
        )
    if settings.username is not None and not confidential(settings.token_url):
        found.append(f"vantor.tokenUrl: {settings.token_url} is no https address: the password would be readable")
    return tuple(found)


def tenant(account: Account) -> str:
    """Say where an account's requests live: the list shows those of whom the credentials belong to."""
    return f"{account.endpoint}{account_settings(account).paths.list}, account of its user"


def simulated(account: Account) -> Simulated:
    """Say where the simulator serves Vantor; every key and every user has an account there."""
    return Simulated(path="/vantor/api", token_path=_TOKEN_PATH)


def destinations(account: Account) -> tuple[Destination, ...]:
    """Return the addresses that the key, or the password and the tokens, are sent to; `paths` are below the first."""
    settings = account_settings(account)
    login = (Destination("vantor.tokenUrl", settings.token_url),) if settings.username is not None else ()
    return (Destination("endpoint", account.endpoint), *login)


def forwards(order: DesiredOrder) -> tuple[Destination, ...]:
    """Return the addresses that Vantor calls with headers of the order, whose values are secrets."""
    settings = terms.settings_of(order)
    return tuple(
        Destination(f"vantor.notifications[{number}].target", notice.target)
        for number, notice in enumerate(settings.notifications or ())
        if isinstance(notice, Http) and notice.config is not None and notice.config.headers
    )


def connect(account: Account, config: ConnectionConfig) -> OrderWriter:
    """Connect to Vantor; ConfigError where a credential is missing. No request is sent before the first call."""
    from reconciler.providers.vantor.orders import OrdersApi, client, identity

    settings = account_settings(account)
    session = client(account, settings, config)
    return OrdersApi(account.name, settings, session, config, identity=identity(account, settings, config))


DRIVER = Driver(
    name="vantor",
    traits=Traits(
        reference_limit=DESCRIPTION_LIMIT,
        editable=terms.EDITABLE,
        later_only=terms.EDITABLE,
        telling=terms.TELLING,
        place=terms.PLACE,
        window=terms.WINDOW,
        product=terms.PRODUCT,
        cancelable=rules.CANCELABLE,
        unobservable=terms.UNOBSERVABLE,
        optional=terms.OPTIONAL,
    ),
    account_settings=VantorAccount,
    order_settings=VantorOrder,
    terms=terms.stated_terms,
    problems=rules.problems,
    readiness=rules.readiness,
    cancellation=rules.cancellation,
    is_safe=is_safe,
    connect=connect,
    account_problems=account_problems,
    tenant=tenant,
    simulated=simulated,
    draft=draft,
    destinations=destinations,
    forwards=forwards,
    warnings=rules.warnings,
)
