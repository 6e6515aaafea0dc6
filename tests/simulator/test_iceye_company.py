"""What a client reads before it orders: contracts, balance, price, feasibility."""

import pytest

from .scenario import CONTRACT, OTHER_CONTRACT, order, window

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


def test_contract_has_the_documented_facts(scenario):
    """A contract shows its dates, allowed values, defaults and delivery paths, and no money."""
    contract = scenario.api("GET", f"/company/v1/contracts/{CONTRACT}").json()
    assert set(contract) == {
        "id", "name", "start", "end", "imagingModes", "priority", "exclusivity", "eula", "sla", "deliveryLocations",
    }  # fmt: skip
    assert (contract["start"], contract["end"]) == ("2021-12-02T00:00:00Z", "2031-11-30T00:00:00Z")
    assert contract["priority"] == {"allowed": ["COMMERCIAL", "BACKGROUND"], "default": "COMMERCIAL"}
    assert [place["path"] for place in contract["deliveryLocations"]] == [
        "DOC-EXAMPLE-BUCKET1",
        "DOC-EXAMPLE-BUCKET2",
    ]


def test_contracts_are_listed_in_pages(scenario):
    """The list of contracts is ordered by id and paged."""
    first = scenario.api("GET", "/company/v1/contracts", params={"limit": 1}).json()
    rest = scenario.api("GET", "/company/v1/contracts", params={"cursor": first["cursor"]}).json()
    assert [item["id"] for item in first["data"] + rest["data"]] == [OTHER_CONTRACT, CONTRACT]
    assert "cursor" not in rest
    assert scenario.api("GET", "/company/v1/contracts", params={"limit": "x"}).status_code == 400


def test_contracts_that_are_not_there(scenario):
    """An unknown contract is a 404 with the documented lower-case code in the problem format."""
    path = "/company/v1/contracts/00000000-0000-4000-8000-000000000000"
    for suffix in ("", "/summary"):
        answer = scenario.api("GET", path + suffix, headers={"Accept": "application/problem+json"})
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert scenario.api("GET", "/company/v1/contracts/x").status_code == 400


def test_summary_in_minor_units(scenario):
    """The summary names the currency and counts in its minor units; without a limit it names none."""
    path = f"/company/v1/contracts/{CONTRACT}/summary"
    assert scenario.api("GET", path).json() == {
        "contractID": CONTRACT,
        "currency": "EUR",
        "consolidatedSpent": 0,
        "onHold": 0,
        "spendLimit": 10_000_000,
    }
    scenario.contract(spendLimit=None)
    assert "spendLimit" not in scenario.api("GET", path).json()
    scenario.contract(pricingPlan=False)
    assert scenario.api("GET", path).status_code == 404


def test_balances_of_contracts_are_apart(scenario):
    """A task of one contract holds nothing of the other."""
    scenario.created(contractID=OTHER_CONTRACT)
    assert scenario.summary() == (0, 0)


def test_price_is_what_create_holds(scenario):
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
        price = scenario.api("GET", "/tasking/v2/price", params={**PRICE_QUERY, **changes}).json()
        assert set(price) == {"amount", "currency"}
        assert 80_000 <= price["amount"] <= 400_000
        scenario.created(**changes)
        held += price["amount"]
        assert scenario.summary() == (0, held)


def test_every_term_of_a_price_counts(scenario):
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
    amounts = [scenario.api("GET", "/tasking/v2/price", params={**PRICE_QUERY, **change}).json() for change in changes]
    assert len({price["amount"] for price in amounts}) == len(changes)
    assert scenario.api("GET", "/tasking/v2/price", params=PRICE_QUERY).json() == amounts[0]


def test_currency_decides_the_minor_unit(scenario):
    """A yen price has no hundredths."""
    scenario.contract(currency="JPY")
    price = scenario.api("GET", "/tasking/v2/price", params=PRICE_QUERY).json()
    assert price == {"amount": 1430, "currency": "JPY"}


@pytest.mark.parametrize("missing", PRICE_QUERY)
def test_every_price_parameter_is_required(scenario, missing):
    """A price query without one of its parameters is a 400 that names it."""
    query = {name: value for name, value in PRICE_QUERY.items() if name != missing}
    answer = scenario.api("GET", "/tasking/v2/price", params=query)
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
def test_bad_price_queries_are_400(scenario, change):
    """Values that make no sense, or that the contract does not allow, have no price."""
    assert scenario.api("GET", "/tasking/v2/price", params={**PRICE_QUERY, **change}).status_code == 400


@pytest.mark.parametrize("status", [404, 400, 403])
def test_without_a_pricing_plan_there_is_no_price(scenario, status):
    """The price is refused by a switch's status, and create neither checks nor holds funds."""
    scenario.switch(priceWithoutPlan=status)
    scenario.contract(pricingPlan=False, spendLimit=0)
    assert scenario.api("GET", "/tasking/v2/price", params=PRICE_QUERY).status_code == status
    scenario.created()
    assert scenario.control("GET", "/orders")[0]["price"] is None


@pytest.mark.parametrize("status", [422, 400, 403, 404])
def test_unknown_contract_is_a_switch(scenario, status):
    """What create and price say to a contract that does not exist is unknown."""
    scenario.switch(unknownContract=status)
    nobody = "00000000-0000-4000-8000-000000000000"
    assert scenario.create(contractID=nobody).status_code == status
    answer = scenario.api("GET", "/tasking/v2/price", params={**PRICE_QUERY, "contractID": nobody})
    assert answer.status_code == status


def test_feasibility_creates_nothing(scenario):
    """Each item of the array gets a result at its index, and no task exists afterwards."""
    answer = scenario.api("POST", "/tasking/v2/feasibility", [order(), order(imagingMode="SCAN")])
    assert answer.status_code == 200
    assert answer.json() == {"feasibility": [{"result": "FEASIBLE"}, {"result": "FEASIBLE"}]}
    assert (scenario.control("GET", "/orders"), scenario.summary()) == ([], (0, 0))
    scenario.switch(feasibilityResult="NOT_FEASIBLE")
    assert (
        scenario.api("POST", "/tasking/v2/feasibility", [order()]).json()["feasibility"][0]["result"] == "NOT_FEASIBLE"
    )


def test_feasibility_judges_as_create_does(scenario):
    """One object instead of an array, an empty array, a bad item, and too little money are refused."""
    path = "/tasking/v2/feasibility"
    for body in (order(), [], [order(), order(acquisitionWindow=window(0, 2))]):
        assert scenario.api("POST", path, body).status_code == 400
    scenario.contract(spendLimit=0)
    assert scenario.api("POST", path, [order()]).json()["code"] == "ERR_INSUFFICIENT_FUNDS"


def test_control_refuses_broken_contract_facts(scenario):
    """A contract keeps its id, its dates and integer money; a new id makes a new contract."""
    url = f"{scenario.simulator.url}/_sim/iceye/contracts/{CONTRACT}"
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
        assert scenario.http.put(url, json=facts).status_code == 400
    third = "11111111-1111-4111-8111-111111111111"
    assert scenario.control("PUT", f"/iceye/contracts/{third}", {"currency": "USD"})["currency"] == "USD"
    assert scenario.api("GET", f"/company/v1/contracts/{third}").status_code == 200
    assert scenario.http.get(f"{scenario.simulator.url}/_sim/iceye/contracts/x").status_code == 404
