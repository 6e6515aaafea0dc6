"""ICEYE's rules of time and money, at every edge."""

from __future__ import annotations

from datetime import timedelta

import pytest

from reconciler.model.geometry import Polygon
from reconciler.model.ids import AccountName, ProviderOrderId
from reconciler.model.order import ObservedOrder
from reconciler.model.phase import Phase
from reconciler.model.provider import Closed, OpensAt, Ready
from reconciler.model.time import Window
from reconciler.providers.iceye.driver import DRIVER
from reconciler.providers.iceye.rules import readiness_at

from .scenario import START, TASK_ID, order

HOUR, DAY, TICK = timedelta(hours=1), timedelta(days=1), timedelta(microseconds=1)
END = START + 2 * DAY
WINDOW = Window(START, END)
SQUARE = Polygon((((0.0, 0.0), (0.0, 1.0), (1.0, 1.0), (0.0, 0.0)),))


@pytest.mark.parametrize(
    ("priority", "before", "kind"),
    [
        (None, 12 * HOUR, Ready),
        (None, 12 * HOUR - TICK, Closed),
        ("COMMERCIAL", 12 * HOUR, Ready),
        ("COMMERCIAL", 12 * HOUR - TICK, Closed),
        ("BACKGROUND", 24 * HOUR, Ready),
        ("BACKGROUND", 24 * HOUR - TICK, Closed),
        ("BACKGROUND", -DAY, Closed),
    ],
)
def test_the_last_moment(priority, before, kind):
    """An order closes 12 h before its window opens, 24 h with BACKGROUND; unstated counts as 12 h."""
    desired = order(**({"priority": priority} if priority else {}))
    readiness = DRIVER.readiness(desired, START - before)
    assert type(readiness) is kind
    lead = 24 * HOUR if priority == "BACKGROUND" else 12 * HOUR
    assert (readiness.until if kind is Ready else readiness.since) == START - lead


@pytest.mark.parametrize(("before", "kind"), [(14 * DAY, Ready), (14 * DAY + TICK, OpensAt), (60 * DAY, OpensAt)])
def test_the_first_moment(before, kind):
    """An order opens when its window ends within 14 days."""
    readiness = DRIVER.readiness(order(), END - before)
    assert type(readiness) is kind
    if kind is OpensAt:
        assert readiness.at == END - 14 * DAY


def test_a_priority_from_the_contract():
    """What the order leaves open, the contract decides: with BACKGROUND it closes earlier."""
    now = START - 18 * HOUR
    assert isinstance(DRIVER.readiness(order(), now), Ready)
    assert isinstance(readiness_at(order(), now, priority="BACKGROUND"), Closed)


def test_a_window_that_no_priority_of_the_contract_can_place():
    """13 d 6 h fit behind a lead of 12 h, not behind one of 24 h: it is never just waiting."""
    wide = order(hours=13 * 24 + 6)
    assert DRIVER.problems(wide) == ()
    assert isinstance(readiness_at(wide, START - 30 * DAY, priority="BACKGROUND"), Closed)
    assert isinstance(readiness_at(wide, START - 30 * DAY, priority="COMMERCIAL"), OpensAt)


@pytest.mark.parametrize(
    ("hours", "priority", "said"),
    [
        (24, None, ""),
        (24 - 1e-6, None, "at least 24 h"),
        (2, None, "2h wide"),
        (13.5 * 24, None, ""),
        (13.5 * 24 + 1e-6, None, "no wider than 13d 12h"),
        (13 * 24, "BACKGROUND", ""),
        (13.5 * 24, "BACKGROUND", "no wider than 13d"),
    ],
)
def test_the_width_of_a_window(hours, priority, said):
    """At least a day, and no wider than can ever start late enough and end early enough."""
    found = DRIVER.problems(order(hours=hours, **({"priority": priority} if priority else {})))
    assert (len(found) == 1 and said in found[0]) if said else found == ()


def test_an_area_is_no_target():
    """ICEYE takes a point; the problem shows the lines to write."""
    (problem,) = DRIVER.problems(order(target=SQUARE))
    assert "type: Point" in problem


def test_every_problem_is_told_at_once():
    """A person who mends one finds no second one behind it."""
    assert len(DRIVER.problems(order(target=SQUARE, hours=1))) == 2


def placed(phase=Phase.PLACED, created_before=100 * HOUR, window=WINDOW) -> ObservedOrder:
    created = None if created_before is None else START - created_before
    return ObservedOrder(
        id=ProviderOrderId(TASK_ID),
        account=AccountName("a"),
        references=frozenset(),
        phase=phase,
        status="x",
        terms={},
        window=window,
        created_at=created,
    )


@pytest.mark.parametrize(
    ("before", "percent", "changes"),
    [
        (200 * HOUR, 0, 72 * HOUR),
        (72 * HOUR + TICK, 0, 72 * HOUR),
        (72 * HOUR, 10, 48 * HOUR),
        (48 * HOUR + TICK, 10, 48 * HOUR),
        (48 * HOUR, 20, 24 * HOUR),
        (24 * HOUR + TICK, 20, 24 * HOUR),
        (24 * HOUR, 100, None),
        (TICK, 100, None),
        (-HOUR, 100, None),
    ],
)
@pytest.mark.parametrize("phase", [Phase.PLACED, Phase.ACTIVE])
def test_what_canceling_costs(before, percent, changes, phase):
    """The table of the product specification; an exact edge belongs to the dearer side."""
    terms = DRIVER.cancellation(placed(phase), START - before)
    assert terms.percent == percent
    assert terms.changes_at == (START - changes if changes is not None else None)


@pytest.mark.parametrize(
    ("created_before", "offered"), [(24 * HOUR + TICK, True), (24 * HOUR, False), (13 * HOUR, False), (None, True)]
)
def test_an_order_placed_late(created_before, offered):
    """Placed less than 24 h before its window it cannot be canceled; unknown counts as fully charged."""
    terms = DRIVER.cancellation(placed(created_before=created_before), START - 12 * HOUR)
    assert (terms is not None) is offered
    if terms is not None:
        assert terms.percent == 100


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase not in (Phase.PLACED, Phase.ACTIVE)])
def test_what_cannot_be_canceled(phase):
    """Only received and active tasks can be; a status that nobody knows is left alone."""
    assert DRIVER.cancellation(placed(phase), START - 200 * HOUR) is None
    assert phase not in DRIVER.traits.cancelable


def test_an_unreadable_window_costs_everything():
    """Without a window the charge cannot be told, so the most is assumed."""
    assert DRIVER.cancellation(placed(window=None), START - 200 * HOUR).percent == 100
