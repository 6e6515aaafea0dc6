"""The driver against a server that somebody else wrote from the same contract, over a real socket."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from reconciler.model.account import Limits
from reconciler.model.errors import NotSentError, ProviderError, RefusalKind, RefusedError, UnclearError
from reconciler.model.ids import OrderKey, ProviderOrderId, reference_for
from reconciler.model.money import Money
from reconciler.model.phase import Phase
from reconciler.model.provider import Ready
from reconciler.model.terms import same
from reconciler.providers.base import OrderWriter
from reconciler.providers.iceye.driver import DRIVER
from reconciler.simulator import Simulator

from .scenario import CONTRACT, REFERENCE, account, config, order

START = datetime(2026, 12, 1, tzinfo=UTC)
OPENS = START + timedelta(days=4)
CREATE = "/tasking/v2/tasks"


class Scenario:
    """A simulator and an account that talks to it; waits of the client are not slept."""

    def __init__(self, simulator: Simulator, http: httpx.Client) -> None:
        self.simulator = simulator
        self.http = http
        self.control("DELETE", "")
        self.opened: list[OrderWriter] = []

    def control(self, method: str, path: str, body: Any = None) -> Any:
        got = self.http.request(method, f"{self.simulator.url}/_sim{path}", json=body)
        assert got.is_success, got.text
        return got.json()

    def connect(self, *, read_only: bool = False) -> OrderWriter:
        where = account(endpoint="simulator", limits=Limits(requests_per_second=1000))
        simulated = DRIVER.simulated(where)
        orders = DRIVER.connect(
            where,
            config(
                None,
                endpoint=self.simulator.url + simulated.path,
                token_url=self.simulator.url + simulated.token_path,
                now=lambda: datetime.now(UTC),
                monotonic=time.monotonic,
                sleep=lambda seconds: None,
                read_only=read_only,
            ),
        )
        self.opened.append(orders)
        orders.authenticate()
        return orders

    def fault(self, kind: str, path: str = CREATE, method: str = "POST", **more: Any) -> None:
        self.control("POST", "/faults", {"kind": kind, "path": path, "method": method, **more})

    def switch(self, **switches: Any) -> None:
        self.control("POST", "/switches", {f"iceye.{name}": value for name, value in switches.items()})

    def advance(self, by: str) -> None:
        self.control("POST", "/clock", {"advance": by})

    @property
    def placed(self) -> list[dict]:
        return self.control("GET", "/orders")

    def close(self) -> None:
        for orders in self.opened:
            orders.close()


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator(start=START, speed=0, contracts=(CONTRACT,)) as running:
        yield running


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=30) as client:
        yield client


@pytest.fixture
def scenario(simulator: Simulator, http: httpx.Client) -> Iterator[Scenario]:
    made = Scenario(simulator, http)
    yield made
    made.close()


def wanted(**block: Any):
    return order(start=OPENS, **block)


def everything() -> dict[str, Any]:
    return {
        "reference": "customer task reference 123-456",
        "exclusivity": "PUBLIC",
        "priority": "BACKGROUND",
        "sla": "SLA_24H",
        "eula": "GOVERNMENT",
        "incidenceAngle": {"min": 25, "max": 35},
        "lookSide": "LEFT",
        "passDirection": "DESCENDING",
        "productTypes": ["SLC", "GRD"],
        "notifications": {"webhook": {"id": "5d1f7c2e-9a51-4c0b-9f6e-2f1f3f5a9b11"}},
    }


def differences(desired, seen) -> set[str]:
    stated = DRIVER.terms(desired)
    hidden = frozenset() if seen.complete else DRIVER.traits.list_omits
    return {
        name
        for name, value in stated.items()
        if name not in hidden
        and not same(value, seen.terms.get(name), tolerance=DRIVER.traits.tolerances.get(name, 0.0))
    }


def test_the_life_of_an_order(scenario, tmp_path):
    """Preflighted, placed, found, planned, delivered, downloaded: one order from its first question to its files."""
    orders, desired = scenario.connect(), wanted(**everything())
    preflight = orders.preflight(desired)
    assert preflight.unread is None
    assert preflight.objections == ()
    assert preflight.price.currency == "EUR"
    assert preflight.available == Money(10_000_000, "EUR")
    assert preflight.readiness == Ready(until=OPENS - timedelta(hours=24))

    reference = reference_for("acme", OrderKey("alice-springs"), 1)
    seen = orders.place(desired, reference)
    assert (seen.phase, seen.references) == (Phase.PLACED, {reference})
    assert len(scenario.placed) == 1
    assert differences(desired, seen) == set()
    assert orders.preflight(desired).available == Money(10_000_000 - preflight.price.minor, "EUR")

    (item,) = orders.list(since=START).orders
    assert (item.id, item.references, item.complete) == (seen.id, {reference}, False)
    assert differences(desired, item) == set()
    assert differences(desired, orders.get(seen.id)) == set()

    assert orders.details(seen.id) == {}
    scenario.advance("30m")
    assert orders.get(seen.id).phase is Phase.ACTIVE
    assert orders.details(seen.id)["lookSide"] == "LEFT"
    assert orders.products(seen.id) == ()

    scenario.advance("10d")
    assert orders.get(seen.id).phase is Phase.FULFILLED
    products = orders.products(seen.id)
    assert {product.kind for product in products} == {"slc", "grd"}
    for product in products:
        orders.download(product, tmp_path / product.name, lambda done, whole: None)
        assert (tmp_path / product.name).stat().st_size == product.size


def test_an_address_that_has_expired(scenario, tmp_path):
    """After its hour a signed address is refused; a fresh one from the list resumes the part."""
    orders = scenario.connect()
    seen = orders.place(wanted(productTypes=["QLK"]), REFERENCE)
    scenario.advance("10d")
    (product,) = orders.products(seen.id)
    target = tmp_path / product.name
    target.with_name(product.name + ".part").write_bytes(b"")
    scenario.advance("2h")
    with pytest.raises(RefusedError, match="list the products again"):
        orders.download(product, target, lambda done, whole: None)
    orders.download(orders.products(seen.id)[0], target, lambda done, whole: None)
    assert target.stat().st_size == product.size


def test_several_threads_place_at_once(scenario):
    """Each order exists once, under its own reference, whatever the others do meanwhile."""
    orders = scenario.connect()
    references = [reference_for("acme", OrderKey(f"o{number}"), 1) for number in range(24)]
    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(lambda reference: orders.place(wanted(), reference), references))
    assert [one.references for one in seen] == [{reference} for reference in references]
    listed = orders.list(since=START).orders
    assert sorted(reference for one in listed for reference in one.references) == sorted(references)


@pytest.mark.parametrize("echo", ["utc", "offset", "micros", "as-sent"])
@pytest.mark.parametrize("reference", ["as-sent", "trimmed", "nfc"])
@pytest.mark.parametrize("coordinates", ["float32", "exact"])
def test_no_reading_of_the_contract_shows_drift(scenario, echo, reference, coordinates):
    """However the open questions are answered, an order that was just placed is in sync."""
    scenario.switch(windowEcho=echo, reference=reference, coordinates=coordinates)
    orders = scenario.connect()
    desired = wanted(**everything() | {"reference": " Zu\u0308rich  3 "})
    seen = orders.place(desired, REFERENCE)
    assert differences(desired, seen) == differences(desired, orders.get(seen.id)) == set()
    assert orders.get(seen.id).references == {REFERENCE}


@pytest.mark.parametrize(
    "switches",
    [
        {"defaultLookSide": "LEFT", "defaultPassDirection": "ASCENDING"},
        {"defaultAngles": "full"},
        {"eulaWhenUnset": "omitted"},
        {"backgroundSla": "SLA_24H"},
        {"createdAtForm": "go-layout"},
        {"endCursor": "empty"},
        {"endCursor": "null"},
        {"createdAfterInclusive": False},
        {"listOrder": "oldest"},
    ],
    ids=str,
)
def test_defaults_and_forms(scenario, switches):
    """Whatever is filled in, left out or written oddly, the order is found and in sync."""
    scenario.switch(**switches)
    orders, desired = scenario.connect(), wanted(priority="BACKGROUND")
    orders.place(desired, REFERENCE)
    listing = orders.list(since=START)
    assert listing.complete
    (seen,) = listing.orders
    assert differences(desired, seen) == set()


BROKEN = [
    ("drop-before", {}, False),
    ("drop-after", {}, True),
    ("reset-before", {}, False),
    ("reset-after", {}, True),
    ("truncate", {}, True),
    ("malformed", {}, True),
    ("empty", {}, True),
    ("html", {}, True),
    ("wrong-content-type", {}, True),
    ("huge", {}, True),
    ("status", {"status": 500}, False),
    ("status", {"status": 500, "commit": True}, True),
    ("status", {"status": 502, "commit": True}, True),
    ("status", {"status": 409, "commit": True}, True),
    ("status", {"status": 408, "commit": True}, True),
    ("status", {"status": 303, "commit": True, "headers": {"location": "/elsewhere"}}, True),
    ("html", {"status": 429}, True),
    ("html", {"status": 404}, True),
]


@pytest.mark.parametrize(("kind", "more", "exists"), BROKEN, ids=lambda value: str(value))
def test_a_lost_answer(scenario, kind, more, exists):
    """The outcome is unknown, one request was sent, and the listing tells the truth afterwards."""
    orders = scenario.connect()
    scenario.control("DELETE", "/requests")
    scenario.fault(kind, **more)
    with pytest.raises(UnclearError):
        orders.place(wanted(), REFERENCE)
    listing = orders.list(since=START)
    assert listing.complete
    assert [one.references for one in listing.orders] == ([{REFERENCE}] if exists else [])
    posts = {name: count for name, count in scenario.control("GET", "/requests").items() if name.startswith("POST")}
    assert sum(posts.values()) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 413, 422, 429])
@pytest.mark.parametrize("form", ["default", "problem"])
def test_a_refusal(scenario, status, form):
    """In both error formats a refusal is a refusal, and nothing was created."""
    scenario.switch(errorFormat=form)
    orders = scenario.connect()
    scenario.fault("status", status=status)
    with pytest.raises(RefusedError) as caught:
        orders.place(wanted(), REFERENCE)
    assert caught.value.status == status
    assert scenario.placed == []


@pytest.mark.parametrize("form", ["default", "problem"])
def test_funds_and_contract(scenario, form):
    """The two refusals that ICEYE documents are known in both of its spellings."""
    scenario.switch(errorFormat=form)
    orders = scenario.connect()
    scenario.control("PUT", f"/iceye/contracts/{CONTRACT}", {"spendLimit": 100})
    with pytest.raises(RefusedError) as poor:
        orders.place(wanted(), REFERENCE)
    assert poor.value.kind is RefusalKind.FUNDS
    assert any("left" in objection for objection in orders.preflight(wanted()).objections)
    scenario.control("PUT", f"/iceye/contracts/{CONTRACT}", {"end": "2026-11-01T00:00:00Z"})
    with pytest.raises(RefusedError) as ended:
        orders.place(wanted(), REFERENCE)
    assert ended.value.kind is RefusalKind.CONTRACT
    assert any("until 2026-11-01" in objection for objection in scenario.connect().preflight(wanted()).objections)


def test_a_contract_without_prices(scenario):
    """Neither price nor balance, and no objection."""
    scenario.control("PUT", f"/iceye/contracts/{CONTRACT}", {"pricingPlan": False})
    found = scenario.connect().preflight(wanted())
    assert (found.price, found.available, found.unread) == (None, None, None)


def test_many_orders_are_listed_over_pages(scenario):
    """Three pages of a hundred, each order once, and only those from the asked instant on are promised."""
    orders = scenario.connect()
    scenario.control("PUT", f"/iceye/contracts/{CONTRACT}", {"spendLimit": None})
    placed = {orders.place(wanted(), reference_for("acme", OrderKey(f"o{n}"), 1)).id for n in range(205)}
    listing = orders.list(since=None)
    assert (listing.complete, listing.pages) == (True, 3)
    assert {one.id for one in listing.orders} == placed
    scenario.advance("1h")
    assert orders.list(since=START + timedelta(minutes=30)).orders == ()


@pytest.mark.parametrize("kind", ["repeat-page", "endless"])
def test_a_listing_that_goes_wrong(scenario, kind):
    """A page that comes again, and cursors for ever, end in an incomplete listing."""
    orders = scenario.connect()
    scenario.control("PUT", f"/iceye/contracts/{CONTRACT}", {"spendLimit": None})
    for number in range(101):
        orders.place(wanted(), reference_for("acme", OrderKey(f"o{number}"), 1))
    scenario.fault(kind, method="GET", times=0)
    assert not orders.list(since=None).complete


def test_an_invisible_order_is_absent(scenario):
    """Inside the provider's delay a complete listing does not show it: one empty listing proves nothing."""
    scenario.switch(visibilitySeconds=300)
    orders = scenario.connect()
    orders.place(wanted(), REFERENCE)
    assert orders.list(since=START).orders == ()
    scenario.advance("10m")
    assert len(orders.list(since=START).orders) == 1


