"""Every fault of the simulated wire on every call that a pass makes, and the short lives in which they are met.

A case is `CALL/KIND` at ICEYE, and `up42/CALL/KIND` and `vantor/CALL/KIND` at the others.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from reconciler.simulator import Simulator
from tests.simulator.up42 import QUOTES, STUDIES, TOKEN, USER_INFO
from tests.simulator.vantor import QUOTE, SUBMIT, TASKING
from tests.support.project import CLIENT_ID, CLIENT_SECRET, CONTRACT, START, Project, credits_of, window
from tests.support.provider import CREDENTIALS, HOOK, ICEYE, SAS_URL, UP42, VANTOR, Provider
from tests.sweeps.judge import Judge, Kind, Wrong

PATIENCE = 0.12
LATE = 0.3
_TASK = "/tasking/v2/tasks/{taskID}"


@dataclass(frozen=True, slots=True)
class ProviderCall:
    """One call to the provider, and the life in which it is met.

    `simple`: it is enough to order; `changes`: it is made on the way from one attempt to the next; `ending`: how its
    order ends at UP42. `listed`: a broken answer is one whose items are. `checks`: it is a check at the path of orders.
    """

    method: str
    path: str
    patch: Mapping[str, Any]
    simple: bool = False
    changes: bool = False
    skip: int = 0
    spends: bool = False
    listed: bool = False
    ending: str = "accept"
    checks: bool = False

    @property
    def is_later_page(self) -> bool:
        """Whether it is the call of a page that is not the first."""
        return self.listed and self.skip > 0

    def times(self) -> int:
        """How often a fault must come to outlast the patience of reading; a spending call is made once."""
        return 1 if self.spends else 3


_LIST, _NO_ID = "/tasking/v2/tasks", {"id": None}
# Two pages twice, then three: the second page, and the one with our order once the state file is lost.
CALLS = {
    "token": ProviderCall("POST", "/oauth/v1/token", {"access_token": None}, simple=True),
    "contract": ProviderCall("GET", "/company/v1/contracts/{contractID}", {"imagingModes": "none"}, simple=True),
    "summary": ProviderCall("GET", "/company/v1/contracts/{contractID}/summary", {"currency": 7}, simple=True),
    "price": ProviderCall("GET", "/tasking/v2/price", {"amount": "free"}, simple=True),
    "list": ProviderCall("GET", _LIST, _NO_ID, listed=True),
    "list-2": ProviderCall("GET", _LIST, _NO_ID, skip=1, listed=True),
    "list-7": ProviderCall("GET", _LIST, _NO_ID, skip=6, listed=True),
    "create": ProviderCall("POST", _LIST, _NO_ID, spends=True),
    "get": ProviderCall("GET", _TASK, {"id": "another"}, changes=True),
    "cancel": ProviderCall("PATCH", _TASK, {"status": "ODD"}, changes=True, spends=True),
}
_ORDERS, _ORDER, _ODD = "/v2/orders", "/v2/orders/{orderID}", {"decision": "ODD"}
UP42_CALLS = {
    "token": ProviderCall("POST", TOKEN, {"access_token": None}),
    "userinfo": ProviderCall("GET", USER_INFO, {"sub": 7}),
    "collections": ProviderCall("GET", "/v2/collections", {"content": None}),
    "schema": ProviderCall("GET", "/orders/schema/{id}", {"properties": "none"}),
    "eula": ProviderCall("GET", "/v2/eulas/{id}", {"isAccepted": "perhaps"}),
    "estimate": ProviderCall("POST", "/v2/orders/estimate", {"summary": "free"}),
    "list": ProviderCall("GET", _ORDERS, _NO_ID, listed=True),
    "list-2": ProviderCall("GET", _ORDERS, _NO_ID, skip=1, listed=True),
    "studies": ProviderCall("GET", STUDIES, {"orderId": None}, listed=True),
    "quotations": ProviderCall("GET", QUOTES, {"creditsPrice": "free"}, listed=True),
    "balance": ProviderCall("GET", "/v2/payments/balances", {"available": None}),
    "get": ProviderCall("GET", _ORDER, {"id": "another"}),
    "create": ProviderCall("POST", _ORDERS, {"results": None}, spends=True),
    "choose": ProviderCall("PATCH", f"{STUDIES}/{{id}}", _ODD, spends=True),
    "accept": ProviderCall("PATCH", f"{QUOTES}/{{id}}", _ODD, spends=True),
    "reject": ProviderCall("PATCH", f"{QUOTES}/{{id}}", _ODD, spends=True, ending="reject"),
    "amend": ProviderCall("PATCH", _ORDER, {"id": "another"}, spends=True),
    "cancel": ProviderCall("POST", f"{_ORDER}/cancellation", {"status": "ODD"}, spends=True, ending="cancel"),
}
_ONE = f"{TASKING}/{{id}}"
# A check is the first POST to the path of orders, and an order the second.
VANTOR_CALLS = {
    "token": ProviderCall(
        "POST", "/auth/realms/mds/protocol/openid-connect/token", {"access_token": None}, simple=True
    ),
    "check": ProviderCall("POST", SUBMIT, {"data": None}, simple=True, checks=True),
    "quote": ProviderCall("POST", QUOTE, {"data": {"usage_estimate": "free"}}, simple=True),
    "list": ProviderCall("GET", TASKING, _NO_ID, listed=True),
    "list-2": ProviderCall("GET", TASKING, _NO_ID, skip=1, listed=True),
    "list-7": ProviderCall("GET", TASKING, _NO_ID, skip=6, listed=True),
    "create": ProviderCall("POST", SUBMIT, {"data": {"id": None}}, skip=1, spends=True),
    "get": ProviderCall("GET", _ONE, {"data": {"id": "1"}}, changes=True),
    "extend": ProviderCall("PATCH", f"{SUBMIT}/{{id}}", {"data": {"id": "1"}}, changes=True, spends=True),
    "cancel": ProviderCall("POST", f"{_ONE}/cancel", {"data": {"id": "1"}}, changes=True, spends=True),
}
EVERY_CALL = {"iceye": CALLS, "up42": UP42_CALLS, "vantor": VANTOR_CALLS}
_PROVIDERS = {"up42": UP42, "vantor": VANTOR}
CEILING = 60_000
"""What an order at UP42 is quoted at, and what is agreed to."""

_ECHO = json.dumps({"code": "ERR_X", "message": f"bad {CLIENT_ID}:{CLIENT_SECRET}", "error": CLIENT_SECRET})
_ECHO_OF_KEY = json.dumps({"error": {"error_messages": [f"bad {CLIENT_ID}"]}})
_ECHO_OF_ORDER = json.dumps({"message": f"bad {CLIENT_ID} {SAS_URL} {CREDENTIALS} {HOOK}"})
"""What Vantor was sent: a key with every call, and what an order names."""
EVERYWHERE: dict[str, dict[str, Any]] = {
    "drop-before": {},
    "drop-after": {},
    "reset-before": {},
    "reset-after": {},
    "status-500": {"kind": "status", "status": 500},
    "delay-before": {"kind": "delay", "seconds": LATE, "when": "before"},
    "delay-after": {"kind": "delay", "seconds": LATE, "when": "after"},
    "truncate": {},
    "malformed": {},
    "empty": {},
    "huge": {"size": 5 * 2**20},
    "wrong-content-type": {},
    "html": {"status": 200},
    "mutate": {},
    "echo-400": {"kind": "status", "status": 400, "body": _ECHO},
    "echo-500": {"kind": "status", "status": 500, "body": _ECHO},
}
PARTLY: dict[str, dict[str, Any]] = {
    **{f"status-{n}": {"kind": "status", "status": n} for n in (400, 401, 403, 404, 409, 429)},
    **{f"status-{n}-taken": {"kind": "status", "status": n, "commit": True} for n in (302, 401, 408, 409, 429, 500)},
    "status-201-of-nothing": {"kind": "status", "status": 201, "body": "{}", "commit": True},
    "html-502": {"kind": "html", "status": 502},
    "lag": {"seconds": 800},
    "repeat-page": {},
    "endless": {},
    "short-page": {"items": 0},
}
DECIDED: dict[str, dict[str, Any]] = {
    **{f"status-{n}": {"kind": "status", "status": n} for n in (402, 405, 422)},
    **{f"status-{n}-taken": {"kind": "status", "status": n, "commit": True} for n in (400, 405, 422)},
}
"""What UP42 may say to a decision besides, also where it was taken."""
_OF_SPENDING = [name for name in PARTLY if name.startswith(("status", "html"))]
_OF_READING = ["status-401", "status-404", "status-429"]
_OF_LISTS = ["repeat-page", "endless", "short-page"]
_PAGES = ["drop-after", "status-500", "malformed", "mutate"]


def _kinds(name: str, call: ProviderCall) -> list[str]:
    if call.is_later_page:
        return _PAGES
    more = {"list": _OF_LISTS, "create": ["lag"]}.get(name, [])
    return [*EVERYWHERE, *(_OF_SPENDING if call.spends else _OF_READING), *more]


def _up42_kinds(name: str, call: ProviderCall) -> list[str]:
    more = _OF_LISTS if name in ("studies", "quotations") else []
    return [*_kinds(name, call), *more, *(DECIDED if call.spends and name != "create" else ())]


CASES = [f"{name}/{kind}" for name, call in CALLS.items() for kind in _kinds(name, call)]
UP42_CASES = [f"up42/{name}/{kind}" for name, call in UP42_CALLS.items() for kind in _up42_kinds(name, call)]
VANTOR_CASES = [f"vantor/{name}/{kind}" for name, call in VANTOR_CALLS.items() for kind in _kinds(name, call)]
_PAIRED = {"drop-before", "drop-after", "status-500", "status-500-taken", "status-429", "malformed", "mutate", "lag"}
PAIRED = [case for case in CASES if case.split("/")[1] in _PAIRED]
"""The cases that the long sweep takes two at a time: one of each way in which an answer may go wrong."""


@dataclass
class Narrow(httpx.BaseTransport):
    """The real transport, with one order to a page; it may wait for every answer only a fraction of a second."""

    hurried: bool = False
    inner: httpx.BaseTransport = field(default_factory=lambda: httpx.HTTPTransport(verify=False))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request, if it is one for a page with a limit of its own."""
        for size in {"limit", "size"} & request.url.params.keys():
            request.url = request.url.copy_set_param(size, "1")
        if self.hurried:
            limits = {"connect": 5.0, "read": PATIENCE, "write": 5.0, "pool": 5.0}
            request.extensions = {**request.extensions, "timeout": limits}
        return self.inner.handle_request(request)

    def close(self) -> None:
        """Close the real one."""
        self.inner.close()


