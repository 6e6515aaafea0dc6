"""No error of pydantic's reaches a person in pydantic's words."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Literal
from uuid import UUID

import pytest
from pydantic import AnyUrl, Field, ValidationError

from reconciler.manifest.messages import known_names, problems_of
from reconciler.manifest.strict_yaml import YamlFile
from reconciler.model.block import Block


class Color(Enum):
    """An enumeration."""

    RED = "red"


class Inner(Block):
    """A part."""

    one: int
    two: int = 2


class Every(Block):
    """A field of each type that a provider's block may use."""

    text: str = ""
    short: str = Field(default="", max_length=2)
    whole: int = 0
    number: float = 0.0
    even: int = Field(default=0, multiple_of=2)
    less: int = Field(default=0, lt=5)
    switch: bool = False
    id: UUID | None = None
    url: AnyUrl | None = None
    at: datetime | None = None
    day: date | None = None
    span: timedelta | None = None
    exact: Decimal | None = None
    color: Color | None = None
    word: Literal["a", "b"] = "a"
    few: Annotated[tuple[int, ...], Field(max_length=1)] = ()
    pair: tuple[int, str] = (1, "")
    unique: frozenset[str] = frozenset()
    table: dict[str, int] = Field(default_factory=dict)
    part: Inner | None = None
    parts: list[Inner] = Field(default_factory=list)
    either: Inner | str | None = None


@pytest.mark.parametrize("field", sorted(Every.model_fields))
@pytest.mark.parametrize("value", ["text", 7, 1.5, True, [1, 2, 3], ["x"], {"on": 1}, [{"tow": 1}], "", None])
def test_every_error_is_in_plain_words(field: str, value: object) -> None:
    """Whatever the type of the field and of what stands there."""
    try:
        Every.model_validate({field: value})
    except ValidationError as e:
        document = next(iter(YamlFile("a: 1", "f")))
        for problem in problems_of(e, document, Every.model_json_schema()):
            for word in ("Input should", "pydantic", "https://", "type=", "Value error", "dictionary", "None"):
                assert word not in problem.message


def test_the_known_names_are_those_of_the_place() -> None:
    """Through lists, optional parts and alternatives."""
    schema = Every.model_json_schema()
    assert known_names(schema, ("part",)) == ["one", "two"]
    assert known_names(schema, ("parts", 3)) == ["one", "two"]
    assert known_names(schema, ("either",)) == ["one", "two"]
    assert known_names(schema, ("nowhere", "at", "all")) == []
