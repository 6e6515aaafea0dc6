"""ICEYE's pagination: forward by an opaque cursor, until there is none (absent, null or empty: all three are seen)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from reconciler.model.errors import UnclearError
from reconciler.providers.pool import pool
from reconciler.providers.responses import Response

MOST_PAGES = 10_000
MOST_ITEMS = 10_000
"""On one page, of which a hundred are asked for."""
LONGEST = 600.0
"""Seconds that one listing may take."""


def pages(
    ask: Callable[[str | None], Response], *, monotonic: Callable[[], float], identify: Callable[[object], object]
) -> Iterator[list[object]]:
    """Yield each page's items; `ask` reads the page of a cursor, `identify` tells items apart.

    While the caller works on one page, the next one is on its way. Raises `UnclearError` if the end cannot be reached
    for certain: what was yielded so far is then not everything.
    """
    started, answer = monotonic(), ask(None)
    cursors: set[str] = set()
    seen: set[object] = set()
    with pool(1) as ahead:
        for number in range(1, MOST_PAGES + 1):
            items, cursor = _page(answer.body, number)
            if cursor is None:
                yield items
                return
            known = len(seen)
            seen.update(identify(item) for item in items)
            stuck = _stuck(number, again=cursor in cursors, new=len(seen) > known, took=monotonic() - started)
            if stuck is not None:
                yield items
                raise UnclearError(stuck)
            cursors.add(cursor)
            coming = ahead.submit(ask, cursor)
            yield items
            answer = coming.result()
    raise UnclearError(f"ICEYE's listing has more than {MOST_PAGES} pages")


def _stuck(number: int, *, again: bool, new: bool, took: float) -> str | None:
    if again:
        return f"ICEYE's listing turns in a circle: page {number} names a cursor that was used before"
    if not new:
        return f"ICEYE's listing does not advance: page {number} brings nothing new and names a next one"
    if took > LONGEST:
        return f"ICEYE's listing did not end within {LONGEST:.0f} s ({number} pages)"
    return None


def _page(body: object, number: int) -> tuple[list[object], str | None]:
    if not isinstance(body, dict) or "data" not in body:
        raise UnclearError(f"page {number} of ICEYE's listing has no `data`")
    # Go writes an empty list as null.
    items, cursor = body["data"] if body["data"] is not None else [], body.get("cursor")
    if not isinstance(items, list) or len(items) > MOST_ITEMS or not (cursor is None or isinstance(cursor, str)):
        raise UnclearError(f"page {number} of ICEYE's listing cannot be read")
    return items, cursor or None
