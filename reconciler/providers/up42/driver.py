"""UP42 as a `Driver`. Light to import: the calls, the HTTP client and the form validator come with a connection."""

from __future__ import annotations

from urllib.parse import urlsplit

from reconciler.model.account import SIMULATOR, Account
from reconciler.model.provider import Traits
from reconciler.providers.address import confidential
from reconciler.providers.base import ConnectionConfig, Destination, Driver, OrderWriter, Simulated, expect_block
from reconciler.providers.up42 import rules, terms
from reconciler.providers.up42.draft import draft
from reconciler.providers.up42.guard import is_safe
from reconciler.providers.up42.settings import ENDPOINTS, NAME_LIMIT, TOKEN_PATH, Up42Account, Up42Order, token_url


def account_settings(account: Account) -> Up42Account:
    """Return the account's UP42 block; TypeError where another provider's account was handed in."""
    return expect_block(account.settings, Up42Account, named="an UP42 account")


def account_problems(account: Account) -> tuple[str, ...]:
    """Return what an account lacks: credentials (not with the simulator), addresses that keep them secret and agree."""
    if account.endpoint == SIMULATOR:
        return ()
    settings = account_settings(account)
    found = [
        f"up42.{name}: is missing; write `{name}: {{env: NAME}}`, the variable that holds the {name} of a user at UP42"
        for name, reference in (("username", settings.username), ("password", settings.password))
        if reference is None
    ]
    if not confidential(account.endpoint):
        here = ENDPOINTS[settings.region]
        found.append(
            f"endpoint: {account.endpoint} is no https address; UP42's is {here}, and `simulator` stands for the"
            " embedded one"
        )
    if not confidential(token_url(settings)):
        found.append(f"up42.tokenUrl: {settings.token_url} is no https address: the password would travel in the clear")
    for region, endpoint in ENDPOINTS.items():
        if region != settings.region and urlsplit(account.endpoint).hostname == urlsplit(endpoint).hostname:
            found.append(
                f"up42.region: is {settings.region}, and {account.endpoint} is that of {region}: make them agree"
            )
    return tuple(found)


def tenant(account: Account) -> str:
    """Say where an account's orders live: the listing shows those of its workspace only."""
    workspace = account_settings(account).workspace_id
    return f"{account.endpoint}, workspace {workspace.lower() if workspace else 'of its user'}"


def simulated(account: Account) -> Simulated:
    """Say where the simulator serves UP42; every user has a workspace there."""
    return Simulated(path="/up42/api", token_path=f"/up42/auth{TOKEN_PATH}")


def destinations(account: Account) -> tuple[Destination, ...]:
    """Return the addresses that the password and the tokens are sent to; user info is asked for beside the token."""
    return (
        Destination("endpoint", account.endpoint),
        Destination("up42.tokenUrl", token_url(account_settings(account))),
    )


def connect(account: Account, config: ConnectionConfig) -> OrderWriter:
    """Connect to UP42; ConfigError where a credential is missing. No request is sent before the first call."""
    from reconciler.providers.up42.orders import OrdersApi, client

    settings = account_settings(account)
    return OrdersApi(account.name, settings, client(account, settings, config), config)


DRIVER = Driver(
    name="up42",
    traits=Traits(
        reference_limit=NAME_LIMIT,
        editable=terms.EDITABLE,
        cancelable=rules.CANCELABLE,
        unobservable=terms.UNOBSERVABLE,
        optional=terms.OPTIONAL,
        places_free=True,
        place=terms.PLACE,
        window=terms.WINDOW,
        product=terms.PRODUCT,
    ),
    account_settings=Up42Account,
    order_settings=Up42Order,
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
)
