"""Ordering again, canceling, suspending and removing: what a commit in Git does to a live order."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.model.outcome import OutcomeKind
from reconciler.plan.findings import FindingKind
from reconciler.render.phrases import message, remedy
from tests.support.project import PRICE, Project, actions, at, eur, finding, findings, outcomes, window


def statuses(project: Project) -> list[str]:
    """Return the status words of all orders at the simulator, sorted."""
    return sorted(order["status"] for order in project.orders())


def test_a_raised_attempt_cancels_first_and_places_when_the_cancellation_is_reported(project: Project) -> None:
    """Never two live orders: free cancellation in one pass, the new order in a later one."""
    project.order()
    project.reconcile()
    project.order(attempt=2)
    first = project.reconcile()
    assert outcomes(first) == {"alice": OutcomeKind.DONE}
    assert actions(first) == [("cancel", "alice")]
    assert statuses(project) == ["CANCELED"]
    assert actions(project.reconcile()) == [("place", "alice")]
    assert actions(project.reconcile()) == []
    assert statuses(project) == ["CANCELED", "RECEIVED"]
    assert [len(project.orders_of(attempt=n)) for n in (1, 2)] == [1, 1]


def test_a_raised_attempt_whose_cancellation_costs_is_held_with_the_lines_to_commit(project: Project) -> None:
    """The finding names charge, rule and the exact lines; nothing is canceled and nothing ordered."""
    project.order()
    project.reconcile()
    project.set_clock(2.5)
    project.order(attempt=2)
    report = project.reconcile()
    held = finding(report, kind=FindingKind.HELD)
    assert actions(report) == []
    assert "canceling costs EUR 130.00 now (72 to 48 h before the window opens: 10 %)" in message(held)
    assert 'cancel: {attempt: 1, reason: attempt raised to 2, maxCharge: {amount: "130.00", currency: EUR}}' in remedy(
        held
    )
    assert str(project.folder / "orders/alice.yaml") in remedy(held)
    assert statuses(project) == ["ACTIVE"]


def test_the_lines_that_a_hold_names_open_it(project: Project) -> None:
    """Committed as printed: the earlier attempt is canceled at that charge, and the new one ordered."""
    project.order()
    project.reconcile()
    project.set_clock(2.5)
    project.order(attempt=2)
    project.reconcile()
    project.order(attempt=2, cancel={"attempt": 1, "reason": "attempt raised to 2", "maxCharge": eur("130.00")})
    assert actions(project.reconcile()) == [("cancel", "alice")]
    assert actions(project.reconcile()) == [("place", "alice")]
    assert actions(project.reconcile()) == []
    assert statuses(project) == ["CANCELED", "RECEIVED"]


def test_a_charge_agreed_to_a_cent_too_low_holds(project: Project) -> None:
    """129.99 is not 130.00."""
    project.order()
    project.reconcile()
    project.set_clock(2.5)
    project.order(attempt=2, cancel={"attempt": 1, "reason": "x", "maxCharge": eur("129.99")})
    held = finding(project.reconcile(), kind=FindingKind.HELD)
    assert "above the agreed EUR 129.99" in message(held)
    assert statuses(project) == ["ACTIVE"]


def test_the_charge_agreed_to_for_the_first_attempt_does_not_cancel_the_second(project: Project) -> None:
    """`cancel` names its attempt: the new order lives on while the lines stay committed."""
    project.order()
    project.reconcile()
    project.order(attempt=2, cancel={"attempt": 1, "reason": "x", "maxCharge": eur("130.00")})
    for _ in range(4):
        project.reconcile()
    assert statuses(project) == ["CANCELED", "RECEIVED"]


def test_a_raised_attempt_in_doubt_is_not_followed_by_another(project: Project) -> None:
    """The second attempt's answer lost: it is looked for; the ended first one starts nothing."""
    project.order()
    project.reconcile()
    project.order(attempt=2)
    project.reconcile()
    project.fault("drop-after")
    project.reconcile()
    assert actions(project.reconcile()) == [("adopt", "alice")]
    assert actions(project.reconcile()) == []
    assert len(project.orders()) == 2


