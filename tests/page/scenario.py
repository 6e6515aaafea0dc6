"""Three hundred orders of three providers all over the earth, in one folder and at one simulator, of many a phase."""

from __future__ import annotations

import math
import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from reconciler.simulator import Simulator
from tests.support.project import START, Project, credits_of, eur, eventually, window
from tests.support.provider import ICEYE, UP42, VANTOR, Provider
from tests.support.up42 import PARAMS, PRODUCT
from tests.watch.daemon import Daemon

_PROVIDERS = (*[ICEYE] * 199, *[VANTOR] * 60, *[UP42] * 40)
LAST = "hawaii-volcano-6"
"""The three hundredth, which is sent when something goes wrong."""
PLACES: dict[str, tuple[float, float]] = {
    "rotterdam-port": (4.1, 51.95),
    "hamburg-port": (9.9, 53.5),
    "gibraltar-strait": (-5.5, 35.95),
    "venice-lagoon": (12.3, 45.4),
    "odesa-port": (30.7, 46.5),
    "suez-canal": (32.35, 30.6),
    "nile-delta": (31.2, 31.0),
    "aswan-dam": (32.9, 23.97),
    "lagos-harbor": (3.4, 6.45),
    "congo-forest": (23.0, 0.5),
    "kariba-dam": (28.8, -16.5),
    "cape-town-port": (18.4, -33.9),
    "witwatersrand-mine": (27.9, -26.2),
    "hormuz-strait": (56.3, 26.6),
    "ras-tanura-refinery": (50.1, 26.7),
    "mumbai-port": (72.9, 18.95),
    "ganges-delta": (89.5, 22.3),
    "three-gorges-dam": (111.0, 30.8),
    "shanghai-port": (121.9, 30.6),
    "busan-port": (129.0, 35.1),
    "tokyo-bay": (139.8, 35.5),
    "singapore-strait": (103.8, 1.2),
    "jakarta-bay": (106.9, -6.0),
    "sabah-forest": (117.0, 5.3),
    "darwin-harbor": (130.8, -12.4),
    "pilbara-mine": (118.6, -22.7),
    "barrier-reef": (146.8, -18.3),
    "sydney-airport": (151.2, -33.9),
    "southern-alps-glacier": (170.2, -43.6),
    "svalbard-glacier": (16.0, 78.2),
    "norilsk-mine": (88.2, 69.3),
    "lena-delta": (126.7, 72.4),
    "reykjavik-volcano": (-21.9, 63.9),
    "ilulissat-glacier": (-50.2, 69.1),
    "halifax-harbor": (-63.5, 44.6),
    "new-york-harbor": (-74.0, 40.6),
    "houston-refinery": (-95.1, 29.7),
    "cushing-tanks": (-96.8, 35.9),
    "oroville-dam": (-121.5, 39.5),
    "long-beach-port": (-118.2, 33.75),
    "prudhoe-field": (-148.5, 70.3),
    "panama-canal": (-79.7, 9.1),
    "maracaibo-lake": (-71.5, 9.8),
    "manaus-forest": (-60.0, -3.1),
    "carajas-mine": (-50.2, -6.0),
    "itaipu-dam": (-54.6, -25.4),
    "escondida-mine": (-69.1, -24.3),
    "santos-port": (-46.3, -23.95),
    "patagonia-glacier": (-73.2, -49.3),
    "hawaii-volcano": (-155.3, 19.4),
}


def area(x: float, y: float, half: float = 0.04) -> dict[str, Any]:
    """Return an area around a place, as wide as it is high, wherever it lies (79 square kilometers)."""
    west, east = (x + side * half / math.cos(math.radians(y)) for side in (-1, 1))
    south, north = y - half, y + half
    ring = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    return {"type": "Polygon", "coordinates": [[[round(a, 4), round(b, 4)] for a, b in ring]]}


