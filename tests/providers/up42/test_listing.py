"""Listing and reading UP42's orders with what is offered for them: whole, or known to be not whole."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from reconciler.model.errors import UnclearError
from reconciler.model.ids import ProviderOrderId
from reconciler.model.money import Money
from reconciler.model.offer import QuoteState
from reconciler.model.phase import Phase
from reconciler.providers.up42 import pages

from ..scenario import NOW, REFERENCE, Time, answer, dated
from .scenario import (
    OPTION_ID,
    ORDER_ID,
    PRODUCT,
    QUOTE_ID,
    STUDY_ID,
    WORKSPACE,
    Routes,
    account,
    chosen,
    connected,
    lists,
    order_body,
    page,
    problem,
    quote,
    study,
)

ID = ProviderOrderId(ORDER_ID)
ORDERS, STUDIES, QUOTES = "GET /v2/orders", "GET /v2/tasking/feasibility-studies", "GET /v2/tasking/quotation"


BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)
"""From when on everything is listed, where absence means nothing: such a list is read once."""


def oid(number: int) -> str:
    return f"{number:08d}-3a51-4c3d-8d2a-6a1f2c3d4e5f"


def ended_orders(*numbers: int) -> list[dict]:
    return [order_body(id=oid(number), status="FULFILLED") for number in numbers]


def read_listing(*answers: object, **more: object):
    return connected(lists(**{ORDERS: list(answers)}, **more)).list(since=BEGINNING)


def test_all_pages_are_read():
    """Each page has its number; everything is asked for, oldest first, whatever the state and since when."""
    answers = [page(*ended_orders(2 * n, 2 * n + 1), number=n, pages=3, total=6, size=2) for n in range(3)]
    routes = lists(**{ORDERS: answers})
    listing = connected(routes).list(since=NOW)
    assert [order.id for order in listing.orders] == [oid(number) for number in range(6)]
    assert (listing.complete, listing.pages, listing.since) == (True, 3, NOW)
    for number, request in enumerate(routes.asked(ORDERS)):
        assert dict(request.url.params) == {
            "workspaceId": WORKSPACE,
            "type": "TASKING",
            "sort": "createdAt,asc",
            "size": "100",
            "page": str(number),
        }


def pages_of(*numbers: int, size: int = 2) -> list[object]:
    """Return the pages of a list of these orders."""
    count = -(-len(numbers) // size)
    shown = [numbers[n * size : (n + 1) * size] for n in range(count)]
    return [
        page(*ended_orders(*some), number=n, pages=count, total=len(numbers), size=size) for n, some in enumerate(shown)
    ]


def read_whole(*answers: object):
    """Read a list whose absences count."""
    routes = lists(**{ORDERS: list(answers)})
    return connected(routes).list(since=None), len(routes.asked(ORDERS))


def test_a_list_whose_absences_count_is_read_twice():
    """The same items again, and behind them what was created meanwhile."""
    listing, asked = read_whole(*pages_of(1, 2, 3), *pages_of(1, 2, 3, 4, 5))
    assert (listing.complete, len(listing.orders), asked) == (True, 5, 5)


def test_one_page_is_read_once():
    """Nothing can move to another page."""
    listing, asked = read_whole(*pages_of(1, 2))
    assert (listing.complete, len(listing.orders), asked) == (True, 2, 1)


def test_one_vanishes_while_one_comes():
    """The first reading misses the third order, which has moved to the page that was read; its count is right."""
    moved = [*pages_of(1, 2, 3)[:1], *pages_of(2, 3, 4)[1:]]
    listing, asked = read_whole(*moved, *pages_of(2, 3, 4), *pages_of(2, 3, 4))
    assert (listing.complete, {o.id for o in listing.orders}, asked) == (True, {oid(2), oid(3), oid(4)}, 6)


def test_a_list_that_never_shows_the_same_twice():
    """Then absence means nothing."""
    listing, _ = read_whole(*pages_of(1, 2, 3), *pages_of(2, 3, 4), *pages_of(3, 4, 5))
    assert "changes while it is read" in listing.problem


@pytest.mark.parametrize("pages_told", [0, 1])
def test_an_empty_list(pages_told):
    """No orders is an answer, with no page or with an empty one; nothing can be offered then."""
    routes = lists(**{ORDERS: page(pages=pages_told)})
    listing = connected(routes).list(since=BEGINNING)
    assert (listing.complete, listing.orders, listing.pages) == (True, (), 1)
    assert not routes.asked(STUDIES) + routes.asked(QUOTES)


FIRST = page(*ended_orders(1, 2), pages=2, total=4, size=2)


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ([FIRST, page(*ended_orders(1, 2), number=1, pages=3, total=6, size=2)], "does not advance"),
        ([page(pages=2, total=4)], "does not advance"),
        (
            [page(*ended_orders(1), pages=3, total=3, size=1), page(number=1, pages=3, total=3, size=1)],
            "does not advance",
        ),
        ([FIRST, page(*ended_orders(3), number=1, pages=2, total=4, size=2)] * 3, "changes while it is read"),
        ([FIRST, page(*ended_orders(3, 4, 5), number=1, pages=2, total=4, size=2)] * 3, "changes while it is read"),
        ([FIRST, page(*ended_orders(3, 4), number=1, pages=2, total=4, size=3)] * 3, "changes while it is read"),
        ([FIRST, page(*ended_orders(3, 4), number=0, pages=2, total=4, size=2)], "answered with page 0 where 1"),
        ([FIRST, answer(500)], "HTTP 500"),
        ([FIRST, httpx.ReadTimeout("x")], "did not come in time"),
        ([FIRST, problem(400, "bad page")], "bad page"),
        ([FIRST, problem(404)], "HTTP 404"),
        ([FIRST, answer(200, {"content": [], "totalPages": 2})], "does not count"),
        ([FIRST, answer(200, {"content": [], "totalElements": 2})], "does not count"),
        ([FIRST, answer(200, {"content": [], "totalPages": True, "totalElements": 2})], "does not count"),
        ([FIRST, answer(200, {"content": {}, "totalPages": 2, "totalElements": 4})], "no readable `content`"),
        ([FIRST, page(*[7] * 10_001, number=1, pages=2, total=4)], "no readable `content`"),
        ([FIRST, answer(200, [])], "no readable `content`"),
        ([FIRST, httpx.Response(200, html="<p>hello</p>")], "text/html"),
    ],
)
def test_a_list_that_is_not_proven_whole(answers, told):
    """What went wrong is said, and absence means nothing."""
    listing = read_listing(*answers)
    assert not listing.complete
    assert told in listing.problem


def test_an_order_that_is_placed_meanwhile():
    """It comes at the end, on a page that was not there before."""
    listing = read_listing(
        FIRST,
        page(*ended_orders(3, 4), number=1, pages=3, total=5, size=2),
        page(*ended_orders(5), number=2, pages=3, total=5, size=2),
    )
    assert (listing.complete, len(listing.orders)) == (True, 5)


def test_an_order_that_shows_up_late():
    """In the middle it moves others, which come twice; itself it is missed, so the list is read again."""
    late = [
        page(*ended_orders(1, 2), pages=2, total=4, size=2),
        page(*ended_orders(2, 3), number=1, pages=3, total=5, size=2),
        page(*ended_orders(4), number=2, pages=3, total=5, size=2),
    ]
    again = [
        page(*ended_orders(*few), number=n, pages=3, total=5, size=2) for n, few in enumerate([(1, 9), (2, 3), (4,)])
    ]
    listing = read_listing(*late, *again)
    assert listing.complete
    assert {order.id for order in listing.orders} == {oid(number) for number in (1, 2, 3, 4, 9)}
    assert listing.pages == 6


def test_an_order_that_vanishes():
    """It moves another one to a page that was read: the count has fallen, so the list is read again."""
    falling = [
        page(*ended_orders(1, 2), pages=2, total=4, size=2),
        page(*ended_orders(4), number=1, pages=2, total=3, size=2),
    ]
    again = [
        page(*ended_orders(2, 3), pages=2, total=3, size=2),
        page(*ended_orders(4), number=1, pages=2, total=3, size=2),
    ]
    listing = read_listing(*falling, *again)
    assert listing.complete
    assert {order.id for order in listing.orders} == {oid(2), oid(3), oid(4)}


def test_a_server_that_gives_smaller_pages():
    """The size that was asked for is a wish: pages are as large as they are."""
    listing = read_listing(*[page(*ended_orders(n), number=n, pages=4, total=4, size=1) for n in range(4)])
    assert (listing.complete, len(listing.orders)) == (True, 4)


def test_pages_without_end(monkeypatch):
    """Fresh orders for ever are cut off."""
    monkeypatch.setattr(pages, "MOST_PAGES", 20)
    numbers = itertools.count()

    def endless(request):
        number = int(request.url.params["page"])
        return page(*ended_orders(next(numbers)), number=number, pages=number + 2, total=number + 2, size=1)

    listing = read_listing(endless)
    assert "did not end" in listing.problem
    assert len(listing.orders) == 20


def test_a_listing_that_takes_too_long():
    """Ten minutes are enough for any honest listing."""
    time = Time()

    def slow(request):
        time.passed += 61
        number = int(request.url.params["page"])
        return page(*ended_orders(number), number=number, pages=number + 2, total=number + 2, size=1)

    assert "within 600 s" in connected(lists(**{ORDERS: slow}), time).list(since=BEGINNING).problem


def test_when_a_listing_was_read():
    """Absence is true of the moment when the first page was read, on UP42's clock."""
    time = Time()
    there = NOW + timedelta(hours=5)

    def slow(request):
        time.passed += 100
        number = int(request.url.params["page"])
        made = page(*ended_orders(number), number=number, pages=2, total=2, size=1)
        made.headers["date"] = dated(there + timedelta(seconds=time.passed))
        return made

    assert connected(lists(**{ORDERS: slow}), time).list(since=BEGINNING).read_at == there + timedelta(seconds=100)


