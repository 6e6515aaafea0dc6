"""One provider's clock that contradicts itself and ours convinces nobody; two that agree are right."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from reconciler.model.ids import AccountName
from reconciler.plan.clocks import Clocks, believed
from reconciler.plan.inputs import AccountView

from .case import NOW, Case, CaseAccount

ONE, TWO = AccountName("one"), AccountName("two")
HOUR = timedelta(hours=1)


def view(name: AccountName = ONE, *, ahead: timedelta = timedelta(0), public: bool = True) -> AccountView:
    """An account whose clock is ahead of ours."""
    case = Case(reason="an account as it was read", desired={}, accounts={name: CaseAccount()})
    return replace(case.inputs().views[name], now=NOW + ahead, ours=NOW, public=public)


def clocks(*views: AccountView) -> Clocks:
    """What is remembered of these accounts."""
    return Clocks({}).updated({each.name: each for each in views})


def unread(now: list[AccountView], before: Clocks) -> set[str]:
    """Return which accounts are not believed."""
    seen = believed({each.name: each for each in now}, before)
    return {name for name, each in seen.items() if each.listing.problem is not None}


def test_a_date_of_2399_is_not_believed() -> None:
    """All three times are named, and none of its orders count."""
    odd = view(ahead=timedelta(days=373 * 365))
    found = believed({ONE: odd}, clocks(view()))[ONE]
    assert found.listing.problem is not None
    assert "its clock says 2399" in found.listing.problem
    assert found.listing.problem.count("2026-12-01T00:00:00Z") == 2
    assert (found.listing.orders, found.singles) == ((), {})


@pytest.mark.parametrize("ahead", [timedelta(minutes=9), -timedelta(minutes=9)])
def test_a_little_is_nothing(ahead: timedelta) -> None:
    """Clocks drift, and answers are kept for a while on their way."""
    assert unread([view(ahead=ahead)], clocks(view())) == set()


def test_a_wrong_clock_of_ours_neither_places_nor_blocks() -> None:
    """Years off from the beginning; and set right, or wrong, later, where two accounts agree against it."""
    years = timedelta(days=2800)
    assert unread([view(ahead=years)], Clocks({})) == set()
    assert unread([view(ahead=years)], clocks(view(ahead=years))) == set()
    assert unread([view()], clocks(view(ahead=years))) == set()
    both = [view(ahead=years), view(TWO, ahead=years)]
    assert unread(both, clocks(view(), view(TWO))) == set()


def test_of_two_only_the_odd_one_is_not_believed() -> None:
    """The other one agrees with ours."""
    assert unread([view(ahead=HOUR), view(TWO)], clocks(view(), view(TWO))) == {ONE}


def test_two_that_disagree_with_all_and_each_other() -> None:
    """Neither is believed."""
    assert unread([view(ahead=HOUR), view(TWO, ahead=-HOUR)], clocks(view(), view(TWO))) == {ONE, TWO}


def test_on_this_machine_time_may_jump() -> None:
    """A simulated clock is set by hand; nothing of it is remembered."""
    simulated = view(ahead=HOUR, public=False)
    assert unread([simulated], clocks(view())) == set()
    assert clocks(simulated) == Clocks({})


def test_what_has_hardly_moved_is_not_written_anew() -> None:
    """A pass over an unchanged world writes nothing; what is not believed is never remembered."""
    known = clocks(view())
    assert known.updated({ONE: view(ahead=timedelta(seconds=50))}) == known
    moved = known.updated({ONE: view(ahead=timedelta(minutes=2))})
    assert moved.ahead == {ONE: 120.0}
    assert Clocks.from_text(moved.to_text()) == moved
    odd = believed({ONE: view(ahead=HOUR)}, known)
    assert known.updated(odd) == known
