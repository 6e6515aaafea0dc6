"""Accounts of three providers at one simulator, filled by hands that know nothing of this program."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from reconciler.importing import Importer, Imports, Wish, write
from reconciler.model.record import Record
from tests.simulator import up42, vantor
from tests.simulator.scenario import Scenario
from tests.support.project import CONTRACT, Project, at
from tests.support.provider import CLIENT_ID, CLIENT_SECRET, UP42

ACCOUNTS = ("iceye-sim", "up42-sim", "vantor-sim")
_TEXTS = (
    None,
    "Häfen im Winter",
    "ports: week 49",
    "yes",
    "2026-12-01",
    "0x1f",
    "- [a], {b} # c",
    "Порт № 7",
    "a" * 90,
)


def _minute(days: float) -> str:
    """Return the whole minute that lies some days after the start of the clock."""
    return at(round(days * 1440) / 1440)


@dataclass
class Hands:
    """People at three consoles. `rng` makes what they order."""

    project: Project
    rng: random.Random

    def __post_init__(self) -> None:
        """Log in as the users whose accounts the manifests name."""
        simulator, http = self.project.simulator, self.project.http
        self.iceye = Scenario(simulator, http)
        self.up42 = up42.Up42(simulator, http, username=CLIENT_ID)
        self.vantor = vantor.Vantor(simulator, http, headers={"MAXAR-API-KEY": CLIENT_SECRET})

    def fill(self, each: int) -> None:
        """Order that many at each provider."""
        self.project.contract(spendLimit=None)
        for account in ACCOUNTS:
            for _ in range(each):
                self.place(account)

    def place(self, account: str) -> None:
        """Place one order at an account's provider."""
        if account == "up42-sim":
            answer = self.up42.place(self.order())
        elif account == "vantor-sim":
            answer = self.vantor.submit(self.request())
        else:
            answer = self.iceye.create(contractID=CONTRACT, **self.task())
        assert answer.is_success, answer.text

    def task(self) -> dict[str, Any]:
        """Return the fields of a task at ICEYE."""
        rng, start = self.rng, self.rng.uniform(1.1, 8)
        config = self.project.sim("GET", f"/iceye/contracts/{CONTRACT}")["deliveryLocations"][0]["configID"]
        angles = sorted(rng.sample(range(10, 46), 2))
        place = {"configID": config, "path": "DOC-EXAMPLE-BUCKET1", "subPath": "a/b/"}
        return {
            "pointOfInterest": {"lat": rng.uniform(-80, 80), "lon": rng.uniform(-180, 180)},
            "acquisitionWindow": {"start": _minute(start), "end": _minute(start + rng.uniform(1.01, 5))},
            "imagingMode": rng.choice(("SPOTLIGHT", "STRIPMAP", "SCAN", "SPOTLIGHT_FINE")),
            "reference": rng.choice(_TEXTS),
            **self._some(
                exclusivity="PUBLIC",
                priority="BACKGROUND",
                sla=rng.choice(("SLA_3H", "SLA_8H")),
                eula="GOVERNMENT",
                incidenceAngle={"min": angles[0], "max": angles[1]},
                lookSide=rng.choice(("LEFT", "ANY")),
                passDirection="ASCENDING",
                productTypes=["SLC", "GRD"],
                notifications={"webhook": {"id": "5b0c2a3e-9f41-4d0a-8c7b-1a2e6f3d4c55"}},
                deliveries=[{"locations": [place]}],
            ),
        }

    def order(self) -> dict[str, Any]:
        """Return an order at UP42: an area, a point, or radar at a point."""
        rng, start = self.rng, self.rng.uniform(1, 20)
        window = {"acquisitionStart": _minute(start), "acquisitionEnd": _minute(start + rng.uniform(1, 40))}
        named = {"displayName": rng.choice(_TEXTS) or "an order"}
        named |= {"tags": ["ports", "customer:acme"]} if rng.random() < 0.3 else {}
        point = {"type": "Point", "coordinates": [rng.uniform(-180, 180), rng.uniform(-80, 80)]}
        match rng.choice(("area", "spot", "radar")):
            case "area":
                wanted = up42.optical(acquisitionMode=rng.choice(("mono", "stereo", "tristereo")), **window)
                return up42.order(self.area(), params=wanted | self._some(minBH=0.3), **named)
            case "spot":
                wanted = {**up42.SPOT, **window, **self._some(cloudCoverage=rng.randint(30, 90))}
                return up42.order(point, dataProduct=up42.product("blacksky-tasking"), params=wanted, **named)
            case _:
                wanted = {**up42.RADAR, **window, **self._some(looks="3", resolution="0.5", sceneSize="5x5")}
                return up42.order(point, dataProduct=up42.product("radar-tasking"), params=wanted, **named)

    def request(self) -> dict[str, Any]:
        """Return a request at Vantor."""
        rng, start = self.rng, self.rng.uniform(1, 20)
        azure = {"type": "azure_blob_storage", "container": "c", "prefix": "p", "sas_url": "https://store.test/?sig=s"}
        licensing = rng.choice(({"end_use_code": "AGR"}, {"end_use_code": "OTH", "end_use_description": "my own"}))
        return vantor.request(
            request_description=rng.choice(_TEXTS),
            tasking_tier=rng.choice(("flexView", "fastView")),
            start_collect_datetime=_minute(start),
            end_collect_datetime=_minute(start + rng.uniform(0.5, 30)),
            geometry=self.area(),
            tasking_details=self._some(max_gsd=0.5, max_cloud_cover=rng.choice((15, 20.5)), max_off_nadir_angle=30),
            product_details={
                "product_type": rng.choice(("view-ready", "map-ready")),
                "licensing": licensing,
                **self._some(product_option="Pan_or_Any_Bundle", dra="auto"),
            },
            output_configs=[rng.choice((vantor.S3, azure))],
            notifications=[{**vantor.EMAIL, **self._some(level=rng.choice(("FINAL_ONLY", "ON_FAIL")))}],
        )

    def area(self) -> dict[str, Any]:
        """Return a polygon of many digits around some place, with a hole now and then."""
        rng = self.rng
        middle, corners = (rng.uniform(-170, 170), rng.uniform(-50, 50)), rng.randint(4, 40)
        rings = [self._ring(middle, corners, lambda: rng.uniform(0.08, 0.1))]
        if rng.random() < 0.4:
            rings.append(self._ring(middle, 5, lambda: 0.02)[::-1])
        return {"type": "Polygon", "coordinates": rings}

    def _ring(self, middle: tuple[float, float], corners: int, radius: Callable[[], float]) -> list[list[float]]:
        turns = [2 * math.pi * number / corners for number in range(corners)]
        far = [(turn, radius()) for turn in turns]
        ring = [[middle[0] + r * math.cos(turn), middle[1] + r * math.sin(turn)] for turn, r in far]
        return [*ring, ring[0]]

    def _some(self, **fields: Any) -> dict[str, Any]:
        return {name: value for name, value in fields.items() if self.rng.random() < 0.5}


