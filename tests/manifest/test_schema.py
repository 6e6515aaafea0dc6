"""The JSON Schema that editors read: it takes what the loader takes, and describes every field."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.manifest import KINDS, ProviderBlocks, json_schema, load
from reconciler.manifest.strict_yaml import YamlFile
from reconciler.providers.registry import DRIVERS

from .folder import ACCOUNT, ORDER, PROJECT, PROVIDERS

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "manifests"
REGISTERED = {name: ProviderBlocks(driver.account_settings, driver.order_settings) for name, driver in DRIVERS.items()}
TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "null": (type(None),),
}


def fits(value: Any, schema: Any, root: dict[str, Any]) -> bool:
    """Judge a value by the part of JSON Schema that ours uses."""
    if isinstance(schema, bool):
        return schema
    if "$ref" in schema and not fits(value, root["$defs"][schema["$ref"].rpartition("/")[2]], root):
        return False
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(is_a(value, kind) for kind in kinds):
        return False
    if value not in schema.get("enum", [value]) or value != schema.get("const", value):
        return False
    return combines(value, schema, root) and all(
        judge(value, schema, root) for kind, judge in JUDGES if isinstance(value, kind) and not isinstance(value, bool)
    )


def is_a(value: object, kind: str) -> bool:
    return isinstance(value, TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))


def combines(value: Any, schema: Any, root: dict[str, Any]) -> bool:
    if "if" in schema and fits(value, schema["if"], root) and not fits(value, schema["then"], root):
        return False
    counts = {word: [fits(value, each, root) for each in schema.get(word, [])] for word in ("allOf", "anyOf", "oneOf")}
    return (
        all(counts["allOf"])
        and (any(counts["anyOf"]) or not counts["anyOf"])
        and sum(counts["oneOf"]) in ([1] if counts["oneOf"] else [0])
    )


def mapping(value: dict[str, Any], schema: Any, root: dict[str, Any]) -> bool:
    known = schema.get("properties", {})
    rest = schema.get("additionalProperties", True)
    return all(name in value for name in schema.get("required", [])) and all(
        fits(each, known.get(name, rest), root) for name, each in value.items()
    )


def sequence(value: list[Any], schema: Any, root: dict[str, Any]) -> bool:
    first = schema.get("prefixItems", [])
    schemas = [*first, *[schema.get("items", True)] * len(value)]
    return len(value) >= schema.get("minItems", 0) and all(
        fits(each, its, root) for each, its in zip(value, schemas, strict=False)
    )


def text(value: str, schema: Any, _: dict[str, Any]) -> bool:
    return schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)) and bool(
        re.search(schema.get("pattern", ""), value)
    )


def number(value: float, schema: Any, _: dict[str, Any]) -> bool:
    return schema.get("minimum", value) <= value <= schema.get("maximum", value) and (
        "exclusiveMinimum" not in schema or value > schema["exclusiveMinimum"]
    )


JUDGES: list[tuple[Any, Any]] = [(dict, mapping), (list, sequence), (str, text), ((int, float), number)]


def documents(content: str) -> Iterator[Any]:
    file = YamlFile(content, "f")
    yield from (document.value for document in file)
    assert file.problems == []


@pytest.mark.parametrize(
    "content", [PROJECT, ACCOUNT, ORDER, ORDER + '  confirm: {maxPrice: {amount: "5", currency: EUR}}\n']
)
def test_the_schema_takes_good_documents(content: str) -> None:
    """The combined one, and the one of their kind."""
    document = next(documents(content))
    for schema in (json_schema(PROVIDERS), json_schema(PROVIDERS, document["kind"])):
        assert fits(document, schema, schema)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("account:", "acount:"),
        ("name: one", "name: One"),
        ("v1", "v2"),
        ("TaskingOrder", "Task"),
        ("mode: FINE", "mode: FIN"),
        ("lark: {mode: FINE}", "other: {}"),
        ("lark: {mode: FINE}", "lark: {mode: FINE}\n  wren: {tier: x}"),
        ("[133.882675, -23.700552]", "[133.882675, -93.7]"),
        ("[133.882675, -23.700552]", "[133.882675]"),
        ("type: Point", "type: LineString"),
    ],
)
def test_the_schema_refuses_what_the_loader_refuses(old: str, new: str) -> None:
    """As far as a schema can tell."""
    schema = json_schema(PROVIDERS)
    assert not fits(next(documents(ORDER.replace(old, new, 1))), schema, schema)


@pytest.mark.parametrize("kind", [None, *KINDS])
def test_every_field_is_described(kind: str | None) -> None:
    """Editors show it; names are those of the manifest."""
    schema = json_schema(REGISTERED, kind)
    for name, definition in schema["$defs"].items():
        for field, described in definition.get("properties", {}).items():
            assert name.startswith("GeoJson") or described.get("description"), f"{name}.{field}"


def test_providers_may_use_the_same_names_for_their_parts() -> None:
    """Each keeps its own definition."""
    both = {"lark": PROVIDERS["lark"], "other": PROVIDERS["lark"]}
    schema = json_schema(both)
    assert fits(next(documents(ORDER.replace("lark: {", "other: {"))), schema, schema)


def test_an_unknown_kind_has_no_schema() -> None:
    """The known ones are named."""
    with pytest.raises(ValueError, match="there is no kind Job: one of Project, Account, TaskingOrder"):
        json_schema(PROVIDERS, "Job")


def test_the_sample_folder_is_valid() -> None:
    """Eight orders, each at least a day wide, inside the time that its simulated clock passes through."""
    loaded = load(SAMPLE, REGISTERED)
    assert [order.key for order in loaded.orders] == [
        "alice-springs-spot",
        "black-rock-playa",
        "pilbara-ports/1",
        "pilbara-ports/2",
        "rotterdam-terminals/1",
        "rotterdam-terminals/2",
        "ruhr-spot-fine",
        "singapore-strait",
    ]
    start = loaded.accounts[0].simulator.start
    assert start is not None
    for order in loaded.orders:
        assert order.window.width.days >= 1
        assert (order.window.start - start).days >= 1
        assert (order.window.end - start).days <= 13


def test_the_sample_folder_passes_the_providers_own_rules() -> None:
    """As a pass would judge it."""
    load(
        SAMPLE,
        REGISTERED,
        check=lambda order: DRIVERS[order.provider].problems(order),
        check_account=lambda account: DRIVERS[account.provider].account_problems(account),
    )


def test_the_committed_schema_is_up_to_date() -> None:
    """Write it again with: python -m reconciler schema > manifests/.schema/manifest.json."""
    assert json.loads((SAMPLE / ".schema" / "manifest.json").read_text()) == json_schema(REGISTERED)


@pytest.mark.parametrize("path", sorted(SAMPLE.rglob("*.yaml")), ids=lambda path: path.name)
def test_every_sample_names_its_schema_and_fits_it(path: Path) -> None:
    """Its first line leads to the committed schema."""
    first = path.read_text().split("\n")[0]
    assert first.startswith("# yaml-language-server: $schema=")
    schema = json.loads((path.parent / first.partition("=")[2]).read_text())
    for document in documents(path.read_text()):
        assert fits(document, schema, schema)
