"""Plan after apply is empty: what tests of that property do at each provider."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from reconciler.model.outcome import OutcomeKind
from reconciler.plan.findings import FindingKind
from reconciler.simulator import Simulator
from reconciler.simulator.switches import SwitchValue
from tests.support.project import Project, actions, findings, outcomes
from tests.support.provider import START, Provider


def quiet(project: Project) -> None:
    """After passes that may still do something, choose and then accept: the next plan nothing and only read."""
    project.reconcile()
    project.reconcile()
    project.zero()
    for report in (project.reconcile(), project.plan()):
        assert (actions(report), report.plan.refusals) == ([], ())
    assert project.writes() == {}


def placed_and_found_again(
    provider: Provider, specs: Sequence[Mapping[str, Any]], switches: Mapping[str, SwitchValue], http: httpx.Client
) -> None:
    """Orders are placed, in sync, and after a lost state file adopted, in sync, never sent again."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Simulator(start=START, speed=0) as simulator,
        httpx.HTTPTransport(verify=False) as transport,
    ):
        project = Project(Path(folder), simulator, http, transport=transport, provider=provider)
        project.switch(**switches)
        for number, spec in enumerate(specs):
            # Drawn orders can buy the same picture; each says that the others are meant too.
            others = [f"order-{other}" for other in range(len(specs)) if other != number]
            confirm = {**spec.get("confirm", {}), "alsoOrdered": others}
            document = {"account": provider.account, **spec, "confirm": confirm}
            project.write(f"orders/order-{number}.yaml", "TaskingOrder", f"order-{number}", document)
        first = project.reconcile()
        assert set(outcomes(first).values()) == {OutcomeKind.DONE}, (first.plan.findings, first.results)
        _in_sync(project)
        project.lose_state()
        assert {kind for kind, _ in actions(project.reconcile())} == {"adopt"}
        _in_sync(project)


def _in_sync(project: Project) -> None:
    project.zero()
    report = project.reconcile()
    assert (actions(report), {kind for _, kind in findings(report)}) == ([], {FindingKind.IN_SYNC})
    assert project.writes() == {}
