"""The pictures that a play declares, and the orders at the simulator that show the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from reconciler.model.time import parse_instant
from tests.support.project import START, window
from tests.support.provider import ICEYE, VANTOR

PRICES = {"STRIPMAP": 120_000, "SPOTLIGHT": 130_000, "SPOTLIGHT_FINE": 180_000, "flexView": 1_583}
"""What the simulator asks where these orders are: cents of a euro, and credits of Vantor's."""
DELIVERED = {"iceye": "DONE", "vantor": "FULFILLED"}
LIVE = {"iceye": ICEYE.live | {"FULFILLED"}, "vantor": VANTOR.live}
"""The words for an order that may still bring something, or is not delivered completely."""

Place: TypeAlias = tuple[float, float]
Shown: TypeAlias = tuple[str, str, datetime, datetime, str]
"""Provider, target, window and mode: what makes two orders the same picture."""


@dataclass(eq=False, kw_only=True)
class Picture:
    """One picture that Git declares. `begin` and `end` of its window are days after the start of the clock.

    `since` is the number of the commit that declared it first, `changed` of the last one that stated other terms for
    it, `missing` are those that lack it though later ones have it. `removable` is whether the removal of its manifest
    cancels it.
    """

    key: str
    attempt: int = 1
    provider: str = "iceye"
    target: Mapping[str, Any]
    begin: float
    end: float
    mode: str
    since: int = 0
    changed: int = 0
    missing: range = range(0)
    removable: bool = False
    status: str = ""
    charge: int = 0

    def __post_init__(self) -> None:
        """Take it to be delivered in the end, at its price."""
        self.status, self.charge = DELIVERED[self.provider], PRICES[self.mode]

    def fails(self) -> None:
        """It comes to nothing, and costs nothing."""
        self.status, self.charge = "FAILED", 0

    def is_canceled(self, charge: int = 0) -> None:
        """It is canceled, for a charge."""
        self.status, self.charge = "CANCELED", charge

    @property
    def bound(self) -> int:
        """What the state has booked for it, in hundredths: its price, and the charge of a cancellation."""
        charge = self.charge if self.status == "CANCELED" else 0
        return (PRICES[self.mode] + charge) * (100 if self.provider == "vantor" else 1)

    @property
    def window(self) -> dict[str, str]:
        """Its window as a manifest states it."""
        return window(self.begin, self.end)

    @property
    def shown(self) -> Shown:
        """What the provider is asked for."""
        begin, end = (START + timedelta(days=day) for day in (self.begin, self.end))
        return self.provider, text_of(self.target), begin, end, self.mode


def shown(order: Mapping[str, Any]) -> Shown:
    """Return what an order at the simulator was asked for."""
    body, provider = order["body"], order["provider"]
    if provider == "vantor":
        begin, end = body["start_collect_datetime"].upper(), body["end_collect_datetime"].upper()
        target, mode = body["geometry"], body["tasking_tier"]
    else:
        begin, end = (body["acquisitionWindow"][name] for name in ("start", "end"))
        target, mode = point((body["pointOfInterest"]["lon"], body["pointOfInterest"]["lat"])), body["imagingMode"]
    return provider, text_of(target), parse_instant(begin), parse_instant(end), mode


def point(place: Place) -> dict[str, Any]:
    """Return a place as GeoJSON."""
    return {"type": "Point", "coordinates": list(place)}


def points(places: Sequence[Place]) -> dict[str, Any]:
    """Return one place, or several as one geometry, as GeoJSON."""
    if len(places) == 1:
        return point(places[0])
    return {"type": "MultiPoint", "coordinates": [list(place) for place in places]}


def text_of(target: Mapping[str, Any]) -> str:
    """Return a target as text, to be compared."""
    return f"{target['type']} {_rounded(target['coordinates'])}"


def _rounded(value: Any) -> Any:
    """Return coordinates to a tenth of a meter: a finer difference is the same place."""
    return round(value, 6) if isinstance(value, float | int) else [_rounded(each) for each in value]
