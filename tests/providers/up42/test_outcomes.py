"""The outcome table for UP42: how each spending call ends for everything that a network or a provider can do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest

from reconciler.model.errors import NotSentError, ProviderError, RefusalKind, RefusedError, UnclearError
from reconciler.model.money import Money
from reconciler.model.offer import AcceptQuote, ChooseOption, FeasibilityOption, RejectQuote
from reconciler.model.phase import Phase
from reconciler.providers.base import OrderWriter

from ..scenario import REFERENCE, Time, answer
from ..test_outcomes import NEVER_LEFT, REFUSALS, leaf_errors, made
from .scenario import (
    OPTION_ID,
    ORDER_ID,
    PRODUCT,
    QUOTE_ID,
    STUDY_ID,
    Routes,
    chosen,
    connected,
    lists,
    order,
    order_body,
    problem,
    quote,
    study,
)

PRICE = Money(420000, "credits")
CHOOSE = ChooseOption(study_id=STUDY_ID, option=FeasibilityOption(OPTION_ID, "Two weeks longer."))
ACCEPT = AcceptQuote(quote_id=QUOTE_ID, price=PRICE)
REJECT = RejectQuote(quote_id=QUOTE_ID, price=PRICE)
SEEN = connected(lists(order_body(), studies=(study(),), quotes=(quote(),))).list(since=None).orders[0]

CALLS: dict[str, tuple[str, Callable[[OrderWriter], object]]] = {
    "place": ("POST /v2/orders", lambda orders: orders.place(order(), REFERENCE)),
    "choose": (f"PATCH /v2/tasking/feasibility-studies/{STUDY_ID}", lambda orders: orders.confirm(SEEN, CHOOSE)),
    "accept": (f"PATCH /v2/tasking/quotation/{QUOTE_ID}", lambda orders: orders.confirm(SEEN, ACCEPT)),
    "reject": (f"PATCH /v2/tasking/quotation/{QUOTE_ID}", lambda orders: orders.confirm(SEEN, REJECT)),
    "amend": (f"PATCH /v2/orders/{ORDER_ID}", lambda orders: orders.amend(SEEN, {"tags": "a, b"})),
    "cancel": (f"POST /v2/orders/{ORDER_ID}/cancellation", lambda orders: orders.cancel(SEEN, "no longer needed")),
}


def undecided(call: str, entry: object) -> Routes:
    """A workspace where everything still waits, and one call is answered so."""
    return lists(order_body(), studies=(study(),), quotes=(quote(),), **{CALLS[call][0]: entry})


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("kind", leaf_errors(), ids=lambda kind: kind.__name__)
def test_an_error_of_the_transport(kind, call):
    """At most one spending request leaves; four errors mean that it has not, every other one that nobody knows."""
    routes = undecided(call, made(kind))
    orders = connected(routes)
    with pytest.raises(ProviderError) as caught:
        CALLS[call][1](orders)
    assert type(caught.value) is (NotSentError if kind.__name__ in NEVER_LEFT else UnclearError)
    assert len(routes.spent) == 1


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("status", [*range(200, 230), *range(300, 310), *range(400, 452), *range(500, 512), 599])
def test_a_status_in_up42s_own_form(status, call):
    """Eight statuses are refusals; a 2xx that says nothing of what was asked, a redirect, all others leave it open."""
    routes = undecided(call, problem(status))
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
        httpx.Response(400, json={"message": "Forbidden"}),
        httpx.Response(400, json={"error": "invalid_token", "error_description": "expired"}),
        httpx.Response(400, json={"status": 502, "title": "another status than the answer's"}),
        httpx.Response(400, json={"status": True, "title": "no status"}),
        httpx.Response(400, json={"status": 400, "title": " "}),
        httpx.Response(400, json=["title"]),
    ],
    ids=["html", "empty", "a gateway's", "a login's", "other status", "no number", "blank", "a list"],
)
def test_a_refusal_in_a_foreign_form(body, call):
    """What a proxy says is no refusal of UP42's: nobody knows how far the request came."""
    routes = undecided(call, body)
    with pytest.raises(UnclearError):
        CALLS[call][1](connected(routes))
    assert len(routes.spent) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"code": 400, "message": "Collection not found", "details": {"name": "x"}},
        {"data": None, "error": {"code": 400, "message": "no", "details": None}},
        {"data": {}, "error": {"code": "BAD", "message": "no", "details": ["cloudCoverage is too low"]}},
        {"status": 400, "title": "Order parameters errors", "detail": {"cloudCoverage": "is too low"}},
    ],
)
def test_the_forms_of_a_refusal(body):
    """UP42's services write errors in four ways; the words of each are repeated."""
    words = str(body)
    with pytest.raises(RefusedError) as caught:
        connected(undecided("place", answer(400, body))).place(order(), REFERENCE)
    assert caught.value.kind is RefusalKind.INVALID
    assert "too low" not in words or "too low" in str(caught.value)
    assert "check the order against" in str(caught.value)


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        None,
        {"results": []},
        {"results": [], "errors": []},
        {"results": None, "errors": None},
        {"results": [{"index": 0, "id": None}], "errors": []},
        {"results": [{"index": 0, "id": "../x"}], "errors": []},
        {"results": [{"index": 0, "id": ORDER_ID}, {"index": 1, "id": PRODUCT}], "errors": []},
        {"results": [{"index": 0, "id": ORDER_ID}], "errors": [{"index": 0, "message": "both"}]},
        {"results": {"id": ORDER_ID}, "errors": []},
        {"results": [], "errors": "no"},
        {"data": {"id": ORDER_ID}, "error": None},
    ],
)
@pytest.mark.parametrize("status", [200, 201])
def test_a_success_that_is_not_clear(body, status):
    """Neither a result nor an error, or both, or several: it has to be looked for."""
    routes = undecided("place", answer(status, body))
    with pytest.raises(UnclearError, match="looks for it"):
        connected(routes).place(order(), REFERENCE)
    assert len(routes.spent) == 1


