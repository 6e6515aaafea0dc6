"""Every finding names what ends it, and doing just that, and no more, ends it."""

from __future__ import annotations

import pytest

from .conftest import Begin
from .folder import OneFile
from .situation import Situation, Way
from .situations import DAILY, SITUATIONS, WAYS

_ONE_FILE = frozenset(
    {
        "money, above its ceiling: agree-to-price",
        "money, too many new orders: change-policy",
        "names, renamed: keep-name",
        "names, renamed: both-meant",
        "references, lowered: restore-attempt",
        "canceling, a charge for what was removed: agree-to-charge",
        "several, names for positions: keep-name",
        "quotes, a quote of a neighbor above the ceiling: reject-quote",
    }
)
"""The ways that are walked every day in a folder whose orders are documents of one file."""


def _walks(daily: frozenset[str]) -> list[object]:
    """Return every way; those that are not walked every day are long sweeps."""
    return [
        pytest.param(*walk, id=name, marks=() if name in daily else pytest.mark.sweep) for name, walk in WAYS.items()
    ]


@pytest.mark.parametrize(("situation", "way"), _walks(DAILY))
def test_following_a_remedy_ends_its_finding(begin: Begin, situation: Situation, way: Way) -> None:
    """Nothing is ordered or ended besides, and nothing else waits for a person then, unless the situation says so."""
    begin(situation).follow(way)


@pytest.mark.parametrize(("situation", "way"), _walks(_ONE_FILE))
def test_lines_are_of_the_document_that_is_named(begin: Begin, situation: Situation, way: Way) -> None:
    """In a file with the documents of all orders, the lines that one of them gets end its finding."""
    begin(situation, OneFile).follow(way)


_OF_EACH_CAUSE = {situation.cause: name for name, situation in reversed(SITUATIONS.items())}


@pytest.mark.parametrize("name", _OF_EACH_CAUSE.values())
def test_the_words_are_those_that_a_person_reads(begin: Begin, name: str) -> None:
    """What is followed here is printed at the terminal, once for each cause."""
    begin(SITUATIONS[name]).check_what_is_printed()


@pytest.mark.parametrize("name", [name for name, situation in SITUATIONS.items() if not situation.ways])
def test_what_needs_nobody_has_no_remedy(begin: Begin, name: str) -> None:
    """It is said how an order is, and nothing is asked of a person."""
    assert begin(SITUATIONS[name]).remedies == []
