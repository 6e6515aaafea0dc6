"""Every mistake in a document is told in plain words, at its line and column."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from reconciler.model.account import Limits, OnUnknown, SimulatedClock, Suspension
from reconciler.model.errors import Location
from reconciler.model.money import Money
from reconciler.model.order import Adoption, Agreement, Cancellation, OnDelete

from .folder import ACCOUNT, ORDER, PROJECT, Case, Folder, cases

GOOD = {"order": ORDER, "account": ACCOUNT, "project": PROJECT}


@pytest.mark.parametrize(("file", "case"), [(file, case) for file in GOOD for case in cases(file)])
def test_a_mistake_is_told_at_its_place(folder: Folder, file: str, case: Case) -> None:
    """One mistake gives exactly one problem, with the line and column of the key or value at fault."""
    assert case["replace"] in GOOD[file]
    folder.write(f"{file}.yaml", GOOD[file].replace(case["replace"], case["with"], 1))
    assert folder.problems() == [f"{file}.yaml:{said}" for said in case["says"].split("\n")]


@pytest.mark.parametrize("host", ["localhost:8080", "127.0.0.1", "127.9.9.9:80", "[::1]:8080"])
def test_plain_http_reaches_only_this_machine(folder: Folder, host: str) -> None:
    """Loopback addresses may be spoken to without encryption."""
    text = (folder.root / "account.yaml").read_text()
    folder.write("account.yaml", text.replace("endpoint: simulator", f"endpoint: 'http://{host}/api'"))
    assert folder.load().accounts[0].endpoint == f"http://{host}/api"


def test_a_full_order_becomes_the_models_words(folder: Folder) -> None:
    """Every optional field arrives; instants are in UTC, money in minor units."""
    folder.order(
        "start: 2026-12-01T00:00:00Z",
        "start: 2026-12-01T03:00:00+03:00",
        more="""\
  attempt: 3
  confirm: {maxPrice: {amount: "3500.00", currency: EUR}}
  suspend: {reason: storm, until: 2026-11-30T00:00:00Z}
  cancel: {reason: late, attempt: 2, maxCharge: {amount: 10, currency: JPY}}
  lifecycle: {onDelete: cancel}
""",
    )
    order = folder.load().orders[0]
    assert (order.key, order.account, order.provider, order.attempt) == ("one", "lark-sim", "lark", 3)
    assert order.window.start == datetime(2026, 12, 1, tzinfo=UTC)
    assert order.confirm == Agreement(max_price=Money(350_000, "EUR"))
    assert order.suspend == Suspension("storm", datetime(2026, 11, 30, tzinfo=UTC))
    assert order.cancel == Cancellation(reason="late", attempt=2, max_charge=Money(10, "JPY"))
    assert order.on_delete is OnDelete.CANCEL
    assert order.source == Location(file="manifests/order.yaml", line=3, column=18)


def test_a_cancellation_means_the_orders_own_attempt(folder: Folder) -> None:
    """Where it names none."""
    folder.order(more="  attempt: 4\n  cancel: {reason: late}\n")
    order = folder.load().orders[0]
    assert (order.cancel, order.canceled) == (Cancellation(reason="late"), True)


def test_an_account_without_more_words_takes_the_defaults(folder: Folder) -> None:
    """Limits and clock are the model's own defaults."""
    account = folder.load().accounts[0]
    assert account.limits == Limits()
    assert account.simulator == SimulatedClock()


def test_an_accounts_limits_and_clock_are_read(folder: Folder) -> None:
    """Every field of both arrives."""
    text = (folder.root / "account.yaml").read_text()
    limits = "  limits: {requestsPerSecond: 0.5, concurrency: 1, settle: 2h, onUnknown: retry}\n"
    folder.write("account.yaml", text + limits + "  simulator: {start: 2026-11-28T00:00:00Z, speed: 60}\n")
    account = folder.load().accounts[0]
    assert account.limits == Limits(
        requests_per_second=0.5, concurrency=1, settle=timedelta(hours=2), on_unknown=OnUnknown.RETRY
    )
    assert account.simulator == SimulatedClock(datetime(2026, 11, 28, tzinfo=UTC), 60.0)


def test_the_project_and_its_policy_are_read(folder: Folder) -> None:
    """Ceilings by currency, limits of a pass, and where the policy stands."""
    policy = "{perOrder: [{amount: '5000', currency: EUR}, {amount: 9, currency: credits}], cancelsPerPass: 1}"
    folder.write("project.yaml", PROJECT.replace("owner: demo", f"owner: me, policy: {policy}"))
    project = folder.load().project
    assert (project.name, project.owner) == ("demo", "me")
    assert project.policy.per_order == (Money(500_000, "EUR"), Money(900, "credits"))
    assert (project.policy.new_orders_per_pass, project.policy.cancels_per_pass) == (20, 1)
    assert project.policy.source == Location(file="manifests/project.yaml", line=4, column=19)


def test_the_same_name_may_stand_for_an_order_and_an_account(folder: Folder) -> None:
    """Names are unique among documents of one kind."""
    folder.order("name: one", "name: lark-sim")
    assert folder.load().orders[0].key == "lark-sim"


def test_what_an_order_was_before_is_read(folder: Folder) -> None:
    """The provider's order that it is, and the name that it was placed under."""
    folder.order(more="  attempt: 3\n  adopt: {orderId: T1, attempt: 2}\n  moved: {from: berlin/2}\n")
    order = folder.load().orders[0]
    assert order.adopt == Adoption("T1", 2)
    assert (order.key, order.moved_from, order.origin) == ("one", "berlin/2", "berlin/2")


_TWO = "{type: MultiPoint, coordinates: [[1, 2], [3, 4]]}"


def test_several_geometries_move_together(folder: Folder) -> None:
    """Each keeps its place behind the new name."""
    folder.order("{type: Point, coordinates: [133.882675, -23.700552]}", _TWO, more="  moved: {from: old}\n")
    assert [(o.key, o.moved_from) for o in folder.load().orders] == [("one/1", "old/1"), ("one/2", "old/2")]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("  adopt: {orderId: T1}\n", "spec.adopt: is about one order: give it a target of its own"),
        ("  moved: {from: old/1}\n", "spec.moved.from: names one order of several: write the bare name, or {1: old/1}"),
    ],
)
def test_what_is_about_one_order_stands_at_one_geometry(folder: Folder, more: str, said: str) -> None:
    """A target with several geometries is several orders."""
    folder.order("{type: Point, coordinates: [133.882675, -23.700552]}", _TWO, more=more)
    (problem,) = folder.problems()
    assert said in problem


@pytest.mark.parametrize(("old", "other"), [("two", "two"), ("two/1", "two"), ("two", "two/1")])
def test_an_old_name_is_nobody_elses(folder: Folder, old: str, other: str) -> None:
    """Neither an order that goes by it nor another one that was moved from it: both would have its references."""
    folder.order(more=f"  moved: {{from: {old}}}\n")
    text = ORDER.replace("name: one", "name: two") if "/" not in other else ORDER.replace("name: one", "name: three")
    folder.write("two.yaml", text if "/" not in other else text + f"  moved: {{from: {other}}}\n")
    (problem,) = folder.problems()
    assert "spec.moved: " in problem
    assert "rename or remove that one" in problem


def test_the_good_order_is_good(folder: Folder) -> None:
    """Otherwise the tests above would prove nothing."""
    assert ORDER in (folder.root / "order.yaml").read_text()
    assert len(folder.load().orders) == 1
