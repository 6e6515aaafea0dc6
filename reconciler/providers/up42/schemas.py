"""UP42's answers: tolerant readers, which never take one unreadable field for the end of the world.

Everything but ids and the fields that hold our reference may be missing, unknown words are kept as they are, and a
field that cannot be read is left out and named in a remark.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from reconciler.model.errors import UnclearError
from reconciler.model.time import parse_instant
from reconciler.providers.responses import printable

ID = r"^[0-9A-Za-z][0-9A-Za-z_-]{0,127}$"
_READER = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)
_MOST_ENTRIES = 1_000


def _few(value: object) -> object:
    """Refuse an endless list at once: every entry that cannot be read would become an error of its own."""
    if isinstance(value, list) and len(value) > _MOST_ENTRIES:
        raise ValueError("too many entries")
    return value


Few = BeforeValidator(_few)


class OrderResponse(BaseModel):
    """An order, as lists, single reads and changes answer it. Its price stands in its quotation, not here."""

    model_config = _READER
    id: str = Field(pattern=ID)
    status: str = ""
    display_name: str | None = Field(default=None, alias="displayName")
    tags: Annotated[list[str], Few] | None = None
    data_product: str | None = Field(default=None, alias="dataProductId")
    budget_id: str | None = Field(default=None, alias="budgetId")
    created_at: str | None = Field(default=None, alias="createdAt")
    order_details: dict[str, Any] | None = Field(default=None, alias="orderDetails")

    @property
    def details(self) -> dict[str, Any]:
        """What the order was placed with; empty where the answer leaves it out."""
        return self.order_details or {}

    @property
    def ends(self) -> tuple[datetime | None, datetime | None]:
        """The ends of the acquisition window; None where one cannot be read."""
        start, end = self.details.get("acquisitionStart"), self.details.get("acquisitionEnd")
        return instant_in(start), instant_in(end)

    @property
    def status_text(self) -> str:
        """The status with the sub-status beside it, where there is one."""
        sub = self.details.get("subStatus")
        words = (self.status or "(none)", *((sub,) if isinstance(sub, str) and sub else ()))
        return "/".join(map(printable, words))


class Placed(BaseModel):
    """What placing made of one feature."""

    model_config = _READER
    id: str = Field(pattern=ID)


class PlacingResponse(BaseModel):
    """What placing answers: a result or an error for each feature, by its index."""

    model_config = _READER
    results: Annotated[list[dict[str, Any]], Few] | None = None
    errors: Annotated[list[Any], Few] | None = None


class _Summary(BaseModel):
    model_config = _READER
    total: float = Field(alias="totalCredits", strict=True, ge=0)


class Estimate(BaseModel):
    """What an order would cost, or why it would be refused."""

    model_config = _READER
    summary: _Summary | None = None
    errors: Annotated[list[Any], Few] | None = None


class User(BaseModel):
    """Who is logged in; the id is that of the user's workspace as well."""

    model_config = _READER
    sub: str = Field(pattern=ID)


class Balance(BaseModel):
    """The credits that an account has left."""

    model_config = _READER
    amount: float = Field(strict=True)


class Budget(BaseModel):
    """A budget; without a limit it tells no remainder."""

    model_config = _READER
    name: str = ""
    status: str
    remaining: float | None = Field(default=None, alias="remainingCredits")


class Eula(BaseModel):
    """A license and whether its current text was accepted."""

    model_config = _READER
    title: str = ""
    is_accepted: bool = Field(alias="isAccepted", strict=True)


Model = TypeVar("Model", bound=BaseModel)


def instant_in(value: object) -> datetime | None:
    """Read an instant out of an answer, None where it holds none."""
    return instant_or_none(value) if isinstance(value, str) else None


def read_as(
    model: type[Model], value: object, *, needed: frozenset[str] = frozenset()
) -> tuple[Model, tuple[str, ...]]:
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
            return model.model_validate(rest), tuple(f"UP42's {name} could not be read" for name in sorted(bad))
        except ValidationError:
            pass
    fields = ", ".join(sorted(bad - {""})) or "all of it"
    raise UnclearError(f"UP42's answer is not the {model.__name__.lower()} that it should be: unreadable is {fields}")


def instant_or_none(text: str | None) -> datetime | None:
    """Read a timestamp, None where it is missing or unreadable."""
    if text is None:
        return None
    try:
        return parse_instant(text)
    except ValueError:
        return None
