"""The UP42 blocks of an Account and of a TaskingOrder."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, JsonValue, model_validator

from reconciler.model.block import Block, OwnText, SecretRef

ENDPOINTS = {"eu": "https://api.up42.com", "sa": "https://api.sa.up42.com"}
TOKEN_PATH = "/realms/public/protocol/openid-connect/token"
TOKEN_URLS = {"eu": f"https://auth.up42.com{TOKEN_PATH}", "sa": f"https://auth.sa.up42.com{TOKEN_PATH}"}

NAME_LIMIT = 200
"""Characters of an order's `displayName`."""
MOST_TAGS = 30
_OURS = len(" rc1-") + 20
_NUMBERED = len(" 1000")
_UUID = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
_TAG = re.compile(r"[\w.\-/:]([\w .\-/:]*[\w.\-/:])?")


def _name(text: str) -> str:
    if not text.strip():
        raise ValueError("is blank: leave `displayName` out instead")
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in text):
        raise ValueError("holds a control character: write plain text in one line")
    room = NAME_LIMIT - _OURS - _NUMBERED
    if len(text) > room:
        raise ValueError(f"is {len(text)} characters long; beside a number and the reconciler's reference {room} fit")
    return text


def _tag(text: str) -> str:
    if _TAG.fullmatch(text) is None:
        raise ValueError(f"{text!r} is no tag: UP42 takes letters, numbers, blanks inside, and . - _ / :")
    return text


def _distinct(values: list[str]) -> list[str]:
    if len(set(values)) < len(values):
        raise ValueError("names the same tag twice")
    return values


class Up42Account(Block):
    """A user at UP42, whose credentials are looked up, and the workspace that orders are placed in."""

    username: SecretRef | None = Field(
        default=None, description="Where the user's name (an email address) is found. Not needed with the simulator."
    )
    password: SecretRef | None = Field(
        default=None, description="Where the user's password is found. Not needed with the simulator."
    )
    region: Literal["eu", "sa"] = Field(
        default="eu", description="Where the user logs in: eu (auth.up42.com) or sa (auth.sa.up42.com)."
    )
    token_url: str | None = Field(
        default=None,
        alias="tokenUrl",
        pattern=r"^https?://[^\s?#@]+/token$",
        description="Address of the token endpoint, where it is not the region's. User info is asked for beside it.",
        examples=["https://auth.up42.com/realms/public/protocol/openid-connect/token"],
    )
    workspace_id: str | None = Field(
        default=None,
        alias="workspaceId",
        pattern=_UUID,
        description="The workspace that orders are placed in (a UUID). Default: the user's own.",
    )


class Up42Order(Block):
    """What to order from UP42: a data product, and the parameters that its order form asks for."""

    data_product: str | None = Field(
        default=None,
        alias="dataProduct",
        pattern=_UUID,
        description="Id of the data product (a UUID). Either this, or `collection` and `product`.",
        examples=["123eabab-0511-4f36-883a-80928716c3db"],
    )
    collection: str | None = Field(
        default=None,
        min_length=1,
        description="Name of the collection that `product` belongs to.",
        examples=["pneo-tasking"],
    )
    product: str | None = Field(
        default=None, min_length=1, description="Name or title of the data product in `collection`."
    )
    params: dict[str, JsonValue] = Field(
        default_factory=dict,
        description="Parameters of the data product's order form, in UP42's spelling; judged against the form when a "
        "plan is made. Geometry, name and acquisition window come from the order's other fields.",
        examples=[{"acquisitionMode": "mono", "cloudCoverage": 10, "geometricProcessing": "ortho"}],
    )
    display_name: Annotated[OwnText, AfterValidator(_name)] | None = Field(
        default=None,
        alias="displayName",
        description="Your own text in the order's name; the reconciler's reference is written behind it. Of several "
        "geometries, those after the first get a number. Default: the order's name in Git.",
    )
    tags: Annotated[list[Annotated[OwnText, AfterValidator(_tag)]], AfterValidator(_distinct)] | None = Field(
        default=None,
        max_length=MOST_TAGS - 1,
        description="Tags of the order, besides the reconciler's own. Where they are stated they are all of its tags: "
        "others are removed; where they are not, nobody's tags are touched.",
    )
    budget_id: str | None = Field(
        default=None, alias="budgetId", pattern=_UUID, description="The budget that pays for the order (a UUID)."
    )

    @model_validator(mode="after")
    def _one_way(self) -> Up42Order:
        by_name = self.collection is not None or self.product is not None
        if by_name == (self.data_product is not None) or (self.collection is None) != (self.product is None):
            raise ValueError("name the data product by `dataProduct`, or by `collection` and `product` together")
        return self


def token_url(settings: Up42Account) -> str:
    """Return where an account's user logs in."""
    return settings.token_url or TOKEN_URLS[settings.region]