def run(*names: str) -> list[Wrong]:
    """Let one or more faults happen in the life of an order, then take them back; return what went wrong."""
    late = any("/delay" in name for name in names)
    with (
        tempfile.TemporaryDirectory() as folder,
        httpx.Client(trust_env=False, timeout=30, verify=False) as control,
        Narrow(hurried=late) as transport,
        Simulator(start=START, speed=0, contracts=(CONTRACT,)) as simulator,
    ):
        provider = provider_of(names[0])
        project = Project(Path(folder), simulator, control, transport=transport, provider=provider)
        lived = _lived_at_up42 if provider is UP42 else _lived
        return lived(project, names, pause=LATE if late else 0.0)


def _lived(project: Project, names: Sequence[str], *, pause: float) -> list[Wrong]:
    if project.provider is ICEYE:
        project.switch(listOrder="oldest")
    by_password = project.provider is VANTOR and any(name.startswith("vantor/token/") for name in names)
    project.account(contract=VANTOR.other_tenant if by_password else None, limits={"onUnknown": "retry"})
    calls = [call_of(name) for name in names]
    simple = all(call.simple for call in calls)
    ids = _begin(project, names, strangers=0 if simple else 2)
    # A doubt about an earlier attempt is a person's, whatever the account says: a raised one decides nothing.
    judge = Judge(project, ["alice"], holds=len(names) > 1 and any(call.changes for call in calls))
    project.order()
    judge.reconcile()
    time.sleep(pause)
    if any(call.changes for call in calls):
        _change(judge)
    elif not simple:
        _lose(judge)
    _end(judge, names, ids)
    return judge.wrongs


