"""What a request must hold (contracts/vantor.md sections 2.1 to 5): its shape, and the rules between its fields."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from reconciler.simulator.messages import JsonObject, RequestContext
from reconciler.simulator.vantor import polygon
from reconciler.simulator.vantor.dates import Date, parse_date
from reconciler.simulator.vantor.errors import bad_request, refused

_Code = Literal[
    "AGR", "DEM", "DNI", "DPE", "DPP", "EDU", "ENV", "ERM", "FAC", "FGV", "FIN", "HUM", "HYD", "LBS", "MAR", "MIN",
    "NAT", "OTH", "PIP", "RED", "RUR", "SHL", "SIM", "TEL", "URB", "USG", "VIS",
]  # fmt: skip
AHEAD = timedelta(minutes=5)
"""What begins earlier comes too late."""
_SHORTEST = timedelta(minutes=10)
_LONGEST = timedelta(days=365)
_RANGES = {"max_cloud_cover": (15, 50), "max_off_nadir_angle": (5, 45)}
_CLOUDS = frozenset({"amazon_s3", "azure_blob_storage", "google_cloud_storage"})


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class _Polygon(_Strict):
    type: Literal["Polygon"]
    coordinates: list[list[Annotated[list[float], Field(min_length=2)]]] = Field(min_length=1)


class _Details(_Strict):
    max_gsd: float = Field(default=1, gt=0)
    max_cloud_cover: float = Field(default=0, ge=0, le=100)
    max_off_nadir_angle: float = Field(default=0, ge=0, le=90)
    min_sun_elevation_angle: float = Field(default=0, ge=0, le=90)


class _Licensing(_Strict):
    end_use_code: _Code
    end_use_description: str = Field(default="", min_length=1, max_length=50)


class _ProductDetails(_Strict):
    """The product; recipes have more settings than the contract names, so others are taken as they are."""

    model_config = ConfigDict(extra="allow")

    product_type: Literal["system-ready", "view-ready", "view-ready-ortho", "map-ready"]
    licensing: _Licensing
    product_option: str = ""


class _AmazonS3(_Strict):
    type: Literal["amazon_s3"]
    bucket: str = Field(min_length=1)
    prefix: str
    role_arn: str = ""


class _Azure(_Strict):
    type: Literal["azure_blob_storage"]
    container: str = Field(min_length=1)
    prefix: str
    sas_url: str = Field(min_length=1)


class _Google(_Strict):
    type: Literal["google_cloud_storage"]
    bucket: str = Field(min_length=1)
    prefix: str
    service_credentials: str = Field(min_length=1)


class _Download(_Strict):
    type: Literal["download"]
    format: Literal["zip", "tar"]


class _HubOutput(_Strict):
    type: Literal["mgp_order_manager"]


_Output = Annotated[_AmazonS3 | _Azure | _Google | _Download | _HubOutput, Field(discriminator="type")]
_Level = Literal["FINAL_ONLY", "INTERMEDIATE", "INITIAL_FINAL", "ON_FAIL"]


class _FifoConfig(_Strict):
    requires_message_group_id: bool
    requires_message_deduplication_id: bool


class _HttpConfig(_Strict):
    headers: dict[str, str] = Field(default_factory=dict)
    internal_auth_provider: str = ""


class _Notification(_Strict):
    target: str = Field(min_length=1)
    level: _Level = "FINAL_ONLY"


class _Email(_Notification):
    type: Literal["email"]


class _Sns(_Notification):
    type: Literal["sns"]
    config: _FifoConfig = _FifoConfig(requires_message_group_id=True, requires_message_deduplication_id=True)


class _Http(_Notification):
    type: Literal["http"]
    config: _HttpConfig = _HttpConfig()


class _Submission(_Strict):
    """The body of submit, validate and quote; defaults only stand for "not sent", and nothing may be null."""

    tasking_tier: Literal["flexView", "fastView"]
    start_collect_datetime: Date
    end_collect_datetime: Date
    geometry: _Polygon
    product_details: _ProductDetails
    request_description: str = ""
    is_private: bool = False
    tasking_details: _Details = _Details()
    output_configs: list[_Output] = Field(default_factory=list, min_length=1)
    notifications: list[Annotated[_Email | _Sns | _Http, Field(discriminator="type")]] = Field(default_factory=list)


class Extension(_Strict):
    """The body of PATCH."""

    end_collect_datetime: Date


class Cancellation(_Strict):
    """The body of cancel, which may be missing."""

    reason: str = ""


def read_submission(call: RequestContext) -> tuple[JsonObject, JsonObject]:
    """Return the body as received, and its fields; raise the 400 that tells everything that is wrong."""
    body = read_object(call)
    facts = read_fields(call, _Submission, body)
    wrong = list(_wrong(call, facts))
    if wrong:
        raise bad_request(wrong)
    most = call.settings.integer("descriptionMaximum")
    if "request_description" in facts:
        facts = {**facts, "request_description": facts["request_description"][:most]}
    return body, facts


def read_object(call: RequestContext) -> JsonObject:
    """Return a request's body; raise a 413 for one that is too large and a 400 for one that is no JSON object."""
    if len(call.request.body) > call.settings.integer("bodyMaximum"):
        raise refused(413, "Request Entity Too Large")
    try:
        body = call.request.json()
    except ValueError as error:
        raise bad_request(["The body is not JSON."]) from error
    if not isinstance(body, dict):
        raise bad_request(["The body is no JSON object."])
    return body


