"""Field types that several documents share: names, instants, durations, amounts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field, PlainValidator, WithJsonSchema, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from reconciler.manifest.wording import quoted, shortened
from reconciler.model.block import Block
from reconciler.model.money import CURRENCY_PATTERN, Money
from reconciler.model.time import parse_duration, parse_instant

_NAME_PATTERN = r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"
_NAIVE = re.compile(r"(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?))?")
_LONGEST_NAME = 63
_PART_NAME = {"type": ["string", "integer"]}
_PART_NAMES = {"anyOf": [_PART_NAME, {"type": "array", "items": _PART_NAME, "minItems": 1}]}
_PART = r"[0-9A-Za-z][0-9A-Za-z._-]{0,62}"


def misplaced(message: str, *path: str | int) -> PydanticCustomError:
    """Return an error that is to be shown at a path below the value that is being validated."""
    return PydanticCustomError("misplaced", "{text}", {"text": message, "path": path})


class Part(Block):
    """A strict part of a document, spelled in camelCase as the manifest spells it."""

    model_config = ConfigDict(alias_generator=to_camel)


def _name(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"expected a name, found {quoted(value)}: quote it")
    if len(value) > _LONGEST_NAME:
        raise ValueError(f"a name has at most {_LONGEST_NAME} characters, this one has {len(value)}")
    if re.fullmatch(_NAME_PATTERN.strip("^$"), value) is None:
        raise ValueError(f"{quoted(value)} is no name: use a-z, 0-9 and inner hyphens, such as `alice-springs-2`")
    return value


def _old_name(value: object) -> str:
    """Read the name of an order, which is `berlin/2` for one of several geometries."""
    if not isinstance(value, str):
        return _name(value)
    name, slash, part = value.partition("/")
    if slash and not names_an_order(part):
        raise ValueError(f"{quoted(value)} is no name of an order: write it as `status` does, such as `berlin/2`")
    return f"{_name(name)}{slash}{part}"


def names_an_order(part: str) -> bool:
    """Tell whether a text can be the last part of a key; `from` is a word of `moved`."""
    return part != "from" and re.fullmatch(_PART, part) is not None


def _part_names(value: object) -> tuple[str, ...]:
    """Read the last parts of keys: one, or a list."""
    if value == []:
        raise ValueError("expected the last part of an order's name, or several: an empty list names none")
    return tuple(map(_part_name, value)) if isinstance(value, list) else (_part_name(value),)


def _part_name(value: object) -> str:
    """Read the last part of a key; YAML takes the number of a geometry for one."""
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return str(value)
    if not isinstance(value, str):
        raise ValueError(f"expected the last part of an order's name, as `status` shows it, found {quoted(value)}")
    return value


def _instant(value: object) -> datetime:
    if not isinstance(value, str):
        raise ValueError(f"expected a timestamp such as 2026-12-01T00:00:00Z, found {quoted(value)}")
    naive = _NAIVE.fullmatch(value)
    if naive is None:
        return parse_instant(shortened(value))
    day, clock = naive[1], naive[2] or "00:00:00"
    clock += ":00" if len(clock) == len("00:00") else ""
    lacks = "no offset from UTC" if naive[2] else "no time of day"
    raise ValueError(f"{value} has {lacks}: write {day}T{clock}Z, or an offset such as {day}T{clock}+03:00")


def _duration(value: object) -> timedelta:
    if not isinstance(value, str):
        raise ValueError(f"expected a duration such as 15m, found {quoted(value)}")
    return parse_duration(shortened(value))


def _amount(value: object) -> str:
    if isinstance(value, float):
        text = f"{value:.2f}" if round(value, 2) == value else str(value)
        raise ValueError(f'{value} is a floating-point number, which cannot hold money exactly: quote it, "{text}"')
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError(f'expected an amount such as "3500.00", found {quoted(value)}')
    return shortened(str(value))


Name = Annotated[
    str,
    PlainValidator(_name),
    WithJsonSchema({"type": "string", "pattern": _NAME_PATTERN, "maxLength": _LONGEST_NAME}),
]
OldName = Annotated[
    str,
    PlainValidator(_old_name),
    WithJsonSchema({"type": "string", "pattern": f"{_NAME_PATTERN.removesuffix('$')}(/{_PART})?$"}),
]
PartNames = Annotated[tuple[str, ...], PlainValidator(_part_names), WithJsonSchema(_PART_NAMES)]
Instant = Annotated[datetime, PlainValidator(_instant), WithJsonSchema({"type": "string", "format": "date-time"})]
Duration = Annotated[
    timedelta, PlainValidator(_duration), WithJsonSchema({"type": "string", "pattern": r"^\d{1,6}[smhd]$"})
]
AmountText = Annotated[
    str,
    BeforeValidator(_amount),
    WithJsonSchema({"type": ["string", "integer"], "pattern": r"^\d{1,15}(\.\d{1,4})?$", "minimum": 0}),
]


class Amount(Part):
    """An amount of money."""

    amount: AmountText = Field(description='Decimal amount in quotes, such as "3500.00", or a whole number.')
    currency: str = Field(
        pattern=CURRENCY_PATTERN, description="Currency by its ISO 4217 code, such as EUR, or `credits`."
    )

    @model_validator(mode="after")
    def _is_money(self) -> Amount:
        try:
            self.money()
        except ValueError as e:
            raise misplaced(str(e), "amount") from e
        return self

    def money(self) -> Money:
        """Return the amount in minor units."""
        return Money.parse(self.amount, self.currency)


def one_per_currency(amounts: tuple[Amount, ...]) -> tuple[Amount, ...]:
    """Refuse a second entry of one currency, at that entry."""
    seen: dict[str, int] = {}
    for index, amount in enumerate(amounts):
        if amount.currency in seen:
            raise misplaced(f"{amount.currency} already has an entry here: keep one of them", index, "currency")
        seen[amount.currency] = index
    return amounts


def monies(amounts: Iterable[Amount]) -> tuple[Money, ...]:
    """Return the amounts in minor units."""
    return tuple(amount.money() for amount in amounts)
