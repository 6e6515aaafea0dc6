"""Killed at every write of the state file and at every moment of every request: what follows orders nothing twice.

Every day: all writes, all moments of the calls that spend and of the token that is fetched first, and some of each of
the others. The rest, and two misfortunes in a row, are the long sweep.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing

import pytest

from reconciler.state.schema import MIGRATIONS
from tests.sweeps import crash_points, faults
from tests.sweeps.conftest import Charge

_REQUEST_CASES = [case for scene in crash_points.SCENES for case in crash_points.request_cases(scene)]
_SPENDING = [case for case in _REQUEST_CASES if "-create/" in case or "-cancel/" in case]
_READING = [case for case in _REQUEST_CASES if case not in _SPENDING]
# Thirty-two is prime to the five moments of a read, so that every thirty-second case takes each moment in turn.
_EVERYDAY = {*crash_points.WRITE_CASES[::3], *_SPENDING, *_READING[:5], *_READING[5::32], *crash_points.LOCK_CASES[:2]}


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, marks=() if case in _EVERYDAY else pytest.mark.sweep)
        for case in (*crash_points.WRITE_CASES, *crash_points.LOCK_CASES, *_REQUEST_CASES)
    ],
)
def test_a_death_leaves_one_order_that_is_known(case: str, charge: Charge) -> None:
    """New orders show up ten minutes late, so that only the state file can know of them: bound once, or held."""
    told = charge("crash points", case, crash_points.run(case))
    assert not told, told


_UP42_CASES = [
    *crash_points.UP42_WRITE_CASES,
    *(case for scene in crash_points.UP42_SCENES for case in crash_points.request_cases(scene)),
]
_UP42_EVERYDAY = {
    *(case for case in _UP42_CASES if case.startswith("write/up42-accept/")),
    *(case for case in _UP42_CASES if "-accept/" in case and case.endswith(("half-sent", "committed", "half"))),
    *(f"write/up42-{scene}/before/2" for scene in ("place", "choose", "reject", "amend", "cancel")),
}


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, marks=() if case in _UP42_EVERYDAY else pytest.mark.sweep) for case in _UP42_CASES],
)
def test_a_death_at_up42_leaves_one_order_and_one_answer(case: str, charge: Charge) -> None:
    """Whatever waited for an answer has got it in the end, once, and no credits are gone but those of its quote."""
    told = charge("UP42 crash points", case, crash_points.run(case))
    assert not told, told


_VANTOR_CASES = [
    *crash_points.VANTOR_WRITE_CASES,
    *(case for scene in crash_points.VANTOR_SCENES for case in crash_points.request_cases(scene)),
]
_VANTOR_EVERYDAY = {
    *(f"write/vantor-{scene}/{when}" for scene, when in (("place", "before/2"), ("place", "after/3"))),
    *(f"write/vantor-{scene}/before/{number}" for scene, number in (("extend", 2), ("cancel", 2), ("adopt", 1))),
    *(f"wire/vantor-place/8-create/{moment}" for moment in ("half-sent", "taken", "committed", "half")),
    *("wire/vantor-place/3-check/sent", "wire/vantor-extend/3-extend/half", "wire/vantor-cancel/5-cancel/committed"),
}


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, marks=() if case in _VANTOR_EVERYDAY else pytest.mark.sweep) for case in _VANTOR_CASES],
)
def test_a_death_at_vantor_leaves_one_order_that_is_known(case: str, charge: Charge) -> None:
    """What Git asks for has come to pass in the end: ordered once, extended, or canceled as late as Vantor likes."""
    told = charge("Vantor crash points", case, crash_points.run(case))
    assert not told, told


@pytest.mark.sweep
@pytest.mark.parametrize("first", crash_points.WRITE_CASES)
def test_two_deaths_leave_one_order_that_is_known(first: str, charge: Charge) -> None:
    """The run after the first death is killed as well, before and after every write that it makes."""
    pairs = list(crash_points.pairs(first))
    told = "".join(charge("pairs of crash_points", name, wrongs) for name, wrongs in pairs)
    assert not told, told
    assert pairs or "/after/" in first, "what was not written was not written by the next run either"


@pytest.mark.sweep
@pytest.mark.parametrize("first", _SPENDING)
def test_a_death_and_a_fault_leave_one_order_that_is_known(first: str, charge: Charge) -> None:
    """After a death in a call that spends, the next run meets a wire that breaks or a list that lies."""
    pairs = [f"{first}+{second}" for second in crash_points.THEN]
    told = "".join(charge("pairs of crash_points", name, crash_points.run(name)) for name in pairs)
    assert not told, told


@pytest.mark.parametrize("scene", crash_points.WRITES)
def test_there_is_no_write_that_the_sweep_leaves_out(scene: str) -> None:
    """A run that is to die at the write after the last one ends by itself."""
    (wrong,) = crash_points.run(f"write/{scene}/before/{crash_points.WRITES[scene] + 1}")
    assert wrong.text.startswith(crash_points.survived(0))


@pytest.mark.parametrize("scene", crash_points.SCENES)
def test_there_is_no_request_that_the_sweep_leaves_out(scene: str) -> None:
    """Each request has its cases, and a run that is to die at the request after the last one ends by itself."""
    steps = dict.fromkeys(case.split("/")[2] for case in crash_points.request_cases(scene))
    (wrong,) = crash_points.run(f"wire/{scene}/{len(steps) + 1}-list/unsent")
    assert wrong.text.startswith(crash_points.survived(0))


@pytest.mark.parametrize(
    ("statement", "version"), [(crash_points.OPENING - 1, len(MIGRATIONS) - 1), (crash_points.OPENING, len(MIGRATIONS))]
)
def test_there_is_no_statement_of_a_new_state_file_that_the_sweep_leaves_out(statement: int, version: int) -> None:
    """A run that dies before the last commit leaves the format before; after it, the file has this version's."""
    with crash_points.begun("place") as (project, _):
        crash_points.by_state(project, "statement", str(statement))
        with closing(sqlite3.connect(project.state)) as file:
            assert file.execute("PRAGMA user_version").fetchone() == (version,)


