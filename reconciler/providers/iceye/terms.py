"""ICEYE's terms, pure and both ways, and the body of a new task. Sources: ICEYE's create, get and cancel task pages."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from reconciler.model.geometry import Point
from reconciler.model.ids import Reference, without_references
from reconciler.model.order import DesiredOrder
from reconciler.model.terms import Terms, TermValue
from reconciler.providers.base import expect_block
from reconciler.providers.iceye.settings import IceyeOrder

if TYPE_CHECKING:
    from reconciler.providers.iceye.schemas import Task

COORDINATE_TOLERANCE = 1.6e-5
"""Degrees. ICEYE declares coordinates as 32-bit floats, whose step at 180 degrees is 1.53e-5 (about 2 m)."""
TOLERANCES = {"pointOfInterest.lat": COORDINATE_TOLERANCE, "pointOfInterest.lon": COORDINATE_TOLERANCE}
PLACE = frozenset(TOLERANCES)
WINDOW = ("acquisitionWindow.start", "acquisitionWindow.end")
PRODUCT = frozenset({"imagingMode"})
LIST_OMITS = frozenset({"notifications.webhook.id", "deliveries"})


def settings_of(order: DesiredOrder) -> IceyeOrder:
    """Return the order's ICEYE block; TypeError where another provider's order was handed in."""
    return expect_block(order.settings, IceyeOrder, named="an ICEYE order")


def stated_terms(order: DesiredOrder) -> Terms:
    """Return what the manifest states; a setting that it leaves to the contract is no term."""
    block, place = settings_of(order), order.target if isinstance(order.target, Point) else None
    return _only_known(
        {
            "pointOfInterest.lat": float(place.latitude) if place else None,
            "pointOfInterest.lon": float(place.longitude) if place else None,
            "acquisitionWindow.start": milliseconds(order.window.start),
            "acquisitionWindow.end": milliseconds(order.window.end),
            "reference": _plain(block.reference),
            "notifications.webhook.id": block.notifications.webhook.id.lower() if block.notifications else None,
            **_settings(block),
        }
    )


def observed_terms(task: Task, start: datetime | None, end: datetime | None) -> Terms:
    """Return everything comparable that a task answer held, in the spelling of `stated_terms`; its window as read."""
    place = task.point_of_interest
    return _only_known(
        {
            "pointOfInterest.lat": place.lat if place else None,
            "pointOfInterest.lon": place.lon if place else None,
            "acquisitionWindow.start": milliseconds(start) if start else None,
            "acquisitionWindow.end": milliseconds(end) if end else None,
            "reference": own_text(task.reference),
            "notifications.webhook.id": task.webhook_id.lower() if task.webhook_id else None,
            **_settings(task),
        }
    )


def _settings(source: IceyeOrder | Task) -> Mapping[str, TermValue | None]:
    """Return the terms that block and task name alike."""
    angle = source.incidence_angle
    return {
        "imagingMode": source.imaging_mode,
        "exclusivity": source.exclusivity,
        "priority": source.priority,
        "sla": source.sla,
        "eula": source.eula,
        "incidenceAngle.min": angle.min if angle else None,
        "incidenceAngle.max": angle.max if angle else None,
        "lookSide": source.look_side,
        "passDirection": source.pass_direction,
        "productTypes": _sorted(source.product_types),
        "deliveries": _sorted(
            _place(location.config_id, location.path, location.sub_path)
            for delivery in source.deliveries or ()
            for location in delivery.locations
        ),
        "imagingDuration": source.imaging_duration,
    }


def body(order: DesiredOrder, *, contract: str, reference: Reference) -> dict[str, object]:
    """Return the JSON body of createTask: what the manifest states, the contract, and our reference.

    The reference stands first in its field: where a text is cut off, the user's end is lost.
    Instants go out in UTC with milliseconds, as the create page shows them. Raises ValueError for a target other than a
    point; nothing that `problems` lets through does.
    """
    if not isinstance(order.target, Point):
        raise ValueError("ICEYE takes one point of interest")
    sent = settings_of(order).model_dump(by_alias=True, exclude_none=True)
    own = _plain(sent.pop("reference", None))
    return {
        "contractID": contract,
        "pointOfInterest": {"lat": order.target.latitude, "lon": order.target.longitude},
        "acquisitionWindow": {"start": milliseconds(order.window.start), "end": milliseconds(order.window.end)},
        "reference": f"{reference} {own}" if own else reference,
        **sent,
    }


def own_text(text: str | None) -> str | None:
    """Return a task's reference without ours, None where nothing is left."""
    return _plain(without_references(text) if text else text)


def milliseconds(instant: datetime) -> str:
    """Write an instant in UTC with exactly three digits of a second, rounded to the nearest."""
    utc = (instant + timedelta(microseconds=500)).astimezone(UTC).replace(tzinfo=None)
    return f"{utc.isoformat(timespec='milliseconds')}Z"


def _plain(text: str | None) -> str | None:
    # Whether ICEYE trims or normalizes a reference is not said; both sides are brought to the same form.
    return unicodedata.normalize("NFC", text).strip() or None if text is not None else None


def _place(config: str | None, path: str | None, sub_path: str | None) -> str:
    folder = (sub_path or "").strip("/")
    return f"{(config or '').lower()} {(path or '').rstrip('/')}{'/' + folder if folder else ''}"


def _sorted(values: Iterable[str] | None) -> str | None:
    return ", ".join(sorted(set(values))) or None if values is not None else None


def _only_known(terms: Mapping[str, TermValue | None]) -> Terms:
    return {name: value for name, value in terms.items() if value is not None}
