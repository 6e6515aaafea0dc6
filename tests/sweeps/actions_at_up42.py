"""What may happen in a history at UP42, and every position of every switch that its contract leaves open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.simulator.switches import SwitchValue
from reconciler.simulator.up42.switches import SWITCHES
from tests.simulator.up42 import QUOTES, STUDIES, TOKEN
from tests.support.project import credits_of, window
from tests.sweeps.actions import GENEROUS, positions

PRICE = 60_000
_PLACE, _ORDER = "/v2/orders", "/v2/orders/{orderID}"
_CUT = ("drop-before", "drop-after", "reset-after", "truncate", "malformed", "empty")
_CALLS = (
    ("POST", _PLACE),
    ("PATCH", f"{STUDIES}/{{id}}"),
    ("PATCH", f"{QUOTES}/{{id}}"),
    ("PATCH", _ORDER),
    ("POST", f"{_ORDER}/cancellation"),
)
_ANSWERS: list[dict[str, Any]] = [
    *({"kind": kind} for kind in _CUT),
    *({"kind": "status", "status": status} for status in (400, 401, 402, 403, 405, 429, 500)),
    *({"kind": "status", "status": status, "commit": True} for status in (401, 405, 409, 500)),
    {"kind": "html", "status": 502},
    {"kind": "mutate", "patch": {"id": None, "results": None, "decision": "ODD", "status": "ODD"}},
]
OF_SPENDING = [{**kind, "method": method, "path": path} for method, path in _CALLS for kind in _ANSWERS]
_LISTS = (_PLACE, STUDIES, QUOTES)
OF_READING: list[dict[str, Any]] = [
    *(
        {**kind, "method": "GET", "path": path, "times": 3}
        for path in _LISTS
        for kind in (
            {"kind": "status", "status": 500},
            {"kind": "drop-after"},
            {"kind": "malformed"},
            {"kind": "repeat-page"},
            {"kind": "short-page", "items": 0},
        )
    ),
    {"kind": "mutate", "each": True, "patch": {"orderId": None}, "method": "GET", "path": QUOTES},
    {"kind": "mutate", "each": True, "patch": {"creditsPrice": "free"}, "method": "GET", "path": QUOTES},
    {"kind": "mutate", "each": True, "patch": {"createdAt": None}, "method": "GET", "path": _PLACE},
    *(
        {"kind": "status", "status": status, "method": method, "path": path, "times": 3}
        for status, method, path in (
            (500, "GET", _ORDER),
            (403, "GET", "/v2/payments/balances"),
            (500, "POST", "/v2/orders/estimate"),
            (404, "GET", "/orders/schema/{id}"),
            (500, "GET", "/v2/eulas/{id}"),
            (401, "POST", TOKEN),
        )
    ),
]
OF_THE_PROVIDER: list[dict[str, Any]] = [
    {"kind": "lag", "seconds": 600, "times": 0},
    {"kind": "lag", "seconds": 600, "times": 0, "where": "list"},
]
EDITS: list[dict[str, Any]] = [
    *({"up42": {"params": {"acquisitionMode": mode, "cloudCoverage": 40}}} for mode in ("standard", "priority")),
    {"up42": {"tags": ["late", "b"]}},
    {"up42": {"tags": ["b"], "displayName": "by another name"}},
    {"up42": {}},
    *({"window": window(day, day + 10)} for day in (5, 15, 35)),
    *({"target": {"type": "Point", "coordinates": [0.5, north]}} for north in (0.25, 0.75)),
    {"lifecycle": {"onDelete": "cancel"}},
]
CEILINGS = [credits_of(amount) for amount in (PRICE, 3 * PRICE, PRICE - 1, 1)]
POLICIES: list[dict[str, Any]] = [
    GENEROUS,
    {**GENEROUS, "newOrdersPerPass": 0},
    {**GENEROUS, "newOrdersPerPass": 1},
    {**GENEROUS, "cancelsPerPass": 0},
    {**GENEROUS, "perMonth": [credits_of(2 * PRICE)]},
    {**GENEROUS, "perOrder": [credits_of(PRICE - 1)]},
    {**GENEROUS, "allowEmpty": True},
]
DEEDS: list[dict[str, Any]] = [
    {"delete": True},
    *({"status": status} for status in ("CANCELED", "FAILED_PERMANENTLY", "FULFILLED", "DOWNLOAD_FAILED", "ODD")),
    {"params": {"cloudCoverage": 99}},
    {"tags": []},
    {"credits": 2 * PRICE},
    {"outcome": "FAILED_PERMANENTLY"},
]
_TAKEN: Mapping[str, tuple[SwitchValue, ...]] = {
    "visibilitySeconds": (0, 600),
    "sizeMaximum": (100, 1),
    "quotePercent": (100, 50, 250),
    "quoteValidHours": (0, 1),
    "urlSeconds": (300, 1),
    "tokenSeconds": (300, 1),
    "placingMinutes": (1, 0, 30),
    "studyMinutes": (60, 0),
    "quoteMinutes": (60, 0),
    "activationMinutes": (10, 0),
    "repairMinutes": (60, 0),
    "outcome": (
        *("FULFILLED", "DELIVERY_TROUBLE", "FAILED_PERMANENTLY", "CANCELED"),
        *("PLACEMENT_FAILED", "PLACEMENT_REPAIRED", "PLACEMENT_LOST", "ODD"),
    ),
}
"""Positions of switches that take any number or word."""
POSITIONS = positions(SWITCHES, _TAKEN)