def test_an_attempt_raised_over_one_in_doubt_waits_for_it(project: Project) -> None:
    """While the first attempt may exist, the second is not ordered."""
    project.order()
    project.fault("drop-after")
    project.fault("lag", seconds=3600)
    project.reconcile()
    project.order(attempt=2)
    for _ in range(4):
        report = project.reconcile()
        assert actions(report) == []
        assert FindingKind.UNRESOLVED in {kind for _, kind in findings(report)}
    project.advance("61m")
    assert [actions(project.reconcile()) for _ in range(4)] == [
        [("adopt", "alice")],
        [("cancel", "alice")],
        [("place", "alice")],
        [],
    ]
    assert statuses(project) == ["CANCELED", "RECEIVED"]


def test_a_cancellation_whose_answer_is_lost_is_read_and_not_repeated(project: Project) -> None:
    """The driver looks once after an unclear answer; canceled is canceled, and the new attempt follows."""
    project.order()
    project.reconcile()
    project.order(attempt=2)
    project.fault("drop-after", method="PATCH", path="/tasking/v2/tasks/*")
    assert outcomes(project.reconcile()) == {"alice": OutcomeKind.DONE}
    assert actions(project.reconcile()) == [("place", "alice")]
    assert statuses(project) == ["CANCELED", "RECEIVED"]


def test_a_cancellation_that_was_not_done_keeps_the_new_attempt_waiting(project: Project) -> None:
    """Refused or unclear: the first attempt lives, so the second waits, and the next pass tries again."""
    project.order()
    project.reconcile()
    project.order(attempt=2)
    project.fault("status", method="PATCH", path="/tasking/v2/tasks/*", status=500)
    assert outcomes(project.reconcile()) == {"alice": OutcomeKind.UNKNOWN}
    assert project.creates() == 1
    assert actions(project.reconcile()) == [("cancel", "alice")]
    assert actions(project.reconcile()) == [("place", "alice")]
    assert statuses(project) == ["CANCELED", "RECEIVED"]


def test_a_lowered_attempt_never_orders_again(project: Project) -> None:
    """From two back to one: held, with the lines that end it."""
    project.order()
    project.reconcile()
    project.order(attempt=2)
    project.reconcile()
    project.reconcile()
    project.order(attempt=1)
    project.zero()
    for _ in range(3):
        assert actions(project.reconcile()) == []
    assert project.writes() == {}


def test_a_first_attempt_number_above_one_orders_once(project: Project) -> None:
    """An order that begins at attempt three makes one order."""
    project.order(attempt=3)
    project.reconcile()
    assert actions(project.reconcile()) == []
    assert len(project.orders()) == 1


# Canceling in Git: the bands of the charge, through the provider's clock. The window opens at day 5.
_BANDS = [
    (0.0, "0.00", "RECEIVED"),
    (1.999, "0.00", "ACTIVE"),
    (2.0, "130.00", "ACTIVE"),
    (2.999, "130.00", "ACTIVE"),
    (3.0, "260.00", "ACTIVE"),
    (3.999, "260.00", "ACTIVE"),
    (4.0, "1300.00", "ACTIVE"),
    (4.9, "1300.00", "ACTIVE"),
]


@pytest.mark.parametrize(("day", "charge", "status"), _BANDS)
def test_canceling_in_git_asks_for_exactly_the_charge_of_its_band(
    project: Project, day: float, charge: str, status: str
) -> None:
    """Free: done at once. With a charge: held until the order agrees to it, then done."""
    project.order()
    project.reconcile()
    project.set_clock(day)
    project.order(cancel={"reason": "the flood has receded"})
    report = project.reconcile()
    if charge == "0.00":
        assert outcomes(report) == {"alice": OutcomeKind.DONE}
    else:
        held = finding(report)
        assert (actions(report), held.kind) == ([], FindingKind.HELD)
        assert f'maxCharge: {{amount: "{charge}", currency: EUR}}' in remedy(held)
        assert statuses(project) == [status]
        project.order(cancel={"reason": "the flood has receded", "maxCharge": eur(charge)})
        report = project.reconcile()
        assert outcomes(report) == {"alice": OutcomeKind.DONE}
        assert report.plan.actions[0].commits.amount == charge
    assert statuses(project) == ["CANCELED"]
    assert actions(project.reconcile()) == []
    assert finding(project.reconcile()).kind is FindingKind.ENDED


