"""What Vantor says beside a refusal: other slots of fastView, and how long to wait. Pure.

The form of neither is documented but for one sentence (contracts/vantor.md sections 2.1 and 7), so they are looked for
by their sense: two instants that belong together, a number of seconds after "Try after".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from reconciler.model.time import Window, instant_text
from reconciler.providers.vantor.terms import instant_in

MOST = 5
_DEPTH = 6
_STAMP = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)")
_OFFER = re.compile(r"alternativ|available|reserv|slot", re.IGNORECASE)
_WAIT = re.compile(r"try (?:again )?(?:after|in) (\d{1,6}) second", re.IGNORECASE)


def wait_in(body: object) -> float | None:
    """Return the seconds that a 429 asks to wait, by its text; None where it names none."""
    found = [match for text in texts(body) if (match := _WAIT.search(text))]
    return float(found[0][1]) if found else None


def texts(body: object, depth: int = _DEPTH) -> Iterator[str]:
    """Yield every text of a body."""
    if isinstance(body, str):
        yield body
    parts = body.values() if isinstance(body, dict) else body if isinstance(body, list) else ()
    for part in parts if depth else ():
        yield from texts(part, depth - 1)


def slots_in(error: Mapping[str, object]) -> tuple[Window, ...]:
    """Return the slots that a refusal offers instead, as objects or in words."""
    offered = [value for name, value in error.items() if _OFFER.search(name)]
    worded = [_stamps(text) for text in texts(error) if _OFFER.search(text)]
    found = [window for pair in (*_pairs(offered), *worded) if (window := _window(pair))]
    return tuple(sorted(dict.fromkeys(found), key=lambda window: window.start))


def lines(slots: tuple[Window, ...]) -> str:
    """Return the lines to commit for another slot."""
    shown = [f"window: {{start: {instant_text(w.start)}, end: {instant_text(w.end)}}}" for w in slots[:MOST]]
    more = f" (and {len(slots) - MOST} more)" if len(slots) > MOST else ""
    return f"free slots; commit one:  {'  or  '.join(shown)}{more}"


def _pairs(value: object, depth: int = _DEPTH) -> Iterator[list[str]]:
    """Yield texts of two instants that stand together in one object or list, or in one text."""
    if isinstance(value, str):
        yield _stamps(value)
        return
    parts = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    yield [part for part in parts if isinstance(part, str) and _STAMP.fullmatch(part)]
    for part in parts if depth else ():
        yield from _pairs(part, depth - 1)


def _stamps(text: str) -> list[str]:
    return _STAMP.findall(text)


def _window(stamps: list[str]) -> Window | None:
    instants = [instant for stamp in stamps if (instant := instant_in(stamp)) is not None]
    return Window(instants[0], instants[1]) if len(instants) == 2 and instants[0] < instants[1] else None
