"""When the next pass is due, as tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from reconciler.model.account import Suspension
from reconciler.model.errors import Location
from reconciler.model.geometry import Point
from reconciler.model.ids import AccountName, OrderKey, ProviderOrderId, reference_for
from reconciler.model.order import DesiredOrder
from reconciler.model.outcome import Done, NotSent, OutcomeKind
from reconciler.model.phase import Phase
from reconciler.model.record import Call, Intent, Record
from reconciler.model.time import Moment, Window
from reconciler.plan.actions import Adopt, Result
from reconciler.plan.causes import Reported
from reconciler.plan.findings import Finding, FindingKind, Subject
from reconciler.providers.iceye.settings import IceyeOrder
from reconciler.watch.schedule import AccountClock, PollIntervals, ScheduleInput, next_due, troubled
from tests.support.outcomes import ended

NOW = datetime(2026, 12, 1, tzinfo=UTC)
ACCOUNT, OTHER = AccountName("iceye-sim"), AccountName("up42-sim")
KEY = OrderKey("alice")
INTERVALS = PollIntervals(soon=timedelta(seconds=30), window_open=timedelta(minutes=2), slow=timedelta(minutes=15))
SOON, WINDOW_OPEN, SLOW = INTERVALS.soon, INTERVALS.window_open, INTERVALS.slow
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SECOND = timedelta(seconds=1)


def order(**changes):
    """An order whose window lies a month ahead."""
    base = {
        "key": KEY,
        "account": ACCOUNT,
        "provider": "iceye",
        "attempt": 1,
        "window": Window(NOW + 30 * DAY, NOW + 32 * DAY),
        "target": Point(0.0, 0.0),
        "settings": IceyeOrder.model_construct(),
        "source": Location(file="orders/alice.yaml"),
    }
    return DesiredOrder(**{**base, **changes})


def record(phase=Phase.ACTIVE, *, sent=3 * DAY, bound=True, outcome=OutcomeKind.DONE, **more):
    """A record of an order that was sent some time ago."""
    at = NOW - sent
    return Record(
        reference=reference_for("acme", KEY, 1),
        key=KEY,
        attempt=1,
        account=ACCOUNT,
        provider="iceye",
        order_id=ProviderOrderId("id-1") if bound else None,
        intent=Intent(call=Call.PLACE, at=at, digest="digest", plan_id="plan"),
        outcome=ended(outcome, at) if outcome is not None else None,
        answered=Moment(at, at),
        phase=phase if bound else None,
        **more,
    )


def found(kind, **more):
    """A finding about the order."""
    return Finding(kind=kind, subject=Subject(key=KEY, account=ACCOUNT), cause=Reported("why"), **more)


def delay(*, speed=1.0, **seen):
    """Return in how long the account is due; None for never."""
    return next_due(
        ScheduleInput(clocks={ACCOUNT: AccountClock(now=NOW, ours=NOW, speed=speed)}, **seen), INTERVALS
    ).get(ACCOUNT)


OPEN = order(window=Window(NOW - HOUR, NOW + 5 * DAY))


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        pytest.param({}, None, id="nothing stated"),
        pytest.param({"records": [record(sent=HOUR / 2, phase=Phase.PLACED)]}, SOON, id="just placed"),
        pytest.param({"records": [record(sent=2 * HOUR, phase=Phase.PLACED)]}, WINDOW_OPEN, id="placed long ago"),
        pytest.param({"records": [record(phase=Phase.QUOTED)]}, SOON, id="a quote to be answered"),
        pytest.param(
            {"records": [record(phase=Phase.OFFERED)], "findings": [found(FindingKind.HELD)]},
            SLOW,
            id="an offer that waits for a person",
        ),
        pytest.param({"records": [record()], "orders": [order()]}, SLOW, id="a satellite has yet to fly"),
        pytest.param({"records": [record()], "orders": [OPEN]}, WINDOW_OPEN, id="the window is open"),
        pytest.param({"records": [record(phase=Phase.DELIVERING)]}, WINDOW_OPEN, id="files on their way"),
        pytest.param({"records": [record(phase=Phase.UNRECOGNIZED)]}, SLOW, id="a status nobody knows"),
        pytest.param({"records": [record(cancel_asked_at=NOW)]}, SOON, id="a cancellation was asked for"),
        pytest.param({"records": [record(bound=False, outcome=None, sent=HOUR)]}, SOON, id="in doubt"),
        pytest.param(
            {"records": [record(bound=False, outcome=None, sent=HOUR, lookups=3)]},
            SLOW,
            id="in doubt, looked for long enough: a person decides",
        ),
        *(
            pytest.param(
                {"records": [record(phase=phase)], "orders": [OPEN], "findings": [found(FindingKind.ENDED)]},
                None,
                id=f"{phase}: never again",
            )
            for phase in Phase
            if phase.ended
        ),
        pytest.param({"orders": [order()], "findings": [found(FindingKind.EXPIRED)]}, None, id="too late"),
        pytest.param({"orders": [OPEN], "findings": [found(FindingKind.HELD)]}, SLOW, id="held at a gate"),
        pytest.param(
            {"orders": [OPEN], "findings": [found(FindingKind.UNREAD)]},
            OPEN.window.end - NOW + SECOND,
            id="not read: it is due when it, or its account, has rested",
        ),
    ],
)
def test_how_long_an_order_is_left_alone(seen, expected):
    """By its phase and by what was found."""
    assert delay(**seen) == expected


@pytest.mark.parametrize(
    ("seen", "instant"),
    [
        pytest.param({"orders": [order()]}, NOW + 30 * DAY, id="its window opens"),
        pytest.param({"orders": [OPEN]}, NOW + 5 * DAY, id="its window ends"),
        pytest.param({"orders": [order()], "opens": {KEY: NOW + DAY}}, NOW + DAY, id="it can be placed"),
        pytest.param(
            {"orders": [order(suspend=Suspension("freeze", NOW + 2 * DAY))]}, NOW + 2 * DAY, id="a freeze ends"
        ),
        pytest.param(
            {"orders": [order(suspend=Suspension("freeze"))]}, NOW + 30 * DAY, id="a freeze without an end names none"
        ),
        pytest.param(
            {"orders": [order()], "findings": [found(FindingKind.WAITING, deadline=NOW + HOUR)]},
            NOW + HOUR,
            id="a deadline",
        ),
        pytest.param(
            {"records": [record(bound=False, outcome=OutcomeKind.REFUSED, sent=timedelta(minutes=5))]},
            NOW + timedelta(minutes=10),
            id="a refusal is believed",
        ),
    ],
)
def test_an_instant_is_met_exactly(seen, instant):
    """Nothing is polled for: the next pass is a second after it, however far away it is."""
    assert delay(**seen) == instant - NOW + SECOND


def test_instants_that_have_passed_call_for_nothing():
    """A suspension that is over, a window that is closed."""
    gone = order(window=Window(NOW - 2 * DAY, NOW - DAY), suspend=Suspension("freeze", NOW - HOUR))
    assert delay(orders=[gone]) is None


def test_a_faster_clock_is_looked_at_more_often():
    """A simulator at 60 times our pace: steps and instants are 60 times shorter, and never below a second."""
    assert delay(speed=60, records=[record()], orders=[order()]) == SLOW / 60
    assert delay(speed=60, orders=[order()], opens={KEY: NOW + HOUR}) == (HOUR + SECOND) / 60
    assert delay(speed=6000, records=[record()]) == SECOND


def test_a_clock_that_stands_still_meets_no_instant():
    """Its orders are looked at all the same."""
    assert delay(speed=0, orders=[order()]) is None
    assert delay(speed=1e-9, orders=[order()]) is None
    assert delay(speed=0, records=[record()], orders=[order()]) == SLOW


def test_each_account_has_its_own_time():
    """The soonest of an account's orders counts for it alone; an account that nobody reads has none."""
    other = record(phase=Phase.DELIVERING, cancel_asked_at=NOW)
    seen = ScheduleInput(
        clocks={ACCOUNT: AccountClock(now=NOW, ours=NOW), OTHER: AccountClock(now=NOW, ours=NOW)},
        records=[
            record(),
            *(
                Record(
                    reference=r.reference,
                    key=r.key,
                    attempt=1,
                    account=OTHER,
                    provider="up42",
                    order_id=r.order_id,
                    phase=r.phase,
                )
                for r in [other]
            ),
        ],
    )
    assert next_due(seen, INTERVALS) == {ACCOUNT: SLOW, OTHER: WINDOW_OPEN}
    assert next_due(ScheduleInput(clocks={}, records=[record()]), INTERVALS) == {}


def test_what_was_just_done_is_looked_at_soon():
    """An adoption, whatever the record says by now."""
    action = Adopt(
        key=KEY,
        reference=reference_for("acme", KEY, 1),
        account=ACCOUNT,
        attempt=1,
        order_id=ProviderOrderId("id-1"),
        status="ACTIVE",
    )
    result = Result(action, Done(at=NOW, order_id=ProviderOrderId("T1")))
    assert delay(records=[record()], results=[result]) == SOON


def test_what_is_in_trouble():
    """What could not be read and what was not done, and why; not what was done, not what waits for a person."""
    action = Adopt(
        key=KEY,
        reference=reference_for("acme", KEY, 1),
        account=ACCOUNT,
        attempt=1,
        order_id=ProviderOrderId("id-1"),
        status="ACTIVE",
    )
    assert troubled([found(FindingKind.HELD)], [Result(action, Done(at=NOW, order_id=ProviderOrderId("T1")))]) == {}
    assert troubled([found(FindingKind.UNREAD)], []) == {KEY: "why"}
    assert troubled([], [Result(action, NotSent(at=NOW, message="no way"))]) == {KEY: "no way"}
