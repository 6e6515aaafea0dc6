"""The outcome table for Vantor: how each spending call ends for everything that a network or a provider can do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest

from reconciler.model.errors import NotSentError, ProviderError, RefusalKind, RefusedError, UnclearError
from reconciler.model.money import Money
from reconciler.model.offer import AcceptQuote
from reconciler.model.phase import Phase
from reconciler.providers.base import OrderWriter

from ..scenario import REFERENCE, Time, answer
from ..test_outcomes import NEVER_LEFT, REFUSALS, leaf_errors, made
from .scenario import (
    BY_PASSWORD,
    CANCEL,
    EXTEND,
    GET,
    ORDER_ID,
    OTHER_ID,
    SEED,
    SUBMIT,
    Routes,
    connected,
    enveloped,
    office,
    order,
    refused,
    request_body,
)

SEEN = connected(office(request_body())).list(since=None).orders[0]
LATER = "2026-12-24T00:00:00Z"

CALLS: dict[str, tuple[str, Callable[[OrderWriter], object]]] = {
    "place": (SUBMIT, lambda orders: orders.place(order(), REFERENCE)),
    "amend": (EXTEND, lambda orders: orders.amend(SEEN, {"end_collect_datetime": LATER})),
    "cancel": (CANCEL, lambda orders: orders.cancel(SEEN, "no longer needed")),
}


def waiting(call: str, entry: object) -> Routes:
    """An account whose one request still waits, and one call is answered so."""
    return office(request_body(), **{CALLS[call][0]: entry})


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("kind", leaf_errors(), ids=lambda kind: kind.__name__)
def test_an_error_of_the_transport(kind, call):
    """At most one spending request leaves; four errors mean that it has not, every other one that nobody knows."""
    routes = waiting(call, made(kind))
    orders = connected(routes)
    with pytest.raises(ProviderError) as caught:
        CALLS[call][1](orders)
    assert type(caught.value) is (NotSentError if kind.__name__ in NEVER_LEFT else UnclearError)
    assert len(routes.spent) == 1


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("status", [*range(200, 230), *range(300, 310), *range(400, 452), *range(500, 512), 599])
def test_a_status_in_vantors_own_form(status, call):
    """Eight statuses are refusals; a 2xx that says nothing of what was asked, a redirect, all others leave it open."""
    routes = waiting(call, refused(status))
    orders = connected(routes)
    with pytest.raises(ProviderError) as caught:
        CALLS[call][1](orders)
    error = caught.value
    if status in REFUSALS:
        assert isinstance(error, RefusedError)
        assert (error.kind, error.status) == (REFUSALS[status], status)
    else:
        assert type(error) is UnclearError
    assert len(routes.spent) == 1


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    "body",
    [
        httpx.Response(400, html="<h1>Bad gateway</h1>"),
        httpx.Response(400, text=""),
        httpx.Response(400, text="start_collect_datetime must be later"),
        httpx.Response(400, json={"error": "invalid_token", "error_description": "expired"}),
        httpx.Response(400, json={"error": {"error_messages": []}}),
        httpx.Response(400, json={"error": {"error_messages": "no"}}),
        httpx.Response(400, json={"message": " "}),
        httpx.Response(400, json=["message"]),
    ],
    ids=["html", "empty", "raw", "a login's", "no words", "no list", "blank", "a list"],
)
def test_a_refusal_in_a_foreign_form(body, call):
    """What a proxy says is no refusal of Vantor's: nobody knows how far the request came."""
    routes = waiting(call, body)
    with pytest.raises(UnclearError):
        CALLS[call][1](connected(routes))
    assert len(routes.spent) == 1


@pytest.mark.parametrize("status", [401, 413])
def test_a_refusal_of_the_gateway(status):
    """A bare message is one too."""
    routes = waiting("place", answer(status, {"message": "Request Entity Too Large"}))
    with pytest.raises(RefusedError, match="Request Entity Too Large"):
        connected(routes).place(order(), REFERENCE)


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        None,
        {"data": None},
        {"data": {}},
        {"data": [{"id": ORDER_ID}]},
        {"data": {"id": None}},
        {"data": {"id": True}},
        {"data": {"id": 5.2e18}},
        {"data": {"id": "../x"}},
        {"data": {"id": ""}},
        {"data": {"id": ORDER_ID, "request_description": 7}},
    ],
)
@pytest.mark.parametrize("status", [200, 201, 202])
def test_a_success_that_is_not_clear(body, status):
    """Without an id that can be read, the order has to be looked for."""
    routes = waiting("place", answer(status, body))
    with pytest.raises(UnclearError, match="looks for it"):
        connected(routes).place(order(), REFERENCE)
    assert len(routes.spent) == 1


