"""Killed at every write of the state file and at every moment of a spending call: what follows orders nothing twice."""

from __future__ import annotations

import pytest

from tests.sweeps import deaths
from tests.sweeps.conftest import Charge


@pytest.mark.parametrize("case", deaths.CASES)
def test_a_death_leaves_one_order_that_is_known(case: str, charge: Charge) -> None:
    """New orders show up ten minutes late, so that only the state file can know of them: bound once, or held."""
    told = charge("crash points", case, deaths.run(case))
    assert not told, told


@pytest.mark.parametrize("scene", deaths.WRITES)
def test_there_is_no_write_that_the_sweep_leaves_out(scene: str) -> None:
    """A run that is to die at the write after the last one ends by itself."""
    (wrong,) = deaths.run(f"write/{scene}/before/{deaths.WRITES[scene] + 1}")
    assert "was not killed (exit 0)" in wrong.text
