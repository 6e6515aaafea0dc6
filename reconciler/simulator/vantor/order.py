"""A tasking request as the simulator keeps it: what was asked for, how it will go, and what was done to it."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Self

from reconciler.simulator.instants import from_micros, to_micros
from reconciler.simulator.messages import JsonObject
from reconciler.simulator.orders import OrderRow
from reconciler.simulator.vantor.auth import PROVIDER
from reconciler.simulator.vantor.dates import parse_date

FINAL = frozenset({"FULFILLED", "PARTIALLY-FULFILLED", "UNFULFILLED", "DENIED", "CANCELED", "FAILED", "ERROR"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """How a request goes by itself; times are in simulated minutes.

    `window` is the one that was submitted (microseconds since 1970): images are planned in it, whatever its end
    becomes.
    """

    outcome: str
    captures: int
    accepting: float
    scheduling: float
    producing: float
    window: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusOverride:
    """A status that somebody puts in force; one that is not forced comes too late for what has ended."""

    at: datetime
    status: str
    details: str
    forced: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedOrder:
    """One request; `facts` are its fields as they stand, `body` is what was received. `price` is in credits."""

    id: str
    account: str
    group: str
    owner: str
    created: datetime
    facts: JsonObject
    body: JsonObject
    price: int
    fee: int
    course: Scenario
    moves: tuple[StatusOverride, ...] = ()
    edited: datetime | None = None

    @property
    def tier(self) -> str:
        """flexView or fastView."""
        return str(self.facts["tasking_tier"])

    @property
    def window(self) -> tuple[datetime, datetime]:
        """The collection window as it stands."""
        return parse_date(self.facts["start_collect_datetime"]), parse_date(self.facts["end_collect_datetime"])

    def moved(self, move: StatusOverride) -> Self:
        """Return the request with one more move."""
        return replace(self, moves=(*self.moves, move))

    def changed(self, now: datetime, **facts: object) -> Self:
        """Return the request with other facts."""
        return replace(self, facts={**self.facts, **facts}, edited=now)

    def to_row(self, list_from: datetime, get_from: datetime, settles: datetime | None, charge: int) -> OrderRow:
        """Return the request in the form in which orders are stored."""
        moves = [[to_micros(move.at), move.status, move.details, move.forced] for move in self.moves]
        return OrderRow(
            provider=PROVIDER,
            id=self.id,
            account=self.account,
            created=self.created,
            list_from=list_from,
            get_from=get_from,
            hold=self.price,
            charge=charge,
            settles=settles,
            value={
                **{name: getattr(self, name) for name in ("group", "owner", "facts", "body", "price", "fee")},
                "course": asdict(self.course),
                "moves": moves,
                "edited": None if self.edited is None else to_micros(self.edited),
            },
        )

    @classmethod
    def from_row(cls, row: OrderRow) -> Self:
        """Read a stored request."""
        value: dict[str, Any] = dict(row.value)
        course, moves, edited = value.pop("course"), value.pop("moves"), value.pop("edited")
        return cls(
            id=row.id,
            account=row.account,
            created=row.created,
            course=Scenario(**{**course, "window": tuple(course["window"])}),
            moves=tuple(
                StatusOverride(at=from_micros(at), status=status, details=details, forced=forced)
                for at, status, details, forced in moves
            ),
            edited=None if edited is None else from_micros(edited),
            **value,
        )
