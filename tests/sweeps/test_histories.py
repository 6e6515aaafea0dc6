"""Random histories of edits, faults, deaths, lost state, people and clocks: no double, no silence, and then rest."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from reconciler.model.errors import Locked
from tests.support.project import Project, actions
from tests.sweeps.conftest import Charge
from tests.sweeps.histories import live

EVERY_DAY = range(1)
LONG = range(100, 124)
AT_UP42 = range(1)
LONG_AT_UP42 = range(100, 130)
AT_VANTOR = range(1)
LONG_AT_VANTOR = range(100, 130)


def judged(name: str, charge: Charge, *, histories: int, steps: int) -> str:
    """Live through histories, count them and their steps, and return what a failure says."""
    lived = live(name, histories=histories, steps=steps)
    kind = name.partition("/")[0]
    whose = {"up42-history": "UP42 histories", "vantor-history": "Vantor histories"}.get(kind, "histories")
    for _ in range(lived.steps):
        charge(f"steps of {whose}", lived.name, ())
    for _ in range(lived.histories - 1):
        charge(whose, lived.name, ())
    return charge(whose, lived.name, lived.wrongs)


@pytest.mark.parametrize("seed", EVERY_DAY)
def test_no_history_orders_twice_or_leaves_a_doubt(seed: int, charge: Charge) -> None:
    """After every step: one order a reference, each call intended and within its ceiling; in the end all is decided."""
    told = judged(f"history/{seed}", charge, histories=6, steps=20)
    assert not told, told


@pytest.mark.sweep
@pytest.mark.parametrize("seed", LONG)
def test_no_long_history_orders_twice_or_leaves_a_doubt(seed: int, charge: Charge) -> None:
    """The same over very many more and longer histories."""
    told = judged(f"history/{seed}", charge, histories=25, steps=40)
    assert not told, told


@pytest.mark.parametrize("seed", AT_UP42)
def test_no_history_at_up42_accepts_what_nobody_agreed_to(seed: int, charge: Charge) -> None:
    """The same where two decisions follow: each answer is asked for by Git as it leaves, each credit is accounted for.

    In each history some of the simulator's switches are in positions that are drawn with it.
    """
    told = judged(f"up42-history/{seed}", charge, histories=4, steps=20)
    assert not told, told


@pytest.mark.sweep
@pytest.mark.parametrize("seed", LONG_AT_UP42)
def test_no_long_history_at_up42_accepts_what_nobody_agreed_to(seed: int, charge: Charge) -> None:
    """The same over very many more and longer histories."""
    told = judged(f"up42-history/{seed}", charge, histories=20, steps=40)
    assert not told, told


@pytest.mark.parametrize("seed", AT_VANTOR)
def test_no_history_at_vantor_orders_twice_or_changes_what_nobody_asked_for(seed: int, charge: Charge) -> None:
    """The same where text may be shown nowhere, ends only move later, and cancellations take their time."""
    told = judged(f"vantor-history/{seed}", charge, histories=4, steps=20)
    assert not told, told


@pytest.mark.sweep
@pytest.mark.parametrize("seed", LONG_AT_VANTOR)
def test_no_long_history_at_vantor_orders_twice(seed: int, charge: Charge) -> None:
    """The same over very many more and longer histories."""
    told = judged(f"vantor-history/{seed}", charge, histories=20, steps=40)
    assert not told, told


def test_two_runs_that_start_at_once_order_once(project: Project) -> None:
    """Whichever takes the lock orders; the other ends as locked, or comes later and finds nothing to do."""
    project.order()
    together = Barrier(2)

    def started(_number: int) -> list[tuple[str, str]]:
        together.wait()
        try:
            return actions(project.reconcile())
        except Locked:
            return []

    with ThreadPoolExecutor(2) as threads:
        done = list(threads.map(started, range(2)))
    assert sorted(done) == [[], [("place", "alice")]]
    assert (project.creates(), len(project.orders())) == (1, 1)
