"""Promise number one as a property: whatever happens in whatever order, no reference is ordered twice.

Histories of passes, lost answers, our own deaths, lost state, old backups, edits and decisions run against the
simulator. What a history may not do is what the documents say no program can survive: lose the state file inside a
provider's visibility delay.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.model.errors import ReconcilerError
from reconciler.plan.findings import FindingKind
from reconciler.simulator import Simulator
from tests.support.project import CONTRACT, OTHER_CONTRACT, START, Project, actions, eur, findings

KEYS = ("alice", "bruce")
OTHER = "iceye-two"
LAG = "10m"
_LIVE = {"RECEIVED", "ACTIVE"}
_SENT = [
    {"kind": "drop-after"},
    {"kind": "drop-before"},
    {"kind": "reset-after"},
    {"kind": "truncate"},
    {"kind": "malformed"},
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 500, "commit": True},
    {"kind": "status", "status": 429},
    {"kind": "status", "status": 409, "commit": True},
    {"kind": "status", "status": 401},
    {"kind": "html", "status": 502},
]
_READ = [
    {"kind": "status", "status": 500, "times": 3},
    {"kind": "status", "status": 403},
    {"kind": "malformed"},
    {"kind": "repeat-page", "times": 3},
    {"kind": "short-page", "items": 1, "times": 20},
    {"kind": "mutate", "each": True, "patch": {"createdAt": None}},
]


class Mortal(httpx.BaseTransport):
    """The real transport; once, our program dies before or after an order (or its cancellation) has left."""

    def __init__(self) -> None:
        self.real = httpx.HTTPTransport(verify=False)
        self.death: str | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request, unless this is the moment."""
        spending = request.method == "PATCH" or (request.method == "POST" and request.url.path.endswith("/tasks"))
        death = self.death if spending else None
        if death is not None:
            self.death = None
        if death == "before":
            raise RuntimeError("died before sending")
        answer = self.real.handle_request(request)
        if death == "after":
            answer.close()
            raise RuntimeError("died after sending")
        return answer


class History:
    """A project and what has happened to it so far."""

    def __init__(self, project: Project, mortal: Mortal) -> None:
        self.project = project
        self.mortal = mortal
        self.spec: dict[str, dict[str, Any]] = {key: {} for key in KEYS}
        self.removed: set[str] = set()
        self.backup = project.root / "backup.db"
        project.transport = mortal
        project.policy(allowEmpty=True, newOrdersPerPass=50, cancelsPerPass=50)
        project.account(limits={"onUnknown": "retry"})
        project.account(OTHER, contract=OTHER_CONTRACT, limits={"onUnknown": "retry"})
        self.commit()

    def commit(self) -> None:
        """Write the manifests as they should be now."""
        for key, spec in self.spec.items():
            if key in self.removed:
                (self.project.folder / f"orders/{key}.yaml").unlink(missing_ok=True)
            else:
                self.project.order(key, **spec)

    def reconcile(self) -> None:
        """Run a pass, which may fail."""
        with suppress(ReconcilerError, RuntimeError):
            self.project.reconcile()
        self.check()

    def check(self) -> None:
        """No reference twice; no two live orders of one name."""
        orders = self.project.orders()
        twice = [text for text, count in Counter(order["text"] for order in orders).items() if count > 1]
        assert twice == []
        owned = [
            key
            for order in orders
            if order["status"] in _LIVE
            for key in KEYS
            for attempt in range(1, 9)
            if self.project.reference(key, attempt) in order["text"]
        ]
        assert [key for key, count in Counter(owned).items() if count > 1] == []

    def step(self, name: str, key: str, detail: Any) -> None:
        """Let one thing happen."""
        steps: dict[str, Callable[[str, Any], None]] = {
            "pass": lambda _key, _detail: self.reconcile(),
            "sent": lambda _key, fault: self.project.fault(**fault),
            "read": lambda _key, fault: self.project.fault(**{"method": "GET", **fault}),
            "lag": lambda _key, _detail: self.project.fault("lag", seconds=600),
            "death": lambda _key, when: setattr(self.mortal, "death", when),
            "advance": lambda _key, by: self.project.advance(by),
            "lose": lambda _key, _detail: self._lose(),
            "save": lambda _key, _detail: self._save(),
            "restore": lambda _key, _detail: self._restore(),
            "raise": self._raise,
            "move": self._move,
            "edit": self._edit,
            "remove": self._remove,
            "decide": self._decide,
        }
        steps[name](key, detail)
        self.commit()
        self.check()

    def _lose(self) -> None:
        self.project.advance("11m")
        self.project.lose_state()

    def _save(self) -> None:
        if self.project.state.exists():
            shutil.copy(self.project.state, self.backup)

    def _restore(self) -> None:
        self.project.advance("11m")
        if self.backup.exists():
            shutil.copy(self.backup, self.project.state)

    def _raise(self, key: str, _detail: Any) -> None:
        attempt = min(self.spec[key].get("attempt", 1) + 1, 8)
        charge = {"attempt": attempt - 1, "reason": "again", "maxCharge": eur("3000.00")}
        self.spec[key] |= {"attempt": attempt, "cancel": charge}

    def _move(self, key: str, _detail: Any) -> None:
        moved = self.spec[key].get("account") == OTHER
        self.spec[key] |= {"account": "iceye-sim" if moved else OTHER}

    def _edit(self, key: str, mode: Any) -> None:
        self.spec[key] |= {"iceye": {"imagingMode": mode}}

    def _remove(self, key: str, _detail: Any) -> None:
        self.removed ^= {key}

    def _decide(self, key: str, _detail: Any) -> None:
        """Decide truthfully: say that nothing was created only where nothing was."""
        attempt = self.spec[key].get("attempt", 1)
        if self.project.orders_of(key, attempt) or not self.project.state.exists():
            return
        with suppress(ReconcilerError), self.project.deciding(key, attempt) as decision:
            decision.not_created("looked at the console")

    def settle(self) -> None:
        """Give the world time and no more trouble: it must come to rest with everything decided."""
        self.project.clear_faults()
        self.mortal.death = None
        self.removed.clear()
        self.commit()
        for _ in range(9):
            self.project.advance("6m")
            self.reconcile()
        report = self.project.reconcile()
        assert actions(report) == []
        resting = {FindingKind.IN_SYNC, FindingKind.DRIFTED, FindingKind.ENDED, FindingKind.HELD}
        assert {kind for _, kind in findings(report)} <= resting, report.plan.findings


