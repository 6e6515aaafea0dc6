"""An account that is left alone: asked nothing, concluded nothing, and nobody else waits for it but new orders."""

from __future__ import annotations

from dataclasses import replace

from reconciler.model.ids import AccountName
from reconciler.plan.findings import FindingKind
from reconciler.reconcile import Mode, Pass
from reconciler.render.phrases import message
from tests.support.project import ACCOUNT, OTHER_CONTRACT, Project, actions, finding, findings, window

WHY = "left alone for 40s: it could not be read"


def two_accounts(project: Project) -> None:
    """Write a second account, with an order at each."""
    project.account("other", contract=OTHER_CONTRACT)
    project.order("alice")
    project.order("bob", account="other", window=window(9, 11))


def test_a_resting_account_is_asked_nothing(project: Project) -> None:
    """Its bound order is Unread with the reason, the other account's order is read as ever."""
    two_accounts(project)
    project.reconcile()
    project.zero()
    report = project.reconcile(resting={AccountName(ACCOUNT): WHY})
    assert findings(report) == [("alice", FindingKind.UNREAD), ("bob", FindingKind.IN_SYNC)]
    assert WHY in message(finding(report))
    lists = {name: count for name, count in project.requests().items() if name.startswith("GET ")}
    assert sum(lists.values()) == 1


def test_new_orders_wait_for_a_resting_account(project: Project) -> None:
    """Its listing may hold their references: nothing is placed anywhere, and the next full pass places all."""
    two_accounts(project)
    report = project.reconcile(resting={AccountName("other"): WHY})
    assert (actions(report), project.creates()) == ([], 0)
    assert {kind for _, kind in findings(report)} == {FindingKind.UNREAD}
    project.reconcile()
    assert len(project.orders()) == 2


def test_a_clock_that_nobody_was_asked_for_decides_nothing(project: Project) -> None:
    """Our own clock runs a year ahead: the plan is made by that of the provider that was read."""
    two_accounts(project)
    first = project.reconcile()
    project.clock.sleep(20 * 365 * 86_400)
    report = Pass(
        manifests=project.read(), env=project.environment(), mode=Mode.RECONCILE, resting={AccountName(ACCOUNT): WHY}
    ).run()
    assert report.plan.at == first.plan.at


def test_answers_to_reads_are_heard(project: Project) -> None:
    """Whoever counts is told the account, the status and how long to wait; of a spending call it is told nothing."""
    told: list[tuple[str, int, float | None]] = []
    project.order()
    project.fault("status", method="GET", status=429, headers={"Retry-After": "7"})
    env = replace(project.environment(), on_response=lambda *answer: told.append(answer))
    Pass(manifests=project.read(), env=env, mode=Mode.RECONCILE).run()
    assert (ACCOUNT, 429, 7.0) in told
    assert {status for _, status, _ in told} == {200, 429}
    assert len(project.orders()) == 1
