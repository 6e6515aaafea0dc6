"""What pydantic found, in words for a person who edits YAML: no type codes, no links, no Python."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from reconciler.manifest.strict_yaml import Document
from reconciler.manifest.wording import alternatives_text, dotted, nearest, quoted, suggestion
from reconciler.manifest.yaml_builder import Value
from reconciler.model.errors import Location, Problem
from reconciler.model.money import CURRENCY_PATTERN

Schema: TypeAlias = Mapping[str, object]
Steps: TypeAlias = tuple[str | int, ...]

_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "set_type": "a list",
    "frozen_set_type": "a list",
    "dict_type": "a mapping",
    "mapping_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "dataclass_type": "a mapping",
    "none_required": "nothing",
    "uuid_type": "a UUID such as 7d4c1f5a-6c1e-4a57-9d25-3f0f5f0d9c11",
    "uuid_parsing": "a UUID such as 7d4c1f5a-6c1e-4a57-9d25-3f0f5f0d9c11",
    "uuid_version": "a UUID such as 7d4c1f5a-6c1e-4a57-9d25-3f0f5f0d9c11",
    "url_type": "a URL",
    "url_parsing": "a URL",
    "url_scheme": "a URL",
    "datetime_type": "a timestamp such as 2026-12-01T00:00:00Z",
    "datetime_parsing": "a timestamp such as 2026-12-01T00:00:00Z",
    "datetime_from_date_parsing": "a timestamp such as 2026-12-01T00:00:00Z",
    "timezone_aware": "a timestamp with an offset such as 2026-12-01T00:00:00Z",
}
_BOUNDS = {
    "greater_than": ("gt", "more than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
    "multiple_of": ("multiple_of", "a multiple of"),
}
_LENGTHS = {
    "string_too_short": ("min_length", "at least", "characters"),
    "string_too_long": ("max_length", "at most", "characters"),
    "too_short": ("min_length", "at least", "entries"),
    "too_long": ("max_length", "at most", "entries"),
}
_FORMS = {CURRENCY_PATTERN: "a currency by its ISO 4217 code in capitals (such as EUR), or `credits`"}
_MOST = 1_000
"""Problems that are told one by one: nobody reads more, and looking for names that were meant takes time."""
_PLAIN_VALUE = re.compile(r"-?\d{1,15}(\.\d+)?|true|false")
_ALLOWED = re.compile(r"'([^']*)'")
_TAGS = ("union_tag_invalid", "union_tag_not_found")
_PYDANTIC = re.compile(r"^(?:Input|Value|String|Data|Keys?) should (?:be )?")


def problems_of(error: ValidationError, document: Document, schema: Schema) -> Iterator[Problem]:
    """Turn a validation error into problems at their lines; several about one place become one.

    `schema` is the JSON Schema of the validated model: it knows the names that an unknown field may have meant.
    """
    errors = error.errors(include_url=False)
    details = [(_path(detail, document.value), detail) for detail in errors[:_MOST]]
    misspelled = {
        (*path[:-1], nearest(str(path[-1]), known_names(schema, path[:-1])))
        for path, detail in details
        if detail["type"] == "extra_forbidden"
    }
    places: dict[tuple[Location, Steps], list[str]] = {}
    for path, detail in details:
        if detail["type"] == "missing" and path in misspelled:
            continue  # it is there under a mistyped name, which is said already
        location = document.at(path, key=detail["type"] == "extra_forbidden")
        places.setdefault((location, path), []).append(_message(detail, path, schema))
    for (location, path), messages in places.items():
        yield Problem(location, f"{dotted(path)}: {_joined(messages)}")
    if len(errors) > _MOST:
        yield Problem(document.at(()), f"{len(errors) - _MOST:,} more problems in this document")


def _path(detail: ErrorDetails, value: Value) -> Steps:
    context = detail.get("ctx", {})
    path = present(value, detail["loc"], keep_last=detail["type"] in ("missing", "extra_forbidden"))
    below: Steps = context.get("path", ())
    if detail["type"] in _TAGS:
        below = (str(context["discriminator"]).strip("'"),)
    return path + below


def present(value: Value, location: Steps, *, keep_last: bool = False) -> Steps:
    """Drop the steps of an error's location that stand for pydantic's union members and not for the document."""
    path: list[str | int] = []
    for index, step in enumerate(location):
        held = _held(value, step)
        if held:
            path.append(step)
            value = held[0]
        elif keep_last and index == len(location) - 1:
            path.append(step)
    return tuple(path)


def _held(value: Value, step: str | int) -> tuple[Value] | None:
    if isinstance(value, dict) and isinstance(step, str) and step in value:
        return (value[step],)
    if isinstance(value, list) and isinstance(step, int) and step < len(value):
        return (value[step],)
    return None


def known_names(schema: Schema, path: Sequence[str | int]) -> list[str]:
    """Return the field names that may stand at a path, read from the JSON Schema."""
    nodes = list(_alternatives(schema, schema))
    for step in path:
        nodes = [each for node in nodes for child in _children(node, step) for each in _alternatives(child, schema)]
    return [name for node in nodes for name in _mapping(node.get("properties"))]


def _children(node: Schema, step: str | int) -> Iterator[Schema]:
    if isinstance(step, int):
        yield _mapping(node.get("items"))
    elif step in (properties := _mapping(node.get("properties"))):
        yield _mapping(properties[step])
    else:
        yield _mapping(node.get("additionalProperties"))


def _alternatives(node: Schema, root: Schema) -> Iterator[Schema]:
    reference = node.get("$ref")
    if isinstance(reference, str):
        node = _mapping(_mapping(root.get("$defs")).get(reference.rpartition("/")[2]))
    yield node
    for word in ("anyOf", "oneOf", "allOf"):
        options = node.get(word)
        for option in options if isinstance(options, list) else ():
            yield from _alternatives(option, root)


def _mapping(value: object) -> Schema:
    return value if isinstance(value, dict) else {}


def _joined(messages: list[str]) -> str:
    unique = list(dict.fromkeys(messages))
    wants = [message.partition(", found ") for message in unique]
    if len(unique) > 1 and all(want[0].startswith("expected ") and want[2] for want in wants):
        return " or ".join((wants[0][0], *(want[0].removeprefix("expected ") for want in wants[1:]))) + (
            f", found {wants[0][2].partition(':')[0]}"
        )
    return unique[0]


def _message(detail: ErrorDetails, path: Steps, schema: Schema) -> str:
    kind, found, context = detail["type"], detail.get("input"), detail.get("ctx", {})
    if kind in ("missing", "union_tag_not_found"):
        return "is missing"
    if kind == "union_tag_invalid":
        return _not_allowed(context["tag"], _ALLOWED.findall(str(context["expected_tags"])))
    if kind == "extra_forbidden":
        known = known_names(schema, path[:-1])
        near = suggestion(str(path[-1]), known)
        return f"unknown field{near or f'; known here: {alternatives_text(sorted(known))}'}"
    if kind in _EXPECTED:
        return f"expected {_EXPECTED[kind]}, found {quoted(found)}{_quotes(kind, found)}"
    if kind in ("literal_error", "enum"):
        return _not_allowed(found, _ALLOWED.findall(str(context.get("expected"))))
    if kind == "misplaced":
        return str(context["text"])
    if kind in ("value_error", "assertion_error"):
        return str(context.get("error") or detail["msg"])
    return _measured(kind, found, context) or _fallback(detail["msg"], found)


def _quotes(kind: str, found: object) -> str:
    if kind == "string_type" and isinstance(found, int | float):
        return ": quote it"
    if kind in ("int_type", "float_type", "bool_type") and isinstance(found, str) and _PLAIN_VALUE.fullmatch(found):
        return ": remove the quotes"
    return ""


def _not_allowed(found: object, allowed: list[str]) -> str:
    near = suggestion(found, allowed) if isinstance(found, str) and len(allowed) > 1 else ""
    return f"expected {alternatives_text(allowed)}, found {quoted(found)}{near}"


def _measured(kind: str, found: object, context: Mapping[str, object]) -> str | None:
    if kind in _BOUNDS:
        word, phrase = _BOUNDS[kind]
        bound = context[word]
        shown = f"{bound:g}" if isinstance(bound, float) else bound
        return f"must be {phrase} {shown}, found {quoted(found)}"
    if kind in _LENGTHS:
        word, phrase, unit = _LENGTHS[kind]
        size = len(found) if isinstance(found, str | list | dict) else "another number"
        return f"must have {phrase} {context[word]} {unit}, found {size}"
    if kind == "string_pattern_mismatch":
        pattern = str(context["pattern"])
        return f"expected {_FORMS.get(pattern, f'text of the form {pattern}')}, found {quoted(found)}"
    return None


def _fallback(message: str, found: object) -> str:
    plain = _PYDANTIC.sub("must be ", message).split(" at https://")[0]
    return f"{plain[:1].lower()}{plain[1:]}, found {quoted(found)}"