@pytest.mark.parametrize(
    ("call", "body"),
    [
        ("amend", request_body()),
        ("amend", request_body(end_collect_datetime="2026-12-23T00:00:00Z")),
        ("amend", request_body(id=OTHER_ID, end_collect_datetime=LATER)),
        ("amend", {"id": ORDER_ID}),
        ("amend", {}),
        ("cancel", request_body(id=OTHER_ID, tasking_status="CANCELED")),
        ("cancel", {}),
    ],
)
def test_a_success_that_shows_something_else(call, body):
    """Only an answer that shows what was asked for, of what was asked about, is done."""
    routes = waiting(call, enveloped(body))
    with pytest.raises(UnclearError):
        CALLS[call][1](connected(routes))
    assert len(routes.spent) == 1


@pytest.mark.parametrize("status", [200, 201, 202])
def test_what_done_looks_like(status):
    """Each call returns the order as it stands then; a cancel has only begun."""
    placed = CALLS["place"][1](connected(waiting("place", answer(status, {"data": request_body()}))))
    assert (placed.id, placed.phase, placed.references) == (ORDER_ID, Phase.PLACED, {REFERENCE})
    later = request_body(end_collect_datetime="2026-12-24 00:00:00Z")
    amended = CALLS["amend"][1](connected(waiting("amend", answer(status, {"data": later}))))
    assert amended.terms["end_collect_datetime"] == LATER
    canceling = CALLS["cancel"][1](connected(waiting("cancel", answer(status, {"data": request_body()}))))
    assert (canceling.id, canceling.phase) == (ORDER_ID, Phase.PLACED)


@pytest.mark.parametrize(
    "body",
    [{"data": {"id": ORDER_ID}}, {"data": {"tasking_id": int(ORDER_ID)}}, {"id": int(ORDER_ID), "links": {}}],
)
def test_an_answer_that_holds_an_id_alone(body):
    """The order is placed all the same; a number of nineteen digits is read exactly."""
    placed = connected(waiting("place", answer(200, body))).place(order(), REFERENCE)
    assert (placed.id, placed.phase, placed.complete) == (ORDER_ID, Phase.PLACED, False)
    assert (placed.references, placed.window) == ({REFERENCE}, order().window)


def test_what_is_sent():
    """One POST without a query, one PATCH with the end alone, one POST with the reason."""
    routes = office(
        request_body(),
        **{EXTEND: enveloped(request_body(end_collect_datetime=LATER)), CANCEL: enveloped(request_body())},
    )
    orders = connected(routes)
    for _, call in CALLS.values():
        call(orders)
    placed, amended, canceled = routes.spent
    assert (placed.method, placed.url.query, amended.method, canceled.method) == ("POST", b"", "PATCH", "POST")
    assert routes.body(1) == {"end_collect_datetime": "2026-12-24t00:00:00z"}
    assert routes.body(2) == {"reason": "no longer needed"}


TROUBLE = {"405": refused(405), "409": refused(409), "lost": httpx.ReadTimeout("x"), "500": answer(500)}


@pytest.mark.parametrize("trouble", TROUBLE)
@pytest.mark.parametrize(
    ("call", "now"), [("cancel", {"tasking_status": "CANCELED"}), ("amend", {"end_collect_datetime": LATER})]
)
def test_done_all_the_same(call, now, trouble):
    """After anything but a clear yes, one look says whether it holds; nothing is sent twice."""
    routes = office(request_body(**now), **{CALLS[call][0]: TROUBLE[trouble]})
    seen = CALLS[call][1](connected(routes))
    assert (seen.phase is Phase.CANCELED) == (call == "cancel")
    assert len(routes.spent) == 1
    assert len(routes.asked(GET)) == 1


@pytest.mark.parametrize(
    ("seen", "changes", "told"),
    [
        (SEEN, {"end_collect_datetime": "2026-12-19T00:00:00Z"}, "later only"),
        (SEEN, {"end_collect_datetime": "2026-12-20T00:00:00Z"}, "later only"),
        (replace(SEEN, window=None), {"end_collect_datetime": LATER}, "later only"),
        (SEEN, {"end_collect_datetime": LATER, "is_private": True}, "nothing else"),
        (SEEN, {"tasking_details.max_gsd": 0.3}, "nothing else"),
        (SEEN, {}, "nothing else"),
        (replace(SEEN, terms={"tasking_tier": "fastView"}), {"end_collect_datetime": LATER}, "nothing else"),
    ],
)
def test_what_vantor_does_not_change(seen, changes, told):
    """An end that is no later, a reserved slot, any other term: refused here, with the way out, and nothing is sent."""
    routes = office(request_body())
    with pytest.raises(RefusedError, match=told) as caught:
        connected(routes).amend(seen, changes)
    assert "raising `attempt`" in str(caught.value)
    assert routes.spent == []


