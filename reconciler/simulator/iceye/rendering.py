"""Tasks in the words of the wire (contracts/iceye.md sections 3.1 and 3.3)."""

import struct
import unicodedata
from datetime import UTC, datetime
from functools import lru_cache

from reconciler.simulator.iceye.task import Task, delivered_at, held_at
from reconciler.simulator.instants import format_instant, format_keeping_offset, parse_instant
from reconciler.simulator.messages import JsonObject
from reconciler.simulator.switches import Settings

_NOT_IN_LISTS = ("notifications", "deliveries")


def full_task(task: Task, now: datetime, settings: Settings) -> JsonObject:
    """Return the Task of create, get and cancel."""
    life = task.steps()
    step, fulfilled = held_at(life, now), delivered_at(life, now)
    shown: JsonObject = {
        "id": task.id,
        "contractID": task.contract_id,
        "createdAt": _stamp(task.created, settings),
        "updatedAt": _stamp(step.at, settings),
        "status": step.status,
        **task.facts,
        "productsAvailableInSeconds": int(task.sla.total_seconds()),
    }
    shown["pointOfInterest"] = _point(task.facts["pointOfInterest"], settings)
    shown["acquisitionWindow"] = {
        end: _window_end(text, settings) for end, text in task.facts["acquisitionWindow"].items()
    }
    if "reference" in shown:
        shown["reference"] = stored_reference(shown["reference"], settings)
    if fulfilled is not None:
        shown["fulfilledAt"] = _stamp(fulfilled, settings)
    if "deliveries" in shown:
        status = _delivery_status(task, now)
        shown["deliveries"] = [{**delivery, "status": status} for delivery in shown["deliveries"]]
    return shown


def list_task(task: Task, now: datetime, settings: Settings) -> JsonObject:
    """Return the ListTask of lists: a Task without notifications and deliveries."""
    shown = full_task(task, now, settings)
    return {name: value for name, value in shown.items() if name not in _NOT_IN_LISTS}


def stored_reference(text: str, settings: Settings) -> str:
    """Return a reference as the provider keeps it."""
    match settings.text("reference"):
        case "trimmed":
            return text.strip()
        case "nfc":
            return unicodedata.normalize("NFC", text)
        case _:
            return text


@lru_cache(maxsize=65_536)
def float32(number: float) -> float:
    """Return the shortest decimal that names the nearest 32-bit float, as Go prints one.

    The docs' own longitude 133.882675 becomes 133.88268.
    """
    packed = struct.pack("f", number)
    exact: float = struct.unpack("f", packed)[0]
    texts = (f"{exact:.{digits}g}" for digits in range(6, 10))
    return next((float(text) for text in texts if struct.pack("f", float(text)) == packed), exact)


def _point(point: dict[str, float], settings: Settings) -> dict[str, float]:
    if settings.text("coordinates") == "exact":
        return dict(point)
    return {axis: float32(degrees) for axis, degrees in point.items()}


def _window_end(text: str, settings: Settings) -> str:
    instant = parse_instant(text)
    match settings.text("windowEcho"):
        case "as-sent":
            return text
        case "offset":
            return format_keeping_offset(instant)
        case "micros":
            return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        case _:
            return format_instant(instant)


def _stamp(instant: datetime, settings: Settings) -> str:
    if settings.text("createdAtForm") == "go-layout":
        return instant.strftime("%Y-%m-%dT%H:%M:%SZ07:00")
    return format_instant(instant)


def _delivery_status(task: Task, now: datetime) -> str:
    if task.fulfilled_at(now) is not None:
        return "success"
    return "failed" if task.step_at(now).status in ("REJECTED", "FAILED", "CANCELED") else "pending"
