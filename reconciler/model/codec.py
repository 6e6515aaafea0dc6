"""JSON to typed values and back, built on first use: building one takes longer than a command that needs none."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter

_Value = TypeVar("_Value")


class Codec(Generic[_Value]):
    """A pydantic `TypeAdapter` of a type, which may be a union or a generic."""

    def __init__(self, of: Any) -> None:  # noqa: ANN401  # no type of Python's names a form such as a union
        self._of = of

    @cached_property
    def _adapter(self) -> TypeAdapter[_Value]:
        return TypeAdapter(self._of)

    def dump_json(self, value: _Value, *, indent: int | None = None, exclude_none: bool = False) -> bytes:
        """Return a value as JSON."""
        return self._adapter.dump_json(value, indent=indent, exclude_none=exclude_none)

    def dump_python(self, value: _Value, *, exclude_none: bool = False) -> Any:  # noqa: ANN401  # any JSON
        """Return a value as dictionaries and lists of what JSON has."""
        return self._adapter.dump_python(value, mode="json", exclude_none=exclude_none)

    def json_schema(self) -> dict[str, Any]:
        """Return the JSON Schema of what is dumped."""
        return self._adapter.json_schema(mode="serialization")

    def validate_json(self, text: str | bytes) -> _Value:
        """Return the value that JSON holds; raises `ValueError`."""
        return self._adapter.validate_json(text)

    def validate_python(self, value: object) -> _Value:
        """Return the value that dictionaries and lists hold; raises `ValueError`."""
        return self._adapter.validate_python(value)
