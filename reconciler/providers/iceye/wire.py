"""ICEYE's answers as pydantic models: tolerant readers, which never take one unreadable field for the end of the world.

ICEYE's own examples leave out "required" fields, and new fields and words appear without a new version. So everything
but a task's id may be missing, unknown words are kept as they are, and a
field that cannot be read is left out and named in a remark.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from reconciler.model.errors import RefusalKind, Unknown
from reconciler.model.ids import AccountName, ProviderOrderId, references_in
from reconciler.model.order import ObservedOrder
from reconciler.model.time import Window
from reconciler.providers.answers import Complaint, printable
from reconciler.providers.iceye.rules import phase_of
from reconciler.providers.iceye.terms import instant_or_none, observed_terms

_READER = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


def _whole(number: float) -> int | float:
    return int(number) if number == int(number) else number


def _never_boolean(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("true and false are no numbers")
    return value


_MOST_ENTRIES = 1_000


def _few(value: object) -> object:
    """Refuse an endless list at once: every entry that cannot be read would become an error of its own."""
    if isinstance(value, list) and len(value) > _MOST_ENTRIES:
        raise ValueError("too many entries")
    return value


Number = Annotated[float, BeforeValidator(_never_boolean)]
Whole = Annotated[float, BeforeValidator(_never_boolean), AfterValidator(_whole)]
"""A number that ICEYE declares as an integer; one that is none is kept, so that the difference shows."""


class _Place(BaseModel):
    model_config = _READER
    lat: Number | None = None
    lon: Number | None = None


class _Times(BaseModel):
    model_config = _READER
    start: str | None = None
    end: str | None = None


class _Angles(BaseModel):
    model_config = _READER
    min: Whole | None = None
    max: Whole | None = None


class _Location(BaseModel):
    model_config = _READER
    config_id: str | None = Field(default=None, alias="configID")
    path: str | None = None
    sub_path: str | None = Field(default=None, validation_alias=AliasChoices("subPath", "subpath"))


class _Delivery(BaseModel):
    model_config = _READER
    locations: Annotated[list[_Location], BeforeValidator(_few)] = Field(default_factory=list)


class _Webhook(BaseModel):
    model_config = _READER
    id: str | None = None


class _Notifications(BaseModel):
    model_config = _READER
    webhook: _Webhook | None = None


class Task(BaseModel):
    """A task, as createTask, getTask, cancelTask and each item of getTasks answer it."""

    model_config = _READER
    id: str = Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z_-]{0,127}$")
    status: str = ""
    reference: str | None = None
    created_at: str | None = Field(default=None, alias="createdAt")
    point_of_interest: _Place | None = Field(default=None, alias="pointOfInterest")
    acquisition_window: _Times | None = Field(default=None, alias="acquisitionWindow")
    imaging_mode: str | None = Field(default=None, alias="imagingMode")
    exclusivity: str | None = None
    priority: str | None = None
    sla: str | None = None
    eula: str | None = None
    incidence_angle: _Angles | None = Field(default=None, alias="incidenceAngle")
    look_side: str | None = Field(default=None, alias="lookSide")
    pass_direction: str | None = Field(default=None, alias="passDirection")
    product_types: Annotated[list[str], BeforeValidator(_few)] | None = Field(default=None, alias="productTypes")
    notifications: _Notifications | None = None
    deliveries: Annotated[list[_Delivery], BeforeValidator(_few)] | None = None
    imaging_duration: Whole | None = Field(default=None, alias="imagingDuration")

    @property
    def webhook_id(self) -> str | None:
        """The id of the webhook that is told of changes; None where there is none."""
        webhook = self.notifications.webhook if self.notifications else None
        return (webhook.id or None) if webhook else None

    @property
    def ends(self) -> tuple[datetime | None, datetime | None]:
        """The ends of the acquisition window; None where one cannot be read."""
        times = self.acquisition_window
        return (instant_or_none(times.start), instant_or_none(times.end)) if times else (None, None)


class _Choice(BaseModel):
    model_config = _READER
    allowed: Annotated[list[str], BeforeValidator(_few)] | None = None
    default: str | None = None


class Contract(BaseModel):
    """A contract: which values it allows, which it fills in, and from when to when tasks may be submitted."""

    model_config = _READER
    start: str | None = None
    end: str | None = None
    imaging_modes: _Choice = Field(default_factory=_Choice, alias="imagingModes")
    priority: _Choice = Field(default_factory=_Choice)
    exclusivity: _Choice = Field(default_factory=_Choice)
    eula: _Choice = Field(default_factory=_Choice)
    sla: _Choice = Field(default_factory=_Choice)
    delivery_locations: Annotated[list[_Location], BeforeValidator(_few)] | None = Field(
        default=None, alias="deliveryLocations"
    )


class Price(BaseModel):
    """A price in the currency's minor unit."""

    model_config = _READER
    amount: int = Field(ge=0, strict=True)
    currency: str = Field(pattern=r"^[A-Z]{3}$")


