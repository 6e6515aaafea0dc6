"""A folder of manifests, the simulator that it is reconciled against, and the state between them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import yaml

from reconciler.connect import Runtime
from reconciler.decide import Decision, subject
from reconciler.desired import read
from reconciler.model.checkout import Checkout
from reconciler.model.ids import OrderKey, Reference, reference_for
from reconciler.model.journal import Entry
from reconciler.model.order import Manifests
from reconciler.model.outcome import OutcomeKind
from reconciler.model.record import Record
from reconciler.model.time import parse_duration
from reconciler.plan.findings import Finding, FindingKind
from reconciler.reconcile import Mode, Pass, Report
from reconciler.simulator import Simulator
from reconciler.state.store import StateStore, open_reader, open_store
from tests.support.places import moved
from tests.support.provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    CONTRACT,
    CREDENTIALS,
    HOME,
    HOOK,
    ICEYE,
    OTHER_CLIENT_ID,
    OTHER_CONTRACT,
    SAS_URL,
    START,
    TASKS,
    TOKEN_REQUEST,
    Provider,
    at,
    credits_of,
    eur,
    window,
)

__all__ = ["HOME", "OTHER_CONTRACT", "START", "TOKEN_REQUEST", "at", "credits_of", "eur", "window"]

OWNER = "acme-eo"
ACCOUNT = ICEYE.account
_IN_ORDERS = {"SIM_SAS_URL": SAS_URL, "SIM_CREDENTIALS": CREDENTIALS, "SIM_HOOK": HOOK}
CANARIES = (
    *(CLIENT_ID, OTHER_CLIENT_ID, CLIENT_SECRET, "/iceye/oauth/", "simtok_"),
    *("canary-sas", "canary-credentials", "canary-hook"),
)
"""What may stand nowhere: client ids (or keys), client secret (or password), the URL for tokens, how the simulator's
tokens begin, and what orders name."""
CREATE = f"POST {TASKS}"
PRICE = 130_000
"""What a SPOTLIGHT order at (0, 0) costs at the simulator, in cents: region, priority, exclusivity and SLA at 100 %."""
_ROOT = Path(__file__).resolve().parents[2]


class FakeClock:
    """A local clock and a stopwatch that only sleeping moves; years away from the simulated clock."""

    def __init__(self, start: datetime = datetime(2019, 3, 1, 12, 0, tzinfo=UTC)) -> None:
        self.start = start
        self.passed = 0.0
        self._guard = threading.Lock()

    def now(self) -> datetime:
        """Return the local time."""
        return self.start + timedelta(seconds=self.passed)

    def monotonic(self) -> float:
        """Return the stopwatch, in seconds."""
        return 5_000.0 + self.passed

    def sleep(self, seconds: float) -> None:
        """Let the time pass at once."""
        with self._guard:
            self.passed += seconds


class Impatient(httpx.BaseTransport):
    """The real transport, which waits for the answer to an order only a fraction of a second."""

    def __init__(self, seconds: float = 0.25) -> None:
        self._timeout = {"connect": 5.0, "read": seconds, "write": 5.0, "pool": 5.0}
        self._inner = httpx.HTTPTransport(verify=False, retries=0, limits=httpx.Limits(max_keepalive_connections=0))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request; one for an order has a time-out of its own."""
        if request.method == "POST" and request.url.path.endswith("/tasks"):
            request.extensions = {**request.extensions, "timeout": self._timeout}
        return self._inner.handle_request(request)


class Noting(httpx.BaseTransport):
    """A transport around another one, which counts the requests that only check whether an order could be one."""

    def __init__(self, inner: httpx.BaseTransport, project: Project) -> None:
        self._inner, self._project = inner, project

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request."""
        self._project.checked += self._project.provider.checks(request)
        return self._inner.handle_request(request)


def merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a spec with some fields replaced, or (None) left out."""
    return {name: value for name, value in {**base, **changes}.items() if value is not None}


@dataclass
class Ran:
    """What the command line said and how it left."""

    code: int
    out: str
    err: str


