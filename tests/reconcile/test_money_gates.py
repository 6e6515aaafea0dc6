"""Money: nothing is ordered past a ceiling, a budget, the funds or a limit that was reviewed in Git."""

from __future__ import annotations

import pytest

from reconciler.desired import cache_beside, read
from reconciler.model.money import Money
from reconciler.model.outcome import OutcomeKind
from reconciler.plan.findings import FindingKind
from reconciler.reconcile import Mode, Pass
from reconciler.render.phrases import message, remedy
from tests.support.project import CONTRACT, Project, actions, at, eur, finding, findings, outcomes, window


def orders(project: Project, count: int, start_days: float = 5) -> None:
    """Write some orders of EUR 1,300.00 each."""
    for number in range(count):
        project.order(f"order-{number}", window=window(start_days, start_days + 2))


def test_a_price_at_its_ceiling_is_ordered_and_a_cent_above_is_held(project: Project) -> None:
    """1,300.00 costs 1,300.00; the hold names the price, the file and the lines to commit."""
    path = project.order(confirm={"maxPrice": eur("1299.99")})
    report = project.reconcile()
    held = finding(report)
    assert (actions(report), held.kind) == ([], FindingKind.HELD)
    assert message(held) == "costs EUR 1,300.00, above its ceiling of EUR 1,299.99"
    assert f'commit in {path}:4:9:  confirm: {{maxPrice: {{amount: "1300.00", currency: EUR}}}}' in remedy(held)
    project.order(confirm={"maxPrice": eur("1300.00")})
    assert outcomes(project.reconcile()) == {"alice": OutcomeKind.DONE}


def test_an_order_without_a_ceiling_is_held(project: Project) -> None:
    """A price that nobody has agreed to is not paid."""
    project.order(confirm=None)
    report = project.reconcile()
    assert (actions(report), finding(report).kind) == ([], FindingKind.HELD)
    assert "no ceiling is committed" in message(finding(report))
    assert project.creates() == 0


def test_a_ceiling_in_another_currency_is_held(project: Project) -> None:
    """No rate is assumed."""
    project.order(confirm={"maxPrice": {"amount": "9999", "currency": "USD"}})
    report = project.reconcile()
    assert (actions(report), finding(report).kind) == ([], FindingKind.HELD)


def test_unpriced_consent_does_not_open_a_priced_order(project: Project) -> None:
    """`unpriced: true` is for providers that name no price; one that is named needs its ceiling."""
    project.order(confirm={"unpriced": True})
    report = project.reconcile()
    assert (actions(report), finding(report).kind) == ([], FindingKind.HELD)


@pytest.mark.parametrize("status", [404])
def test_without_a_price_an_order_is_held_until_it_says_unpriced(project: Project, status: int) -> None:
    """A contract without a pricing plan: held with the lines; agreed to, it is ordered once."""
    project.contract(CONTRACT, pricingPlan=False)
    project.switch(priceWithoutPlan=status)
    project.order()
    report = project.reconcile()
    assert (actions(report), finding(report).kind) == ([], FindingKind.HELD)
    assert "confirm: {unpriced: true}" in remedy(finding(report))
    project.order(confirm={"unpriced": True})
    assert outcomes(project.reconcile()) == {"alice": OutcomeKind.DONE}
    assert actions(project.reconcile()) == []
    assert len(project.orders()) == 1


@pytest.mark.parametrize("status", [400, 403])
def test_a_price_that_is_refused_otherwise_orders_nothing(project: Project, status: int) -> None:
    """Not 404: that there is no pricing plan is not said, so even `unpriced` does not order."""
    project.contract(CONTRACT, pricingPlan=False)
    project.switch(priceWithoutPlan=status)
    project.order(confirm={"unpriced": True})
    report = project.reconcile()
    assert actions(report) == []
    assert finding(report).kind in (FindingKind.HELD, FindingKind.UNREAD)
    assert project.creates() == 0


def test_a_price_that_rose_since_the_plan_is_held(project: Project) -> None:
    """The price is asked in the pass that orders: a plan of yesterday binds nobody."""
    project.order(confirm={"maxPrice": eur("1300.00")})
    assert actions(project.plan()) == [("place", "alice")]
    patch = {"amount": 130_001}
    project.fault("mutate", method="GET", path="/tasking/v2/price", patch=patch)
    report = project.reconcile()
    assert (actions(report), finding(report).kind) == ([], FindingKind.HELD)


