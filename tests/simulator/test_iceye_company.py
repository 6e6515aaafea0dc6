"""What a client reads before it orders: contracts, balance, price, feasibility."""

import pytest

from .world import CONTRACT, OTHER_CONTRACT, order, window

PRICE_QUERY = {
    "contractID": CONTRACT,
    "imagingMode": "SPOTLIGHT",
    "pointOfInterest[lat]": "-23.700552",
    "pointOfInterest[lon]": "133.882675",
    "exclusivity": "PRIVATE",
    "priority": "COMMERCIAL",
    "sla": "SLA_8H",
    "eula": "STANDARD",
}


def test_contract_has_the_documented_facts(world):
    """A contract shows its dates, allowed values, defaults and delivery paths, and no money."""
    contract = world.api("GET", f"/company/v1/contracts/{CONTRACT}").json()
    assert set(contract) == {
        "id", "name", "start", "end", "imagingModes", "priority", "exclusivity", "eula", "sla", "deliveryLocations",
    }  # fmt: skip
    assert (contract["start"], contract["end"]) == ("2021-12-02T00:00:00Z", "2031-11-30T00:00:00Z")
    assert contract["priority"] == {"allowed": ["COMMERCIAL", "BACKGROUND"], "default": "COMMERCIAL"}
    assert [place["path"] for place in contract["deliveryLocations"]] == [
        "DOC-EXAMPLE-BUCKET1",
        "DOC-EXAMPLE-BUCKET2",
    ]


def test_contracts_are_listed_in_pages(world):
    """The list of contracts is ordered by id and paged."""
    first = world.api("GET", "/company/v1/contracts", params={"limit": 1}).json()
    rest = world.api("GET", "/company/v1/contracts", params={"cursor": first["cursor"]}).json()
    assert [item["id"] for item in first["data"] + rest["data"]] == [OTHER_CONTRACT, CONTRACT]
    assert "cursor" not in rest
    assert world.api("GET", "/company/v1/contracts", params={"limit": "x"}).status_code == 400


def test_contracts_that_are_not_there(world):
    """An unknown contract is a 404 with the documented lower-case code in the problem format."""
    path = "/company/v1/contracts/00000000-0000-4000-8000-000000000000"
    for suffix in ("", "/summary"):
        answer = world.api("GET", path + suffix, headers={"Accept": "application/problem+json"})
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert world.api("GET", "/company/v1/contracts/x").status_code == 400


def test_summary_in_minor_units(world):
    """The summary names the currency and counts in its minor units; without a limit it names none."""
    path = f"/company/v1/contracts/{CONTRACT}/summary"
    assert world.api("GET", path).json() == {
        "contractID": CONTRACT,
        "currency": "EUR",
        "consolidatedSpent": 0,
        "onHold": 0,
        "spendLimit": 10_000_000,
    }
    world.contract(spendLimit=None)
    assert "spendLimit" not in world.api("GET", path).json()
    world.contract(pricingPlan=False)
    assert world.api("GET", path).status_code == 404


def test_balances_of_contracts_are_apart(world):
    """A task of one contract holds nothing of the other."""
    world.created(contractID=OTHER_CONTRACT)
    assert world.summary() == (0, 0)


def test_price_is_what_create_holds(world):
    """The quoted amount is the amount that create puts on hold, whatever the terms."""
    held = 0
    for changes in (
        {},
        {"imagingMode": "SPOTLIGHT_EXTENDED_DWELL_PRECISE"},
        {"priority": "BACKGROUND"},
        {"exclusivity": "PUBLIC"},
        {"sla": "SLA_3H"},
        {"eula": "GOVERNMENT"},
    ):
        price = world.api("GET", "/tasking/v2/price", params={**PRICE_QUERY, **changes}).json()
        assert set(price) == {"amount", "currency"}
        assert 80_000 <= price["amount"] <= 400_000
        world.created(**changes)
        held += price["amount"]
        assert world.summary() == (0, held)


def test_every_term_of_a_price_counts(world):
    """Region, mode, priority, exclusivity, SLA and EULA each change the price; the same terms never do."""
    changes = [
        {},
        {"pointOfInterest[lat]": "10"},
        {"imagingMode": "SCAN"},
        {"priority": "BACKGROUND"},
        {"exclusivity": "PUBLIC"},
        {"sla": "SLA_3H"},
        {"eula": "GOVERNMENT"},
    ]
    amounts = [world.api("GET", "/tasking/v2/price", params={**PRICE_QUERY, **change}).json() for change in changes]
    assert len({price["amount"] for price in amounts}) == len(changes)
    assert world.api("GET", "/tasking/v2/price", params=PRICE_QUERY).json() == amounts[0]


