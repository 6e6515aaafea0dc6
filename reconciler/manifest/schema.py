"""The kinds of documents with the providers' blocks put in, and their JSON Schema for editors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, TypeAlias

from pydantic import Field, create_model
from pydantic.json_schema import models_json_schema

from reconciler.manifest.documents import (
    API_VERSION,
    AccountSpec,
    ApiVersion,
    Metadata,
    OrderSpec,
    ProjectDocument,
)
from reconciler.manifest.fields import Part
from reconciler.model.block import Block

DIALECT = "https://json-schema.org/draft/2020-12/schema"
KINDS = ("Project", "Account", "TaskingOrder")

JsonSchema: TypeAlias = dict[str, Any]  # JSON Schema is a tree of any depth that only editors read

_SUMMARIES = {
    "Account": "An account: one contract, workspace or key at one provider.",
    "TaskingOrder": "A tasking order: one request for one new collection per geometry of its target.",
}


@dataclass(frozen=True, slots=True)
class ProviderBlocks:
    """What one provider's block looks like in an Account and in a TaskingOrder."""

    account: type[Block]
    order: type[Block]


def models(providers: Mapping[str, ProviderBlocks]) -> dict[str, type[Part]]:
    """Return the model of each kind; a provider's block stands in `spec` under the provider's name."""
    return _models(tuple(providers.items()))


@cache
def _models(providers: tuple[tuple[str, ProviderBlocks], ...]) -> dict[str, type[Part]]:
    accounts = {name: blocks.account for name, blocks in providers}
    orders = {name: blocks.order for name, blocks in providers}
    return {
        "Project": ProjectDocument,
        "Account": _document("Account", AccountSpec, accounts),
        "TaskingOrder": _document("TaskingOrder", OrderSpec, orders),
    }


def _document(kind: str, spec: type[Part], blocks: Mapping[str, type[Block]]) -> type[Part]:
    described: dict[str, Any] = {
        name: (block | None, Field(default=None, alias=name, description=f"What only {name} knows."))
        for name, block in blocks.items()
    }
    full = create_model(f"{kind}Spec", __base__=spec, __doc__=spec.__doc__, **described)
    fields: dict[str, Any] = {
        "api_version": (ApiVersion, Field(description="Version of the manifest format.")),
        "kind": (Literal[kind], Field(description="Kind of the document.")),
        "metadata": (Metadata, Field(description="What the document is known by.")),
        "spec": (full, Field(description=f"What this {kind} states.")),
    }
    return create_model(f"{kind}Document", __base__=Part, __doc__=_SUMMARIES[kind], **fields)


def json_schema(providers: Mapping[str, ProviderBlocks], kind: str | None = None) -> JsonSchema:
    """Return the JSON Schema (draft 2020-12) of one kind (ValueError: no such kind), or of any document by its kind."""
    if kind is not None and kind not in KINDS:
        raise ValueError(f"there is no kind {kind}: one of {', '.join(KINDS)}")
    kinds = (kind,) if kind else KINDS
    known = models(providers)
    references, schema = models_json_schema([(known[each], "validation") for each in kinds])
    definitions: JsonSchema = _plain(schema["$defs"])
    for each in kinds:
        _complete(definitions, references[known[each], "validation"]["$ref"], providers)
    whole: JsonSchema = {"$schema": DIALECT, "title": f"Manifest of {API_VERSION}"}
    if kind:
        whole |= references[known[kind], "validation"]
    else:
        whole |= _any_kind({each: references[known[each], "validation"] for each in kinds})
    return {**whole, "$defs": dict(sorted({**definitions, **_GEOJSON}.items()))}


