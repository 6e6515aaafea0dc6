"""A thousand live orders at UP42: what a pass asks grows with the pages of the lists, never with the orders."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from reconciler.plan.findings import FindingKind
from reconciler.simulator import Simulator
from tests.support.project import START, actions, findings
from tests.support.up42 import LISTS, Up42Project

ORDERS = 300
PAGE = 100


@pytest.fixture
def crowded(
    tmp_path: Path, control_client: httpx.Client, plain_transport: httpx.HTTPTransport
) -> Iterator[Up42Project]:
    """A workspace with a thousand orders of ours that wait for a choice: one is placed, and its row is copied."""
    scenario = tmp_path / "world.db"
    with Simulator(data=scenario, start=START, speed=0) as simulator:
        project = Up42Project(tmp_path, simulator, control_client, transport=plain_transport)
        project.order("order-1")
        project.reconcile()
        multiply(project, scenario)
        project.advance("2h")
        yield project


def multiply(project: Up42Project, scenario: Path) -> None:
    """Write manifests for the other orders, and put their orders into the simulator's data under their references."""
    (first,) = project.orders()
    numbers = range(2, ORDERS + 1)
    for number in numbers:
        project.order(f"order-{number}", place_of="order-1")
    with sqlite3.connect(scenario) as database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(orders)")]
        (row,) = database.execute("SELECT * FROM orders")
        kept = {name: value for name, value in zip(columns, row, strict=True) if name != "seq"}
        for number in numbers:
            made = {
                first["id"]: str(uuid.UUID(int=number)),
                project.reference("order-1"): project.reference(f"order-{number}"),
            }
            copied = dict(kept)
            for old, new in made.items():
                copied = {name: v.replace(old, new) if isinstance(v, str) else v for name, v in copied.items()}
            marks = ", ".join("?" * len(copied))
            database.execute(f"INSERT INTO orders ({', '.join(copied)}) VALUES ({marks})", tuple(copied.values()))


def test_a_pass_without_work_asks_for_the_pages_of_three_lists(crowded):
    """300 live orders: three pages of orders, three of studies, one of quotations, and the login; nothing else."""
    assert {kind for kind, _ in actions(crowded.reconcile())} == {"adopt"}
    crowded.zero()
    report = crowded.reconcile()
    assert (actions(report), {kind for _, kind in findings(report)}) == ([], {FindingKind.HELD})
    assert len(findings(report)) == ORDERS
    orders, studies, quotations = (crowded.requests().pop(name) for name in LISTS)
    assert (orders, studies, quotations) == (ORDERS // PAGE, ORDERS // PAGE, 1)
    login = [name for name in crowded.requests() if name not in LISTS]
    assert all("/up42/auth/" in name for name in login)
    assert sum(crowded.requests().values()) == 2 * ORDERS // PAGE + 1 + len(login)
