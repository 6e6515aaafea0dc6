"""Listing and reading tasks: whole or known to be not whole."""

from __future__ import annotations

import itertools
from datetime import timedelta

import httpx
import pytest

from reconciler.model.errors import UnclearError
from reconciler.model.ids import ProviderOrderId
from reconciler.providers.iceye import pages

from .scenario import CONTRACT, NOW, REFERENCE, TASK_ID, Script, Time, answer, connected, dated, page, refused, task


def tid(number: int) -> str:
    return f"{number:08d}-3a51-4c3d-8d2a-6a1f2c3d4e5f"


def tasks(*numbers: int) -> list[dict]:
    return [task(id=tid(number)) for number in numbers]


def test_all_pages_are_read():
    """The cursor of one page asks for the next; the other parameters stay."""
    script = Script(page(*tasks(1, 2), cursor="a+b/=&"), page(*tasks(3), cursor="c"), page(*tasks(4)))
    listing = connected(script).list(since=NOW)
    assert [order.id for order in listing.orders] == [tid(number) for number in (1, 2, 3, 4)]
    assert (listing.complete, listing.pages, listing.since) == (True, 3, NOW)
    for request, cursor in zip(script.sent, [None, "a+b/=&", "c"], strict=True):
        query = dict(request.url.params)
        assert query.pop("cursor", None) == cursor
        assert query == {"contractID": CONTRACT, "limit": "100", "createdAfter": "2026-11-28T11:50:00.000Z"}


def test_from_the_beginning():
    """Without an instant nothing is left out."""
    script = Script(page(*tasks(1)))
    assert connected(script).list(since=None).complete
    assert "createdAfter" not in script.sent[0].url.params


@pytest.mark.parametrize("end", [{}, {"cursor": None}, {"cursor": ""}])
def test_the_end_of_a_list(end):
    """An absent, a null and an empty cursor all say that there is no further page."""
    script = Script(answer(200, {"data": tasks(1), **end}))
    assert connected(script).list(since=None).complete
    assert len(script.sent) == 1


@pytest.mark.parametrize("data", [[], None])
def test_an_empty_list(data):
    """No orders is an answer; Go writes an empty list as null."""
    listing = connected(Script(answer(200, {"data": data}))).list(since=None)
    assert (listing.complete, listing.orders) == (True, ())


@pytest.mark.parametrize(
    ("answers", "problem"),
    [
        ([page(*tasks(1), cursor="a"), page(*tasks(2), cursor="a")], "circle"),
        ([page(*tasks(1), cursor="a"), page(*tasks(2), cursor="b"), page(*tasks(3), cursor="a")], "circle"),
        ([page(*tasks(1), cursor="a"), page(*tasks(1), cursor="b")], "does not advance"),
        ([page(*tasks(1), cursor="a"), page(cursor="b")], "does not advance"),
        ([page(cursor="a")], "does not advance"),
        ([page(*tasks(1), cursor="a"), answer(500)], "HTTP 500"),
        ([page(*tasks(1), cursor="a"), httpx.ReadTimeout("x")], "did not come in time"),
        ([page(*tasks(1), cursor="a"), refused(400, message="bad cursor")], "bad cursor"),
        ([page(*tasks(1), cursor="a"), refused(404)], "HTTP 404"),
        ([page(*tasks(1), cursor="a"), answer(200, {"cursor": ""})], "no `data`"),
        ([page(*tasks(1), cursor="a"), answer(200, {"data": {}})], "cannot be read"),
        ([page(*tasks(1), cursor="a"), answer(200, {"data": [], "cursor": 5})], "cannot be read"),
        ([page(*tasks(1), cursor="a"), answer(200, [])], "no `data`"),
        ([page(*tasks(1), cursor="a"), httpx.Response(200, html="<p>hello</p>")], "text/html"),
    ],
)
def test_a_list_without_an_end(answers, problem):
    """What went wrong is said, what was read is kept, and absence means nothing."""
    listing = connected(Script(*answers)).list(since=None)
    assert not listing.complete
    assert problem in listing.problem
    assert {order.id for order in listing.orders} <= {tid(1), tid(2), tid(3)}
    assert abs(listing.read_at - NOW) < timedelta(seconds=1)


