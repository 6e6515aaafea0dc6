"""ICEYE's pagination: forward by an opaque cursor, until there is none (absent, null or empty: all three are seen)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from reconciler.model.errors import Unknown
from reconciler.providers.answers import Answer

MOST_PAGES = 10_000
LONGEST = 600.0
"""Seconds that one listing may take."""


def pages(
    ask: Callable[[str | None], Answer], *, monotonic: Callable[[], float], identify: Callable[[object], object]
) -> Iterator[list[object]]:
    """Yield each page's items; `ask` reads the page of a cursor, `identify` tells items apart.

    Raises `Unknown` where the end cannot be reached for certain: what was yielded so far is then not everything.
    """
    started, cursor = monotonic(), None
    cursors: set[str] = set()
    seen: set[object] = set()
    for number in range(1, MOST_PAGES + 1):
        items, cursor = _page(ask(cursor).body, number)
        yield items
        if cursor is None:
            return
        known = len(seen)
        seen.update(identify(item) for item in items)
        if cursor in cursors:
            raise Unknown(f"ICEYE's listing turns in a circle: page {number} names a cursor that was used before")
        if len(seen) == known:
            raise Unknown(f"ICEYE's listing does not advance: page {number} brings nothing new and names a next one")
        if monotonic() - started > LONGEST:
            raise Unknown(f"ICEYE's listing did not end within {LONGEST:.0f} s ({number} pages)")
        cursors.add(cursor)
    raise Unknown(f"ICEYE's listing has more than {MOST_PAGES} pages")


def _page(body: object, number: int) -> tuple[list[object], str | None]:
    if not isinstance(body, dict) or "data" not in body:
        raise Unknown(f"page {number} of ICEYE's listing has no `data`")
    # Go writes an empty list as null.
    items, cursor = body["data"] if body["data"] is not None else [], body.get("cursor")
    if not isinstance(items, list) or not (cursor is None or isinstance(cursor, str)):
        raise Unknown(f"page {number} of ICEYE's listing cannot be read")
    return items, cursor or None
