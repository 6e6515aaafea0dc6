"""Contracts: what a customer may order, where to, and for how much (contracts/iceye.md section 3.7).

A contract is kept as one JSON object. Most of it is what the Company API shows; four facts stay inside:
`spendLimit` (minor units, null for none), `currency`, `pricingPlan`, and `productTypes` (whose name on the
wire is unread).
"""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from reconciler.simulator.control import json_object
from reconciler.simulator.iceye.errors import not_found
from reconciler.simulator.iceye.modes import MODES, PRODUCT_TYPES
from reconciler.simulator.instants import format_instant, parse_instant
from reconciler.simulator.messages import Answer, JsonObject, RequestContext, merge_patch
from reconciler.simulator.store import Store

PROVIDER = "iceye"
_KIND = "contract"
_ENSURED = "iceye.contracts"
_INSIDE = frozenset({"spendLimit", "currency", "pricingPlan", "productTypes"})
_RULES = ("imagingModes", "priority", "exclusivity", "eula", "sla", "productTypes")
_FIVE_YEARS = timedelta(days=5 * 365)
_DEFAULT_LIMIT = 100_000_00
_PATHS = ("DOC-EXAMPLE-BUCKET1", "DOC-EXAMPLE-BUCKET2")


def default_contract(contract_id: str, now: datetime) -> JsonObject:
    """Return a contract that allows everything documented, active for five years before and after `now`.

    The two delivery paths are those of ICEYE's create page. How a location looks in a contract is documented
    for v1 only (`method`, `path`); `configID` is added because v2 deliveries name it. It is derived from the
    contract and the path, so that it is the same after every wipe.
    """
    return {
        "id": contract_id,
        "name": f"Simulated contract {contract_id[:8]}",
        "start": format_instant((now - _FIVE_YEARS).replace(microsecond=0)),
        "end": format_instant((now + _FIVE_YEARS).replace(microsecond=0)),
        "imagingModes": {"allowed": list(MODES)},
        "priority": {"allowed": ["COMMERCIAL", "BACKGROUND"], "default": "COMMERCIAL"},
        "exclusivity": {"allowed": ["PRIVATE", "PUBLIC"], "default": "PRIVATE"},
        "eula": {"allowed": ["STANDARD", "GOVERNMENT"], "default": "STANDARD"},
        "sla": {"allowed": ["SLA_8H", "SLA_3H", "SLA_24H"], "default": "SLA_8H"},
        "deliveryLocations": [
            {"configID": str(uuid.uuid5(uuid.UUID(contract_id), path)), "method": "s3", "path": path} for path in _PATHS
        ],
        "productTypes": {"allowed": list(PRODUCT_TYPES), "default": ["GRD", "SLC", "QLK"]},
        "spendLimit": _DEFAULT_LIMIT,
        "currency": "EUR",
        "pricingPlan": True,
    }


def ensure(store: Store, now: datetime, contract_ids: Sequence[str]) -> None:
    """Make contracts exist: those named now, and those that earlier starts of this data named."""
    ensured = [
        *cast(list[str], store.fact(_ENSURED) or []),
        *(str(uuid.UUID(contract_id)) for contract_id in contract_ids),
    ]
    ensured = list(dict.fromkeys(ensured))
    store.keep_fact(_ENSURED, ensured)
    for contract_id in ensured:
        if find(store, contract_id) is None:
            store.keep_document(PROVIDER, _KIND, contract_id, default_contract(contract_id, now))


def find(store: Store, contract_id: str) -> JsonObject | None:
    """Return a contract with its inner facts."""
    return store.document(PROVIDER, _KIND, contract_id.lower())


def every(store: Store) -> list[JsonObject]:
    """Return all contracts with their inner facts, ordered by id."""
    return store.documents(PROVIDER, _KIND)


def is_active(contract: JsonObject, now: datetime) -> bool:
    """Tell whether tasks may be submitted under a contract now."""
    return parse_instant(contract["start"]) <= now <= parse_instant(contract["end"])


def allowed(contract: JsonObject, name: str) -> list[str]:
    """Return the values that a contract allows for a field."""
    rule: dict[str, Any] = contract.get(name) or {}
    return list(rule.get("allowed") or [])


def default(contract: JsonObject, name: str) -> str | None:
    """Return a field's default: as set, or implied by a single allowed value, or none."""
    rule: dict[str, Any] = contract.get(name) or {}
    values = allowed(contract, name)
    return rule.get("default") or (values[0] if len(values) == 1 else None)


def contract_body(contract: JsonObject) -> JsonObject:
    """Return a contract as the Company API shows it."""
    return {name: value for name, value in contract.items() if name not in _INSIDE}


def change(call: RequestContext) -> Answer:
    """Control: merge-patch a contract's facts; one that does not exist begins with the default facts."""
    contract_id = str(uuid.UUID(call.params["id"]))
    contract = find(call.store, contract_id) or default_contract(contract_id, call.now)
    changed = merge_patch(contract, json_object(call))
    if not isinstance(changed, dict) or changed.get("id") != contract_id:
        raise ValueError("the id of a contract cannot be changed")
    _check(changed)
    call.store.keep_document(PROVIDER, _KIND, contract_id, changed)
    return Answer(status=200, body=changed)


def _check(contract: JsonObject) -> None:
    """Raise ValueError where a changed contract would break the handlers that read it."""
    for name in ("start", "end"):
        parse_instant(str(contract.get(name)))
    for name in _RULES:
        rule = contract.get(name)
        if not isinstance(rule, dict) or not isinstance(rule.get("allowed"), list):
            raise ValueError(f"{name} must be an object with a list of allowed values")
    if not isinstance(contract.get("spendLimit"), int | None):
        raise ValueError("spendLimit must be an integer in minor units, or null")
    if not isinstance(contract.get("currency"), str):
        raise ValueError("currency must be an ISO 4217 code")


def show(call: RequestContext) -> Answer:
    """Control: return a contract with its inner facts."""
    contract = find(call.store, call.params["id"])
    if contract is None:
        raise not_found("contract")
    return Answer(status=200, body=contract)