@pytest.mark.parametrize(
    "broken",
    [
        None,
        [],
        "x",
        {},
        {"id": ""},
        {"id": 5},
        order_body(id=...),
        order_body(id="a/b"),
        order_body(displayName=7),
        order_body(tags="x"),
        order_body(tags=["x"] * 1001),
    ],
)
def test_a_broken_order(broken):
    """The others are kept, but the listing is not complete: the broken one might be ours."""
    listing = read_listing(page(*ended_orders(1), broken, *ended_orders(2)))
    assert [order.id for order in listing.orders] == [oid(1), oid(2)]
    assert "order 2 of the list may be one of ours" in listing.problem


def test_a_listing_without_a_token():
    """`list` does not raise: it says what it missed."""
    orders = connected(routes := lists())
    routes.routes["GET /v2/orders"] = problem(401)
    listing = orders.list(since=BEGINNING)
    assert (listing.complete, listing.orders) == (False, ())
    assert len([r for r in routes.sent if r.url.path.endswith("/token")]) == 2


@pytest.mark.parametrize(
    ("name", "tags", "found"),
    [
        (f"berlin {REFERENCE}", None, {REFERENCE}),
        (f"berlin {REFERENCE} 1", [], {REFERENCE}),
        (f"berlin {REFERENCE.upper()}", ["x"], {REFERENCE}),
        ("somebody changed it", ["x", REFERENCE], {REFERENCE}),
        (None, [REFERENCE], {REFERENCE}),
        (REFERENCE, [REFERENCE.replace("a", "b")], {REFERENCE, REFERENCE.replace("a", "b")}),
        ("an order of the SDK", ["rc1-short"], set()),
    ],
)
def test_where_a_reference_is_found(name, tags, found):
    """In the name and among the tags, in any case, with a number behind it or not."""
    (order,) = read_listing(page(order_body(displayName=name, tags=tags))).orders
    assert order.references == found


