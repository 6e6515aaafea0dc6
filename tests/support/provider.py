"""What a project of tests knows of its provider: how to log in, what an order states, what its words mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from reconciler.model.time import instant_text
from reconciler.simulator import Simulator
from tests.simulator import up42 as up42_parse
from tests.simulator import vantor as vantor_parse

CONTRACT = "7d4c1f0e-6a53-4c0b-9f6e-2f1f3f5a9b11"
OTHER_CONTRACT = "0a8f5c52-1f0e-4f6e-8f0f-2f8f6f1a7b22"
START = datetime(2026, 12, 1, tzinfo=UTC)
CLIENT_ID = "canary-client-4d1f"
CLIENT_SECRET = "canary-secret-9b7e"
OTHER_CLIENT_ID = "canary-client-7c02"
SAS_URL = "https://store.example.org/c?sv=1&sig=canary-sas-3b8d"
CREDENTIALS = "canary-credentials-61ac=="
HOOK = "Bearer canary-hook-f27b"
TASKS = "/iceye/api/tasking/v2/tasks"
TOKEN_REQUEST = "POST /iceye/oauth/v1/token"
HOME = [0.5, 0.5]

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider. `live`: its words for an order that may still bring something.

    `block` is an account's block for a tenant (a contract, a user), `spec` what an order states where a test says
    nothing else; `asks` are requests that are neither reads nor orders nor changes, and `check` the query by which a
    request for an order becomes one; `place` places by somebody's hand.
    """

    name: str
    account: str
    tenant: str
    other_tenant: str
    orders: str
    asks: frozenset[str]
    live: frozenset[str]
    step: str
    """How far a clock is moved from pass to pass, until all is at rest."""
    address: Callable[[Simulator], str]
    block: Callable[[Simulator, str], Json]
    spec: Callable[[], Json]
    place: Callable[[Simulator, httpx.Client, Json], httpx.Response]
    bare: Callable[[Mapping[str, Any]], Json]
    """The body of an order without what names it."""
    console: str = "orders"
    """What the control API calls its orders."""
    check: str | None = None

    def only_asks(self, request: httpx.Request) -> bool:
        """Tell whether a request can change nothing."""
        named = f"{request.method} {request.url.path}"
        return request.method == "GET" or named in self.asks or self.checks(request)

    def checks(self, request: httpx.Request) -> bool:
        """Tell whether a request for an order only asks whether it could be one."""
        return self.check is not None and request.url.query.decode() == self.check

    @property
    def path(self) -> str:
        """The path to which orders are sent, as faults name it."""
        return self.orders.removeprefix(f"/{self.name}/api")


def at(days: float) -> str:
    """Return the instant some days after the start of the simulated clock, as a manifest states it."""
    return instant_text(START + timedelta(days=days))


def window(start_days: float, end_days: float) -> dict[str, str]:
    """Return an acquisition window by days after the start of the simulated clock."""
    return {"start": at(start_days), "end": at(end_days)}


def eur(amount: str) -> dict[str, str]:
    """Return an amount in euros as a manifest states it."""
    return {"amount": amount, "currency": "EUR"}


def credits_of(amount: int) -> dict[str, str]:
    """Return an amount in credits as a manifest states it."""
    return {"amount": str(amount), "currency": "credits"}


def _iceye_block(_simulator: Simulator, contract: str) -> Json:
    secrets = {"tokenUrl": "SIM_TOKEN_URL", "clientId": "SIM_CLIENT_ID", "clientSecret": "SIM_CLIENT_SECRET"}
    return {"contractID": contract, **{field: {"env": name} for field, name in secrets.items()}}


def _iceye_spec() -> Json:
    """An order that is valid at the start of the clock, more than 72 hours before its window."""
    return {
        "window": window(5, 7),
        "target": {"type": "Point", "coordinates": HOME},
        "iceye": {"imagingMode": "SPOTLIGHT"},
        "confirm": {"maxPrice": eur("3000.00")},
    }


def _iceye_place(simulator: Simulator, http: httpx.Client, fields: Json) -> httpx.Response:
    token = http.post(
        simulator.iceye_token_url, auth=("someone", "else"), data={"grant_type": "client_credentials"}
    ).json()["access_token"]
    body = {
        "contractID": CONTRACT,
        "pointOfInterest": {"lat": 0.5, "lon": 0.5},
        "acquisitionWindow": window(5, 7),
        "imagingMode": "SPOTLIGHT",
        **fields,
    }
    path = TASKS.removeprefix("/iceye/api")
    return http.post(f"{simulator.iceye_url}{path}", json=body, headers={"Authorization": f"Bearer {token}"})


ICEYE = Provider(
    name="iceye",
    account="iceye-sim",
    tenant=CONTRACT,
    other_tenant=OTHER_CONTRACT,
    orders=TASKS,
    asks=frozenset({TOKEN_REQUEST}),
    live=frozenset({"RECEIVED", "ACTIVE"}),
    step="6m",
    address=lambda simulator: simulator.iceye_url,
    block=_iceye_block,
    spec=_iceye_spec,
    place=_iceye_place,
    bare=lambda body: {**body, "reference": None},
    console="tasks",
)