def test_pages_without_end(monkeypatch):
    """Fresh cursors and fresh orders for ever are cut off."""
    monkeypatch.setattr(pages, "MOST_PAGES", 20)
    numbers = itertools.count()
    script = Script(lambda request: page(*tasks(number := next(numbers)), cursor=f"c{number}"))
    listing = connected(script).list(since=None)
    assert "more than 20 pages" in listing.problem
    assert len(listing.orders) == 20


def test_a_listing_that_takes_too_long():
    """Ten minutes are enough for any honest listing."""
    time, numbers = Time(), itertools.count()

    def slow(request):
        time.passed += 61
        return page(*tasks(number := next(numbers)), cursor=f"c{number}")

    assert "within 600 s" in connected(Script(slow), time).list(since=None).problem


@pytest.mark.parametrize(
    "broken",
    [None, [], "x", {}, {"id": ""}, {"id": 5}, task(id=...), task(id="a/b"), task(id=None), task(reference=7)],
)
def test_a_broken_item(broken):
    """The others are kept, but the listing is not complete: the broken one might be ours."""
    script = Script(page(*tasks(1), broken, *tasks(2), cursor="a"), page(*tasks(3)))
    listing = connected(script).list(since=None)
    assert [order.id for order in listing.orders] == [tid(1), tid(2), tid(3)]
    assert "page 1, item 2 may be one of ours" in listing.problem


def test_an_item_that_moves_between_pages():
    """Listed twice, an order counts once, as it was seen last."""
    first, again = task(id=tid(1), status="RECEIVED"), task(id=tid(1), status="ACTIVE")
    listing = connected(Script(page(first, cursor="a"), page(again, *tasks(2)))).list(since=None)
    assert [order.status for order in listing.orders] == ["ACTIVE", "RECEIVED"]
    assert listing.complete


def test_others_orders_are_listed_too():
    """Orders without a reference of ours, with several, or of another contract are all shown as they are."""
    other = REFERENCE.replace("a", "b")
    listing = connected(
        Script(
            page(
                task(id=tid(1), reference=...),
                task(id=tid(2), reference=None),
                task(id=tid(3), reference=f"{REFERENCE} and {other}"),
                task(id=tid(4), contractID=tid(9)),
            )
        )
    ).list(since=None)
    assert listing.complete
    assert [order.references for order in listing.orders] == [set(), set(), {REFERENCE, other}, {REFERENCE}]


def test_nothing_that_came_back_is_dropped():
    """An order from just before `since` may be ours by a skewed clock, so it stays."""
    early = task(createdAt="2026-11-28T11:55:00Z")
    assert len(connected(Script(page(early))).list(since=NOW).orders) == 1


def test_list_items_are_incomplete():
    """A list leaves out deliveries and notifications; a single read shows them."""
    whole = task(notifications={"webhook": {"id": "w"}})
    orders = connected(Script(page(task()), answer(200, whole)))
    (item,) = orders.list(since=None).orders
    one = orders.get(item.id)
    assert (item.complete, one.complete) == (False, True)
    assert one.terms["notifications.webhook.id"] == "w"


def test_when_a_listing_was_read():
    """Absence is true of the moment when the first page was read, on the provider's clock."""
    time = Time()
    there = NOW + timedelta(hours=5)

    def slow(request):
        time.passed += 100
        cursor = None if "cursor" in request.url.params else "a"
        number = 1 if cursor else 2
        made = page(*tasks(number), cursor=cursor)
        made.headers["date"] = dated(there + timedelta(seconds=time.passed))
        return made

    assert connected(Script(slow), time).list(since=None).read_at == there + timedelta(seconds=100)


def test_another_order_than_asked_for():
    """An answer about another task is no answer."""
    with pytest.raises(UnclearError, match="asked for"):
        connected(Script(answer(200, task(id=tid(7))))).get(ProviderOrderId(TASK_ID))


def test_a_long_list():
    """A no-op pass costs pages, not orders."""
    many = [page(*tasks(*range(100 * n, 100 * n + 100)), cursor=f"c{n}") for n in range(19)]
    script = Script(*many, page(*tasks(5000)))
    listing = connected(script).list(since=None)
    assert (len(listing.orders), listing.complete, len(script.sent)) == (1901, True, 20)
