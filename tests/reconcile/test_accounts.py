"""Several accounts, owners and runs: one order stays one order, wherever it is looked at from."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from reconciler.model.errors import ConfigError, Locked
from reconciler.model.outcome import OutcomeKind
from reconciler.plan.findings import FindingKind
from reconciler.render.phrases import remedy
from reconciler.simulator import Simulator
from tests.support.project import (
    ACCOUNT,
    CONTRACT,
    OTHER_CONTRACT,
    START,
    Project,
    actions,
    eventually,
    finding,
    findings,
    outcomes,
    window,
)

OTHER = "iceye-two"


def test_an_order_moved_to_another_account_while_it_lives_is_an_edit(project: Project) -> None:
    """No second order at the new account: spec edited, with the remedy; moved back, it is in sync."""
    project.account(OTHER, contract=OTHER_CONTRACT)
    project.order()
    project.reconcile()
    project.order(account=OTHER)
    report = project.reconcile()
    found = finding(report)
    assert (actions(report), found.kind) == ([], FindingKind.DRIFTED)
    assert [d.term for d in found.differences] == ["account"]
    assert len(project.orders()) == 1
    project.order()
    assert finding(project.reconcile()).kind is FindingKind.IN_SYNC


def test_an_order_moved_to_another_account_with_a_lost_state_is_found_at_the_first(project: Project) -> None:
    """The reference says nothing of the account, and every account is searched."""
    project.account(OTHER, contract=OTHER_CONTRACT)
    project.order()
    project.reconcile()
    project.lose_state()
    project.order(account=OTHER)
    assert actions(project.reconcile()) == [("adopt", "alice")]
    assert project.record().account == ACCOUNT
    assert finding(project.reconcile()).kind is FindingKind.DRIFTED
    assert len(project.orders()) == 1


def test_an_order_in_doubt_that_is_moved_waits_for_its_first_account(project: Project) -> None:
    """The doubt stays where it was sent; found there, it is bound there."""
    project.account(OTHER, contract=OTHER_CONTRACT)
    project.order()
    project.fault("drop-after")
    project.fault("lag", seconds=600)
    project.reconcile()
    project.order(account=OTHER)
    for _ in range(3):
        report = project.reconcile()
        assert (actions(report), finding(report).kind) == ([], FindingKind.UNRESOLVED)
    project.advance("11m")
    assert actions(project.reconcile()) == [("adopt", "alice")]
    assert project.record().account == ACCOUNT
    assert len(project.orders()) == 1


@pytest.mark.parametrize("bound", [True, False])
def test_an_order_whose_account_left_git_is_not_ordered_at_another(project: Project, bound: bool) -> None:
    """Bound or in doubt at an account that is gone: told with the remedy, never placed elsewhere."""
    project.account(OTHER, contract=OTHER_CONTRACT)
    project.order()
    if not bound:
        project.fault("drop-after")
    project.reconcile()
    (project.folder / f"accounts/{ACCOUNT}.yaml").unlink()
    project.order(account=OTHER)
    for _ in range(3):
        report = project.reconcile()
        assert actions(report) == []
        assert finding(report).kind is (FindingKind.UNREAD if bound else FindingKind.UNRESOLVED)
        assert f"restore the account {ACCOUNT}" in remedy(finding(report))
    assert len(project.orders()) == 1


def test_a_doubt_at_an_account_that_left_git_cannot_be_decided_blindly(project: Project) -> None:
    """`resolve --not-created` looks where the order was sent; while that account is gone, it refuses."""
    project.account(OTHER, contract=OTHER_CONTRACT)
    project.order()
    project.fault("drop-after")
    project.reconcile()
    (project.folder / f"accounts/{ACCOUNT}.yaml").unlink()
    project.order(account=OTHER)
    with project.deciding() as decision, pytest.raises(ConfigError, match="restore it first"):
        decision.not_created("it is not in the console")
    assert actions(project.reconcile()) == []
    assert len(project.orders()) == 1


def test_two_accounts_on_one_contract_show_one_order_once(project: Project) -> None:
    """Both list it; it is bound where it was asked for, and is no duplicate."""
    project.account(OTHER)
    project.order("alice")
    project.order("bruce", account=OTHER)
    project.reconcile()
    report = project.reconcile()
    assert findings(report) == [("alice", FindingKind.IN_SYNC), ("bruce", FindingKind.IN_SYNC)]
    project.lose_state()
    assert actions(project.reconcile()) == [("adopt", "alice"), ("adopt", "bruce")]
    assert [project.record(key).account for key in ("alice", "bruce")] == [ACCOUNT, OTHER]
    assert actions(project.reconcile()) == []
    assert len(project.orders()) == 2


def test_orders_of_other_people_are_never_touched(project: Project) -> None:
    """Tasks without a reference, with foreign texts, or with a reference of nobody's: no action, no finding."""
    for text in (None, "customer text", "rc1-aaaaaaaaaaaaaaaaaaaa", "rc1-short"):
        project.place_by_hand(text, imagingMode="STRIPMAP")
    project.zero()
    project.order()
    assert actions(project.reconcile()) == [("place", "alice")]
    assert findings(project.reconcile()) == [("alice", FindingKind.IN_SYNC)]
    assert project.writes() == {"POST /iceye/api/tasking/v2/tasks": 1}