def _any_kind(references: Mapping[str, JsonSchema]) -> JsonSchema:
    """Choose by `kind` with conditions, which lets editors complete and complain about that kind alone."""
    return {
        "type": "object",
        "required": ["apiVersion", "kind"],
        "properties": {
            "apiVersion": {"const": API_VERSION, "description": "Version of the manifest format."},
            "kind": {"enum": list(references), "description": "Kind of the document."},
        },
        "allOf": [
            {"if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]}, "then": reference}
            for kind, reference in references.items()
        ],
    }


def _complete(definitions: JsonSchema, document: str, providers: Mapping[str, ProviderBlocks]) -> None:
    """Add what pydantic's models do not say: exactly one provider block, and what a target looks like."""
    spec = definitions[_name(definitions[_name(document)]["properties"]["spec"]["$ref"])]
    properties = spec["properties"]
    if any(name in properties for name in providers):
        spec["oneOf"] = [{"required": [name]} for name in providers]
    if "target" in properties:
        properties["target"] = {"description": properties["target"]["description"], **_TARGET}


def _name(reference: str) -> str:
    return reference.rpartition("/")[2]


def _plain(node: Any) -> Any:  # noqa: ANN401  # a tree of any depth
    """Drop generated titles, and the null of fields that may be left out: a manifest leaves them out, never empty."""
    if isinstance(node, list):
        return [_plain(each) for each in node]
    if not isinstance(node, dict):
        return node
    kept = {name: _plain(value) for name, value in node.items() if not (name == "title" and isinstance(value, str))}
    return _without_null(kept)


def _without_null(node: JsonSchema) -> JsonSchema:
    options = node.get("anyOf")
    if not isinstance(options, list) or {"type": "null"} not in options:
        return node
    kept = [option for option in options if option != {"type": "null"}]
    rest = {
        name: value for name, value in node.items() if name != "anyOf" and not (name == "default" and value is None)
    }
    return {**kept[0], **rest} if len(kept) == 1 else {"anyOf": kept, **rest}


def _geometry(kind: str, coordinates: JsonSchema) -> JsonSchema:
    return {
        "type": "object",
        "required": ["type", "coordinates"],
        "properties": {"type": {"const": kind}, "coordinates": coordinates, "bbox": {"type": "array"}, "crs": {}},
        "additionalProperties": False,
    }


def _list_of(items: JsonSchema, least: int = 1) -> JsonSchema:
    return {"type": "array", "items": items, "minItems": least}


_DEGREES = [{"type": "number", "minimum": -180, "maximum": 180}, {"type": "number", "minimum": -90, "maximum": 90}]
_POSITION: JsonSchema = {"$ref": "#/$defs/GeoJsonPosition"}
_RINGS = _list_of(_list_of(_POSITION, 4))
_GEOJSON: JsonSchema = {
    "GeoJsonPosition": {
        "description": "Longitude, then latitude, in degrees.",
        "type": "array",
        "prefixItems": _DEGREES,
        "items": False,
        "minItems": 2,
    },
    "GeoJsonGeometry": {
        "oneOf": [
            _geometry("Point", _POSITION),
            _geometry("MultiPoint", _list_of(_POSITION)),
            _geometry("Polygon", _RINGS),
            _geometry("MultiPolygon", _list_of(_RINGS)),
        ]
    },
    "GeoJsonFeature": {
        "type": "object",
        "required": ["type", "geometry"],
        "properties": {
            "type": {"const": "Feature"},
            "geometry": {"$ref": "#/$defs/GeoJsonGeometry"},
            "properties": {"type": ["object", "null"]},
            "id": {"type": ["string", "number"]},
            "bbox": {"type": "array"},
        },
        "additionalProperties": False,
    },
}
_KEY_BY: JsonSchema = {
    "type": "string",
    "minLength": 1,
    "description": "What names the order of each feature: `id`, or a property that all features have and that differs.",
}
_TARGET: JsonSchema = {
    "oneOf": [
        {
            "type": "object",
            "required": ["file"],
            "properties": {
                "file": {"type": "string", "description": "GeoJSON file, relative to this manifest."},
                "keyBy": _KEY_BY,
            },
            "additionalProperties": False,
        },
        {"$ref": "#/$defs/GeoJsonGeometry"},
        {"$ref": "#/$defs/GeoJsonFeature"},
        {
            "type": "object",
            "required": ["type", "features"],
            "properties": {
                "type": {"const": "FeatureCollection"},
                "features": _list_of({"$ref": "#/$defs/GeoJsonFeature"}),
                "bbox": {"type": "array"},
                "name": {},
                "crs": {},
                "keyBy": _KEY_BY,
            },
            "additionalProperties": False,
        },
    ]
}
