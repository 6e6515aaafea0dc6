"""No state is kept between runs: orders are found by reference, nothing is placed twice, and what is lost is known."""

from __future__ import annotations

import pytest

from reconciler.plan.findings import FindingKind
from reconciler.render.phrases import message
from tests.support.project import Project, actions, eur, findings, outcomes, window


def run(project: Project, passes: int = 2) -> list[list[tuple[str, str]]]:
    """Run as a CI job that has no state: from nothing, as many passes as it has; return what each did."""
    project.lose_state()
    return [actions(project.reconcile()) for _ in range(passes)]


def test_months_of_runs_place_each_attempt_once(project: Project) -> None:
    """Placed, edited, canceled, ordered again, the attempt lowered, and run again after each: one order an attempt."""
    project.order("alice")
    project.order("bob", window=window(9, 11))
    assert run(project) == [[("place", "alice"), ("place", "bob")], []]
    assert run(project) == [[("adopt", "alice"), ("adopt", "bob")], []]
    project.order("alice", iceye={"imagingMode": "STRIPMAP"})
    assert run(project) == [[("adopt", "alice"), ("adopt", "bob")], []]
    project.order("bob", window=window(9, 11), cancel={"reason": "no longer needed"})
    assert run(project) == [[("adopt", "alice"), ("adopt", "bob")], [("cancel", "bob")]]
    assert run(project) == [[("adopt", "alice"), ("adopt", "bob")], []]
    project.order("bob", window=window(9, 11), attempt=2)
    project.order("alice", iceye={"imagingMode": "STRIPMAP"}, attempt=2)
    assert run(project, passes=3) == [
        [("adopt", "alice"), ("place", "bob")],
        [("cancel", "alice")],
        [("place", "alice")],
    ]
    assert run(project) == [[("adopt", "alice"), ("adopt", "bob")], []]
    placed = {(key, attempt): len(project.orders_of(key, attempt)) for key in ("alice", "bob") for attempt in (1, 2)}
    assert set(placed.values()) == {1}
    assert project.creates() == 4
    project.order("alice", attempt=1)
    assert run(project) == [[("adopt", "alice"), ("adopt", "bob")], []]
    assert project.creates() == 4


def test_a_plan_without_a_state_shows_no_further_than_the_adoption(project: Project) -> None:
    """Drift, like a cancellation, is seen by the second pass of a run."""
    project.order()
    run(project)
    project.order(iceye={"imagingMode": "STRIPMAP"})
    project.lose_state()
    assert findings(project.plan()) == []
    project.reconcile()
    assert findings(project.plan()) == [("alice", FindingKind.DRIFTED)]


def test_a_raised_attempt_waits_for_the_earlier_one_in_every_run(project: Project) -> None:
    """A run of one pass never gets as far as canceling: two live orders come of it in no case."""
    project.order()
    run(project)
    project.order(attempt=2)
    for _ in range(3):
        assert run(project, passes=1) == [[("adopt", "alice")]]
    assert project.creates() == 1


def test_a_lost_answer_is_found_by_its_reference(project: Project) -> None:
    """The order that came of a request without an answer is adopted by the next run."""
    project.order()
    project.fault("drop-after")
    project.lose_state()
    assert outcomes(project.reconcile()) == {"alice": "unknown"}
    assert run(project) == [[("adopt", "alice")], []]
    assert [project.creates(), len(project.orders())] == [1, 1]


@pytest.mark.parametrize(("kept", "placed"), [(True, 1), (False, 2)])
def test_only_a_state_waits_for_an_order_that_does_not_show_yet(project: Project, kept: bool, placed: int) -> None:
    """The one way to order twice: an answer that was lost, a list that lags behind, and no memory of either."""
    project.order()
    project.fault("lag", seconds=600)
    project.fault("drop-after")
    project.reconcile()
    if not kept:
        project.lose_state()
    project.reconcile()
    project.advance("1h")
    told = project.reconcile()
    assert len(project.orders()) == placed
    assert (("alice", FindingKind.DUPLICATE) in findings(told)) == (not kept)


@pytest.mark.parametrize("kept", [True, False])
def test_a_rename_that_git_does_not_tell_of(project: Project, kept: bool) -> None:
    """Without `moved` the new name is another order, and is held: by the state, or by the terms at the provider."""
    project.order("alice")
    project.reconcile()
    project.remove("alice")
    project.order("bob", place_of="alice")
    if not kept:
        project.lose_state()
    told = findings(project.reconcile())
    assert (("bob", FindingKind.HELD) in told, project.creates()) == (True, 1)


def test_a_month_s_budget_is_counted_by_the_state(project: Project) -> None:
    """With a state the second order is above the month's ceiling; without one it is placed."""
    project.policy(perMonth=[eur("2000.00")])
    project.order("alice")
    project.reconcile()
    project.order("bob", window=window(9, 11))
    assert [message(refusal) for refusal in project.reconcile().plan.refusals] != []
    assert project.creates() == 1
    assert run(project, passes=1) == [[("adopt", "alice"), ("place", "bob")]]
    assert project.creates() == 2


def test_a_removed_manifest_s_order_is_nobody_s(project: Project) -> None:
    """It is neither reported nor canceled: which orders were ours is known to Git and to the state alone."""
    project.order("alice", lifecycle={"onDelete": "cancel"})
    project.order("bob", window=window(9, 11))
    run(project)
    project.remove("alice")
    assert run(project) == [[("adopt", "bob")], []]
    assert {order["status"] for order in project.orders()} == {"RECEIVED"}


def test_a_refused_order_is_sent_again_by_each_run(project: Project) -> None:
    """With a state it is held until it is edited."""
    project.order()
    project.fault("status", status=422, body={"code": "ERR_NO", "message": "no"}, times=0)
    project.reconcile()
    assert findings(project.reconcile()) == [("alice", FindingKind.HELD)]
    assert project.creates() == 1
    assert run(project, passes=1) == [[("place", "alice")]]
    assert project.creates() == 2
