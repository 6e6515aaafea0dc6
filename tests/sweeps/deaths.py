"""Every moment at which a run may be killed: each write of the state file, and each stage of a spending call."""

from __future__ import annotations

import signal
import subprocess
import tempfile
import time
from pathlib import Path

import httpx

from reconciler.simulator import Simulator
from tests.support.project import CONTRACT, CREATE, START, Project, eur, eventually
from tests.sweeps.judge import Judge, Kind, Wrong

KILLED = -signal.SIGKILL
WRITES = {"place": 4, "cancel": 2, "adopt": 2}
"""How many writes of the state file each scene's pass makes; a test counts them."""
MOMENTS = ("unsent", "taken", "committed", "half")
WRITE_CASES = [
    f"write/{scene}/{when}/{number}"
    for scene, writes in WRITES.items()
    for number in range(1, writes + 1)
    for when in ("before", "after")
]
WIRE_CASES = [f"wire/{scene}/{moment}" for scene in ("place", "cancel") for moment in MOMENTS]
CASES = [*WRITE_CASES, *WIRE_CASES]
_CANCEL = "PATCH /iceye/api/tasking/v2/tasks/{taskID}"
_HELD = 0.4


def run(name: str) -> list[Wrong]:
    """Kill one run, let others follow until all is at rest, and return what went wrong."""
    with (
        tempfile.TemporaryDirectory() as folder,
        httpx.Client(trust_env=False, timeout=30, verify=False) as control,
        httpx.HTTPTransport(verify=False) as transport,
        Simulator(start=START, speed=0, contracts=(CONTRACT,)) as simulator,
    ):
        project = Project(Path(folder), simulator, control, transport=transport)
        way, scene, *rest = name.split("/")
        judge = Judge(project, _set(project, scene), holds=True)
        code, told = _by_write(project, *rest) if way == "write" else _by_wire(project, scene, *rest)
        if code != KILLED:
            judge.wrong(Kind.OTHER, f"the run was not killed (exit {code}): {told}")
            return judge.wrongs
        if "Traceback" in told:
            judge.wrong(Kind.TRACEBACK, told)
        judge.look_for_doubles()
        judge.look_for_secrets(told)
        for _ in range(2):
            judge.reconcile()
        project.advance("11m")
        judge.rest()
        return judge.wrongs


def _set(project: Project, scene: str) -> list[str]:
    """Bring a project to where the pass that dies begins. New orders show up late: only the state file knows them."""
    project.order("alice")
    if scene == "cancel":
        project.reconcile()
        project.order("alice", attempt=2, cancel={"attempt": 1, "reason": "again", "maxCharge": eur("3000.00")})
        return ["alice"]
    project.order("bruce")
    if scene == "adopt":
        project.reconcile()
        project.lose_state()
        project.zero()
    else:
        project.fault("lag", seconds=600, times=0)
    return ["alice", "bruce"]


def _by_write(project: Project, when: str, number: str) -> tuple[int, str]:
    return _ended(project.start(when, number, "reconcile", module="tests.support.dying"))


def _by_wire(project: Project, scene: str, moment: str) -> tuple[int, str]:
    method, path = ("PATCH", "/tasking/v2/tasks/{taskID}") if scene == "cancel" else ("POST", "/tasking/v2/tasks")
    if moment in ("unsent", "half"):
        if moment == "half":
            project.fault("truncate", method, path)
        return _ended(project.start(moment, "reconcile", module="tests.sweeps.cut_off"))
    project.zero()
    project.fault("delay", method, path, seconds=3.0 if moment == "committed" else _HELD, when=_WHEN[moment])
    process = project.start("reconcile")
    try:
        eventually(lambda: _reached(project, scene, moment))
    finally:
        process.kill()
    ended = _ended(process)
    time.sleep(_HELD if moment == "taken" else 0.0)
    return ended


_WHEN = {"taken": "before", "committed": "after"}


def _reached(project: Project, scene: str, moment: str) -> bool:
    if moment == "taken":
        return project.requests().get(_CANCEL if scene == "cancel" else CREATE, 0) > 0
    statuses = [order["status"] for order in project.orders()]
    return "CANCELED" in statuses if scene == "cancel" else bool(statuses)


def _ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    out, err = process.communicate(timeout=60)
    return process.returncode, out + err
