"""Every moment at which a run may be killed: taking the lock, each write of the state file, each stage of each request.

Four scenes: `place` orders two, one after the other; `cancel` reads an order that no list shows, and cancels it for a
second attempt; `adopt` finds two orders whose state file is lost; `renew` has its token refused and then expire, so
that one is fetched in the middle of reading and another right before the order.

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
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import httpx

from reconciler.simulator import Simulator
from tests.support.project import CONTRACT, START, Project, eur, eventually
from tests.sweeps import faults
from tests.sweeps.judge import Judge, Kind, Wrong

KILLED = -signal.SIGKILL
CALM = (0, 3)
"""How a run leaves that was not killed: all is done, or a person must decide about what an earlier death left."""
SCENES = ("place", "cancel", "adopt", "renew")
WRITES = {"place": 4, "cancel": 2, "adopt": 1}
"""How many writes of the state file each scene's pass makes; a test counts them."""
OPENING = 16
"""How many statements a run has been given once its new state file is made and one more follows; a test counts them."""
READING = ("unsent", "half-sent", "sent", "half", "read")
SPENDING = ("unsent", "half-sent", "taken", "committed", "half", "read")
WRITE_CASES = [
    f"write/{scene}/{when}/{number}"
    for scene, writes in WRITES.items()
    for number in range(1, writes + 1)
    for when in ("before", "after")
]
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
_DEADLY = ("tests.support.dying", "tests.sweeps.cut_off")
# Importing takes four times as long as running: done once, by a process that forks those which die.
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload([__name__, *_DEADLY, "reconciler.cli.passes", "reconciler.providers.iceye.orders"])


@dataclass
class Recorder(httpx.BaseTransport):
    """The real transport, which notes what it is asked for."""

    calls: list[str] = field(default_factory=list)
    inner: httpx.BaseTransport = field(default_factory=lambda: httpx.HTTPTransport(verify=False))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Note the request by its name among the calls of a pass, and send it."""
        self.calls.append(next(name for name, call in faults.CALLS.items() if _is(request, call)))
        return self.inner.handle_request(request)

    def close(self) -> None:
        """Close the real one."""
        self.inner.close()


def _is(request: httpx.Request, call: faults.Call) -> bool:
    pattern = re.sub(r"{\w+}", "[^/]+", call.path) + "$"
    return request.method == call.method and re.search(pattern, request.url.path) is not None


@cache
def calls(scene: str) -> tuple[str, ...]:
    """Return the requests of a scene's pass, in their order, by making it once."""
    with begun(scene) as (project, _), Recorder() as recorder:
        project.transport = recorder
        project.reconcile()
    return tuple(recorder.calls)


def wire_cases(scene: str) -> list[str]:
    """Return a case for every moment of every request of a scene's pass."""
    return [
        f"wire/{scene}/{number}-{call}/{moment}"
        for number, call in enumerate(calls(scene), start=1)
        for moment in (SPENDING if faults.CALLS[call].spends else READING)
    ]


def run(name: str) -> list[Wrong]:
    """Kill one run, let others follow until all is at rest, and return what went wrong.

    After a `+` stands what happens to the run that follows the first death: a second one at a write, or a fault.
    """
    first, *then = name.split("+")
    way, scene, *moment = first.split("/")
    with begun(scene) as (project, keys):
        judge = Judge(project, keys, holds=bool(then) or _may_have_spent(way, moment))
        ended = _by_wire(project, scene, *moment) if way == "wire" else by_state(project, *moment)
        if _killed(judge, *ended) and all(_follow(judge, second) for second in then):
            for _ in range(2):
                judge.reconcile()
            project.advance("11m")
            judge.rest()
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
        project = Project(Path(folder), simulator, control, transport=transport)
        yield project, _set(project, scene)


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


def _may_have_spent(way: str, moment: list[str]) -> bool:
    """Tell whether a death may leave a doubt: at a write, or at a call that spends."""
    return way == "write" or (way == "wire" and faults.CALLS[moment[0].partition("-")[2]].spends)


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


def _by_wire(project: Project, scene: str, step: str, moment: str) -> tuple[int, str]:
    number, _, name = step.partition("-")
    if moment not in ("taken", "committed"):
        return _forked(project, _DEADLY[1], number, moment, "reconcile")
    call, nth = faults.CALLS[name], calls(scene)[: int(number)].count(name)
    seconds, when = (3.0, "after") if moment == "committed" else (_HELD, "before")
    project.fault("delay", call.method, call.path, seconds=seconds, when=when, skip=nth - 1)
    before = _spent(project)
    process = project.start("reconcile")
    try:
        if moment == "committed":
            eventually(lambda: _spent(project) >= before + nth)
        else:
            eventually(lambda: sum(project.writes().values()) >= nth)
    finally:
        process.kill()
    out, err = process.communicate(timeout=60)
    time.sleep(_HELD if moment == "taken" else 0.0)
    return process.returncode, out + err


def _spent(project: Project) -> int:
    """Count what spending calls have done: orders, and cancellations."""
    orders = project.orders()
    return len(orders) + sum(order["status"] == "CANCELED" for order in orders)


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
