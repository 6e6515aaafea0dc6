"""The driver against a server that somebody else wrote from the same contract, over a real socket."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from reconciler.model.account import Limits
from reconciler.model.errors import RefusalKind, RefusedError, UnclearError
from reconciler.model.ids import OrderKey, reference_for
from reconciler.model.money import Money
from reconciler.model.order import DesiredOrder, ObservedOrder
from reconciler.model.phase import Phase
from reconciler.model.terms import same
from reconciler.model.time import Window, instant_text
from reconciler.providers.base import OrderWriter
from reconciler.providers.vantor import terms
from reconciler.providers.vantor.driver import DRIVER
from reconciler.simulator import Simulator

from ..scenario import REFERENCE
from .scenario import PUBLIC, SEED, account, config, order
from .test_terms import JUNE, NOTICES, OUTPUTS, SEED_BODY

BEGINS = datetime(2026, 12, 1, tzinfo=UTC)
ONE = "/tasking/v2/tasking/*"
SUBMIT = "/tasking/v2/tasking/vantor"


class Scenario:
    """A simulator and an account that talks to it; waits of the client are not slept."""

    def __init__(self, simulator: Simulator, http: httpx.Client) -> None:
        self.simulator = simulator
        self.http = http
        self.control("DELETE", "")
        self.control("POST", "/clock", {"set": instant_text(BEGINS)})
        self.opened: list[OrderWriter] = []
        self.orders = self.connect()

    def control(self, method: str, path: str, body: Any = None) -> Any:
        got = self.http.request(method, f"{self.simulator.url}/_sim{path}", json=body)
        assert got.is_success, got.text
        return got.json()

    def connect(self, block: Mapping[str, object] | None = None) -> OrderWriter:
        where = account(block, endpoint="simulator", limits=Limits(requests_per_second=1000))
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
            ),
        )
        self.opened.append(orders)
        orders.authenticate()
        return orders

    def fault(self, kind: str, path: str, method: str = "POST", **more: Any) -> None:
        self.control("POST", "/faults", {"kind": kind, "path": path, "method": method, **more})

    def switch(self, **switches: Any) -> None:
        self.control("POST", "/switches", {f"vantor.{name}": value for name, value in switches.items()})

    def advance(self, by: str) -> None:
        self.control("POST", "/clock", {"advance": by})

    @property
    def seen(self) -> ObservedOrder:
        listing = self.orders.list(since=None)
        assert listing.complete, listing.problem
        (found,) = [each for each in listing.orders if REFERENCE in each.references]
        return found

    @property
    def stored(self) -> list[dict]:
        return self.control("GET", "/orders")


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator(start=BEGINS, speed=0) as running:
        yield running


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=30) as client:
        yield client


@pytest.fixture
def scenario(simulator: Simulator, http: httpx.Client) -> Iterator[Scenario]:
    made = Scenario(simulator, http)
    yield made
    for orders in made.opened:
        orders.close()


def drifted(desired: DesiredOrder, seen: ObservedOrder) -> list[str]:
    """The stated terms that are shown otherwise, as a plan compares them."""
    traits, stated = DRIVER.traits, DRIVER.terms(desired)
    told = [name for name in stated if name not in traits.unobservable and name in seen.terms]
    return [name for name in told if not same(stated[name], seen.terms[name], tolerance=0)]


def test_the_vendors_example_arrives(scenario):
    """Field by field, to the letter, on an account that is entitled to it."""
    scenario.control("POST", "/clock", {"set": "2026-06-01T00:00:00Z"})
    scenario.switch(privateEntitled=True)
    example = order(JUNE, block=SEED)
    assert scenario.orders.preflight(example).objections == ()
    scenario.orders.place(example, REFERENCE)
    (stored,) = scenario.stored
    assert stored["body"] == {**SEED_BODY, "request_description": f"{REFERENCE} {SEED_BODY['request_description']}"}


def test_the_vendors_example_without_entitlement(scenario):
    """The check says so before, and placing all the same is one refused request."""
    example = order(block=SEED)
    (told,) = scenario.orders.preflight(example).objections
    assert "enable private tasking" in told
    with pytest.raises(RefusedError, match="enable private tasking") as caught:
        scenario.orders.place(example, REFERENCE)
    assert caught.value.kind is RefusalKind.INVALID
    assert scenario.stored == []


def test_from_the_check_to_the_end(scenario):
    """The price comes before, placing spends once, the end moves once, and what Vantor reports is what stands."""
    desired = order()
    preflight = scenario.orders.preflight(desired)
    assert (preflight.objections, preflight.unread) == ((), None)
    assert scenario.stored == []
    placed = scenario.orders.place(desired, REFERENCE)
    assert len(placed.id) == 19
    assert preflight.price == Money(100 * scenario.stored[0]["price"]["amount"], "credits")
    phases = [placed.phase]
    for hours in ("1h", "2h", "20d"):
        scenario.advance(hours)
        phases.append(scenario.seen.phase)
    assert phases[0] is Phase.PLACED
    assert phases[-1] is Phase.FULFILLED
    assert set(phases[1:-1]) <= {Phase.ACTIVE, Phase.DELIVERING}


READINGS = [
    {},
    *({"createStatus": status} for status in (201, 202)),
    {"submitAnswer": "id"},
    {"envelope": "bare"},
    {"idName": "tasking_id", "idForm": "number"},
    {"idForm": "number", "submitAnswer": "id", "envelope": "bare"},
    {"statusName": "status"},
    *({"spelling": spelling} for spelling in ("notifications-page", "v1", "lower")),
    {"paths": "both"},
    {"limitMaximum": 2},
    {"nextPage": "token", "limitMaximum": 2, "endToken": "null"},
    {"nextPage": "link", "limitMaximum": 2, "endToken": "empty"},
    {"tokenParameter": "starting-after", "limitMaximum": 2},
    {"defaultSort": "asc"},
    *({"filter": what} for what in ("ignored", "refused")),
    {"descriptionEcho": "get"},
    {"descriptionMaximum": 40, "descriptionTooLong": "cut"},
    *({"dateEcho": form} for form in ("upper", "space", "offset", "as-sent")),
    {"geometryEcho": "turned"},
    {"defaultsFilled": False},
    *({"secretEcho": how} for how in ("dropped", "echoed")),
    {"unknownFields": "ignored"},
    {"limits": "none"},
    {"outputTypes": "all"},
    *({"errorBody": body} for body in ("message", "text")),
]


@pytest.mark.parametrize("switches", READINGS, ids=str)
def test_each_reading_of_the_contract(scenario, switches):
    """However Vantor turns out to be: what is placed is found, shows no drift, is extended once and canceled once."""
    scenario.switch(**switches)
    for number in range(3):
        scenario.orders.place(order(), reference_for("x", OrderKey(f"k{number}"), 1))
    desired = order(output_configs=OUTPUTS[:3], notifications=NOTICES)
    scenario.orders.place(desired, REFERENCE)
    seen = scenario.seen
    cut = ["request_description"] if "descriptionTooLong" in switches else []
    assert (drifted(desired, seen), seen.phase) == (cut, Phase.PLACED)
    later = order(days=12, output_configs=OUTPUTS[:3], notifications=NOTICES)
    scenario.orders.amend(seen, {"end_collect_datetime": instant_text(later.window.end)})
    assert drifted(later, scenario.seen) == cut
    scenario.orders.cancel(seen, "no longer needed")
    assert scenario.seen.phase is Phase.PLACED
    scenario.advance("1h")
    assert scenario.seen.phase is Phase.CANCELED
    assert len(scenario.stored) == 4


def test_paths_that_the_account_states(scenario):
    """Where Vantor answers elsewhere, the account says so; without that a price is merely not known."""
    scenario.switch(paths="vantor", quotePath="plain")
    assert scenario.orders.preflight(order()).price is None
    one = "/tasking/v2/tasking/vantor/{id}"
    paths = {"quote": "/tasking/v2/tasking/quote", "get": one, "cancel": f"{one}/cancel"}
    scenario.orders = scenario.connect({"paths": paths})
    assert scenario.orders.preflight(order()).price is not None
    placed = scenario.orders.place(order(), REFERENCE)
    assert scenario.orders.get(placed.id).references == {REFERENCE}
    scenario.orders.cancel(placed, "no longer needed")


def test_a_description_that_is_never_shown(scenario):
    """The order is followed by its id, and told to show no text; its terms are there to be compared."""
    scenario.switch(descriptionEcho="absent")
    assert scenario.orders.list(since=None).complete
    placed = scenario.orders.place(order(), REFERENCE)
    (listed,) = scenario.orders.list(since=None).orders
    assert (listed.id, listed.marked) == (placed.id, False)
    stated = terms.stated_terms(order())
    assert {name: listed.terms.get(name) for name in terms.TELLING} == {n: stated.get(n) for n in terms.TELLING}
    assert scenario.orders.get(placed.id).phase is Phase.PLACED


@pytest.mark.parametrize("units", ["sqkm", "other"])
def test_a_quote_in_other_words(scenario, units):
    """No price is known: the order waits until ordering without one is agreed to."""
    scenario.switch(quoteUnits=units)
    preflight = scenario.orders.preflight(order())
    assert (preflight.price, preflight.objections, preflight.unread) == (None, (), None)


@pytest.mark.parametrize("form", ["objects", "messages", "none"])
@pytest.mark.parametrize("dates", ["lower", "space", "offset"])
def test_a_reserved_slot(scenario, form, dates):
    """One that is not free is objected to, with others to commit; the first of them is taken by the next try."""
    scenario.switch(slots="six-hours", slotsForm=form, dateEcho=dates)
    desired = order(tasking_tier="fastView", days=2)
    (told,) = scenario.orders.preflight(desired).objections
    first = "window: {start: 2026-12-12T00:00:00Z, end: 2026-12-12T06:00:00Z}"
    assert (first in told) == (form != "none")
    begin = datetime(2026, 12, 12, tzinfo=UTC)
    slot = order(begin, tasking_tier="fastView", days=0.25)
    assert slot.window == Window(begin, begin + timedelta(hours=6))
    assert scenario.orders.preflight(slot).objections == ()
    placed = scenario.orders.place(slot, REFERENCE)
    assert drifted(slot, placed) == []
    with pytest.raises(RefusedError, match="nothing else"):
        scenario.orders.amend(placed, {"end_collect_datetime": "2026-12-30T00:00:00Z"})
    assert scenario.orders.preflight(slot).objections != ()


def test_lost_answers(scenario):
    """What was done is seen: the order by its reference, a new end by one look; nothing is done twice."""
    scenario.fault("drop-after", SUBMIT)
    with pytest.raises(UnclearError):
        scenario.orders.place(order(), REFERENCE)
    seen = scenario.seen
    scenario.fault("drop-after", f"{SUBMIT}/*", "PATCH")
    amended = scenario.orders.amend(seen, {"end_collect_datetime": "2026-12-24T00:00:00Z"})
    assert amended.window.end == datetime(2026, 12, 24, tzinfo=UTC)
    scenario.fault("drop-before", f"{SUBMIT}/*", "PATCH")
    with pytest.raises(UnclearError):
        scenario.orders.amend(amended, {"end_collect_datetime": "2026-12-25T00:00:00Z"})
    scenario.fault("drop-after", f"{ONE}/cancel")
    with pytest.raises(UnclearError):
        scenario.orders.cancel(seen, "no longer needed")
    scenario.advance("1h")
    assert scenario.seen.phase is Phase.CANCELED
    assert len(scenario.stored) == 1


@pytest.mark.parametrize(
    "kind", [{"kind": "repeat-page"}, {"kind": "endless"}, {"kind": "short-page", "items": 0}], ids=str
)
@pytest.mark.parametrize("lead", ["token", "link"])
def test_lists_that_lie(scenario, kind, lead):
    """A list of several pages that is not whole is never taken for one."""
    scenario.switch(limitMaximum=2, nextPage=lead)
    for number in range(5):
        scenario.orders.place(order(), reference_for("x", OrderKey(f"k{number}"), 1))
    assert len(scenario.orders.list(since=None).orders) == 5
    scenario.fault(**kind, path="/tasking/v2/tasking", method="GET", times=0)
    assert not scenario.orders.list(since=None).complete


def test_a_limit_that_all_customers_share(scenario):
    """The wait is in the text alone."""
    scenario.switch(hourlyRequests=0)
    with pytest.raises(RefusedError, match="a pass in 1h may try again") as caught:
        scenario.orders.place(order(), REFERENCE)
    assert caught.value.kind is RefusalKind.RATE_LIMITED
    assert scenario.stored == []


def test_logging_in_by_password(scenario):
    """The same account's requests, by the token of a user."""
    orders = scenario.connect({"username": {"env": "A"}, "password": {"env": "B"}})
    orders.place(order(), REFERENCE)
    assert scenario.seen.references == {REFERENCE}