def test_currency_decides_the_minor_unit(world):
    """A yen price has no hundredths."""
    world.contract(currency="JPY")
    price = world.api("GET", "/tasking/v2/price", params=PRICE_QUERY).json()
    assert price == {"amount": 1430, "currency": "JPY"}


@pytest.mark.parametrize("missing", PRICE_QUERY)
def test_every_price_parameter_is_required(world, missing):
    """A price query without one of its parameters is a 400 that names it."""
    query = {name: value for name, value in PRICE_QUERY.items() if name != missing}
    answer = world.api("GET", "/tasking/v2/price", params=query)
    assert answer.status_code == 400
    assert missing in answer.json()["message"]


@pytest.mark.parametrize(
    "change",
    [
        {"pointOfInterest[lat]": "91"},
        {"pointOfInterest[lon]": "east"},
        {"contractID": "x"},
        {"imagingMode": "NO_SUCH_MODE"},
        {"priority": "HIGH"},
        {"acquisitionWindow": "x"},
    ],
)
def test_bad_price_queries_are_400(world, change):
    """Values that make no sense, or that the contract does not allow, have no price."""
    assert world.api("GET", "/tasking/v2/price", params={**PRICE_QUERY, **change}).status_code == 400


@pytest.mark.parametrize("status", [404, 400, 403])
def test_without_a_pricing_plan_there_is_no_price(world, status):
    """The price is refused by a switch's status, and create neither checks nor holds funds."""
    world.switch(priceWithoutPlan=status)
    world.contract(pricingPlan=False, spendLimit=0)
    assert world.api("GET", "/tasking/v2/price", params=PRICE_QUERY).status_code == status
    world.created()
    assert world.control("GET", "/orders")[0]["price"] is None


@pytest.mark.parametrize("status", [422, 400, 403, 404])
def test_unknown_contract_is_a_switch(world, status):
    """What create and price say to a contract that does not exist is unknown."""
    world.switch(unknownContract=status)
    nobody = "00000000-0000-4000-8000-000000000000"
    assert world.create(contractID=nobody).status_code == status
    answer = world.api("GET", "/tasking/v2/price", params={**PRICE_QUERY, "contractID": nobody})
    assert answer.status_code == status


def test_feasibility_creates_nothing(world):
    """Each item of the array gets a result at its index, and no task exists afterwards."""
    answer = world.api("POST", "/tasking/v2/feasibility", [order(), order(imagingMode="SCAN")])
    assert answer.status_code == 200
    assert answer.json() == {"feasibility": [{"result": "FEASIBLE"}, {"result": "FEASIBLE"}]}
    assert (world.control("GET", "/orders"), world.summary()) == ([], (0, 0))
    world.switch(feasibilityResult="NOT_FEASIBLE")
    assert world.api("POST", "/tasking/v2/feasibility", [order()]).json()["feasibility"][0]["result"] == "NOT_FEASIBLE"


def test_feasibility_judges_as_create_does(world):
    """One object instead of an array, an empty array, a bad item, and too little money are refused."""
    path = "/tasking/v2/feasibility"
    for body in (order(), [], [order(), order(acquisitionWindow=window(0, 2))]):
        assert world.api("POST", path, body).status_code == 400
    world.contract(spendLimit=0)
    assert world.api("POST", path, [order()]).json()["code"] == "ERR_INSUFFICIENT_FUNDS"


def test_control_refuses_broken_contract_facts(world):
    """A contract keeps its id, its dates and integer money; a new id makes a new contract."""
    url = f"{world.simulator.url}/_sim/iceye/contracts/{CONTRACT}"
    for facts in (
        {"id": OTHER_CONTRACT},
        {"start": "soon"},
        {"end": None},
        {"spendLimit": 1.5},
        {"eula": "X"},
        {"sla": None},
        {"currency": None},
        [],
    ):
        assert world.http.put(url, json=facts).status_code == 400
    third = "11111111-1111-4111-8111-111111111111"
    assert world.control("PUT", f"/iceye/contracts/{third}", {"currency": "USD"})["currency"] == "USD"
    assert world.api("GET", f"/company/v1/contracts/{third}").status_code == 200
    assert world.http.get(f"{world.simulator.url}/_sim/iceye/contracts/x").status_code == 404
