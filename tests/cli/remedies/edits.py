"""What a person does with printed lines: find the document that is named, and replace the line of the same field."""

from __future__ import annotations

from pathlib import Path

import yaml


def commit(path: Path, line: int, lines: str) -> frozenset[str]:
    """Put the lines into the document that `line` is in: in place of the field of their name, or at the end.

    Returns what the field stated before and does not state any more, by the names of its own fields.
    """
    text = path.read_text(encoding="utf-8")
    spec = _spec(text, line)
    ((name, value),) = yaml.safe_load(lines).items()
    start, end = _span(spec, name, text)
    indent = " " * spec.value[0][0].start_mark.column
    path.write_text(f"{text[:start]}{indent}{lines}\n{text[end:]}", encoding="utf-8")
    before = (yaml.safe_load(text[start:end]) or {}).get(name)
    return frozenset(before) - frozenset(value) if isinstance(before, dict) else frozenset()


def _spec(text: str, line: int) -> yaml.MappingNode:
    """Return the spec of the last document that begins at the line or above it."""
    documents = [node for node in yaml.compose_all(text) if node.start_mark.line < line]
    fields: dict[str, yaml.MappingNode] = {key.value: value for key, value in documents[-1].value}
    return fields["spec"]


def _span(spec: yaml.MappingNode, name: str, text: str) -> tuple[int, int]:
    """Return the span in which a field is written; an empty one at the end of the spec if it is not."""
    starts = [text.rfind("\n", 0, key.start_mark.index) + 1 for key, _ in spec.value] + [spec.end_mark.index]
    names = [key.value for key, _ in spec.value]
    at = names.index(name) if name in names else len(names)
    return starts[at], starts[min(at + 1, len(names))]