def read_fields(call: RequestContext, form: type[BaseModel], body: JsonObject) -> JsonObject:
    """Return the fields of a body that a form takes; by switch, those that nobody documented are left out."""
    try:
        form.model_validate(body)
    except ValidationError as error:
        faults = error.errors()
        ignoring = call.settings.text("unknownFields") == "ignored"
        unknown = [fault["loc"] for fault in faults if ignoring and fault["type"] == "extra_forbidden"]
        wrong = [_fault_text(fault) for fault in faults if fault["loc"] not in unknown]
        if wrong:
            raise bad_request(wrong) from error
        for place in unknown:
            body = _without(body, place)
    return body


def beyond_window(call: RequestContext, facts: JsonObject) -> Iterator[str]:
    """Yield what is wrong with an end, also with one that is asked for later."""
    start, end = parse_date(facts["start_collect_datetime"]), parse_date(facts["end_collect_datetime"])
    if end <= max(start, call.now):
        yield "end_collect_datetime must be in the future and after start_collect_datetime"
    elif call.settings.text("limits") == "v1" and not _SHORTEST <= end - start <= _LONGEST:
        yield "end_collect_datetime must be 10 minutes to 365 days after start_collect_datetime"


def _wrong(call: RequestContext, facts: JsonObject) -> Iterator[str]:
    yield from beyond_window(call, facts)
    yield from _wrong_text(call, facts)
    yield from _wrong_outputs(call, facts)
    faults = list(polygon.faults(facts["geometry"]))
    yield from faults
    if call.settings.text("limits") == "v1":
        if parse_date(facts["start_collect_datetime"]) < call.now + AHEAD:
            yield "start_collect_datetime must be at least 5 minutes in the future"
        for name, (least, most) in _RANGES.items():
            if not least <= facts.get("tasking_details", {}).get(name, least) <= most:
                yield f"tasking_details.{name} must be between {least} and {most}"
        if not faults:
            yield from polygon.beyond_limits(facts["geometry"], call.settings.text("demand"))


def _wrong_text(call: RequestContext, facts: JsonObject) -> Iterator[str]:
    licensing, most = facts["product_details"]["licensing"], call.settings.integer("descriptionMaximum")
    if (licensing["end_use_code"] == "OTH") != ("end_use_description" in licensing):
        yield "product_details.licensing.end_use_description is required with OTH and allowed with it only"
    too_long = len(facts.get("request_description", "")) > most
    if too_long and call.settings.text("descriptionTooLong") == "refused":
        yield f"request_description must not be longer than {most} characters"


def _wrong_outputs(call: RequestContext, facts: JsonObject) -> Iterator[str]:
    if call.settings.flag("outputsRequired") and "output_configs" not in facts:
        yield "output_configs is required"
    for output in facts.get("output_configs", ()):
        if call.settings.text("outputTypes") == "cloud" and output["type"] not in _CLOUDS:
            yield f"output_configs of type {output['type']} are not available"


def _fault_text(fault: Any) -> str:  # noqa: ANN401  pydantic's ErrorDetails is a TypedDict of Any
    return f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}"


def _without(value: Any, place: tuple[int | str, ...]) -> Any:  # noqa: ANN401  any JSON value, as deep as it is
    """Return a JSON value without the member at a place; the name of a variant in it is no member."""
    first, *rest = place
    if isinstance(value, dict) and first in value:
        if not rest:
            return {name: member for name, member in value.items() if name != first}
        return {**value, first: _without(value[first], tuple(rest))}
    if isinstance(value, list) and isinstance(first, int):
        return [_without(member, tuple(rest)) if index == first else member for index, member in enumerate(value)]
    return _without(value, tuple(rest))
