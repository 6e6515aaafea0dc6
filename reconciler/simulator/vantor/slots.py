"""The reservation schedule of fastView (contracts/vantor.md sections 2.1 and 7)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count, islice

from pydantic import BaseModel, ConfigDict

from reconciler.simulator import orders
from reconciler.simulator.control import json_object
from reconciler.simulator.messages import Answer, JsonObject, RequestContext
from reconciler.simulator.vantor import dates
from reconciler.simulator.vantor.auth import PROVIDER
from reconciler.simulator.vantor.errors import bad_request
from reconciler.simulator.vantor.life import step_at
from reconciler.simulator.vantor.order import FINAL, SimulatedOrder
from reconciler.simulator.vantor.validation import AHEAD

_TAKEN = "The reservation time is not available."
_SLOT = timedelta(hours=6)
_OFFERED = 3


class _Slot(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    start: dates.Date
    end: dates.Date


class _Schedule(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    slots: list[_Slot] | None


def check_slot(call: RequestContext, window: tuple[datetime, datetime]) -> None:
    """Raise the 400 that tells other slots, unless a fastView window is a free one."""
    listed = _scheduled_slots(call)
    if listed is None and call.settings.text("slots") == "any":
        return
    taken = _taken(call)
    if window in (listed if listed is not None else _six_hours(window[0], 1)) and window not in taken:
        return
    found = listed if listed is not None else _six_hours(max(window[0], call.now + AHEAD), None)
    free = (slot for slot in found if slot not in taken and slot[0] >= call.now + AHEAD)
    raise _refusal(call, list(islice(free, _OFFERED)))


def set_slots(call: RequestContext) -> Answer:
    """Control: list fastView's free slots, `{"slots": [{"start", "end"}]}`; null leaves them to the switch again."""
    schedule = _Schedule.model_validate(json_object(call)).model_dump()
    call.store.keep_document(PROVIDER, "slots", "all", schedule)
    return Answer(status=200, body=schedule)


def _scheduled_slots(call: RequestContext) -> list[tuple[datetime, datetime]] | None:
    kept = call.store.document(PROVIDER, "slots", "all") or {"slots": None}
    if kept["slots"] is None:
        return None
    return [(dates.parse_date(slot["start"]), dates.parse_date(slot["end"])) for slot in kept["slots"]]


def _six_hours(start: datetime, most: int | None) -> Iterator[tuple[datetime, datetime]]:
    """Yield the slots from that of an instant on."""
    day = start.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    first = day + (start - day) // _SLOT * _SLOT
    for number in islice(count(), most):
        yield first + number * _SLOT, first + (number + 1) * _SLOT


def _taken(call: RequestContext) -> set[tuple[datetime, datetime]]:
    """Return the windows of everybody's fastView requests that have not ended."""
    found = map(SimulatedOrder.from_row, orders.every(call.store, PROVIDER))
    return {
        order.window for order in found if order.tier == "fastView" and step_at(order, call.now).status not in FINAL
    }


def _refusal(call: RequestContext, free: list[tuple[datetime, datetime]]) -> Exception:
    form = call.settings.text("dateEcho")
    offered = [[dates.written(instant, form) for instant in slot] for slot in free]
    match call.settings.text("slotsForm"):
        case "objects":
            slots: list[JsonObject] = [
                {"start_collect_datetime": start, "end_collect_datetime": end} for start, end in offered
            ]
            return bad_request([_TAKEN], alternative_reservation_times=slots)
        case "messages":
            return bad_request([_TAKEN, *(f"Available: {start} to {end}" for start, end in offered)])
        case _:
            return bad_request([_TAKEN])
