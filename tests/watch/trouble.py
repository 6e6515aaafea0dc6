"""What goes wrong on the wire in the course of a day."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.support.project import Project
from tests.support.provider import ICEYE, UP42, VANTOR

_FAULTS: tuple[dict[str, Any], ...] = (
    *({"kind": kind} for kind in ("drop-before", "drop-after", "reset-before", "reset-after")),
    *({"kind": kind} for kind in ("truncate", "malformed", "empty")),
    *({"kind": "status", "status": status} for status in (500, 502, 503, 429)),
    {"kind": "status", "status": 500, "commit": True},
    *({"kind": "delay", "seconds": 2.0, "when": when} for when in ("before", "after")),
)
_LAG = {"kind": "lag", "seconds": 600}
"""A new order is shown late, though within what its account calls `settle`."""
_READS, _CHANGES, _ALL = ("GET", "*"), ("PATCH", "*"), ("*", "*")
_PLACINGS = tuple(("POST", provider.path) for provider in (ICEYE, UP42, VANTOR))


class Trouble:
    """Faults that wait for requests to meet: one at most for each kind of request, drawn from `draw`."""

    def __init__(self, project: Project, draw: Random) -> None:
        self._project, self._draw = project, draw

    def sow(self) -> None:
        """Let some more things go wrong."""
        waiting = {(fault["method"], fault["path"]) for fault in self._faults()}
        for where in (_READS, _CHANGES, _ALL, *_PLACINGS):
            if where not in waiting and self._draw.random() < 0.35:
                method, path = where
                kind = _LAG if where in _PLACINGS and self._draw.random() < 0.2 else self._draw.choice(_FAULTS)
                counts = {"skip": self._draw.randrange(4), "times": self._draw.choice((1, 1, 2, 4))}
                self._project.sim("POST", "/faults", {"method": method, "path": path, **counts, **kind})

    def reap(self) -> int:
        """Take back what was met, and return how often it was; the rest goes on waiting."""
        met = [fault for fault in self._faults() if fault["fired"]]
        for fault in met:
            self._project.sim("DELETE", f"/faults/{fault['id']}")
        return sum(fault["fired"] for fault in met)

    def _faults(self) -> list[dict[str, Any]]:
        return list(self._project.sim("GET", "/faults"))