def test_an_order_canceled_in_git_before_it_was_placed_is_never_placed(project: Project) -> None:
    """Manifest with `cancel` from the start: ended, nothing sent."""
    project.order(cancel={"reason": "not needed"})
    report = project.reconcile()
    assert (actions(report), finding(report).kind) == ([], FindingKind.ENDED)
    assert project.creates() == 0


def test_taking_the_cancellation_back_does_not_order_again(project: Project) -> None:
    """A canceled order stays canceled until its attempt is raised."""
    project.order()
    project.reconcile()
    project.order(cancel={"reason": "not needed"})
    project.reconcile()
    project.order()
    report = project.reconcile()
    assert (actions(report), finding(report).kind) == ([], FindingKind.ENDED)
    assert "attempt: 2" in remedy(finding(report))
    assert project.creates() == 1


def test_a_canceled_order_adopted_after_a_lost_state_is_not_ordered_again(project: Project) -> None:
    """The provider still shows it with our reference: it is bound and ended."""
    project.order()
    project.reconcile()
    project.order(cancel={"reason": "not needed"})
    project.reconcile()
    project.lose_state()
    project.order()
    assert actions(project.reconcile()) == [("adopt", "alice")]
    assert finding(project.reconcile()).kind is FindingKind.ENDED
    assert len(project.orders()) == 1


@pytest.mark.parametrize("status", ["FULFILLED", "DONE", "SOMETHING_NEW"])
def test_what_cannot_be_canceled_any_more_is_held(project: Project, status: str) -> None:
    """The finding says so; no request goes out."""
    project.order()
    project.reconcile()
    project.edit(project.orders()[0]["id"], status=status)
    project.order(cancel={"reason": "not needed", "maxCharge": eur("3000.00")})
    report = project.reconcile()
    assert actions(report) == []
    expected = FindingKind.ENDED if status == "DONE" else FindingKind.HELD
    assert finding(report).kind is expected
    assert not any(name.startswith("PATCH") for name in project.requests())


def test_a_suspended_order_is_not_placed_and_not_canceled(project: Project) -> None:
    """Suspended before placing: waits. Suspended while it lives: only observed."""
    suspend: dict[str, Any] = {"reason": "waiting for the ice report"}
    project.order(suspend=suspend)
    report = project.reconcile()
    assert (actions(report), finding(report).kind) == ([], FindingKind.WAITING)
    assert project.creates() == 0
    project.order()
    project.reconcile()
    project.order(suspend=suspend, cancel={"reason": "not needed"})
    report = project.reconcile()
    assert (actions(report), finding(report).kind) == ([], FindingKind.WAITING)
    assert statuses(project) == ["RECEIVED"]


def test_a_suspension_ends_at_its_instant_by_the_providers_clock(project: Project) -> None:
    """Until then nothing is placed; from then on it is."""
    project.order(suspend={"reason": "waiting", "until": at(1)})
    project.set_clock(0.9999)
    assert actions(project.reconcile()) == []
    project.set_clock(1)
    assert actions(project.reconcile()) == [("place", "alice")]


def test_a_suspended_order_with_a_raised_attempt_changes_nothing(project: Project) -> None:
    """Neither is the earlier attempt canceled nor the new one placed."""
    project.order()
    project.reconcile()
    project.order(attempt=2, suspend={"reason": "waiting"})
    project.zero()
    for _ in range(3):
        assert actions(project.reconcile()) == []
    assert project.writes() == {}


def test_a_removed_manifest_is_reported_and_nothing_canceled(project: Project) -> None:
    """A file that vanished is no wish to cancel; restored, the order is in sync again."""
    project.order("alice")
    project.order("bruce")
    project.reconcile()
    project.remove("alice")
    report = project.reconcile()
    assert (actions(report), finding(report).kind) == ([], FindingKind.ORPHANED)
    assert statuses(project) == ["RECEIVED", "RECEIVED"]
    project.order("alice")
    assert actions(project.reconcile()) == []
    assert len(project.orders()) == 2


def test_a_removed_manifest_cancels_where_git_had_agreed_to_it_and_it_is_free(project: Project) -> None:
    """`onDelete: cancel` was remembered in the state file."""
    project.order("alice", lifecycle={"onDelete": "cancel"})
    project.order("bruce")
    project.reconcile()
    project.remove("alice")
    early = project.reconcile()
    assert (actions(early), finding(early).kind) == ([], FindingKind.WAITING)
    project.advance("15m")
    assert actions(project.reconcile()) == [("cancel", "alice")]
    assert statuses(project) == ["CANCELED", "RECEIVED"]
    assert actions(project.reconcile()) == []


