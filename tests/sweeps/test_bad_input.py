"""Whatever is committed or answered: told with a place or as a finding, at a bounded cost, and nothing twice."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from tests.sweeps import bad_answers, bad_manifests
from tests.sweeps.conftest import Charge

_BATCH = 16
_MANIFESTS, _ALL_MANIFESTS = 16, 2_400
_ANSWERS, _ALL_ANSWERS = 8, 304
"""Seeds; of answers, for each endpoint."""


def _manifests(first: int, charge: Charge) -> str:
    names = [f"manifest/{seed}" for seed in range(first, first + _BATCH)]
    return _report(charge("fuzzed manifests", name, bad_manifests.run(name)) for name in names)


def _answers(endpoint: str, first: int, charge: Charge) -> str:
    names = [f"answer/{endpoint}/{seed}" for seed in range(first, first + _ANSWERS)]
    return _report(charge("fuzzed answers", name, bad_answers.run(name)) for name in names)


def _report(told: Iterable[str]) -> str:
    return "\n".join(filter(None, told))


@pytest.mark.parametrize("first", range(0, _MANIFESTS, _BATCH))
def test_bad_manifests_are_told_with_their_places(first: int, charge: Charge) -> None:
    """Exit 4 for all three commands and nothing sent; or valid, and only what the text asks for is ordered."""
    told = _manifests(first, charge)
    assert not told, told


@pytest.mark.sweep
@pytest.mark.parametrize("first", range(_MANIFESTS, _ALL_MANIFESTS, _BATCH))
def test_more_bad_manifests_are_told_with_their_places(first: int, charge: Charge) -> None:
    """The same with other seeds."""
    told = _manifests(first, charge)
    assert not told, told


@pytest.mark.parametrize("endpoint", bad_answers.ENDPOINTS)
def test_bad_answers_are_survived(endpoint: str, charge: Charge) -> None:
    """While they come a pass ends, with a report; when they have ended all is decided, one order per reference."""
    told = _answers(endpoint, 0, charge)
    assert not told, told


@pytest.mark.sweep
@pytest.mark.parametrize("endpoint", bad_answers.ENDPOINTS)
@pytest.mark.parametrize("first", range(_ANSWERS, _ALL_ANSWERS, _ANSWERS))
def test_more_bad_answers_are_survived(endpoint: str, first: int, charge: Charge) -> None:
    """The same with other seeds."""
    told = _answers(endpoint, first, charge)
    assert not told, told