_STEPS = st.one_of(
    st.tuples(st.just("pass"), st.just(""), st.none()),
    st.tuples(st.just("pass"), st.just(""), st.none()),
    st.tuples(st.just("pass"), st.just(""), st.none()),
    st.tuples(st.just("sent"), st.just(""), st.sampled_from(_SENT)),
    st.tuples(st.just("sent"), st.just(""), st.sampled_from(_SENT)),
    st.tuples(st.just("read"), st.just(""), st.sampled_from(_READ)),
    st.tuples(st.just("lag"), st.just(""), st.none()),
    st.tuples(st.just("death"), st.just(""), st.sampled_from(["before", "after"])),
    st.tuples(st.just("advance"), st.just(""), st.sampled_from(["1m", "6m", "16m", "1h"])),
    st.tuples(st.sampled_from(["lose", "save", "restore"]), st.just(""), st.none()),
    st.tuples(st.sampled_from(["raise", "move", "remove", "decide"]), st.sampled_from(KEYS), st.none()),
    st.tuples(st.just("edit"), st.sampled_from(KEYS), st.sampled_from(["STRIPMAP", "SCAN", "SPOTLIGHT"])),
)
_HISTORIES = st.lists(_STEPS, min_size=5, max_size=25)
_HEALTH = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


def _live_through(steps: list[tuple[str, str, Any]], http: httpx.Client) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        Simulator(start=START, speed=0, contracts=(CONTRACT, OTHER_CONTRACT)) as simulator,
        (mortal := Mortal()).real,
    ):
        history = History(Project(Path(folder), simulator, http), mortal)
        for name, key, detail in steps:
            history.step(name, key, detail)
        history.settle()


@settings(max_examples=15, suppress_health_check=_HEALTH)
@given(steps=_HISTORIES)
def test_no_history_orders_twice(steps: list[tuple[str, str, Any]], control_client: httpx.Client) -> None:
    """After every step: no reference twice, one live order a name at most; in the end everything comes to rest."""
    _live_through(steps, control_client)


@pytest.mark.sweep
@settings(max_examples=600, suppress_health_check=_HEALTH)
@given(steps=_HISTORIES)
def test_no_history_of_very_many_orders_twice(steps: list[tuple[str, str, Any]], control_client: httpx.Client) -> None:
    """The same over many more histories."""
    _live_through(steps, control_client)
