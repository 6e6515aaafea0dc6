"""Every moment at which a run may be killed: taking the lock, each write of the state file, each stage of each request.

Four scenes: `place` orders two, one after the other; `cancel` reads an order that no list shows, and cancels it for a
second attempt; `adopt` finds two orders whose state file is lost; `renew` has its token refused and then expire, so
that one is fetched in the middle of reading and another right before the order.

At UP42, whose scenes begin with its name, `place` orders two, and the other scenes answer with one call what waits. At
Vantor `place` orders two as well, `extend` and `cancel` change one, and `adopt` finds one again.

Dying between two orders is `write/place/after/2` and `before/3` (one outcome stored, the next intent not), and around
them on the wire `read` of the first create and `unsent` of the second.
"""

from __future__ import annotations

import importlib
import itertools
import multiprocessing
import os
import re
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import httpx

from reconciler.simulator import Simulator
from tests.support.project import CONTRACT, START, Project, eur, eventually, window
from tests.support.provider import ICEYE, UP42, VANTOR, Provider
from tests.sweeps import faults
from tests.sweeps.judge import Judge, Kind, Wrong

KILLED = -signal.SIGKILL
CALM = (0, 3)
"""How a run leaves that was not killed: all is done, or a person must decide about what an earlier death left."""
SCENES = ("place", "cancel", "adopt", "renew")
_LISTED = ("token", "userinfo", "list", "studies", "quotations")
_SINGLE = ("get", "studies", "quotations")
UP42_SCENES = {
    "up42-place": (*_LISTED, "collections", "schema", "eula", "estimate", "estimate", "list", "create", "create"),
    "up42-choose": (*_LISTED, "choose"),
    "up42-accept": (*_LISTED, "balance", "accept"),
    "up42-reject": (*_LISTED, "reject"),
    "up42-amend": (*_LISTED, "amend"),
    "up42-cancel": (*_LISTED, *_SINGLE, *_SINGLE, "cancel"),
}
"""The requests of each scene at UP42; a test makes them."""
VANTOR_SCENES = {
    "vantor-place": ("token", "list", "check", "quote", "check", "quote", "list", "create", "create"),
    "vantor-extend": ("token", "list", "extend"),
    "vantor-cancel": ("token", "list", "get", "get", "cancel"),
    "vantor-adopt": ("token", "list"),
}
"""The requests of each scene at Vantor; a test makes them."""
WRITES = {
    **dict.fromkeys((*UP42_SCENES, *VANTOR_SCENES, "cancel"), 2),
    **dict.fromkeys(("place", "up42-place", "vantor-place"), 4),
    **dict.fromkeys(("adopt", "vantor-adopt"), 1),
}
"""How many writes of the state file each scene's pass makes; a test counts them."""
OPENING = 36
"""How many statements a run has been given once its new state file is made and one more follows; a test counts them."""
READING = ("unsent", "half-sent", "sent", "half", "read")
SPENDING = ("unsent", "half-sent", "taken", "committed", "half", "read")
_WRITE_CASES = [
    f"write/{scene}/{when}/{number}"
    for scene, writes in WRITES.items()
    for number in range(1, writes + 1)
    for when in ("before", "after")
]
WRITE_CASES = [case for case in _WRITE_CASES if "-" not in case]
UP42_WRITE_CASES = [case for case in _WRITE_CASES if "/up42-" in case]
VANTOR_WRITE_CASES = [case for case in _WRITE_CASES if "/vantor-" in case]
LOCK_CASES = [
    *(f"lock/place/note/{halves}" for halves in range(3)),
    *(f"lock/place/statement/{number}" for number in range(1, OPENING + 1)),
]
THEN = (
    "token/status-500",
    "list/drop-after",
    "list/status-500",
    "list-2/drop-after",
    "list-2/malformed",
    "create/drop-after",
    "create/status-500-taken",
)
"""The faults that the pass after a death may meet; it makes no `create` where the death left nothing to order."""
_HELD = 0.4
_ORDERS = tuple(f"reconciler.providers.{name}.orders" for name in faults.EVERY_CALL)
_DEADLY = ("tests.support.dying", "tests.sweeps.cut_off")
# Importing takes four times as long as running: done once, by a process that forks those which die.
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload([__name__, *_DEADLY, "reconciler.cli.passes", *_ORDERS])


