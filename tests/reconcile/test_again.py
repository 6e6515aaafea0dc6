"""Between the plan and each call the world goes on: what has changed is planned anew, not sent as it was planned."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from reconciler.model.outcome import NotSent, OutcomeKind
from reconciler.plan.findings import FindingKind
from reconciler.reconcile import Report
from tests.support.project import Project, actions, finding, outcomes


class Between(httpx.BaseTransport):
    """The real transport, which does something once the first order has left, and lets prices rise by a factor then."""

    def __init__(self, inner: httpx.BaseTransport, *, after_order: Callable[[], None], factor: int = 1) -> None:
        self._inner, self._after_order, self._factor = inner, after_order, factor
        self.done = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request."""
        answer = self._inner.handle_request(request)
        if request.method == "POST" and request.url.path.endswith("/tasks") and not self.done:
            self.done += 1
            self._after_order()
        if self.done and request.url.path.endswith("/price"):
            answer.read()
            price = answer.json()
            return httpx.Response(200, json={**price, "amount": price["amount"] * self._factor})
        return answer


@pytest.fixture
def several(project: Project) -> Project:
    """Return a project of four orders, at an account that is asked slowly: looks and comparisons serve for a moment."""
    project.account(limits={"requestsPerSecond": 2, "concurrency": 1})
    for number in range(4):
        project.order(f"order-{number}")
    return project


def messages(report: Report) -> set[str]:
    """Return why things were not sent."""
    return {r.outcome.message for r in report.results if isinstance(r.outcome, NotSent)}


def test_manifests_that_change_in_the_middle_stop_the_rest(
    several: Project, plain_transport: httpx.HTTPTransport
) -> None:
    """The first is on its way; for the others nothing is written and nothing sent, and nothing has failed."""
    changed: list[bool] = []
    several.transport = Between(plain_transport, after_order=lambda: changed.append(True))
    report = several.reconcile(changed=lambda: bool(changed))
    assert len(several.orders()) == 1
    assert report.again
    assert messages(report) == {"not sent: the manifests have changed since the plan was made"}
    assert len(several.records()) == 1


def test_a_price_that_rises_in_the_middle_is_not_paid(several: Project, plain_transport: httpx.HTTPTransport) -> None:
    """It was asked a while ago: it is asked again, and the next plan holds the order."""
    several.account(limits={"requestsPerSecond": 0.5, "concurrency": 1})
    several.transport = Between(plain_transport, after_order=lambda: None, factor=3)
    report = several.reconcile()
    assert len(several.orders()) == 1
    assert any("its price was EUR" in text for text in messages(report))
    later = several.reconcile()
    assert (actions(later), finding(later, "order-3").kind) == ([], FindingKind.HELD)


def test_an_account_that_may_be_asked_once_in_fifty_seconds_orders_all_the_same(several: Project) -> None:
    """Each order has a slot of its own right behind its price, which is asked no further time."""
    several.account(limits={"requestsPerSecond": 0.02, "concurrency": 1})
    assert outcomes(several.reconcile()) == {f"order-{n}": OutcomeKind.DONE for n in range(4)}
    assert len(several.orders()) == 4


def test_what_another_run_has_sent_meanwhile_is_not_sent_again(
    several: Project, plain_transport: httpx.HTTPTransport
) -> None:
    """Another state file, no delay: the look before each call finds it, and the next plan adopts it."""

    def other_run() -> None:
        for number in range(1, 4):
            several.place_by_hand(several.reference(f"order-{number}"))

    several.transport = Between(plain_transport, after_order=other_run)
    report = several.reconcile()
    assert len(several.orders()) == 4
    assert report.again
    assert {text.split()[0] for text in messages(report)} <= {"order", "not"}
    assert [kind for kind, _ in actions(several.reconcile())] == ["adopt"] * 3
    assert len(several.orders()) == 4
