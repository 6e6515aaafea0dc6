"""What a provider offers for an order, and the names of our answers."""

from __future__ import annotations

import pytest

from reconciler.model.money import Money
from reconciler.model.offer import (
    FeasibilityOption,
    Offers,
    Quote,
    QuoteState,
    Study,
)

PRICE = Money(90_000, "EUR")
LATER = FeasibilityOption("A", "later dates")


@pytest.mark.parametrize(
    ("study", "waits"),
    [
        (Study(id="S1", options=(LATER,), decided=False), True),
        (Study(id="S1", options=(LATER,), decided=True, chosen=LATER), False),
        (Study(id="S1", options=(), decided=False), False),
    ],
)
def test_a_study_waits_while_it_has_options_and_no_decision(study: Study, waits: bool):
    """A study without options is still being made; one that was decided asks nothing more."""
    assert study.waits is waits


def test_only_open_quotes_wait_for_an_answer():
    """A quote in a state that no contract knows is neither open nor accepted."""
    quotes = tuple(Quote(id=state.name, price=PRICE, state=state) for state in QuoteState)
    offers = Offers(quotes=quotes)
    assert [quote.id for quote in offers.open_quotes] == ["OPEN"]
    assert offers.accepted is not None
    assert offers.accepted.id == "ACCEPTED"


def test_without_an_accepted_quote_nothing_is_accepted():
    """A rejected quote binds nothing."""
    assert Offers().accepted is None
    assert Offers(quotes=(Quote(id="Q1", price=PRICE, state=QuoteState.REJECTED),)).accepted is None
