"""A day of simulated time: 300 orders of three providers, faults, kills and edits; then the rest of their lives."""

from __future__ import annotations

import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from reconciler.plan.findings import FindingKind
from reconciler.simulator import Simulator
from tests.support.project import CONTRACT, OTHER_CONTRACT, START, Project, eventually, window
from tests.support.provider import ICEYE, UP42, VANTOR, area
from tests.watch.daemon import Daemon, daemon

SEED = 20261201
SPEED = 480.0
"""Simulated seconds in a second: the day takes three minutes."""
DAY_SECONDS = 86_400 / SPEED
ORDERS = {"iceye": 200, "vantor": 60, "up42": 40}
REST_DAYS = 40
_FAULTS = (
    *({"kind": kind} for kind in ("drop-before", "drop-after", "reset-before", "reset-after")),
    *({"kind": "status", "status": status} for status in (500, 502, 503, 429)),
    {"kind": "status", "status": 500, "commit": True},
    {"kind": "delay", "seconds": 0.3},
)


class Day:
    """Three providers in one folder, and what is done to them. `draw` is the only chance in it."""

    def __init__(self, root: Path, simulator: Simulator, http: httpx.Client) -> None:
        self.draw = random.Random(SEED)
        self.projects = {p.name: Project(root, simulator, http, provider=p) for p in (UP42, VANTOR, ICEYE)}
        self.project = self.projects["iceye"]
        self.project.contract(spendLimit=None)
        self.project.policy(newOrdersPerPass=300, cancelsPerPass=300)
        for project in self.projects.values():
            project.account(limits={"onUnknown": "retry", "settle": "15m"})
        self.keys = [f"{name}-{number}" for name, count in ORDERS.items() for number in range(count)]
        for key in self.keys:
            self.order(key)

    def order(self, key: str, **more: object) -> None:
        """Write one order; those of Vantor lie apart, so that their terms differ."""
        name, number = key.rsplit("-", 1)
        start = 4 + int(number) % 5
        place = {"target": area(west=int(number) / 2)} if name == "vantor" else {}
        length = 2 if name == "iceye" else 10
        self.projects[name].order(key, **{"window": window(start, start + length), **place, **more})

    def disturb(self) -> None:
        """Let something go wrong, or let somebody edit an order."""
        if self.draw.random() < 0.7:
            fault = {"method": self.draw.choice(("*", "GET", "POST")), "path": "*", **self.draw.choice(_FAULTS)}
            self.project.sim("POST", "/faults", fault)
        else:
            self.order(self.draw.choice(self.keys), lifecycle={"onDelete": self.draw.choice(("report", "cancel"))})

    def pass_by(self, running: Daemon, days: int) -> None:
        """Let days pass, each followed by a pass."""
        for _ in range(days):
            self.project.advance("1d")
            running.hang_up()


@pytest.fixture
def day(tmp_path: Path, control_client: httpx.Client) -> Iterator[Day]:
    """A world whose clock runs."""
    with Simulator(start=START, speed=SPEED, contracts=(CONTRACT, OTHER_CONTRACT)) as simulator:
        yield Day(tmp_path, simulator, control_client)


def held(running: Daemon) -> int:
    """Return the kilobytes that a daemon holds."""
    text = Path(f"/proc/{running.process.pid}/status").read_text(encoding="utf-8")
    return int(re.search(r"VmRSS:\s+(\d+)", text)[1])


@contextmanager
def until_killed(day: Day, end: float) -> Iterator[None]:
    """Run a daemon for some seconds and kill it without a word."""
    with daemon(day.project, patience=0) as running:
        yield
        killed = min(time.monotonic() + day.draw.uniform(4, 12), end)
        while time.monotonic() < killed:
            day.disturb()
            time.sleep(0.4)
        running.process.kill()


@pytest.mark.sweep
def test_a_day_under_faults_and_kills(day: Day) -> None:
    """One order for each reference, every order ended that ends by itself, no doubt left, memory as it was."""
    end, kills = time.monotonic() + DAY_SECONDS, 0
    while time.monotonic() < end:
        with until_killed(day, end):
            kills += 1
    day.project.clear_faults()
    with daemon(day.project, patience=120) as running:
        for _ in range(4):
            day.project.advance("20m")
            running.hang_up()
        day.pass_by(running, 3)
        before = held(running)
        day.pass_by(running, REST_DAYS - 3)
        after = held(running)
        day.project.zero()
        running.hang_up()
        calls = day.project.requests()
        assert running.end() == 0
    check(day)
    assert after < before + 10_000
    asked = sum(count for name, count in calls.items() if name.startswith("GET "))
    assert asked <= 30, calls
    sys.stdout.write(
        f"{len(day.keys)} orders, {kills} kills, {len(day.project.journal())} lines of journal; "
        f"held {before:,} kB, after {REST_DAYS - 3} more days {after:,} kB; a last pass asked {asked} times\n"
    )


def check(day: Day) -> None:
    """Look at the world and at the state."""
    carried = Counter(ref for order in day.project.orders() for ref in re.findall(r"rc1-[a-z2-7]{20}", order["text"]))
    assert set(carried.values()) == {1}, [reference for reference, count in carried.items() if count > 1]
    records = day.project.records().values()
    assert [record.key for record in records if record.unresolved] == []
    assert {record.key for record in records if record.bound} == set(day.keys)
    assert [r.key for r in records if r.live and r.provider != "up42"] == []
    eventually(lambda: day.project.command("status", "--waiting", "--format", "json").code in (0, 3))
    assert str(FindingKind.DUPLICATE) not in day.project.command("status", "--waiting").out
