"""Several geometries of one manifest: each is an order with attempts, charges and a name of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from reconciler.plan.findings import Finding, FindingKind
from reconciler.reconcile import Report
from reconciler.render.phrases import message, remedy
from reconciler.simulator import Simulator
from tests.support.project import Project, actions, eur, finding, window
from tests.support.provider import START, UP42, VANTOR, Provider, area

POINTS = {"type": "MultiPoint", "coordinates": [[10, 20], [11, 21], [12, 22]]}


def _collection(*names: str, places: list[list[float]] | None = None) -> dict[str, Any]:
    """Return features that `keyBy: berth` names, at the places of `POINTS`."""
    features = [
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": place}, "properties": {"berth": name}}
        for name, place in zip(names, places or POINTS["coordinates"], strict=False)
    ]
    return {"type": "FeatureCollection", "features": features, "keyBy": "berth"}


def _of_kind(report: Report, kind: FindingKind) -> list[Finding]:
    return [each for each in report.plan.findings if each.kind is kind]


def _end(project: Project, key: str, status: str) -> None:
    project.edit(project.orders_of(key)[0]["id"], status=status)


@pytest.fixture
def ports(project: Project) -> Project:
    """Three orders of one manifest, placed: the first failed, the second is fulfilled, the third lives."""
    project.order("ports", target=POINTS)
    project.reconcile()
    _end(project, "ports", "FAILED")
    _end(project, "ports/2", "DONE")
    project.reconcile()
    return project


def test_a_common_attempt_orders_only_what_failed(ports: Project) -> None:
    """Three pictures cost four orders, if one of them failed."""
    ports.order("ports", target=POINTS, attempt=2)
    assert actions(ports.reconcile()) == [("place", "ports/1")]
    assert actions(ports.reconcile()) == []
    assert len(ports.orders()) == 4
    delivered = finding(ports.plan(), "ports/2")
    assert "`attempt: 2` does not order it again" in message(delivered)
    assert "attempts: {2: 2}" in remedy(delivered)


def test_a_common_attempt_orders_only_what_failed_without_a_state_too(ports: Project) -> None:
    """The provider's list shows how far each has come."""
    ports.order("ports", target=POINTS, attempt=2)
    ports.lose_state()
    report = ports.reconcile()
    assert actions(report)[-1] == ("place", "ports/1")
    for _ in range(2):
        ports.reconcile()
    assert len(ports.orders()) == 4


def test_the_remedy_of_a_delivered_one_orders_that_one(ports: Project) -> None:
    """Followed to the letter."""
    ports.order("ports", target=POINTS, attempts={2: 2})
    assert actions(ports.reconcile()) == [("place", "ports/2")]
    assert actions(ports.reconcile()) == []


def test_the_remedy_of_a_failed_one_orders_that_one(ports: Project) -> None:
    """Followed to the letter, and then once more after that one failed too."""
    failed = finding(ports.plan(), "ports/1", FindingKind.ENDED)
    assert "attempts: {1: 2}" in remedy(failed)
    ports.order("ports", target=POINTS, attempts={1: 2})
    assert actions(ports.reconcile()) == [("place", "ports/1")]
    ports.edit(ports.orders_of("ports", attempt=2)[0]["id"], status="FAILED")
    ports.reconcile()
    assert "attempts: {1: 3}" in remedy(finding(ports.plan(), "ports/1", FindingKind.ENDED))


def test_the_remedy_of_a_drifted_one_cancels_no_neighbor(project: Project) -> None:
    """Replacing one order of three ends with three live orders."""
    project.order("ports", target=POINTS)
    project.reconcile()
    project.edit(project.orders_of("ports/2")[0]["id"], acquisitionWindow=window(5, 6))
    drifted = finding(project.reconcile(), "ports/2", FindingKind.DRIFTED)
    assert "attempts: {2: 2}" in remedy(drifted)
    project.order("ports", target=POINTS, attempts={2: 2})
    for _ in range(3):
        project.reconcile()
    assert sorted(order["status"] for order in project.orders()) == ["CANCELED", *["RECEIVED"] * 3]


def test_the_charge_of_one_is_agreed_to_alone(project: Project) -> None:
    """The lines that a hold prints cancel one order of three."""
    project.order("ports", target=POINTS)
    project.reconcile()
    project.set_clock(2.5)
    project.order("ports", target=POINTS, attempts={2: 2})
    held = finding(project.reconcile(), "ports/2", FindingKind.HELD)
    assert "cancel: {only: [2], attempt: 1, reason: attempt raised to 2, maxCharge: " in remedy(held)
    agreed = {"only": [2], "attempt": 1, "reason": "attempt raised to 2", "maxCharge": eur("400.00")}
    project.order("ports", target=POINTS, attempts={2: 2}, cancel=agreed)
    for _ in range(3):
        project.reconcile()
    assert sorted(order["status"] for order in project.orders()) == ["ACTIVE", "ACTIVE", "CANCELED", "RECEIVED"]


