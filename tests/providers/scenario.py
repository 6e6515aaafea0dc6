"""A transport that answers from a script, a clock that only sleeping moves, and builders of orders and tasks."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx

from reconciler.model.account import Account, Limits
from reconciler.model.block import SecretRef
from reconciler.model.errors import Location
from reconciler.model.geometry import Point
from reconciler.model.ids import AccountName, OrderKey, Reference
from reconciler.model.order import DesiredOrder
from reconciler.model.time import Window
from reconciler.providers.base import ConnectionConfig, OrderWriter
from reconciler.providers.iceye.driver import DRIVER
from reconciler.providers.iceye.settings import IceyeAccount, IceyeOrder

CONTRACT = "7d4c1f0e-6a53-4c0b-9f6e-2f1f3f5a9b11"
TASK_ID = "0b9f4d0e-3a51-4c3d-8d2a-6a1f2c3d4e5f"
REFERENCE = Reference("rc1-abcdefghij234567abcd")
ENDPOINT = "https://platform.iceye.test/api"
TOKEN_URL = "https://login.iceye.test/customer-canary-url/v1/token"
SECRETS = {
    "ICEYE_TOKEN_URL": TOKEN_URL,
    "ICEYE_CLIENT_ID": "canary-client-id",
    "ICEYE_CLIENT_SECRET": "canary-client-secret",
}
TOKEN = "canary-access-token"
NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
START = datetime(2026, 12, 4, tzinfo=UTC)

Response = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


class Time:
    """A clock and a stopwatch that stand still but for sleeping."""

    def __init__(self, now: datetime = NOW) -> None:
        self.start = now
        self.passed = 0.0
        self.slept: list[float] = []
        self._lock = threading.Lock()

    def now(self) -> datetime:
        return self.start + timedelta(seconds=self.passed)

    def monotonic(self) -> float:
        return 1000.0 + self.passed

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.slept.append(seconds)
            self.passed += seconds


class Script(httpx.BaseTransport):
    """Answers from a list, in order; the last entry answers for ever. Requests for a token are answered apart."""

    def __init__(self, *answers: Response, token: Response | None = None) -> None:
        self.answers = list(answers)
        self.token = token or (lambda request: token_answer())
        self.sent: list[httpx.Request] = []
        self.asked_for_token: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        if str(request.url) == TOKEN_URL:
            self.asked_for_token.append(request)
            return self._give(self.token, request)
        self.sent.append(request)
        entry = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return self._give(entry, request)

    def _give(self, entry: Response, request: httpx.Request) -> httpx.Response:
        if isinstance(entry, Exception):
            raise entry
        if isinstance(entry, httpx.Response):
            # A response can be read only once, and one from a network has not been read: hand out a fresh copy.
            return httpx.Response(entry.status_code, headers=entry.headers, stream=httpx.ByteStream(entry.content))
        return entry(request)

    @property
    def spent(self) -> list[httpx.Request]:
        return [request for request in self.sent if request.method != "GET"]

    def body(self, number: int = 0) -> dict:
        return json.loads(self.spent[number].content)


class Routes(Script):
    """Answers by the end of the path, whatever the order."""

    def __init__(self, **kinds: Response) -> None:
        super().__init__(self._route)
        self.kinds = kinds

    def _route(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        kind = next((name for name in ("price", "summary", "scene", "products") if path.endswith(name)), None)
        kind = kind or ("contract" if "/contracts/" in path else "tasks" if path.endswith("/tasks") else "task")
        return self._give(self.kinds[kind], request)


def answer(status: int, body: object = None, **headers: str) -> httpx.Response:
    return httpx.Response(status, json=body, headers={name.replace("_", "-"): value for name, value in headers.items()})


def page(*items: object, cursor: str | None = None) -> httpx.Response:
    return answer(200, {"data": list(items), **({"cursor": cursor} if cursor is not None else {})})


def dated(instant: datetime) -> str:
    return format_datetime(instant, usegmt=True)


def token_answer(value: str = TOKEN, **fields: object) -> httpx.Response:
    body = {"access_token": value, "token_type": "Bearer", "expires_in": 3600, "scope": "a b", **fields}
    return httpx.Response(200, json=body)


def refused(status: int, code: str = "ERR_SOMETHING", message: str = "no") -> httpx.Response:
    return answer(status, {"code": code, "message": message})


def account(**changes: object) -> Account:
    block = {
        "contractID": CONTRACT,
        "tokenUrl": {"env": "ICEYE_TOKEN_URL"},
        "clientId": {"env": "ICEYE_CLIENT_ID"},
        "clientSecret": {"env": "ICEYE_CLIENT_SECRET"},
    }
    made = Account(
        name=AccountName("iceye-prod"),
        provider="iceye",
        endpoint=ENDPOINT,
        settings=IceyeAccount.model_validate(block),
        source=Location(file="accounts.yaml"),
        limits=Limits(requests_per_second=1000),
    )
    return replace(made, **changes)


def config(transport: httpx.BaseTransport, time: Time | None = None, **changes: object) -> ConnectionConfig:
    time = time or Time()
    made = ConnectionConfig(
        endpoint=ENDPOINT,
        now=time.now,
        monotonic=time.monotonic,
        sleep=time.sleep,
        secret=secret,
        read_only=False,
        transport=transport,
    )
    return replace(made, **changes)


def secret(reference: SecretRef) -> str:
    return SECRETS[reference.env or ""]


def connected(transport: httpx.BaseTransport, time: Time | None = None, **changes: object) -> OrderWriter:
    orders = DRIVER.connect(account(), config(transport, time, **changes))
    orders.prepare()
    return orders


def order(start: datetime = START, hours: float = 48, target: object = None, **block: object) -> DesiredOrder:
    return DesiredOrder(
        key=OrderKey("alice-springs"),
        account=AccountName("iceye-prod"),
        provider="iceye",
        attempt=1,
        window=Window(start, start + timedelta(hours=hours)),
        target=target or Point(133.882675, -23.700552),
        settings=IceyeOrder.model_validate({"imagingMode": "SPOTLIGHT", **block}),
        source=Location(file="orders.yaml"),
    )


def task(**changes: object) -> dict:
    made = {
        "id": TASK_ID,
        "pointOfInterest": {"lat": -23.700552, "lon": 133.88268},
        "acquisitionWindow": {"start": "2026-12-04T00:00:00Z", "end": "2026-12-06T00:00:00Z"},
        "createdAt": "2026-11-28T11:04:28.372434Z",
        "updatedAt": "2026-11-28T11:04:28.372434Z",
        "imagingMode": "SPOTLIGHT",
        "contractID": CONTRACT,
        "reference": REFERENCE,
        "status": "RECEIVED",
        "exclusivity": "PRIVATE",
        "priority": "COMMERCIAL",
        "sla": "SLA_8H",
        "eula": "STANDARD",
        "productsAvailableInSeconds": 2304,
        "incidenceAngle": {"min": 20, "max": 40},
        "lookSide": "ANY",
        "passDirection": "ANY",
    }
    return {name: value for name, value in {**made, **changes}.items() if value is not ...}


CONTRACT_BODY = {
    "id": CONTRACT,
    "name": "a contract",
    "start": "2026-01-01T00:00:00Z",
    "end": "2027-01-01T00:00:00Z",
    "imagingModes": {"allowed": ["SPOTLIGHT", "STRIPMAP"]},
    "priority": {"allowed": ["COMMERCIAL", "BACKGROUND"], "default": "COMMERCIAL"},
    "exclusivity": {"allowed": ["PRIVATE"]},
    "eula": {"allowed": ["STANDARD", "GOVERNMENT"], "default": "STANDARD"},
    "sla": {"allowed": ["SLA_8H", "SLA_24H"], "default": "SLA_8H"},
}
PRICE_BODY = {"amount": 350000, "currency": "EUR"}
SUMMARY_BODY = {
    "contractID": CONTRACT,
    "currency": "EUR",
    "consolidatedSpent": 1_000_000,
    "onHold": 500_000,
    "spendLimit": 4_000_000,
}


def office(**changes: Response) -> Routes:
    kinds: dict[str, Response] = {
        "contract": answer(200, CONTRACT_BODY),
        "price": answer(200, PRICE_BODY),
        "summary": answer(200, SUMMARY_BODY),
        **changes,
    }
    return Routes(**kinds)


def turned(ring, by: int, back: bool) -> list:
    """Return a closed ring that starts elsewhere, and runs the other way."""
    corners = list(ring[:-1])
    corners = corners[by:] + corners[:by]
    corners = corners[::-1] if back else corners
    return [*map(list, corners), list(corners[0])]
