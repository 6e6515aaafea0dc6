"""Every mistake in a document is told in plain words, at its line and column."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from reconciler.model.account import Limits, OnUnknown, SimulatedClock
from reconciler.model.errors import Location
from reconciler.model.money import Money
from reconciler.model.order import Cancellation, Confirm, OnDelete, Suspension

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
    assert order.confirm == Confirm(Money(350_000, "EUR"))
    assert order.suspend == Suspension("storm", datetime(2026, 11, 30, tzinfo=UTC))
    assert order.cancel == Cancellation("late", 2, Money(10, "JPY"))
    assert order.on_delete is OnDelete.CANCEL
    assert order.source == Location("manifests/order.yaml", 3, 18)


def test_a_cancellation_means_the_orders_own_attempt(folder: Folder) -> None:
    """Where it names none."""
    folder.order(more="  attempt: 4\n  cancel: {reason: late}\n")
    assert folder.load().orders[0].cancel == Cancellation("late", 4)


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
    assert account.limits == Limits(0.5, 1, timedelta(hours=2), OnUnknown.RETRY)
    assert account.simulator == SimulatedClock(datetime(2026, 11, 28, tzinfo=UTC), 60.0)


def test_the_project_and_its_policy_are_read(folder: Folder) -> None:
    """Ceilings by currency, limits of a pass, and where the policy stands."""
    policy = "{perOrder: [{amount: '5000', currency: EUR}, {amount: 9, currency: credits}], cancelsPerPass: 1}"
    folder.write("project.yaml", PROJECT.replace("owner: demo", f"owner: me, policy: {policy}"))
    project = folder.load().project
    assert (project.name, project.owner) == ("demo", "me")
    assert project.policy.per_order == (Money(500_000, "EUR"), Money(900, "credits"))
    assert (project.policy.new_orders_per_pass, project.policy.cancels_per_pass) == (20, 1)
    assert project.policy.source == Location("manifests/project.yaml", 4, 19)


def test_the_same_name_may_stand_for_an_order_and_an_account(folder: Folder) -> None:
    """Names are unique among documents of one kind."""
    folder.order("name: one", "name: lark-sim")
    assert folder.load().orders[0].key == "lark-sim"


def test_the_good_order_is_good(folder: Folder) -> None:
    """Otherwise the tests above would prove nothing."""
    assert ORDER in (folder.root / "order.yaml").read_text()
    assert len(folder.load().orders) == 1