def test_one_of_several_is_canceled_alone(project: Project) -> None:
    """`only` names it."""
    project.order("ports", target=POINTS)
    project.reconcile()
    project.order("ports", target=POINTS, cancel={"reason": "no ship", "only": 3})
    assert actions(project.reconcile()) == [("cancel", "ports/3")]
    assert actions(project.reconcile()) == []


def test_a_status_that_fails_meanwhile_is_raised_by_the_next_pass(project: Project) -> None:
    """Whether a later attempt exists was not looked for in the pass that saw it fail."""
    project.order("ports", target=POINTS)
    project.reconcile()
    _end(project, "ports", "FAILED")
    project.order("ports", target=POINTS, attempt=2)
    first = project.reconcile()
    assert (actions(first), len(project.orders())) == ([], 3)
    assert "attempt 2 is placed in the next pass" in message(finding(first, "ports/1", FindingKind.WAITING))
    assert actions(project.reconcile()) == [("place", "ports/1")]


def test_a_person_s_decision_is_about_the_attempt_that_an_order_is_at(ports: Project) -> None:
    """`resolve` and `forget` without `--attempt` mean what `status` shows."""
    ports.order("ports", target=POINTS, attempt=2)
    attempts = []
    for key in ("ports/1", "ports/3"):
        with ports.deciding(key) as decision:
            attempts.append(decision.about.attempt)
    assert attempts == [2, 1]


@pytest.fixture(params=[UP42, VANTOR], ids=["up42", "vantor"])
def elsewhere(
    request: pytest.FixtureRequest, tmp_path: Path, control_client: httpx.Client, plain_transport: httpx.HTTPTransport
) -> Iterator[Project]:
    """A folder of manifests with one account at another provider."""
    provider: Provider = request.param
    with Simulator(start=START, speed=0) as simulator:
        yield Project(tmp_path, simulator, control_client, transport=plain_transport, provider=provider)


def _renamed(project: Project, old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Place the old target, state the new one, commit what the first hold prints, and return what the next pass did."""
    project.order("ports", target=old)
    project.reconcile()
    before = len(project.orders())
    project.order("ports", target=new)
    report = project.reconcile()
    assert "place" not in dict(actions(report))
    printed = [remedy(held).partition(":  moved: ") for held in _of_kind(report, FindingKind.HELD)]
    (lines,) = {found.partition("; or")[0] for _, moved, found in printed if moved}
    names = dict(pair.split(": ") for pair in lines.strip("{}").split(", "))
    project.order("ports", target=new, moved=names)
    for _ in range(3):
        assert actions(project.reconcile()) == []
    assert len(project.orders()) == before
    return sorted(names.items())


def test_names_for_positions_are_a_rename(project: Project) -> None:
    """One line keeps all orders; nothing is bought, drifts or is canceled."""
    assert _renamed(project, POINTS, _collection("east", "mid", "west")) == [
        ("east", "ports/1"),
        ("mid", "ports/2"),
        ("west", "ports/3"),
    ]
    assert not _of_kind(project.plan(), FindingKind.DRIFTED)


def test_names_for_positions_are_a_rename_elsewhere(elsewhere: Project) -> None:
    """A display name is made of the first name: no provider shows a difference."""
    shape = "Point" if elsewhere.provider is UP42 else "Polygon"
    places = [[1.0, 0.5], [2.0, 0.5]] if shape == "Point" else [area(1.0)["coordinates"], area(2.0)["coordinates"]]
    several = {"type": f"Multi{shape}", "coordinates": places}
    features = [
        {"type": "Feature", "id": name, "geometry": {"type": shape, "coordinates": place}}
        for name, place in zip(("a", "b"), places, strict=True)
    ]
    named = {"type": "FeatureCollection", "features": features, "keyBy": "id"}
    assert _renamed(elsewhere, several, named) == [("a", "ports/1"), ("b", "ports/2")]
    assert not _of_kind(elsewhere.plan(), FindingKind.DRIFTED)


def test_one_geometry_becomes_several_and_back(project: Project) -> None:
    """The order of the one lives on under the name that Git gives it."""
    single = {"type": "Point", "coordinates": POINTS["coordinates"][0]}
    project.order("ports", target=single)
    project.reconcile()
    project.order("ports", target=_collection("east", "mid"), moved={"east": "ports"})
    assert actions(project.reconcile()) == [("place", "ports/mid")]
    assert len(project.orders()) == 2
    project.order("ports", target=single)
    assert actions(project.reconcile()) == []
    assert finding(project.plan(), "ports", FindingKind.IN_SYNC)
    assert finding(project.plan(), "ports/mid", FindingKind.ORPHANED)


def test_features_in_another_order_are_the_same_orders(project: Project) -> None:
    """Names, unlike positions, stay with their places."""
    project.order("ports", target=_collection("east", "mid", "west"))
    project.reconcile()
    places = POINTS["coordinates"]
    project.order("ports", target=_collection("west", "east", places=[places[2], places[0]]))
    report = project.reconcile()
    assert actions(report) == []
    assert [f.key for f in _of_kind(report, FindingKind.IN_SYNC)] == ["ports/east", "ports/west"]
    assert [f.key for f in _of_kind(report, FindingKind.ORPHANED)] == ["ports/mid"]
