"""UP42 in a running simulator, and the few calls that most tests make of it."""

import uuid
from dataclasses import dataclass, field
from typing import Any

import httpx

from reconciler.simulator import Simulator

from .scenario import at

TOKEN = "/realms/public/protocol/openid-connect/token"
USER_INFO = "/realms/public/protocol/openid-connect/userinfo"
ORDERS = "/v2/orders"
STUDIES = "/v2/tasking/feasibility-studies"
QUOTES = "/v2/tasking/quotation"
UNKNOWN = "00000000-0000-4000-8000-000000000000"
POLYGON = {"type": "Polygon", "coordinates": [[[13.0, 52.0], [13.1, 52.0], [13.1, 52.1], [13.0, 52.1], [13.0, 52.0]]]}
POINT = {"type": "Point", "coordinates": [13.0, 52.0]}
PRICE = 137_178
LOGIN = {
    "grant_type": "password",
    "username": "a@b.c",
    "password": "x",
    "client_id": "up42-api",
    "scope": "openid",
}
OPTICAL = {
    "acquisitionStart": at(5),
    "acquisitionEnd": at(15),
    "acquisitionMode": "mono",
    "cloudCoverage": 10,
    "incidenceAngle": 20,
    "geometricProcessing": "ortho",
    "spectralProcessing": "bundle",
    "pixelCoding": "12bits",
    "radiometricProcessing": "reflectance",
    "deliveredAs": "geotiff",
}
SPOT = {"acquisitionStart": at(5), "acquisitionEnd": at(15), "acquisitionMode": "standard"}
RADAR = {**SPOT, "acquisitionMode": "spotlight", "polarization": "VV"}


def product(name: str) -> str:
    """Return the id of a data product by its collection."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{name}.product.up42.simulator"))


def order(*geometries: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return a Pléiades order of some geometries (one polygon by default), some fields set or (None) removed."""
    features = [{"type": "Feature", "geometry": geometry} for geometry in geometries or (POLYGON,)]
    body = {
        "dataProduct": product("phr-tasking"),
        "displayName": "an order",
        "params": OPTICAL,
        "featureCollection": {"type": "FeatureCollection", "features": features},
        **fields,
    }
    return {name: value for name, value in body.items() if value is not None}


def optical(**params: Any) -> dict[str, Any]:
    """Return Pléiades parameters, some set or (None) removed."""
    return {name: value for name, value in {**OPTICAL, **params}.items() if value is not None}


def spot(**fields: Any) -> dict[str, Any]:
    """Return a BlackSky order: a point, an automatic study, a quotation."""
    return order(POINT, **{"dataProduct": product("blacksky-tasking"), "params": SPOT, **fields})


def radar(**fields: Any) -> dict[str, Any]:
    """Return a radar order: a point, no study, no quotation."""
    return order(POINT, **{"dataProduct": product("radar-tasking"), "params": RADAR, **fields})


