"""What a manifest states of a task that ICEYE holds already (contracts/iceye.md sections 3.1 and 7). Pure."""

from __future__ import annotations

from reconciler.model.draft import DEFAULT, Comment, Draft
from reconciler.model.geojson import PLACES
from reconciler.model.geometry import Point
from reconciler.model.order import ObservedOrder
from reconciler.model.terms import Terms
from reconciler.providers.export import Observed, split_defaults, to_draft
from reconciler.providers.iceye.settings import IceyeOrder

_DEFAULTS = {"sla": "SLA_8H", "lookSide": "ANY", "passDirection": "ANY"}
_WHOLE_RANGE: dict[str, object] = {"min": 10, "max": 45}
_ANGLES = {
    "SPOTLIGHT": (20, 40),
    "SPOTLIGHT_FINE": (20, 40),
    "SPOTLIGHT_EXTENDED_AREA": (20, 40),
    "SPOTLIGHT_EXTENDED_DWELL": (20, 40),
    "SPOTLIGHT_EXTENDED_DWELL_FINE": (20, 40),
    "SPOTLIGHT_EXTENDED_DWELL_PRECISE": (20, 33),
    "STRIPMAP": (15, 35),
    "SCAN": (21, 29),
    "SCAN_WIDE": (21, 26),
}
"""The performant range of each mode, which ICEYE fills in; its specification says 10 to 45 instead."""


def draft(order: ObservedOrder) -> Draft | str:
    """Return what a manifest states of a task, or why it cannot be written."""
    terms = order.terms
    latitude, longitude = terms.get("pointOfInterest.lat"), terms.get("pointOfInterest.lon")
    known = isinstance(latitude, int | float) and isinstance(longitude, int | float)
    target = Point(round(float(longitude or 0), PLACES), round(float(latitude or 0), PLACES)) if known else None
    angles, duration = _angles(terms), terms.get("imagingDuration")
    webhook, products = terms.get("notifications.webhook.id"), terms.get("productTypes")
    fields = {
        **{name: terms.get(name) for name in ("imagingMode", "reference", "exclusivity", "priority", "sla", "eula")},
        "incidenceAngle": angles,
        "lookSide": terms.get("lookSide"),
        "passDirection": terms.get("passDirection"),
        "productTypes": str(products).split(", ") if products else None,
        "notifications": {"webhook": {"id": webhook}} if webhook else None,
        "deliveries": order.shown.get("deliveries"),
    }
    stated, usual = split_defaults(fields, {**_DEFAULTS, "incidenceAngle": _usual_angles(terms, angles)})
    # A mode has its own duration, and requests that state one are not documented: what is shown was filled in.
    more = (Comment(field="imagingDuration", why=DEFAULT, value=duration),) if duration is not None else ()
    text = terms.get("reference")
    return to_draft(
        order,
        IceyeOrder,
        Observed(target=target, fields=stated, text=str(text) if text else None, comments=(*usual, *more)),
    )


def _angles(terms: Terms) -> dict[str, object] | None:
    low, high = terms.get("incidenceAngle.min"), terms.get("incidenceAngle.max")
    return {"min": low, "max": high} if low is not None and high is not None else None


def _usual_angles(terms: Terms, angles: dict[str, object] | None) -> dict[str, object]:
    performant = _ANGLES.get(str(terms.get("imagingMode")))
    if performant is None or angles == _WHOLE_RANGE:
        return _WHOLE_RANGE
    return {"min": performant[0], "max": performant[1]}