PHASES = [
    ("CREATED", {}, Phase.PLACED),
    ("BEING_PLACED", {}, Phase.PLACED),
    ("PLACEMENT_FAILED", {}, Phase.PLACED),
    ("PLACED", {}, Phase.PLACED),
    ("PLACED", {"studies": (study(),)}, Phase.OFFERED),
    ("PLACED", {"studies": (study(options=[]),)}, Phase.PLACED),
    ("PLACED", {"studies": (study(type="AUTO", options=[], decision="ACCEPTED"),)}, Phase.PLACED),
    ("PLACED", {"studies": (chosen(),)}, Phase.PLACED),
    ("PLACED", {"studies": (chosen(),), "quotes": (quote(),)}, Phase.QUOTED),
    ("PLACED", {"quotes": (quote(decision="REJECTED"),)}, Phase.PLACED),
    ("PLACED", {"quotes": (quote(decision="REJECTED"), quote(id="again"))}, Phase.QUOTED),
    ("PLACED", {"quotes": (quote(decision="POSTPONED"),)}, Phase.PLACED),
    ("PLACED", {"quotes": (quote(decision="ACCEPTED"),)}, Phase.ACTIVE),
    ("BEING_FULFILLED", {"quotes": (quote(decision="ACCEPTED"),)}, Phase.ACTIVE),
    ("BEING_FULFILLED", {}, Phase.ACTIVE),
    ("DELIVERY_INITIALIZATION_FAILED", {}, Phase.DELIVERING),
    ("DOWNLOAD_FAILED", {}, Phase.DELIVERING),
    ("DOWNLOADED", {}, Phase.DELIVERING),
    ("FULFILLED", {}, Phase.FULFILLED),
    ("FAILED_PERMANENTLY", {}, Phase.FAILED),
    ("CANCELED", {}, Phase.CANCELED),
    ("PAUSED", {"quotes": (quote(),)}, Phase.UNRECOGNIZED),
    ("", {}, Phase.UNRECOGNIZED),
    ("placed", {}, Phase.UNRECOGNIZED),
]


