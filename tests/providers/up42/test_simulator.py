"""The driver against a server that somebody else wrote from the same contract, over a real socket."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from reconciler.model.account import Limits
from reconciler.model.errors import ProviderError, RefusalKind, RefusedError, UnclearError
from reconciler.model.geometry import Point
from reconciler.model.ids import OrderKey, reference_for
from reconciler.model.money import Money
from reconciler.model.offer import AcceptQuote, ChooseOption, QuoteState, RejectQuote
from reconciler.model.order import ObservedOrder
from reconciler.model.phase import Phase
from reconciler.model.terms import same
from reconciler.providers.base import OrderWriter
from reconciler.providers.up42.driver import DRIVER
from reconciler.simulator import Simulator

from ..scenario import REFERENCE
from .scenario import PARAMS, account, config, order

BEGINS = datetime(2026, 12, 1, tzinfo=UTC)
OPTICAL = {
    **PARAMS,
    "spectralProcessing": "bundle",
    "pixelCoding": "12bits",
    "radiometricProcessing": "reflectance",
    "deliveredAs": "geotiff",
}
PLEIADES = {"collection": "phr-tasking", "product": "phr-tasking", "params": OPTICAL}
PLACE, QUOTATION, STUDY = "/v2/orders", "/v2/tasking/quotation/*", "/v2/tasking/feasibility-studies/*"


class Scenario:
    """A simulator and an account that talks to it; waits of the client are not slept."""

    def __init__(self, simulator: Simulator, http: httpx.Client) -> None:
        self.simulator = simulator
        self.http = http
        self.control("DELETE", "")
        self.orders = self.connect()

    def control(self, method: str, path: str, body: Any = None) -> Any:
        got = self.http.request(method, f"{self.simulator.url}/_sim{path}", json=body)
        assert got.is_success, got.text
        return got.json()

    def connect(self) -> OrderWriter:
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
            ),
        )
        orders.prepare()
        return orders

    def fault(self, kind: str, path: str, method: str = "PATCH", **more: Any) -> None:
        self.control("POST", "/faults", {"kind": kind, "path": path, "method": method, **more})

    def switch(self, **switches: Any) -> None:
        self.control("POST", "/switches", {f"up42.{name}": value for name, value in switches.items()})

    def advance(self, by: str) -> None:
        self.control("POST", "/clock", {"advance": by})
        # The token has aged with the clock: a new connection has a new one.
        self.orders.close()
        self.orders = self.connect()

    def placed(self, **block: Any) -> ObservedOrder:
        return self.orders.place(order(**{**PLEIADES, **block}), REFERENCE)

    @property
    def seen(self) -> ObservedOrder:
        listing = self.orders.list(since=None)
        assert listing.complete, listing.problem
        (found,) = [each for each in listing.orders if REFERENCE in each.references]
        return found

    def offered(self, **block: Any) -> ObservedOrder:
        self.placed(**block)
        self.advance("3h")
        return self.seen

    def quoted(self, **block: Any) -> ObservedOrder:
        seen = self.offered(**block)
        self.orders.confirm(seen, ChooseOption(study_id=seen.offers.study.id, option=seen.offers.study.options[1]))
        self.advance("3h")
        return self.seen

    @property
    def count(self) -> int:
        return len(self.control("GET", "/orders"))


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
    made.orders.close()


def accept(seen: ObservedOrder) -> AcceptQuote:
    (quote,) = seen.offers.open_quotes
    return AcceptQuote(quote_id=quote.id, price=quote.price)


def test_from_placing_to_the_files(scenario, tmp_path):
    """The whole way of an order: offered, quoted, active, fulfilled, downloaded."""
    assert scenario.orders.preflight(order(**PLEIADES)).objections == ()
    assert scenario.placed().phase is Phase.PLACED
    assert (scenario.seen.phase, scenario.seen.status) == (Phase.PLACED, "CREATED")
    scenario.advance("3h")
    seen = scenario.seen
    assert seen.phase is Phase.OFFERED
    option = seen.offers.study.options[1]
    assert (
        scenario.orders.confirm(seen, ChooseOption(study_id=seen.offers.study.id, option=option)).offers.study.chosen
        == option
    )
    scenario.advance("3h")
    seen = scenario.seen
    assert seen.phase is Phase.QUOTED
    assert scenario.orders.preflight_quote(seen, seen.offers.quotes[0]).objections == ()
    assert scenario.orders.confirm(seen, accept(seen)).phase is Phase.ACTIVE
    assert scenario.seen.phase is Phase.ACTIVE
    scenario.advance("40d")
    seen = scenario.seen
    assert seen.phase is Phase.FULFILLED
    assert scenario.orders.details(seen.id)["coverage"].startswith("100 %")
    files = scenario.orders.products(seen.id)
    assert len(files) == 2
    scenario.orders.download(files[0], tmp_path / files[0].name, lambda done, whole: None)
    assert (tmp_path / files[0].name).stat().st_size == files[0].size


SWITCHES = [
    {},
    {"createStatus": 200},
    {"suffix": "always"},
    {"displayNameTrimmed": True},
    {"displayNameCharacters": "as-tags"},
    {"answerNames": "as-requested"},
    {"answerNames": "as-text"},
    {"windowEcho": "offset"},
    {"windowEcho": "as-sent"},
    {"geometryCrs": False},
    {"subStatus": "stale"},
    {"subStatus": "absent"},
    {"pageSize": 10, "sizeMaximum": 10},
    {"balancePath": False},
    {"decidedStatus": 409},
]


@pytest.mark.parametrize("switches", SWITCHES, ids=str)
def test_each_reading_of_the_contract(scenario, switches):
    """However UP42 turns out to be: what is placed is found, shows no drift, and is decided once."""
    scenario.switch(**switches)
    desired = order(**PLEIADES, displayName="Mitte", tags=["a b", "c"])
    scenario.orders.place(desired, REFERENCE)
    traits, stated, seen = DRIVER.traits, DRIVER.terms(desired), scenario.seen
    shown = {name: seen.terms.get(name) for name in stated.keys() - traits.unobservable}
    silent = {name for name in traits.optional if name not in seen.terms}
    assert not [n for n, value in shown.items() if n not in silent and not same(stated[n], value, tolerance=0)]
    scenario.advance("3h")
    seen = scenario.seen
    assert seen.phase is Phase.OFFERED
    choice = ChooseOption(study_id=seen.offers.study.id, option=seen.offers.study.options[0])
    scenario.orders.confirm(seen, choice)
    assert scenario.orders.confirm(seen, choice).offers.study.chosen == choice.option
    scenario.advance("3h")
    seen = scenario.seen
    decision = accept(seen)
    assert scenario.orders.preflight_quote(seen, seen.offers.quotes[0]).unread is None
    assert scenario.orders.confirm(seen, decision).phase is Phase.ACTIVE
    assert scenario.orders.confirm(seen, decision).phase is Phase.ACTIVE
    with pytest.raises(RefusedError, match="was accepted by a user"):
        scenario.orders.confirm(seen, RejectQuote(quote_id=decision.quote_id, price=decision.price))
    assert [quote.state for quote in scenario.seen.offers.quotes] == [QuoteState.ACCEPTED]
    assert scenario.count == 1


@pytest.mark.parametrize("body", ["problem", "glossary", "v1"])
def test_an_order_against_its_form(scenario, body):
    """UP42 refuses what our own judgment of the form objects to before: the simulator's words, in each of its forms."""
    scenario.switch(badRequestBody=body)
    wrong = order(**{**PLEIADES, "params": {**OPTICAL, "cloudCoverage": 99}})
    (told,) = scenario.orders.preflight(wrong).objections
    assert told == "up42.params.cloudCoverage: is 99: a whole number from 5 to 20"
    with pytest.raises(RefusedError, match="cloudCoverage") as caught:
        scenario.orders.place(wrong, REFERENCE)
    assert caught.value.kind is RefusalKind.INVALID
    assert scenario.count == 0