def test_a_removed_manifest_never_cancels_at_a_charge(project: Project) -> None:
    """From 72 hours before the window on, it is held for a person."""
    project.order("alice", lifecycle={"onDelete": "cancel"})
    project.order("bruce")
    project.reconcile()
    project.set_clock(2)
    project.remove("alice")
    project.reconcile()
    project.advance("15m")
    report = project.reconcile()
    assert (actions(report), finding(report).kind) == ([], FindingKind.HELD)
    assert statuses(project) == ["ACTIVE", "ACTIVE"]


def test_on_delete_changed_while_the_order_lives_is_what_counts(project: Project) -> None:
    """The last committed word is remembered, not the first."""
    project.order("alice", lifecycle={"onDelete": "cancel"})
    project.order("bruce")
    project.reconcile()
    project.order("alice", lifecycle={"onDelete": "report"})
    project.reconcile()
    project.remove("alice")
    assert actions(project.reconcile()) == []


def test_a_removed_manifest_of_an_order_in_doubt_is_followed_until_it_is_found(project: Project) -> None:
    """The order shows up although no manifest states it: it is bound, reported, and not ordered again."""
    project.order("alice")
    project.order("bruce")
    project.fault("drop-after")
    project.fault("lag", seconds=600)
    project.reconcile()
    project.remove("alice")
    assert finding(project.reconcile(), "alice").kind is FindingKind.UNRESOLVED
    project.advance("11m")
    assert actions(project.reconcile()) == [("adopt", "alice")]
    assert finding(project.reconcile(), "alice").kind is FindingKind.ORPHANED
    assert len(project.orders_of("alice")) == 1


def test_an_empty_folder_while_orders_live_is_refused(project: Project) -> None:
    """Exit 5, nothing canceled, even where `onDelete: cancel` stands; with `allowEmpty` it is believed."""
    project.order(lifecycle={"onDelete": "cancel"})
    project.reconcile()
    project.remove()
    project.reconcile()
    project.advance("15m")
    report = project.reconcile()
    assert len(report.plan.refusals) == 1
    assert report.results == ()
    assert statuses(project) == ["RECEIVED"]
    assert project.command("reconcile").code == 5
    project.policy(allowEmpty=True)
    assert outcomes(project.reconcile()) == {"alice": OutcomeKind.DONE}
    assert statuses(project) == ["CANCELED"]


def test_too_many_cancellations_in_one_pass_are_refused(project: Project) -> None:
    """A folder that lost half of its manifests cancels nothing."""
    for key in ("a", "b", "c"):
        project.order(key, lifecycle={"onDelete": "cancel"})
    project.order("d")
    project.reconcile()
    for key in ("a", "b", "c"):
        project.remove(key)
    project.policy(cancelsPerPass=2)
    project.reconcile()
    project.advance("15m")
    report = project.reconcile()
    assert (len(report.plan.refusals), report.results) == (1, ())
    assert statuses(project) == ["RECEIVED"] * 4


def test_a_rename_is_held_while_the_first_order_lives(project: Project) -> None:
    """The same terms under another name are not ordered again."""
    project.order("alice")
    project.reconcile()
    project.remove("alice")
    project.order("alicia", place_of="alice")
    report = project.reconcile()
    assert actions(report) == []
    assert finding(report, "alicia").kind is FindingKind.HELD
    assert len(project.orders()) == 1


def test_an_edit_after_placing_is_named_and_changes_nothing(project: Project) -> None:
    """ICEYE changes nothing: spec edited, with the charge of ordering again; put back, it is in sync."""
    project.order()
    project.reconcile()
    project.order(window=window(6, 8), iceye={"imagingMode": "STRIPMAP"})
    report = project.reconcile()
    found = finding(report)
    assert (actions(report), found.kind) == ([], FindingKind.DRIFTED)
    assert {d.kind for d in found.differences} == {"spec edited"}
    assert {d.term for d in found.differences} == {
        "acquisitionWindow.start",
        "acquisitionWindow.end",
        "imagingMode",
    }
    assert "attempt: 2" in remedy(found)
    project.order()
    assert finding(project.reconcile()).kind is FindingKind.IN_SYNC
    assert len(project.orders()) == 1


