"""Lists: pages, cursors, filters, and what a list item lacks."""

import pytest

from reconciler.simulator import Simulator

from .scenario import CONTRACT, OTHER_CONTRACT, START, TASKS, Scenario


@pytest.fixture(scope="module")
def crowded(http):
    """Two contracts with 250 tasks together, one per simulated minute, every fifth of the other contract's."""
    with Simulator(start=START, speed=0, contracts=(CONTRACT, OTHER_CONTRACT)) as simulator:
        yield filled(Scenario(simulator, http))


def filled(scenario: Scenario) -> Scenario:
    for contract in (CONTRACT, OTHER_CONTRACT):
        scenario.control("PUT", f"/iceye/contracts/{contract}", {"spendLimit": None})
    scenario.switch(tokenSeconds=10**9)
    scenario.authorize()
    for number in range(250):
        scenario.created(reference=str(number), contractID=OTHER_CONTRACT if number % 5 == 4 else CONTRACT)
        scenario.control("POST", "/clock", {"advance": "1m"})
    return scenario


def walk(scenario: Scenario, **query) -> list[int]:
    """Return the references of all pages."""
    found, cursor = [], None
    while True:
        page = scenario.api("GET", TASKS, params={**query, **({"cursor": cursor} if cursor else {})}).json()
        found += [int(task["reference"]) for task in page["data"]]
        cursor = page.get("cursor")
        if not cursor:
            return found


@pytest.mark.parametrize("limit", [1000, 250, 100, 7])
def test_all_pages_hold_every_task_once(crowded, limit):
    """Whatever the page size, the pages together are the whole history, newest first."""
    assert walk(crowded, limit=limit) == list(range(249, -1, -1))


def test_oldest_first(crowded):
    """By switch, a list begins with the oldest."""
    crowded.switch(listOrder="oldest")
    assert walk(crowded, limit=60) == list(range(250))
    crowded.switch(listOrder=None)


def test_filters(crowded):
    """A list narrows down by contract and by creation; createdAfter includes its instant, createdBefore does not."""
    assert walk(crowded, contractID=OTHER_CONTRACT, limit=20) == list(range(249, 0, -5))
    after, before = "2026-12-01T01:00:00Z", "2026-12-01T03:03:00+02:00"
    assert walk(crowded, createdAfter=after, createdBefore=before, limit=2) == [62, 61, 60]
    crowded.switch(createdAfterInclusive=False, createdBeforeInclusive=True)
    assert walk(crowded, createdAfter=after, createdBefore=before) == [63, 62, 61]
    crowded.switch(createdAfterInclusive=None, createdBeforeInclusive=None)


def test_default_page_has_ten(crowded):
    """Without a limit, and with 0, a page has ten items."""
    assert len(crowded.list_page()) == len(crowded.list_page(limit=0)) == 10


@pytest.mark.parametrize(("form", "end"), [("missing", "absent"), ("empty", ""), ("null", None)])
def test_the_last_page_s_cursor_is_a_switch(crowded, form, end):
    """The end of a list is a missing, an empty or a null cursor."""
    crowded.switch(endCursor=form)
    assert crowded.api("GET", TASKS, params={"limit": 1000}).json().get("cursor", "absent") == end
    assert crowded.api("GET", "/company/v1/contracts").json().get("cursor", "absent") == end
    crowded.switch(endCursor=None)


def test_new_tasks_do_not_disturb_a_walk(scenario):
    """A task created during a walk neither repeats nor hides another."""
    ids = [scenario.created()["id"] for _ in range(4)]
    first = scenario.api("GET", TASKS, params={"limit": 2}).json()
    scenario.created()
    rest = scenario.list_page(limit=2, cursor=first["cursor"])
    assert [task["id"] for task in first["data"] + rest] == ids[::-1]


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "-1"},
        {"limit": "10001"},
        {"limit": "ten"},
        {"limit": "1.5"},
        {"limit": "9" * 5000},
        {"cursor": "made-up"},
        {"cursor": "WzFlOTk5LCAiIl0"},
        {"cursor": "é"},
        {"contractID": "x"},
        {"createdAfter": "2026-12-01"},
        {"createdAfter": "2026-12-01T00:00:00 00:00"},
        {"createdBefore": "yesterday"},
        {"reference": "rc1-abc"},
        {"limit": ["1", "2"]},
    ],
)
def test_bad_queries_are_400(scenario, query):
    """Limits out of range, cursors never given out, loose instants, unknown and repeated parameters are refused."""
    assert scenario.api("GET", TASKS, params=query).status_code == 400


def test_limit_maximum_is_a_switch(scenario):
    """Tasking's own maximum is unknown, so it can be made smaller."""
    scenario.switch(limitMaximum=100)
    assert scenario.api("GET", TASKS, params={"limit": 101}).status_code == 400
    assert scenario.api("GET", TASKS, params={"limit": 100}).status_code == 200


def test_unknown_query_parameters_can_be_ignored(scenario):
    """A server that ignores an invented filter answers with everybody's tasks."""
    scenario.created(reference="other")
    scenario.switch(unknownQuery="ignored")
    assert len(scenario.list_page(reference="mine")) == 1


def test_list_items_lack_notifications_and_deliveries(scenario):
    """A list item is a task without notifications and deliveries."""
    place = scenario.control("GET", f"/iceye/contracts/{CONTRACT}")["deliveryLocations"][0]
    location = {"configID": place["configID"], "path": place["path"]}
    task = scenario.created(notifications={"webhook": {"id": OTHER_CONTRACT}}, deliveries=[{"locations": [location]}])
    assert task["deliveries"]
    assert task["notifications"]
    del task["deliveries"], task["notifications"]
    assert scenario.list_page() == [task]


@pytest.mark.parametrize(("status", "answered"), [(404, 404), (403, 403), (200, 200)])
def test_lists_of_an_unknown_contract(scenario, status, answered):
    """A contract that does not exist is a refusal, or (the dangerous answer) an empty list."""
    scenario.switch(unknownContractList=status)
    answer = scenario.api("GET", TASKS, params={"contractID": "00000000-0000-4000-8000-000000000000"})
    assert answer.status_code == answered
    assert status != 200 or answer.json() == {"data": []}


def test_visibility_is_a_switch(scenario):
    """By switch every new task stays invisible for a while."""
    scenario.switch(visibilitySeconds=60, visibilityWhere="list")
    task = scenario.created()
    assert (scenario.list_page(), scenario.status(task["id"])) == ([], "RECEIVED")
    scenario.switch(visibilityWhere="both")
    assert scenario.api("GET", f"{TASKS}/{scenario.created()['id']}").status_code == 404
    scenario.advance("60s")
    assert len(scenario.list_page()) == 2


def test_get_needs_a_known_uuid(scenario):
    """An id that is no UUID is a 400, one of nobody's a 404."""
    assert scenario.api("GET", f"{TASKS}/17").status_code == 400
    assert scenario.api("GET", f"{TASKS}/{CONTRACT}").status_code == 404
