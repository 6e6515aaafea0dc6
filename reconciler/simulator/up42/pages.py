"""Lists as Spring pages them (contracts/up42.md section 1): numbered pages, sorts, and filters by repeated keys."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from reconciler.simulator.messages import Answer, JsonObject, RequestContext
from reconciler.simulator.up42.errors import problem

T = TypeVar("T")

Sorts = Mapping[str, Callable[[T], Any]]
_UNSORTED = {"sorted": False, "unsorted": True, "empty": True}
_SORTED = {"sorted": True, "unsorted": False, "empty": False}


def page_of(call: RequestContext, items: Sequence[T], sorts: Sorts[T], body_of: Callable[[T], JsonObject]) -> Answer:
    """Return the page of `items` (oldest first) that the query asks for; without sorts they stay as they are."""
    number, size = _whole(call, "page", 0, least=0), _size(call)
    ordered = _in_order(call, items, sorts)
    content, total = ordered[number * size : (number + 1) * size], len(ordered)
    match call.paging and call.paging.kind:
        case "repeat-page" | "endless":
            content = ordered[:size]
        case "short-page" if call.paging and not call.paging.items:
            content = []
    if call.paging and call.paging.kind == "endless":
        total = (number + 2) * size
    return Answer(status=200, body=_page([body_of(item) for item in content], number, size, total, bool(sorts)))


def repeated(call: RequestContext, name: str) -> frozenset[str]:
    """Return the values of a filter that is given as repeated keys."""
    return frozenset(value for key, value in call.request.query if key == name)


def joined(call: RequestContext, name: str) -> frozenset[str]:
    """Return the values of a filter that is given as one key with commas."""
    return frozenset(part for value in repeated(call, name) for part in value.split(","))


def one(call: RequestContext, name: str) -> str | None:
    """Return a parameter's value, the last one where it is repeated."""
    return dict(call.request.query).get(name)


def _page(content: list[JsonObject], number: int, size: int, total: int, is_sorted: bool) -> JsonObject:
    pages = -(-total // size)
    sort = _SORTED if is_sorted else _UNSORTED
    place = {"pageNumber": number, "pageSize": size, "offset": number * size, "paged": True, "unpaged": False}
    return {
        "content": content,
        "pageable": {"sort": sort, **place},
        "totalPages": pages,
        "totalElements": total,
        "last": number + 1 >= pages,
        "first": number == 0,
        "sort": sort,
        "numberOfElements": len(content),
        "size": size,
        "number": number,
        "empty": not content,
    }


def _in_order(call: RequestContext, items: Sequence[T], sorts: Sorts[T]) -> list[T]:
    """Sort as asked for, by default newest first; items that are equal stay in the order of their making."""
    if not sorts:
        return list(items)
    field, _, direction = (one(call, "sort") or "createdAt,desc").partition(",")
    if field not in sorts or direction.lower() not in ("", "asc", "desc"):
        raise problem(400, f"Cannot sort by '{field},{direction}'.")
    descending = direction.lower() == "desc"
    return sorted(reversed(items) if descending else items, key=sorts[field], reverse=descending)


def _size(call: RequestContext) -> int:
    """Return the size of a page; a fault may make the server give less than was asked for."""
    size = _whole(call, "size", call.settings.integer("pageSize"), least=1)
    size = min(size, call.settings.integer("sizeMaximum"))
    if call.paging and call.paging.kind == "short-page" and call.paging.items:
        return min(size, call.paging.items)
    return size


def _whole(call: RequestContext, name: str, default: int, least: int) -> int:
    text = one(call, name)
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal()) or len(text) > 9 or int(text) < least:
        raise problem(400, f"Parameter '{name}' must be a whole number from {least} on.")
    return int(text)
