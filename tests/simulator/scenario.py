"""One running simulator and the few calls that most tests make of it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from reconciler.simulator import Simulator

CONTRACT = "7d4c0f4e-6f3b-4c8a-9a51-0d5b3f0c9e11"
OTHER_CONTRACT = "0a8f5c52-1f0e-4f6e-8f0f-2f8f6f1a7b22"
START = datetime(2026, 12, 1, tzinfo=UTC)
TASKS = "/tasking/v2/tasks"


@dataclass
class Scenario:
    """A simulator, a client, and a token that is fetched at first use."""

    simulator: Simulator
    http: httpx.Client
    headers: dict[str, str] = field(default_factory=dict)

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Call the control API, expect success, and return its JSON."""
        answer = self.http.request(method, f"{self.simulator.url}/_sim{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def api(self, method: str, path: str, body: Any = None, **more: Any) -> httpx.Response:
        """Call ICEYE's API with a token; a body that is None is not sent."""
        self.authorize()
        headers = {**self.headers, **more.pop("headers", {})}
        content = {} if body is None else {"json": body}
        return self.http.request(method, self.simulator.iceye_url + path, headers=headers, **content, **more)

    def token(self, auth: tuple[str, str] = ("id", "secret"), **form: str) -> httpx.Response:
        """Ask for a token, by default as the documentation does."""
        data = form or {"grant_type": "client_credentials"}
        return self.http.post(self.simulator.iceye_token_url, auth=auth, data=data)

    def authorize(self) -> None:
        """Fetch a token where there is none yet."""
        if not self.headers:
            self.headers = {"Authorization": f"Bearer {self.token().json()['access_token']}"}

    def create(self, **fields: Any) -> httpx.Response:
        """Send a create request: the least one, with some fields set or (None) removed."""
        return self.api("POST", TASKS, order(**fields))

    def created(self, **fields: Any) -> dict[str, Any]:
        """Create a task and return it."""
        answer = self.create(**fields)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def task(self, task_id: str) -> dict[str, Any]:
        """Return a task."""
        return dict(self.api("GET", f"{TASKS}/{task_id}").json())

    def status(self, task_id: str) -> str:
        """Return a task's status word."""
        return str(self.task(task_id)["status"])

    def cancel(self, task_id: str) -> httpx.Response:
        """Cancel a task."""
        return self.api("PATCH", f"{TASKS}/{task_id}", {"status": "CANCELED"})

    def list_page(self, **query: Any) -> list[dict[str, Any]]:
        """Return the items of one page."""
        return list(self.api("GET", TASKS, params=query).json()["data"])

    def summary(self) -> tuple[int, int]:
        """Return what is spent and what is held."""
        body = self.api("GET", f"/company/v1/contracts/{CONTRACT}/summary").json()
        return body["consolidatedSpent"], body["onHold"]

    def advance(self, by: str) -> None:
        """Move the simulated clock, which may age the token past its end, so the next call fetches another."""
        self.control("POST", "/clock", {"advance": by})
        self.headers = {}

    def switch(self, **switches: Any) -> None:
        """Turn some of ICEYE's switches."""
        self.control("POST", "/switches", {f"iceye.{name}": value for name, value in switches.items()})

    def fault(self, kind: str, **more: Any) -> dict[str, Any]:
        """Add a fault."""
        return dict(self.control("POST", "/faults", {"kind": kind, **more}))

    def contract(self, **facts: Any) -> dict[str, Any]:
        """Change the contract's facts."""
        return dict(self.control("PUT", f"/iceye/contracts/{CONTRACT}", facts))


def order(**fields: Any) -> dict[str, Any]:
    """Return the least create body, with some fields set or (None) removed."""
    body = {
        "contractID": CONTRACT,
        "pointOfInterest": {"lat": -23.700552, "lon": 133.882675},
        "acquisitionWindow": window(5, 7),
        "imagingMode": "SPOTLIGHT",
        **fields,
    }
    return {name: value for name, value in body.items() if value is not None}


def window(start_days: float, end_days: float) -> dict[str, str]:
    """Return an acquisition window by days after the start of the world."""
    return {"start": at(start_days), "end": at(end_days)}


def at(days: float) -> str:
    """Return the instant some days after the start of the world."""
    return (START + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
