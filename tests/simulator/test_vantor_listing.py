"""Vantor's lists: pages by token and by link, sorts, filters by a part of a value, and lists that lie."""

import pytest

from reconciler.simulator import Simulator

from .scenario import START
from .vantor import TASKING, Vantor, request


@pytest.fixture(scope="module")
def shelf(http):
    """Twenty-five taskings, one per simulated minute, numbered in their descriptions."""
    with Simulator(start=START, speed=0) as simulator:
        vantor = Vantor(simulator, http)
        for number in range(25):
            vantor.submitted(request(request_description=f"rc1-{number:02}"))
            vantor.advance("1m")
        yield vantor


@pytest.fixture
def crowded(shelf) -> Vantor:
    """The shelf with every switch at its default."""
    shelf.control("DELETE", "/switches")
    return shelf


def numbers(body: dict) -> list[int]:
    return [int(shown["request_description"][-2:]) for shown in body["data"]["taskings"]]


def walked(vantor: Vantor, parameter: str, **query) -> list[int]:
    """Return the numbers of all pages by tokens, at most of five pages."""
    found, token = [], None
    for _ in range(5):
        body = vantor.page(**query, **({} if token is None else {parameter: token}))
        found += numbers(body)
        token = body.get("next_page_token")
        if not token:
            return found
    return found


def test_a_page_holds_ten_newest_first(crowded):
    """Without a query a list shows the ten newest, with a token and a link to the next."""
    body = crowded.page()
    assert numbers(body) == list(range(24, 14, -1))
    assert set(body["links"]) == {"request", "next_page"}
    assert body["next_page_token"]


@pytest.mark.parametrize(("sort", "parameter"), [("asc", "starting_after"), ("desc", "ending_before")])
def test_tokens_lead_through_all_pages(crowded, sort, parameter):
    """A token is good for starting_after when sorting up and ending_before when sorting down."""
    found = walked(crowded, parameter, sort=sort)
    assert sorted(found) == list(range(25))
    assert found == sorted(found, reverse=sort == "desc")


@pytest.mark.parametrize(("sort", "parameter"), [("desc", "starting_after"), ("asc", "ending_before")])
def test_a_token_in_the_other_parameter_goes_astray(crowded, sort, parameter):
    """By sort, the other parameter means the other side, where items were shown before or are newer."""
    found = walked(crowded, parameter, sort=sort)
    assert sorted(set(found)) != list(range(25))
    assert len(found) > len(set(found))


def test_one_parameter_for_both_directions_is_a_switch(crowded):
    """By switch starting_after leads onward in every sort, and links know it."""
    crowded.switch(tokenParameter="starting-after")
    for sort in ("asc", "desc"):
        assert sorted(walked(crowded, "starting_after", sort=sort)) == list(range(25))
        assert "starting_after=" in crowded.page(sort=sort)["links"]["next_page"]


@pytest.mark.parametrize("sort", ["asc", "desc"])
@pytest.mark.parametrize("style", ["by-sort", "starting-after"])
def test_links_lead_through_all_pages(crowded, sort, style):
    """links.next_page followed as it is keeps the query, and ends with the last page."""
    crowded.switch(tokenParameter=style)
    url, found = f"{crowded.simulator.vantor_url}{TASKING}?limit=7&sort={sort}&filter=request_description:rc1-", []
    while url:
        body = crowded.http.get(url, headers=crowded.headers).json()
        found += numbers(body)
        url = body["links"].get("next_page")
    assert sorted(found) == list(range(25))


def test_what_leads_on_is_a_switch(crowded):
    """A page shows a token, a link, or both."""
    crowded.switch(nextPage="token")
    body = crowded.page()
    assert (set(body["links"]), "next_page_token" in body) == ({"request"}, True)
    crowded.switch(nextPage="link")
    body = crowded.page()
    assert (set(body["links"]), "next_page_token" in body) == ({"request", "next_page"}, False)


def test_the_last_page_s_token_is_a_switch(crowded):
    """On the last page the token is missing, null or empty; there is never a link."""
    assert "next_page_token" not in crowded.page(limit=25)
    for form, token in (("null", None), ("empty", "")):
        crowded.switch(endToken=form)
        body = crowded.page(limit=25)
        assert (body["next_page_token"], "next_page" in body["links"]) == (token, False)


