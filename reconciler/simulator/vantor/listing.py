"""Lists: pages by tokens in two styles, filters by a part of a value (contracts/vantor.md section 2.3)."""

import base64
import binascii
import secrets
from dataclasses import dataclass

from reconciler.simulator import orders
from reconciler.simulator.messages import Answer, RequestContext
from reconciler.simulator.orders import OrderRow, Selection
from reconciler.simulator.vantor.auth import PROVIDER, Caller
from reconciler.simulator.vantor.errors import bad_request
from reconciler.simulator.vantor.order import SimulatedOrder
from reconciler.simulator.vantor.rendering import address, answer, tasking

_AFTER, _BEFORE = "starting_after", "ending_before"
_FARTHEST = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class _Query:
    """What a list is asked for; `after` and `before` are places in the order of submission."""

    newest_first: bool
    limit: int
    after: int | None
    before: int | None
    filters: dict[str, str]

    @property
    def onward(self) -> int | None:
        """The place from which a page goes on in its own direction."""
        return self.before if self.newest_first else self.after

    @property
    def is_plain(self) -> bool:
        """Whether the page is a stretch of all requests of the account."""
        return not self.filters and (self.after if self.newest_first else self.before) is None


def list_taskings(call: RequestContext, caller: Caller) -> Answer:
    """Return one page of the account's (or the group's) requests, other people's included."""
    query = _query(call)
    whole_account = call.settings.text("listScope") == "account"
    selection = Selection(
        provider=PROVIDER,
        now=call.now,
        newest_first=query.newest_first,
        limit=query.limit + 1 if query.is_plain and whole_account else -1,
        account=caller.account,
        beyond=query.onward,
    )
    rows = [
        row
        for row in orders.page(call.store, selection)
        if (whole_account or row.value["group"] == caller.group) and _is_wanted(call, query, row)
    ]
    shown = [tasking(call, SimulatedOrder.from_row(row), listed=True) for row in rows[: query.limit]]
    data = {"taskings": shown}
    has_more = len(rows) > query.limit or call.paging is not None
    return answer(call, 200, data, **(_leads_on(call, query, rows[: query.limit]) if has_more else _end(call)))


def _query(call: RequestContext) -> _Query:
    given = dict(call.request.query)
    sort = given.get("sort", call.settings.text("defaultSort"))
    if sort not in ("asc", "desc"):
        raise bad_request(["sort must be asc or desc"])
    after, before = _place(given.get(_AFTER)), _place(given.get(_BEFORE))
    if call.settings.text("tokenParameter") == "starting-after":
        after, before = (None, after) if sort == "desc" else (after, None)
    if call.paging is not None and call.paging.kind in ("repeat-page", "endless"):
        after = before = None
    return _Query(
        newest_first=sort == "desc",
        limit=_limit(call, given.get("limit")),
        after=after,
        before=before,
        filters=_filters(call),
    )


def _limit(call: RequestContext, text: str | None) -> int:
    """Return the size of a page; a fault may make the server give less than was asked for."""
    size = call.settings.integer("pageSize")
    if text is not None:
        if not (text.isascii() and text.isdecimal()) or len(text) > 9 or int(text) < 1:
            raise bad_request(["limit must be a whole number from 1 on"])
        size = int(text)
    size = min(size, call.settings.integer("limitMaximum"))
    if call.paging is not None and call.paging.kind == "short-page":
        return min(size, call.paging.items)
    return size


def _filters(call: RequestContext) -> dict[str, str]:
    """Return what is filtered by: `key:value`, one of a key; by switch a filter does nothing, or is a 400."""
    found: dict[str, str] = {}
    for text in (value for name, value in call.request.query if name == "filter"):
        key, colon, value = text.partition(":")
        if not colon or key in found or key not in _filterable(call):
            raise bad_request(["filter must be key:value, with one filter per key, of a key that can be filtered"])
        found[key] = value
    match call.settings.text("filter"):
        case "ignored":
            return {}
        case "refused" if found:
            raise bad_request(["filter is not supported for this key"])
        case _:
            return found


def _filterable(call: RequestContext) -> tuple[str, ...]:
    own = (call.settings.text("idName"), call.settings.text("statusName"))
    return ("request_description", "tasking_tier", "start_collect_datetime", "end_collect_datetime", "user_id", *own)


def _is_wanted(call: RequestContext, query: _Query, row: OrderRow) -> bool:
    """Tell whether a row stands between a page's places and holds every filter's value in the field of its key."""
    if query.is_plain:
        return True
    if row.seq <= (query.after or 0) or row.seq >= (query.before or _FARTHEST):
        return False
    order = SimulatedOrder.from_row(row)
    shown = {**tasking(call, order), "request_description": order.facts.get("request_description", "")}
    return all(value in str(shown[key]) for key, value in query.filters.items())


def _leads_on(call: RequestContext, query: _Query, rows: list[OrderRow]) -> dict[str, object]:
    """Return what leads to the next page."""
    begin = query.onward or (_FARTHEST if query.newest_first else 0)
    place = rows[-1].seq if rows else begin
    endless = call.paging is not None and call.paging.kind == "endless"
    token = _token(place, secrets.token_hex(8) if endless else "")
    onward = _AFTER
    if query.newest_first and call.settings.text("tokenParameter") == "by-sort":
        onward = _BEFORE
    kept = tuple((name, value) for name, value in call.request.query if name not in (_AFTER, _BEFORE))
    links = {"next_page": address(call, (*kept, (onward, token)))}
    match call.settings.text("nextPage"):
        case "token":
            return {"next_page_token": token}
        case "link":
            return {"links": links}
        case _:
            return {"next_page_token": token, "links": links}


def _end(call: RequestContext) -> dict[str, object]:
    """Return what the last page shows in place of a token."""
    ends: dict[str, dict[str, object]] = {"null": {"next_page_token": None}, "empty": {"next_page_token": ""}}
    return ends.get(call.settings.text("endToken"), {})


def _token(place: int, salt: str) -> str:
    return base64.urlsafe_b64encode(f"{place}.{salt}".encode()).decode().rstrip("=")


def _place(token: str | None) -> int | None:
    """Return the place that a token stands for."""
    if token is None:
        return None
    try:
        return int(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode().partition(".")[0])
    except (ValueError, binascii.Error) as error:
        raise bad_request(["the page token is not valid"]) from error
