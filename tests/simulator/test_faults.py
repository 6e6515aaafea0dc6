"""Every fault as a client meets it: what httpx raises or returns, and whether the order exists afterwards."""

import time

import httpx
import pytest

from reconciler.simulator import Simulator

from .scenario import CONTRACT, START, TASKS, Scenario, order


def orders(scenario: Scenario) -> int:
    return len(scenario.control("GET", "/orders"))


@pytest.mark.parametrize(
    ("kind", "error", "committed"),
    [
        ("drop-before", httpx.RemoteProtocolError, False),
        ("drop-after", httpx.RemoteProtocolError, True),
        ("reset-before", httpx.ReadError, False),
        ("reset-after", httpx.ReadError, True),
        ("truncate", httpx.RemoteProtocolError, True),
    ],
)
def test_broken_connections(scenario, kind, error, committed):
    """A lost connection looks the same to the client whether the order was placed or not."""
    scenario.fault(kind, method="POST", path=TASKS)
    with pytest.raises(error):
        scenario.create()
    assert orders(scenario) == int(committed)
    assert scenario.create().status_code == 201, "the fault was for one request only"


def test_a_refused_request_is_dropped_like_any_other(scenario):
    """Behind a dropped connection may also stand a refusal that nobody hears."""
    scenario.fault("drop-after", path=TASKS)
    with pytest.raises(httpx.RemoteProtocolError):
        scenario.create(imagingMode="NO_SUCH_MODE")
    assert orders(scenario) == 0


@pytest.mark.parametrize("commit", [False, True])
def test_status_with_everything(scenario, commit):
    """A status fault sends any status, headers and body, and commits only where it says so."""
    scenario.fault(
        "status",
        status=429,
        body={"odd": True},
        headers={"Retry-After": "7", "Location": "/elsewhere", "Date": "Thu, 01 Jan 1970 00:00:00 GMT"},
        contentType="application/vnd.odd+json",
        commit=commit,
        path=TASKS,
    )
    answer = scenario.create()
    assert (answer.status_code, answer.json()) == (429, {"odd": True})
    assert answer.headers["retry-after"] == "7"
    assert answer.headers["location"] == "/elsewhere"
    assert answer.headers["content-type"] == "application/vnd.odd+json"
    assert answer.headers.get_list("date") == ["Thu, 01 Jan 1970 00:00:00 GMT"]
    assert orders(scenario) == int(commit)


def test_status_without_a_body_is_the_provider_s_own_error(scenario):
    """Without a body, the status comes with an error body of the format that Accept selects."""
    scenario.fault("status", status=500, times=2, path=TASKS)
    assert scenario.create().json() == {"code": "ERR_500", "message": "injected fault"}
    problem = scenario.api("POST", TASKS, {}, headers={"Accept": "application/problem+json"}).json()
    assert (problem["code"], problem["title"]) == ("500", "Internal Server Error")


@pytest.mark.parametrize("status", [204, 302, 418, 599])
def test_statuses_that_nobody_expects(scenario, status):
    """Any status passes, also one that allows no body or has no name; text bodies are sent as they are."""
    scenario.fault("status", status=status, body="as it is", path=TASKS)
    answer = scenario.create()
    assert answer.status_code == status
    assert answer.text == ("" if status == 204 else "as it is")


@pytest.mark.parametrize(("when", "committed"), [("before", 0), ("after", 1)])
def test_delay_beyond_the_client_s_patience(scenario, when, committed):
    """A client that gives up early learns nothing; whether the order exists depends on when the delay is."""
    scenario.authorize()
    scenario.fault("delay", seconds=0.3, when=when, path=TASKS)
    with pytest.raises(httpx.ReadTimeout):
        scenario.api("POST", TASKS, order(), timeout=0.05)
    assert orders(scenario) == committed
    until = time.monotonic() + 2
    while not orders(scenario) and time.monotonic() < until:
        time.sleep(0.02)
    assert orders(scenario) == 1, "a client that hangs up does not stop a server"


def test_other_requests_pass_during_a_delay(scenario):
    """A delayed request keeps nobody else waiting."""
    scenario.authorize()
    scenario.fault("delay", seconds=5, path=TASKS)
    with pytest.raises(httpx.ReadTimeout):
        scenario.api("GET", TASKS, timeout=0.05)
    assert scenario.list_page() == []


