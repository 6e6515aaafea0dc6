"""What passes remember of findings, and what the journal tells of them and of money."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from reconciler.model.journal import EventKind, FindingChanged, TermDifference
from reconciler.model.money import Money
from reconciler.plan.findings import FindingKind
from reconciler.state.group_by import GroupBy
from reconciler.state.spending import added_up
from reconciler.state.store import open_reader
from tests.support.project import PRICE, START, Project, eur, finding, window


def finding_changes(project: Project, key: str = "alice") -> list[tuple[Any, Any]]:
    """Return which findings the journal says have appeared and gone."""
    events = [entry.event for entry in project.journal(key) if isinstance(entry.event, FindingChanged)]
    return [(event.finding, "appeared" if event.appeared else "went") for event in events]


def test_a_held_order_says_since_when(project: Project) -> None:
    """Also one that no record exists of; a plan says the same and writes nothing."""
    project.order(confirm={"maxPrice": eur("1.00")})
    project.reconcile()
    project.advance("2h")
    before = project.state.read_bytes()
    assert finding(project.plan()).since == START
    assert project.state.read_bytes() == before
    project.reconcile()
    assert finding(project.reconcile()).since == START
    (event,) = project.journal("alice")
    assert (event.kind, event.reference, event.at) == (EventKind.FINDING, project.reference(), START)


def test_what_was_held_has_gone_before_it_is_placed(project: Project) -> None:
    """The history reads in order: held, no longer held, about to place, placed."""
    project.order(confirm={"maxPrice": eur("1.00")})
    project.reconcile()
    project.order()
    project.reconcile(commit="c0ffee")
    kinds = [event.kind for event in project.journal("alice")]
    assert kinds == [EventKind.FINDING, EventKind.FINDING, EventKind.INTENT, EventKind.OUTCOME]
    assert finding_changes(project) == [("held", "appeared"), ("held", "went")]
    assert project.journal("alice")[1].commit == "c0ffee"


def test_drift_is_remembered_when_it_appeared_and_when_it_went(project: Project) -> None:
    """With both values, through passes that find it again, a refresh, and a provider that does not answer."""
    project.order(iceye={"lookSide": "RIGHT"})
    project.reconcile()
    (order,) = project.orders()
    project.edit(order["id"], lookSide="LEFT")
    project.refresh()
    project.fault("status", method="GET", path="/tasking/v2/tasks", status=500, times=9)
    assert finding(project.reconcile()).kind is FindingKind.UNREAD
    project.clear_faults()
    project.advance("1h")
    assert finding(project.reconcile()).since == START
    project.edit(order["id"], lookSide="RIGHT")
    project.reconcile()
    assert finding_changes(project) == [("drifted", "appeared"), ("drifted", "went")]
    appeared, went = (e.event for e in project.journal("alice") if e.kind is EventKind.FINDING)
    assert appeared.differences == (TermDifference(term="lookSide", stated="RIGHT", observed="LEFT"),)
    assert went.since == START


def test_a_steady_state_writes_no_events(project: Project) -> None:
    """Held, drifted and orphaned orders are told once, however many passes find them."""
    project.order("alice", confirm={"maxPrice": eur("1.00")})
    project.order("bruce", iceye={"lookSide": "RIGHT"})
    project.order("chris", window=window(9, 11))
    project.reconcile()
    project.remove("chris")
    project.edit(project.orders_of("bruce")[0]["id"], lookSide="LEFT")
    project.reconcile()
    project.reconcile()
    journal = project.journal()
    assert [finding_changes(project, key) for key in ("alice", "bruce", "chris")] == [
        [("held", "appeared")],
        [("drifted", "appeared")],
        [("orphaned", "appeared")],
    ]
    project.advance("1m")
    project.reconcile()
    found = [event for event in project.journal()[len(journal) :] if event.kind is EventKind.FINDING]
    assert found == []


def test_a_doubt_is_as_old_as_its_intent(project: Project) -> None:
    """It ends when the order shows up."""
    project.order()
    project.fault("drop-after")
    project.fault("lag", seconds=600)
    project.reconcile()
    project.advance("5m")
    assert finding(project.reconcile()).since == project.record().intent.at
    project.advance("6m")
    project.reconcile()
    assert finding_changes(project) == [("unresolved", "appeared"), ("unresolved", "went")]


def test_an_order_counts_under_the_labels_that_it_was_sent_with(project: Project) -> None:
    """The manifest may state others by now, or be gone: the journal knows."""
    path = project.order()
    path.write_text(path.read_text().replace("  name: alice\n", "  name: alice\n  labels: {campaign: outback}\n"))
    project.reconcile()
    project.order()
    project.reconcile()
    with open_reader(project.state) as reader:
        (spending,) = reader.spendings()
        sums = added_up((spending,), GroupBy.LABEL)
    assert (spending.account, spending.labels, spending.sure) == ("iceye-sim", {"campaign": "outback"}, True)
    assert [(sum_.group, sum_.committed) for sum_ in sums] == [("campaign: outback", Money(PRICE, "EUR"))]


def test_forgetting_is_told_by_the_clock_that_the_rest_was_told_by(project: Project) -> None:
    """No provider is asked, so it is the last instant that one has told; the local clock is years away."""
    project.order()
    project.reconcile()
    project.advance("1h")
    project.remove()
    project.reconcile()
    with project.deciding() as decision:
        decision.forget()
    forgotten = project.journal("alice")[-1]
    assert (forgotten.kind, forgotten.event.attempt) == (EventKind.FORGOTTEN, 1)
    assert forgotten.at == START + timedelta(hours=1)
