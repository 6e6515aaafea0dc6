"""Killed at every bad moment, as a real process: the next run makes one order of it, bound, and never a second."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from reconciler.model.errors import StateError
from reconciler.model.journal import EventKind
from reconciler.plan.findings import FindingKind
from tests.support.project import Project, actions, eventually, finding, findings

KILLED = -signal.SIGKILL


def kinds(project: Project) -> list[EventKind]:
    """Return the kinds of the journal's events, none while the file is being made."""
    if not project.state.exists():
        return []
    try:
        return [event.kind for event in project.journal()]
    except (StateError, sqlite3.Error):
        return []


def killed_when(project: Project, moment: Callable[[], bool]) -> None:
    """Start a reconcile, and kill it as soon as the moment has come."""
    process = project.start("reconcile")
    try:
        eventually(moment)
    finally:
        process.kill()
        process.communicate(timeout=20)
    assert process.returncode == KILLED


def assert_one_bound_order(project: Project, *, adopted: bool) -> None:
    """Rerun until it is quiet: one order exists, it is bound, and only what was not there was sent."""
    before = len(project.orders())
    report = project.reconcile()
    if adopted:
        assert before == 1
        assert actions(report) == [("adopt", "alice")]
    assert actions(project.reconcile()) == []
    (order,) = project.orders()
    assert project.record().order_id == order["id"]


def test_killed_after_the_intent_and_before_the_order_reached_the_provider(project: Project) -> None:
    """The intent stands without an outcome: unresolved, and nothing is sent until a person has decided."""
    project.order()
    project.fault("delay", seconds=1, when="before")
    project.fault("drop-before")
    killed_when(project, lambda: project.creates() == 1)
    assert kinds(project) == [EventKind.INTENT]
    for _ in range(3):
        report = project.reconcile()
        assert (actions(report), finding(report).kind) == ([], FindingKind.UNRESOLVED)
    project.advance("15m")
    with project.deciding() as decision:
        decision.not_created("the console shows nothing")
    assert actions(project.reconcile()) == [("place", "alice")]
    assert_one_bound_order(project, adopted=False)


def test_killed_while_the_request_is_on_its_way(project: Project) -> None:
    """The provider takes it after our death: the next run waits, and finds it when it is there."""
    project.order()
    project.fault("delay", seconds=3, when="before")
    killed_when(project, lambda: project.creates() == 1)
    assert kinds(project) == [EventKind.INTENT]
    report = project.reconcile()
    assert (actions(report), finding(report).kind) == ([], FindingKind.UNRESOLVED)
    eventually(lambda: len(project.orders()) == 1)
    assert_one_bound_order(project, adopted=True)


def test_killed_after_the_provider_took_it_and_before_its_answer_was_read(project: Project) -> None:
    """The order exists and nobody was told: the next run adopts it."""
    project.order()
    project.fault("delay", seconds=10, when="after")
    killed_when(project, lambda: len(project.orders()) == 1)
    assert kinds(project) == [EventKind.INTENT]
    assert_one_bound_order(project, adopted=True)


def die(project: Project, when: str, number: int, *arguments: str) -> int:
    """Run a command that kills itself at a write; return how it ended."""
    process = project.start(when, str(number), *(arguments or ("reconcile",)), module="tests.support.dying")
    out, err = process.communicate(timeout=60)
    assert process.returncode in (KILLED, 0, 3), out + err
    return process.returncode


@pytest.mark.parametrize(
    ("when", "number", "exists"),
    [("before", 1, False), ("after", 1, False), ("before", 2, True), ("after", 2, True)],
)
def test_killed_at_each_write_of_one_order(project: Project, when: str, number: int, exists: bool) -> None:
    """Before and after the intent, before and after the outcome: one order in the end."""
    project.order()
    assert die(project, when, number) == KILLED
    assert len(project.orders()) == exists
    if (when, number) == ("after", 1):
        report = project.reconcile()
        assert (actions(report), finding(report).kind) == ([], FindingKind.UNRESOLVED)
        project.settle()
        with project.deciding() as decision:
            decision.not_created("the console shows nothing")
    assert_one_bound_order(project, adopted=(when, number) == ("before", 2))