@dataclass
class Project:
    """The fixture that most tests of passes hold.

    `account` and `order` write manifests, `reconcile`, `plan` and `refresh` run a pass in this process, `command` runs
    the real command line, and `sim` speaks to the simulator's control API.
    """

    root: Path
    simulator: Simulator
    http: httpx.Client
    clock: FakeClock = field(default_factory=FakeClock)
    transport: httpx.BaseTransport | None = None
    owner: str = OWNER
    provider: Provider = ICEYE
    block: dict[str, Any] = field(default_factory=dict)
    """What the accounts state in their provider's block besides their credentials."""
    speed: float | None = None
    """What the accounts state of their simulator's clock: so fast, none of our own time has to pass beside it."""
    checkout: Checkout | None = None
    """Where passes are said to have read the manifests from."""
    checked: int = 0
    """How many orders were only checked by passes in this process, since the last `zero`."""
    folder: Path = field(init=False)
    state: Path = field(init=False)
    variables: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        """Write the project and its account."""
        self.folder = self.root / "manifests"
        self.state = self.root / ".reconciler" / "state.db"
        self.variables = {
            "SIM_TOKEN_URL": self.simulator.iceye_token_url,
            "SIM_CLIENT_ID": CLIENT_ID,
            "SIM_OTHER_ID": OTHER_CLIENT_ID,
            "SIM_CLIENT_SECRET": CLIENT_SECRET,
            **_IN_ORDERS,
        }
        self.policy()
        self.account()

    # Manifests

    def write(self, name: str, kind: str, key: str, spec: Mapping[str, Any]) -> Path:
        """Write one document into a file of its own."""
        document = {
            "apiVersion": "tasking.reconciler/v1",
            "kind": kind,
            "metadata": {"name": key},
            "spec": dict(spec),
        }
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True), encoding="utf-8")
        return path

    def policy(self, **policy: Any) -> None:
        """Write the project with this policy."""
        self.write("project.yaml", "Project", self.owner, {"owner": self.owner, "policy": policy})

    def account(self, name: str | None = None, *, contract: str | None = None, **changes: Any) -> None:
        """Write an account at the simulator; `limits` given here are added to a fast pace."""
        name, provider = name or self.provider.account, self.provider
        base = {
            "endpoint": provider.address(self.simulator),
            provider.name: {**provider.block(self.simulator, contract or provider.tenant), **self.block},
            "limits": {"requestsPerSecond": 100, **changes.pop("limits", {})},
            "simulator": {"speed": self.speed} if self.speed is not None else None,
        }
        self.write(f"accounts/{name}.yaml", "Account", name, merged(base, changes))

    def order(self, key: str = "alice", *, place_of: str | None = None, **changes: Any) -> Path:
        """Write an order that is valid at the start of the clock; what its provider's block lacks is added.

        Each name has a place of its own; `place_of` is another name whose place it has.
        """
        base = {"account": self.provider.account, **self.provider.spec()}
        if (place := place_of or key) != "alice":
            base["target"] = moved(base["target"], place)
        base[self.provider.name] = merged(base[self.provider.name], changes.pop(self.provider.name, None) or {})
        return self.write(f"orders/{key}.yaml", "TaskingOrder", key, merged(base, changes))

    def remove(self, key: str = "alice") -> None:
        """Remove an order's manifest."""
        (self.folder / "orders" / f"{key}.yaml").unlink()

    def read(self) -> Manifests:
        """Read the folder."""
        return read(self.folder)

    # Passes

    def environment(self) -> Runtime:
        """Return runtime with the clock that stands still."""
        return Runtime(
            state=self.state,
            variables=self.variables,
            now=self.clock.now,
            monotonic=self.clock.monotonic,
            sleep=self.clock.sleep,
            transport=Noting(self.transport, self) if self.transport else None,
        )

    def run(self, mode: Mode, **more: Any) -> Report:
        """Run one pass in this process."""
        found = {"checkout": self.checkout, **more}
        return Pass(manifests=self.read(), env=self.environment(), mode=mode, **found).run()

    def reconcile(self, **more: Any) -> Report:
        """Run one pass that carries its plan out."""
        return self.run(Mode.RECONCILE, **more)

    def plan(self) -> Report:
        """Run one pass that only plans."""
        return self.run(Mode.PLAN)

    def refresh(self) -> Report:
        """Run one pass that only remembers."""
        return self.run(Mode.REFRESH)

    @contextmanager
    def deciding(self, key: str = "alice", attempt: int | None = None) -> Iterator[Decision]:
        """Hold the state for one decision of a person."""
        manifests = self.read()
        with open_store(self.state) as store:
            about = subject(manifests, store, key, attempt)
            yield Decision(
                manifests=manifests,
                store=store,
                env=self.environment(),
                about=about,
                commit=None,
                tell=lambda _text: None,
                by="tester",
            )

    def command(self, *arguments: str, variables: Mapping[str, str] | None = None) -> Ran:
        """Run the real command line as a process of its own."""
        done = subprocess.run(
            [sys.executable, "-m", "reconciler", *arguments],
            cwd=self.root,
            env=self.process_variables(variables),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str, module: str = "reconciler") -> subprocess.Popen[str]:
        """Start a program of this repository and let it run."""
        return subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=self.root,
            env=self.process_variables(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def process_variables(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the environment of a program that a test starts."""
        path = os.pathsep.join((os.environ["PYTHONPATH"], str(_ROOT)))
        return {**os.environ, **self.variables, **(more or {}), "PYTHONPATH": path}

    # State

    def records(self) -> dict[Reference, Record]:
        """Return what the state file holds."""
        with open_reader(self.state) as reader:
            return reader.records()

    def record(self, key: str = "alice", attempt: int = 1) -> Record:
        """Return the record of one attempt."""
        return next(r for r in self.records().values() if (r.key, r.attempt) == (key, attempt))

    def journal(self, key: str | None = None) -> tuple[Entry, ...]:
        """Return the journal."""
        with open_reader(self.state) as reader:
            return reader.journal(OrderKey(key) if key is not None else None)

    def lose_state(self) -> None:
        """Delete the state file and everything beside it."""
        shutil.rmtree(self.state.parent, ignore_errors=True)

    @contextmanager
    def store(self) -> Iterator[StateStore]:
        """Hold the state for writing."""
        with open_store(self.state) as store:
            yield store

    def told_secrets(self, *texts: str) -> list[str]:
        """Return where a secret stands, of all files below the project and some texts; each place once."""
        files = {str(path): path.read_bytes() for path in self.root.rglob("*") if path.is_file()}
        places = files | {f"text {n}": text.encode() for n, text in enumerate(texts)}
        return [name for name, content in places.items() if any(canary.encode() in content for canary in CANARIES)]

    def reference(self, key: str = "alice", attempt: int = 1) -> Reference:
        """Return an order's reference."""
        return reference_for(self.owner, OrderKey(key), attempt)

    # The simulator

    def sim(self, method: str, path: str, body: Any = None) -> Any:
        """Call the control API, expect success, and return its JSON."""
        answer = self.http.request(method, f"{self.simulator.url}/_sim{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def orders(self) -> list[dict[str, Any]]:
        """Return every order that the simulator has, shown by its API or not."""
        return list(self.sim("GET", "/orders"))

    def orders_of(self, key: str = "alice", attempt: int = 1) -> list[dict[str, Any]]:
        """Return the simulator's orders that carry an attempt's reference."""
        return [order for order in self.orders() if self.reference(key, attempt) in (order["text"] or "")]

    def requests(self) -> dict[str, int]:
        """Return how often the simulator was asked what, since the last `zero`."""
        return dict(self.sim("GET", "/requests"))

    def zero(self) -> None:
        """Begin to count anew."""
        self.checked = 0
        self.sim("DELETE", "/requests")

    def creates(self) -> int:
        """Return how many orders were asked for, granted or not."""
        return self.requests().get(f"POST {self.provider.orders}", 0) - self.checked

    def writes(self) -> dict[str, int]:
        """Return the requests that may have changed something: neither reads nor for a token, a check, an estimate."""
        asked = self.requests()
        orders = f"POST {self.provider.orders}"
        asked[orders] = asked.get(orders, 0) - self.checked
        return {
            name: n for name, n in asked.items() if n and not name.startswith("GET ") and name not in self.provider.asks
        }

    def fault(self, kind: str, method: str = "POST", path: str | None = None, **more: Any) -> None:
        """Add a fault, by default for the next order."""
        self.sim("POST", "/faults", {"kind": kind, "method": method, "path": path or self.provider.path, **more})

    def clear_faults(self) -> None:
        """Take all faults back."""
        self.sim("DELETE", "/faults")

    def switch(self, **switches: Any) -> None:
        """Turn switches of the simulated provider."""
        self.sim("POST", "/switches", {f"{self.provider.name}.{name}": value for name, value in switches.items()})

    def advance(self, by: str) -> None:
        """Let time pass: move the simulated clock, and ours with it."""
        self.sim("POST", "/clock", {"advance": by})
        self.clock.passed += parse_duration(by).total_seconds()

    def settle(self) -> None:
        """Make the passes, and let go by the time, after which an order that does not show is believed not to exist."""
        for _ in range(2):
            self.reconcile()
        self.advance("15m")
        self.reconcile()

    def set_clock(self, days: float) -> None:
        """Set the simulated clock to some days after its start; ours moves with it, but not back."""
        before = datetime.fromisoformat(self.sim("GET", "/clock")["now"])
        self.sim("POST", "/clock", {"set": at(days)})
        after = datetime.fromisoformat(self.sim("GET", "/clock")["now"])
        self.clock.passed += max((after - before).total_seconds(), 0.0)

    def contract(self, contract: str = CONTRACT, **facts: Any) -> None:
        """Change a contract's facts."""
        self.sim("PUT", f"/iceye/contracts/{contract}", facts)

    def credits(self, **facts: Any) -> int:
        """Return the credits that the account at UP42 has left, after changing its facts."""
        return int(self.sim("PUT", "/up42/accounts/default", facts)["balance"])

    def edit(self, order_id: str, **fields: Any) -> None:
        """Change an order by a person's hand at the provider's console."""
        where = f"/{self.provider.name}/{self.provider.console}/{order_id}"
        if self.provider is not ICEYE and fields.pop("delete", False):
            self.sim("DELETE", where)
        else:
            self.sim("POST", where, fields)

    def place_by_hand(self, reference: str | None, contract: str | None = None, **fields: Any) -> str:
        """Place an order at the provider without our program, and return its id."""
        named = {"contractID": contract} if contract is not None else {}
        named |= {"reference": reference} if reference is not None else {}
        answer = self.provider.place(self.simulator, self.http, {**named, **fields})
        assert answer.is_success, answer.text
        body = answer.json()
        return str(body["results"][0]["id"] if "results" in body else body.get("data", body)["id"])


def actions(report: Report) -> list[tuple[str, str]]:
    """Return the plan's actions as kind and key."""
    return [(action.kind, action.key) for action in report.plan.actions]


def outcomes(report: Report) -> dict[str, OutcomeKind]:
    """Return how each action ended, by the order's key."""
    return {result.action.key: result.outcome.kind for result in report.results}


def finding(report: Report, key: str = "alice", kind: FindingKind | None = None) -> Finding:
    """Return the one finding about an order (of a kind)."""
    found = [f for f in report.plan.findings if f.key == key and kind in (None, f.kind)]
    assert len(found) == 1, f"{len(found)} findings about {key}: {found}"
    return found[0]


def findings(report: Report) -> list[tuple[str, FindingKind]]:
    """Return the plan's findings as key and kind."""
    return [(f.key, f.kind) for f in report.plan.findings]


def eventually(fact: Callable[[], bool], *, seconds: float = 20.0) -> None:
    """Wait until a fact about another process holds."""
    end = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.01)