@pytest.mark.parametrize("status", [400, 409, 404])
def test_canceling(scenario, status):
    """A cancel is done; a second one finds it canceled already, however ICEYE puts that."""
    scenario.switch(cancelWrongState=status)
    orders = scenario.connect()
    seen = orders.place(wanted(), REFERENCE)
    assert DRIVER.cancellation(seen, orders.now()).percent == 0
    assert orders.cancel(seen, "x").phase is Phase.CANCELED
    assert orders.cancel(seen, "x").phase is Phase.CANCELED


@pytest.mark.parametrize("kind", ["drop-after", "html", "truncate", "reset-after"])
def test_a_cancel_whose_answer_is_lost(scenario, kind):
    """The look afterwards shows that it is canceled."""
    orders = scenario.connect()
    seen = orders.place(wanted(), REFERENCE)
    scenario.fault(kind, method="PATCH", path="/tasking/v2/tasks/*")
    assert orders.cancel(seen, "x").phase is Phase.CANCELED


@pytest.mark.parametrize("status", [400, 409, 404])
def test_a_cancel_that_comes_too_late(scenario, status):
    """A delivered order cannot be canceled; the refusal stands."""
    scenario.switch(cancelWrongState=status)
    orders = scenario.connect()
    seen = orders.place(wanted(), REFERENCE)
    scenario.advance("12d")
    orders.list(since=None)
    with pytest.raises(ProviderError):
        orders.cancel(seen, "x")


