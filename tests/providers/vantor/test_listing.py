"""Vantor's list: two styles of pages, what proves that it is whole, and whose a request is."""

from __future__ import annotations

import httpx
import pytest

from ..scenario import REFERENCE, Time, answer
from .scenario import (
    BY_KEY,
    ENDPOINT,
    LIST,
    ORDER_ID,
    Routes,
    connected,
    enveloped,
    office,
    page,
    refused,
    request_body,
)


def one(number: int, **changes: object) -> dict:
    return request_body(**{"id": str(10**18 + number), "request_description": f"somebody's {number}", **changes})


class Store(httpx.BaseTransport):
    """A list as the sibling APIs page it; `style` leads on by a token, a link, or both."""

    def __init__(self, count: int, *, size: int = 100, style: str = "both", cut: int | None = None, sort: bool = True):
        self.items = [one(number) for number in range(count)]
        self.size, self.style, self.cut, self.sort = size, style, cut, sort
        self.asked: list[httpx.QueryParams] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        query = request.url.params
        self.asked.append(query)
        newest_first = self.sort and query["sort"] == "desc"
        items = self.items[::-1] if newest_first else self.items
        start = int(query.get("starting_after", "0"))
        stop = start + min(self.size, int(query["limit"]))
        more = stop < (self.cut if self.cut is not None else len(items))
        if not more:
            return page(*items[start:stop])
        token = str(stop) if self.style in ("both", "token") else None
        link = f"http://inside/x?sort={query['sort']}&limit={query['limit']}&starting_after={stop}&maxar_api_key=k"
        return page(*items[start:stop], token=token, link=link if self.style != "token" else None)