def test_a_status_that_nobody_documented(scenario):
    """Alive, and told as it is."""
    scenario.orders.place(order(), REFERENCE)
    scenario.control("POST", f"/vantor/orders/{scenario.stored[0]['id']}", {"status": "ON-HOLD"})
    assert (scenario.seen.phase, scenario.seen.status) == (Phase.UNRECOGNIZED, "ON-HOLD")
    assert DRIVER.cancellation(scenario.seen, BEGINS) is None


def test_what_somebody_changed_in_the_hub(scenario):
    """An end that was moved there is drift, as is any other stated field."""
    desired = order()
    scenario.orders.place(desired, REFERENCE)
    edit = {"end_collect_datetime": "2026-12-28 00:00:00Z", "tasking_details": {"max_gsd": 0.5}}
    scenario.control("POST", f"/vantor/orders/{scenario.stored[0]['id']}", edit)
    assert drifted(desired, scenario.seen) == ["end_collect_datetime", "tasking_details.max_gsd"]


def test_the_end_use_that_is_reviewed_by_hand(scenario):
    """The delay is told as long as the order waits for it."""
    licensing = {"end_use_code": "OTH", "end_use_description": "A test."}
    desired = order(product_details={**PUBLIC["product_details"], "licensing": licensing})
    scenario.orders.place(desired, REFERENCE)
    assert "reviewed by hand" in scenario.seen.remarks[0]
    scenario.advance("1h")
    assert scenario.seen.remarks == ()
