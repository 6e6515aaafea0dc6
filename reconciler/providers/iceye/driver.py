"""ICEYE as a `Driver`. Light to import: the calls and the HTTP client come with the first connection."""

from __future__ import annotations

from reconciler.model.account import SIMULATOR, Account
from reconciler.model.provider import Traits
from reconciler.providers.address import confidential
from reconciler.providers.base import ConnectionConfig, Destination, Driver, OrderWriter, Simulated, expect_block
from reconciler.providers.iceye import rules, terms
from reconciler.providers.iceye.draft import draft
from reconciler.providers.iceye.guard import is_safe
from reconciler.providers.iceye.settings import REFERENCE_LIMIT, IceyeAccount, IceyeOrder


def account_settings(account: Account) -> IceyeAccount:
    """Return the account's ICEYE block; TypeError where another provider's account was handed in."""
    return expect_block(account.settings, IceyeAccount, named="an ICEYE account")


def account_problems(account: Account) -> tuple[str, ...]:
    """Return what an account lacks: credentials (not with the simulator), an address that keeps them secret."""
    if account.endpoint == SIMULATOR:
        return ()
    settings = account_settings(account)
    named = {
        "tokenUrl": settings.token_url,
        "clientId": settings.client_id,
        "clientSecret": settings.client_secret,
    }
    missing = [name for name, reference in named.items() if reference is None]
    found = [
        f"iceye.{name}: is missing; write `{name}: {{env: NAME}}`, the variable that holds what ICEYE gave you"
        for name in missing
    ]
    if not confidential(account.endpoint):
        found.append(
            f"endpoint: {account.endpoint} is no https address; ICEYE's is https://platform.iceye.com/api, and"
            " `simulator` stands for the embedded one"
        )
    return tuple(found)


def tenant(account: Account) -> str:
    """Say where an account's tasks live: the listing shows those of its contract only."""
    return f"{account.endpoint}, contract {account_settings(account).contract_id.lower()}"


def simulated(account: Account) -> Simulated:
    """Say where the simulator serves ICEYE, and which contract must exist there."""
    contract = account_settings(account).contract_id
    return Simulated(path="/iceye/api", token_path="/iceye/oauth/v1/token", contracts=(contract,))


def destinations(account: Account) -> tuple[Destination, ...]:
    """Return the addresses that the client id, the secret and the tokens are sent to."""
    token_url = account_settings(account).token_url
    named = (Destination("iceye.tokenUrl", token_url),) if token_url is not None else ()
    return (Destination("endpoint", account.endpoint), *named)


def connect(account: Account, config: ConnectionConfig) -> OrderWriter:
    """Connect to ICEYE; ConfigError where a credential is missing. No request is sent before the first call."""
    from reconciler.providers.iceye.orders import OrdersApi, client

    settings = account_settings(account)
    return OrdersApi(account.name, settings.contract_id, client(account, settings, config), config.monotonic)


DRIVER = Driver(
    name="iceye",
    traits=Traits(
        reference_limit=REFERENCE_LIMIT,
        cancelable=rules.CANCELABLE,
        list_omits=terms.LIST_OMITS,
        tolerances=terms.TOLERANCES,
        place=terms.PLACE,
        window=terms.WINDOW,
        product=terms.PRODUCT,
    ),
    account_settings=IceyeAccount,
    order_settings=IceyeOrder,
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