@pytest.mark.parametrize(("status", "offers", "phase"), PHASES)
@pytest.mark.parametrize("sub", ["FEASIBILITY_WAITING_UPLOAD", "QUOTATION_WAITING_RESPONSE", "NEW_WORD", None, ...])
def test_the_phase(status, offers, phase, sub):
    """It follows from status, studies and quotations; the sub-status, which may stay behind, says nothing."""
    routes = lists(order_body({"subStatus": sub}, status=status), **offers)
    orders = connected(routes)
    (order,) = orders.list(since=BEGINNING).orders
    assert order.phase is phase
    assert orders.get(ID).phase is phase
    assert order.status == "/".join(filter(None, (status or "(none)", sub if isinstance(sub, str) else "")))


def test_what_is_offered():
    """Options with their texts; quotes in credits, the latest last, with who decided them."""
    old = quote(id="older", createdAt="2026-11-27T13:00:00Z", decision="REJECTED", decisionByType="ADMIN")
    (order,) = (
        connected(lists(order_body(), studies=(study(),), quotes=(quote(creditsPrice=10.005), old)))
        .list(since=BEGINNING)
        .orders
    )
    assert (order.offers.study.id, order.offers.study.waits) == (STUDY_ID, True)
    assert [(o.id, o.text) for o in order.offers.study.options] == [
        (OPTION_ID, "Two weeks longer."),
        ("other", "More clouds."),
    ]
    first, last = order.offers.quotes
    assert (first.id, first.state, first.by) == ("older", QuoteState.REJECTED, "ADMIN")
    assert (last.id, last.state, last.price) == (QUOTE_ID, QuoteState.OPEN, Money(1001, "credits"))


def test_another_study_beside_a_decided_one():
    """The one that waits counts, though nobody has seen two."""
    late = study(id="late", createdAt="2026-11-29T12:00:00Z")
    for studies in ((chosen(), late), (late, chosen())):
        (order,) = connected(lists(order_body(), studies=studies)).list(since=BEGINNING).orders
        assert order.offers.study.id == "late"


def test_offers_are_read_by_two_lists_for_all_orders():
    """A no-op pass over 1,000 live orders costs the pages of three lists, and no request per order."""
    orders = [order_body(id=oid(number)) for number in range(1000)]
    quotes = [quote(id=f"q{number}", orderId=oid(number)) for number in range(1000)]

    def paged(items):
        def give(request):
            number = int(request.url.params["page"])
            return page(*items[100 * number : 100 * number + 100], number=number, pages=10, total=1000)

        return give

    routes = Routes({ORDERS: paged(orders), STUDIES: page(), QUOTES: paged(quotes)})
    connection = connected(routes)
    routes.sent.clear()
    listing = connection.list(since=BEGINNING)
    assert listing.complete
    assert {order.phase for order in listing.orders} == {Phase.QUOTED}
    assert (len(routes.asked(ORDERS)), len(routes.asked(STUDIES)), len(routes.asked(QUOTES))) == (10, 1, 10)
    assert len(routes.sent) == 21


