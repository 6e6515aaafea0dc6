"""One account that cannot be read: the others go on, unless what it holds was never seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from reconciler.model.outcome import OutcomeKind
from reconciler.plan.findings import FindingKind
from reconciler.render.phrases import message, remedy
from reconciler.simulator import Simulator
from tests.support.project import CONTRACT, START, Project, actions, finding, findings, outcomes

OTHERS = [f"account-{number:02}" for number in range(1, 20)]


@dataclass
class Mortal:
    """An account `mortal` at a simulator of its own, beside the project's."""

    project: Project
    simulator: Simulator

    def dies(self) -> None:
        """Let nobody answer there any more."""
        self.simulator.__exit__(None, None, None)


@pytest.fixture
def mortal(project: Project) -> Iterator[Mortal]:
    """Return an account at another simulator, which can be stopped."""
    with Simulator(start=START, speed=0, contracts=(CONTRACT,)) as simulator:
        project.variables["SIM_MORTAL_URL"] = simulator.iceye_token_url
        block = {**project.provider.block(simulator, CONTRACT), "tokenUrl": {"env": "SIM_MORTAL_URL"}}
        project.account("mortal", endpoint=project.provider.address(simulator), iceye=block)
        yield Mortal(project, simulator)


def test_nineteen_of_twenty_accounts_order_while_one_is_dead(mortal: Mortal) -> None:
    """It was read once; what was sent since is on record, wherever it was sent to."""
    project = mortal.project
    project.order("at-mortal", account="mortal")
    for name in OTHERS:
        project.account(name)
    assert outcomes(project.reconcile()) == {"at-mortal": OutcomeKind.DONE}
    mortal.dies()
    for name in OTHERS:
        project.order(f"at-{name}", account=name)
    project.order("new-at-mortal", account="mortal")
    report = project.reconcile()
    assert outcomes(report) == {f"at-{name}": OutcomeKind.DONE for name in OTHERS}
    assert [key for key, kind in findings(report) if kind is FindingKind.UNREAD] == ["at-mortal", "new-at-mortal"]


def test_what_a_dead_account_held_is_not_ordered_elsewhere(mortal: Mortal) -> None:
    """Its record was lost to `forget`, or another run with another state sent it: the sighting stands."""
    project = mortal.project
    project.order("alice", account="mortal")
    project.reconcile()
    project.remove("alice")
    with project.deciding("alice") as decision:
        decision.forget()
    mortal.dies()
    project.order("alice")
    report = project.reconcile()
    assert actions(report) == []
    assert "which cannot be read now, showed it as order" in message(finding(report))


def test_with_a_lost_state_all_accounts_are_read_first(mortal: Mortal) -> None:
    """Nobody knows what a dead account holds; read once, or set aside in Git, it stops the others no longer."""
    project = mortal.project
    project.order("alice", account="mortal")
    project.reconcile()
    project.lose_state()
    mortal.dies()
    project.order("alice")
    project.order("bruce")
    report = project.reconcile()
    assert actions(report) == []
    assert [kind for _, kind in findings(report)] == [FindingKind.UNREAD] * 2
    said = remedy(finding(report, "bruce"))
    assert "set the account aside: commit in" in said
    assert "accounts/mortal.yaml:4:9:  suspend: {reason: TEXT}" in said


def test_an_account_that_is_set_aside_is_not_asked(project: Project) -> None:
    """Neither for a token nor for a list; its orders wait, without a word of doubt, until the line goes."""
    project.order("alice")
    project.reconcile()
    project.order("bruce")
    project.account(suspend={"reason": "the contract is being renewed"})
    project.zero()
    report = project.reconcile()
    assert project.requests() == {}
    assert [kind for _, kind in findings(report)] == [FindingKind.WAITING] * 2
    assert message(finding(report, "alice")) == "account iceye-sim is suspended: the contract is being renewed"
    project.account()
    assert outcomes(project.reconcile()) == {"bruce": OutcomeKind.DONE}


def test_an_account_is_asked_again_when_the_time_is_over(project: Project) -> None:
    """By our clock it is asked, and by its own its orders go on."""
    until = project.clock.now().replace(year=2027).isoformat()
    project.order()
    project.account(suspend={"reason": "maintenance", "until": until})
    assert finding(project.reconcile()).kind is FindingKind.WAITING
    project.clock.sleep(9 * 366 * 86_400)
    report = project.reconcile()
    assert message(finding(report)) == "suspended: maintenance"
    project.sim("POST", "/clock", {"set": "2027-03-01T12:00:01Z"})
    assert actions(project.reconcile()) == [] != findings(project.reconcile())
