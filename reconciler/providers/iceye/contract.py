"""What a contract says of an order before it is placed: allowed and default values, delivery places, dates. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from reconciler.model.geometry import Point
from reconciler.model.order import DesiredOrder
from reconciler.model.time import instant_text
from reconciler.providers.iceye.schemas import Contract, instant_or_none
from reconciler.providers.iceye.settings import IceyeOrder
from reconciler.providers.iceye.terms import settings_of

_PRICED = ("exclusivity", "priority", "sla", "eula")
_DOCUMENTED_SLA = "SLA_8H"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """The values that ICEYE will use; None where neither the order, the contract nor the documentation names one."""

    exclusivity: str | None
    priority: str | None
    sla: str | None
    eula: str | None

    @property
    def unnamed(self) -> tuple[str, ...]:
        """The settings that nobody names, so that no price can be asked."""
        return tuple(name for name in _PRICED if getattr(self, name) is None)


def resolve(block: IceyeOrder, contract: Contract) -> Resolved:
    """Fill in what the order leaves to the contract: its default, or its only allowed value (contract page)."""
    values = {}
    for name in _PRICED:
        choice = getattr(contract, name)
        only = choice.allowed[0] if choice.allowed and len(choice.allowed) == 1 else None
        values[name] = getattr(block, name) or choice.default or only
    return Resolved(**{**values, "sla": values["sla"] or _DOCUMENTED_SLA})


def price_query(order: DesiredOrder, resolved: Resolved, contract_id: str) -> Mapping[str, str]:
    """Return the query of getPrice, all of whose parameters are required."""
    point = order.target
    if not isinstance(point, Point):
        raise ValueError("ICEYE prices a point of interest only")
    values = {name: getattr(resolved, name) for name in _PRICED}
    return {
        "contractID": contract_id,
        "imagingMode": settings_of(order).imaging_mode,
        "pointOfInterest[lat]": f"{point.latitude:.9f}".rstrip("0").rstrip("."),
        "pointOfInterest[lon]": f"{point.longitude:.9f}".rstrip("0").rstrip("."),
        **{name: value for name, value in values.items() if value is not None},
    }


def objections(order: DesiredOrder, contract: Contract, resolved: Resolved, now: datetime) -> tuple[str, ...]:
    """Return why this contract would refuse the order."""
    return (*_not_allowed(settings_of(order), contract, resolved), *_dates(contract, now))


def _not_allowed(block: IceyeOrder, contract: Contract, resolved: Resolved) -> Iterator[str]:
    limited = {
        "imagingMode": (block.imaging_mode, contract.imaging_modes.allowed),
        **{name: (getattr(resolved, name), getattr(contract, name).allowed) for name in _PRICED},
    }
    for name, (value, allowed) in limited.items():
        if value is not None and allowed and value not in allowed:
            yield f"iceye.{name}: the contract does not allow {value}; it allows {', '.join(allowed)}"
    for name in resolved.unnamed:
        yield f"iceye.{name}: the contract names no default, so the price cannot be asked: state it in the order"
    yield from _undeliverable(block, contract)


def _undeliverable(block: IceyeOrder, contract: Contract) -> Iterator[str]:
    """Check delivery places against the contract's, as far as it lists them: paths, and the configuration of each."""
    known = {place.path.rstrip("/"): place.config_id for place in contract.delivery_locations or () if place.path}
    for location in (place for delivery in block.deliveries or () for place in delivery.locations):
        path = location.path.rstrip("/")
        if known and path not in known:
            yield f"iceye.deliveries: {location.path} is no location of the contract: {', '.join(sorted(known))}"
        elif (config := known.get(path)) is not None and config.lower() != location.config_id.lower():
            yield f"iceye.deliveries: the contract has {location.path} under configID {config}"


def _dates(contract: Contract, now: datetime) -> Iterator[str]:
    start, end = instant_or_none(contract.start), instant_or_none(contract.end)
    if start is not None and now < start:
        yield f"the contract takes orders from {instant_text(start)} on: wait, or name another account"
    if end is not None and now > end:
        yield f"the contract took orders until {instant_text(end)}: renew it with ICEYE, or name another account"