def test_no_offers_are_asked_for_where_no_order_is_alive():
    """Orders that have ended are answered already."""
    routes = lists(*ended_orders(1, 2))
    assert connected(routes).list(since=BEGINNING).complete
    assert [request.url.path for request in routes.sent][2:] == ["/v2/orders"]


@pytest.mark.parametrize("which", [STUDIES, QUOTES])
@pytest.mark.parametrize(
    "trouble",
    [answer(500), problem(404), httpx.ReadTimeout("x"), page({"id": "x"}), page(study(), total=2), page(None)],
)
def test_offers_that_cannot_be_read(which, trouble):
    """Nothing is told of an order that is alive: it counts as not read. One that has ended stays."""
    routes = lists(order_body(), *ended_orders(1), **{which: trouble})
    listing = connected(routes).list(since=BEGINNING)
    assert listing.problem
    assert [order.id for order in listing.orders] == [oid(1)]


@pytest.mark.parametrize(
    "broken",
    [
        {"quotes": (quote(creditsPrice="1"),)},
        {"quotes": (quote(creditsPrice=None),)},
        {"quotes": (quote(creditsPrice=-1),)},
        {"quotes": (quote(creditsPrice=True),)},
        {"quotes": (quote(decision=None),)},
        {"quotes": (quote(id="../x"),)},
        {"studies": (study(options=[{"description": "no id"}]),)},
        {"studies": (study(decision=7),)},
        {"studies": (study(options=[{"id": "x"}] * 1001),)},
    ],
)
def test_a_broken_offer(broken):
    """It spoils its own order; where that is somebody else's, nobody needs to know."""
    others = order_body(id=PRODUCT)
    listing = connected(lists(order_body(), others, **broken)).list(since=BEGINNING)
    assert [order.id for order in listing.orders] == [PRODUCT]
    assert ORDER_ID in listing.problem
    foreign = order_body(displayName="theirs", tags=None)
    listing = connected(lists(foreign, others, **broken)).list(since=BEGINNING)
    assert (listing.complete, [order.id for order in listing.orders]) == (True, [PRODUCT])


def test_offers_of_other_orders():
    """A study or quotation of an order that is not listed is nobody's."""
    routes = lists(order_body(), studies=(study(orderId=PRODUCT),), quotes=(quote(orderId=PRODUCT),))
    (order,) = connected(routes).list(since=BEGINNING).orders
    assert order.offers.study is None
    assert order.offers.quotes == ()


def test_ids_in_capitals():
    """An id is the same however it is written."""
    (order,) = connected(lists(order_body(), quotes=(quote(orderId=ORDER_ID.upper()),))).list(since=BEGINNING).orders
    assert order.phase is Phase.QUOTED


def test_a_single_read():
    """The order, its studies and its quotations; None where UP42 says that there is none."""
    routes = lists(order_body(), studies=(study(),), quotes=(quote(), quote(id="x", orderId=PRODUCT)))
    order = connected(routes).get(ID)
    assert (order.complete, [q.id for q in order.offers.quotes]) == (True, [QUOTE_ID])
    assert {request.url.params["orderId"] for request in routes.asked(STUDIES) + routes.asked(QUOTES)} == {ORDER_ID}
    gone = lists(**{f"GET /v2/orders/{ORDER_ID}": problem(404, "Resource does not exist.")})
    assert connected(gone).get(ID) is None


def test_another_order_than_asked_for():
    """An answer about another order is no answer."""
    with pytest.raises(UnclearError, match="asked for"):
        connected(lists(**{f"GET /v2/orders/{ORDER_ID}": answer(200, order_body(id=PRODUCT))})).get(ID)


def test_a_single_read_without_its_offers():
    """What waits is not known, so the order is not."""
    with pytest.raises(UnclearError):
        connected(lists(order_body(), **{QUOTES: answer(503)})).get(ID)


def test_a_stated_workspace():
    """It is taken as it stands: nobody asks who the user is."""
    from reconciler.providers.up42.driver import DRIVER

    from .scenario import config

    settings = account().settings.model_copy(update={"workspace_id": PRODUCT})
    routes = lists()
    connection = DRIVER.connect(account(settings=settings), config(routes))
    assert connection.list(since=BEGINNING).complete
    assert routes.asked(ORDERS)[0].url.params["workspaceId"] == PRODUCT
    assert not [request for request in routes.sent if request.url.path.endswith("/userinfo")]
