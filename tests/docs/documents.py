"""The documents as tests read them: texts, fenced blocks, tables."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_FENCE = re.compile(r"^(?P<fence>`{3,})(?P<language>\w*)\n(?P<text>.*?)^(?P=fence)$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language and what it holds."""

    language: str
    text: str


def text_of(name: str) -> str:
    """Return a document by its path from the root."""
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name: str, language: str | None = None) -> list[Block]:
    """Return the fenced blocks of a document (of one language)."""
    found = [Block(match["language"], match["text"]) for match in _FENCE.finditer(text_of(name))]
    return [block for block in found if language in (None, block.language)]


def rows(name: str, head: str) -> list[list[str]]:
    """Return the cells of the table that begins with this head cell."""
    lines = iter(text_of(name).splitlines())
    for line in lines:
        if line.startswith(f"| {head} |"):
            break
    next(lines)
    table = []
    for line in lines:
        if not line.startswith("|"):
            break
        table.append([cell.strip() for cell in line.strip("|").split(" | ")])
    return table
