"""Appraising, placing, canceling, and what is shown of a live order."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from reconciler.model.errors import NotSentError, RefusalKind, RefusedError, UnclearError
from reconciler.model.geometry import Point, Polygon
from reconciler.model.ids import ProviderOrderId
from reconciler.model.money import Money
from reconciler.model.phase import Phase
from reconciler.model.provider import Closed, Ready

from .scenario import (
    CONTRACT,
    CONTRACT_BODY,
    NOW,
    REFERENCE,
    START,
    SUMMARY_BODY,
    TASK_ID,
    Script,
    Time,
    answer,
    connected,
    office,
    order,
    page,
    refused,
    task,
)

ID = ProviderOrderId(TASK_ID)


def preflight(desired=None, *, time=None, **kinds):
    return connected(office(**kinds), time).preflight(desired or order())


def contract(**changes):
    return answer(200, {**CONTRACT_BODY, **changes})


def test_an_preflight():
    """Price, what is left, and how long the order can be placed; no objection."""
    found = preflight()
    assert found.price == Money(350000, "EUR")
    assert found.available == Money(2_500_000, "EUR")
    assert (found.objections, found.unread) == ((), None)
    assert found.readiness == Ready(until=START - timedelta(hours=12))


def test_the_price_is_asked_for_what_would_be_ordered():
    """Defaults come from the contract, a single allowed value is one, and stated values win."""
    script = office()
    connected(script).preflight(order(priority="BACKGROUND"))
    asked = next(request for request in script.sent if request.url.path.endswith("/price"))
    assert dict(asked.url.params) == {
        "contractID": CONTRACT,
        "imagingMode": "SPOTLIGHT",
        "pointOfInterest[lat]": "-23.700552",
        "pointOfInterest[lon]": "133.882675",
        "exclusivity": "PRIVATE",
        "priority": "BACKGROUND",
        "sla": "SLA_8H",
        "eula": "STANDARD",
    }


def test_a_contract_without_an_sla():
    """The create page's own default stands in."""
    script = office(contract=answer(200, {name: value for name, value in CONTRACT_BODY.items() if name != "sla"}))
    connected(script).preflight(order())
    assert any(request.url.params.get("sla") == "SLA_8H" for request in script.sent)


def test_the_contract_is_read_once():
    """A connection asks for the contract's rules once, for the price and the money each time."""
    script = office()
    orders = connected(script)
    orders.preflight(order())
    orders.preflight(order())
    paths = [request.url.path.rpartition("/")[2] for request in script.sent]
    assert sorted(paths) == sorted([CONTRACT, "price", "price", "summary", "summary"])


@pytest.mark.parametrize(
    ("block", "kinds", "said"),
    [
        (
            {"imagingMode": "SCAN"},
            {},
            "iceye.imagingMode: the contract does not allow SCAN; it allows SPOTLIGHT, STRIPMAP",
        ),
        ({"exclusivity": "PUBLIC"}, {}, "iceye.exclusivity"),
        ({"eula": "MULTI"}, {}, "iceye.eula"),
        ({"sla": "SLA_3H"}, {}, "iceye.sla"),
        (
            {},
            {"contract": contract(eula={"allowed": ["STANDARD", "GOVERNMENT"]})},
            "iceye.eula: the contract names no default",
        ),
        ({}, {"contract": contract(start="2026-12-01T00:00:00Z")}, "from 2026-12-01T00:00:00Z on"),
        ({}, {"contract": contract(end="2026-11-01T00:00:00Z")}, "until 2026-11-01T00:00:00Z"),
        ({}, {"price": refused(400, message="not allowed")}, "not allowed"),
        ({}, {"price": refused(422, "ERR_INVALID_CONTRACT", "invalid contract")}, "invalid contract"),
        ({}, {"summary": answer(200, {**SUMMARY_BODY, "onHold": 2_650_001})}, "EUR 3,499.99 left"),
    ],
)
def test_objections(block, kinds, said):
    """What ICEYE would refuse is said before anything is ordered."""
    found = preflight(order(**block), **kinds)
    assert found.unread is None
    assert len(found.objections) == 1
    assert said in found.objections[0]


