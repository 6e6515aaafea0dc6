"""Listings that are not complete prove nothing: nothing new is placed, what was read is still told."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.plan.findings import FindingKind
from tests.support.project import TASKS, Project, actions, finding, findings

MANY = 130
"""More than a page of a listing holds."""


@pytest.fixture
def crowded(project: Project) -> Project:
    """Return a project among so many tasks of other people that a listing has two pages; alice lives."""
    project.order("alice")
    project.reconcile()
    project.switch(limitMaximum=10000)
    project.fault("short-page", method="GET", items=1, times=0)
    project.place_by_hand("somebody else's")
    project.zero()
    return project


BROKEN: list[tuple[str, dict[str, Any]]] = [
    ("status", {"status": 500, "skip": 1, "times": 3}),
    ("status", {"status": 403, "skip": 1}),
    ("status", {"status": 400, "skip": 1}),
    ("drop-before", {"skip": 1, "times": 3}),
    ("reset-after", {"skip": 1, "times": 3}),
    ("truncate", {"skip": 1, "times": 3}),
    ("malformed", {"skip": 1}),
    ("html", {"skip": 1, "status": 200}),
    ("empty", {"skip": 1}),
    ("status", {"status": 200, "body": "{}", "skip": 1}),
    ("status", {"status": 200, "body": '{"data": {}}', "skip": 1}),
    ("status", {"status": 301, "skip": 1, "headers": {"Location": "/"}}),
]


@pytest.mark.parametrize(("kind", "more"), BROKEN, ids=str)
def test_a_listing_that_breaks_on_its_second_page_places_nothing(
    crowded: Project, kind: str, more: dict[str, Any]
) -> None:
    """A new order stays unread; the live one on the first page or not read at all is never called missing."""
    crowded.order("bruce")
    crowded.fault(kind, method="GET", path="/tasking/v2/tasks", **more)
    report = crowded.reconcile()
    assert actions(report) == []
    assert finding(report, "bruce").kind is FindingKind.UNREAD
    assert finding(report, "alice").kind in (FindingKind.IN_SYNC, FindingKind.UNREAD)
    assert crowded.writes() == {}
    crowded.clear_faults()
    assert actions(crowded.reconcile()) == [("place", "bruce")]


def test_what_was_read_before_the_break_is_still_told(crowded: Project) -> None:
    """The oldest task first: alice is on the first page, and her new status is remembered."""
    crowded.switch(listOrder="oldest")
    crowded.advance("1h")
    crowded.order("bruce")
    crowded.fault("status", method="GET", path="/tasking/v2/tasks", status=500, skip=1, times=3)
    report = crowded.reconcile()
    alice = finding(report, "alice")
    assert (alice.kind, alice.subject.status) == (FindingKind.IN_SYNC, "ACTIVE")
    assert crowded.record("alice").status == "ACTIVE"


@pytest.mark.parametrize("kind", ["repeat-page", "endless"])
def test_a_listing_that_turns_in_a_circle_ends_and_places_nothing(project: Project, kind: str) -> None:
    """The same page again, or fresh cursors for ever: unread after a few pages."""
    project.order("alice")
    project.reconcile()
    project.order("bruce")
    project.zero()
    project.fault(kind, method="GET", path="/tasking/v2/tasks", times=0)
    report = project.reconcile()
    assert actions(report) == []
    assert finding(report, "bruce").kind is FindingKind.UNREAD
    assert project.writes() == {}
    assert project.requests()[f"GET {TASKS}"] < 10
    assert project.command("reconcile").code == 7


def test_a_reference_on_a_later_page_is_found(crowded: Project) -> None:
    """With one task a page and a lost state, the last page's order is adopted, not ordered."""
    for _ in range(3):
        crowded.place_by_hand("somebody else's")
    crowded.lose_state()
    crowded.zero()
    assert actions(crowded.reconcile()) == [("adopt", "alice")]
    assert crowded.requests()[f"GET {TASKS}"] >= 5
    assert crowded.writes() == {}


def test_a_listing_of_more_than_a_page_is_read_to_its_end(project: Project) -> None:
    """A reference behind more than a hundred tasks of others is found."""
    project.order("alice")
    project.reconcile()
    project.contract(spendLimit=None)
    for _ in range(MANY):
        project.place_by_hand(None)
    project.lose_state()
    assert actions(project.reconcile()) == [("adopt", "alice")]


def test_a_no_op_pass_asks_for_pages_and_not_for_orders(project: Project) -> None:
    """Forty orders in sync are one listing."""
    project.policy(newOrdersPerPass=50)
    for number in range(40):
        project.order(f"order-{number:02}")
    project.contract(spendLimit=None)
    project.reconcile()
    project.zero()
    assert actions(project.reconcile()) == []
    assert {name for name in project.requests() if name.startswith("GET")} == {f"GET {TASKS}"}
    assert project.requests()[f"GET {TASKS}"] == 1


def test_a_bound_order_that_a_listing_lacks_is_read_by_itself(project: Project) -> None:
    """Lists may leave out what a single read shows: in sync, and nothing sent."""
    project.switch(visibilitySeconds=3600, visibilityWhere="list")
    project.order()
    project.reconcile()
    project.zero()
    report = project.reconcile()
    assert finding(report).kind is FindingKind.IN_SYNC
    assert project.requests()[f"GET {TASKS}/{{taskID}}"] == 1
    assert project.writes() == {}


def test_a_single_read_that_fails_concludes_nothing(project: Project) -> None:
    """Neither missing nor gone: unread, and read again later."""
    project.switch(visibilitySeconds=3600, visibilityWhere="list")
    project.order()
    project.reconcile()
    project.advance("30m")
    project.fault("status", method="GET", path="/tasking/v2/tasks/*", status=500, times=3)
    report = project.reconcile()
    assert (actions(report), finding(report).kind) == ([], FindingKind.UNREAD)
    assert findings(project.reconcile()) == [("alice", FindingKind.IN_SYNC)]


@pytest.mark.parametrize("path", ["/company/v1/contracts/*", "/company/v1/contracts/*/summary", "/tasking/v2/price"])
@pytest.mark.parametrize("kind", ["status", "malformed", "drop-before", "html"])
def test_contract_price_and_funds_must_all_be_readable(project: Project, path: str, kind: str) -> None:
    """Any of them unread: nothing is placed; the next pass, when they answer, places."""
    more = {"status": 500} if kind == "status" else {"status": 502} if kind == "html" else {}
    project.order()
    project.fault(kind, method="GET", path=path, times=0, **more)
    report = project.reconcile()
    assert (actions(report), finding(report).kind) == ([], FindingKind.UNREAD)
    assert project.creates() == 0
    project.clear_faults()
    assert actions(project.reconcile()) == [("place", "alice")]


def test_reads_are_repeated_with_patience(project: Project) -> None:
    """Two 503s and then an answer: the pass goes on as if nothing had been."""
    project.order()
    project.fault("status", method="GET", path="/tasking/v2/tasks", status=503, times=2)
    assert actions(project.reconcile()) == [("place", "alice")]


def test_a_command_that_could_not_read_everything_leaves_with_seven(project: Project) -> None:
    """Plan and reconcile alike."""
    project.order()
    project.fault("status", method="GET", path="/tasking/v2/tasks", status=403, times=0)
    assert [project.command(name).code for name in ("plan", "reconcile")] == [7, 7]
    assert project.creates() == 0
