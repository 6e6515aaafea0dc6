"""What a comment in Markdown is put together from: foreign text as text, tables, fences, the length that hosts take.

What providers and manifests say stands in it without its power: it breaks no table, opens no HTML, links and mentions
nobody, and closes no fence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TypeVar

_Item = TypeVar("_Item")

_LONGEST = 65_000
"""Characters. GitHub takes 65,536; the rest is for the lines that a workflow puts around it."""
_CUT = "**Cut off here: a comment cannot be longer. The same command without `--format` shows all of it.**"
_MOST_ROWS = 50
_LONGEST_TEXT = 600
_SPECIAL = re.compile(r"[\\`*_\[\]<>|~$&]")
# Code hosts look for these in the finished page, where a backslash has gone: people, issues, addresses.
_LINKING = re.compile(r"[@#]|(?<=:)(?=//)|(?<=www)(?=\.)", re.IGNORECASE)
_NOTHING = "\u200b"
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\s]+")


def plain(text: str) -> str:
    """Return a foreign text as one line that means nothing to Markdown nor to a code host; a long one is cut."""
    line = one_line(text)
    short = line if len(line) <= _LONGEST_TEXT else f"{line[:_LONGEST_TEXT]}…"
    return _LINKING.sub(lambda found: found[0] + _NOTHING, _SPECIAL.sub(r"\\\g<0>", short))


def one_line(text: str) -> str:
    """Return a text as one line, without what is not seen."""
    return _UNSEEN.sub(" ", text).strip()


def code(text: str) -> str:
    """Return a name as code, where it can be that in a table too."""
    line = one_line(text)
    return f"`{line}`" if line and not re.search(r"[`|\\]", line) else plain(text)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table of cells that are Markdown already, and how many rows were left out."""
    lines = [head, ["---"] * len(head), *rows[:_MOST_ROWS]]
    text = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return "\n\n".join([text, *more(rows)])


def more(items: Sequence[object]) -> list[str]:
    """Say how many of a list are not shown, if any."""
    return [f"… and {len(items) - _MOST_ROWS:,} more."] if len(items) > _MOST_ROWS else []


def first(items: Sequence[_Item]) -> Sequence[_Item]:
    """Return those of a list that are shown."""
    return items[:_MOST_ROWS]


def fence(language: str, text: str) -> str:
    """Return a fenced block; its fence is longer than any row of backticks in it."""
    ticks = "`" * max([3, *(len(run) + 1 for run in re.findall("`+", text))])
    return f"{ticks}{language}\n{text}\n{ticks}"


def fitted(blocks: Iterable[str]) -> str:
    """Put whole blocks together as long as a comment may be, and say so where some had to go."""
    kept: list[str] = []
    left = _LONGEST - len(_CUT)
    for block in blocks:
        left -= len(block) + 2
        if left < 0:
            return "\n\n".join([*kept, _CUT])
        kept.append(block)
    return "\n\n".join(kept)