def test_delivery_places_of_the_contract():
    """Where the contract lists its locations, another path is an objection."""
    listed = contract(deliveryLocations=[{"configID": "c", "path": "BUCKET/"}])
    to = [{"locations": [{"configID": "c", "path": "BUCKET"}, {"configID": "c", "path": "OTHER"}]}]
    (objection,) = preflight(order(deliveries=to), contract=listed).objections
    assert "OTHER is no location" in objection
    assert preflight(order(deliveries=to)).objections == ()


@pytest.mark.parametrize(
    "summary",
    [
        answer(200, {**SUMMARY_BODY, "onHold": 2_650_000}),
        answer(200, {**SUMMARY_BODY, "currency": "USD", "onHold": 3_999_999}),
    ],
)
def test_funds_that_suffice(summary):
    """The last cent may be spent, and sums in two currencies are not compared."""
    assert preflight(summary=summary).objections == ()


def test_a_contract_without_prices():
    """A 404 of ICEYE's own: there is no price plan, so neither price nor balance."""
    found = preflight(price=refused(404, "not_found"), summary=refused(404, "not_found"))
    assert (found.price, found.available, found.unread, found.objections) == (None, None, None, ())


def test_a_contract_without_a_limit():
    """Without a spend limit nothing bounds the account."""
    unlimited = {name: value for name, value in SUMMARY_BODY.items() if name != "spendLimit"}
    found = preflight(summary=answer(200, unlimited))
    assert (found.available, found.objections) == (None, ())


@pytest.mark.parametrize("which", ["contract", "price", "summary"])
@pytest.mark.parametrize(
    "trouble",
    [
        answer(500),
        httpx.ReadTimeout("x"),
        httpx.Response(404, html="not found"),
        answer(200, []),
        refused(403),
        refused(429),
        answer(200, {"amount": 1.5, "currency": "EUR", "consolidatedSpent": "x"}),
        answer(200, {"amount": -1, "currency": "EUR"}),
        answer(200, {"amount": 1, "currency": "€", "consolidatedSpent": 1, "onHold": 1}),
        answer(200, {"amount": True, "currency": "EUR"}),
    ],
)
def test_what_could_not_be_read(which, trouble):
    """An preflight does not raise and does not guess: it says what it did not learn."""
    found = preflight(**{which: trouble})
    if which == "contract" and trouble.__class__ is httpx.Response and trouble.status_code == 200 and trouble.json():
        return  # an object without any rule of a contract is a contract that allows everything
    assert found.unread
    assert found.price is None


def test_a_contracts_priority_closes_earlier():
    """With BACKGROUND by default, an order 18 h ahead is too late."""
    background = contract(priority={"allowed": ["BACKGROUND"]})
    time = Time(START - timedelta(hours=18))
    found = preflight(time=time, contract=background)
    assert found.readiness == Closed(START - timedelta(hours=24), found.readiness.why)


def test_an_order_that_can_never_be_placed_is_not_priced():
    """What no day changes is said without asking anybody."""
    script = office()
    found = connected(script).preflight(order(hours=1))
    assert "24 h" in found.objections[0]
    assert script.sent == []


def test_placing():
    """One POST; what comes back is the order as ICEYE holds it."""
    script = Script(answer(201, task(reference=f"customer {REFERENCE}")))
    seen = connected(script).place(order(reference="customer"), REFERENCE)
    assert (seen.id, seen.phase, seen.references, seen.complete) == (ID, Phase.PLACED, {REFERENCE}, True)
    (sent,) = script.sent
    assert (sent.method, sent.url.path) == ("POST", "/api/tasking/v2/tasks")
    assert sent.headers["content-type"] == "application/json"
    assert script.body()["reference"] == f"{REFERENCE} customer"


def test_an_answer_without_our_reference():
    """It is returned as it is: whether it is about our order is for the caller to find out."""
    seen = connected(Script(answer(201, task(reference="something else")))).place(order(), REFERENCE)
    assert (seen.references, seen.marked) == (frozenset(), True)


