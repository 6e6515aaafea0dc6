"""What may happen in a history: faults of the wire, commits, policies, and what people do at a provider's console."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.simulator.switches import Switch, SwitchValue
from tests.support.project import eur, window

_TASK = "/tasking/v2/tasks/{taskID}"
_LIST = {"method": "GET", "path": "*/tasks"}
OF_SPENDING: list[dict[str, Any]] = [
    *({"kind": kind} for kind in ("drop-before", "drop-after", "reset-after", "truncate", "malformed", "empty")),
    *({"kind": "status", "status": status} for status in (400, 401, 429, 500)),
    *({"kind": "status", "status": status, "commit": True} for status in (401, 409, 500)),
    {"kind": "html", "status": 502},
    {"kind": "mutate", "patch": {"id": None}},
    *({"kind": kind, "method": "PATCH", "path": _TASK} for kind in ("drop-before", "drop-after", "malformed")),
]
OF_READING: list[dict[str, Any]] = [
    *({"kind": "status", "status": 500, "times": 3, "skip": skip, **_LIST} for skip in (0, 1, 2)),
    {"kind": "drop-after", "times": 3, "skip": 1, **_LIST},
    *({"kind": kind, "times": 3, **_LIST} for kind in ("malformed", "repeat-page")),
    {"kind": "mutate", "each": True, "patch": {"createdAt": None}, **_LIST},
    {"kind": "status", "status": 500, "method": "GET", "path": _TASK, "times": 3},
    {"kind": "status", "status": 403, "method": "GET", "path": "*/price"},
    {"kind": "status", "status": 401, "path": "*/token"},
]
OF_THE_PROVIDER: list[dict[str, Any]] = [
    {"kind": "lag", "seconds": 600, "times": 0},
    {"kind": "lag", "seconds": 600, "times": 0, "where": "list"},
    {"kind": "short-page", "items": 1, "times": 0, **_LIST},
]
"""What may hold for a whole history: new orders show up late, lists come in small pages."""
EDITS: list[dict[str, Any]] = [
    *({"iceye": {"imagingMode": mode}} for mode in ("SPOTLIGHT", "STRIPMAP", "SCAN")),
    *({"window": window(day, day + 2)} for day in (5, 15, 35)),
    *({"target": {"type": "Point", "coordinates": [0.5, north]}} for north in (0.25, 0.75)),
    *({"confirm": {"maxPrice": eur(amount)}} for amount in ("3000.00", "1250.00", "1150.00", "10.00")),
    {"confirm": None},
    {"lifecycle": {"onDelete": "cancel"}},
    {"iceye": {"reference": "another text"}},
]
GENEROUS = {"newOrdersPerPass": 50, "cancelsPerPass": 50}
POLICIES: list[dict[str, Any]] = [
    GENEROUS,
    {**GENEROUS, "newOrdersPerPass": 0},
    {**GENEROUS, "newOrdersPerPass": 1},
    {**GENEROUS, "cancelsPerPass": 0},
    {**GENEROUS, "perMonth": [eur("2600.00")]},
    {**GENEROUS, "perOrder": [eur("1150.00")]},
    {**GENEROUS, "allowEmpty": True},
]
DEEDS: list[dict[str, Any]] = [
    {"cancel": True},
    {"delete": True},
    *({"status": status} for status in ("REJECTED", "FAILED", "DONE", "ODD")),
    {"imagingMode": "SCAN"},
    {"acquisitionWindow": window(6, 7)},
    {"exclusivity": "PUBLIC"},
]


def positions(
    switches: Iterable[Switch], taken: Mapping[str, tuple[SwitchValue, ...]]
) -> Mapping[str, tuple[SwitchValue, ...]]:
    """Return the positions of every switch, the default among them; `taken` are those of switches that take any."""
    return {s.name: s.choices or taken.get(s.name) or (s.default, not s.default) for s in switches}
