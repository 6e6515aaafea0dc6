"""The attempt that one order of several is at, by its records alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model.phase import Phase
from reconciler.plan.common_attempt import at_current_attempt

from .case import OWNER, Case, CaseOrder, CaseRecord

KEY = "p/2"


def _attempt(common: int | None, **records: CaseRecord) -> int:
    """Return the attempt of an order whose manifest states a common one."""
    orders = {KEY: CaseOrder(attempt=common or 1, common=common is not None)}
    inputs = Case(reason="the records of one order of several", desired=orders, records=records).inputs()
    order = inputs.wanted[0].order
    stated = replace(order, attempt=common or 1)
    return at_current_attempt(stated, OWNER, inputs.records).attempt


def test_a_new_order_takes_the_common_attempt() -> None:
    """Nothing stands in its way."""
    assert _attempt(2) == 2


@pytest.mark.parametrize("phase", list(Phase))
def test_what_ended_without_a_picture_is_raised(phase: Phase) -> None:
    """Whatever else it came to, it stays."""
    raised = phase in (Phase.FAILED, Phase.REJECTED, Phase.CANCELED, Phase.EXPIRED)
    assert _attempt(2, **{KEY: CaseRecord(id="T1", phase=phase)}) == (2 if raised else 1)


def test_an_attempt_of_its_own_is_not_a_common_one() -> None:
    """Nothing is looked up for it."""
    assert _attempt(None, **{f"{KEY}@2": CaseRecord(id="T1")}) == 1
    assert _attempt(1, **{f"{KEY}@2": CaseRecord(id="T1")}) == 1
