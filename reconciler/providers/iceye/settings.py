"""The ICEYE blocks of an Account and of a TaskingOrder: every parameter of ICEYE's createTask, in ICEYE's spelling."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from reconciler.model.block import Block, OwnText, SecretRef

REFERENCE_LIMIT = 256
"""Length of a task's `reference` (create page). Bytes or characters is not said, so both are held."""
_OURS = len(" rc1-") + 20

MODES = {
    "Strip": "STRIPMAP",
    "Spot": "SPOTLIGHT",
    "Spot Extended Area": "SPOTLIGHT_EXTENDED_AREA",
    "Spot Fine": "SPOTLIGHT_FINE",
    "Scan": "SCAN",
    "Scan Wide": "SCAN_WIDE",
    "Dwell": "SPOTLIGHT_EXTENDED_DWELL",
    "Dwell Fine": "SPOTLIGHT_EXTENDED_DWELL_FINE",
    "Dwell Precise": "SPOTLIGHT_EXTENDED_DWELL_PRECISE",
}
"""The product guide's names and what the API calls them (create page)."""
_BY_GUIDE_NAME = {name.lower(): mode for name, mode in MODES.items()}
_WORD = r"^[A-Z][A-Z0-9_]*$"
_UUID = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
_ID = r"^[0-9A-Za-z][0-9A-Za-z-]{0,63}$"


def _mode(text: str) -> str:
    known = _BY_GUIDE_NAME.get(text.lower())
    if known is not None:
        return known
    if re.fullmatch(_WORD, text):
        return text
    names = ", ".join(f"{name} ({mode})" for name, mode in MODES.items())
    raise ValueError(f"{text!r} is no imaging mode: write ICEYE's API value or a name of its product guide: {names}")


def _reference(text: str) -> str:
    if not text.strip():
        raise ValueError("is blank: leave `reference` out instead")
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in text):
        raise ValueError("holds a control character: write plain text in one line")
    room = REFERENCE_LIMIT - _OURS
    if len(text.encode()) > room:
        raise ValueError(f"is {len(text.encode())} bytes long; beside the reconciler's own reference {room} fit")
    return text


def _distinct(values: list[str]) -> list[str]:
    if len(set(values)) < len(values):
        raise ValueError("names the same value twice")
    return values


def _any_case(name: str) -> str:
    return "".join(f"[{letter.upper()}{letter.lower()}]" if letter.isalpha() else letter for letter in name)


ImagingMode = Annotated[
    str,
    AfterValidator(_mode),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": [*MODES, *MODES.values()]},
                {"type": "string", "pattern": _WORD},
                {"type": "string", "pattern": f"^({'|'.join(map(_any_case, MODES))})$"},
            ]
        }
    ),
]
"""An API value; schemas offer the known names first, for editors, and then whatever is accepted besides."""
ProductType = Literal["GRD", "GRD-COG", "SLC", "SLC-COG", "QLK", "SICD", "SIDD", "CSI", "CSI-COG", "VID", "VID-COG"]


class IceyeAccount(Block):
    """A contract at ICEYE, and where its API credentials are to be found."""

    contract_id: str = Field(
        alias="contractID",
        pattern=_UUID,
        description="The contract that orders are placed under (a UUID).",
        examples=["7d4c1f0e-6a53-4c0b-9f6e-2f1f3f5a9b11"],
    )
    token_url: SecretRef | None = Field(
        default=None,
        alias="tokenUrl",
        description="Where the address of ICEYE's token endpoint is found; ICEYE issues one to each customer. "
        "Not needed with the simulator.",
    )
    client_id: SecretRef | None = Field(
        default=None,
        alias="clientId",
        description="Where the OAuth 2 client id is found. Not needed with the simulator.",
    )
    client_secret: SecretRef | None = Field(
        default=None,
        alias="clientSecret",
        description="Where the OAuth 2 client secret is found. Not needed with the simulator.",
    )


