"""The base of what a manifest carries in YAML, and how a manifest names a secret."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from reconciler.model.ids import resembles_reference

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Block(BaseModel):
    """A strict piece of a manifest: unknown fields and silent conversions (`"10"` for 10) are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=False)


class SecretRef(Block):
    """Where a secret is to be found; the secret itself never stands in a manifest."""

    env: str | None = Field(default=None, description="Name of the environment variable that holds it.", min_length=1)
    file: str | None = Field(default=None, description="Path of the file that holds it.", min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _never_told(cls, value: object) -> object:
        if isinstance(value, str):
            raise ValueError("a secret never stands in a manifest: name it, by `{env: NAME}` or `{file: PATH}`")
        return value

    @field_validator("env")
    @classmethod
    def _a_name(cls, env: str | None) -> str | None:
        if env is not None and not _VARIABLE.fullmatch(env):
            raise ValueError("cannot be the name of an environment variable: write the name, not the secret")
        return env

    @model_validator(mode="after")
    def _exactly_one(self) -> SecretRef:
        if (self.env is None) == (self.file is None):
            raise ValueError("name the secret by exactly one of `env: NAME` and `file: PATH`")
        return self

    def __str__(self) -> str:
        return f"environment variable {self.env}" if self.env else f"file {self.file}"


_DEEPER = (Block, Mapping, list, tuple)


def secrets_in(value: Block | Mapping[str, object] | Sequence[object]) -> Iterator[SecretRef]:
    """Find the secrets that a block names, however deep."""
    if isinstance(value, SecretRef):
        yield value
        return
    inner = value.__dict__.values() if isinstance(value, Block) else value
    for each in inner.values() if isinstance(inner, Mapping) else inner:
        if isinstance(each, _DEEPER):  # ten thousand orders hold many more plain values than blocks
            yield from secrets_in(each)


def _own_text(text: str) -> str:
    if resembles_reference(text):
        raise ValueError("holds `rc1-`, which is kept for the reconciler's own reference: choose another text")
    return text


OwnText = Annotated[str, AfterValidator(_own_text)]
"""A user's free text that travels in the same provider field as our reference."""