def test_sizes_and_sorts_are_switches(crowded):
    """The default size and sort differ, and a limit beyond the maximum is cut without a word."""
    crowded.switch(pageSize=3, defaultSort="asc", limitMaximum=20)
    assert numbers(crowded.page()) == [0, 1, 2]
    assert len(numbers(crowded.page(limit=100))) == 20


@pytest.mark.parametrize(
    "query",
    [
        {"sort": "up"},
        {"limit": "0"},
        {"limit": "-1"},
        {"limit": "x"},
        {"starting_after": "?"},
        {"ending_before": "eA"},
        {"filter": "x"},
        {"filter": "color:red"},
        {"filter": ["request_description:a", "request_description:b"]},
    ],
)
def test_nonsense_queries_are_refused(crowded, query):
    """A sort, limit, token or filter that means nothing is a 400."""
    assert crowded.api("GET", TASKING, params=query).status_code == 400


def test_a_filter_matches_a_part(crowded):
    """filter=key:value finds every tasking whose value holds it, in pages; several filters all hold."""
    found = walked(crowded, "starting_after", sort="asc", filter="request_description:1", limit=5)
    assert found == [number for number in range(25) if "1" in f"rc1-{number:02}"]
    both = ["request_description:-07", "tasking_status:ACCEPT"]
    assert numbers(crowded.page(filter=both)) == [7]
    assert numbers(crowded.page(filter=["request_description:-07", "tasking_status:DENIED"])) == []
    assert numbers(crowded.page(filter="request_description:-1", sort="desc", limit=4)) == [19, 18, 17, 16]


def test_a_filter_can_be_ignored_or_refused(crowded):
    """A server may give the unfiltered list, or a 400."""
    crowded.switch(filter="ignored")
    assert len(numbers(crowded.page(filter="request_description:-07"))) == 10
    crowded.switch(filter="refused")
    assert crowded.api("GET", TASKING, params={"filter": "request_description:-07"}).status_code == 400
    assert crowded.api("GET", TASKING).status_code == 200


def test_a_filter_finds_what_is_not_echoed(crowded):
    """A description that lists do not show is still searched."""
    crowded.switch(descriptionEcho="absent")
    (shown,) = crowded.list_page(filter="request_description:-07")
    assert "request_description" not in shown


def test_lists_that_lie(crowded):
    """A list repeats its first page, never ends, or gives fewer items than were asked for."""
    first = crowded.page(sort="asc", limit=2)
    crowded.fault("repeat-page", path=TASKING)
    again = crowded.page(sort="asc", limit=2, starting_after=first["next_page_token"])
    assert (numbers(again), again["next_page_token"]) == ([0, 1], first["next_page_token"])
    crowded.fault("endless", times=2, path=TASKING)
    tokens = {crowded.page(limit=100)["next_page_token"] for _ in range(2)}
    assert len(tokens) == 2
    crowded.fault("short-page", items=1, path=TASKING)
    body = crowded.page(limit=5, sort="asc")
    assert numbers(body) == [0]
    assert numbers(crowded.page(limit=2, sort="asc", starting_after=body["next_page_token"])) == [1, 2]
    for sort, parameter in (("asc", "starting_after"), ("desc", "ending_before")):
        crowded.fault("short-page", items=0, path=TASKING)
        body = crowded.page(sort=sort)
        assert numbers(body) == []
        expected = crowded.page(sort=sort)
        assert numbers(crowded.page(sort=sort, **{parameter: body["next_page_token"]})) == numbers(expected)


def test_new_taskings_can_lag(vantor):
    """A new tasking stays out of lists for a while, by switch out of all reads."""
    vantor.switch(visibilitySeconds=60)
    tasking_id = vantor.submitted()
    assert (vantor.list_page(), vantor.status(tasking_id)) == ([], "INITIAL")
    vantor.advance("60s")
    assert len(vantor.list_page()) == 1
    vantor.switch(visibilityWhere="both")
    hidden = vantor.submitted()
    assert vantor.api("GET", f"{TASKING}/{hidden}").status_code == 404
    assert len(vantor.control_orders()) == 2