def test_the_price_on_record_is_what_the_charge_is_computed_from(project: Project) -> None:
    """Ten percent of the price that was asked for when the order was placed."""
    project.order()
    project.reconcile()
    assert project.record().price.minor == PRICE


def test_a_lowered_attempt_with_a_lost_state_never_orders_again(project: Project) -> None:
    """The first attempt never was; the third one shows at the provider: held, with the lines that end it."""
    project.order(attempt=3)
    project.reconcile()
    project.lose_state()
    project.order(attempt=1)
    project.zero()
    report = project.reconcile()
    assert (actions(report), finding(report).kind) == ([], FindingKind.HELD)
    assert "attempt: 3" in remedy(finding(report))
    assert project.writes() == {}


def test_a_lost_state_does_not_hide_an_earlier_attempt_that_lives(project: Project) -> None:
    """Both attempts found alive without any record: both are adopted, and the earlier one is then canceled."""
    project.order()
    project.reconcile()
    project.place_by_hand(project.reference(attempt=2))
    project.zero()
    project.lose_state()
    project.order(attempt=2)
    adopted = actions(project.reconcile())
    assert [kind for kind, _ in adopted] == ["adopt", "adopt"]
    project.reconcile()
    assert {order["status"] for order in project.orders_of(attempt=1)} == {"CANCELED"}
    assert [order["status"] for order in project.orders_of(attempt=2)] != ["CANCELED"]
    assert project.creates() == 0


def test_a_moved_order_keeps_what_it_has_placed(project: Project) -> None:
    """Under its new name it is the same order: with its state, without it, and in every later attempt."""
    project.order("alice")
    project.reconcile()
    project.remove("alice")
    project.order("bob", place_of="alice", moved={"from": "alice"})
    assert actions(project.reconcile()) == []
    assert [record.key for record in project.records().values()] == ["bob"]
    project.lose_state()
    assert actions(project.reconcile()) == [("adopt", "bob")]
    project.order("bob", place_of="alice", moved={"from": "alice"}, attempt=2)
    assert [actions(project.reconcile()) for _ in range(3)] == [[("cancel", "bob")], [("place", "bob")], []]
    assert [len(project.orders_of("alice", attempt=n)) for n in (1, 2)] == [1, 1]


def test_a_rename_is_held_with_the_lines_that_keep_the_order(project: Project) -> None:
    """Committed as printed, nothing is ordered and nothing is orphaned."""
    project.order("alice")
    project.reconcile()
    project.remove("alice")
    project.order("bob", place_of="alice")
    held = finding(project.reconcile(), "bob", kind=FindingKind.HELD)
    assert "moved: {from: alice}" in remedy(held)
    project.order("bob", place_of="alice", moved={"from": "alice"})
    report = project.reconcile()
    assert (actions(report), findings(report)) == ([], [("bob", FindingKind.IN_SYNC)])
    assert len(project.orders()) == 1


def test_a_file_moved_between_folders_changes_nothing(project: Project) -> None:
    """An order goes by its name, wherever it is written."""
    path = project.order("alice")
    project.reconcile()
    elsewhere = project.folder / "campaigns/autumn"
    elsewhere.mkdir(parents=True)
    path.rename(elsewhere / "alice-springs.yaml")
    report = project.reconcile()
    assert (actions(report), findings(report)) == ([], [("alice", FindingKind.IN_SYNC)])
    assert len(project.orders()) == 1


def test_an_order_from_the_console_is_adopted_by_its_id(project: Project) -> None:
    """It is bound as Git says, followed, found again without a state file, and never ordered in its place."""
    there = project.place_by_hand(None)
    project.order("alice", adopt={"orderId": there})
    assert actions(project.reconcile()) == [("adopt", "alice")]
    assert project.record("alice").order_id == there
    project.lose_state()
    assert actions(project.reconcile()) == [("adopt", "alice")]
    project.lose_state()
    project.order("alice", adopt={"orderId": "7d4c1f5a-0000-4a57-9d25-3f0f5f0d9c11"})
    report = project.reconcile()
    assert (actions(report), [kind for _, kind in findings(report)]) == ([], [FindingKind.MISSING])
    assert len(project.orders()) == 1