@pytest.mark.parametrize("style", ["both", "token", "link"])
@pytest.mark.parametrize(("count", "size"), [(0, 100), (3, 100), (9, 3), (10, 100), (24, 10), (250, 100), (300, 100)])
def test_every_page_is_read(style, count, size):
    """By whatever leads on; the sort is always said, the host of a link never followed, no key repeated in a query."""
    store = Store(count, size=size, style=style)
    listing = connected(store).list(since=None)
    assert (listing.complete, len(listing.orders)) == (True, count)
    assert listing.pages == max(1, -(-count // size))
    assert all(query["sort"] in ("asc", "desc") and "maxar_api_key" not in query for query in store.asked)


@pytest.mark.parametrize(("count", "cut", "complete"), [(150, 100, True), (250, 100, False), (12, 10, True)])
def test_a_full_page_that_leads_nowhere(count, cut, complete):
    """It proves nothing: only where the newest page meets it, all is there."""
    listing = connected(Store(count, size=cut, cut=cut)).list(since=None)
    assert listing.complete is complete
    assert len(listing.orders) == (count if complete else cut)


def test_a_server_that_sorts_as_it_likes():
    """Its newest page is not the newest, and so meets nothing."""
    listing = connected(Store(250, cut=100, sort=False)).list(since=None)
    assert "does not meet" in listing.problem


@pytest.mark.parametrize(
    "pages",
    [
        [page(one(1), token="a"), page(one(2), token="a")],
        [page(one(1), token="a"), page(one(1), token="b")],
        [page(one(1), token="a"), page(token="b")],
        [page(one(1), token="a"), answer(500)],
        [page(one(1), token="a"), refused(400, "the page token is not valid")],
        [page(one(1), token="a"), httpx.ReadTimeout("x")],
        [page(one(1), token=7)],
        [page(one(1), link="http://x/nothing")],
        [page(one(1), link=["x"])],
        [answer(200, {"data": {}})],
        [answer(200, {"data": {"taskings": {}}})],
        [answer(200, [])],
        [answer(200)],
        [page(one(1), 7)],
        [page(one(1), {**one(2), "id": None})],
        [page(one(1), {**one(2), "id": 1.5e18})],
        [page(one(1), {**one(2), "request_description": ["x"]})],
    ],
)
def test_a_list_that_lies(pages):
    """What cannot be proven whole, or holds what cannot be read, proves nothing; what was read is still shown."""
    listing = connected(Routes({LIST: pages})).list(since=None)
    assert not listing.complete
    assert len(listing.orders) <= 2


def test_an_endless_list():
    """It is given up, by time."""
    time, number = Time(), iter(range(10**6))

    def endless(request: httpx.Request) -> httpx.Response:
        time.passed += 100
        each = next(number)
        return page(one(each), token=f"t{each}")

    assert "did not end" in connected(Routes({LIST: endless}), time).list(since=None).problem


@pytest.mark.parametrize(
    "body", [{"data": [request_body()]}, {"taskings": [request_body()]}, {"data": {"taskings": [request_body()]}}]
)
def test_the_forms_of_a_page(body):
    """In an envelope or beside it."""
    (seen,) = connected(Routes({LIST: answer(200, body)})).list(since=None).orders
    assert (seen.id, seen.references, seen.complete) == (ORDER_ID, {REFERENCE}, True)


@pytest.mark.parametrize("lead", [{"next_page_token": None}, {"next_page_token": ""}, {"links": None}])
def test_the_forms_of_an_end(lead):
    """A token that is missing, null or empty."""
    body = {"data": {"taskings": [request_body()]}, **lead}
    assert connected(Routes({LIST: answer(200, body)})).list(since=None).complete


def silent(number: int) -> dict:
    return one(number, request_description=...)


def test_descriptions_that_only_single_reads_show():
    """Every request is read singly, once in a connection; ours is found, and a fresh status is the list's."""
    ours = request_body(request_description=..., tasking_status="ACCEPTED")
    routes = office(
        request_body(), **{LIST: page(silent(1), ours), f"GET /tasking/v2/tasking/{10**18 + 1}": enveloped(one(1))}
    )
    connection = connected(routes)
    for _ in range(2):
        listing = connection.list(since=None)
        assert listing.complete
        assert all(each.marked for each in listing.orders)
        (found,) = [each for each in listing.orders if REFERENCE in each.references]
        assert (found.status, found.terms["request_description"]) == ("ACCEPTED", SEED_TEXT)
    assert len([request for request in routes.sent if request.url.path.endswith(str(10**18 + 1))]) == 1


SEED_TEXT = "Example Flexview private tasking request"


def test_descriptions_that_nothing_shows():
    """Then each may be any of ours; a few single reads are enough to know that."""
    singles = {f"GET /tasking/v2/tasking/{10**18 + n}": enveloped(silent(n)) for n in range(9)}
    routes = Routes({LIST: page(*(silent(n) for n in range(9))), **singles})
    listing = connected(routes).list(since=None)
    assert listing.complete
    assert [each.marked for each in listing.orders] == [False] * 9
    assert len(routes.sent) == 1 + 5


@pytest.mark.parametrize("single", [refused(404), answer(500), enveloped({})])
def test_a_single_read_that_fails(single):
    """What is listed without a description and cannot be read may be ours."""
    listing = connected(
        Routes({LIST: page(request_body(request_description=...)), f"GET /tasking/v2/tasking/{ORDER_ID}": single})
    )
    assert not listing.list(since=None).complete


@pytest.mark.parametrize(
    ("items", "block"),
    [
        ((silent(1), request_body()), BY_KEY),
        ((one(1, request_description=None), one(2, request_description="")), BY_KEY),
        ((silent(1),), {**BY_KEY, "echoesDescription": True}),
        ((), BY_KEY),
    ],
)
def test_a_request_without_a_description_is_somebody_elses(items, block):
    """Where descriptions are shown, or a person has said so; no single read is needed."""
    routes = Routes({LIST: page(*items)})
    listing = connected(routes, block=block).list(since=None)
    assert listing.complete
    assert all(each.marked for each in listing.orders)
    assert len(routes.sent) == 1


def test_what_is_asked():
    """The key in its header, the sort and the size of a page; nothing is filtered."""
    routes = Routes({LIST: page()})
    connected(routes).list(since=Time().now())
    (asked,) = routes.sent
    assert str(asked.url) == f"{ENDPOINT}/tasking/v2/tasking?sort=asc&limit=100"
    assert asked.headers["maxar-api-key"] == "canary-api-key"
    assert "authorization" not in asked.headers
