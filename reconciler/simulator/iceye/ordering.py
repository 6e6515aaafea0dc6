"""From a request to an order: defaults filled in, rules checked, price found; for create and feasibility."""

from dataclasses import dataclass

from reconciler.simulator.iceye import contracts, money
from reconciler.simulator.iceye.errors import bad_request, invalid_contract
from reconciler.simulator.iceye.modes import mode
from reconciler.simulator.iceye.validation import check_allowed, check_window, read_task
from reconciler.simulator.messages import ErrorResponse, Json, JsonObject, RequestContext

_NO_LIMITS = {"min": 10, "max": 45}


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedRequest:
    """A request that could become a task: what it says with defaults filled in, and what it costs."""

    contract: JsonObject
    facts: JsonObject
    price: int | None


def check_request(call: RequestContext, body: Json) -> CheckedRequest:
    """Judge a request as create does, in this order: shape, contract, values, window, funds."""
    sent = read_task(call, body)
    contract = usable_contract(call, sent.pop("contractID"))
    terms = _filled(call, contract, sent)
    check_allowed(contract, terms)
    check_window(terms["acquisitionWindow"], terms["priority"], call.now)
    price = price_of(contract, terms) if contract.get("pricingPlan") else None
    if price is not None:
        money.check_funds(call, contract, price)
    if "eula" not in sent and call.settings.text("eulaWhenUnset") == "omitted":
        del terms["eula"]
    return CheckedRequest(contract=contract, facts=terms, price=price)


def usable_contract(call: RequestContext, contract_id: str) -> JsonObject:
    """Return an active contract; raise the create page's 422 for one that is not, or (by switch) unknown."""
    contract = contracts.find(call.store, contract_id)
    if contract is None:
        refusal = invalid_contract()
        raise ErrorResponse(call.settings.integer("unknownContract"), refusal.code, refusal.message)
    if not contracts.is_active(contract, call.now):
        raise invalid_contract()
    return contract


def price_of(contract: JsonObject, terms: JsonObject) -> int:
    """Price a request with its defaults filled in, in minor units of the contract's currency."""
    point = terms["pointOfInterest"]
    return money.price(
        money.Terms(
            mode=terms["imagingMode"],
            lat=point["lat"],
            lon=point["lon"],
            priority=terms["priority"],
            exclusivity=terms["exclusivity"],
            sla=terms["sla"],
            eula=terms["eula"],
        ),
        contract["currency"],
    )


def _filled(call: RequestContext, contract: JsonObject, sent: JsonObject) -> JsonObject:
    """Return a request with everything that the provider fills in (contracts/iceye.md section 7)."""
    settings = call.settings
    terms = {name: _chosen(contract, sent, name) for name in ("priority", "exclusivity", "eula", "sla")}
    if terms["priority"] == "BACKGROUND" and settings.text("backgroundSla") == "SLA_24H":
        terms["sla"] = "SLA_24H"
    low, high = mode(sent["imagingMode"]).angles
    performant = {"min": low, "max": high}
    filled: JsonObject = {
        "incidenceAngle": performant if settings.text("defaultAngles") == "performant" else _NO_LIMITS,
        "lookSide": settings.text("defaultLookSide"),
        "passDirection": settings.text("defaultPassDirection"),
        "productTypes": list((contract.get("productTypes") or {}).get("default") or []),
    }
    return {**terms, **filled, **sent}


def _chosen(contract: JsonObject, sent: JsonObject, name: str) -> str:
    value = sent.get(name) or contracts.default(contract, name)
    if value is None:
        raise bad_request(f"could not create task: {name} is missing and the contract has no default for it")
    return str(value)
