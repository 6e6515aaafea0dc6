"""Vantor in a running simulator, and the few calls that most tests make of it."""

from dataclasses import dataclass, field
from typing import Any

import httpx

from reconciler.simulator import Simulator

from .scenario import at

TASKING = "/tasking/v2/tasking"
SUBMIT = f"{TASKING}/vantor"
QUOTE = f"{SUBMIT}/quote"
UNKNOWN = "1000000000000000000"
PRICE = 1277
POLYGON = {
    "type": "Polygon",
    "coordinates": [
        [[-119.253, 40.817], [-119.253, 40.746], [-119.157, 40.746], [-119.157, 40.817], [-119.253, 40.817]]
    ],
}
DETAILS = {"max_gsd": 0.39, "max_cloud_cover": 20}
PRODUCT = {"product_type": "view-ready-ortho", "licensing": {"end_use_code": "AGR"}}
S3 = {"type": "amazon_s3", "bucket": "my-bucket", "prefix": "my-prefix"}
EMAIL = {"type": "email", "target": "user@example.com"}


def request(**fields: Any) -> dict[str, Any]:
    """Return a flexView request like the documented one, with some fields set or (None) removed."""
    body = {
        "tasking_tier": "flexView",
        "request_description": "a request",
        "start_collect_datetime": at(5),
        "end_collect_datetime": at(15),
        "geometry": POLYGON,
        "tasking_details": DETAILS,
        "product_details": PRODUCT,
        "output_configs": [S3],
        "notifications": [EMAIL],
        **fields,
    }
    return {name: value for name, value in body.items() if value is not None}


def fast(start: float = 5, end: float = 5.25, **fields: Any) -> dict[str, Any]:
    """Return a fastView request of six hours, by days after the start of the world."""
    window = {"start_collect_datetime": at(start), "end_collect_datetime": at(end)}
    return request(tasking_tier="fastView", **window, **fields)


@dataclass
class Vantor:
    """A simulator, a client, and an API key, which never ages."""

    simulator: Simulator
    http: httpx.Client
    headers: dict[str, str] = field(default_factory=lambda: {"MAXAR-API-KEY": "my-key"})

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Call the control API, expect success, and return its JSON."""
        answer = self.http.request(method, f"{self.simulator.url}/_sim{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def api(self, method: str, path: str, body: Any = None, **more: Any) -> httpx.Response:
        """Call Vantor's API with the key; a body that is None is not sent."""
        headers = {**self.headers, **more.pop("headers", {})}
        content = {} if body is None else {"json": body}
        return self.http.request(method, self.simulator.vantor_url + path, headers=headers, **content, **more)

    def token(self, **form: str) -> httpx.Response:
        """Ask for a token, by default as the documentation does."""
        data = form or {"client_id": "mgp", "username": "a@b.c", "password": "x", "grant_type": "password"}
        return self.http.post(self.simulator.vantor_token_url, data=data)

    def submit(self, body: Any = None, **query: str) -> httpx.Response:
        """Send a request."""
        return self.api("POST", SUBMIT, request() if body is None else body, params=query)

    def submitted(self, body: Any = None) -> str:
        """Submit a request and return its id."""
        answer = self.submit(body)
        assert answer.is_success, answer.text
        return str(answer.json()["data"]["id"])

    def validate(self, body: Any = None) -> httpx.Response:
        """Send the same as a check only."""
        return self.submit(body, validation_only="true")

    def quote(self, body: Any = None) -> dict[str, Any]:
        """Return the data of a quote."""
        answer = self.api("POST", QUOTE, request() if body is None else body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json()["data"])

    def tasking(self, tasking_id: str) -> dict[str, Any]:
        """Return a tasking."""
        answer = self.api("GET", f"{TASKING}/{tasking_id}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json()["data"])

    def status(self, tasking_id: str) -> str:
        """Return a tasking's status word."""
        return str(self.tasking(tasking_id)["tasking_status"])

    def page(self, **query: Any) -> dict[str, Any]:
        """Return one page with its envelope."""
        answer = self.api("GET", TASKING, params=query)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def list_page(self, **query: Any) -> list[dict[str, Any]]:
        """Return the items of one page."""
        return list(self.page(**query)["data"]["taskings"])

    def cancel(self, tasking_id: str, body: Any = None) -> httpx.Response:
        """Cancel a tasking."""
        return self.api("POST", f"{TASKING}/{tasking_id}/cancel", body)

    def extend(self, tasking_id: str, end: str, **more: Any) -> httpx.Response:
        """Move a tasking's end."""
        return self.api("PATCH", f"{TASKING}/{tasking_id}", {"end_collect_datetime": end, **more})

    def control_orders(self) -> list[dict[str, Any]]:
        """Return what the control API tells of the taskings."""
        return list(self.control("GET", "/orders"))

    def account(self, **facts: Any) -> dict[str, Any]:
        """Change facts of the account, if any are given, and return all."""
        return dict(self.control("PUT", "/vantor/accounts/default", facts))

    def edit(self, tasking_id: str, **fields: Any) -> dict[str, Any]:
        """Change a tasking as Vantor's staff would."""
        return dict(self.control("POST", f"/vantor/orders/{tasking_id}", fields))

    def advance(self, by: str) -> None:
        """Move the simulated clock."""
        self.control("POST", "/clock", {"advance": by})

    def switch(self, **switches: Any) -> None:
        """Turn some of Vantor's switches."""
        self.control("POST", "/switches", {f"vantor.{name}": value for name, value in switches.items()})

    def fault(self, kind: str, **more: Any) -> dict[str, Any]:
        """Add a fault."""
        return dict(self.control("POST", "/faults", {"kind": kind, **more}))


def reasons(answer: httpx.Response) -> list[str]:
    """Return what an error in the documented shape says."""
    error = answer.json()["error"]
    assert {"error_code", "error_type", "error_messages"} <= set(error)
    return list(error["error_messages"])
