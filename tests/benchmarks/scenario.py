"""The provider: a simulator process of its own, filled with the orders that the manifests state."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from reconciler.desired import read
from reconciler.model.ids import reference_for
from reconciler.model.order import DesiredOrder
from reconciler.providers.iceye.terms import body
from tests.benchmarks.folders import OWNER
from tests.benchmarks.measure import ROOT

CONTRACT = "7d4c1f5a-6c1e-4a57-9d25-3f0f5f0d9c11"
_START = "2026-12-01T00:00:00Z"
_THREADS = 4
_CREDENTIALS = ("benchmark", "dummy")


@dataclass(frozen=True, slots=True)
class Scenario:
    """A running simulator. Its clock stands still: nothing happens to an order by itself."""

    endpoint: str
    token_url: str
    control: str

    @property
    def variables(self) -> dict[str, str]:
        """What the account of the manifests looks up in the environment."""
        client, secret = _CREDENTIALS
        return {
            "BENCHMARK_TOKEN_URL": self.token_url,
            "BENCHMARK_CLIENT_ID": client,
            "BENCHMARK_CLIENT_SECRET": secret,
        }

    def ask(self, method: str, path: str, content: Any = None) -> Any:
        """Call the control API."""
        answer = httpx.request(method, self.control + path, json=content, trust_env=False, timeout=60)
        return answer.raise_for_status().json()

    def fill(self, manifests: Path) -> None:
        """Place every order of a folder at the provider, as the program itself would write it."""
        self.ask("PUT", f"/iceye/contracts/{CONTRACT}", {"spendLimit": None})
        orders = read(manifests).orders
        with ThreadPoolExecutor(_THREADS) as threads:
            list(threads.map(self._place, (orders[start::_THREADS] for start in range(_THREADS))))

    def _place(self, orders: Sequence[DesiredOrder]) -> None:
        grant = {"grant_type": "client_credentials"}
        with httpx.Client(trust_env=False, timeout=60) as client:
            token = client.post(self.token_url, auth=_CREDENTIALS, data=grant).raise_for_status().json()
            client.headers["Authorization"] = f"Bearer {token['access_token']}"
            for order in orders:
                reference = reference_for(OWNER, order.key, order.attempt)
                content = body(order, contract=CONTRACT, reference=reference)
                client.post(f"{self.endpoint}/tasking/v2/tasks", json=content).raise_for_status()


@contextmanager
def simulated(data: Path) -> Iterator[Scenario]:
    """Run `reconciler simulate` beside the benchmark, which then has its own share of the processor."""
    command = [sys.executable, "-m", "reconciler", "simulate", "--data", str(data), "--port", "0"]
    command += ["--start", _START, "--speed", "0", "--contract", CONTRACT]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield _inputs(process)
        finally:
            process.terminate()


def _inputs(process: subprocess.Popen[str]) -> Scenario:
    assert process.stdout is not None, "its output was asked for"
    said = dict(process.stdout.readline().split(maxsplit=1) for _ in range(3))
    endpoint, token_url, orders = (said[name].strip() for name in ("ICEYE:", "token:", "control:"))
    return Scenario(endpoint, token_url, orders.removesuffix("/orders"))
