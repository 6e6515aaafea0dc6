"""Three hundred orders of three providers, placed by other hands, imported: a plan has nothing to do and no drift."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from reconciler.importing import Imports
from reconciler.model.terms import DriftKind
from reconciler.plan.findings import FindingKind
from reconciler.reconcile import Report
from reconciler.simulator import Simulator
from tests.support.project import OTHER_CONTRACT, TOKEN_REQUEST, Project, actions, at, finding, findings
from tests.support.provider import CONTRACT, START

from .scenario import ACCOUNTS, Hands, add_accounts, imported

EACH = 100
LOGIN = "POST /up42/auth/realms/public/protocol/openid-connect/token"


@dataclass
class Filled:
    """The world after the import; the tests of this file leave it as they found it, but for its last one."""

    project: Project
    imports: dict[str, Imports]
    asked: dict[str, int]

    @property
    def keys(self) -> set[str]:
        """The names of all imported orders."""
        return {each.key for imports in self.imports.values() for each in imports.written}


@pytest.fixture(scope="module")
def filled(
    tmp_path_factory: pytest.TempPathFactory, control_client: httpx.Client, plain_transport: httpx.HTTPTransport
) -> Any:
    """Three hundred orders, placed directly at the three APIs and then imported, an account at a time."""
    with Simulator(start=START, speed=0, contracts=(CONTRACT, OTHER_CONTRACT)) as simulator:
        project = Project(tmp_path_factory.mktemp("filled"), simulator, control_client, transport=plain_transport)
        add_accounts(project)
        Hands(project, random.Random(7)).fill(EACH)
        project.zero()
        imports = {account: imported(project, account=account) for account in ACCOUNTS}
        yield Filled(project, imports, project.requests())


def quiet(report: Report) -> bool:
    """Tell whether a plan has nothing to do, and finds every order as it is stated."""
    return report.plan.actions == () and Counter(kind for _, kind in findings(report)) == {
        FindingKind.IN_SYNC: len(ACCOUNTS) * EACH
    }


def test_all_are_imported(filled: Filled) -> None:
    """Each order once, under a name and in a file of its own."""
    assert [left for imports in filled.imports.values() for left in imports.left] == []
    assert {account: len(imports.written) for account, imports in filled.imports.items()} == dict.fromkeys(
        ACCOUNTS, EACH
    )
    assert len(filled.keys) == len(ACCOUNTS) * EACH
    assert {path.stem for path in (filled.project.folder / "imported").iterdir()} == filled.keys


def test_nothing_was_asked_but_reads(filled: Filled) -> None:
    """What one plan asks, and single reads where the list of ICEYE leaves fields out."""
    filled.project.zero()
    filled.project.plan()
    listed = filled.project.requests()
    assert all(name.startswith("GET ") or name in (TOKEN_REQUEST, LOGIN) for name in filled.asked)
    assert filled.asked == {**listed, "GET /iceye/api/tasking/v2/tasks/{taskID}": EACH}


def test_a_plan_has_nothing_to_do(filled: Filled) -> None:
    """Zero actions, zero drift: by the state that the import wrote, and by none at all."""
    assert quiet(filled.project.plan())


def test_a_second_import_leaves_all_alone(filled: Filled) -> None:
    """Each belongs to its manifest already; no file is written."""
    before = sorted((filled.project.folder / "imported").iterdir())
    for account in ACCOUNTS:
        again = imported(filled.project, account=account)
        assert again.written == ()
        assert {left.why for left in again.left} == {
            f"belongs to {each.key} already" for each in filled.imports[account].written
        }
        assert again.failed == 0
    assert sorted((filled.project.folder / "imported").iterdir()) == before


def test_a_lost_state_is_found_again(filled: Filled) -> None:
    """Every order is adopted by the id in its manifest: nothing is placed, and still nothing differs."""
    project = filled.project
    project.lose_state()
    project.zero()
    report = project.reconcile()
    assert Counter(kind for kind, _ in actions(report)) == {"adopt": len(ACCOUNTS) * EACH}
    assert {name for name in project.writes() if name != LOGIN} == set()
    assert quiet(project.plan())


SWITCHES: dict[str, list[dict[str, Any]]] = {
    "iceye-sim": [
        {"coordinates": "exact"},
        {"windowEcho": "as-sent"},
        {"windowEcho": "offset"},
        {"windowEcho": "micros"},
        {"defaultAngles": "full"},
        {"createdAtForm": "go-layout"},
        {"eulaWhenUnset": "omitted"},
        {"reference": "trimmed"},
    ],
    "up42-sim": [
        {"answerNames": "as-requested"},
        {"answerNames": "as-text"},
        {"windowEcho": "as-sent"},
        {"windowEcho": "offset"},
        {"geometryCrs": False},
        {"subStatus": "stale"},
        {"suffix": "always"},
        {"study": "MANUAL"},
    ],
    "vantor-sim": [
        {"envelope": "bare"},
        {"idName": "tasking_id"},
        {"idForm": "number"},
        {"spelling": "v1"},
        {"dateEcho": "space"},
        {"dateEcho": "offset"},
        {"geometryEcho": "turned"},
        {"defaultsFilled": False},
        {"secretEcho": "dropped"},
        {"descriptionEcho": "get"},
    ],
}


@pytest.mark.parametrize("account", ACCOUNTS)
def test_however_a_provider_answers(account: str, project: Project) -> None:
    """Under each reading of its contract all that it holds is imported, and a plan has nothing to do."""
    add_accounts(project)
    hands = Hands(project, random.Random(account))
    project.contract(spendLimit=None)
    provider = account.removesuffix("-sim")
    for position in SWITCHES[account]:
        project.sim("POST", "/switches", {f"{provider}.{name}": value for name, value in position.items()})
        for _ in range(4):
            hands.place(account)
        imports = imported(project, account=account)
        assert (len(imports.written), imports.failed) == (4, 0), position
        report = project.plan()
        assert report.plan.actions == (), position
        assert {kind for _, kind in findings(report)} == {FindingKind.IN_SYNC}, position
        project.sim("DELETE", "/switches")


EDITS: list[tuple[str, dict[str, Any], str]] = [
    ("iceye/tasks", {"imagingMode": "SPOTLIGHT_EXTENDED_AREA"}, "imagingMode"),
    ("iceye/tasks", {"acquisitionWindow": {"start": at(5), "end": at(9.12345)}}, "acquisitionWindow.end"),
    ("iceye/tasks", {"lookSide": "RIGHT"}, "lookSide"),
    ("up42/orders", {"params": {"cloudCoverage": 95}}, "params.cloudCoverage"),
    ("up42/orders", {"displayName": "renamed at the console"}, "displayName"),
    ("up42/orders", {"geometry": {"type": "Point", "coordinates": [1.5, 2.5]}}, "geometry"),
    ("vantor/orders", {"request_description": "renamed at the console"}, "request_description"),
    ("vantor/orders", {"start_collect_datetime": at(0.5)}, "start_collect_datetime"),
    ("vantor/orders", {"product_details": {"product_type": "system-ready"}}, "product_details.product_type"),
]
"""Where, what, and the term that then differs; no order is made with any of these values."""


def test_what_people_change_at_the_console_afterwards_is_drift(filled: Filled) -> None:
    """Each edit is one finding, Drifted, of what the provider holds otherwise; the others stay in sync."""
    project, edited = filled.project, dict[str, str]()
    records = sorted(project.records().values(), key=lambda record: record.key)
    for path, fields, term in EDITS:
        stated = [r for r in records if path.startswith(r.provider) and r.key not in edited and term in r.stated]
        record = stated[0]
        project.sim("POST", f"/{path}/{record.order_id}", fields)
        edited[record.key] = term
    report = project.plan()
    assert report.plan.actions == ()
    assert {key for key, kind in findings(report) if kind is not FindingKind.IN_SYNC} == edited.keys()
    for key, term in edited.items():
        found = finding(report, key)
        assert found.kind is FindingKind.DRIFTED
        assert term in {difference.term for difference in found.differences}
        assert {difference.kind for difference in found.differences} == {DriftKind.MATERIAL}
