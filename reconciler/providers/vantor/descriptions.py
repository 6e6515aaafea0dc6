"""Whose a request is: told by its description alone, which Vantor may show in lists, in single reads only, or nowhere.

No page says which (contracts/vantor.md section 9). A request without a description is somebody else's only where
descriptions are known to be shown; where that is not known, its order is not `marked`: it may be any of ours.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

from reconciler.model.errors import ProviderError, UnclearError
from reconciler.model.ids import AccountName, ProviderOrderId
from reconciler.model.order import ObservedOrder
from reconciler.providers.vantor.parse import DESCRIPTION, described, read_order

CHECKS = 5
"""Requests, the newest first, that are read singly before it is concluded that no description is shown."""


class Descriptions:
    """Reads the items of a list, and remembers what single reads have shown. Several threads may ask."""

    def __init__(self, get: Callable[[ProviderOrderId], ObservedOrder | None], *, echoed: bool) -> None:
        self._get = get
        self._echoed = echoed
        self._known: dict[ProviderOrderId, ObservedOrder] = {}
        self._lock = threading.Lock()

    def read(self, items: Sequence[object], account: AccountName) -> tuple[tuple[ObservedOrder, ...], str | None]:
        """Return the orders of a list, and why one of ours may be missing among them; None where none can be."""
        found: dict[ProviderOrderId, ObservedOrder] = {}
        silent: list[ProviderOrderId] = []
        problem = None
        for place, item in enumerate(items, start=1):
            try:
                order = read_order(item, account)
            except UnclearError as e:
                problem = f"item {place} of Vantor's list may be one of ours: {e}"
                continue
            found[order.id] = order
            if isinstance(item, dict) and not described(item):
                silent.append(order.id)
        if silent and len(silent) == len(found) and not self._echoed:
            try:
                self._singly(silent, found)
            except ProviderError as e:
                problem = str(e)
        return tuple(found.values()), problem

    def _singly(self, silent: list[ProviderOrderId], found: dict[ProviderOrderId, ObservedOrder]) -> None:
        """Read what a list does not tell, the newest first; where nothing tells it, no order is marked."""
        shown = False
        for number, order_id in enumerate(reversed(silent), start=1):
            single = self._single(order_id)
            if _is_described(single):
                shown = True
                description = {name: value for name, value in single.terms.items() if name == DESCRIPTION}
                listed = found[order_id]
                told = replace(listed, references=single.references, fragments=single.fragments)
                found[order_id] = replace(told, terms={**listed.terms, **description})
            elif number >= CHECKS and not shown:
                break
        if not shown:
            found.update({order_id: replace(found[order_id], marked=False) for order_id in silent})

    def _single(self, order_id: ProviderOrderId) -> ObservedOrder:
        with self._lock:
            known = self._known.get(order_id)
        if known is not None:
            return known
        single = self._get(order_id)
        if single is None:
            raise UnclearError(
                f"request {order_id} stands in Vantor's list without a description and cannot be read singly"
            )
        if _is_described(single):
            with self._lock:
                self._known[order_id] = single
        return single


def _is_described(order: ObservedOrder) -> bool:
    return bool(order.references) or DESCRIPTION in order.terms
