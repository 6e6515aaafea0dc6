"""A stop outside Git: a person pauses an account or all, and nothing is sent until somebody takes that back."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from reconciler.model.errors import StateError
from reconciler.model.ids import AccountName
from reconciler.model.outcome import OutcomeKind
from reconciler.model.pause import Pause
from reconciler.plan.findings import FindingKind
from reconciler.render.phrases import message, remedy
from reconciler.state.pauses import end_pauses, set_pause
from reconciler.state.store import open_reader
from tests.support.project import ACCOUNT, OTHER_CONTRACT, START, Project, actions, finding, outcomes, window

OTHER = AccountName("iceye-two")


def pause(project: Project, account: AccountName | None = None, reason: str = "the board said no") -> None:
    """Pause an account, or all, as `tester`."""
    set_pause(project.state, Pause(account=account, reason=reason, by="tester", at=START))


def test_nothing_is_sent_while_all_is_paused(project: Project) -> None:
    """No order, no cancellation; what exists is followed and adopted. Resumed, everything goes on."""
    project.order("alice")
    project.reconcile()
    pause(project)
    project.order("alice", cancel={"reason": "not needed"})
    project.order("bruce")
    project.place_by_hand(project.reference("chris"), acquisitionWindow=window(11, 13))
    project.order("chris", place_of="alice", window=window(11, 13))
    project.zero()
    report = project.reconcile()
    assert (actions(report), project.writes()) == ([("adopt", "chris")], {})
    found = finding(report, "bruce")
    assert found.kind is FindingKind.WAITING
    assert message(found) == "all accounts are paused since 2026-12-01T00:00:00Z by tester: the board said no"
    assert remedy(found) == "run: reconciler resume"
    end_pauses(project.state, None)
    assert outcomes(project.reconcile()) == {"alice": OutcomeKind.DONE, "bruce": OutcomeKind.DONE}


def test_one_account_is_paused_and_the_other_goes_on(project: Project) -> None:
    """By its name."""
    project.account(OTHER, contract=OTHER_CONTRACT)
    project.order("alice")
    project.order("bruce", account=OTHER)
    pause(project, OTHER)
    report = project.reconcile()
    assert outcomes(report) == {"alice": OutcomeKind.DONE}
    assert remedy(finding(report, "bruce")) == "run: reconciler resume --account iceye-two"


class Pausing(httpx.BaseTransport):
    """The real transport, which has a person pause everything once the first order has left."""

    def __init__(self, inner: httpx.BaseTransport, then: Callable[[], None]) -> None:
        self._inner, self._then = inner, then

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request."""
        answer = self._inner.handle_request(request)
        if request.method == "POST" and request.url.path.endswith("/tasks"):
            self._then()
        return answer


def test_a_run_that_is_at_work_stops_too(project: Project, plain_transport: httpx.HTTPTransport) -> None:
    """It holds the state's lock, and asks before each intent: no intent is written, and nothing has failed."""
    project.transport = Pausing(plain_transport, lambda: pause(project))
    for number in range(4):
        project.order(f"order-{number}")
    report = project.reconcile()
    assert len(project.orders()) == 1
    left = [result.outcome for result in report.results if result.outcome.kind is OutcomeKind.NOT_SENT]
    assert len(left) == 3
    assert report.again
    assert len(project.records()) == 1


def test_a_pause_is_replaced_and_ended_by_its_name(project: Project) -> None:
    """Of one account there is one; the others stand."""
    pause(project)
    pause(project, AccountName(ACCOUNT), "first")
    pause(project, AccountName(ACCOUNT), "second")
    with open_reader(project.state) as state:
        assert [each.reason for each in state.pauses()] == ["the board said no", "second"]
    ended, left = end_pauses(project.state, AccountName(ACCOUNT))
    assert ([each.reason for each in ended], [each.reason for each in left]) == (["second"], ["the board said no"])
    assert end_pauses(project.state, AccountName(ACCOUNT)) == ((), left)


def test_a_state_that_cannot_be_written_is_told(project: Project) -> None:
    """Nobody believes that all is paused when it is not."""
    project.state.parent.mkdir(parents=True)
    project.state.write_text("not a database, and longer than a header of one" * 10)
    with pytest.raises(StateError, match="Nothing was paused"):
        pause(project)