def test_malformed_empty_and_html_answers(scenario):
    """The order is placed and its answer is no JSON, or nothing, or a proxy's page under its status or another."""
    scenario.fault("malformed", path=TASKS)
    scenario.fault("empty", path=TASKS)
    scenario.fault("html", path=TASKS)
    scenario.fault("html", path=TASKS, status=502)
    answers = [scenario.create() for _ in range(4)]
    assert [answer.status_code for answer in answers] == [201, 201, 201, 502]
    for answer in answers:
        with pytest.raises(ValueError, match=r"Expecting|Extra"):
            answer.json()
    assert answers[1].content == b""
    assert answers[2].headers["content-type"].startswith("text/html")
    assert orders(scenario) == 4


def test_wrong_content_type(scenario):
    """The right body comes under another type."""
    scenario.fault("wrong-content-type", path=TASKS)
    scenario.fault("wrong-content-type", path=TASKS, contentType="application/octet-stream")
    first, second = scenario.create(), scenario.create()
    assert first.headers["content-type"] == "text/plain"
    assert second.headers["content-type"] == "application/octet-stream"
    assert first.json()["status"] == "RECEIVED"


def test_huge_answer_is_streamed(scenario):
    """A body of the wanted size comes in pieces and without an announced length."""
    scenario.authorize()
    scenario.fault("huge", size=3_000_000, path=TASKS)
    with scenario.http.stream("GET", scenario.simulator.iceye_url + TASKS, headers=scenario.headers) as answer:
        assert "content-length" not in answer.headers
        assert sum(len(chunk) for chunk in answer.iter_bytes()) == 3_000_000


@pytest.mark.parametrize("where", ["list", "both"])
def test_lag_hides_a_new_order(scenario, where):
    """An order created under a lag stays out of lists, and by default out of get and cancel, for its time."""
    scenario.fault("lag", seconds=600, where=where, path=TASKS)
    hidden = scenario.created()
    shown = scenario.created()
    assert [task["id"] for task in scenario.list_page()] == [shown["id"]]
    found = scenario.api("GET", f"{TASKS}/{hidden['id']}").status_code
    assert found == (200 if where == "list" else 404)
    assert orders(scenario) == 2
    scenario.advance("599s")
    assert len(scenario.list_page()) == 1
    scenario.advance("1s")
    assert len(scenario.list_page()) == 2
    assert scenario.cancel(hidden["id"]).status_code == 200


def test_lag_is_not_used_up_by_reads(scenario):
    """Reads between the fault and the create leave a lag in place."""
    scenario.fault("lag", seconds=600, path=TASKS)
    scenario.list_page()
    scenario.created()
    assert scenario.list_page() == []


def test_repeat_page(scenario):
    """The same page comes back with the same cursor, whatever cursor is sent."""
    ids = [scenario.created()["id"] for _ in range(3)]
    scenario.fault("repeat-page", times=0, path=TASKS)
    first = scenario.api("GET", TASKS, params={"limit": 2}).json()
    second = scenario.api("GET", TASKS, params={"limit": 2, "cursor": first["cursor"]}).json()
    assert first == second
    assert [task["id"] for task in first["data"]] == ids[:0:-1]


def test_endless_pages(scenario):
    """The same items come back under a fresh cursor each time, also where all fit on one page."""
    scenario.created()
    scenario.fault("endless", times=0, path=TASKS)
    cursor, cursors = None, set()
    for _ in range(5):
        page = scenario.api("GET", TASKS, params={"cursor": cursor} if cursor else {}).json()
        assert len(page["data"]) == 1
        cursor = page["cursor"]
        cursors.add(cursor)
    assert len(cursors) == 5


@pytest.mark.parametrize("items", [0, 1])
def test_short_page(scenario, items):
    """A page with fewer items than asked for, or none, still has a cursor that goes on from there."""
    ids = {scenario.created()["id"] for _ in range(3)}
    scenario.fault("short-page", items=items, path=TASKS)
    first = scenario.api("GET", TASKS, params={"limit": 3}).json()
    assert len(first["data"]) == items
    rest = scenario.api("GET", TASKS, params={"limit": 3, "cursor": first["cursor"]}).json()
    assert {task["id"] for task in first["data"] + rest["data"]} == ids
    assert len(rest["data"]) == 3 - items