@dataclass
class Recorder(httpx.BaseTransport):
    """The real transport, which notes what it is asked for, by names among those that are known."""

    known: Mapping[str, faults.ProviderCall]
    calls: list[str] = field(default_factory=list)
    inner: httpx.BaseTransport = field(default_factory=lambda: httpx.HTTPTransport(verify=False))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Note the request by its name among the calls of a pass, and send it."""
        self.calls.append(next(name for name, call in self.known.items() if _is(request, call)))
        return self.inner.handle_request(request)

    def close(self) -> None:
        """Close the real one."""
        self.inner.close()


def _is(request: httpx.Request, call: faults.ProviderCall) -> bool:
    pattern = re.sub(r"{\w+}", "[^/]+", call.path) + "$"
    found = request.method == call.method and re.search(pattern, request.url.path) is not None
    return found and VANTOR.checks(request) == call.checks


def known(scene: str) -> Mapping[str, faults.ProviderCall]:
    """Return the calls of a scene's provider; of two that look alike the scene's own comes first."""
    if scene not in UP42_SCENES:
        return faults.VANTOR_CALLS if scene in VANTOR_SCENES else faults.CALLS
    ending = scene.removeprefix("up42-")
    return dict(sorted(faults.UP42_CALLS.items(), key=lambda named: named[1].ending != ending))


@cache
def calls(scene: str) -> tuple[str, ...]:
    """Return the requests of a scene's pass, in their order."""
    return UP42_SCENES.get(scene) or VANTOR_SCENES.get(scene) or made(scene)


def made(scene: str) -> tuple[str, ...]:
    """Return the requests of a scene's pass by making it once."""
    with begun(scene) as (project, _), Recorder(known(scene)) as recorder:
        project.transport = recorder
        project.reconcile()
    return tuple(recorder.calls)


def request_cases(scene: str) -> list[str]:
    """Return a case for every moment of every request of a scene's pass."""
    return [
        f"wire/{scene}/{number}-{call}/{moment}"
        for number, call in enumerate(calls(scene), start=1)
        for moment in (SPENDING if known(scene)[call].spends else READING)
    ]


def run(name: str) -> list[Wrong]:
    """Kill one run, let others follow until all is at rest, and return what went wrong.

    After a `+` stands what happens to the run that follows the first death: a second one at a write, or a fault.
    """
    first, *then = name.split("+")
    way, scene, *moment = first.split("/")
    with begun(scene) as (project, keys):
        holds = bool(then) or _may_have_spent(way, scene, moment)
        funds = project.credits() if scene in UP42_SCENES else None
        judge = Judge(project, keys, holds=holds, ceiling=faults.CEILING, funds=funds)
        ended = _by_request(project, scene, *moment) if way == "wire" else by_state(project, *moment)
        if _killed(judge, *ended) and all(_follow(judge, second) for second in then):
            for _ in range(2):
                judge.reconcile()
            project.advance("11m")
            judge.rest()
            if scene in _DONE and not all(_DONE[scene](order) for order in project.orders_of()):
                judge.wrong(Kind.OTHER, f"what Git states was not done in the end: {project.orders_of()}")
        return judge.wrongs


def pairs(first: str) -> Iterator[tuple[str, list[Wrong]]]:
    """Run a case with a second death before and after every write of the pass that follows; yield name and wrongs."""
    for number in itertools.count(1):
        for when in ("before", "after"):
            name = f"{first}+{when}/{number}"
            wrongs = run(name)
            if [wrong.text.partition(":")[0] for wrong in wrongs] in [[survived(code)] for code in CALM]:
                return
            yield name, wrongs


def survived(code: int) -> str:
    """Say that a run was to die and did not."""
    return f"the run was not killed (exit {code})"


@contextmanager
def begun(scene: str) -> Iterator[tuple[Project, list[str]]]:
    """Give a project where the pass that dies begins, and the keys of its orders."""
    with (
        tempfile.TemporaryDirectory() as folder,
        httpx.Client(trust_env=False, timeout=30, verify=False) as control,
        httpx.HTTPTransport(verify=False) as transport,
        Simulator(start=START, speed=0, contracts=(CONTRACT,)) as simulator,
    ):
        provider, begin = _beginning(scene)
        project = Project(Path(folder), simulator, control, transport=transport, provider=provider)
        yield project, begin(project, scene)