class Summary(BaseModel):
    """A contract's money, in the currency's minor unit; without a limit, nothing bounds it."""

    model_config = _READER
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    consolidated_spent: int = Field(alias="consolidatedSpent", strict=True)
    on_hold: int = Field(alias="onHold", strict=True)
    spend_limit: int | None = Field(default=None, alias="spendLimit", strict=True)


Model = TypeVar("Model", bound=BaseModel)


def read_as(model: type[Model], value: object, *, needed: frozenset[str]) -> tuple[Model, tuple[str, ...]]:
    """Read a value, leaving out the fields that cannot be read; their names come as remarks.

    Raises `Unknown`, naming the fields and not their content, where a `needed` or a required one is among them.
    """
    try:
        return model.model_validate(value), ()
    except ValidationError as e:
        bad = {str(error["loc"][0]) if error["loc"] else "" for error in e.errors(include_input=False)}
    if isinstance(value, dict) and not bad & {"", *needed}:
        try:
            rest = {name: content for name, content in value.items() if name not in bad}
            return model.model_validate(rest), tuple(f"ICEYE's {name} could not be read" for name in sorted(bad))
        except ValidationError:
            pass
    fields = ", ".join(sorted(bad - {""})) or "all of it"
    raise Unknown(f"ICEYE's answer is not the {model.__name__.lower()} that it should be: unreadable is {fields}")


def read_task(value: object, account: AccountName, *, complete: bool) -> ObservedOrder:
    """Return the order that a task answer shows; raises `Unknown` where its id cannot be read.

    An item of a list (`complete` is False) also needs a readable reference: without one it might be ours unnoticed.
    """
    task, remarks = read_as(Task, value, needed=frozenset() if complete else frozenset({"reference"}))
    created = instant_or_none(task.created_at)
    start, end = task.ends
    window = Window(start, end) if start is not None and end is not None else None
    odd = task.created_at is not None and created is None
    return ObservedOrder(
        id=ProviderOrderId(task.id),
        account=account,
        references=references_in(task.reference),
        phase=phase_of(task.status),
        status=printable(task.status) or "(none)",
        terms=observed_terms(task, start, end),
        window=window,
        created_at=created,
        complete=complete,
        shown={"deliveries": places} if (places := _places(task)) else {},
        remarks=(
            *remarks,
            *(("ICEYE's createdAt is no timestamp",) if odd else ()),
            *(("ICEYE's acquisitionWindow could not be read",) if window is None else ()),
        ),
    )


def _places(task: Task) -> list[dict[str, Any]]:
    """Return where a task delivers to, in the form of a request."""
    return [{"locations": [_place(location) for location in delivery.locations]} for delivery in task.deliveries or ()]


def _place(location: _Location) -> dict[str, str]:
    fields = {"configID": location.config_id, "path": location.path, "subPath": location.sub_path}
    return {name: value for name, value in fields.items() if value}


_ADVICE = {
    "INSUFFICIENT_FUNDS": (RefusalKind.FUNDS, "raise the contract's budget or wait until held funds are released"),
    "INVALID_CONTRACT": (RefusalKind.CONTRACT, "check the contract's start and end, and renew it with ICEYE"),
}
_BY_STATUS = {
    400: "check the order against what the contract allows, and edit it",
    401: "check the account's clientId and clientSecret",
    403: "ask ICEYE to grant the account's client this contract",
    405: "report this: the program asked for something that ICEYE does not offer",
    413: "the order is too large for ICEYE: list fewer deliveries",
    422: "check the order against what the contract allows, and edit it",
    429: "lower the account's requestsPerSecond; the next pass tries again",
}


def complaint(status: int, body: object) -> Complaint | None:
    """Read either of ICEYE's error formats; None for anything else, such as a proxy's page.

    Both hold a `code`; the words stand in `details`, `detail` or `message`. ICEYE spells codes differently in the two
    (`ERR_...` and lower case), and documents three in all: so the status decides, and a code only narrows it down.
    """
    if not isinstance(body, dict) or not isinstance(body.get("code"), str):
        return None
    words = next((text for name in ("details", "detail", "message", "title") if (text := _text(body, name))), None)
    if words is None:
        return None
    code = body["code"]
    kind, advice = _ADVICE.get(code.upper().removeprefix("ERR_"), (None, _BY_STATUS.get(status, "")))
    return Complaint(words, code, kind if status in (400, 422) else None, advice)


def _text(body: dict[Any, Any], name: str) -> str | None:
    value = body.get(name)
    return value if isinstance(value, str) and value.strip() else None
