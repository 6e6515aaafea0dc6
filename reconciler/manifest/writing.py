"""Write an order as a person would: short things in one line, a fixed order, comments where nothing is stated. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from reconciler.manifest.documents import API_VERSION
from reconciler.manifest.scalars import resolve
from reconciler.manifest.yaml_builder import FORBIDDEN
from reconciler.model.account import Account
from reconciler.model.draft import Comment, Draft
from reconciler.model.geometry import Point, Target
from reconciler.model.ids import ProviderOrderId
from reconciler.model.order import Agreement
from reconciler.model.time import instant_text

WIDTH = 120
_LONGEST_REMARK = 200
_STEP = "  "
_PLAIN = re.compile(
    r"[^\W\d_]([\w ./@+-]*[\w/+])?|[1-9]\d*[a-z]{2,}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE
)
"""What no version of YAML takes for anything but text, if it is no word of `_WORDS`; `12bits` and UUIDs among it."""
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_UNWRITABLE = re.compile(f"{FORBIDDEN.pattern}|[\ud800-\udfff]")


def order_text(key: str, draft: Draft, *, account: Account, order_id: ProviderOrderId, schema: str | None) -> str:
    """Return the document of an order that exists already; `schema` is the path of the JSON Schema for editors."""
    lines = [f"# yaml-language-server: $schema={schema}"] if schema is not None else []
    head = {"apiVersion": API_VERSION, "kind": "TaskingOrder", "metadata": {"name": key}}
    spec = {
        "account": account.name,
        "adopt": {"orderId": order_id},
        "window": {"start": draft.window.start, "end": draft.window.end},
        "target": _geojson(draft.target),
    }
    lines += _entries(head, "")
    lines += ["spec:", *_entries(spec, _STEP), *_block(account.provider, draft)]
    if confirm := _confirm(draft.confirm):
        lines += _entry("confirm", confirm, _STEP)
    return "\n".join(lines) + "\n"


def _block(provider: str, draft: Draft) -> Iterator[str]:
    if not draft.comments:
        yield from _entry(provider, draft.block, _STEP)
        return
    yield f"{_STEP}{provider}:"
    yield from _entries(draft.block, _STEP * 2)
    yield from (f"{_STEP * 2}# {_remark(comment)}" for comment in draft.comments)


def _remark(comment: Comment) -> str:
    field, why = _escaped(comment.field), _escaped(" ".join(comment.why.split()))
    if comment.value is None:
        return f"{field}: {why}"
    value = flow(comment.value)
    return f"{field}: {value if len(value) <= _LONGEST_REMARK else value[:_LONGEST_REMARK] + '...'}  ({why})"


def _confirm(agreed: Agreement) -> dict[str, object]:
    price = agreed.max_price
    return {
        **({"feasibility": {"optionId": _one_or_all(agreed.options)}} if agreed.options else {}),
        **({"maxPrice": {"amount": price.amount, "currency": price.currency}} if price is not None else {}),
    }


def _one_or_all(ids: tuple[str, ...]) -> str | list[str]:
    return ids[0] if len(ids) == 1 else list(ids)


def _geojson(target: Target) -> dict[str, object]:
    if isinstance(target, Point):
        return {"type": "Point", "coordinates": [target.longitude, target.latitude]}
    return {"type": "Polygon", "coordinates": [[list(position) for position in ring] for ring in target.rings]}


def flow(value: object) -> str:
    """Write a value in one line."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case float():
            text = format(Decimal(repr(value)), "f")
            return text if "." in text else f"{text}.0"
        case int():
            return str(value)
        case datetime():
            return instant_text(value)
        case str():
            return _text(value)
        case Mapping():
            return f"{{{', '.join(f'{_text(str(name))}: {flow(part)}' for name, part in value.items())}}}"
        case Sequence():
            return f"[{', '.join(map(flow, value))}]"
        case _:
            raise TypeError(f"no value of a manifest: {type(value).__name__}")


def _text(text: str) -> str:
    plain = _PLAIN.fullmatch(text) and text.lower() not in _WORDS and resolve(text) == text
    return text if plain else _escaped(json.dumps(text, ensure_ascii=False))


def _escaped(text: str) -> str:
    """Write what must not stand in a file as an escape, which is refused where it is read back as a value."""
    return _UNWRITABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _entries(fields: Mapping[str, object], indent: str) -> Iterator[str]:
    for name, value in fields.items():
        yield from _entry(name, value, indent)


def _entry(name: str, value: object, indent: str) -> Iterator[str]:
    """Write a field in one line where it fits."""
    name = _text(name)
    line = f"{indent}{name}: {flow(value)}"
    if len(line) <= WIDTH or not value or not isinstance(value, Mapping | list):
        yield line
    elif isinstance(value, Mapping):
        yield f"{indent}{name}:"
        yield from _entries(value, indent + _STEP)
    else:
        yield f"{indent}{name}:"
        for part in value:
            yield from _item(part, indent + _STEP)


def _item(value: object, indent: str) -> Iterator[str]:
    """Write an entry of a list: in one line where it fits, else a mapping by fields and a list as wide as it may be."""
    line = f"{indent}- {flow(value)}"
    if len(line) <= WIDTH or not value or not isinstance(value, Mapping | list):
        yield line
    elif isinstance(value, Mapping):
        first, *rest = _entries(value, indent + _STEP)
        yield f"{indent}- {first.lstrip()}"
        yield from rest
    else:
        yield from _filled(f"{indent}- [", [flow(part) for part in value])


def _filled(line: str, parts: Sequence[str]) -> Iterator[str]:
    indent, begun = " " * len(line), False
    for number, part in enumerate(parts, start=1):
        part += "]" if number == len(parts) else ","
        if begun and len(line) + 1 + len(part) > WIDTH:
            yield line
            line, begun = indent, False
        line += f" {part}" if begun else part
        begun = True
    yield line
