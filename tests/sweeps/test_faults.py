"""Every fault of the wire on every call of a pass: afterwards one order per reference at most, and all is decided."""

from __future__ import annotations

from typing import get_args

import pytest

from reconciler.simulator.faults import Ending, Fault
from tests.sweeps import faults
from tests.sweeps.conftest import Charge

# Eleven is prime to the kinds of nearly every call, so that the spread takes each kind at one call or another.
_EVERYDAY = {*faults.CASES[::22], *(case for case in faults.CASES if case.startswith("create/"))}


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, marks=() if case in _EVERYDAY else pytest.mark.sweep) for case in faults.CASES],
)
def test_a_fault_leaves_one_order_that_is_known(case: str, charge: Charge) -> None:
    """A lost, late, broken or lying answer to any call: no double, no silent order, no traceback, and then rest."""
    told = charge("fault cases", case, faults.run(case))
    assert not told, told


# Seventeen is prime to the kinds of nearly every call, so that the spread takes each kind at one call or another.
_UP42_EVERYDAY = {
    *faults.UP42_CASES[::34],
    *(f"up42/{call}/{kind}" for call in ("choose", "accept", "create") for kind in ("drop-after", "status-500-taken")),
    *("up42/accept/status-405-taken", "up42/accept/status-402", "up42/reject/drop-after", "up42/cancel/drop-after"),
}


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, marks=() if case in _UP42_EVERYDAY else pytest.mark.sweep) for case in faults.UP42_CASES],
)
def test_a_fault_at_up42_leaves_one_order_and_one_answer(case: str, charge: Charge) -> None:
    """The same over a life with two decisions: no quote accepted above its ceiling, none twice, no credit gone."""
    told = charge("UP42 fault cases", case, faults.run(case))
    assert not told, told


# Thirteen is prime to the kinds of every call.
_VANTOR_EVERYDAY = {
    *faults.VANTOR_CASES[::26],
    *(f"vantor/{call}/{kind}" for call in ("create", "extend", "cancel") for kind in ("drop-after", "mutate")),
    *("vantor/create/status-500-taken", "vantor/create/lag", "vantor/create/echo-400", "vantor/check/malformed"),
}


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, marks=() if case in _VANTOR_EVERYDAY else pytest.mark.sweep) for case in faults.VANTOR_CASES],
)
def test_a_fault_at_vantor_leaves_one_order_that_is_known(case: str, charge: Charge) -> None:
    """The same where a check, a purchase and two changes follow, and a cancellation that takes its time."""
    told = charge("Vantor fault cases", case, faults.run(case))
    assert not told, told


@pytest.mark.sweep
@pytest.mark.parametrize("first", faults.PAIRED)
def test_two_faults_leave_one_order_that_is_known(first: str, charge: Charge) -> None:
    """The same with a second fault, of whichever kind on whichever call, in the same life."""
    told = ""
    for second in faults.PAIRED[faults.PAIRED.index(first) :]:
        told += charge("pairs of faults", f"{first}+{second}", faults.run(first, second))
    assert not told, told


def test_every_kind_of_fault_takes_part() -> None:
    """What the simulator can do wrong and what the sweep does are the same."""
    union, _ = get_args(Fault)
    models = {part for member in get_args(union) for part in (get_args(member) or (member,))}
    assert set(get_args(Ending)) <= models
    kinds = {kind for model in models for kind in get_args(model.model_fields["kind"].annotation)}
    used = {faults.spec(case)["kind"] for case in faults.CASES}
    assert used == kinds


def test_every_call_meets_every_fault_that_is_not_of_one_call_only() -> None:
    """From the token to the cancellation, at every provider: each meets each."""
    cases = {*faults.CASES, *faults.UP42_CASES, *faults.VANTOR_CASES}
    for provider, calls in faults.EVERY_CALL.items():
        whose = "" if provider == "iceye" else f"{provider}/"
        for name, call in calls.items():
            assert call.is_later_page or {f"{whose}{name}/{kind}" for kind in faults.EVERYWHERE} <= cases
