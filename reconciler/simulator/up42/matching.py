"""The part of JSON Schema draft 7 that UP42's order forms use, as a validator.

`if`, `then` and `else` are left out on purpose: their branches change `definitions` only, which does nothing in a
standard validator (contracts/up42.md section 2).
"""

from collections.abc import Callable, Iterator
from typing import Any

from reconciler.simulator.instants import parse_instant
from reconciler.simulator.messages import JsonObject

_BOUNDS: dict[str, Callable[[Any, Any], bool]] = {
    "minimum": lambda value, bound: value >= bound,
    "maximum": lambda value, bound: value <= bound,
    "minLength": lambda value, bound: len(value) >= bound,
    "maxLength": lambda value, bound: len(value) <= bound,
    "minItems": lambda value, bound: len(value) >= bound,
    "maxItems": lambda value, bound: len(value) <= bound,
}
_TYPED: dict[str, Any] = {"minimum": (int, float), "maximum": (int, float), "minLength": str, "maxLength": str}


def mismatches(value: object, schema: JsonObject, root: JsonObject, place: str = "") -> Iterator[tuple[str, str]]:
    """Yield where a value does not match a schema, and why; `root` holds the definitions that it refers to."""
    if "$ref" in schema:
        yield from mismatches(value, _definition(root, schema["$ref"]), root, place)
        return
    wrong = _simple(value, schema)
    if wrong is not None:
        yield place, wrong
        return
    for part in schema.get("allOf", ()):
        yield from mismatches(value, part, root, place)
    choices = schema.get("anyOf")
    if choices and all(any(mismatches(value, choice, root)) for choice in choices):
        yield place, f"must be one of {_allowed(choices)}"
    if isinstance(value, dict):
        yield from _inside(value, schema, root, place)
    if isinstance(value, list) and "items" in schema:
        for index, item in enumerate(value):
            yield from mismatches(item, schema["items"], root, f"{place}[{index}]")


def _simple(value: object, schema: JsonObject) -> str | None:
    """Return what is wrong with a value by itself, None where nothing is."""
    wanted = schema.get("type")
    if wanted is not None and not _is(value, wanted):
        return f"must be {wanted}"
    if "const" in schema and value != schema["const"]:
        return f"must be {schema['const']!r}"
    if "enum" in schema and value not in schema["enum"]:
        return f"must be one of {schema['enum']}"
    for keyword, holds in _BOUNDS.items():
        if keyword in schema and isinstance(value, _TYPED.get(keyword, list)) and not holds(value, schema[keyword]):
            return f"must be of {keyword} {schema[keyword]}"
    if schema.get("format") == "date-time" and isinstance(value, str) and not _is_instant(value):
        return "must be a date-time"
    return None


def _inside(value: JsonObject, schema: JsonObject, root: JsonObject, place: str) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with an object's members."""
    below = f"{place}." if place else ""
    known: JsonObject = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{below}{name}", "is required"
    for name, member in value.items():
        if name in known:
            yield from mismatches(member, known[name], root, f"{below}{name}")
        elif schema.get("additionalProperties") is False:
            yield f"{below}{name}", "is not a parameter of this data product"


def _is(value: object, wanted: str) -> bool:
    kinds: dict[str, Any] = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
    if wanted == "integer":
        return not isinstance(value, bool) and (isinstance(value, int) or (isinstance(value, float) and value % 1 == 0))
    if wanted == "number":
        return not isinstance(value, bool) and isinstance(value, int | float)
    return isinstance(value, kinds[wanted])


def _is_instant(text: str) -> bool:
    try:
        parse_instant(text)
    except ValueError:
        return False
    return True


def _allowed(choices: list[JsonObject]) -> list[Any]:
    return [choice.get("const", choice.get("title", choice.get("type"))) for choice in choices]


def _definition(root: JsonObject, reference: str) -> JsonObject:
    found: Any = root
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return dict(found)