class IncidenceAngle(Block):
    """A range of incidence angles in whole degrees."""

    min: int = Field(ge=10, le=45, description="Smallest incidence angle in whole degrees, 10 to 45.")
    max: int = Field(ge=10, le=45, description="Largest incidence angle in whole degrees, 10 to 45.")

    @model_validator(mode="after")
    def _in_order(self) -> IncidenceAngle:
        if self.min > self.max:
            raise ValueError(f"`min` {self.min} is larger than `max` {self.max}")
        return self


class Webhook(Block):
    """A webhook that is registered with ICEYE already."""

    id: str = Field(pattern=_ID, description="Id of a webhook that was registered with ICEYE's Notifications API.")


class Notifications(Block):
    """Whom ICEYE tells of status changes."""

    webhook: Webhook = Field(description="The webhook that ICEYE calls when the task's status changes.")


class Location(Block):
    """One place that ICEYE delivers to."""

    config_id: str = Field(
        alias="configID", pattern=_ID, description="Id of a delivery location config set up by ICEYE."
    )
    path: str = Field(min_length=1, description="Where to deliver; must be one of the location paths in the contract.")
    sub_path: str | None = Field(
        default=None, alias="subPath", min_length=1, description="Folder below `path`, chosen freely."
    )


class Delivery(Block):
    """Places that products are delivered to."""

    locations: list[Location] = Field(min_length=1, description="The delivery locations.")


class IceyeOrder(Block):
    """What to order from ICEYE; what is left out is filled in by the contract's defaults."""

    imaging_mode: ImagingMode = Field(
        alias="imagingMode",
        description="How the picture is taken: ICEYE's API value, such as SPOTLIGHT, or the product guide's name, such "
        "as Spot. The contract says which are allowed.",
    )
    reference: Annotated[OwnText, AfterValidator(_reference)] | None = Field(
        default=None,
        description="Your own text in the task's reference; the reconciler's reference is written behind it.",
        examples=["customer task reference 123-456"],
    )
    exclusivity: Literal["PRIVATE", "PUBLIC"] | None = Field(
        default=None, description="Whether the products may later enter the public catalog. Default: the contract's."
    )
    priority: Literal["BACKGROUND", "COMMERCIAL"] | None = Field(
        default=None,
        description="COMMERCIAL (earliest start 12 h ahead) or BACKGROUND (24 h ahead, gives way to others). "
        "Default: the contract's.",
    )
    sla: str | None = Field(
        default=None,
        pattern=_WORD,
        description="How soon after imaging the products are available. Default: the contract's, else SLA_8H.",
        examples=["SLA_8H", "SLA_3H", "SLA_24H"],
    )
    eula: Literal["STANDARD", "GOVERNMENT", "MULTI"] | None = Field(
        default=None, description="The license of the products. Default: the contract's."
    )
    incidence_angle: IncidenceAngle | None = Field(
        default=None,
        alias="incidenceAngle",
        description="Accepted incidence angles. Default: the imaging mode's range.",
    )
    look_side: Literal["LEFT", "RIGHT", "ANY"] | None = Field(
        default=None, alias="lookSide", description="To which side the satellite looks. Default: ANY."
    )
    pass_direction: Literal["ASCENDING", "DESCENDING", "ANY"] | None = Field(
        default=None, alias="passDirection", description="The satellite's flight direction. Default: ANY."
    )
    product_types: Annotated[list[ProductType], AfterValidator(_distinct)] | None = Field(
        default=None,
        alias="productTypes",
        min_length=1,
        description="Which products to make, out of the contract's list. Default: the contract's.",
    )
    notifications: Notifications | None = Field(default=None, description="Whom ICEYE tells of status changes.")
    deliveries: list[Delivery] | None = Field(
        default=None, min_length=1, description="Where ICEYE delivers the products to, besides the download."
    )
    imaging_duration: int | None = Field(
        default=None,
        alias="imagingDuration",
        ge=1,
        le=180,
        description="Imaging time in seconds, 1 to 180. ICEYE's published specification does not list it for new "
        "tasks: the order may be refused. Default: the imaging mode's.",
    )