def test_an_order_that_fails_inside_a_success(scenario):
    """A 2xx with nothing but errors created nothing."""
    scenario.switch(paramErrors="errors")
    with pytest.raises(RefusedError, match="cloudCoverage"):
        scenario.placed(params={**OPTICAL, "cloudCoverage": 99})
    assert scenario.count == 0


@pytest.mark.parametrize("answered", ["403", "400", "errors"])
def test_access_that_is_not_approved(scenario, answered):
    """Nobody can read it before; placing is refused, saying where to ask."""
    scenario.switch(missingApproval=answered)
    scenario.control("PUT", "/up42/access", {"phr-tasking": False})
    assert scenario.orders.preflight(order(**PLEIADES)).objections == ()
    with pytest.raises(RefusedError, match="settings/access") as caught:
        scenario.placed()
    assert caught.value.kind is RefusalKind.FORBIDDEN


def test_products_at_a_point(scenario):
    """Studies that are decided by themselves; and orders that neither are studied nor quoted."""
    point = Point(13.4, 52.5)
    spot = {"collection": "blacksky-tasking", "product": "blacksky-tasking", "params": {"acquisitionMode": "standard"}}
    assert scenario.orders.preflight(order(target=point, **spot)).objections == ()
    seen = scenario.offered(target=point, **spot)
    assert (seen.phase, seen.offers.study.waits) == (Phase.QUOTED, False)
    told = scenario.orders.preflight(order(**spot)).objections
    assert told == ("target: is a Polygon, and this data product takes a Point",)


