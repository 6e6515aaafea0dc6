"""Small phrases that every problem's message is made of: what was found, and which known name is nearest."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_LONGEST = 60
_LONGEST_MESSAGE = 500


def one_line(text: str, longest: int = _LONGEST_MESSAGE) -> str:
    """Cut a text and write out what does not print: no file may fill the terminal, or steer it."""
    short = text if len(text) <= longest else text[: longest - 3] + "..."
    if short.isprintable():
        return short
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in short)


def shortened(text: str) -> str:
    """Return a text as a message quotes it."""
    return one_line(text, _LONGEST)


def quoted(value: object) -> str:
    """Write a value as a message shows it."""
    match value:
        case None:
            return "nothing"
        case bool():
            return str(value).lower()
        case str():
            return f"`{shortened(value)}`" if value else "an empty text"
        case dict():
            return "a mapping"
        case list() | tuple():
            return "a list"
        case _:
            return shortened(str(value))


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that a mistyped one most likely stands for."""
    by_lower = {each.lower(): each for each in known}
    close = get_close_matches(shortened(name).lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[close[0]] if close else None


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return `; did you mean X?`, or nothing where no known name is near."""
    found = nearest(name, known)
    return f"; did you mean `{found}`?" if found else ""


def alternatives_text(names: Iterable[str]) -> str:
    """Write names as `a`, `b` or `c`."""
    marked = [f"`{name}`" for name in names]
    return " or ".join((", ".join(marked[:-1]), marked[-1])) if len(marked) > 1 else "".join(marked)


def dotted(path: Iterable[str | int]) -> str:
    """Write a path as `spec.deliveries[0].path`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{shortened(step)}"
    return text.removeprefix(".")