def test_a_success_that_holds_errors_only():
    """Nothing was created for the one feature that was sent: a refusal in UP42's own words."""
    errors = [{"index": 0, "message": "Area is too small", "details": "at least 25 km²"}]
    with pytest.raises(RefusedError, match="Area is too small; at least 25 km²") as caught:
        connected(undecided("place", answer(201, {"results": [], "errors": errors}))).place(order(), REFERENCE)
    assert (caught.value.kind, caught.value.status) == (RefusalKind.INVALID, 201)


@pytest.mark.parametrize(
    "refusal",
    [
        problem(403, "Forbidden"),
        problem(400, "The EULA is not accepted."),
        answer(200, {"results": [], "errors": [{"index": 0, "message": "Access is not approved.", "details": ""}]}),
    ],
)
def test_a_refusal_for_want_of_a_grant(refusal):
    """Access and licenses are granted in the console, not by editing the order: the message says where."""
    with pytest.raises(RefusedError, match=r"console\.up42\.com/settings/access") as caught:
        connected(undecided("place", refusal)).place(order(), REFERENCE)
    assert caught.value.kind is RefusalKind.FORBIDDEN


@pytest.mark.parametrize("call", ["accept", "reject"])
def test_a_user_who_may_not_decide(call):
    """The message names the roles that do not reach."""
    with pytest.raises(RefusedError, match="neither a Viewer nor a Member may decide"):
        CALLS[call][1](connected(undecided(call, problem(403, "Forbidden"))))


@pytest.mark.parametrize(
    ("call", "body"),
    [
        ("choose", study()),
        ("choose", chosen("other")),
        ("choose", {**chosen(), "id": "another"}),
        ("choose", {**chosen(), "decisionOption": None}),
        ("accept", quote()),
        ("accept", quote(decision="REJECTED")),
        ("accept", quote(decision="MAYBE")),
        ("accept", quote(decision="ACCEPTED", id="another")),
        ("accept", quote(decision="ACCEPTED", creditsPrice="4200")),
        ("reject", quote(decision="ACCEPTED")),
        ("cancel", {"orderId": ORDER_ID, "status": "CANCELING"}),
        ("amend", order_body(id=PRODUCT)),
        ("amend", {"tags": []}),
    ],
)
def test_a_success_that_shows_something_else(call, body):
    """Only an answer that shows what was asked for, of what was asked about, is done."""
    with pytest.raises(UnclearError):
        CALLS[call][1](connected(undecided(call, answer(200, body))))


def test_what_done_looks_like():
    """Each call returns the order as it stands then."""
    placed = CALLS["place"][1](connected(undecided("place", answer(201, {"results": [{"index": 0, "id": ORDER_ID}]}))))
    assert (placed.id, placed.phase, placed.complete) == (ORDER_ID, Phase.PLACED, False)
    assert placed.references == {REFERENCE}
    studied = CALLS["choose"][1](connected(undecided("choose", answer(200, chosen()))))
    assert studied.offers.study.chosen.id == OPTION_ID
    accepted = CALLS["accept"][1](connected(undecided("accept", answer(200, quote(decision="ACCEPTED")))))
    assert (accepted.phase, accepted.offers.accepted.price) == (Phase.ACTIVE, PRICE)
    rejected = CALLS["reject"][1](connected(undecided("reject", answer(200, quote(decision="REJECTED")))))
    assert (rejected.offers.open_quotes, rejected.offers.accepted) == ((), None)
    amended = CALLS["amend"][1](connected(undecided("amend", answer(200, order_body(tags=[REFERENCE, "b", "a"])))))
    assert (amended.terms["tags"], amended.offers) == ("a, b", SEEN.offers)
    canceled = CALLS["cancel"][1](connected(undecided("cancel", answer(200, {"status": "CANCELED"}))))
    assert canceled.phase is Phase.CANCELED