def _up42_block(simulator: Simulator, user: str) -> Json:
    token = f"{simulator.up42_auth_url}{up42_parse.TOKEN}"
    return {"username": {"env": user}, "password": {"env": "SIM_CLIENT_SECRET"}, "tokenUrl": token}


def _up42_spec() -> Json:
    """An order that takes a license and an estimate; it is held at its options and its quote, for it agrees to none."""
    product = up42_parse.product("blacksky-tasking")
    return {
        "window": window(5, 15),
        "target": {"type": "Point", "coordinates": HOME},
        "up42": {"dataProduct": product, "params": {"acquisitionMode": "standard", "cloudCoverage": 40}},
    }


def _up42_place(simulator: Simulator, http: httpx.Client, fields: Json) -> httpx.Response:
    """Place in the same workspace: as the same user, who has the console too."""
    somebody = up42_parse.Up42(simulator, http, username=CLIENT_ID)
    named = {"displayName": fields["reference"]} if "reference" in fields else {}
    return somebody.place(up42_parse.spot(**named))


UP42 = Provider(
    name="up42",
    account="up42-sim",
    tenant="SIM_CLIENT_ID",
    other_tenant="SIM_OTHER_ID",
    orders="/up42/api/v2/orders",
    asks=frozenset({f"POST /up42/auth{up42_parse.TOKEN}", "POST /up42/api/v2/orders/estimate"}),
    live=frozenset(
        {
            *("CREATED", "BEING_PLACED", "PLACED", "PLACEMENT_FAILED", "BEING_FULFILLED"),
            *("DELIVERY_INITIALIZATION_FAILED", "DOWNLOAD_FAILED", "DOWNLOADED"),
        }
    ),
    step="35m",
    address=lambda simulator: simulator.up42_url,
    block=_up42_block,
    spec=_up42_spec,
    place=_up42_place,
    bare=lambda body: {**body, "displayName": None, "tags": None},
)


def area(west: float = 0.0, south: float = 0.5) -> Json:
    """Return a polygon of 79 square kilometers, above the least of either demand."""
    east, north = west + 0.08, south + 0.08
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def _vantor_block(simulator: Simulator, user: str) -> Json:
    """The first user has a key; any other logs in by a password."""
    if user == VANTOR.tenant:
        return {"apiKey": {"env": user}}
    login = {"username": {"env": user}, "password": {"env": "SIM_CLIENT_SECRET"}}
    return {**login, "tokenUrl": simulator.vantor_token_url}


def _vantor_spec() -> Json:
    """An order that names every kind of secret."""
    azure = {"type": "azure_blob_storage", "container": "c", "prefix": "p", "sas_url": {"env": "SIM_SAS_URL"}}
    google: Json = {"type": "google_cloud_storage", "bucket": "b", "prefix": "p"}
    google["service_credentials"] = {"env": "SIM_CREDENTIALS"}
    hook = {"type": "http", "target": "https://example.org/hook", "config": {"headers": {"X-Key": {"env": "SIM_HOOK"}}}}
    return {
        "window": window(5, 15),
        "target": area(),
        "vantor": {
            "tasking_tier": "flexView",
            "tasking_details": vantor_parse.DETAILS,
            "product_details": vantor_parse.PRODUCT,
            "output_configs": [vantor_parse.S3, azure, google],
            "notifications": [vantor_parse.EMAIL, hook],
        },
        "confirm": {"maxPrice": credits_of(10_000)},
    }


def _vantor_place(simulator: Simulator, http: httpx.Client, fields: Json) -> httpx.Response:
    somebody = vantor_parse.Vantor(simulator, http, {"MAXAR-API-KEY": CLIENT_ID})
    return somebody.submit(vantor_parse.request(**{"request_description": fields.pop("reference", None), **fields}))


VANTOR = Provider(
    name="vantor",
    account="vantor-sim",
    tenant="SIM_CLIENT_ID",
    other_tenant="SIM_OTHER_ID",
    orders=f"/vantor/api{vantor_parse.SUBMIT}",
    asks=frozenset(
        {
            "POST /vantor/account/auth/realms/mds/protocol/openid-connect/token",
            *(f"POST /vantor/api{path}" for path in (vantor_parse.QUOTE, f"{vantor_parse.TASKING}/quote")),
        }
    ),
    live=frozenset({"INITIAL", "ACCEPTED", "AWAITING-COLLECTION", "IN-PRODUCTION", "DELIVERY-SUCCESS"}),
    step="35m",
    address=lambda simulator: simulator.vantor_url,
    block=_vantor_block,
    spec=_vantor_spec,
    place=_vantor_place,
    bare=lambda body: {**body, "request_description": None},
    check="validation_only=true",
)
