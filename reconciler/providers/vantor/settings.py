"""The Vantor blocks of an Account and of a TaskingOrder: every field of the Hub's tasking request, in its spelling."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, JsonValue, model_validator

from reconciler.model.block import Block, OwnText, SecretRef

DESCRIPTION_LIMIT = 255
"""Characters of a `request_description`. No page tells a limit: this is what we hold ourselves to."""
_OURS = len("rc1-") + 20 + len(" ")
TOKEN_URL = "https://account.maxar.com/auth/realms/mds/protocol/openid-connect/token"
OTHER = "OTH"
_PATH = re.compile(r"(/([A-Za-z0-9_-][A-Za-z0-9_.-]*|\{id\}))+")
_ASKS = re.compile(r"[A-Za-z_-]*(quote|estimate)[A-Za-z_-]*")
_OF_ONE = ("get", "extend", "cancel")

EndUse = Literal[
    "AGR", "DEM", "DNI", "DPE", "DPP", "EDU", "ENV", "ERM", "FAC", "FGV", "FIN", "HUM", "HYD", "LBS", "MAR", "MIN",
    "NAT", "OTH", "PIP", "RED", "RUR", "SHL", "SIM", "TEL", "URB", "USG", "VIS",
]  # fmt: skip
Level = Literal["FINAL_ONLY", "INTERMEDIATE", "INITIAL_FINAL", "ON_FAIL"]


def _description(text: str) -> str:
    if not text.strip():
        raise ValueError("is blank: leave `request_description` out instead")
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in text):
        raise ValueError("holds a control character: write plain text in one line")
    room = DESCRIPTION_LIMIT - _OURS
    if len(text) > room:
        raise ValueError(f"is {len(text)} characters long; beside the reconciler's own reference {room} fit")
    return text


def _path(path: str) -> str:
    if _PATH.fullmatch(path) is None:
        raise ValueError("is no path: begin with `/`, and write `{id}` where the id of an order goes")
    return path


Path = Annotated[str, AfterValidator(_path)]


class Paths(Block):
    """Where the Hub Tasking API answers, below the account's endpoint; state what differs from the guesses."""

    submit: Path = Field(
        default="/tasking/v2/tasking/vantor", description="Submits a request (POST), and checks one. A purchase."
    )
    quote: Path = Field(
        default="/tasking/v2/tasking/vantor/quote",
        description="Tells what a request would cost (POST). Its last part must say `quote` or `estimate`, for a dry "
        "run is allowed to send there.",
    )
    list: Path = Field(default="/tasking/v2/tasking", description="Lists the account's requests (GET).")
    get: Path = Field(default="/tasking/v2/tasking/{id}", description="Reads one request (GET).")
    extend: Path = Field(
        default="/tasking/v2/tasking/vantor/{id}", description="Moves the end of a flexView request (PATCH)."
    )
    cancel: Path = Field(default="/tasking/v2/tasking/{id}/cancel", description="Cancels a request (POST).")

    @model_validator(mode="after")
    def _told_apart(self) -> Paths:
        for name in type(self).model_fields:
            if (getattr(self, name).count("{id}") == 1) != (name in _OF_ONE):
                raise ValueError(f"`{name}` takes {'exactly one' if name in _OF_ONE else 'no'} `{{id}}`")
        if _ASKS.fullmatch(self.quote.rpartition("/")[2]) is None:
            raise ValueError("the last part of `quote` must say `quote` or `estimate`: a dry run may send there")
        if any(_ASKS.fullmatch(path.rpartition("/")[2]) for path in (self.submit, self.cancel)):
            raise ValueError("`submit` and `cancel` must not end like a quote: a dry run could send there")
        return self


class VantorAccount(Block):
    """An account at Vantor: an API key, or a user's name and password, and where the API answers."""

    api_key: SecretRef | None = Field(
        default=None,
        alias="apiKey",
        description="Where the API key is found; Vantor recommends one for programs. It lives 180 days at most. Not "
        "needed with the simulator.",
    )
    username: SecretRef | None = Field(
        default=None, description="Where the user's name is found, to log in by password instead of a key."
    )
    password: SecretRef | None = Field(default=None, description="Where the user's password is found.")
    token_url: str = Field(
        default=TOKEN_URL,
        alias="tokenUrl",
        pattern=r"^https?://[^\s?#@]+/token$",
        description="Address of the token endpoint, where a user logs in by password.",
    )
    paths: Paths = Field(
        default_factory=Paths, description="Paths of the API, of which few are documented; state those that differ."
    )
    echoes_description: bool = Field(
        default=False,
        alias="echoesDescription",
        description="State it once you have seen that Vantor's list repeats `request_description`: then a request "
        "without one is taken as somebody else's. Without it, where none shows one, each may be ours: an order with "
        "the same terms is then not placed before a person has looked.",
    )

    @model_validator(mode="after")
    def _one_scheme(self) -> VantorAccount:
        if (self.username is None) != (self.password is None) or (self.api_key and self.username):
            raise ValueError("name either `apiKey`, or `username` and `password` together")
        return self


class _Open(Block):
    """Fields that the contract names, and others as Vantor names them."""

    others: dict[str, JsonValue] = Field(
        default_factory=dict,
        description="Further fields, in Vantor's spelling; sent as they are, and never seen again in a comparison.",
    )

    @model_validator(mode="after")
    def _others_besides(self) -> _Open:
        known = [name for name in self.others if name in type(self).model_fields]
        if known:
            raise ValueError(f"{', '.join(sorted(known))} does not belong into `others`: write it beside")
        return self


