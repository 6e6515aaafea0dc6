"""An order form, which is a JSON Schema: what is wrong with an order's params, parameter by parameter.

UP42's forms name a `$schema` that validators do not know, so draft 7 is chosen here (contracts/up42.md section 2). A
form is never let fetch what it refers to: it has to be whole.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, TypeAlias

from jsonschema_rs import Draft7Validator, ReferencingError, ValidationError

from reconciler.model.errors import UnclearError
from reconciler.model.geojson import geojson
from reconciler.model.order import DesiredOrder
from reconciler.providers.responses import printable
from reconciler.providers.up42.terms import milliseconds, name_of, settings_of

Schema: TypeAlias = Mapping[str, Any]

_ELSEWHERE = {
    "geometry": "target",
    "displayName": "up42.displayName",
    "acquisitionStart": "window.start",
    "acquisitionEnd": "window.end",
}
_NOUNS = {
    "integer": "a whole number",
    "number": "a number",
    "string": "a text",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "nothing",
}
_DEEPEST = 8


class OrderForm:
    """A data product's order form. Raises `UnclearError` where it is no usable JSON Schema."""

    def __init__(self, schema: object) -> None:
        if not isinstance(schema, dict):
            raise UnclearError("UP42's order form is no JSON Schema")
        self._schema: Schema = schema
        properties = schema.get("properties")
        self._properties: Schema = properties if isinstance(properties, dict) else {}
        try:
            self._validator = Draft7Validator(schema, offline=True)
        except (ValidationError, ReferencingError, ValueError) as e:
            raise UnclearError(f"UP42's order form is no usable JSON Schema ({type(e).__name__})") from e

    def objections(self, order: DesiredOrder) -> tuple[str, ...]:
        """Return one objection for each parameter that is missing or wrong, with what is allowed, by its field."""
        filled = {
            **settings_of(order).params,
            "geometry": geojson(order.target),
            "displayName": name_of(order),
            "acquisitionStart": milliseconds(order.window.start),
            "acquisitionEnd": milliseconds(order.window.end),
        }
        found: dict[str, str] = {}
        for error in self._validator.iter_errors(filled):
            for field, message in self._field_messages(error, filled):
                found.setdefault(field, message)
        return tuple(f"{field}: {message}" for field, message in found.items())

    def _field_messages(self, error: ValidationError, filled: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        path, facts = error.instance_path, error.kind.as_dict()
        if not path and error.kind.name == "required":
            name = str(facts["property"])
            yield _field(name), f"is missing: {self._allowed(name)}"
        elif not path and error.kind.name == "additionalProperties":
            for name in facts["unexpected"]:
                yield _field(name), f"is no parameter of this data product{self._near(name, filled)}"
        elif path and path[0] == "geometry":
            yield "target", self._wrong_target(filled["geometry"], error)
        elif path:
            inside = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path[1:])
            wanted = self._allowed(str(path[0])) if not inside else printable(error.message)
            yield _field(str(path[0])) + inside, f"is {_value_text(error.instance)}: {wanted}"
        else:
            yield "up42.params", printable(error.message)

    def _allowed(self, name: str) -> str:
        return _allowed(self._resolved(self._properties.get(name, {})))

    def _near(self, name: str, filled: Mapping[str, Any]) -> str:
        known = [each for each in self._properties if each not in _ELSEWHERE]
        near = get_close_matches(name.lower(), [each.lower() for each in known], n=1)
        if near:
            meant = next(each for each in known if each.lower() == near[0])
            return (
                f"; did you mean `{meant}`?" if meant not in filled else f"; the nearest is `{meant}`, which is stated"
            )
        return f"; it has {', '.join(known)}" if known else ""

    def _wrong_target(self, geometry: Mapping[str, Any], error: ValidationError) -> str:
        wanted = sorted(_kinds(self._resolved(self._properties.get("geometry", {})), self._resolved))
        if wanted and geometry["type"] not in wanted:
            return f"is a {geometry['type']}, and this data product takes a {' or '.join(wanted)}"
        return printable(error.message)

    def _resolved(self, schema: object, depth: int = 0) -> Schema:
        """Follow a reference into the form's own definitions."""
        if not isinstance(schema, dict) or depth > _DEEPEST:
            return {}
        reference = schema.get("$ref")
        if not isinstance(reference, str) or not reference.startswith("#/"):
            return schema
        found: Any = self._schema
        for step in reference.removeprefix("#/").split("/"):
            found = found.get(step) if isinstance(found, dict) else None
        return self._resolved(found, depth + 1)


def _field(name: str) -> str:
    return _ELSEWHERE.get(name, f"up42.params.{name}")


def _kinds(schema: Schema, resolved: Callable[[object], Schema], depth: int = 0) -> set[str]:
    """Return the geometry types that a schema names, however it is composed."""
    kind = resolved(schema.get("properties", {}).get("type", {}))
    found = {str(value) for value in _choices(kind) or ()}
    if depth < _DEEPEST:
        for part in (part for word in ("allOf", "anyOf", "oneOf") for part in schema.get(word, ())):
            found |= _kinds(resolved(part), resolved, depth + 1)
    return found


def _choices(schema: Schema) -> Sequence[object] | None:
    """Return the values that a schema lists one by one, None where it does not."""
    if "const" in schema:
        return [schema["const"]]
    if isinstance(schema.get("enum"), list):
        return list(schema["enum"])
    for word in ("anyOf", "oneOf"):
        parts = schema.get(word)
        if isinstance(parts, list) and parts and all(isinstance(part, dict) and "const" in part for part in parts):
            return [part["const"] for part in parts]
    return None


def _allowed(schema: Schema) -> str:
    """Say in words what a schema lets through."""
    choices = _choices(schema)
    if choices is not None:
        listed = ", ".join(_plain(choice) for choice in choices)
        return f"one of {listed}" if len(choices) > 1 else f"only {listed} is allowed"
    kinds = schema.get("type")
    nouns = [_NOUNS.get(kind, str(kind)) for kind in (kinds if isinstance(kinds, list) else [kinds]) if kind]
    if schema.get("format") == "date-time":
        nouns = ["a timestamp"]
    return f"{' or '.join(nouns) or 'a value'}{_range(schema)}"


def _range(schema: Schema) -> str:
    ends = (("minimum", "maximum", ""), ("minLength", "maxLength", " characters"), ("minItems", "maxItems", " items"))
    for low, high, unit in ends:
        least, most = schema.get(low), schema.get(high)
        if least is not None and most is not None:
            return f" from {least} to {most}{unit}"
        if least is not None or most is not None:
            return f" of at least {least}{unit}" if least is not None else f" of at most {most}{unit}"
    if isinstance(schema.get("pattern"), str):
        return f" of the form {printable(schema['pattern'])}"
    return ""


def _value_text(value: object) -> str:
    return f"the text {json.dumps(value, ensure_ascii=False)}" if isinstance(value, str) else _plain(value)


def _plain(value: object) -> str:
    return printable(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