def test_killed_while_adopting(project: Project) -> None:
    """Before the binding is on disk nothing was lost: the next run adopts."""
    project.order()
    project.reconcile()
    project.lose_state()
    project.zero()
    assert die(project, "before", 1) == KILLED
    assert actions(project.reconcile()) == [("adopt", "alice")]
    assert project.writes() == {}


@pytest.mark.parametrize(("when", "number"), [("before", 1), ("after", 1), ("before", 2), ("after", 2)])
def test_killed_while_canceling_for_a_new_attempt(project: Project, when: str, number: int) -> None:
    """At each write of the cancellation: canceled once in the end, and the new attempt ordered once."""
    project.order()
    project.reconcile()
    project.order(attempt=2)
    die(project, when, number)
    for _ in range(3):
        project.reconcile()
    assert actions(project.reconcile()) == []
    assert sorted(order["status"] for order in project.orders()) == ["CANCELED", "RECEIVED"]


def _killed_again_and_again(project: Project, keys: list[str], deaths: list[tuple[str, int]]) -> None:
    project.account(limits={"onUnknown": "retry"})
    for key in keys:
        project.order(key)
    for when, number in deaths:
        die(project, when, number)
        project.advance("6m")
    for _ in range(8):
        project.reconcile()
        project.advance("6m")
    report = project.reconcile()
    assert findings(report) == [(key, FindingKind.IN_SYNC) for key in keys]
    assert sorted(order["text"] for order in project.orders()) == sorted(map(project.reference, keys))


def test_killed_again_and_again_with_several_orders(project: Project) -> None:
    """Deaths at different writes, one run after another: each order exists once in the end."""
    _killed_again_and_again(project, ["alice", "bruce", "chris"], [("after", 3), ("before", 2), ("after", 1)])


@pytest.mark.sweep
@pytest.mark.parametrize("first", range(1, 9))
@pytest.mark.parametrize("second", range(1, 5))
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_twice_at_every_pair_of_writes(project: Project, first: int, second: int, when: str) -> None:
    """Two deaths at any two writes of a pass over four orders: each order exists once in the end."""
    _killed_again_and_again(project, ["alice", "bruce", "chris", "david"], [(when, first), (when, second)])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_first_signal_lets_the_call_on_its_way_be_recorded_and_starts_nothing_new(
    project: Project, number: signal.Signals
) -> None:
    """The slow order is bound; the other two are told as not started, and a later run orders them."""
    for key in ("alice", "bruce", "chris"):
        project.order(key)
    project.fault("delay", seconds=2.0, when="after")
    process = project.start("reconcile")
    eventually(lambda: len(project.orders()) == 1)
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 1, out + err
    assert f"{number.name}: starting nothing new" in err
    assert len(project.orders()) == 1
    assert project.record("alice").order_id == project.orders()[0]["id"]
    assert actions(project.reconcile()) == [("place", "bruce"), ("place", "chris")]
    assert actions(project.reconcile()) == []
    assert len(project.orders()) == 3


def test_a_second_signal_leaves_with_the_call_booked_as_unknown(project: Project) -> None:
    """It does not wait for the answer; the next run adopts what the provider took."""
    project.order()
    project.fault("delay", seconds=8.0, when="after")
    process = project.start("reconcile")
    eventually(lambda: len(project.orders()) == 1)
    started = time.monotonic()
    process.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, out + err
    assert time.monotonic() - started < 5.0, "the second signal waited for the answer"
    assert project.record().unresolved
    assert kinds(project) == [EventKind.INTENT, EventKind.OUTCOME]
    assert_one_bound_order(project, adopted=True)


def test_a_full_disk_orders_nothing(project: Project) -> None:
    """A state file that cannot grow: the run fails before the order, and says so."""
    project.order()
    project.plan()
    project.state.parent.mkdir(parents=True, exist_ok=True)
    limited = f"ulimit -f 8; exec '{sys.executable}' -m reconciler reconcile"
    done = subprocess.run(
        ["bash", "-c", f"trap '' XFSZ; {limited}"],
        cwd=project.root,
        env=project.process_variables(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode not in (0, 70), done.stdout + done.stderr
    assert project.creates() == 0