ASKS: dict[str, dict[str, Any]] = {
    "rotterdam-port-1": {"confirm": {"maxPrice": eur("1000.00")}, "window": window(5, 8)},
    "suez-canal-1": {"confirm": {"maxPrice": eur("900.00")}, "window": window(6, 9)},
    "hormuz-strait-1": {"confirm": {"maxPrice": {"amount": "1500.00", "currency": "USD"}}, "window": window(12, 15)},
    "new-york-harbor-6": {"confirm": None, "window": window(12, 20)},
    "houston-refinery-6": {
        "confirm": None,
        "window": window(11, 18),
        "target": area(-95.1, 29.7, 0.05),
        "up42": {**PRODUCT, "dataProduct": None, "params": PARAMS},
    },
    "tokyo-bay-2": {"suspend": {"reason": "The customer is asking their client again"}},
}
"""What some orders state that the others do not: a ceiling too low, or in another currency; nothing agreed to."""


class Scenario:
    """Projects of three providers that share a folder; `project` is ICEYE's. Everything is drawn from one seed."""

    def __init__(self, root: Path, simulator: Simulator, http: httpx.Client) -> None:
        self.projects = {p.name: Project(root, simulator, http, provider=p, speed=1e6) for p in (UP42, VANTOR, ICEYE)}
        self.project = self.projects["iceye"]
        self.project.contract(spendLimit=None)
        self.project.credits(balance=10_000_000)
        self.project.policy(newOrdersPerPass=300, perMonth=[eur("320000.00"), credits_of(4_000_000)])
        self._draw = random.Random(7)
        names = [f"{place}-{turn}" for turn in range(1, 7) for place in PLACES]
        for key, provider in zip(names, _PROVIDERS, strict=False):
            self.order(key, provider, start=self._draw.uniform(4, 34))

    def order(self, key: str, provider: Provider = ICEYE, *, start: float, **more: Any) -> Path:
        """Write an order near the place that its key names, its window some days after the start of the clock."""
        x, y = PLACES[key.rpartition("-")[0]]
        x, y = x + self._draw.uniform(-4, 4), y + self._draw.uniform(-2, 2)
        days = window(round(start, 2), round(start + self._draw.uniform(1, 6), 2))
        target = area(x, y) if provider is VANTOR else {"type": "Point", "coordinates": [round(x, 3), round(y, 3)]}
        agreed = {"confirm": {"maxPrice": credits_of(100_000)}} if provider is UP42 else {}
        stated = {"window": days, "target": target, **agreed, **ASKS.get(key, {}), **more}
        return self.projects[provider.name].order(key, **stated)

    def pass_by(self, running: Daemon, *times: str) -> None:
        """Let time pass, each followed by a pass."""
        for time in times:
            self.project.advance(time)
            running.hang_up()

    def trouble(self, running: Daemon) -> None:
        """Let orders come to grief in every way that needs a person, and in some that do not."""
        soon, label_right = START + timedelta(days=14), START + timedelta(days=21)
        far = {o.key for o in self.project.read().orders if soon < o.window.start and o.window.end < label_right}
        live = {r.key for r in self.project.records().values() if r.live and r.provider == "iceye"}
        lost, drifted, twice, gone, failed, rejected, canceled, odd = sorted(far & live)[:8]
        self.edit(lost, delete=True)
        self.edit(drifted, acquisitionWindow=window(20, 21))
        self.project.place_by_hand(self.project.reference(twice), acquisitionWindow=window(15, 17))
        self.project.remove(gone)
        for key, status in ((failed, "FAILED"), (rejected, "REJECTED"), (canceled, "CANCELED"), (odd, "ON_HOLD")):
            self.edit(key, status=status)
        self.project.fault("drop-before")
        self.order(LAST, start=14)
        eventually(lambda: self.project.reference(LAST) in self.project.records())
        running.hang_up()  # the pass that sends it may end only now
        running.hang_up()

    def edit(self, key: str, **fields: Any) -> None:
        """Change an ICEYE order by a person's hand."""
        order_id = self.project.record(key).order_id
        assert order_id is not None
        self.project.edit(order_id, **fields)
