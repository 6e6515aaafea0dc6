"""What simulated providers hold: orders placed, quotes accepted, what was ended, and pictures that are bought twice."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from reconciler.model.time import instant_text, parse_instant
from tests.support.project import Project

Order = Mapping[str, Any]


class Tally:
    """Counts what the program does at the provider; what a person does there is left out."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self.placed = self.ended = self.accepted = 0
        self.asked: int | None = 0 if project.provider.check is None else None
        """How often an order was asked for; None if the requests do not tell."""
        self._begin()

    def count(self) -> None:
        """Add what has happened since it was counted last."""
        known, ended, accepted = self._known, self._over, self._bought
        posts = self._project.creates() if self.asked is not None else 0
        self._begin()
        self.placed += len(self._known - known)
        self.ended += len(self._over - ended)
        self.accepted += len(self._bought - accepted)
        self.asked = self.asked + posts if self.asked is not None else None

    def apart(self, act: Callable[[], object]) -> None:
        """Let a person do something that is not counted."""
        self.count()
        act()
        self._begin()

    def _begin(self) -> None:
        orders = self._project.orders()
        self._known = {order["id"] for order in orders}
        self._over = {each for order in orders for each in _ended(order)}
        self._bought = {each for order in orders for each in _quotes(order, "ACCEPTED")}
        self._project.zero()


def _ended(order: Order) -> list[str]:
    """Return the ids of an order's rejected quotes; its own if it was canceled without any."""
    rejected = _quotes(order, "REJECTED")
    canceled = order["status"] == "CANCELED" or order.get("canceling", False)
    return rejected or ([order["id"]] if canceled else [])


def _quotes(order: Order, decision: str) -> list[str]:
    return [quote["id"] for quote in order.get("quotes", ()) if quote["decision"] == decision]


def pictures_ordered_twice(project: Project) -> list[str]:
    """Return the pictures that more than one live order would deliver."""
    live = [order for order in project.orders() if _is_live(order, project)]
    counted = Counter(json.dumps(_picture(order), sort_keys=True) for order in live)
    return [picture for picture, number in counted.items() if number > 1]


def _is_live(order: Order, project: Project) -> bool:
    quotes = order.get("quotes", ())
    turned_down = bool(quotes) and all(quote["decision"] == "REJECTED" for quote in quotes)
    return order["status"] in project.provider.live and not order.get("canceling", False) and not turned_down


def _picture(order: Order) -> object:
    match order["provider"]:
        case "iceye":
            body = order["body"]
            window = [instant_text(parse_instant(text)) for text in body["acquisitionWindow"].values()]
            return [window, body["pointOfInterest"], body["imagingMode"]]
        case "up42":
            return [order["geometry"], order["params"], order["body"]["dataProduct"]]
        case _:
            body = order["body"]
            return [order["window"], body["geometry"], body["tasking_tier"], body["product_details"]]
