"""Accounts, what they may and can pay, and the limit that all share (contracts/vantor.md sections 6, 7 and 11)."""

import math
from dataclasses import replace
from datetime import timedelta

from pydantic import BaseModel, ConfigDict, Field

from reconciler.simulator import orders
from reconciler.simulator.control import json_object
from reconciler.simulator.instants import from_micros, to_micros
from reconciler.simulator.messages import Answer, JsonObject, RequestContext
from reconciler.simulator.switches import settings_of
from reconciler.simulator.vantor.auth import PROVIDER
from reconciler.simulator.vantor.errors import refused, too_many
from reconciler.simulator.vantor.switches import SWITCHES

_ACCOUNT = "account"
_LIMIT = "limit"
_HOUR = timedelta(hours=1)
_DEFAULT_CREDITS = 10_000_000


class _AccountEdit(BaseModel):
    """What the control API sets of an account; null leaves private tasking to the switch again."""

    model_config = ConfigDict(extra="forbid", strict=True)

    private: bool | None = None
    credits: int = Field(default=0, ge=0)


def check_private(call: RequestContext, account: str) -> None:
    """Raise the 403 of an account that may not task privately."""
    if not _may_task_privately(call, account):
        raise refused(403, "Not authorized to place private tasking requests.")


def check_credits(call: RequestContext, account: str, price: int) -> None:
    """Raise a refusal where a price exceeds what the account has left."""
    if call.settings.flag("creditsEnforced") and price > _available(call, account):
        raise refused(call.settings.integer("insufficientCredits"), "The account's allowance is exceeded.")


def count_request(call: RequestContext) -> None:
    """Count a new request towards the limit of the hour; raise the 429 beyond it."""
    hour = call.store.document(PROVIDER, _LIMIT, "hour") or {"since": to_micros(call.now), "count": 0}
    ends = from_micros(hour["since"]) + _HOUR
    if ends <= call.now:
        hour, ends = {"since": to_micros(call.now), "count": 0}, call.now + _HOUR
    if hour["count"] >= call.settings.integer("hourlyRequests"):
        raise too_many(call, math.ceil((ends - call.now).total_seconds()))
    call.store.keep_document(PROVIDER, _LIMIT, "hour", {**hour, "count": hour["count"] + 1})


def change_account(call: RequestContext) -> Answer:
    """Control: set `private` (true, false, or null for the switch) and `credits` (what is left from now on)."""
    wanted = _AccountEdit.model_validate(json_object(call)).model_dump(exclude_unset=True)
    account, facts = call.params["name"], _account(call, call.params["name"])
    if "credits" in wanted:
        wanted["credits"] += facts["credits"] - _available(call, account)
    call.store.keep_document(PROVIDER, _ACCOUNT, account, {**facts, **wanted})
    return show_account(call)


def show_account(call: RequestContext) -> Answer:
    """Control: tell whether an account may task privately, and what credits it has spent, holds and has left."""
    account = call.params["name"]
    call = replace(call, settings=settings_of(call.store, PROVIDER, SWITCHES))
    balance = orders.balance(call.store, PROVIDER, account, call.now)
    money = {"credits": _available(call, account), "spent": balance.spent, "held": balance.held}
    return Answer(status=200, body={"private": _may_task_privately(call, account), **money})


def _may_task_privately(call: RequestContext, account: str) -> bool:
    kept = _account(call, account)["private"]
    return call.settings.flag("privateEntitled") if kept is None else bool(kept)


def _available(call: RequestContext, account: str) -> int:
    balance = orders.balance(call.store, PROVIDER, account, call.now)
    return int(_account(call, account)["credits"]) - balance.spent - balance.held


def _account(call: RequestContext, account: str) -> JsonObject:
    kept = call.store.document(PROVIDER, _ACCOUNT, account) or {}
    return {"private": None, "credits": _DEFAULT_CREDITS, **kept}