def _begin(project: Project, names: Sequence[str], *, strangers: int) -> set[int]:
    """Let other people's orders be there and the faults wait; new orders are listed late. Return the faults."""
    for number in range(strangers):
        project.place_by_hand(f"order {number} of somebody else")
    ids = {fault["id"] for fault in project.sim("POST", "/faults", [spec(name) for name in names])}
    project.fault("lag", seconds=600, where="list", times=0)
    return ids


def _end(judge: Judge, names: Sequence[str], ids: set[int]) -> None:
    met = {fault["id"] for fault in judge.project.sim("GET", "/faults") if fault["fired"]}
    if len(names) == 1 and not met >= ids:
        judge.wrong(Kind.OTHER, "the fault was never met: the case proves nothing")
    judge.rest()


def _lived_at_up42(project: Project, names: Sequence[str], *, pause: float) -> list[Wrong]:
    """Placed, read by its id while not listed, tagged; an option chosen, a quote answered; or canceled at once."""
    project.account(limits={"onUnknown": "retry"})
    project.switch(study="MANUAL")
    ids = _begin(project, names, strangers=2)
    judge = Judge(project, ["alice"], funds=project.credits())
    ending = next((call.ending for call in map(call_of, names) if call.ending != "accept"), "accept")
    project.order()
    judge.reconcile()
    time.sleep(pause)
    for number in range(2 if ending == "cancel" else 4):
        judge.ceiling = CEILING if number == 3 else CEILING - 1  # the quote comes in the third round, and is held once
        answer(project, ending, judge.ceiling)
        judge.reconcile()
        judge.reconcile()
        project.advance("65m" if ending != "cancel" else "20s")
    _end(judge, names, ids)
    return judge.wrongs


