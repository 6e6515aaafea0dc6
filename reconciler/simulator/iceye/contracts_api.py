"""Contracts, balances, prices and feasibility: everything that a client reads before it orders."""

from reconciler.simulator import orders
from reconciler.simulator.iceye import contracts, cursors
from reconciler.simulator.iceye.contracts import PROVIDER
from reconciler.simulator.iceye.errors import bad_request, not_found
from reconciler.simulator.iceye.ordering import check_request, price_of, usable_contract
from reconciler.simulator.iceye.validation import check_allowed, check_uuid, read_body, read_limit, read_query
from reconciler.simulator.messages import Answer, ErrorResponse, JsonObject, RequestContext

_PAGE_QUERY = frozenset({"limit", "cursor"})
_LAT, _LON = "pointOfInterest[lat]", "pointOfInterest[lon]"
_PRICE_WORDS = ("contractID", "imagingMode", "exclusivity", "priority", "sla", "eula")
_PRICE_QUERY = frozenset({*_PRICE_WORDS, _LAT, _LON})


def list_contracts(call: RequestContext) -> Answer:
    """Return one page of contracts, ordered by id (section 3.7)."""
    query = read_query(call, _PAGE_QUERY)
    limit = read_limit(query, call.settings.integer("limitMaximum"))
    first = cursors.decode(query.get("cursor")) or 0
    last = first + limit
    known = contracts.every(call.store)
    body: JsonObject = {"data": [contracts.contract_body(contract) for contract in known[first:last]]}
    if last < len(known):
        return Answer(status=200, body={**body, "cursor": cursors.encode(last)})
    return Answer(status=200, body=cursors.with_end(body, call.settings.text("endCursor")))


def get_contract(call: RequestContext) -> Answer:
    """Return one contract (section 3.7)."""
    return Answer(status=200, body=contracts.contract_body(_contract(call)))


def get_summary(call: RequestContext) -> Answer:
    """Return what is spent and held, in minor units; 404 without a pricing plan (section 3.7)."""
    contract = _contract(call)
    if not contract.get("pricingPlan"):
        raise not_found("summary")
    balance = orders.balance(call.store, PROVIDER, contract["id"], call.now)
    body: JsonObject = {
        "contractID": contract["id"],
        "currency": contract["currency"],
        "consolidatedSpent": balance.spent,
        "onHold": balance.held,
    }
    if contract.get("spendLimit") is not None:
        body["spendLimit"] = contract["spendLimit"]
    return Answer(status=200, body=body)


def get_price(call: RequestContext) -> Answer:
    """Price a task from the query alone, all of whose parameters are required (section 3.5)."""
    query = read_query(call, _PRICE_QUERY)
    missing = sorted(_PRICE_QUERY - query.keys())
    if missing:
        raise bad_request(f"invalid request: missing query parameters: {', '.join(missing)}")
    try:
        contract_id = check_uuid(query["contractID"])
        point = {"lat": _degrees(query[_LAT], 90), "lon": _degrees(query[_LON], 180)}
    except ValueError as error:
        raise bad_request(f"invalid request: {error}") from error
    contract = usable_contract(call, contract_id)
    if not contract.get("pricingPlan"):
        raise ErrorResponse(call.settings.integer("priceWithoutPlan"), "ERR_NOT_FOUND", "price not found")
    terms: JsonObject = {**{name: query[name] for name in _PRICE_WORDS}, "pointOfInterest": point}
    check_allowed(contract, terms)
    return Answer(status=200, body={"amount": price_of(contract, terms), "currency": contract["currency"]})


def check_feasibility(call: RequestContext) -> Answer:
    """Judge each item of an array as create would, and create nothing (section 3.6)."""
    body = read_body(call)
    if not isinstance(body, list) or not body:
        raise bad_request("invalid request: the body must be a non-empty array")
    for item in body:
        check_request(call, item)
    result = call.settings.text("feasibilityResult")
    return Answer(status=200, body={"feasibility": [{"result": result} for _ in body]})


def _contract(call: RequestContext) -> JsonObject:
    try:
        contract = contracts.find(call.store, check_uuid(call.params["contractID"]))
    except ValueError as error:
        raise bad_request("invalid request: contractID is not a UUID") from error
    if contract is None:
        raise not_found("contract")
    return contract


def _degrees(text: str, most: int) -> float:
    degrees = float(text)
    if not -most <= degrees <= most:
        raise ValueError(f"{text} is not within {most} degrees")
    return degrees
