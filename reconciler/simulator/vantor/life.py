"""The life of a tasking request (contracts/vantor.md section 6), a function of what is known and of the time.

Every step is dated at its own instant, however late it is looked at, so that two readers see the same life.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from reconciler.simulator.instants import from_micros
from reconciler.simulator.vantor.order import FINAL, Scenario, SimulatedOrder

PRODUCTION_FAILURE = "PRODUCTION-FAILURE"
"""An image that has to be taken again: version 1 had a word for it, version 2 has none."""
_COLLECTED = frozenset({"FULFILLED", "REPEATED", "PARTIALLY-FULFILLED", "UNFULFILLED", "FAILED", "ERROR", "CANCELED"})
_NO_IMAGE = {"UNFULFILLED": "The window has ended without an image.", "CANCELED": "Canceled by Vantor."}
_FAILURES = {"FAILED": "The image could not be produced.", "ERROR": "An error of unavailable type."}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A status from an instant on, with the percentage of the area that is delivered by then."""

    at: datetime
    status: str
    delivered: int = 0
    details: str = ""


def steps(order: SimulatedOrder) -> list[Step]:
    """Return every step, those in the future too."""
    taken = list(_natural(order))
    for move in sorted(order.moves, key=lambda move: move.at):
        before = [step for step in taken if step.at <= move.at] or taken[:1]
        if move.forced or before[-1].status not in FINAL:
            taken = [
                *before,
                Step(at=move.at, status=move.status, delivered=before[-1].delivered, details=move.details),
            ]
    return taken


def step_at(order: SimulatedOrder, now: datetime) -> Step:
    """Return the step in force at an instant; a clock that was set back shows the first."""
    first, *rest = steps(order)
    return [first, *(step for step in rest if step.at <= now)][-1]


def settlement(order: SimulatedOrder) -> tuple[datetime | None, int]:
    """Return when the reserved credits are settled, and for how many: what is delivered, or the fee of a cancel."""
    last = steps(order)[-1]
    if last.status not in FINAL:
        return None, 0
    charge = -(-order.price * last.delivered // 100)
    return last.at, max(charge, order.fee) if last.status == "CANCELED" else charge


def _natural(order: SimulatedOrder) -> Iterator[Step]:
    """Yield what happens where nobody does anything."""
    course, at = order.course, order.created
    yield Step(at=at, status="INITIAL")
    at += timedelta(minutes=course.accepting)
    if course.outcome == "DENIED":
        yield Step(at=at, status="DENIED", details="Vantor does not accept this request.")
        return
    yield Step(at=at, status="ACCEPTED")
    at += timedelta(minutes=course.scheduling)
    if course.outcome in _COLLECTED:
        yield from _collection(order, at)
    else:
        yield Step(at=at, status=course.outcome)


def _collection(order: SimulatedOrder, at: datetime) -> Iterator[Step]:
    """Yield what happens from the schedule on; where not all is delivered, the window's end is the end."""
    course = order.course
    yield Step(at=at, status="AWAITING-COLLECTION")
    if course.outcome in _NO_IMAGE:
        end = order.window[1] if course.outcome == "UNFULFILLED" else _planned(course)[0]
        yield Step(at=max(at, end), status=course.outcome, details=_NO_IMAGE[course.outcome])
        return
    last = Step(at=at, status="")
    for last in _images(course, at):
        yield last
    if course.outcome == "PARTIALLY-FULFILLED":
        at = max(last.at, order.window[1])
        yield Step(
            at=at,
            status="PARTIALLY-FULFILLED",
            delivered=last.delivered,
            details="The window has ended; the rest will not come.",
        )


def _images(course: Scenario, at: datetime) -> Iterator[Step]:
    """Yield what happens to each image in turn, and the end that comes of the last, or of one that fails."""
    producing, moments = timedelta(minutes=course.producing), _planned(course)
    parts = len(moments) + (course.outcome == "PARTIALLY-FULFILLED")
    for number, moment in enumerate(moments, start=1):
        delivered, at = 100 * (number - 1) // parts, max(at, moment)
        yield Step(at=at, status="IN-PRODUCTION", delivered=delivered)
        at += producing
        if course.outcome in _FAILURES:
            yield Step(at=at, status=course.outcome, details=_FAILURES[course.outcome])
            return
        if course.outcome == "REPEATED" and number == 1:
            for status in (PRODUCTION_FAILURE, "AWAITING-COLLECTION", "IN-PRODUCTION"):
                yield Step(at=at, status=status)
                at += producing
        delivered = 100 * number // parts
        yield Step(at=at, status="DELIVERY-SUCCESS", delivered=delivered)
        at += producing
        yield Step(at=at, status="FULFILLED" if number == parts else "AWAITING-COLLECTION", delivered=delivered)


def _planned(course: Scenario) -> list[datetime]:
    """Return when images are taken: evenly in the window that was submitted."""
    start, end = map(from_micros, course.window)
    return [start + (end - start) * number / (course.captures + 1) for number in range(1, course.captures + 1)]
