"""The three kinds of documents as pydantic models; the provider blocks are put in by `kinds`."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from reconciler.manifest.fields import (
    Amount,
    Duration,
    Instant,
    Name,
    OldName,
    Part,
    PartNames,
    misplaced,
    one_per_currency,
)
from reconciler.manifest.wording import quoted, shortened
from reconciler.model.account import SIMULATOR
from reconciler.model.time import instant_text

API_VERSION = "tasking.reconciler/v1"
ApiVersion = Literal["tasking.reconciler/v1"]

_URL_TEXT = re.compile(r"[!-~]+")

Ceilings = Annotated[tuple[Amount, ...], AfterValidator(one_per_currency)]
LabelKey = Annotated[str, Field(min_length=1, max_length=63)]
LabelValue = Annotated[str, Field(max_length=256)]
OtherOrder = Annotated[str, Field(min_length=1, max_length=200)]
OptionId = Annotated[str, Field(min_length=1, max_length=200)]
Attempt = Annotated[int, Field(ge=1, le=100)]
Reason = Annotated[str, Field(min_length=1, max_length=500)]


class Metadata(Part):
    """What every document is known by."""

    name: Name = Field(description="Name, unique among documents of this kind: a-z, 0-9 and hyphens.")
    labels: dict[LabelKey, LabelValue] = Field(default_factory=dict, description="Free labels: text to text.")


def _after_start(_cls: type[Part], end: Instant, info: ValidationInfo) -> Instant:
    start = info.data.get("start")
    if start is not None and end <= start:
        raise misplaced(f"{instant_text(end)} is not after the start, {instant_text(start)}")
    return end


class WindowPart(Part):
    """The acquisition window."""

    start: Instant = Field(description="First instant at which the picture may be taken: RFC 3339 with an offset.")
    end: Instant = Field(description="Last instant at which the picture may be taken: RFC 3339 with an offset.")

    _in_order = field_validator("end")(classmethod(_after_start))


class FreezePart(Part):
    """A time in which orders are only observed."""

    start: Instant = Field(description="First instant of the freeze: RFC 3339 with an offset.")
    end: Instant = Field(description="When it is over: RFC 3339 with an offset.")
    reason: Reason = Field(description="Why nothing is ordered, answered, changed or canceled meanwhile.")

    _in_order = field_validator("end")(classmethod(_after_start))


class PolicyPart(Part):
    """What holds for the whole folder."""

    per_order: Ceilings = Field(default=(), description="The most that one order may cost, one entry a currency.")
    per_pass: Ceilings = Field(default=(), description="The most that one pass may bind, one entry a currency.")
    per_month: Ceilings = Field(default=(), description="The most that a calendar month may bind, one a currency.")
    new_orders_per_pass: int = Field(default=20, ge=0, le=100_000, description="The most new orders in one pass.")
    cancels_per_pass: int = Field(default=5, ge=0, le=100_000, description="The most cancellations in one pass.")
    allow_empty: bool = Field(default=False, description="Accept a folder without orders while orders are live.")
    freezes: tuple[FreezePart, ...] = Field(default=(), description="Times in which orders are only observed.")


class ProjectSpec(Part):
    """Who owns the orders, and what holds for all of them."""

    owner: Name = Field(
        description="Goes into every reference: unique where provider accounts are shared; never change it."
    )
    policy: PolicyPart = Field(default_factory=PolicyPart, description="Ceilings that hold for the whole folder.")


class ProjectDocument(Part):
    """The project: who owns the orders of this folder, and its ceilings. One per folder."""

    api_version: ApiVersion = Field(description="Version of the manifest format.")
    kind: Literal["Project"] = Field(description="Kind of the document.")
    metadata: Metadata = Field(description="What the project is known by.")
    spec: ProjectSpec = Field(description="What this Project states.")


class LimitsPart(Part):
    """How hard an account may be worked."""

    requests_per_second: float = Field(default=5.0, gt=0, le=100, description="The most requests in a second.")
    concurrency: int = Field(default=4, ge=1, le=16, description="The most requests at the same time.")
    settle: Duration = Field(
        default="15m", validate_default=True, description="How long a new order may take to show in lists, as 15m."
    )
    on_unknown: Literal["hold", "retry"] = Field(
        default="hold",
        description="What follows when a placing call stays unknown: a person decides, or it is repeated.",
    )


class AccountSuspendPart(Part):
    """Leave the account alone."""

    reason: Reason = Field(description="Why nobody looks at the account, nor orders there.")
    until: Instant | None = Field(default=None, description="When this ends by itself: RFC 3339 with an offset.")


class SimulatorPart(Part):
    """The clock of a simulator; one that is not embedded keeps its own start."""

    start: Instant | None = Field(default=None, description="First instant of the simulated clock.")
    speed: float = Field(default=1.0, gt=0, le=1_000_000, description="Simulated seconds in one real second.")

    @field_validator("start")
    @classmethod
    def _bearable(cls, start: Instant | None) -> Instant | None:
        if start is not None and not 1970 <= start.year < 2500:
            raise ValueError("a simulated clock starts between 1970 and 2500")
        return start


class AccountSpec(Part):
    """Where the account is and how it is used; exactly one provider block belongs here."""

    endpoint: str = Field(description="Base URL of the provider (https), or `simulator`.")
    limits: LimitsPart = Field(default_factory=LimitsPart, description="How hard the account may be worked.")
    simulator: SimulatorPart | None = Field(
        default=None, description="Clock of the simulator; only with `endpoint: simulator` or one on this machine."
    )

    suspend: AccountSuspendPart | None = Field(
        default=None, description="Leave the account alone: it is neither read nor ordered at, and stops no other one."
    )

    tenant: str | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        pattern=r"^\S+$",
        description="Whom the credentials belong to, as printed; with any others the account is not read.",
    )

    @field_validator("endpoint")
    @classmethod
    def _reachable(cls, endpoint: str) -> str:
        return endpoint if endpoint == SIMULATOR else _https(endpoint)

    @field_validator("simulator")
    @classmethod
    def _simulated(cls, simulator: SimulatorPart | None, info: ValidationInfo) -> SimulatorPart | None:
        endpoint = info.data.get("endpoint", SIMULATOR)
        if simulator is None or endpoint == SIMULATOR:
            return simulator
        if not _loopback(urlsplit(endpoint).hostname or ""):
            raise misplaced("belongs only to an account with `endpoint: simulator`, or at an address of this machine")
        if simulator.start is not None:
            raise misplaced("`start` belongs only to `endpoint: simulator`; elsewhere `speed` alone")
        return simulator


class FeasibilityPart(Part):
    """The reviewer's choice among the ways that the provider offers."""

    option_id: OptionId | Annotated[tuple[OptionId, ...], Field(min_length=1)] = Field(
        description="Id of the feasibility option, as `plan` lists it; a list where several geometries have one each."
    )