def _beginning(scene: str) -> tuple[Provider, Callable[[Project, str], list[str]]]:
    if scene in UP42_SCENES:
        return UP42, _set_at_up42
    return (VANTOR, _set_at_vantor) if scene in VANTOR_SCENES else (ICEYE, _set)


def _set(project: Project, scene: str) -> list[str]:
    """Bring a project to where the pass begins. New orders show up late: only the state file knows them.

    One request at a time, so that the pass is the same each time.
    """
    project.account(limits={"concurrency": 1})
    for number in range(2):
        project.place_by_hand(f"order {number} of somebody else")
    keys = ["alice", "bruce"] if scene in ("place", "adopt") else ["alice"]
    for key in keys:
        project.order(key)
    if scene != "adopt":
        project.fault("lag", seconds=600, times=0, where="list" if scene == "cancel" else "both")
    if scene in ("cancel", "adopt"):
        project.reconcile()
    if scene == "cancel":
        project.order(attempt=2, cancel={"attempt": 1, "reason": "again", "maxCharge": eur("3000.00")})
    elif scene == "adopt":
        project.lose_state()
    elif scene == "renew":
        last, token = faults.CALLS["summary"], faults.CALLS["token"]
        project.fault("status", last.method, last.path, status=401)
        project.fault("mutate", token.method, token.path, patch={"expires_in": 0}, skip=1)
    project.fault("short-page", "GET")
    project.zero()
    return keys


def _set_at_up42(project: Project, scene: str) -> list[str]:
    """Bring a project at UP42 to where the pass begins: what waits is known, and has just been answered in Git."""
    project.account(limits={"concurrency": 1})
    project.switch(study="MANUAL")
    project.place_by_hand("order of somebody else")
    ending = scene.removeprefix("up42-")
    if ending in ("place", "cancel"):
        project.fault("lag", seconds=600, times=0, where="list" if ending == "cancel" else "both")
    keys = ["alice", "bruce"] if ending == "place" else ["alice"]
    for key in keys:
        project.order(key, up42={} if ending == "amend" else {"tags": ["late"]})
    if ending != "place":
        project.reconcile()
        project.reconcile()
        for _ in range({"choose": 1, "accept": 2, "reject": 2}.get(ending, 0)):
            faults.answer(project, ending)
            project.reconcile()
            project.advance("65m")
            project.reconcile()
        faults.answer(project, ending)
    project.zero()
    return keys


def _set_at_vantor(project: Project, scene: str) -> list[str]:
    """Bring a project at Vantor to where the pass begins; its user logs in by a password."""
    project.account(contract=VANTOR.other_tenant, limits={"concurrency": 1})
    project.place_by_hand("order of somebody else")
    ending = scene.removeprefix("vantor-")
    if ending in ("place", "cancel"):
        project.fault("lag", seconds=600, times=0, where="list" if ending == "cancel" else "both")
    keys = ["alice", "bruce"] if ending == "place" else ["alice"]
    for key in keys:
        project.order(key)
    if ending != "place":
        project.reconcile()
    if ending == "extend":
        project.order(window=window(5, 16))
    elif ending == "cancel":
        project.order(cancel={"reason": "not needed", "maxCharge": VANTOR.spec()["confirm"]["maxPrice"]})
    elif ending == "adopt":
        project.lose_state()
    project.zero()
    return keys


_DONE: Mapping[str, Callable[[Mapping[str, Any]], bool]] = {
    "up42-choose": lambda order: order["study"]["decision"] == "ACCEPTED",
    "up42-accept": lambda order: order["quotes"][0]["decision"] == "ACCEPTED",
    "up42-reject": lambda order: order["quotes"][0]["decision"] == "REJECTED",
    "up42-amend": lambda order: "late" in order["tags"],
    "up42-cancel": lambda order: order["status"] == "CANCELED",
    "vantor-extend": lambda order: _extended(order),
    "vantor-cancel": lambda order: order["status"] == "CANCELED",
}
"""What an order at UP42 or Vantor has come to when a scene, whoever died in it, is at rest."""