def test_the_scenes_send_every_request_that_a_pass_can_send() -> None:
    """Each of the calls that meet faults is one at which a run is killed."""
    sent = {call for scene in crash_points.SCENES for call in crash_points.calls(scene)}
    assert sent == {name for name, call in faults.CALLS.items() if not call.is_later_page}


@pytest.mark.parametrize("scene", [*crash_points.UP42_SCENES, *crash_points.VANTOR_SCENES])
def test_the_scenes_elsewhere_are_what_a_pass_sends(scene: str) -> None:
    """The requests at which runs are killed there are those of the pass, and all there are."""
    assert crash_points.made(scene) == crash_points.calls(scene)


@pytest.mark.parametrize(
    ("scenes", "calls"),
    [(crash_points.UP42_SCENES, faults.UP42_CALLS), (crash_points.VANTOR_SCENES, faults.VANTOR_CALLS)],
)
def test_the_scenes_elsewhere_send_every_request_that_a_pass_can_send_there(
    scenes: Mapping[str, tuple[str, ...]], calls: Mapping[str, faults.ProviderCall]
) -> None:
    """Each of the calls that meet faults there is one at which a run is killed."""
    sent = {call for each in scenes.values() for call in each}
    assert sent == {name for name, call in calls.items() if not call.is_later_page}


def test_orders_follow_each_other_and_a_token_is_renewed_before_one() -> None:
    """Two orders with nothing between them; one refused token renewed in reading, an expired one right before."""
    assert crash_points.calls("place")[-2:] == ("create", "create")
    assert crash_points.calls("renew")[-6:] == ("summary", "token", "summary", "token", "list", "create")