class ConfirmPart(Part):
    """What a reviewer agrees to."""

    max_price: Amount | None = Field(
        default=None, description="The most that this order may cost; a quote at or below it is accepted."
    )
    unpriced: bool = Field(default=False, description="Order although the provider names no price beforehand.")
    feasibility: FeasibilityPart | None = Field(default=None, description="Choose a feasibility option.")
    quote: Literal["reject"] | None = Field(default=None, description="Reject the quote that is open.")
    also_ordered: tuple[OtherOrder, ...] = Field(
        default=(), description="Orders, by name or the provider's id, that buy the same picture and are meant besides."
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> ConfirmPart:
        if self.max_price is not None and self.unpriced:
            raise misplaced("`unpriced` and `maxPrice` exclude each other: keep one of them", "unpriced")
        return self


class SuspendPart(Part):
    """Observe only."""

    reason: Reason = Field(description="Why the order is only observed.")
    until: Instant | None = Field(default=None, description="When this ends by itself: RFC 3339 with an offset.")


class CancelPart(Part):
    """Cancel an attempt of this order."""

    reason: Reason = Field(description="Why the order is canceled.")
    only: PartNames = Field(
        default=(), description="Of several geometries the ones that are meant: `2`, or a list; all if not stated."
    )
    attempt: int | None = Field(default=None, ge=1, le=100, description="Which attempt; the order's own if not stated.")
    max_charge: Amount | Literal["unbounded"] | None = Field(
        default=None,
        description="The most that canceling may cost; nothing if not stated. `unbounded` if it cannot be known.",
    )


class AdoptPart(Part):
    """An attempt that exists at the provider already."""

    order_id: Annotated[str, Field(min_length=1, max_length=200)] = Field(
        description="The provider's id of the order: this one is meant, and it is never placed anew."
    )
    attempt: int = Field(default=1, ge=1, le=100, description="Which attempt it is.")


class LifecyclePart(Part):
    """What happens besides ordering."""

    on_delete: Literal["report", "cancel"] = Field(
        default="report", description="What follows when this manifest is removed while the order is live."
    )


_MOVED_FROM = "The first name of the order, or of the manifest that all its orders were in."


class OrderSpec(Part):
    """One request for one new collection per geometry; exactly one provider block belongs here."""

    account: Name = Field(description="Name of the account to order at.")
    attempt: Attempt = Field(default=1, description="Raise it to order again; nothing else orders twice.")
    attempts: dict[str, Attempt] = Field(
        default_factory=dict,
        description="Of several geometries, single attempts by the last part of the order's name, such as {2: 3}. With"
        " several, `attempt` orders again only what failed or was canceled.",
    )
    window: WindowPart = Field(description="When the picture may be taken.")
    target: dict[str, object] = Field(
        description="GeoJSON in WGS 84, or {file: PATH} relative to this file. `keyBy` names an order for each feature."
    )
    confirm: ConfirmPart = Field(
        default_factory=ConfirmPart, description="The reviewed ceiling, or ordering without a price."
    )
    suspend: SuspendPart | None = Field(default=None, description="Observe only, neither order nor change.")
    cancel: CancelPart | None = Field(default=None, description="Cancel an attempt of this order.")
    lifecycle: LifecyclePart = Field(default_factory=LifecyclePart, description="What follows when this manifest goes.")
    adopt: AdoptPart | None = Field(default=None, description="Bind it to an order that the provider has already.")
    moved: dict[str, OldName] = Field(
        default_factory=dict,
        json_schema_extra={"properties": {"from": {"type": "string", "description": _MOVED_FROM}}},
        description="The name that it was placed under, {from: NAME}; of several geometries also one each, such as"
        " {2: NAME}. Keep the line: references are made of the first name.",
    )

    @field_validator("adopt")
    @classmethod
    def _adopted_attempt(cls, adopt: AdoptPart | None, info: ValidationInfo) -> AdoptPart | None:
        own = _last_attempt(info)
        if adopt is not None and own is not None and adopt.attempt > own:
            raise misplaced(f"attempt {adopt.attempt} does not exist: the order's own is {own}", "attempt")
        return adopt

    @field_validator("cancel")
    @classmethod
    def _placed_attempt(cls, cancel: CancelPart | None, info: ValidationInfo) -> CancelPart | None:
        own = _last_attempt(info)
        if cancel is not None and cancel.attempt is not None and own is not None and cancel.attempt > own:
            raise misplaced(f"attempt {cancel.attempt} does not exist: the order's own is {own}", "attempt")
        return cancel


def _last_attempt(info: ValidationInfo) -> int | None:
    """Return the highest attempt that an order states; None if that is not valid."""
    own, single = info.data.get("attempt"), info.data.get("attempts")
    return max(own, *single.values(), own) if own is not None and single is not None else None


def _https(endpoint: str) -> str:
    try:
        url = urlsplit(endpoint)
        host, _ = url.hostname, url.port
    except ValueError as e:
        raise ValueError(f"{quoted(endpoint)} is not a URL: {shortened(str(e))}") from e
    if _URL_TEXT.fullmatch(endpoint) is None or url.scheme not in ("http", "https") or not host:
        raise ValueError(f"{quoted(endpoint)} is neither `simulator` nor a URL such as https://provider.example/api")
    if url.username is not None or url.query or url.fragment:
        raise ValueError("the endpoint is a base URL: remove user name, query and fragment from it")
    if url.scheme == "http" and not _loopback(host):
        raise ValueError("http would send credentials in the clear: write https (http only for this machine itself)")
    return endpoint


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
