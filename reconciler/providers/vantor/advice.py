"""What is asked before an order is placed, by calls that buy nothing: Vantor's validation, and its quote."""

from __future__ import annotations

from collections.abc import Callable

from reconciler.model.block import SecretRef
from reconciler.model.errors import ConfigError, ProviderError, RefusalKind, RefusedError, UnclearError
from reconciler.model.money import Money
from reconciler.model.order import DesiredOrder
from reconciler.model.provider import Preflight
from reconciler.providers.http import ApiSession
from reconciler.providers.vantor.guard import CHECK
from reconciler.providers.vantor.parse import price_in
from reconciler.providers.vantor.rules import problems, readiness
from reconciler.providers.vantor.settings import Paths
from reconciler.providers.vantor.terms import body, settings_of

_OF_THE_ORDER = frozenset({400, 403, 413, 422})
_NO_QUOTE = frozenset({400, 403, 404, 405, 410, 413, 422, 501})
"""A quote's path is a guess: what answers there so says nothing of the order, which was found valid before."""


def preflight(
    order: DesiredOrder, session: ApiSession, paths: Paths, *, secret: Callable[[SecretRef], str]
) -> Preflight:
    """Judge an order by the offline rules, by Vantor's validation, and by a quote, which locks no price."""
    if lasting := problems(order):
        return Preflight(objections=lasting)
    try:
        sent = body(order, secret)
        session.ask(f"{paths.submit}?{CHECK}", sent)
        return Preflight(price=_price(sent, session, paths), readiness=readiness(order, session.now()))
    except ConfigError as e:
        return Preflight(objections=(str(e),))
    except RefusedError as e:
        if e.status in _OF_THE_ORDER:
            return Preflight(objections=(str(explained(order, e)),))
        return Preflight(unread=str(e))
    except ProviderError as e:
        return Preflight(unread=str(e))


def _price(sent: dict[str, object], session: ApiSession, paths: Paths) -> Money | None:
    try:
        return price_in(session.ask(paths.quote, sent).body)
    except (RefusedError, UnclearError) as e:
        if e.status in _NO_QUOTE:
            return None
        raise


def explained(order: DesiredOrder, refused: RefusedError) -> RefusedError:
    """Return a refusal with what to ask the vendor for; private tasking that is not enabled stays refused."""
    if refused.kind is not RefusalKind.FORBIDDEN or not settings_of(order).is_private:
        return refused
    told = (
        f"{refused}. The order is private: ask your Vantor sales representative to enable private tasking for this"
        " account. It is never sent as a public one: for that, commit `is_private: false`"
    )
    return RefusedError(told, kind=RefusalKind.INVALID, status=refused.status)