def test_what_cannot_be_written_is_not_sent():
    """A number that JSON has no form for stops the request before it leaves."""
    script = Script(answer(201, task()))
    with pytest.raises(NotSentError, match="cannot be written"):
        connected(script).place(order(target=Point(float("nan"), 0.0)), REFERENCE)
    assert script.sent == []


def test_an_area_is_not_sent():
    """An order that ICEYE cannot take never leaves."""
    script = Script(answer(201, task()))
    area = Polygon((((0.0, 0.0), (0.0, 1.0), (1.0, 1.0), (0.0, 0.0)),))
    with pytest.raises(NotSentError):
        connected(script).place(order(target=area), REFERENCE)
    assert script.sent == []


@pytest.mark.parametrize(
    ("status", "body", "kind", "said"),
    [
        (
            400,
            {"code": "ERR_INSUFFICIENT_FUNDS", "message": "could not create task: insufficient funds"},
            RefusalKind.FUNDS,
            "ICEYE refused: could not create task: insufficient funds (ERR_INSUFFICIENT_FUNDS, HTTP 400); raise",
        ),
        (
            422,
            {"code": "ERR_INVALID_CONTRACT", "message": "could not create task: invalid model: invalid contract"},
            RefusalKind.CONTRACT,
            "invalid contract (ERR_INVALID_CONTRACT, HTTP 422); check the contract's start and end",
        ),
        (
            400,
            {"title": "Bad Request", "code": "insufficient_funds", "details": "no money", "reference": "https://x"},
            RefusalKind.FUNDS,
            "no money (insufficient_funds, HTTP 400)",
        ),
        (400, {"title": "Bad Request", "code": "bad", "detail": "singular"}, RefusalKind.INVALID, "singular (bad"),
        (400, {"title": "Bad Request", "code": "bad"}, RefusalKind.INVALID, "Bad Request (bad"),
        (400, {"code": "c", "message": "m", "detail": "d", "details": "ds"}, RefusalKind.INVALID, "refused: ds (c"),
        (403, {"code": "ERR_INSUFFICIENT_FUNDS", "message": "m"}, RefusalKind.FORBIDDEN, "HTTP 403"),
        (404, {"code": "not_found", "title": "Not Found", "details": "x"}, RefusalKind.NOT_FOUND, "HTTP 404"),
        (422, {"code": "ERR_NEW", "message": "mode not allowed"}, RefusalKind.INVALID, "mode not allowed (ERR_NEW"),
        (429, {"code": "ERR_RATE", "message": "slow down"}, RefusalKind.RATE_LIMITED, "requestsPerSecond"),
    ],
)
def test_refusals(status, body, kind, said):
    """Both error formats are read; the status decides, the code narrows it down, and the message says what to do."""
    with pytest.raises(RefusedError) as caught:
        connected(Script(answer(status, body))).place(order(), REFERENCE)
    assert (caught.value.kind, caught.value.status) == (kind, status)
    assert said in str(caught.value)


@pytest.fixture
def seen():
    return connected(Script(answer(201, task()))).place(order(), REFERENCE)


def test_canceling(seen):
    """One PATCH with the only body that ICEYE takes."""
    script = Script(answer(200, task(status="CANCELED")))
    assert connected(script).cancel(seen, "no longer needed").phase is Phase.CANCELED
    (sent,) = script.sent
    assert (sent.method, sent.url.path) == ("PATCH", f"/api/tasking/v2/tasks/{TASK_ID}")
    assert script.body() == {"status": "CANCELED"}


@pytest.mark.parametrize(
    "trouble",
    [
        refused(400),
        refused(404),
        refused(422),
        answer(409),
        answer(500),
        httpx.Response(400, html="x"),
        answer(200, {}),
        httpx.ReadTimeout("x"),
    ],
)
def test_canceling_what_is_canceled(seen, trouble):
    """After anything but a clear yes one look decides: canceled already counts as done."""
    script = Script(trouble, answer(200, task(status="CANCELED")))
    assert connected(script).cancel(seen, "x").phase is Phase.CANCELED
    assert [request.method for request in script.sent] == ["PATCH", "GET"]