def answer(project: Project, ending: str, ceiling: int = CEILING) -> None:
    """Commit what ends an order: tags, and the answer to whatever is offered for it; or that it be canceled."""
    order = next(iter(project.orders_of()), {"study": None, "quotes": []})
    confirm: dict[str, Any] = {}
    if order["study"] is not None:
        confirm["feasibility"] = {"optionId": order["study"]["options"][1]["id"]}
    if order["quotes"]:
        confirm |= {"quote": "reject"} if ending == "reject" else {"maxPrice": credits_of(ceiling)}
    agreed = {"attempt": 1, "reason": "not needed"} if ending == "cancel" else None
    project.order(up42={"tags": ["late"]}, confirm=confirm, cancel=agreed)


def call_of(name: str) -> ProviderCall:
    """Return the call that a case is about."""
    return EVERY_CALL[provider_of(name).name][name.split("/")[-2]]


def provider_of(name: str) -> Provider:
    """Return the provider that a case is about."""
    return _PROVIDERS.get(name.split("/")[0], ICEYE)


def spec(name: str) -> dict[str, Any]:
    """Return a case's fault as the control API takes it."""
    call, kind = call_of(name), name.rsplit("/", 1)[1]
    fault = {"kind": kind, **{**EVERYWHERE, **PARTLY, **DECIDED}[kind]}
    if kind == "mutate":
        fault |= {"patch": dict(call.patch), "each": call.listed}
    elif kind.startswith("echo-") and name.startswith("vantor/") and not name.startswith("vantor/token/"):
        fault["body"] = _ECHO_OF_ORDER if call.path in (SUBMIT, QUOTE) else _ECHO_OF_KEY
    return {**fault, "method": call.method, "path": call.path, "times": call.times(), "skip": call.skip}


def _lose(judge: Judge) -> None:
    """Looked for while the provider does not list it yet; then the state file is lost."""
    judge.reconcile()
    judge.project.advance("14m")
    judge.project.lose_state()
    judge.reconcile()


def _change(judge: Judge) -> None:
    """Read by its id while it is not listed; at Vantor its window is extended; then canceled for a second attempt."""
    project = judge.project
    judge.reconcile()
    if project.provider is VANTOR:
        project.order(window=window(5, 16))
        judge.reconcile()
        judge.reconcile()
    project.advance("14m")
    charge = project.provider.spec()["confirm"]["maxPrice"]
    project.order(attempt=2, cancel={"attempt": 1, "reason": "again", "maxCharge": charge})
    judge.reconcile()
    judge.reconcile()
