"""An order followed to its end: phases remembered, drift told from defaults, unknown words taken as alive."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.model.journal import EventKind, PhaseChanged
from reconciler.model.phase import Phase
from reconciler.model.terms import DriftKind
from reconciler.plan.findings import FindingKind
from reconciler.render.phrases import message, remedy
from tests.support.project import Project, actions, finding, window


def phases(project: Project) -> list[tuple[object, object]]:
    """Return the changes of status that the journal holds."""
    return [(e.event.previous, e.event.status) for e in project.journal("alice") if isinstance(e.event, PhaseChanged)]


def test_an_order_is_followed_to_its_end(project: Project) -> None:
    """RECEIVED, ACTIVE, FULFILLED, DONE: each is journaled once, and the end waits for nobody."""
    project.order()
    project.reconcile()
    for days in (0.5, 0.6, 6.95, 8, 9, 10):
        project.set_clock(days)
        assert actions(project.reconcile()) == []
    told = phases(project)
    assert told[0] == ("RECEIVED", "ACTIVE")
    assert told[-1][1] == "DONE"
    assert len(told) == len(set(told))
    ended = finding(project.reconcile())
    assert (ended.kind, remedy(ended)) == (FindingKind.ENDED, "")
    assert project.record().phase is Phase.FULFILLED
    assert len(project.orders()) == 1


def test_a_poller_may_miss_phases(project: Project) -> None:
    """From RECEIVED straight to DONE between two passes is a life like any other."""
    project.order()
    project.reconcile()
    project.set_clock(10)
    assert actions(project.reconcile()) == []
    assert phases(project) == [("RECEIVED", "DONE")]


@pytest.mark.parametrize(("outcome", "phase"), [("REJECTED", Phase.REJECTED), ("FAILED", Phase.FAILED)])
def test_an_order_that_came_to_nothing_is_not_ordered_again_by_itself(
    project: Project, outcome: str, phase: Phase
) -> None:
    """The remedy is to raise `attempt`; through it, exactly one new order is placed."""
    project.switch(outcome=outcome)
    project.order()
    project.reconcile()
    project.set_clock(8)
    for _ in range(3):
        report = project.reconcile()
        ended = finding(report)
        assert (actions(report), ended.kind) == ([], FindingKind.ENDED)
        assert "attempt: 2" in remedy(ended)
        assert str(project.folder / "orders/alice.yaml") in remedy(ended)
    assert project.record().phase is phase
    project.switch(outcome="DONE")
    project.order(attempt=2, window=window(13, 15))
    assert actions(project.reconcile()) == [("place", "alice")]
    assert actions(project.reconcile()) == []
    assert len(project.orders()) == 2


def test_a_status_that_nobody_documented_is_taken_as_alive(project: Project) -> None:
    """Reported with the provider's own word, never acted on, and never a reason to order again."""
    project.switch(outcome="ON_HOLD_FOR_REVIEW")
    project.order()
    project.reconcile()
    project.advance("1h")
    report = project.reconcile()
    found = finding(report)
    assert (actions(report), found.kind, found.subject.status) == ([], FindingKind.IN_SYNC, "ON_HOLD_FOR_REVIEW")
    assert "taken as alive" in message(found)
    assert project.record().live
    project.order(attempt=2)
    report = project.reconcile()
    assert actions(report) == []
    assert project.creates() == 1


def test_a_status_that_nobody_documented_is_adopted_with_a_lost_state(project: Project) -> None:
    """An order in a strange status still carries our reference."""
    project.switch(outcome="ON_HOLD_FOR_REVIEW")
    project.order()
    project.reconcile()
    project.advance("1h")
    project.lose_state()
    assert actions(project.reconcile()) == [("adopt", "alice")]
    assert project.creates() == 1


@pytest.mark.parametrize("missing", ["status", "createdAt", "acquisitionWindow", "pointOfInterest", "priority", "eula"])
def test_fields_that_a_provider_leaves_out_do_not_lose_the_order(project: Project, missing: str) -> None:
    """Whatever is missing in the list, the order is recognized; nothing is sent."""
    project.order()
    project.reconcile()
    project.zero()
    project.fault("mutate", method="GET", path="/tasking/v2/tasks", patch={missing: None}, each=True, times=0)
    report = project.reconcile()
    assert actions(report) == []
    assert project.record().bound
    project.lose_state()
    assert actions(project.reconcile()) == [("adopt", "alice")]
    assert project.writes() == {}


@pytest.mark.parametrize(
    ("field", "value"),
    [("createdAt", 17), ("createdAt", "yesterday"), ("lookSide", {"odd": True}), ("reference", 17), ("id", 17)],
)
def test_fields_of_another_kind_never_lead_to_a_second_order(project: Project, field: str, value: Any) -> None:
    """A field that cannot be read is told; where it is the reference or the id, nothing new is placed at all."""
    project.order()
    project.reconcile()
    project.lose_state()
    project.order("bruce")
    project.fault("mutate", method="GET", path="/tasking/v2/tasks", patch={field: value}, each=True, times=0)
    report = project.reconcile()
    if field in ("reference", "id"):
        assert report.results == ()
        assert project.creates() == 1
    else:
        assert actions(report) == [("adopt", "alice"), ("place", "bruce")]
    assert len(project.orders_of("alice")) == 1


_DEFAULTS = {
    "priority": "BACKGROUND",
    "exclusivity": "PUBLIC",
    "sla": "SLA_24H",
    "eula": "GOVERNMENT",
    "lookSide": "LEFT",
    "passDirection": "ASCENDING",
    "incidenceAngle": {"min": 11, "max": 44},
    "productTypes": ["SICD"],
}


