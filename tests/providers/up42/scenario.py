"""UP42 from a script: builders of accounts, orders and answers, on the transport and clock of the other tests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import httpx

from reconciler.model.account import Account, Limits
from reconciler.model.block import SecretRef
from reconciler.model.errors import Location
from reconciler.model.geometry import Point, Polygon
from reconciler.model.ids import AccountName, OrderKey
from reconciler.model.order import DesiredOrder
from reconciler.model.time import Window
from reconciler.providers.base import ConnectionConfig, OrderWriter
from reconciler.providers.up42.driver import DRIVER
from reconciler.providers.up42.settings import Up42Account, Up42Order

from ..scenario import REFERENCE, START, TOKEN, Response, Script, Time, answer, token_answer

ENDPOINT = "https://api.up42.test"
LOGIN = "https://auth.up42.test/realms/public/protocol/openid-connect"
TOKEN_URL = f"{LOGIN}/token"
SECRETS = {"UP42_USERNAME": "canary@up42.test", "UP42_PASSWORD": "canary pass+word"}
WORKSPACE = "11111111-2222-4333-8444-555555555555"
PRODUCT = "123eabab-0511-4f36-883a-80928716c3db"
ORDER_ID = "0b9f4d0e-3a51-4c3d-8d2a-6a1f2c3d4e5f"
STUDY_ID = "5f1c0000-3a51-4c3d-8d2a-6a1f2c3d4e5f"
OPTION_ID = "0f710000-3a51-4c3d-8d2a-6a1f2c3d4e5f"
QUOTE_ID = "9007e000-3a51-4c3d-8d2a-6a1f2c3d4e5f"
BUDGET_ID = "b0d9e700-3a51-4c3d-8d2a-6a1f2c3d4e5f"
EULA_ID = "e01a0000-3a51-4c3d-8d2a-6a1f2c3d4e5f"
SQUARE = Polygon((((13.0, 52.0), (13.1, 52.0), (13.1, 52.1), (13.0, 52.1), (13.0, 52.0)),))
PARAMS = {"acquisitionMode": "mono", "cloudCoverage": 10, "incidenceAngle": 20, "geometricProcessing": "ortho"}


class Routes(httpx.BaseTransport):
    """Answers by method and path; an entry may be a list, whose last answer answers for ever."""

    def __init__(self, routes: Mapping[str, Response | list[Response]], token: Response | None = None) -> None:
        self.routes = {
            "POST /realms/public/protocol/openid-connect/token": token or (lambda request: up42_token()),
            "GET /realms/public/protocol/openid-connect/userinfo": answer(200, {"sub": WORKSPACE}),
            **{name: list(entry) if isinstance(entry, list) else entry for name, entry in routes.items()},
        }
        self.sent: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.sent.append(request)
        entry = self.routes[f"{request.method} {request.url.path}"]
        if isinstance(entry, list):
            entry = entry.pop(0) if len(entry) > 1 else entry[0]
        return Script()._give(entry, request)

    def asked(self, name: str) -> list[httpx.Request]:
        return [request for request in self.sent if f"{request.method} {request.url.path}" == name]

    @property
    def spent(self) -> list[httpx.Request]:
        return [
            r for r in self.sent if r.method != "GET" and not r.url.path.endswith(("/token", "/estimate", "/search"))
        ]

    def body(self, number: int = 0) -> dict:
        return json.loads(self.spent[number].content)


def up42_token(**fields: object) -> httpx.Response:
    return token_answer(TOKEN, **{"expires_in": 300, "refresh_token": "canary-refresh", **fields})


def account(**changes: object) -> Account:
    block = {"username": {"env": "UP42_USERNAME"}, "password": {"env": "UP42_PASSWORD"}, "tokenUrl": TOKEN_URL}
    made = Account(
        name=AccountName("up42-prod"),
        provider="up42",
        endpoint=ENDPOINT,
        settings=Up42Account.model_validate(block),
        source=Location(file="accounts.yaml"),
        limits=Limits(requests_per_second=1000),
    )
    return replace(made, **changes)


def secret(reference: SecretRef) -> str:
    return SECRETS[reference.env or ""]


def config(transport: httpx.BaseTransport | None, time: Time | None = None, **changes: object) -> ConnectionConfig:
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


def connected(transport: httpx.BaseTransport, time: Time | None = None, **changes: object) -> OrderWriter:
    orders = DRIVER.connect(account(), config(transport, time, **changes))
    orders.prepare()
    return orders


def order(
    start: datetime = START, days: float = 30, target: Point | Polygon = SQUARE, key: str = "berlin", **block: object
) -> DesiredOrder:
    named = {} if "collection" in block else {"dataProduct": PRODUCT}
    return DesiredOrder(
        key=OrderKey(key),
        account=AccountName("up42-prod"),
        provider="up42",
        attempt=1,
        window=Window(start, start + timedelta(days=days)),
        target=target,
        settings=Up42Order.model_validate({**named, "params": PARAMS, **block}),
        source=Location(file="orders.yaml"),
    )


def order_body(details: Mapping[str, object] | None = None, **changes: object) -> dict:
    """An order as UP42 answers it."""
    whole = {
        "acquisitionStart": "2026-12-04T00:00:00.000Z",
        "acquisitionEnd": "2027-01-03T00:00:00.000Z",
        "geometry": {
            "type": "Polygon",
            "coordinates": [[[13.0, 52.0], [13.1, 52.0], [13.1, 52.1], [13.0, 52.1], [13.0, 52.0]]],
            "crs": {"type": "name", "properties": {"name": "EPSG:4326"}},
        },
        "extraDescription": "",
        "subStatus": "FEASIBILITY_WAITING_UPLOAD",
        "acquisitionMode": "mono",
        "maxCloudCover": 10,
        "maxIncidenceAngle": 20,
        "geometricProcessing": "ortho",
        "projection": "4326",
        "pixelCoding": "12bits",
        **(details or {}),
    }
    made = {
        "id": ORDER_ID,
        "displayName": f"berlin {REFERENCE}",
        "status": "PLACED",
        "workspaceId": WORKSPACE,
        "accountId": WORKSPACE,
        "type": "TASKING",
        "dataProductId": PRODUCT,
        "tags": [REFERENCE],
        "createdAt": "2026-11-28T11:04:28.372434Z",
        "updatedAt": "2026-11-28T11:04:28.372434Z",
        "createdBy": {"id": WORKSPACE, "type": "USER"},
        "updatedBy": {"id": "system", "type": "INTERNAL"},
        "orderDetails": {name: value for name, value in whole.items() if value is not ...},
        **changes,
    }
    return {name: value for name, value in made.items() if value is not ...}


def study(**changes: object) -> dict:
    option = {"id": OPTION_ID, "studyId": STUDY_ID, "description": "Two weeks longer."}
    return {
        "id": STUDY_ID,
        "createdAt": "2026-11-28T12:00:00Z",
        "workspaceId": WORKSPACE,
        "orderId": ORDER_ID,
        "type": "MANUAL",
        "options": [option, {**option, "id": "other", "description": "More clouds."}],
        "decision": "NOT_DECIDED",
        "decisionByType": None,
        "decisionOption": None,
        **changes,
    }


def chosen(option: str = OPTION_ID, by: str = "USER") -> dict:
    return study(decision="ACCEPTED", decisionByType=by, decisionOption={"id": option, "description": "Longer."})


def quote(**changes: object) -> dict:
    return {
        "id": QUOTE_ID,
        "createdAt": "2026-11-28T13:00:00Z",
        "updatedAt": "2026-11-28T13:00:00Z",
        "workspaceId": WORKSPACE,
        "orderId": ORDER_ID,
        "creditsPrice": 4200,
        "decision": "NOT_DECIDED",
        "decisionByType": None,
        "decisionAt": None,
        **changes,
    }


def page(*items: object, number: int = 0, pages: int = 1, total: int | None = None, size: int = 100) -> httpx.Response:
    content = {"content": list(items), "totalPages": pages, "totalElements": len(items) if total is None else total}
    return answer(200, {**content, "number": number, "size": size, "numberOfElements": len(items)})


def problem(status: int, title: str = "No.", **detail: object) -> httpx.Response:
    return answer(status, {"status": status, "title": title, "detail": detail})


def lists(*orders: object, studies: tuple = (), quotes: tuple = (), **more: Response | list[Response]) -> Routes:
    """A workspace with these orders, studies and quotations, and whatever else is routed."""
    routes = {
        "GET /v2/orders": page(*orders),
        "GET /v2/tasking/feasibility-studies": page(*studies),
        "GET /v2/tasking/quotation": page(*quotes),
        **{f"GET /v2/orders/{each['id']}": answer(200, each) for each in orders if isinstance(each, dict)},
        **more,
    }
    return Routes(routes)