def test_private_tasking_that_is_not_enabled():
    """A clear, lasting refusal that names whom to ask, after one request; never sent again as a public order."""
    routes = office(**{SUBMIT: refused(403, "Not authorized.")})
    with pytest.raises(RefusedError, match="ask your Vantor sales representative to enable private tasking") as caught:
        connected(routes).place(order(block=SEED), REFERENCE)
    assert (caught.value.kind, caught.value.status) == (RefusalKind.INVALID, 403)
    assert len(routes.spent) == 1
    assert routes.body()["is_private"] is True


def test_a_403_of_a_public_order():
    """It says nothing of private tasking, and may pass."""
    routes = office(**{SUBMIT: refused(403, "Not authorized.")})
    with pytest.raises(RefusedError) as caught:
        connected(routes).place(order(), REFERENCE)
    assert caught.value.kind is RefusalKind.FORBIDDEN
    assert "private" not in str(caught.value)


SLOT = {"start_collect_datetime": "2026-12-13t06:00:00z", "end_collect_datetime": "2026-12-13t12:00:00z"}


@pytest.mark.parametrize(
    ("messages", "more"),
    [
        (["Taken."], {"alternative_reservation_times": [SLOT]}),
        (["Taken."], {"slots": [["2026-12-13 06:00:00Z", "2026-12-13 12:00:00Z"]]}),
        (["Taken.", "Available: 2026-12-13T06:00:00+00:00 to 2026-12-13T12:00:00.000Z"], {}),
    ],
    ids=["objects", "lists", "words"],
)
def test_a_slot_that_is_taken(messages, more):
    """The refusal shows the other slots, as lines to commit."""
    routes = office(**{SUBMIT: refused(400, *messages, **more)})
    with pytest.raises(RefusedError) as caught:
        connected(routes).place(order(tasking_tier="fastView"), REFERENCE)
    assert caught.value.kind is RefusalKind.INVALID
    told = "commit one:  window: {start: 2026-12-13T06:00:00Z, end: 2026-12-13T12:00:00Z}"
    assert str(caught.value).endswith(told)


def test_a_refusal_that_merely_names_instants():
    """It offers no slot."""
    text = "end 2026-12-13T06:00:00Z is before start 2026-12-13T12:00:00Z"
    with pytest.raises(RefusedError, match="check the order") as caught:
        connected(office(**{SUBMIT: refused(400, text)})).place(order(), REFERENCE)
    assert "window:" not in str(caught.value)


def test_a_limit_that_all_customers_share():
    """The wait stands in the text alone; the refusal repeats it, and is worth trying again."""
    routes = office(**{SUBMIT: refused(429, "System-wide limit reached. Try after 3533 seconds")})
    with pytest.raises(RefusedError, match="58m 53s") as caught:
        connected(routes).place(order(), REFERENCE)
    assert caught.value.kind is RefusalKind.RATE_LIMITED
    assert len(routes.spent) == 1


def test_a_read_waits_as_long_as_the_text_says():
    """Not longer than a minute."""
    for text, slept in (("Try after 7 seconds", 7.0), ("Try after 3533 seconds", 60.0), ("Too many", 1.0)):
        routes, time = office(request_body(), **{GET: [refused(429, text), enveloped(request_body())]}), Time()
        connected(routes, time).get(SEEN.id)
        assert time.slept == [slept]


def test_nothing_is_sent_for_what_cannot_be():
    """A secret that is not there, an id that is none, an offer where none is made, a token that has run out."""
    routes, time = office(request_body()), Time()
    orders = connected(routes, time, BY_PASSWORD)
    with pytest.raises(NotSentError):
        orders.cancel(replace(SEEN, id="../tasking"), "x")
    with pytest.raises(RefusedError, match="nothing to decide"):
        orders.confirm(SEEN, AcceptQuote(quote_id="q", price=Money(1, "credits")))
    time.passed += 8000
    for _, call in CALLS.values():
        with pytest.raises(NotSentError, match="prepare"):
            call(orders)
    assert routes.spent == []
