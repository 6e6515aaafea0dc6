"""UP42's pagination: Spring's numbered pages, read until the whole list is proven to be there.

Numbered pages move while they are read. Lists are asked for in ascending order of creation, so that what is created
meanwhile comes at the end and moves nothing. An item that shows up late, in the middle, moves others to later pages:
they come twice, which does no harm. Only an item that vanishes can hide another one, by moving it to a page that was
read already; the API deletes nothing, yet the server's own count is held against what was read: each page tells
`totalElements`, and a reading counts only if that never fell and in the end as many different items have come. One that
vanishes while another one comes leaves that count as it was: where absence is to mean something, a list of several
pages counts once a second reading has shown the same items, and behind them at most new ones. Otherwise it is read
again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reconciler.model.errors import ProviderError, UnclearError
from reconciler.providers.responses import Response

SIZE = 100
MOST_PAGES = 10_000
MOST_ITEMS = 10_000
"""On one page, of which a hundred are asked for."""
LONGEST = 600.0
"""Seconds that one list may take."""
READINGS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ListResult:
    """What a list held, each item once as it was read last. `error` says why that may not be everything."""

    items: tuple[object, ...]
    pages: int
    error: ProviderError | None = None

    @property
    def problem(self) -> str | None:
        """The error in words."""
        return None if self.error is None else str(self.error)

    @property
    def certain(self) -> tuple[object, ...]:
        """All items; raises `ProviderError` where there may be more."""
        if self.error is not None:
            raise self.error
        return self.items


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    items: list[object]
    last: bool
    total: int
    size: object


def read_all(
    ask: Callable[[int], Response],
    *,
    monotonic: Callable[[], float],
    what: str,
    identify: Callable[[object], object],
    twice: bool = False,
) -> ListResult:
    """Read every page of a list; `ask` reads the page of a number from 0 on, `what` names the list in a problem.

    With `twice` several pages are believed when a second reading shows the same items, and behind them new ones.
    """
    started, number = monotonic(), 0
    found: dict[object, object] = {}
    before: set[object] | None = None
    try:
        for _ in range(READINGS):
            found, reading = {}, _Reading(what)
            while not reading.ended:
                if monotonic() - started > LONGEST or number >= MOST_PAGES:
                    raise UnclearError(
                        f"UP42's list of {what} did not end within {LONGEST:.0f} s and {MOST_PAGES} pages"
                    )
                reading.take(_page(ask(reading.number).body, what, reading.number), found, identify)
                number += 1
            if reading.proven(found):
                again = before is not None and set(list(found)[: len(before)]) == before
                if again or not twice or reading.number == 1:
                    return ListResult(items=tuple(found.values()), pages=number)
                before = set(found)
        told = f"UP42's list of {what} changes while it is read: {READINGS} readings did not hold what it counts"
        return ListResult(items=tuple(found.values()), pages=number, error=UnclearError(told))
    except ProviderError as e:
        return ListResult(items=tuple(found.values()), pages=number, error=e)


def content(body: object, what: str) -> list[object]:
    """Return the items of a page that is read for itself; raises `UnclearError`."""
    return _page(body, what, 0).items


class _Reading:
    """One reading of a list from its first page to its last."""

    def __init__(self, what: str) -> None:
        self.number = 0
        self.ended = False
        self._what = what
        self._total = 0
        self._size: object = None
        self._moved = False

    def take(self, page: _Page, found: dict[object, object], identify: Callable[[object], object]) -> None:
        """Add a page's items to what was found; raises `UnclearError` where the list does not advance."""
        known = len(found)
        for place, item in enumerate(page.items):
            identity = identify(item)
            found[identity if identity is not None else (self.number, place)] = item
        if not page.last and len(found) == known:
            told = f"page {self.number} brings nothing new, and is not the last"
            raise UnclearError(f"UP42's list of {self._what} does not advance: {told}")
        self._moved |= self.number > 0 and (page.total < self._total or page.size != self._size)
        self._total, self._size = page.total, page.size
        self.number += 1
        self.ended = page.last

    def proven(self, found: dict[object, object]) -> bool:
        """Tell whether everything that the server counts has been read."""
        return not self._moved and len(found) == self._total


def _page(body: object, what: str, number: int) -> _Page:
    if not isinstance(body, dict) or not isinstance(body.get("content"), list) or len(body["content"]) > MOST_ITEMS:
        raise UnclearError(f"page {number} of UP42's list of {what} has no readable `content`")
    pages, total = _count(body.get("totalPages")), _count(body.get("totalElements"))
    if pages is None or total is None:
        raise UnclearError(f"page {number} of UP42's list of {what} does not count pages and items")
    if (answered := body.get("number", number)) != number:
        raise UnclearError(f"UP42's list of {what} answered with page {answered!r} where {number} was asked for")
    return _Page(items=body["content"], last=number + 1 >= pages, total=total, size=body.get("size"))


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
