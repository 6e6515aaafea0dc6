"""An order as the simulator keeps it: what was asked for, how it will go by itself, and where it stands."""

import uuid
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Self

from reconciler.simulator.instants import from_micros, parse_instant, to_micros
from reconciler.simulator.messages import JsonObject
from reconciler.simulator.orders import OrderRow
from reconciler.simulator.up42.auth import PROVIDER

OPEN = "NOT_DECIDED"
ENDED = frozenset({"FULFILLED", "FAILED_PERMANENTLY", "CANCELED"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """How an order goes by itself; times are in simulated minutes, `credits` is what a quote will say.

    `study` is MANUAL, AUTO or none; `options` are texts with the changes of parameters behind them, which UP42
    does not tell.
    """

    outcome: str
    study: str
    options: list[JsonObject]
    quoted: bool
    credits: int
    captures: int
    placing: float
    studying: float
    quoting: float
    activation: float
    repair: float


@dataclass(frozen=True, slots=True)
class PendingEvent:
    """The event that comes next, unless somebody decides something before."""

    at: datetime
    event: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where an order stands since an instant. Study and quotes are in the form of the wire."""

    status: str
    since: datetime
    sub_status: str | None = None
    study: JsonObject | None = None
    quotes: tuple[JsonObject, ...] = ()
    active: datetime | None = None
    delivered: tuple[datetime, ...] = ()
    coming: PendingEvent | None = None
    by: str = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedOrder:
    """One order; `params` are the parameters with their defaults, `body` is the whole request that made it."""

    id: str
    account: str
    workspace: str
    created: datetime
    name: str
    product: str
    params: JsonObject
    geometry: JsonObject
    tags: list[str] | None
    budget: str | None
    body: JsonObject
    course: Scenario
    stage: Stage

    @property
    def window(self) -> tuple[datetime, datetime]:
        """The acquisition window."""
        return parse_instant(self.params["acquisitionStart"]), parse_instant(self.params["acquisitionEnd"])

    @property
    def accepted(self) -> list[JsonObject]:
        """The quotes that were accepted; more than one only where somebody accepts a second one too."""
        return [quote for quote in self.stage.quotes if quote["decision"] == "ACCEPTED"]

    def own_id(self, name: str) -> str:
        """Return the id of something that belongs to the order, the same at every read."""
        return _own_id(self.id, name)

    def moved(self, at: datetime, **changes: object) -> Self:
        """Return the order in another stage; nothing comes next unless it is said."""
        moves: dict[str, Any] = {"coming": None, "by": "system", **changes}
        return replace(self, stage=replace(self.stage, since=at, **moves))

    def to_row(self, list_from: datetime, get_from: datetime, settles: datetime | None, charge: int) -> OrderRow:
        """Return the order in the form in which orders are stored."""
        return OrderRow(
            provider=PROVIDER,
            id=self.id,
            account=self.account,
            created=self.created,
            list_from=list_from,
            get_from=get_from,
            hold=0,
            charge=charge,
            settles=settles,
            value=self._to_json(),
        )

    @classmethod
    def from_row(cls, row: OrderRow) -> Self:
        """Read a stored order."""
        value = dict(row.value)
        return cls(
            id=row.id,
            account=row.account,
            created=row.created,
            course=Scenario(**value.pop("course")),
            stage=_stage(value.pop("stage")),
            **value,
        )

    def _to_json(self) -> dict[str, Any]:
        stage = self.stage
        names = ("workspace", "name", "product", "params", "geometry", "tags", "budget", "body")
        return {
            **{name: getattr(self, name) for name in names},
            "course": asdict(self.course),
            "stage": {
                "status": stage.status,
                "since": to_micros(stage.since),
                "sub_status": stage.sub_status,
                "study": stage.study,
                "quotes": stage.quotes,
                "active": None if stage.active is None else to_micros(stage.active),
                "delivered": [to_micros(at) for at in stage.delivered],
                "coming": None if stage.coming is None else [to_micros(stage.coming.at), stage.coming.event],
                "by": stage.by,
            },
        }


@lru_cache(maxsize=65536)
def _own_id(order_id: str, name: str) -> str:
    return str(uuid.uuid5(uuid.UUID(order_id), name))


def stamp(instant: datetime) -> str:
    """Write an instant as UP42 writes its own: with microseconds."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _stage(value: dict[str, Any]) -> Stage:
    coming = value["coming"]
    return Stage(
        status=value["status"],
        since=from_micros(value["since"]),
        sub_status=value["sub_status"],
        study=value["study"],
        quotes=tuple(value["quotes"]),
        active=None if value["active"] is None else from_micros(value["active"]),
        delivered=tuple(map(from_micros, value["delivered"])),
        coming=PendingEvent(from_micros(coming[0]), coming[1]) if coming else None,
        by=value["by"],
    )
