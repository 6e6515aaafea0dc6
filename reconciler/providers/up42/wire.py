"""UP42's answers: tolerant readers, which never take one unreadable field for the end of the world.

Everything but ids and the fields that hold our reference may be missing, unknown words are kept as they are, and a
field that cannot be read is left out and named in a remark.
"""

from __future__ import annotations

import math
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from reconciler.model.errors import RefusalKind, Unknown
from reconciler.model.ids import AccountName, ProviderOrderId, references_in
from reconciler.model.money import CREDITS, Money
from reconciler.model.offer import Offers
from reconciler.model.order import ObservedOrder
from reconciler.model.time import Window
from reconciler.providers.answers import Complaint, printable
from reconciler.providers.up42.rules import phase_of
from reconciler.providers.up42.terms import instant_or_none, observed_terms

ID = r"^[0-9A-Za-z][0-9A-Za-z_-]{0,127}$"
_READER = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)
_LONGEST_DETAIL = 10
_MOST_ENTRIES = 1_000


def _few(value: object) -> object:
    """Refuse an endless list at once: every entry that cannot be read would become an error of its own."""
    if isinstance(value, list) and len(value) > _MOST_ENTRIES:
        raise ValueError("too many entries")
    return value


Few = BeforeValidator(_few)


class Order(BaseModel):
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
    def shown(self) -> str:
        """The status with the sub-status beside it, where there is one."""
        sub = self.details.get("subStatus")
        words = (self.status or "(none)", *((sub,) if isinstance(sub, str) and sub else ()))
        return "/".join(map(printable, words))


class Placed(BaseModel):
    """What placing made of one feature."""

    model_config = _READER
    id: str = Field(pattern=ID)


class Outcome(BaseModel):
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

    Raises `Unknown`, naming the fields and not their content, where a `needed` or a required one is among them.
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
    raise Unknown(f"UP42's answer is not the {model.__name__.lower()} that it should be: unreadable is {fields}")


def read_order(value: object, account: AccountName, offers: Offers) -> ObservedOrder:
    """Return the order that an answer shows, with what was offered for it.

    Raises `Unknown` where its id cannot be read, or a field that may hold our reference: it might be ours unnoticed.
    """
    order, remarks = read_as(Order, value, needed=frozenset({"displayName", "tags"}))
    created = instant_or_none(order.created_at)
    start, end = order.ends
    window = Window(start, end) if start is not None and end is not None else None
    return ObservedOrder(
        id=ProviderOrderId(order.id),
        account=account,
        references=frozenset().union(*map(references_in, (order.display_name, *(order.tags or ())))),
        phase=phase_of(order.status, offers),
        status=order.shown,
        terms=observed_terms(order),
        window=window,
        created_at=created,
        remarks=(
            *remarks,
            *(("UP42's createdAt is no timestamp",) if order.created_at is not None and created is None else ()),
            *(("UP42's acquisition window could not be read",) if window is None else ()),
        ),
        offers=offers,
        shown={"geometry": order.details["geometry"]} if "geometry" in order.details else {},
    )


def credits_of(amount: float) -> Money:
    """Return an amount of credits, rounded up to a hundredth: a price must not be told too low."""
    return Money(math.ceil(Decimal(str(amount)).scaleb(2)), CREDITS)


_BY_STATUS = {
    400: "check the order against the data product's order form, and edit it",
    401: "check the account's username and password",
    403: "check the role of the account's user (a Viewer may not order, and neither a Viewer nor a Member may decide a"
    " quotation); and for a new order that access to the collection is approved and its license accepted in UP42's"
    " console (console.up42.com/settings/access)",
    405: "it has gone on since it was read; the next pass sees how it stands",
    413: "the order is too large for UP42: simplify its target",
    422: "check the order against the data product's order form, and edit it",
    429: "lower the account's requestsPerSecond; the next pass tries again",
}
_APPROVAL = ("eula", "access", "approv", "restricted", "license")


def complaint(status: int, body: object) -> Complaint | None:
    """Read any of UP42's error formats; None for anything else, such as a proxy's page.

    v2 services answer `status`, `title` and `detail`; the glossary `code`, `message` and `details`; older services wrap
    the latter in `error`. A status that is named inside must be the answer's own.
    """
    if not isinstance(body, dict):
        return None
    if isinstance(body.get("error"), dict):
        text, code, details = (body["error"].get(name) for name in ("message", "code", "details"))
    elif "title" in body:
        text, code, details = body["title"], body.get("status"), body.get("detail")
    else:
        text, code, details = (body.get(name) for name in ("message", "code", "details"))
    if not isinstance(text, str) or not text.strip() or not isinstance(code, int | str) or isinstance(code, bool):
        return None
    if isinstance(code, int) and code != status:
        return None
    words = "; ".join((text.strip(), *in_words(details)))
    kind = kind_of(words) if status in (400, 422) else None
    return Complaint(words, code if isinstance(code, str) else "", kind, advice_on(status, kind))


def advice_on(status: int, kind: RefusalKind | None) -> str:
    """Return what to do after a refusal; after one for want of a grant, whatever its status, as after a 403."""
    return _BY_STATUS.get(403 if kind is RefusalKind.FORBIDDEN else status, "")


def kind_of(text: str) -> RefusalKind | None:
    """Tell a refusal that a grant of access ends, and not an edit, by its words; None where they say nothing of it."""
    return RefusalKind.FORBIDDEN if any(word in text.lower() for word in _APPROVAL) else None


def told(error: object) -> str:
    """Return what an entry of an `errors` list says, in one line."""
    if not isinstance(error, dict):
        return "no reason given"
    message = error.get("message")
    words = [message.strip()] if isinstance(message, str) and message.strip() else []
    return printable("; ".join((*words, *in_words(error.get("details"))))) or "no reason given"


def in_words(details: object) -> list[str]:
    """Return what an error's details say, field by field; whatever is nested deeper is left out."""
    if isinstance(details, str):
        return [details.strip()] if details.strip() else []
    if isinstance(details, dict):
        told = [f"{name}: {value}" for name, value in details.items() if isinstance(value, str | int | float)]
        return told[:_LONGEST_DETAIL]
    if isinstance(details, list):
        return [words for value in details[:_LONGEST_DETAIL] for words in in_words(value)]
    return []