@pytest.mark.parametrize(
    "body", ['{"amount": "130000", "currency": "EUR"}', '{"amount": 1.5, "currency": "EUR"}', "{}"]
)
def test_a_price_that_cannot_be_read_orders_nothing(project: Project, body: str) -> None:
    """Text, a fraction of a cent, nothing at all: unread, and nothing sent."""
    project.order()
    project.fault("status", method="GET", path="/tasking/v2/price", status=200, body=body)
    report = project.reconcile()
    assert (actions(report), finding(report).kind) == ([], FindingKind.UNREAD)
    assert project.creates() == 0


def test_the_policys_ceiling_per_order_is_refused(project: Project) -> None:
    """What only a change of policy ends is `refused`, and the others are ordered."""
    project.policy(perOrder=[eur("1299.99")])
    project.order()
    project.order("bruce", iceye={"imagingMode": "SCAN_WIDE"})
    report = project.reconcile()
    assert findings(report) == [("alice", FindingKind.REFUSED)]
    assert outcomes(report) == {"bruce": OutcomeKind.DONE}


@pytest.mark.parametrize("limit", ["perPass", "perMonth"])
def test_a_plan_above_the_policys_sum_orders_nothing_at_all(project: Project, limit: str) -> None:
    """Two of 1,300 against 2,599.99: the whole plan is refused; which ones to drop is for a person."""
    project.policy(**{limit: [eur("2599.99")]})
    orders(project, 2)
    report = project.reconcile()
    assert (len(report.plan.refusals), report.results) == (1, ())
    assert project.creates() == 0
    project.policy(**{limit: [eur("2600.00")]})
    assert set(outcomes(project.reconcile()).values()) == {OutcomeKind.DONE}


def test_a_currency_without_a_limit_may_not_be_spent(project: Project) -> None:
    """Where the policy lists limits, another currency has none."""
    project.policy(perPass=[{"amount": "9999", "currency": "USD"}])
    project.order()
    report = project.reconcile()
    assert (len(report.plan.refusals), report.results) == (1, ())


def test_the_months_budget_counts_over_passes_and_begins_anew(project: Project) -> None:
    """1,300 each against 3,000 a month: two in December, the third in January."""
    project.policy(perMonth=[eur("3000.00")])
    for number in range(2):
        project.order(f"order-{number}")
        assert outcomes(project.reconcile()) == {f"order-{number}": OutcomeKind.DONE}
    project.order("order-2", window=window(33, 35))
    project.set_clock(30.9)
    report = project.reconcile()
    assert (len(report.plan.refusals), report.results) == (1, ())
    assert "on top of EUR 2,600.00 already bound this month" in message(report.plan.refusals[0])
    project.set_clock(31.1)
    assert outcomes(project.reconcile()) == {"order-2": OutcomeKind.DONE}


def test_an_order_in_doubt_counts_in_the_months_budget(project: Project) -> None:
    """It may have been spent; an order that was surely refused does not count."""
    project.policy(perMonth=[eur("3000.00")])
    project.order("alice")
    project.fault("drop-before")
    project.reconcile()
    project.order("bruce")
    project.fault("status", status=403)
    assert outcomes(project.reconcile()) == {"bruce": OutcomeKind.REFUSED}
    project.advance("16m")
    assert outcomes(project.reconcile()) == {"bruce": OutcomeKind.DONE}
    project.order("chris")
    report = project.reconcile()
    assert (len(report.plan.refusals), report.results) == (1, ())


def test_too_many_new_orders_in_one_pass_are_refused(project: Project) -> None:
    """Three against a limit of two: none is ordered, exit 5."""
    project.policy(newOrdersPerPass=2)
    orders(project, 3)
    report = project.reconcile()
    assert (len(report.plan.refusals), report.results) == (1, ())
    assert project.command("reconcile").code == 5
    project.policy(newOrdersPerPass=3)
    assert len(outcomes(project.reconcile())) == 3


def test_a_refused_plan_still_adopts(project: Project) -> None:
    """Binding what exists spends nothing, and is what keeps it from being ordered again."""
    project.order("alice")
    project.reconcile()
    project.lose_state()
    project.policy(newOrdersPerPass=0)
    project.order("bruce")
    report = project.reconcile()
    assert len(report.plan.refusals) == 1
    assert [result.action.kind for result in report.results] == ["adopt"]
    assert project.creates() == 1


