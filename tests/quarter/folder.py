"""A folder of manifests as people write it: one line for each field, several orders in a file, edits in place."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_BETWEEN = "---\n"
_NAME = re.compile(r'^metadata: {"name": "([^"]+)"', re.MULTILINE)


def document(key: str, spec: Mapping[str, Any]) -> str:
    """Return an order's document; what is None is left out."""
    head = f"apiVersion: tasking.reconciler/v1\nkind: TaskingOrder\nmetadata: {json.dumps({'name': key})}\nspec:\n"
    return head + "".join(_line(field, value) for field, value in spec.items() if value is not None)


def _line(field: str, value: Any) -> str:
    return f"  {field}: {json.dumps(value)}\n"


class Folder:
    """The files of one folder, by the names of the orders in them. `path` may change: a folder can be renamed."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, name: str, text: str) -> None:
        """Write a file."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def read(self, name: str) -> str:
        """Return a file's text."""
        return (self.path / name).read_text(encoding="utf-8")

    def file_of(self, key: str) -> str:
        """Return the file that declares an order."""
        (found,) = (path for path in self.path.rglob("*.yaml") if _declares(path.read_text(encoding="utf-8"), key))
        return str(found.relative_to(self.path))

    def text_of(self, key: str) -> str:
        """Return the document of an order."""
        (found,) = (text for text in self.read(self.file_of(key)).split(_BETWEEN) if _declares(text, key))
        return found

    def keys(self) -> set[str]:
        """Return the names of all documents."""
        texts = [path.read_text(encoding="utf-8") for path in self.path.rglob("*.yaml")]
        return {name for text in texts for name in _NAME.findall(text)}

    def declares(self, key: str) -> bool:
        """Tell whether some file declares an order."""
        return key in self.keys()

    def replace(self, key: str, text: str) -> None:
        """Write an order's document again, beside the others of its file; an empty one removes it."""
        name = self.file_of(key)
        texts = [text if _declares(each, key) else each for each in self.read(name).split(_BETWEEN)]
        if left := [each for each in texts if each]:
            self.write(name, _BETWEEN.join(left))
        else:
            (self.path / name).unlink()

    def state(self, key: str, **fields: Any) -> None:
        """Set fields of an order's `spec`; None removes a field."""
        text = self.text_of(key)
        for field, value in fields.items():
            kept = re.sub(rf"^  {field}: .*\n", "", text, flags=re.MULTILINE)
            text = kept if value is None else kept + _line(field, value)
        self.replace(key, text)

    def rename(self, key: str, new: str) -> None:
        """Give an order another name, in the same file."""
        self.replace(key, self.text_of(key).replace(f'"name": "{key}"', f'"name": "{new}"'))

    def label(self, key: str, **labels: str) -> None:
        """Set an order's labels, with a comment above them."""
        head = json.dumps({"name": key, "labels": labels})
        line = re.sub(r"^(# .*\n)?metadata: .*\n", f"# for {key}\nmetadata: {head}\n", self.text_of(key), flags=re.M)
        self.replace(key, line)


def _declares(text: str, key: str) -> bool:
    return key in _NAME.findall(text)