class Details(_Open):
    """How the picture is to be."""

    max_gsd: float | None = Field(default=None, gt=0, le=100, description="Coarsest resolution in meters.")
    max_cloud_cover: float | None = Field(default=None, ge=0, le=100, description="Most clouds in percent.")
    max_off_nadir_angle: float | None = Field(default=None, ge=0, le=90, description="Widest angle off nadir.")
    min_sun_elevation_angle: float | None = Field(default=None, ge=0, le=90, description="Lowest sun in degrees.")


class Licensing(Block):
    """What the picture is for."""

    end_use_code: EndUse = Field(
        description="One of Vantor's 27 end-use codes. OTH needs a description, is reviewed by hand, and may be "
        "accepted much later."
    )
    end_use_description: str | None = Field(
        default=None, min_length=1, max_length=50, description="With OTH only: the end use in 1 to 50 characters."
    )

    @model_validator(mode="after")
    def _only_other_is_described(self) -> Licensing:
        if (self.end_use_code == OTHER) != (self.end_use_description is not None):
            raise ValueError("`end_use_description` is required with `end_use_code: OTH`, and belongs to no other code")
        return self


class Product(_Open):
    """What is made of the picture."""

    product_type: Literal["system-ready", "view-ready", "view-ready-ortho", "map-ready"] = Field(
        description="How far the picture is processed."
    )
    licensing: Licensing = Field(description="What the picture is used for.")
    product_option: str | None = Field(
        default=None, min_length=1, description="Bands and sharpening. Default: by the tier, filled in by Vantor."
    )


class _Place(Block):
    prefix: str = Field(description="Folder that files are delivered to.")


class AmazonS3(_Place):
    """Delivery to a bucket of Amazon S3."""

    type: Literal["amazon_s3"] = Field(description="Kind of the place.")
    bucket: str = Field(min_length=1, description="The bucket.")
    role_arn: str | None = Field(default=None, min_length=1, description="The role that Vantor is to take.")


class AzureBlobStorage(_Place):
    """Delivery to a container of Azure."""

    type: Literal["azure_blob_storage"] = Field(description="Kind of the place.")
    container: str = Field(min_length=1, description="The container.")
    sas_url: SecretRef = Field(description="Where the signed address (SAS) is found.")


class GoogleCloudStorage(_Place):
    """Delivery to a bucket of Google Cloud."""

    type: Literal["google_cloud_storage"] = Field(description="Kind of the place.")
    bucket: str = Field(min_length=1, description="The bucket.")
    service_credentials: SecretRef = Field(description="Where the key of the service account (base64) is found.")


class HubDelivery(Block):
    """Delivery within the Hub. Whether tasking takes it is not documented: the check before placing says."""

    type: Literal["mgp_order_manager"] = Field(description="Kind of the place.")


Output = Annotated[AmazonS3 | AzureBlobStorage | GoogleCloudStorage | HubDelivery, Field(discriminator="type")]


class _Notice(Block):
    target: str = Field(min_length=1, description="Whom to tell: addresses by commas, a topic, or a URL.")
    level: Level | None = Field(default=None, description="When to tell. Default: FINAL_ONLY.")


class Email(_Notice):
    """Tell by email."""

    type: Literal["email"] = Field(description="Kind of the notice.")


class SnsConfig(Block):
    """What a FIFO topic asks for."""

    requires_message_group_id: bool = Field(description="Whether messages need a group.")
    requires_message_deduplication_id: bool = Field(description="Whether messages need an id.")


class Sns(_Notice):
    """Tell by a topic of Amazon SNS."""

    type: Literal["sns"] = Field(description="Kind of the notice.")
    config: SnsConfig | None = Field(default=None, description="For a FIFO topic.")


class HttpConfig(Block):
    """How a URL is called."""

    headers: dict[str, SecretRef] | None = Field(
        default=None, description="Headers to send along; their values are named, for they tend to be credentials."
    )
    internal_auth_provider: str | None = Field(default=None, min_length=1, description="Vantor's own provider.")


class Http(_Notice):
    """Tell by calling a URL."""

    type: Literal["http"] = Field(description="Kind of the notice.")
    config: HttpConfig | None = Field(default=None, description="How the URL is called.")


Notice = Annotated[Email | Sns | Http, Field(discriminator="type")]


class VantorOrder(Block):
    """What to order from Vantor: WorldView 2D tasking."""

    tasking_tier: Literal["flexView", "fastView"] = Field(
        description="flexView collects within the window; fastView takes a reserved slot, which the window must equal."
    )
    request_description: Annotated[OwnText, AfterValidator(_description)] | None = Field(
        default=None,
        description="Your own text in the request's description; the reconciler's reference is written before it.",
        examples=["Example Flexview private tasking request"],
    )
    is_private: bool | None = Field(
        default=None,
        description="Whether only your account sees the picture. Vantor must have enabled it for the account. Default: "
        "public.",
    )
    tasking_details: Details | None = Field(default=None, description="Limits that the picture has to keep.")
    product_details: Product = Field(description="The product and its license.")
    output_configs: list[Output] | None = Field(
        default=None, min_length=1, description="Where the files are delivered to."
    )
    notifications: list[Notice] | None = Field(default=None, min_length=1, description="Whom Vantor tells of changes.")