def add_accounts(project: Project) -> None:
    """Write accounts of the other two providers beside ICEYE's."""
    simulator, limits = project.simulator, {"requestsPerSecond": 100, "concurrency": 8}
    project.account(limits={"concurrency": 8})
    for name, address, block in (
        ("up42", simulator.up42_url, UP42.block(simulator, "SIM_CLIENT_ID")),
        ("vantor", simulator.vantor_url, {"apiKey": {"env": "SIM_CLIENT_SECRET"}}),
    ):
        spec = {"endpoint": address, name: block, "limits": limits}
        project.write(f"accounts/{name}-sim.yaml", "Account", f"{name}-sim", spec)


def prepared(project: Project, *ids: str, account: str = ACCOUNTS[0], **wish: Any) -> Imports:
    """Prepare an import into the folder that is meant for it; nothing is written."""
    wished = Wish(account=account, **{"into": project.folder / "imported", "ids": ids, **wish})
    importer = Importer(
        folder=project.folder,
        manifests=project.read(),
        records=project.records(),
        env=project.environment(),
        wish=wished,
        tell=lambda _text: None,
    )
    return importer.prepare()


def imported(project: Project, *ids: str, account: str = ACCOUNTS[0], **wish: Any) -> Imports:
    """Import orders, all that live by default."""
    imports = prepared(project, *ids, account=account, **wish)
    with project.store() as store:
        write(imports, store, lambda: None, lambda _text: None)
    return imports


def record_of(project: Project, order_id: str) -> Record:
    """Return the record that is bound to an order of the provider."""
    return next(record for record in project.records().values() if record.order_id == order_id)