def test_an_acceptance_at_another_price():
    """The price is told as UP42 has it now, not as it was agreed to."""
    dearer = answer(200, quote(decision="ACCEPTED", creditsPrice=5000))
    assert CALLS["accept"][1](connected(undecided("accept", dearer))).offers.accepted.price == Money(500000, "credits")


TROUBLE = {
    "405": problem(405, "Resource is write-protected."),
    "409": problem(409, "Conflict"),
    "lost": httpx.ReadTimeout("x"),
    "500": answer(500),
}


@pytest.mark.parametrize("trouble", TROUBLE)
@pytest.mark.parametrize(
    ("call", "decided"),
    [
        ("choose", {"studies": (chosen(by="ADMIN"),)}),
        ("accept", {"quotes": (quote(decision="ACCEPTED", decisionByType="ADMIN"),)}),
        ("reject", {"quotes": (quote(decision="REJECTED"),)}),
    ],
)
def test_decided_meanwhile_as_we_wanted(call, decided, trouble):
    """By whomever: the order is read again and returned, and nothing is sent twice."""
    routes = lists(order_body(), **decided, **{CALLS[call][0]: TROUBLE[trouble]})
    seen = CALLS[call][1](connected(routes))
    assert seen.id == ORDER_ID
    assert seen.offers.accepted or seen.offers.study or seen.offers.quotes
    assert len(routes.spent) == 1


@pytest.mark.parametrize("trouble", TROUBLE)
@pytest.mark.parametrize(
    ("call", "decided", "told"),
    [
        ("choose", {"studies": (chosen("other", by="ADMIN"),)}, r"option other \(Longer\.\) by UP42's staff \(ADMIN\)"),
        (
            "accept",
            {"quotes": (quote(decision="REJECTED", decisionByType="USER"),)},
            "rejected by a user of the account",
        ),
        ("reject", {"quotes": (quote(decision="ACCEPTED", decisionByType="ADMIN"),)}, r"accepted by UP42's staff"),
    ],
)
def test_decided_meanwhile_otherwise(call, decided, told, trouble):
    """A refusal that says how, and by whom."""
    routes = lists(order_body(), **decided, **{CALLS[call][0]: TROUBLE[trouble]})
    with pytest.raises(RefusedError, match=told):
        CALLS[call][1](connected(routes))
    assert len(routes.spent) == 1


@pytest.mark.parametrize(
    ("trouble", "kind"), [("405", RefusedError), ("409", UnclearError), ("lost", UnclearError), ("500", UnclearError)]
)
@pytest.mark.parametrize("call", ["choose", "accept", "reject"])
def test_not_decided_after_all(call, trouble, kind):
    """What still waits may be decided by the request that is on its way: only a refusal is one."""
    with pytest.raises(kind):
        CALLS[call][1](connected(undecided(call, TROUBLE[trouble])))


@pytest.mark.parametrize("trouble", TROUBLE)
def test_canceled_all_the_same(trouble):
    """After anything but a clear yes, one look says whether the order is canceled."""
    routes = lists(order_body(status="CANCELED"), **{CALLS["cancel"][0]: TROUBLE[trouble]})
    assert CALLS["cancel"][1](connected(routes)).phase is Phase.CANCELED
    assert len(routes.spent) == 1


def test_nothing_is_sent_without_a_token():
    """A spending call never asks for a token itself."""
    for call, (_, spend) in CALLS.items():
        routes, time = undecided(call, answer(500)), Time()
        orders = connected(routes, time)
        time.passed += 300
        with pytest.raises(NotSentError, match="prepare"):
            spend(orders)
        assert routes.spent == []


def test_nothing_is_sent_for_what_up42_does_not_change():
    """Terms that only a new order can have are refused here; an id that is none never leaves."""
    routes = lists(order_body())
    orders = connected(routes)
    with pytest.raises(RefusedError, match="raising `attempt`"):
        orders.amend(SEEN, {"params.cloudCoverage": 5})
    with pytest.raises(NotSentError):
        orders.cancel(replace(SEEN, id="../orders"), "x")
    assert routes.spent == []


def test_a_workspace_that_is_not_told():
    """Without a user nobody knows whose orders are listed: nothing is placed."""
    routes = Routes({"GET /realms/public/protocol/openid-connect/userinfo": answer(200, {"name": "x"})})
    with pytest.raises(UnclearError, match="who the account's user is was not told"):
        connected(routes)