def test_mutate_changes_bodies_and_items(scenario):
    """A merge patch sets, replaces and removes fields of the body or of each item, in successful answers only."""
    task = scenario.created(reference="before")
    patch = {"createdAt": "2023-12-20T15:04:05Z07:00", "eula": None, "extra": {"new": [1]}}
    scenario.fault("mutate", patch=patch, path=f"{TASKS}/*")
    scenario.fault("mutate", patch={"status": "NEWLY_INVENTED"}, each=True, path=TASKS)
    mutated = scenario.task(task["id"])
    assert mutated["createdAt"] == "2023-12-20T15:04:05Z07:00"
    assert mutated["extra"] == {"new": [1]}
    assert "eula" not in mutated
    assert [item["status"] for item in scenario.list_page()] == ["NEWLY_INVENTED"]
    assert scenario.task(task["id"]) == task, "the task itself did not change"
    scenario.fault("mutate", patch={"code": None}, path=TASKS)
    assert "code" in scenario.create(imagingMode="NO_SUCH_MODE").json()


@pytest.mark.parametrize(
    "path",
    [
        "/iceye/api/tasking/v2/tasks/*",
        "/api/tasking/v2/tasks/*",
        "/tasking/v2/tasks/*",
        "/tasking/v2/tasks/{taskID}",
        "/iceye/api/tasking/v2/tasks/{taskID}",
        "*/tasks/????????-*",
    ],
)
def test_a_path_is_matched_in_all_its_names(scenario, path):
    """A fault names the real path by a glob, or the template, whole or below the provider's prefix."""
    task = scenario.created()
    scenario.fault("status", status=503, times=0, path=path)
    assert scenario.api("GET", f"{TASKS}/{task['id']}").status_code == 503
    assert scenario.api("GET", TASKS).status_code == 200


def test_faults_skip_repeat_and_queue(scenario):
    """`skip` lets requests pass, `times` repeats, 0 never ends, and faults of a slot fire one after the other."""
    scenario.fault("status", status=500, skip=1, times=2, path=TASKS)
    scenario.fault("status", status=429, times=0, method="get", path=TASKS)
    answers = [scenario.api("GET", TASKS).status_code for _ in range(5)]
    assert answers == [429, 500, 500, 429, 429]
    assert scenario.create().status_code == 201
    assert [(fault["passed"], fault["fired"]) for fault in scenario.control("GET", "/faults")] == [
        (1, 2),
        (0, 3),
    ]


def test_faults_of_different_slots_fire_together(scenario):
    """One request can be delayed, hidden and dropped at once."""
    scenario.authorize()
    scenario.control(
        "POST",
        "/faults",
        [
            {"kind": "delay", "seconds": 0.05, "path": TASKS},
            {"kind": "lag", "seconds": 60, "path": TASKS},
            {"kind": "drop-after", "path": TASKS},
        ],
    )
    began = time.perf_counter()
    with pytest.raises(httpx.RemoteProtocolError):
        scenario.create()
    assert time.perf_counter() - began > 0.05
    assert (scenario.list_page(), orders(scenario)) == ([], 1)


def test_faults_are_deleted_one_by_one_or_all(scenario):
    """A fault leaves by its id, or with all others."""
    first = scenario.fault("empty", path="/never")
    scenario.fault("empty", path="/never")
    scenario.control("DELETE", f"/faults/{first['id']}")
    assert len(scenario.control("GET", "/faults")) == 1
    scenario.control("DELETE", "/faults")
    assert scenario.control("GET", "/faults") == []


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "no-such-kind"},
        {"kind": "status"},
        {"kind": "empty", "times": -1},
        {"kind": "empty", "unknown": 1},
        {"kind": "status", "status": 99},
        "empty",
    ],
)
def test_malformed_faults_are_refused(scenario, fault):
    """A fault that says nothing clear is a 400, and nothing is kept."""
    assert scenario.http.post(f"{scenario.simulator.url}/_sim/faults", json=fault).status_code == 400
    assert scenario.control("GET", "/faults") == []


def test_the_token_endpoint_and_files_have_faults_too(scenario):
    """Faults reach every path of the provider, and no path of the control API."""
    scenario.fault("status", status=503, path="/oauth/v1/token")
    assert scenario.token().status_code == 503
    scenario.fault("drop-before", times=0)
    assert len(scenario.control("GET", "/faults")) == 2


def test_faults_survive_a_restart(tmp_path, http):
    """What is left of a fault after a restart is what was left before."""
    data = tmp_path / "world.db"
    with Simulator(data=data, start=START, speed=0, contracts=[CONTRACT]) as simulator:
        scenario = Scenario(simulator, http)
        scenario.fault("drop-after", times=2, path=TASKS)
        with pytest.raises(httpx.RemoteProtocolError):
            scenario.create()
    with Simulator(data=data, speed=0) as simulator:
        scenario = Scenario(simulator, http)
        with pytest.raises(httpx.RemoteProtocolError):
            scenario.create()
        assert scenario.create().status_code == 201
        assert orders(scenario) == 3
