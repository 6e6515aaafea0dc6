"""A lost answer at Vantor where text may be shown nowhere, and somebody who orders the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from reconciler.model.outcome import OutcomeKind
from reconciler.plan.findings import FindingKind
from reconciler.render.phrases import message
from reconciler.simulator import Simulator
from tests.simulator.vantor import PRODUCT
from tests.support.project import Project, actions, at, finding, outcomes
from tests.support.provider import START, VANTOR, area


@pytest.fixture
def project(tmp_path: Path, control_client: httpx.Client, plain_transport: httpx.HTTPTransport) -> Iterator[Project]:
    """An account whose order is listed late, and whose answer is lost."""
    with Simulator(start=START, speed=0) as simulator:
        made = Project(tmp_path, simulator, control_client, transport=plain_transport, provider=VANTOR)
        made.order()
        made.fault("lag", seconds=600, where="list", skip=1)
        made.fault("drop-after", skip=1)
        yield made


def place_the_same(project: Project) -> str:
    """Place, without a text, what the order is for."""
    dates = {"start_collect_datetime": at(5), "end_collect_datetime": at(15)}
    return project.place_by_hand(None, geometry=area(), product_details=PRODUCT, request_description=None, **dates)


def test_an_order_without_text_is_adopted_when_any_other_would_have_shown(project: Project) -> None:
    """Alone, it is the one that was sent; that is known only after `settle`."""
    project.switch(descriptionEcho="absent")
    assert outcomes(project.reconcile()) == {"alice": OutcomeKind.UNKNOWN}
    for _ in range(2):
        project.advance("7m")
        assert finding(project.reconcile()).kind is FindingKind.UNRESOLVED
    project.advance("7m")
    assert actions(project.reconcile()) == [("adopt", "alice")]
    assert project.record().order_id == project.orders_of()[0]["id"]
    assert len(project.orders()) == 1


@pytest.mark.parametrize("echo", ["absent", "shown"])
def test_what_somebody_ordered_alike_is_not_taken_for_an_order_that_is_late(project: Project, echo: str) -> None:
    """It shows first. Ours, which shows later, is told by its text; without one a person is asked which is which."""
    project.switch(descriptionEcho=echo)
    project.reconcile()
    other = place_the_same(project)
    for _ in range(4):
        project.advance("5m")
        report = project.reconcile()
        assert project.record().order_id != other
    if echo == "absent":
        told = finding(report)
        assert (told.kind, other in message(told)) == (FindingKind.DUPLICATE, True)
    else:
        assert finding(report).kind is FindingKind.IN_SYNC
        assert project.record().order_id == project.orders_of()[0]["id"]
    assert len(project.orders()) == 2