@pytest.mark.parametrize(("hours", "percent"), [(73, 0), (60, 10), (30, 20), (12, 100)])
def test_the_charge_that_was_said_is_the_charge(scenario, hours, percent):
    """The band that the driver names is the one that the contract is charged by."""
    orders, desired = scenario.connect(), wanted()
    price = orders.preflight(desired).price
    seen = orders.place(desired, REFERENCE)
    scenario.advance(f"{4 * 24 - hours}h")
    orders.list(since=None)
    assert DRIVER.cancellation(orders.get(seen.id), orders.now()).percent == percent
    orders.cancel(seen, "x")
    left = orders.preflight(desired).available
    assert Money(10_000_000 - left.minor, "EUR") == price.percent(percent)


@pytest.mark.parametrize(
    ("outcome", "phase"),
    [
        ("DONE", Phase.FULFILLED),
        ("DONE_DIRECT", Phase.FULFILLED),
        ("REJECTED", Phase.REJECTED),
        ("FAILED", Phase.FAILED),
        ("PAUSED", Phase.UNRECOGNIZED),
    ],
)
def test_how_an_order_ends(scenario, outcome, phase):
    """Each end is known; a word that nobody documented is kept and not acted on."""
    scenario.switch(outcome=outcome)
    orders = scenario.connect()
    seen = orders.place(wanted(), REFERENCE)
    scenario.advance("12d")
    ended = orders.get(seen.id)
    assert ended.phase is phase
    if phase is Phase.UNRECOGNIZED:
        assert ended.status == "PAUSED"


