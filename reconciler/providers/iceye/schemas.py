"""ICEYE's answers as pydantic models: tolerant readers, which never take one unreadable field for the end of the world.

ICEYE's own examples leave out "required" fields, and new fields and words appear without a new version. So everything
but a task's id may be missing, unknown words are kept as they are, and a field that cannot be read is left out and
named in a remark.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, TypeVar

from pydantic import AfterValidator, AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from reconciler.model.errors import UnclearError
from reconciler.model.time import parse_instant

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


class Location(BaseModel):
    """A place that pictures are delivered to."""

    model_config = _READER
    config_id: str | None = Field(default=None, alias="configID")
    path: str | None = None
    sub_path: str | None = Field(default=None, validation_alias=AliasChoices("subPath", "subpath"))


class _Delivery(BaseModel):
    model_config = _READER
    locations: Annotated[list[Location], BeforeValidator(_few)] = Field(default_factory=list)


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
    delivery_locations: Annotated[list[Location], BeforeValidator(_few)] | None = Field(
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

    Raises `UnclearError`, naming the fields and not their content, where a `needed` or a required one is among them.
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
    raise UnclearError(f"ICEYE's answer is not the {model.__name__.lower()} that it should be: unreadable is {fields}")


def instant_or_none(text: str | None) -> datetime | None:
    """Read a timestamp, None where it is missing or unreadable (the create page itself shows an unreadable one)."""
    if text is None:
        return None
    try:
        return parse_instant(text)
    except ValueError:
        return None
