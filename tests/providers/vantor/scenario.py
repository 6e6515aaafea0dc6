"""Vantor from a script: builders of accounts, orders and answers, on the transport and clock of the other tests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx

from reconciler.model.account import Account, Limits
from reconciler.model.block import SecretRef
from reconciler.model.errors import Location
from reconciler.model.geometry import Point, Polygon
from reconciler.model.ids import AccountName, OrderKey
from reconciler.model.order import DesiredOrder
from reconciler.model.time import Window
from reconciler.providers.base import ConnectionConfig, OrderWriter
from reconciler.providers.vantor.driver import DRIVER
from reconciler.providers.vantor.settings import VantorAccount, VantorOrder

from ..scenario import REFERENCE, Response, Script, Time, answer, token_answer

ENDPOINT = "https://api.vantor.test"
LOGIN = "/auth/realms/mds/protocol/openid-connect/token"
TOKEN_URL = f"https://account.vantor.test{LOGIN}"
KEY = "canary-api-key"
SAS = "https://store.test/c?sv=1&sig=canary/sas+sig"
SECRETS = {
    "VANTOR_KEY": KEY,
    "VANTOR_USER": "canary@vantor.test",
    "VANTOR_PASSWORD": "canary pass+word",
    "SAS": SAS,
    "CREDENTIALS": "canary-base64-key==",
    "HOOK": "Bearer canary-hook",
}
BY_KEY = {"apiKey": {"env": "VANTOR_KEY"}}
BY_PASSWORD = {
    "username": {"env": "VANTOR_USER"},
    "password": {"env": "VANTOR_PASSWORD"},
    "tokenUrl": TOKEN_URL,
}
ORDER_ID = "5217364019283746501"
OTHER_ID = "5217364019283746502"
START = datetime(2026, 12, 12, tzinfo=UTC)
RING = ((-119.253, 40.817), (-119.253, 40.746), (-119.157, 40.746), (-119.157, 40.817), (-119.253, 40.817))
AREA = Polygon((RING,))
SEED = {
    "tasking_tier": "flexView",
    "request_description": "Example Flexview private tasking request",
    "is_private": True,
    "tasking_details": {"max_gsd": 0.39, "max_cloud_cover": 20},
    "product_details": {"product_type": "view-ready-ortho", "licensing": {"end_use_code": "AGR"}},
    "output_configs": [{"type": "amazon_s3", "bucket": "my-bucket", "prefix": "my-prefix"}],
    "notifications": [{"type": "email", "target": "user@example.com", "level": "FINAL_ONLY"}],
}
"""The block of the vendor's own example."""
PUBLIC = {name: value for name, value in SEED.items() if name != "is_private"}
SUBMIT, LIST = "POST /tasking/v2/tasking/vantor", "GET /tasking/v2/tasking"
QUOTE = "POST /tasking/v2/tasking/vantor/quote"
GET = f"GET /tasking/v2/tasking/{ORDER_ID}"
EXTEND = f"PATCH /tasking/v2/tasking/vantor/{ORDER_ID}"
CANCEL = f"POST /tasking/v2/tasking/{ORDER_ID}/cancel"


class Routes(httpx.BaseTransport):
    """Answers by method and path; an entry may be a list, whose last answer answers for ever."""

    def __init__(self, routes: Mapping[str, Response | list[Response]]) -> None:
        login = {f"POST {LOGIN}": lambda request: token_answer(expires_in=7199)}
        self.routes = {name: list(e) if isinstance(e, list) else e for name, e in {**login, **routes}.items()}
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
        """Every request that is neither a read, nor a check, nor a quote, nor a login."""
        return [
            r
            for r in self.sent
            if r.method != "GET"
            and r.url.query != b"validation_only=true"
            and not r.url.path.endswith(("quote", "token"))
        ]

    def body(self, number: int = 0) -> dict:
        return json.loads(self.spent[number].content)


def account(block: Mapping[str, object] | None = None, **changes: object) -> Account:
    made = Account(
        name=AccountName("vantor-prod"),
        provider="vantor",
        endpoint=ENDPOINT,
        settings=VantorAccount.model_validate(BY_KEY if block is None else block),
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


def connected(
    transport: httpx.BaseTransport,
    time: Time | None = None,
    block: Mapping[str, object] | None = None,
    **changes: object,
) -> OrderWriter:
    orders = DRIVER.connect(account(block), config(transport, time, **changes))
    orders.prepare()
    return orders


def order(
    start: datetime = START,
    days: float = 8,
    target: Point | Polygon = AREA,
    block: Mapping[str, object] = PUBLIC,
    **more: object,
) -> DesiredOrder:
    return DesiredOrder(
        key=OrderKey("black-rock"),
        account=AccountName("vantor-prod"),
        provider="vantor",
        attempt=1,
        window=Window(start, start + timedelta(days=days)),
        target=target,
        settings=VantorOrder.model_validate({**block, **more}),
        source=Location(file="orders.yaml"),
    )


def request_body(**changes: object) -> dict:
    """A request as Vantor may answer it."""
    made = {
        "id": ORDER_ID,
        "tasking_status": "INITIAL",
        "status_details": None,
        **SEED,
        "is_private": False,
        "request_description": f"{REFERENCE} Example Flexview private tasking request",
        "start_collect_datetime": "2026-12-12t00:00:00z",
        "end_collect_datetime": "2026-12-20t00:00:00z",
        "geometry": {"type": "Polygon", "coordinates": [list(map(list, RING))]},
        "date_created": "2026-11-28t11:04:28z",
        "date_modified": "2026-11-28t11:04:28z",
        "user_id": "u",
        **changes,
    }
    return {name: value for name, value in made.items() if value is not ...}


def enveloped(data: object, **more: object) -> httpx.Response:
    return answer(200, {"data": data, "request_timestamp": "2026-11-28T12:00:00Z", "links": {"request": "x"}, **more})


def page(*items: object, token: object = None, link: object = None) -> httpx.Response:
    body: dict = {"data": {"taskings": list(items)}, "links": {"request": "x"}}
    if token is not None:
        body["next_page_token"] = token
    if link is not None:
        body["links"]["next_page"] = link
    return answer(200, body)


def refused(status: int, *messages: str, **more: object) -> httpx.Response:
    error = {"error_code": "some_error", "error_type": "x", "error_messages": list(messages) or ["no"], **more}
    return answer(status, {"error": error})


def quoted(quantity: object = 1278, units: str = "credits", **more: object) -> httpx.Response:
    return enveloped({"usage_estimate": [{"units": units, "quantity": quantity, "billable": True, **more}]})


def office(*items: object, **more: Response | list[Response]) -> Routes:
    """An account with these requests, whatever else is routed."""
    return Routes(
        {
            SUBMIT: lambda request: enveloped(
                request_body() if request.url.query != b"validation_only=true" else {"settings": "are all valid"}
            ),
            QUOTE: quoted(),
            LIST: page(*items),
            GET: enveloped(items[0]) if items else refused(404),
            **more,
        }
    )