@pytest.mark.parametrize("change", [lambda text: text[:12], lambda text: text + "a", lambda text: f"x{text.upper()}"])
def test_what_may_be_our_reference_is_not_ordered_again(project: Project, change: Callable[[str], str]) -> None:
    """Cut off, or grown together with other text: a person looks at it."""
    strange = project.place_by_hand(change(project.reference()), imagingMode="STRIPMAP")
    project.order()
    report = project.reconcile()
    assert (actions(report), findings(report)) == ([], [("alice", FindingKind.HELD)])
    with project.deciding() as decision:
        decision.adopt(strange)
    assert actions(project.reconcile()) == []
    assert len(project.orders()) == 1


def test_the_very_same_order_of_another_owner_holds_ours(tmp_path: Path, control_client: httpx.Client) -> None:
    """It may be our own from before a rename and a lost state file: a person tells the two apart, in Git."""
    with Simulator(start=START, speed=0, contracts=(CONTRACT,)) as simulator:
        acme, zeta = (
            Project(tmp_path / owner, simulator, control_client, owner=owner) for owner in ("acme-eo", "zeta-eo")
        )
        acme.order()
        acme.reconcile()
        zeta.order()
        report = zeta.reconcile()
        assert (actions(report), findings(report)) == ([], [("alice", FindingKind.HELD)])
        assert "alsoOrdered" in remedy(finding(report))
        zeta.order(window=window(5.001, 7))
        assert actions(zeta.reconcile()) == [("place", "alice")]


def test_two_owners_on_one_contract_never_touch_each_others_orders(
    tmp_path: Path, control_client: httpx.Client
) -> None:
    """The same names in two repositories: two orders, each followed, canceled and lost by its own."""
    with Simulator(start=START, speed=0, contracts=(CONTRACT,)) as simulator:
        acme, zeta = (
            Project(tmp_path / owner, simulator, control_client, owner=owner) for owner in ("acme-eo", "zeta-eo")
        )
        acme.order(iceye={"imagingMode": "STRIPMAP"})
        zeta.order()
        acme.reconcile()
        assert actions(zeta.reconcile()) == [("place", "alice")]
        assert len(acme.orders()) == 2
        for one in (acme, zeta):
            one.lose_state()
            assert actions(one.reconcile()) == [("adopt", "alice")]
            assert findings(one.reconcile()) == [("alice", FindingKind.IN_SYNC)]
        assert acme.record().order_id != zeta.record().order_id
        acme.order(iceye={"imagingMode": "STRIPMAP"}, cancel={"reason": "not needed"})
        acme.reconcile()
        assert findings(zeta.reconcile()) == [("alice", FindingKind.IN_SYNC)]
        zeta.remove()
        zeta.policy(allowEmpty=True)
        assert actions(zeta.reconcile()) == []
        assert sorted(order["status"] for order in acme.orders()) == ["CANCELED", "RECEIVED"]


