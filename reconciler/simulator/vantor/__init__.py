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
        Route(method, f"{_VANTOR}/{{id}}{rest}", protected(on_tasking("vantor", handler))),
        Route(method, f"{_TASKING}/{{id}}{rest}", protected(on_tasking("plain", handler))),
    )


PROVIDER = Provider(
    name=auth.PROVIDER,
    bases=(_API, _ACCOUNT, "/vantor"),
    routes=(
        Route("POST", f"{_ACCOUNT}/auth/realms/mds/protocol/openid-connect/token", auth.issue_token),
        Route("GET", f"{_API}/usage/v2/allowed", auth.tell_allowed),
        Route("POST", _VANTOR, protected(placing.submit)),
        Route("POST", f"{_VANTOR}/quote", protected(placing.quote)),
        Route("POST", f"{_TASKING}/quote", protected(placing.quote)),
        Route("GET", _TASKING, protected(listing.list_taskings)),
        *_at_both("POST", "/cancel", ordering.cancel_tasking),
        *_at_both("GET", "", ordering.get_tasking),
        *_at_both("PATCH", "", ordering.extend_tasking),
    ),
    control=(
        Route("POST", "/vantor/orders/{id}", console.edit_order),
        Route("DELETE", "/vantor/orders/{id}", console.delete_order),
        Route("GET", "/vantor/accounts/{name}", accounts.show_account),
        Route("PUT", "/vantor/accounts/{name}", accounts.change_account),
        Route("PUT", "/vantor/users", auth.set_users),
        Route("PUT", "/vantor/keys", auth.set_keys),
        Route("DELETE", "/vantor/tokens", auth.revoke_tokens),
        Route("PUT", "/vantor/slots", slots.set_slots),
    ),
    switches=SWITCHES,
    refuse=refuse,
    describe=ordering.describe,
    ensure=_ensure,
)