def _may_have_spent(way: str, scene: str, moment: list[str]) -> bool:
    """Tell whether a death may leave a doubt: at a write, or at a call that spends."""
    return way == "write" or (way == "wire" and known(scene)[moment[0].partition("-")[2]].spends)


def _killed(judge: Judge, code: int, told: str) -> bool:
    """Tell whether a run was killed, and look at what it left."""
    if code != KILLED:
        judge.wrong(Kind.OTHER, f"{survived(code)}: {told}")
        return False
    if "Traceback" in told:
        judge.wrong(Kind.TRACEBACK, told)
    judge.look_for_doubles()
    judge.look_for_secrets(told)
    return True


def _follow(judge: Judge, second: str) -> bool:
    """Let the next pass die as well, or meet a fault; tell whether it did."""
    if second not in faults.CASES:
        return _killed(judge, *by_state(judge.project, *second.split("/")))
    judge.project.fault("short-page", "GET")
    judge.project.sim("POST", "/faults", faults.spec(second))
    judge.reconcile()
    return True


def by_state(project: Project, when: str, number: str) -> tuple[int, str]:
    """Let a run die at a moment of `tests.support.dying`; return how it ended and what it said."""
    return _forked(project, _DEADLY[0], when, number, "reconcile")


def _by_request(project: Project, scene: str, step: str, moment: str) -> tuple[int, str]:
    number, _, name = step.partition("-")
    if moment not in ("taken", "committed"):
        return _forked(project, _DEADLY[1], number, moment, "reconcile")
    call, names = known(scene)[name], calls(scene)[: int(number)]
    route = (call.method, call.path)
    alike = sum((known(scene)[each].method, known(scene)[each].path) == route for each in names)
    seconds, when = (3.0, "after") if moment == "committed" else (_HELD, "before")
    project.fault("delay", *route, seconds=seconds, when=when, skip=alike - 1)
    asked = f"{call.method} /{project.provider.name}/api{call.path}"
    before = _spent(project)
    process = project.start("reconcile")
    try:
        if moment == "committed":
            eventually(lambda: _spent(project) >= before + names.count(name))
        else:
            eventually(lambda: project.requests().get(asked, 0) >= alike)
    finally:
        process.kill()
    out, err = process.communicate(timeout=60)
    time.sleep(_HELD if moment == "taken" else 0.0)
    return process.returncode, out + err


def _spent(project: Project) -> int:
    """Count what spending calls have done: orders, cancellations, answers and changes."""
    orders = project.orders()
    decided = [offer["decision"] for order in orders for offer in _offers(order)]
    changed = sum("late" in (order.get("tags") or ()) or _extended(order) for order in orders)
    canceled = sum(order["status"] == "CANCELED" or order.get("canceling", False) for order in orders)
    return len(orders) + canceled + changed + sum(decision != "NOT_DECIDED" for decision in decided)


def _extended(order: Mapping[str, Any]) -> bool:
    """Tell whether a window at Vantor ends otherwise than it was ordered."""
    ordered = order["body"].get("end_collect_datetime")
    return ordered is not None and order["window"][1] != ordered.upper()


def _offers(order: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    study = order.get("study")
    return [*([study] if study else []), *order.get("quotes", [])]


def _forked(project: Project, module: str, *arguments: str) -> tuple[int, str]:
    """Run a deadly program as a process of its own; return how it ended and what it said."""
    said = project.root / "said"
    process = _FORKS.Process(
        target=_deadly, args=(module, arguments, project.root, project.process_variables(), said), daemon=True
    )
    process.start()
    process.join(timeout=60)
    assert process.exitcode is not None, f"{module} {arguments} does not end"
    return process.exitcode, said.read_text(encoding="utf-8")


def _deadly(module: str, arguments: tuple[str, ...], root: Path, variables: Mapping[str, str], said: Path) -> None:
    os.chdir(root)
    os.environ.update(variables)
    with said.open("w") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    sys.argv[1:] = arguments
    raise SystemExit(importlib.import_module(module).main())