def test_a_revoked_token(scenario):
    """Reading renews it once; spending is refused and not repeated."""
    orders = scenario.connect()
    scenario.control("DELETE", "/iceye/tokens")
    assert orders.list(since=None).complete
    scenario.control("DELETE", "/iceye/tokens")
    with pytest.raises(RefusedError) as caught:
        orders.place(wanted(), REFERENCE)
    assert caught.value.kind is RefusalKind.UNAUTHORIZED
    assert scenario.placed == []


def test_the_clock_is_the_simulators(scenario):
    """Rules of time are judged by the provider's clock, wherever ours stands."""
    orders = scenario.connect()
    orders.list(since=None)
    assert abs(orders.now() - START) < timedelta(seconds=5)
    scenario.advance("3d")
    orders.list(since=None)
    assert abs(orders.now() - START - timedelta(days=3)) < timedelta(seconds=5)


def test_a_foreign_task(scenario):
    """No such task: None. Somebody else's: listed with whatever it says."""
    orders = scenario.connect()
    assert orders.get(ProviderOrderId("00000000-0000-4000-8000-000000000000")) is None


def test_a_server_that_is_gone(http):
    """Nothing listens: the request never left."""
    with Simulator(start=START, speed=0, contracts=(CONTRACT,)) as running:
        scenario = Scenario(running, http)
        orders = scenario.connect()
    with pytest.raises(NotSentError):
        orders.place(wanted(), REFERENCE)
    assert not orders.list(since=None).complete
    scenario.close()