def test_funds_that_reach_for_one_order_place_one(project: Project) -> None:
    """The rest is held before anything is sent, with what is left."""
    project.contract(CONTRACT, spendLimit=200_000)
    orders(project, 2)
    report = project.reconcile()
    assert outcomes(report) == {"order-0": OutcomeKind.DONE}
    held = finding(report, "order-1")
    assert held.kind is FindingKind.HELD
    again = project.reconcile()
    assert (actions(again), finding(again, "order-1").kind) == ([], FindingKind.HELD)
    assert project.creates() == 1


def test_insufficient_funds_at_the_last_moment_end_as_a_clear_message(project: Project) -> None:
    """The documented 400: refused, nothing more is sent, and a later pass orders when there are funds."""
    body = '{"code": "ERR_INSUFFICIENT_FUNDS", "message": "could not create task: insufficient funds"}'
    project.order("alice")
    project.order("bruce")
    project.fault("status", status=400, body=body)
    ran = project.command("reconcile")
    assert ran.code == 1
    assert "could not create task: insufficient funds" in ran.out
    assert "manifests/orders/alice.yaml:4:9" in ran.out
    assert "raise the contract's budget" in ran.out
    assert project.creates() == 1
    assert set(outcomes(project.reconcile()).values()) == {OutcomeKind.DONE}
    assert len(project.orders()) == 2


def test_an_invalid_contract_ends_as_a_clear_message_and_is_not_sent_again(project: Project) -> None:
    """The documented 422: held with the order's file and line until Git or a person changes something."""
    body = '{"code": "ERR_INVALID_CONTRACT", "message": "could not create task: invalid model: invalid contract"}'
    project.order()
    project.fault("status", status=422, body=body)
    ran = project.command("reconcile")
    assert ran.code == 1
    assert "could not create task: invalid model: invalid contract" in ran.out
    assert "manifests/orders/alice.yaml:4:9" in ran.out
    again = project.command("reconcile")
    assert again.code == 3
    assert "invalid contract" in again.out
    assert "manifests/orders/alice.yaml:4:9" in again.out
    assert project.creates() == 1


def test_an_expired_contract_is_named_before_anything_is_sent(project: Project) -> None:
    """The contract's dates are read with the price."""
    project.contract(CONTRACT, end=at(-1))
    project.order()
    report = project.reconcile()
    assert (actions(report), finding(report).kind) == ([], FindingKind.HELD)
    assert project.creates() == 0


def test_a_value_that_the_contract_does_not_allow_is_named_before_anything_is_sent(project: Project) -> None:
    """The contract's lists are compared with the order."""
    project.contract(CONTRACT, imagingModes={"allowed": ["STRIPMAP"]})
    project.order()
    report = project.reconcile()
    assert (actions(report), finding(report).kind) == ([], FindingKind.HELD)
    assert "the contract does not allow SPOTLIGHT" in message(finding(report))
    assert project.creates() == 0


def test_an_order_refused_for_its_own_sake_is_sent_again_only_after_an_edit(project: Project) -> None:
    """400: held unchanged; edited, it is ordered."""
    project.order()
    project.fault("status", status=400)
    assert outcomes(project.reconcile()) == {"alice": OutcomeKind.REFUSED}
    for _ in range(3):
        report = project.reconcile()
        assert (actions(report), finding(report).kind) == ([], FindingKind.HELD)
    assert project.creates() == 1
    project.order(iceye={"lookSide": "LEFT"})
    assert outcomes(project.reconcile()) == {"alice": OutcomeKind.DONE}


def test_a_ceiling_that_only_the_cache_states_is_not_spent(project: Project) -> None:
    """What is carried out was read from the manifests themselves: the cache is nobody's reviewed text."""
    project.order(confirm={"maxPrice": eur("1.00")})
    kept = cache_beside(project.state)
    read(project.folder, cache=kept)
    kept.write_bytes(kept.read_bytes().replace(b'"minor":100,', b'"minor":900000,'))
    doctored = read(project.folder, cache=kept)
    assert doctored.orders[0].confirm.max_price == Money(900_000, "EUR")
    report = Pass(manifests=doctored, env=project.environment(), mode=Mode.RECONCILE, reread=project.read).run()
    assert project.creates() == 0
    assert finding(report).kind is FindingKind.HELD
