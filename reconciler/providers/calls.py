"""What is the same in every driver's calls: ids in paths, what is not there, the one look after a doubtful change."""

from __future__ import annotations

import re
from collections.abc import Callable

from reconciler.model.errors import NotSentError, ProviderError, RefusalKind, RefusedError, UnclearError
from reconciler.model.ids import ProviderOrderId
from reconciler.model.order import ObservedOrder
from reconciler.providers.responses import Response, printable

Get = Callable[[ProviderOrderId], ObservedOrder | None]
_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,127}")


def path_safe(identity: str, *, what: str) -> str:
    """Return an id that can stand in a path; raises `NotSentError` for what cannot be one, `what` says of what."""
    if not _ID.fullmatch(identity):
        raise NotSentError(f"{printable(identity)!r} cannot be {what}; nothing was sent")
    return identity


def item_id(item: object) -> object:
    """Return the text in a listed item's `id`, by which items are told apart; None where there is none."""
    found = item.get("id") if isinstance(item, dict) else None
    return found if isinstance(found, str) else None


def none_if_404(read: Callable[[], Response]) -> Response | None:
    """Return what a call reads; None where the provider itself says that it is not there."""
    try:
        return read()
    except RefusedError as e:
        if e.kind is RefusalKind.NOT_FOUND:
            return None
        raise


def try_get(get: Get, order_id: ProviderOrderId) -> ObservedOrder | None:
    """Read an order once; None also where it cannot be read."""
    try:
        return get(order_id)
    except ProviderError:
        return None


def confirm_by_reading(
    change: Callable[[], ObservedOrder], get: Get, order_id: ProviderOrderId, *, holds: Callable[[ObservedOrder], bool]
) -> ObservedOrder:
    """Change an order; after anything but a clear yes, one look says whether the change holds all the same."""
    try:
        return change()
    except (RefusedError, UnclearError):
        seen = try_get(get, order_id)
        if seen is not None and holds(seen):
            return seen
        raise