@dataclass
class Up42:
    """A simulator, a client, and the token and workspace of one user, fetched at first use."""

    simulator: Simulator
    http: httpx.Client
    username: str = "a@b.c"
    headers: dict[str, str] = field(default_factory=dict)
    workspace: str = ""

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Call the control API, expect success, and return its JSON."""
        answer = self.http.request(method, f"{self.simulator.url}/_sim{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def token(self, **form: Any) -> httpx.Response:
        """Ask for a token, with some fields of the form set or (None) removed."""
        fields = {"username": self.username, **form}
        data = {name: value for name, value in {**LOGIN, **fields}.items() if value is not None}
        return self.http.post(self.simulator.up42_auth_url + TOKEN, data=data)

    def authorize(self) -> None:
        """Fetch token and workspace where there are none yet."""
        if not self.headers:
            self.headers = {"Authorization": f"Bearer {self.token().json()['access_token']}"}
            info = self.http.get(self.simulator.up42_auth_url + USER_INFO, headers=self.headers)
            self.workspace = info.json()["sub"]

    def api(self, method: str, path: str, body: Any = None, **more: Any) -> httpx.Response:
        """Call UP42's API with a token; a body that is None is not sent."""
        self.authorize()
        headers = {**self.headers, **more.pop("headers", {})}
        content = {} if body is None else {"json": body}
        return self.http.request(method, self.simulator.up42_url + path, headers=headers, **content, **more)

    def got(self, path: str, **query: Any) -> Any:
        """Return the JSON of a successful read."""
        answer = self.api("GET", path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def place(self, body: Any = None) -> httpx.Response:
        """Send a placement to the user's own workspace."""
        self.authorize()
        return self.api("POST", ORDERS, order() if body is None else body, params={"workspaceId": self.workspace})

    def placed(self, body: Any = None) -> str:
        """Place one order and return its id."""
        answer = self.place(body)
        assert answer.is_success, answer.text
        assert answer.json()["errors"] == []
        return str(answer.json()["results"][0]["id"])

    def order(self, order_id: str) -> dict[str, Any]:
        """Return an order."""
        return dict(self.got(f"{ORDERS}/{order_id}"))

    def state(self, order_id: str) -> tuple[str, str | None]:
        """Return an order's status and subStatus."""
        shown = self.order(order_id)
        return shown["status"], shown["orderDetails"].get("subStatus")

    def list_page(self, path: str = ORDERS, **query: Any) -> list[dict[str, Any]]:
        """Return the items of one page."""
        return list(self.got(path, **query)["content"])

    def study(self, order_id: str) -> dict[str, Any]:
        """Return an order's only study."""
        (study,) = self.list_page(STUDIES, orderId=order_id)
        return study

    def quotes(self, order_id: str) -> list[dict[str, Any]]:
        """Return an order's quotes, oldest first."""
        return self.list_page(QUOTES, orderId=order_id, sort="createdAt,asc")

    def choose(self, order_id: str, option: int = 1) -> httpx.Response:
        """Accept an option of an order's study, by its place."""
        study = self.study(order_id)
        body = {"acceptedOptionId": study["options"][option - 1]["id"]}
        return self.api("PATCH", f"{STUDIES}/{study['id']}", body)

    def decide(self, order_id: str, decision: str = "ACCEPTED", quote: int = -1) -> httpx.Response:
        """Decide one of an order's quotes, by default the last."""
        return self.api("PATCH", f"{QUOTES}/{self.quotes(order_id)[quote]['id']}", {"decision": decision})

    def balance(self) -> int:
        """Return the credits that are left."""
        return int(self.got("/v2/payments/balances")["available"]["amount"])

    def advance(self, by: str) -> None:
        """Move the simulated clock, which may age the token past its end, so the next call fetches another."""
        self.control("POST", "/clock", {"advance": by})
        self.headers = {}

    def switch(self, **switches: Any) -> None:
        """Turn some of UP42's switches."""
        self.control("POST", "/switches", {f"up42.{name}": value for name, value in switches.items()})

    def fault(self, kind: str, **more: Any) -> dict[str, Any]:
        """Add a fault."""
        return dict(self.control("POST", "/faults", {"kind": kind, **more}))

    def quoted(self, body: Any = None) -> str:
        """Place an order and bring it to an open quote, by the first option where there is a choice."""
        order_id = self.placed(body)
        self.advance("2m")
        if self.state(order_id)[1] == "FEASIBILITY_WAITING_UPLOAD":
            self.advance("1h")
            assert self.choose(order_id).status_code == 200
        self.advance("1h")
        assert self.state(order_id) == ("PLACED", "QUOTATION_WAITING_RESPONSE")
        return order_id

    def accepted(self, body: Any = None) -> str:
        """Place an order and bring it to an accepted quote."""
        order_id = self.quoted(body)
        assert self.decide(order_id).status_code == 200
        return order_id