@pytest.mark.parametrize("field", _DEFAULTS)
def test_what_the_manifest_leaves_open_is_never_drift(project: Project, field: str) -> None:
    """A default, even one that changes later, is remembered and not reported as drift."""
    project.order()
    project.reconcile()
    project.edit(project.orders()[0]["id"], **{field: _DEFAULTS[field]})
    report = project.reconcile()
    assert (actions(report), finding(report).kind) == ([], FindingKind.IN_SYNC)
    assert project.journal("alice")[-1].kind is EventKind.TERMS


@pytest.mark.parametrize("field", [*_DEFAULTS, "imagingMode", "acquisitionWindow", "pointOfInterest", "reference"])
def test_what_the_manifest_states_is_drift_when_a_person_changes_it(project: Project, field: str) -> None:
    """An edit at the provider's console is named with both values; nothing is sent."""
    stated = {
        "priority": "COMMERCIAL",
        "exclusivity": "PRIVATE",
        "sla": "SLA_8H",
        "eula": "STANDARD",
        "lookSide": "RIGHT",
        "passDirection": "DESCENDING",
        "incidenceAngle": {"min": 20, "max": 30},
        "productTypes": ["GRD"],
        "reference": "our text",
    }
    edits = {
        **_DEFAULTS,
        "imagingMode": "STRIPMAP",
        "acquisitionWindow": window(5, 7.5),
        "pointOfInterest": {"lat": 0.5001, "lon": 0.5},
        "reference": f"their text {project.reference()}",
    }
    project.order(iceye=stated)
    project.reconcile()
    assert finding(project.reconcile()).kind is FindingKind.IN_SYNC
    project.edit(project.orders()[0]["id"], **{field: edits[field]})
    project.zero()
    report = project.reconcile()
    found = finding(report)
    assert (actions(report), found.kind) == ([], FindingKind.DRIFTED)
    assert {d.kind for d in found.differences} == {DriftKind.MATERIAL}
    assert {d.term.partition(".")[0] for d in found.differences} == {field}
    assert project.writes() == {}


def test_a_reference_that_a_person_removed_does_not_lose_a_bound_order(project: Project) -> None:
    """Bound by its id: it stays ours, and is not ordered again."""
    project.order()
    project.reconcile()
    project.edit(project.orders()[0]["id"], reference=None)
    for _ in range(2):
        assert actions(project.reconcile()) == []
    assert project.creates() == 1


def test_coordinates_that_come_back_in_single_precision_are_no_drift(project: Project) -> None:
    """133.882675 comes back as 133.88268; half a millidegree is drift."""
    project.order(target={"type": "Point", "coordinates": [133.882675, -23.700552]})
    project.reconcile()
    assert finding(project.reconcile()).kind is FindingKind.IN_SYNC
    project.edit(project.orders()[0]["id"], pointOfInterest={"lat": -23.700552, "lon": 133.8832})
    assert finding(project.reconcile()).kind is FindingKind.DRIFTED


def test_an_order_that_was_deleted_at_its_provider_is_missing_and_not_ordered_again(project: Project) -> None:
    """A 404 is a finding, whatever the time: after the time in which it may simply be late, it is Missing."""
    project.order()
    project.reconcile()
    project.edit(project.orders()[0]["id"], delete=True)
    assert finding(project.reconcile()).kind is FindingKind.WAITING
    project.advance("16m")
    for _ in range(3):
        report = project.reconcile()
        found = finding(report)
        assert (actions(report), found.kind) == ([], FindingKind.MISSING)
        assert "attempt: 2" in remedy(found)
    assert project.creates() == 1


def test_an_ended_order_that_its_provider_no_longer_shows_stays_ended(project: Project) -> None:
    """Providers may drop old orders from their lists: that is no finding for a person, and no reason to order."""
    project.order()
    project.reconcile()
    project.set_clock(10)
    project.reconcile()
    project.edit(project.orders()[0]["id"], delete=True)
    report = project.reconcile()
    assert (actions(report), finding(report).kind) == ([], FindingKind.ENDED)
    assert project.creates() == 1


def test_times_are_judged_by_the_providers_clock(project: Project) -> None:
    """The local clock of these tests is years behind: an open window is ordered, a closed one is not."""
    assert project.clock.now().year == 2019
    project.order("alice")
    project.order("bruce", window=window(0.1, 2))
    project.order("chris", window=window(20, 22))
    report = project.reconcile()
    assert actions(report) == [("place", "alice")]
    assert finding(report, "bruce").kind is FindingKind.EXPIRED
    assert finding(report, "chris").kind is FindingKind.WAITING
    assert project.record().intent.at.year == 2026
    project.set_clock(8.0001)
    assert actions(project.reconcile()) == [("place", "chris")]


def test_an_order_is_placed_at_the_last_moment_and_not_after_it(project: Project) -> None:
    """Twelve hours before the window: at that instant still, a second later no more."""
    project.order("alice", window=window(1, 2))
    project.order("bruce", window=window(1, 2), iceye={"priority": "BACKGROUND"})
    project.set_clock(0.5)
    report = project.reconcile()
    assert finding(report, "bruce").kind is FindingKind.EXPIRED
    assert project.creates() <= 1
    project.advance("1s")
    project.order("chris", window=window(1, 2))
    assert finding(project.reconcile(), "chris").kind is FindingKind.EXPIRED


def test_an_order_whose_window_waits_is_placed_when_it_opens(project: Project) -> None:
    """More than fourteen days ahead: waiting with the instant, then placed, once."""
    project.order(window=window(18, 20))
    report = project.reconcile()
    assert finding(report).kind is FindingKind.WAITING
    assert "2026-12-07T00:00:00Z" in message(finding(report))
    project.set_clock(6)
    assert actions(project.reconcile()) == [("place", "alice")]
    assert actions(project.reconcile()) == []
