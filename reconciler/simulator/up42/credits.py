"""Credits and budgets (contracts/up42.md section 10)."""

import uuid
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict

from reconciler.simulator import orders
from reconciler.simulator.control import json_object
from reconciler.simulator.instants import parse_instant
from reconciler.simulator.messages import Answer, JsonObject, RequestContext, merge_patch
from reconciler.simulator.up42.auth import PROVIDER, User, account_id
from reconciler.simulator.up42.errors import not_found, problem
from reconciler.simulator.up42.order import SimulatedOrder, stamp
from reconciler.simulator.up42.pages import one, page_of, repeated

_ACCOUNT = "account"
_BUDGET = "budget"
_DEFAULT_CREDITS = 10_000_000
_ACCOUNT_FACTS = frozenset({"balance", "budgetsEnforced"})
_SORTS = {name: lambda budget, name=name: budget[name] for name in ("createdAt", "updatedAt", "name", "status")}


Instant = Annotated[str, AfterValidator(lambda text: parse_instant(text) and text)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Period(_Strict):
    startDate: Instant = ""
    endDate: Instant = ""


class _BudgetEdit(_Strict):
    """What the control API sets of a budget; defaults only stand for "not sent"."""

    name: str = ""
    status: Literal["ACTIVE", "INACTIVE"] = "ACTIVE"
    description: str | None = None
    externalId: str | None = None
    spendLimit: int | None = None
    validityPeriod: _Period | None = None
    account: str = "default"


def get_balance(call: RequestContext, user: User) -> Answer:
    """Return what the account has left."""
    if not call.settings.flag("balancePath"):
        raise not_found()
    return Answer(status=200, body={"available": {"amount": available(call, user.account), "unit": "CREDIT"}})


def available(call: RequestContext, account: str) -> int:
    """Return the credits that an account has left."""
    spent = orders.balance(call.store, PROVIDER, account, call.now).spent
    return int(_account(call, account)["credits"]) - spent


def check_credits(call: RequestContext, order: SimulatedOrder, price: int) -> None:
    """Raise a refusal where a price exceeds what the account or the order's budget has left."""
    if not call.settings.flag("creditsEnforced"):
        return
    left = [available(call, order.account)]
    budget = None if order.budget is None else _find(call, order.account, order.budget)
    if budget is not None and budget.get("spendLimit") is not None:
        left.append(budget["spendLimit"] - _consumed(call, order.account, budget["id"]))
    if price > min(left):
        raise problem(call.settings.integer("insufficientCredits"), "Not enough credits.")


def check_budget(call: RequestContext, account: str, budget_id: str | None) -> None:
    """Raise a refusal for a budget that cannot be used, or for none where budgets are enforced."""
    if budget_id is None:
        if _account(call, account)["budgetsEnforced"]:
            raise problem(call.settings.integer("budgetMissing"), "An active budget is required.")
        return
    budget = _find(call, account, budget_id)
    if budget is None or not _is_active(call, budget):
        raise problem(call.settings.integer("budgetMissing"), "The budget does not exist or is not active.")


def list_budgets(call: RequestContext, user: User) -> Answer:
    """Return the account's budgets, with their use where it is asked for."""
    wanted = repeated(call, "status")
    found = [budget for budget in _budgets(call, user.account) if not wanted or budget["status"] in wanted]
    return page_of(call, found, _SORTS, lambda budget: _budget_body(call, budget))


def get_budget(call: RequestContext, user: User) -> Answer:
    """Return one budget."""
    return Answer(status=200, body=_budget_body(call, _existing(call, user)))


def get_usage(call: RequestContext, user: User) -> Answer:
    """Return what a budget has paid for."""
    budget = _existing(call, user)
    return Answer(
        status=200, body={"budgetId": budget["id"], "consumedCredits": _consumed(call, user.account, budget["id"])}
    )


def get_budget_settings(call: RequestContext, user: User) -> Answer:
    """Tell whether orders need a budget."""
    return Answer(status=200, body={"enforcementEnabled": _account(call, user.account)["budgetsEnforced"]})


def change_account(call: RequestContext) -> Answer:
    """Control: set `balance` (what is left from now on) and `budgetsEnforced` of an account by its name."""
    wanted, account = json_object(call), account_id(call.params["name"])
    balance, enforced = wanted.get("balance", 0), wanted.get("budgetsEnforced", False)
    if wanted.keys() - _ACCOUNT_FACTS or type(balance) is not int or type(enforced) is not bool:
        raise ValueError('the body may hold {"balance": whole credits, "budgetsEnforced": true or false}')
    facts = _account(call, account)
    if "balance" in wanted:
        facts["credits"] = balance + orders.balance(call.store, PROVIDER, account, call.now).spent
    facts["budgetsEnforced"] = wanted.get("budgetsEnforced", facts["budgetsEnforced"])
    call.store.keep_document(PROVIDER, _ACCOUNT, account, facts)
    shown = {"id": account, "balance": available(call, account), "budgetsEnforced": facts["budgetsEnforced"]}
    return Answer(status=200, body=shown)


def change_budget(call: RequestContext) -> Answer:
    """Control: merge-patch a budget's facts; one that does not exist begins active, without a limit."""
    budget_id = str(uuid.UUID(call.params["id"]))
    wanted = _BudgetEdit.model_validate(json_object(call)).model_dump(exclude_unset=True)
    account = account_id(wanted.pop("account", "default"))
    new = {"id": budget_id, "name": "Budget", "status": "ACTIVE", "createdAt": stamp(call.now), "createdBy": account}
    known = call.store.document(PROVIDER, _BUDGET, budget_id) or {**new, "account": account}
    changed: Any = merge_patch({**known, "updatedAt": stamp(call.now)}, wanted)
    call.store.keep_document(PROVIDER, _BUDGET, budget_id, changed)
    return Answer(status=200, body=changed)


def _account(call: RequestContext, account: str) -> JsonObject:
    kept = call.store.document(PROVIDER, _ACCOUNT, account) or {}
    return {"credits": _DEFAULT_CREDITS, "budgetsEnforced": False, **kept}


def _budgets(call: RequestContext, account: str) -> list[JsonObject]:
    return [budget for budget in call.store.documents(PROVIDER, _BUDGET) if budget["account"] == account]


def _find(call: RequestContext, account: str, budget_id: str) -> JsonObject | None:
    return next((budget for budget in _budgets(call, account) if budget["id"] == budget_id), None)


def _existing(call: RequestContext, user: User) -> JsonObject:
    budget = _find(call, user.account, call.params["id"].lower())
    if budget is None:
        raise not_found()
    return budget


def _is_active(call: RequestContext, budget: JsonObject) -> bool:
    period = budget.get("validityPeriod", {})
    begun = "startDate" not in period or parse_instant(period["startDate"]) <= call.now
    over = "endDate" in period and parse_instant(period["endDate"]) <= call.now
    return budget["status"] == "ACTIVE" and begun and not over


def _budget_body(call: RequestContext, budget: JsonObject) -> JsonObject:
    body = {name: value for name, value in budget.items() if name != "account"}
    if one(call, "includeUsage") != "true":
        return body
    consumed = _consumed(call, budget["account"], budget["id"])
    body["consumedCredits"] = consumed
    limit = budget.get("spendLimit")
    if limit:
        body |= {"remainingCredits": limit - consumed, "usagePercentage": round(100 * consumed / limit, 2)}
    return body


def _consumed(call: RequestContext, account: str, budget_id: str) -> int:
    return sum(_charges(call, account, budget_id))


def _charges(call: RequestContext, account: str, budget_id: str) -> Iterator[int]:
    for row in orders.every(call.store, PROVIDER):
        settled = row.settles is not None and row.settles <= call.now
        if settled and row.account == account and row.value["budget"] == budget_id:
            yield row.charge
