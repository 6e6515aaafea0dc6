"""From a request to orders: estimate and place (contracts/up42.md sections 4 and 5)."""

import math
import re
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from reconciler.simulator import orders
from reconciler.simulator.instants import format_instant, parse_instant
from reconciler.simulator.messages import Answer, ErrorResponse, JsonObject, RequestContext
from reconciler.simulator.up42 import catalog, credits, geometry, life
from reconciler.simulator.up42.auth import User, editor
from reconciler.simulator.up42.catalog import DataProduct
from reconciler.simulator.up42.errors import bad_order, problem
from reconciler.simulator.up42.matching import mismatches
from reconciler.simulator.up42.order import Scenario, SimulatedOrder, Stage
from reconciler.simulator.up42.pages import one

_TEXT = re.compile(r"[\w .\-/:]+")
_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_LATER = timedelta(days=14)
_BESIDE = frozenset({"geometry", "displayName"})
"""What an order form asks for that a request holds beside its params."""


def _uuid(text: str) -> str:
    return str(uuid.UUID(text))


def check_tag(text: str) -> str:
    """Return a tag; raise ValueError for characters that none may have."""
    if _TEXT.fullmatch(text) is None:
        raise ValueError("a tag may hold letters, numbers, spaces and . - _ / :")
    return text


