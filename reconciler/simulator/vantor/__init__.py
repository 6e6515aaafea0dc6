"""Vantor's Hub Tasking API as the wire contract (contracts/vantor.md) describes it: tokens, keys, taskings, quotes.

Called by the simulator's server only, which mounts `PROVIDER` beside other providers.
"""

from collections.abc import Sequence
from datetime import datetime

from reconciler.simulator.messages import Provider, Route
from reconciler.simulator.store import Store
from reconciler.simulator.vantor import accounts, auth, console, listing, ordering, placing, slots
from reconciler.simulator.vantor.auth import protected
from reconciler.simulator.vantor.errors import refuse
from reconciler.simulator.vantor.ordering import TaskingHandler, on_tasking
from reconciler.simulator.vantor.switches import SWITCHES

_API = "/vantor/api"
_ACCOUNT = "/vantor/account"
_TASKING = f"{_API}/tasking/v2/tasking"
_VANTOR = f"{_TASKING}/vantor"


def _ensure(store: Store, now: datetime, accounts: Sequence[str]) -> None:
    """Nothing has to be made: any key and any user has an account."""


def _at_both(method: str, rest: str, handler: TaskingHandler) -> tuple[Route, Route]:
    """Return an operation on one tasking at both of the paths where it may be."""
    return (
        Route(method=method, template=f"{_VANTOR}/{{id}}{rest}", handler=protected(on_tasking("vantor", handler))),
        Route(method=method, template=f"{_TASKING}/{{id}}{rest}", handler=protected(on_tasking("plain", handler))),
    )


PROVIDER = Provider(
    name=auth.PROVIDER,
    bases=(_API, _ACCOUNT, "/vantor"),
    routes=(
        Route(
            method="POST",
            template=f"{_ACCOUNT}/auth/realms/mds/protocol/openid-connect/token",
            handler=auth.issue_token,
        ),
        Route(method="GET", template=f"{_API}/usage/v2/allowed", handler=auth.tell_allowed),
        Route(method="POST", template=_VANTOR, handler=protected(placing.submit)),
        Route(method="POST", template=f"{_VANTOR}/quote", handler=protected(placing.quote)),
        Route(method="POST", template=f"{_TASKING}/quote", handler=protected(placing.quote)),
        Route(method="GET", template=_TASKING, handler=protected(listing.list_taskings)),
        *_at_both("POST", "/cancel", ordering.cancel_tasking),
        *_at_both("GET", "", ordering.get_tasking),
        *_at_both("PATCH", "", ordering.extend_tasking),
    ),
    control=(
        Route(method="POST", template="/vantor/orders/{id}", handler=console.edit_order),
        Route(method="DELETE", template="/vantor/orders/{id}", handler=console.delete_order),
        Route(method="GET", template="/vantor/accounts/{name}", handler=accounts.show_account),
        Route(method="PUT", template="/vantor/accounts/{name}", handler=accounts.change_account),
        Route(method="PUT", template="/vantor/users", handler=auth.set_users),
        Route(method="PUT", template="/vantor/keys", handler=auth.set_keys),
        Route(method="DELETE", template="/vantor/tokens", handler=auth.revoke_tokens),
        Route(method="PUT", template="/vantor/slots", handler=slots.set_slots),
    ),
    switches=SWITCHES,
    refuse=refuse,
    describe=ordering.describe,
    ensure=_ensure,
)
