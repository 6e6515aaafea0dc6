"""Find words that the glossary avoids, in names and in texts."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")


@dataclass(frozen=True, slots=True)
class Glossary:
    """Words to avoid: in texts (and so in names too), and in names alone, there as snake_case."""

    in_texts: frozenset[str] = field(default_factory=frozenset)
    in_names: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def of(cls, markdown: str) -> Glossary:
        """Read the last column of the glossary's table."""
        cells = [line.strip().strip("|").split("|")[-1] for line in markdown.splitlines() if line.startswith("|")]
        words = {word.strip() for cell in cells[2:] for word in cell.split(",") if word.strip()}
        names = frozenset(word.strip("`") for word in words if word.startswith("`"))
        return cls(frozenset(word for word in words if not word.startswith("`")), names)

    def in_name(self, name: str) -> Iterator[str]:
        """Yield the words to avoid that a name is made of."""
        parts = f"_{'_'.join(part.lower() for part in _WORD.findall(name))}_"
        for word in sorted(self.in_names | self.in_texts):
            if f"_{word.replace(' ', '_')}_" in parts:
                yield word

    def in_text(self, text: str) -> Iterator[str]:
        """Yield the words to avoid that a text holds."""
        for word in sorted(self.in_texts):
            if re.search(rf"(?<![\w`-]){re.escape(word)}(?![\w-])", text, re.IGNORECASE):
                yield word

    def breaches(self, source: str, file: str) -> Iterator[str]:
        """Yield each word to avoid in a Python file, with its line."""
        for node in ast.walk(ast.parse(source)):
            for name in _names(node):
                yield from (f"{file}:{_line(node)}: the name {name} holds {word!r}" for word in self.in_name(name))
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                for word in self.in_text(node.value):
                    yield f"{file}:{node.lineno}: a text holds {word!r}"


def _line(node: ast.AST) -> int:
    return int(getattr(node, "lineno", 1))


def _names(node: ast.AST) -> Iterator[str]:
    """Yield the names that a node introduces."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
            yield name
        case ast.alias(asname=str(name)):
            yield name


def modules(root: Path) -> Iterator[Path]:
    """Yield the Python files below a folder."""
    yield from (path for path in sorted(root.rglob("*.py")) if "__pycache__" not in path.parts)