Tags = Annotated[list[Annotated[str, AfterValidator(check_tag)]], Field(max_length=30)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Feature(BaseModel):
    type: Literal["Feature"]
    geometry: dict[str, Any]


class _Features(BaseModel):
    type: Literal["FeatureCollection"]
    features: list[_Feature] = Field(min_length=1)


class _Request(_Strict):
    """The body of place and estimate; what may be left out may not be null."""

    dataProduct: Annotated[str, AfterValidator(_uuid)]
    displayName: str = Field(min_length=1, max_length=200)
    params: dict[str, Any]
    featureCollection: _Features
    tags: Tags = Field(default_factory=list)
    budgetId: Annotated[str, AfterValidator(_uuid)] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _ParsedRequest:
    """A request of the right shape; `faults` tells by index which features cannot become orders, and why."""

    product: DataProduct
    request: _Request
    params: JsonObject
    body: JsonObject
    faults: dict[int, str]

    @property
    def geometries(self) -> list[JsonObject]:
        return [feature.geometry for feature in self.request.featureCollection.features]


def estimate(call: RequestContext, user: User) -> Answer:
    """Price the features of a request; those that cannot be ordered or priced are told as errors."""
    parsed = _parsed_request(call)
    faults = dict(parsed.faults)
    if not catalog.is_estimated(parsed.product):
        faults = dict.fromkeys(range(len(parsed.geometries)), "Price estimation is not available.") | faults
    results, unit = [], parsed.product.unit
    total_credits, total_size = 0, 0.0
    for index, area in enumerate(parsed.geometries):
        if index not in faults:
            price, size = credits_for(parsed.product, area), _size(parsed.product, area)
            results.append({"index": index, "credits": price, "size": size, "unit": unit})
            total_credits, total_size = total_credits + price, round(total_size + size, 2)
    summary = {"totalCredits": total_credits, "totalSize": total_size, "unit": unit}
    return Answer(status=200, body={"summary": summary, "results": results, "errors": _errors(faults)})


def place(call: RequestContext, user: User) -> Answer:
    """Make an order of each feature that can become one; a repeated request makes them again."""
    editor(user)
    workspace = one(call, "workspaceId")
    if workspace is None:
        raise problem(400, "Required parameter 'workspaceId' is not present.")
    if workspace.lower() != user.id:
        raise problem(403, "Forbidden")
    parsed = _approved(call, _parsed_request(call))
    credits.check_budget(call, user.account, parsed.request.budgetId or None)
    results = []
    for index, area in enumerate(parsed.geometries):
        if index not in parsed.faults:
            order = _order(call, user, parsed, index, area)
            settles, charge = life.settlement(order)
            orders.insert(call.store, order.to_row(*orders.visible_from(call), settles, charge))
            results.append({"index": index, "id": order.id})
    return Answer(
        status=call.settings.integer("createStatus"), body={"results": results, "errors": _errors(parsed.faults)}
    )


def credits_for(product: DataProduct, area: JsonObject) -> int:
    """Price a geometry; the numbers are invented."""
    return math.ceil(product.price * _size(product, area))


def form_faults(call: RequestContext, product: DataProduct, params: JsonObject) -> dict[str, str]:
    """Return what is wrong with parameters, by place; the geometry and the name are judged elsewhere."""
    if call.settings.text("textNumbers") == "accepted":
        params = {name: _number(value, product.form["properties"].get(name, {})) for name, value in params.items()}
    wrong = dict(mismatches(params, _params_form(product), product.form))
    if not wrong:
        start, end = parse_instant(params["acquisitionStart"]), parse_instant(params["acquisitionEnd"])
        if start >= end:
            wrong["acquisitionEnd"] = "must be after acquisitionStart"
        elif end <= call.now:
            wrong["acquisitionEnd"] = "has passed"
    return wrong


def _params_form(product: DataProduct) -> JsonObject:
    form = product.form
    properties = {name: schema for name, schema in form["properties"].items() if name not in _BESIDE}
    return {**form, "properties": properties, "required": [name for name in form["required"] if name not in _BESIDE]}


def _parsed_request(call: RequestContext) -> _ParsedRequest:
    """Judge a request in this order: shape, product, parameters, features."""
    body, request = _read(call)
    product = catalog.PRODUCTS.get(request.dataProduct)
    if product is None:
        raise bad_order(call, {"dataProduct": "does not exist"})
    if call.settings.text("displayNameCharacters") == "as-tags" and _TEXT.fullmatch(request.displayName) is None:
        raise bad_order(call, {"displayName": "holds characters that are not allowed"})
    params = {name: value for name, value in request.params.items() if name != "displayName"}
    wrong = form_faults(call, product, params)
    features = request.featureCollection.features
    if wrong and call.settings.text("paramErrors") == "400":
        raise bad_order(call, dict(wrong))
    if wrong:
        told = "; ".join(f"{place} {reason}" for place, reason in wrong.items())
        return _ParsedRequest(
            product=product, request=request, params=params, body=body, faults=dict.fromkeys(range(len(features)), told)
        )
    faults = {
        index: fault
        for index, feature in enumerate(features)
        if (fault := _feature_fault(product, feature.geometry)) is not None
    }
    return _ParsedRequest(product=product, request=request, params=_filled(product, params), body=body, faults=faults)


def _read(call: RequestContext) -> tuple[JsonObject, _Request]:
    try:
        body = call.request.json()
        return body if isinstance(body, dict) else {}, _Request.model_validate(body)
    except ValidationError as error:
        wrong = {".".join(map(str, fault["loc"])): fault["msg"] for fault in error.errors()}
        raise bad_order(call, wrong) from error
    except ValueError as error:
        raise bad_order(call, {"body": "is not JSON"}) from error


def _approved(call: RequestContext, parsed: _ParsedRequest) -> _ParsedRequest:
    """Return a request that approvals allow, or (by switch) one that fails for all of its features."""
    objection = catalog.objection(call.store, parsed.product)
    if objection is None:
        return parsed
    match call.settings.text("missingApproval"):
        case "errors":
            faults = dict.fromkeys(range(len(parsed.geometries)), objection)
            return _ParsedRequest(
                product=parsed.product, request=parsed.request, params=parsed.params, body=parsed.body, faults=faults
            )
        case "400":
            raise bad_order(call, {}, objection)
        case status:
            raise ErrorResponse(int(status), "", objection)


def _feature_fault(product: DataProduct, area: JsonObject) -> str | None:
    """Return why a geometry cannot be ordered, None where it can."""
    form = product.form
    for place, reason in mismatches(area, form["properties"]["geometry"], form, "geometry"):
        return f"{place} {reason}"
    return geometry.fault(area)


def _order(call: RequestContext, user: User, parsed: _ParsedRequest, index: int, area: JsonObject) -> SimulatedOrder:
    order = SimulatedOrder(
        id=str(uuid.uuid4()),
        account=user.account,
        workspace=user.id,
        created=call.now,
        name=_name(call, parsed, index),
        product=parsed.product.id,
        params=parsed.params,
        geometry=area,
        tags=parsed.request.tags or None,
        budget=parsed.request.budgetId or None,
        body=parsed.body,
        course=_course(call, parsed, area),
        stage=Stage(status="CREATED", since=call.now),
    )
    return life.at(life.begun(order), call.now)


def _course(call: RequestContext, parsed: _ParsedRequest, area: JsonObject) -> Scenario:
    """Read from switches how a new order will go."""
    settings, product = call.settings, parsed.product
    study, quotation = settings.text("study"), settings.text("quotation")
    price = credits_for(product, area)
    return Scenario(
        outcome=settings.text("outcome"),
        study=product.study if study == "product" else study,
        options=_options(parsed)[: settings.integer("studyOptions")],
        quoted=product.quoted if quotation == "product" else quotation == "required",
        credits=math.ceil(price * settings.number("quotePercent") / 100),
        captures=settings.integer("captures"),
        placing=settings.number("placingMinutes"),
        studying=settings.number("studyMinutes"),
        quoting=settings.number("quoteMinutes"),
        activation=settings.number("activationMinutes"),
        repair=settings.number("repairMinutes"),
    )


def _options(parsed: _ParsedRequest) -> list[JsonObject]:
    """Return what UP42 will offer, in free text, with the changes that stand behind it."""
    later = format_instant(parse_instant(parsed.params["acquisitionEnd"]) + _LATER)
    options: list[JsonObject] = [
        {"description": f"Extend the acquisition window to {later[:10]}.", "changes": {"acquisitionEnd": later}},
        {"description": "Keep the request as it is; coverage may be incomplete.", "changes": {}},
    ]
    if "cloudCoverage" in parsed.params:
        return [*options, {"description": "Raise the cloud cover limit to 50 %.", "changes": {"cloudCoverage": 50}}]
    return [*options, {"description": "Keep the request and wait longer.", "changes": {}}]


def _name(call: RequestContext, parsed: _ParsedRequest, index: int) -> str:
    name = parsed.request.displayName
    if call.settings.flag("displayNameTrimmed"):
        name = name.strip()
    match call.settings.text("suffix"):
        case "always":
            return f"{name} {index + 1}"
        case "several" if len(parsed.geometries) > 1:
            return f"{name} {index + 1}"
        case _:
            return name


def _filled(product: DataProduct, params: JsonObject) -> JsonObject:
    """Return parameters with the form's defaults, which for some depend on the mode."""
    definitions = dict(product.form["definitions"])
    for branch in product.form.get("allOf", ()):
        if branch["if"]["properties"]["acquisitionMode"]["const"] == params.get("acquisitionMode"):
            definitions |= branch["then"]["definitions"]
    defaults = {name: known["default"] for name, known in definitions.items() if known.get("default") is not None}
    return {**defaults, **params}


def _number(value: object, schema: JsonObject) -> object:
    if not isinstance(value, str) or schema.get("type") not in ("integer", "number") or not _NUMBER.fullmatch(value):
        return value
    return float(value) if "." in value else int(value)


def _size(product: DataProduct, area: JsonObject) -> float:
    return round(geometry.area(area), 2) if product.unit == "SQ_KM" else 1


def _errors(faults: dict[int, str]) -> list[JsonObject]:
    return [{"index": index, "message": message, "details": ""} for index, message in sorted(faults.items())]
