"""What a folder of manifests says besides its orders: the project with its policy, and the accounts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from reconciler.model.block import Block
from reconciler.model.errors import Location
from reconciler.model.ids import AccountName
from reconciler.model.money import Money
from reconciler.model.time import Window

SIMULATOR = "simulator"
"""The endpoint of an account that talks to the embedded simulator."""


class OnUnknown(StrEnum):
    """What happens when a spending call stays unknown after `settle` and three empty listings."""

    HOLD = "hold"
    RETRY = "retry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How hard an account may be worked, and how long its provider may take to show a new order."""

    requests_per_second: float = 5.0
    concurrency: int = 4
    settle: timedelta = timedelta(minutes=15)
    on_unknown: OnUnknown = OnUnknown.HOLD


@dataclass(frozen=True, slots=True)
class SimulatedClock:
    """The clock of a simulator: its first instant, if it is embedded, and simulated seconds per real second."""

    start: datetime | None = None
    speed: float = 1.0


@dataclass(frozen=True, slots=True)
class Suspension:
    """Observe an order only, or leave an account alone, until an instant or until the lines go."""

    reason: str
    until: datetime | None = None

    def holds_at(self, instant: datetime) -> bool:
        """Tell whether it still holds."""
        return self.until is None or instant < self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One contract, workspace or key at one provider. `settings` is the provider's own block.

    `tenant` is whom its credentials must belong to, if that is stated. `places` says where in its file each field of
    the spec is, by its path (`iceye.tokenUrl`).
    """

    name: AccountName
    provider: str
    endpoint: str
    settings: Block
    source: Location
    limits: Limits = field(default_factory=Limits)
    simulator: SimulatedClock = field(default_factory=SimulatedClock)
    suspend: Suspension | None = None
    tenant: str | None = None
    places: Mapping[str, Location] = field(default_factory=dict, compare=False, repr=False)

    def at(self, path: str) -> Location:
        """Return where a field is; if it is left out, where the block is that could hold it."""
        while path and path not in self.places:
            path = path.rpartition(".")[0]
        return self.places.get(path, self.source)


@dataclass(frozen=True, slots=True)
class Freeze:
    """A time in which orders are only observed, from the first instant of `window` up to its end."""

    window: Window
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What holds for the whole folder. Of ceilings there is at most one Money a currency, and none for no ceiling."""

    per_order: tuple[Money, ...] = ()
    per_pass: tuple[Money, ...] = ()
    per_month: tuple[Money, ...] = ()
    new_orders_per_pass: int = 20
    cancels_per_pass: int = 5
    allow_empty: bool = False
    freezes: tuple[Freeze, ...] = ()
    source: Location = field(default_factory=lambda: Location(file="", line=1, column=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """Who owns the orders of this folder; `owner` goes into every reference."""

    name: str
    owner: str
    policy: Policy
    source: Location
