"""UP42's credits and budgets, and what cannot be paid."""

import pytest

from .up42 import ORDERS, UNKNOWN, order, spot

BUDGET = "11111111-1111-4111-8111-111111111111"
OTHER = "22222222-2222-4222-8222-222222222222"


def test_the_balance_may_be_gone(up42):
    """What is left is told in credits, unless that path is gone."""
    assert up42.got("/v2/payments/balances") == {"available": {"amount": 10_000_000, "unit": "CREDIT"}}
    up42.switch(balancePath=False)
    assert up42.api("GET", "/v2/payments/balances").status_code == 404


@pytest.mark.parametrize("status", [402, 400, 403, 422])
def test_accepting_beyond_the_balance(up42, status):
    """A price beyond the balance is refused with a status that nobody saw, and the quote stays open."""
    up42.switch(insufficientCredits=status)
    first, second = up42.quoted(spot()), up42.quoted(spot())
    up42.control("PUT", "/up42/accounts/default", {"balance": 119_999})
    assert up42.decide(first).status_code == 200
    assert up42.decide(second).status_code == status
    assert (up42.balance(), up42.quotes(second)[0]["decision"]) == (59_999, "NOT_DECIDED")
    up42.control("PUT", "/up42/accounts/default", {"balance": 60_000})
    assert up42.decide(second).status_code == 200
    assert up42.balance() == 0


def test_the_balance_need_not_be_enforced(up42):
    """Without enforcement an account goes below zero."""
    up42.switch(creditsEnforced=False)
    up42.control("PUT", "/up42/accounts/default", {"balance": 1})
    up42.accepted(spot())
    assert up42.balance() == 1 - 60_000


@pytest.mark.parametrize("body", [{"balance": "1"}, {"balance": 1.5}, {"budgetsEnforced": 1}, {"color": 1}, []])
def test_nonsense_accounts_are_refused(up42, body):
    """An account takes whole credits and a flag."""
    assert up42.http.put(f"{up42.simulator.url}/_sim/up42/accounts/default", json=body).status_code == 400


def test_budgets_are_listed_with_their_use(up42):
    """A budget tells what it has paid for, where that is asked for; another account does not see it."""
    up42.control("PUT", f"/up42/budgets/{BUDGET}", {"name": "Farms", "spendLimit": 240_000})
    up42.control("PUT", f"/up42/budgets/{OTHER}", {"account": "elsewhere"})
    up42.accepted(spot(budgetId=BUDGET))
    up42.accepted(spot())
    (budget,) = up42.list_page("/v2/budgets")
    assert budget == up42.got(f"/v2/budgets/{BUDGET}")
    assert (budget["name"], budget["status"], budget["spendLimit"]) == ("Farms", "ACTIVE", 240_000)
    assert "consumedCredits" not in budget
    used = up42.got(f"/v2/budgets/{BUDGET}", includeUsage="true")
    assert (used["consumedCredits"], used["remainingCredits"], used["usagePercentage"]) == (60_000, 180_000, 25)
    assert up42.got(f"/v2/budgets/{BUDGET}/usage") == {"budgetId": BUDGET, "consumedCredits": 60_000}
    assert up42.list_page("/v2/budgets", status="INACTIVE") == []
    assert up42.api("GET", f"/v2/budgets/{OTHER}").status_code == 404
    assert up42.list_page("/v2/budgets", sort="name,asc") == [budget]


def test_a_budget_limits_what_it_pays(up42):
    """Accepting beyond the budget's limit is refused like accepting beyond the balance."""
    up42.control("PUT", f"/up42/budgets/{BUDGET}", {"spendLimit": 100_000})
    up42.accepted(spot(budgetId=BUDGET))
    order_id = up42.quoted(spot(budgetId=BUDGET))
    assert up42.decide(order_id).status_code == 402
    up42.control("PUT", f"/up42/budgets/{BUDGET}", {"spendLimit": None})
    assert up42.decide(order_id).status_code == 200


@pytest.mark.parametrize("status", [400, 403])
def test_budgets_can_be_enforced(up42, status):
    """Where budgets are enforced, an order needs an active one; elsewhere a named one must be active."""
    up42.switch(budgetMissing=status)
    up42.control("PUT", f"/up42/budgets/{BUDGET}", {})
    assert up42.got("/v2/budgets/settings") == {"enforcementEnabled": False}
    up42.control("PUT", "/up42/accounts/default", {"budgetsEnforced": True})
    assert up42.got("/v2/budgets/settings") == {"enforcementEnabled": True}
    assert up42.place().status_code == up42.place(order(budgetId=UNKNOWN)).status_code == status
    assert up42.place(order(budgetId=BUDGET)).status_code == 201
    up42.control("PUT", f"/up42/budgets/{BUDGET}", {"validityPeriod": {"endDate": "2026-11-30T00:00:00Z"}})
    assert up42.place(order(budgetId=BUDGET)).status_code == status
    up42.control("PUT", f"/up42/budgets/{BUDGET}", {"validityPeriod": None, "status": "INACTIVE"})
    up42.control("PUT", "/up42/accounts/default", {"budgetsEnforced": False})
    assert up42.place(order(budgetId=BUDGET)).status_code == status
    assert len(up42.list_page(ORDERS)) == 1


@pytest.mark.parametrize(
    "body", [{"spendLimit": "1"}, {"color": 1}, {"validityPeriod": {"endDate": "soon"}}, {"status": 1}, []]
)
def test_nonsense_budgets_are_refused(up42, body):
    """A budget takes what it is known for."""
    assert up42.http.put(f"{up42.simulator.url}/_sim/up42/budgets/{BUDGET}", json=body).status_code == 400
    assert up42.list_page("/v2/budgets") == []