def test_a_changed_owner_does_not_order_again(project: Project) -> None:
    """The owner is part of every reference: while the state file remembers, it is held."""
    project.order()
    project.reconcile()
    project.write("project.yaml", "Project", "acme-eo", {"owner": "another-owner"})
    report = project.reconcile()
    assert ("alice", FindingKind.HELD) in findings(report)
    assert len(project.orders()) == 1


def test_trouble_at_one_account_leaves_the_others_orders_followed(project: Project) -> None:
    """One account cannot be read: nothing new is placed anywhere, and the other's live orders are observed."""
    project.account(OTHER, contract=OTHER_CONTRACT)
    project.order("alice")
    project.order("bruce", account=OTHER)
    project.reconcile()
    project.advance("1h")
    project.order("chris", account=OTHER)
    project.account(ACCOUNT, endpoint="http://127.0.0.1:9/iceye/api")
    report = project.reconcile()
    assert actions(report) == []
    assert finding(report, "alice").kind is FindingKind.UNREAD
    assert (finding(report, "bruce").kind, finding(report, "bruce").subject.status) == (FindingKind.IN_SYNC, "ACTIVE")
    assert finding(report, "chris").kind is FindingKind.UNREAD
    assert len(project.orders()) == 2


def test_an_account_that_cannot_be_reached_when_ordering_is_not_sent(project: Project) -> None:
    """No connection at all: not sent, no doubt, and a later pass orders."""

    class Unplugged(httpx.BaseTransport):
        """Lets reads through and refuses the connection for an order."""

        def __init__(self) -> None:
            self.real = httpx.HTTPTransport(verify=False)

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            if request.method == "POST" and request.url.path.endswith("/tasks"):
                raise httpx.ConnectError("refused", request=request)
            return self.real.handle_request(request)

    project.order()
    with (unplugged := Unplugged()).real:
        project.transport = unplugged
        assert outcomes(project.reconcile()) == {"alice": OutcomeKind.NOT_SENT}
    project.transport = None
    assert not project.record().unresolved
    assert outcomes(project.reconcile()) == {"alice": OutcomeKind.DONE}
    assert len(project.orders()) == 1


def test_a_second_run_at_the_same_time_is_told_who_is_at_work(project: Project) -> None:
    """While one run waits for an answer, another is locked out, sends nothing, and names the first."""
    project.order()
    project.fault("delay", seconds=1.0)
    done: list[dict[str, OutcomeKind]] = []
    first = threading.Thread(target=lambda: done.append(outcomes(project.reconcile())))
    first.start()
    try:
        eventually(lambda: project.state.exists() and bool(project.records()))
        with pytest.raises(Locked, match="process"):
            project.reconcile()
        assert actions(project.plan()) == [], "a plan reads the intent of the run at work"
    finally:
        first.join()
    assert done == [{"alice": OutcomeKind.DONE}]
    assert project.creates() == 1


def test_a_command_that_is_locked_out_leaves_with_six(project: Project) -> None:
    """It sends nothing, and names the process that holds the state."""
    project.order()
    with project.store():
        ran = project.command("reconcile")
    assert ran.code == 6
    assert "is in use by process" in ran.err
    assert project.requests() == {}


def test_a_second_run_that_waits_finds_everything_done(project: Project) -> None:
    """With a lock time-out it comes after the first one, and sends nothing."""
    project.order()
    project.fault("delay", seconds=0.5)
    first = threading.Thread(target=project.reconcile)
    first.start()
    try:
        eventually(lambda: project.state.exists() and bool(project.records()))
        report = project.reconcile(lock_timeout=20.0)
    finally:
        first.join()
    assert findings(report) == [("alice", FindingKind.IN_SYNC)]
    assert project.creates() == 1


def test_two_runs_with_two_state_files_make_one_order_where_the_first_one_shows(project: Project) -> None:
    """The second machine finds the first one's order by its reference and adopts it."""
    project.order()
    project.reconcile()
    project.state = project.root / "elsewhere" / "state.db"
    assert actions(project.reconcile()) == [("adopt", "alice")]
    assert len(project.orders()) == 1
