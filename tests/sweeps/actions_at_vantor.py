"""What may happen in a history at Vantor, and every position of every switch that its contract leaves open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.simulator.switches import SwitchValue
from reconciler.simulator.vantor.switches import SWITCHES
from tests.simulator.vantor import QUOTE, SUBMIT, TASKING
from tests.support.project import at, credits_of, window
from tests.support.provider import area
from tests.sweeps.actions import GENEROUS, positions

CEILING = 10_000
_ONE, _VANTOR = f"{TASKING}/{{id}}", f"{SUBMIT}/{{id}}"
_CUT = ("drop-before", "drop-after", "reset-after", "truncate", "malformed", "empty")
_ANSWERS: list[dict[str, Any]] = [
    *({"kind": kind} for kind in _CUT),
    *({"kind": "status", "status": status} for status in (400, 401, 402, 403, 405, 409, 429, 500)),
    {"kind": "status", "status": 503, "commit": True},
    {"kind": "html", "status": 502},
    {"kind": "mutate", "patch": {"data": None}},
]
_BELIEVED: list[dict[str, Any]] = [{"kind": "status", "status": status, "commit": True} for status in (401, 409)]
"""A refusal of what was taken all the same. Where no text is shown, nothing tells of that order any more."""
_CHANGES = [
    *(("PATCH", path) for path in (_ONE, _VANTOR)),
    *(("POST", f"{path}/cancel") for path in (_ONE, _VANTOR)),
]
OF_SPENDING: list[dict[str, Any]] = [
    # A check is the first POST to the same path, and an order the second.
    *({**kind, "skip": skip} for kind in _ANSWERS for skip in (0, 1)),
    *({**kind, "method": method, "path": path} for kind in (*_ANSWERS, *_BELIEVED) for method, path in _CHANGES),
]
OF_SPENDING_WHERE_TEXT_IS_SHOWN = [*OF_SPENDING, *({**kind, "skip": 1} for kind in _BELIEVED)]
_LIST = {"method": "GET", "path": TASKING}
OF_READING: list[dict[str, Any]] = [
    *({"kind": "status", "status": 500, "times": 3, "skip": skip, **_LIST} for skip in (0, 1, 2)),
    {"kind": "status", "status": 429, "times": 3, **_LIST},
    {"kind": "drop-after", "times": 3, "skip": 1, **_LIST},
    *({"kind": kind, "times": 3, **_LIST} for kind in ("malformed", "repeat-page", "endless")),
    {"kind": "short-page", "items": 0, "times": 3, **_LIST},
    {"kind": "mutate", "each": True, "patch": {"date_created": None, "geometry": None}, **_LIST},
    {"kind": "mutate", "each": True, "patch": {"request_description": 7}, **_LIST},
    *({"kind": "status", "status": 500, "times": 3, "method": "GET", "path": path} for path in (_ONE, _VANTOR)),
    *({"kind": "status", "status": status, "times": 3, "path": QUOTE} for status in (404, 500)),
    {"kind": "status", "status": 401, "path": "*/token"},
]
OF_THE_PROVIDER: list[dict[str, Any]] = [
    {"kind": "lag", "seconds": 600, "times": 0},
    {"kind": "lag", "seconds": 600, "times": 0, "where": "list"},
    {"kind": "short-page", "items": 1, "times": 0, **_LIST},
]
PRICED, UNPRICED = {"maxPrice": credits_of(CEILING)}, {"unpriced": True}
_FAST = {"vantor": {"tasking_tier": "fastView"}, "window": window(5, 5.25)}
EDITS: list[dict[str, Any]] = [
    *({"window": window(5, end)} for end in (16, 20, 12)),
    *({"window": window(start, start + 10)} for start in (5, 15, 35)),
    *({"target": area(0.5, south)} for south in (0.25, 0.75)),
    {"vantor": {"tasking_details": {"max_cloud_cover": 30}}},
    {"vantor": {"request_description": "our own text"}},
    {"vantor": {"is_private": True}},
    {"vantor": {}},
    _FAST,
    {"lifecycle": {"onDelete": "cancel"}},
    *({"confirm": confirm} for confirm in (PRICED, UNPRICED, {"maxPrice": credits_of(1)}, None)),
]
POLICIES: list[dict[str, Any]] = [
    GENEROUS,
    {**GENEROUS, "newOrdersPerPass": 0},
    {**GENEROUS, "newOrdersPerPass": 1},
    {**GENEROUS, "cancelsPerPass": 0},
    {**GENEROUS, "perMonth": [credits_of(4_000)]},
    {**GENEROUS, "perOrder": [credits_of(1_000)]},
    {**GENEROUS, "allowEmpty": True},
]
DEEDS: list[dict[str, Any]] = [
    {"delete": True},
    *({"status": status} for status in ("CANCELED", "DENIED", "FULFILLED", "UNFULFILLED", "IN-PRODUCTION", "ODD")),
    {"tasking_details": {"max_cloud_cover": 50}},
    *({"end_collect_datetime": at(day)} for day in (11, 19)),
    {"is_private": True},
    {"outcome": "FAILED"},
]
_TAKEN: Mapping[str, tuple[SwitchValue, ...]] = {
    "waitSeconds": (60, 1),
    "hourlyRequests": (1000, 3),
    "bodyMaximum": (1_000_000, 2_000),
    "pageSize": (10, 1),
    "limitMaximum": (100, 1, 10),
    "visibilitySeconds": (0, 600),
    "descriptionMaximum": (255, 24),
    "cancelFeePercent": (0, 50),
    "fastViewCutoffHours": (0, 1000),
    "tokenSeconds": (7199, 1),
    "refreshSeconds": (43199, 1),
    "acceptMinutes": (10, 0),
    "scheduleMinutes": (50, 0),
    "productionMinutes": (60, 0),
    "cancelMinutes": (10, 0, 60),
    "outcome": (
        *("FULFILLED", "REPEATED", "PARTIALLY-FULFILLED", "UNFULFILLED"),
        *("DENIED", "FAILED", "ERROR", "CANCELED", "ODD"),
    ),
}
"""Positions of switches that take any number or word."""
POSITIONS = positions(SWITCHES, _TAKEN)


def block_of(turned: Mapping[str, SwitchValue]) -> dict[str, Any]:
    """Return what an account states whose owner knows where Vantor answers."""
    one = {"plain": _ONE, "vantor": _VANTOR}.get(str(turned.get("paths")))
    paths = {"get": one, "extend": one, "cancel": f"{one}/cancel"} if one else {}
    if turned.get("quotePath") == "plain":
        paths["quote"] = f"{TASKING}/quote"
    return {"paths": paths} if paths else {}


def price_agreed(turned: Mapping[str, SwitchValue]) -> dict[str, Any]:
    """Return what agrees to an order's price, or to its having none that can be read beforehand."""
    return PRICED if turned.get("quoteUnits", "credits") == "credits" else UNPRICED