@pytest.mark.parametrize(
    ("trouble", "error"), [(refused(400), RefusedError), (answer(409), UnclearError), (answer(500), UnclearError)]
)
@pytest.mark.parametrize("look", [answer(200, task(status="ACTIVE")), refused(404), httpx.ReadTimeout("x")])
def test_canceling_what_cannot_be(seen, trouble, error, look):
    """Where the look does not show it canceled, the first answer stands."""
    script = Script(trouble, look)
    with pytest.raises(error):
        connected(script).cancel(seen, "x")
    assert len(script.spent) == 1


def test_a_cancel_that_was_not_sent(seen):
    """Nothing left, so there is nothing to look for."""
    script = Script(httpx.ConnectError("x"))
    with pytest.raises(NotSentError):
        connected(script).cancel(seen, "x")
    assert len(script.sent) == 1


def test_a_cancel_that_comes_later(seen):
    """A provider that accepts and cancels afterwards returns the order as it stands."""
    assert connected(Script(answer(200, task(status="ACTIVE")))).cancel(seen, "x").phase is Phase.ACTIVE


def test_nothing_can_be_changed(seen):
    """ICEYE has no call for it, so nothing is sent; the message says what to do instead."""
    script = Script(answer(200, task()))
    with pytest.raises(RefusedError, match="raising `attempt`"):
        connected(script).amend(seen, {"lookSide": "LEFT"})
    assert script.sent == []


def test_the_scene():
    """Planned times, sides and the angle, which is a text, as texts."""
    scene = {
        "imagingTime": {"start": "2026-12-04T03:00:00Z", "end": "2026-12-04T03:00:10Z"},
        "duration": 10,
        "lookSide": "LEFT",
        "passDirection": "ASCENDING",
        "incidenceAngle": "31.5",
        "azimuth": {"new": 1},
    }
    assert connected(office(scene=answer(200, scene))).details(ID) == {
        "imagingTime.start": "2026-12-04T03:00:00Z",
        "imagingTime.end": "2026-12-04T03:00:10Z",
        "lookSide": "LEFT",
        "passDirection": "ASCENDING",
        "incidenceAngle": "31.5",
        "duration": "10 s",
    }


@pytest.mark.parametrize(
    "body", [refused(404), refused(400), answer(409), answer(500), answer(200, []), answer(200, {"imagingTime": 5})]
)
def test_no_scene(body):
    """Before there is one, and whatever it looks like, a scene never stops anything."""
    assert connected(office(scene=body)).details(ID) == {}


def test_products():
    """Every asset with an address over all pages, under names that are safe and differ."""
    items = [
        {
            "id": "i1",
            "assets": {"GRD": {"href": "https://s3.test/a/x.tif?sig=1", "file:size": 5}, "note": {"title": "t"}},
        },
        {
            "id": "i2",
            "assets": {"GRD": {"href": "https://s3.test/b/x.tif?sig=2"}, "QLK": {"href": "ftp://x"}, "z": None},
        },
        {"id": "i3", "assets": {"VID": {"href": "https://s3.test/..%2F..%2Fetc%2Fpasswd", "size": -1}}},
        {"id": "i4", "assets": {"CSI": {"href": "https://s3.test/"}}},
        {"id": "i5"},
        "x",
    ]
    script = office(
        products=lambda request: page(*items[:2], cursor="n") if not request.url.params else page(*items[2:], cursor="")
    )
    found = connected(script).products(ID)
    assert [(one.name, one.kind, one.size) for one in found] == [
        ("x.tif", "GRD", 5),
        ("1-x.tif", "GRD", None),
        ("passwd", "VID", None),
        ("i4-CSI", "CSI", None),
    ]


def test_no_products_yet():
    """Before delivery ICEYE answers 404; anything else that goes wrong is said."""
    assert connected(office(products=refused(404))).products(ID) == ()
    with pytest.raises(UnclearError):
        connected(office(products=answer(500))).products(ID)


def test_now_is_the_clock_of_the_account():
    """Before the first answer it is ours."""
    assert connected(office()).now() == NOW