def test_lost_answers(scenario):
    """What was done is seen: the order by its reference, an accepted quote by one look; nothing is done twice."""
    scenario.fault("drop-after", PLACE, "POST")
    with pytest.raises(UnclearError):
        scenario.placed()
    assert scenario.seen.phase is Phase.PLACED
    scenario.advance("3h")
    seen = scenario.seen
    scenario.fault("drop-after", STUDY)
    choice = ChooseOption(study_id=seen.offers.study.id, option=seen.offers.study.options[1])
    assert scenario.orders.confirm(seen, choice).offers.study.chosen == choice.option
    scenario.advance("3h")
    seen = scenario.seen
    scenario.fault("drop-before", QUOTATION)
    with pytest.raises(UnclearError):
        scenario.orders.confirm(seen, accept(seen))
    assert scenario.seen.phase is Phase.QUOTED
    scenario.fault("drop-after", QUOTATION)
    assert scenario.orders.confirm(seen, accept(seen)).phase is Phase.ACTIVE
    assert scenario.count == 1


@pytest.mark.parametrize(
    "kind", [{"kind": "repeat-page"}, {"kind": "endless"}, {"kind": "short-page", "items": 0}], ids=str
)
@pytest.mark.parametrize("path", [PLACE, "/v2/tasking/quotation", "/v2/tasking/feasibility-studies"])
def test_lists_that_lie(scenario, kind, path):
    """A list of several pages that is not whole is never taken for one."""
    scenario.switch(sizeMaximum=2)
    for number in range(5):
        scenario.orders.place(order(**PLEIADES), reference_for("x", OrderKey(f"k{number}"), 1))
    scenario.advance("3h")
    if path.endswith("quotation"):
        for seen in scenario.orders.list(since=None).orders:
            scenario.orders.confirm(
                seen, ChooseOption(study_id=seen.offers.study.id, option=seen.offers.study.options[0])
            )
        scenario.advance("3h")
    assert len(scenario.orders.list(since=None).orders) == 5
    scenario.fault(**kind, path=path, method="GET", times=0)
    listing = scenario.orders.list(since=None)
    assert not listing.complete
    if path != PLACE:
        assert listing.orders == ()


