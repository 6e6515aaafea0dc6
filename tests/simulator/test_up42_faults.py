"""The shared control API at UP42's paths: faults, counts and what a wiped or reopened world keeps."""

import httpx
import pytest

from reconciler.simulator import Simulator

from .scenario import START
from .up42 import ORDERS, QUOTES, STUDIES, TOKEN, Up42, order, spot


def orders(up42) -> int:
    return len(up42.control("GET", "/orders"))


@pytest.mark.parametrize(
    ("kind", "error", "committed"),
    [("drop-before", httpx.RemoteProtocolError, 0), ("drop-after", httpx.RemoteProtocolError, 1)],
)
def test_a_lost_placement(up42, kind, error, committed):
    """A lost connection looks the same to the client whether the order was placed or not."""
    up42.fault(kind, method="POST", path=ORDERS)
    with pytest.raises(error):
        up42.place()
    assert orders(up42) == committed


def test_a_lost_acceptance(up42):
    """A quote may be accepted although its answer was lost."""
    order_id = up42.quoted(spot())
    up42.fault("drop-after", method="PATCH", path=f"{QUOTES}/*")
    with pytest.raises(httpx.RemoteProtocolError):
        up42.decide(order_id)
    assert up42.quotes(order_id)[0]["decision"] == "ACCEPTED"


@pytest.mark.parametrize(
    "path",
    ["/up42/api/v2/orders/*", "/v2/orders/*", "/v2/orders/{orderID}", "/up42/api/v2/orders/{orderID}"],
)
def test_a_path_is_matched_in_all_its_names(up42, path):
    """A fault names the real path by a glob, or the template, whole or below UP42's prefix."""
    order_id = up42.placed()
    up42.fault("status", status=503, times=0, path=path)
    answer = up42.api("GET", f"{ORDERS}/{order_id}")
    assert (answer.status_code, answer.json()) == (503, {"status": 503, "title": "injected fault", "detail": {}})
    assert up42.api("GET", ORDERS).status_code == 200


def test_the_token_endpoint_has_faults_too(up42):
    """Faults reach the logins."""
    up42.fault("status", status=503, path=TOKEN)
    assert up42.token().status_code == 503
    assert up42.token().status_code == 200


def test_retry_after_is_a_switch(up42):
    """A 429 comes without Retry-After, or with it."""
    up42.fault("status", status=429, times=2, path=ORDERS)
    assert "retry-after" not in up42.place().headers
    up42.switch(retryAfter=True)
    assert up42.place().headers["retry-after"] == "1"
    assert orders(up42) == 0


def test_a_lag_hides_a_new_order(up42):
    """An order placed under a lag stays out of lists, and by default out of all reads, with its decisions."""
    up42.fault("lag", seconds=86400, path=ORDERS)
    order_id = up42.placed(spot())
    assert up42.api("GET", f"{ORDERS}/{order_id}").status_code == 404
    up42.advance("2h")
    assert up42.list_page() == up42.list_page(QUOTES) == up42.list_page(STUDIES) == []
    up42.advance("22h")
    assert len(up42.list_page()) == len(up42.list_page(QUOTES)) == len(up42.list_page(STUDIES)) == 1


def test_lists_that_lie(up42):
    """A list repeats its first page, never ends, or gives fewer items than were asked for and says so."""
    for number in range(3):
        up42.placed(order(displayName=str(number)))
    up42.fault("repeat-page", path=ORDERS)
    assert [shown["displayName"] for shown in up42.list_page(size=2, page=1)] == ["2", "1"]
    up42.fault("endless", times=2, path=ORDERS)
    for page in (0, 7):
        body = up42.got(ORDERS, size=2, page=page)
        assert (len(body["content"]), body["last"], body["totalPages"] > page + 1) == (2, False, True)
    up42.fault("short-page", items=1, path=ORDERS)
    body = up42.got(ORDERS, size=3)
    assert (len(body["content"]), body["size"], body["totalPages"], body["totalElements"]) == (1, 1, 3, 3)
    up42.fault("short-page", items=0, path=ORDERS)
    body = up42.got(ORDERS, size=3)
    assert (body["content"], body["size"], body["totalElements"]) == ([], 3, 3)


def test_a_mutation_reaches_the_items(up42):
    """A merge patch changes each item of a page, and of a STAC search."""
    up42.accepted(spot())
    up42.advance("20d")
    up42.fault("mutate", patch={"status": "NEWLY_INVENTED"}, each=True, path=ORDERS)
    assert [shown["status"] for shown in up42.list_page()] == ["NEWLY_INVENTED"]
    up42.fault("mutate", patch={"id": None}, each=True, path="/v2/assets/stac/search")
    items = up42.api("POST", "/v2/assets/stac/search", {}).json()["features"]
    assert [("id" in item, item["type"]) for item in items] == [(False, "Feature")] * 2
    up42.fault("mutate", patch={"content": None}, each=False, path=ORDERS)
    assert "content" not in up42.got(ORDERS)


def test_requests_are_counted_by_template(up42):
    """Requests are counted beside those of other providers, logins included."""
    order_id = up42.placed()
    up42.order(order_id)
    counts = up42.control("GET", "/requests")
    assert counts["POST /up42/api/v2/orders"] == 1
    assert counts["GET /up42/api/v2/orders/{orderID}"] == 1
    assert counts[f"POST /up42/auth{TOKEN}"] == 1


def test_paths_and_methods_that_are_none(up42):
    """An unknown path is a 404 and an unknown method a 405, both in UP42's form."""
    for method, path, status in (("GET", "/v2/nothing", 404), ("PUT", ORDERS, 405)):
        answer = up42.api(method, path)
        assert (answer.status_code, set(answer.json())) == (status, {"status", "title", "detail"})


def test_a_wiped_simulator_is_as_new(up42):
    """DELETE takes orders, decisions, credits, approvals, budgets and users away."""
    budget = "11111111-1111-4111-8111-111111111111"
    (eula,) = up42.list_page("/v2/eulas")
    up42.quoted(spot())
    up42.control("PUT", f"/up42/budgets/{budget}", {})
    up42.control("PUT", "/up42/accounts/default", {"balance": 1})
    up42.control("PUT", "/up42/access", {"phr-tasking": False})
    up42.control("PUT", f"/up42/eulas/{eula['id']}", {"isAccepted": False})
    up42.control("PUT", "/up42/users", {"other": {"password": "x"}})
    up42.control("DELETE", "")
    up42.headers = {}
    assert up42.list_page() == up42.list_page(QUOTES) == up42.list_page("/v2/budgets") == []
    assert up42.balance() == 10_000_000
    assert up42.list_page("/v2/eulas") == [eula]
    assert up42.placed()


def test_everything_survives_a_restart(tmp_path, http):
    """Orders with their decisions, tokens, credits and switches are in the file."""
    data = tmp_path / "world.db"
    with Simulator(data=data, start=START, speed=0) as simulator:
        up42 = Up42(simulator, http)
        order_id = up42.accepted(spot())
        up42.authorize()
        shown, quotes, studies = up42.order(order_id), up42.quotes(order_id), up42.study(order_id)
        balance = up42.balance()
    with Simulator(data=data, speed=0) as simulator:
        again = Up42(simulator, http, headers=up42.headers)
        assert (again.order(order_id), again.quotes(order_id), again.study(order_id)) == (shown, quotes, studies)
        assert again.balance() == balance
        again.advance("10m")
        assert again.state(order_id)[0] == "BEING_FULFILLED"
