"""Vantor's pagination: pages that lead on by a token or by a link, read until the whole list is proven to be there.

Lists are asked for in ascending order, so that what is created meanwhile comes at the end. A page that leads nowhere is
the last. Whether it was not merely cut there is told by nothing, so unless it is shorter than any page the newest page
is asked for too: where the two meet, nothing is missing between them (contracts/vantor.md section 2.3).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from reconciler.model.errors import ProviderError, UnclearError
from reconciler.providers.responses import Response
from reconciler.providers.vantor.parse import id_in, taskings_in

Query = Mapping[str, str | list[str]]
SIZE = "100"
OLDEST_FIRST: Query = {"sort": "asc", "limit": SIZE}
NEWEST_FIRST: Query = {"sort": "desc", "limit": SIZE}
SMALLEST = 10
"""The documented size of a page: a shorter one that leads nowhere was not cut."""
MOST_PAGES = 10_000
MOST_ITEMS = 10_000
"""On one page, of which a hundred are asked for."""
LONGEST = 600.0
"""Seconds that a list may take."""
_KEY = "maxar_api_key"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListResult:
    """What a list held, each item once as it was read last. `error` says why that may not be everything."""

    items: tuple[object, ...]
    pages: int
    error: ProviderError | None = None


@dataclass(frozen=True, slots=True)
class _Page:
    items: list[object]
    onward: Query | None


def read_all(ask: Callable[[Query], Response], *, monotonic: Callable[[], float]) -> ListResult:
    """Read every page of the list; `ask` reads the page of a query."""
    found: dict[object, object] = {}
    number, started = 0, monotonic()
    query, asked = OLDEST_FIRST, [OLDEST_FIRST]
    try:
        while True:
            page = _page(ask(query).body, number + 1)
            number += 1
            known = len(found)
            _keep(page, number, found)
            if page.onward is None:
                if len(page.items) >= SMALLEST:
                    _meet(_page(ask(NEWEST_FIRST).body, number + 1), found)
                return ListResult(items=tuple(found.values()), pages=number)
            if page.onward in asked or len(found) == known:
                raise UnclearError(f"Vantor's list does not advance: page {number} leads to what was read already")
            if number >= MOST_PAGES or monotonic() - started > LONGEST:
                raise UnclearError(f"Vantor's list did not end within {LONGEST:.0f} s ({number} pages)")
            query = page.onward
            asked.append(query)
    except ProviderError as e:
        return ListResult(items=tuple(found.values()), pages=number, error=e)


def _keep(page: _Page, number: int, found: dict[object, object]) -> None:
    for place, item in enumerate(page.items):
        found[id_in(item) or (number, place)] = item


def _meet(newest: _Page, found: dict[object, object]) -> None:
    """Add the newest page to what was found; raises `UnclearError` unless the two meet in a list that was sorted."""
    ids = [id_in(item) for item in newest.items]
    known = list(found)
    sorted_as_asked = ids and (ids[0] not in found or ids[0] == known[-1])
    if not sorted_as_asked or not any(each in found for each in ids):
        raise UnclearError("Vantor's list ends without saying so: its newest page does not meet what was read before")
    _keep(newest, 0, found)


def _page(body: object, number: int) -> _Page:
    items = taskings_in(body)
    if items is None or not isinstance(body, dict) or len(items) > MOST_ITEMS:
        raise UnclearError(f"page {number} of Vantor's list has no readable `taskings`")
    return _Page(items, _onward(body, number))


def _onward(body: Mapping[str, object], number: int) -> Query | None:
    """Return the query of the next page. Of a link only the query counts: the key goes to the account's host alone."""
    holders = [body, *(part for part in (body.get("data"),) if isinstance(part, dict))]
    for holder in holders:
        if token := holder.get("next_page_token"):
            if not isinstance(token, str):
                raise UnclearError(f"page {number} of Vantor's list leads on by a token that is no text")
            return {**OLDEST_FIRST, "starting_after": token}
    for links in [holder.get("links") for holder in holders]:
        if isinstance(links, dict) and (link := links.get("next_page")):
            return _linked(link, number)
    return None


def _linked(link: object, number: int) -> Query:
    try:
        query = parse_qs(urlsplit(link).query, keep_blank_values=True) if isinstance(link, str) else {}
    except ValueError:
        query = {}
    query.pop(_KEY, None)
    if not query:
        raise UnclearError(f"page {number} of Vantor's list leads on by a link that cannot be read")
    return {name: values[0] if len(values) == 1 else values for name, values in query.items()}