def test_pages_that_are_smaller_than_asked_for(scenario):
    """All of them are read, twice, since their absences count."""
    for number in range(3):
        scenario.orders.place(order(**PLEIADES), reference_for("x", OrderKey(f"k{number}"), 1))
    scenario.fault("short-page", PLACE, "GET", times=0, items=1)
    listing = scenario.orders.list(since=None)
    assert (listing.complete, len(listing.orders), listing.pages) == (True, 3, 6)


def test_another_quote_after_a_rejection(scenario):
    """The open one is found beside the one that was rejected."""
    scenario.switch(afterRejection="quoted-again")
    seen = scenario.quoted()
    (first,) = seen.offers.open_quotes
    assert scenario.orders.confirm(seen, RejectQuote(quote_id=first.id, price=first.price)).phase is Phase.PLACED
    scenario.advance("3h")
    seen = scenario.seen
    assert seen.phase is Phase.QUOTED
    assert [quote.state for quote in seen.offers.quotes] == [QuoteState.REJECTED, QuoteState.OPEN]
    assert seen.offers.quotes[0].id == first.id


def test_decided_by_staff(scenario):
    """Otherwise than we wanted: a refusal that says by whom."""
    seen = scenario.quoted()
    scenario.control("POST", f"/up42/orders/{seen.id}/decision", {"quote": 1, "decision": "REJECTED", "by": "ADMIN"})
    with pytest.raises(RefusedError, match=r"was rejected by UP42's staff \(ADMIN\)"):
        scenario.orders.confirm(seen, accept(seen))


def test_credits_that_do_not_reach(scenario):
    """Weighed, the quote is held back; accepted all the same, nothing is spent."""
    seen = scenario.quoted()
    scenario.control("PUT", "/up42/accounts/default", {"balance": 10})
    weighed = scenario.orders.preflight_quote(seen, seen.offers.quotes[0])
    assert weighed.available == Money(1000, "credits")
    assert len(weighed.objections) == 1
    with pytest.raises(ProviderError):
        scenario.orders.confirm(seen, accept(seen))
    assert scenario.seen.phase is Phase.QUOTED


def test_tags_are_changed_and_references_stay(scenario):
    """The whole list is replaced, but the order is still found by either mark."""
    scenario.placed(tags=["old"])
    seen = scenario.orders.amend(scenario.seen, {"tags": "a, new one"})
    assert seen.terms["tags"] == "a, new one"
    assert scenario.seen.references == {REFERENCE}
    stored = scenario.control("GET", "/orders")[0]
    assert stored["id"] == seen.id


def test_canceling_before_and_after_it_is_placed(scenario):
    """At once it is free; later UP42 refuses, and says so."""
    scenario.placed()
    seen = scenario.seen
    assert DRIVER.cancellation(seen, BEGINS).percent == 0
    assert scenario.orders.cancel(seen, "no longer needed").phase is Phase.CANCELED
    assert scenario.orders.cancel(seen, "no longer needed").phase is Phase.CANCELED
    assert scenario.seen.phase is Phase.CANCELED


def test_canceling_too_late(scenario):
    """Placed, it can be canceled no more."""
    seen = scenario.offered()
    assert DRIVER.cancellation(seen, BEGINS) is None
    with pytest.raises(RefusedError, match="write-protected"):
        scenario.orders.cancel(seen, "no longer needed")


@pytest.mark.parametrize("names", ["prefixed", "plain"])
def test_files_whichever_name_a_search_takes(scenario, names):
    """Where STAC does not take ours, the older list brings the same files."""
    scenario.switch(stacFilterNames=names)
    seen = scenario.quoted()
    scenario.orders.confirm(seen, accept(seen))
    scenario.advance("40d")
    files = scenario.orders.products(seen.id)
    assert [file.kind for file in files] == ["data", "data"]
    assert [file.name for file in files] == [f"{file.url}.zip" for file in files]
