"""Every fault as a client meets it: what httpx raises or returns, and whether the order exists afterwards."""

import time

import httpx
import pytest

from reconciler.simulator import Simulator

from .world import CONTRACT, START, TASKS, World, order


def orders(world: World) -> int:
    return len(world.control("GET", "/orders"))


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
def test_broken_connections(world, kind, error, committed):
    """A lost connection looks the same to the client whether the order was placed or not."""
    world.fault(kind, method="POST", path=TASKS)
    with pytest.raises(error):
        world.create()
    assert orders(world) == int(committed)
    assert world.create().status_code == 201, "the fault was for one request only"


def test_a_refused_request_is_dropped_like_any_other(world):
    """Behind a dropped connection may also stand a refusal that nobody hears."""
    world.fault("drop-after", path=TASKS)
    with pytest.raises(httpx.RemoteProtocolError):
        world.create(imagingMode="NO_SUCH_MODE")
    assert orders(world) == 0


@pytest.mark.parametrize("commit", [False, True])
def test_status_with_everything(world, commit):
    """A status fault sends any status, headers and body, and commits only where it says so."""
    world.fault(
        "status",
        status=429,
        body={"odd": True},
        headers={"Retry-After": "7", "Location": "/elsewhere", "Date": "Thu, 01 Jan 1970 00:00:00 GMT"},
        contentType="application/vnd.odd+json",
        commit=commit,
        path=TASKS,
    )
    answer = world.create()
    assert (answer.status_code, answer.json()) == (429, {"odd": True})
    assert answer.headers["retry-after"] == "7"
    assert answer.headers["location"] == "/elsewhere"
    assert answer.headers["content-type"] == "application/vnd.odd+json"
    assert answer.headers.get_list("date") == ["Thu, 01 Jan 1970 00:00:00 GMT"]
    assert orders(world) == int(commit)


def test_status_without_a_body_is_the_provider_s_own_error(world):
    """Without a body, the status comes with an error body of the format that Accept selects."""
    world.fault("status", status=500, times=2, path=TASKS)
    assert world.create().json() == {"code": "ERR_500", "message": "injected fault"}
    problem = world.api("POST", TASKS, {}, headers={"Accept": "application/problem+json"}).json()
    assert (problem["code"], problem["title"]) == ("500", "Internal Server Error")


@pytest.mark.parametrize("status", [204, 302, 418, 599])
def test_statuses_that_nobody_expects(world, status):
    """Any status passes, also one that allows no body or has no name; text bodies are sent as they are."""
    world.fault("status", status=status, body="as it is", path=TASKS)
    answer = world.create()
    assert answer.status_code == status
    assert answer.text == ("" if status == 204 else "as it is")


@pytest.mark.parametrize(("when", "committed"), [("before", 0), ("after", 1)])
def test_delay_beyond_the_client_s_patience(world, when, committed):
    """A client that gives up early learns nothing; whether the order exists depends on when the delay is."""
    world.authorize()
    world.fault("delay", seconds=0.3, when=when, path=TASKS)
    with pytest.raises(httpx.ReadTimeout):
        world.api("POST", TASKS, order(), timeout=0.05)
    assert orders(world) == committed
    until = time.monotonic() + 2
    while not orders(world) and time.monotonic() < until:
        time.sleep(0.02)
    assert orders(world) == 1, "a client that hangs up does not stop a server"


def test_other_requests_pass_during_a_delay(world):
    """A delayed request keeps nobody else waiting."""
    world.authorize()
    world.fault("delay", seconds=5, path=TASKS)
    with pytest.raises(httpx.ReadTimeout):
        world.api("GET", TASKS, timeout=0.05)
    assert world.listed() == []


def test_malformed_empty_and_html_answers(world):
    """The order is placed and its answer is no JSON, or nothing, or a proxy's page under its status or another."""
    world.fault("malformed", path=TASKS)
    world.fault("empty", path=TASKS)
    world.fault("html", path=TASKS)
    world.fault("html", path=TASKS, status=502)
    answers = [world.create() for _ in range(4)]
    assert [answer.status_code for answer in answers] == [201, 201, 201, 502]
    for answer in answers:
        with pytest.raises(ValueError, match=r"Expecting|Extra"):
            answer.json()
    assert answers[1].content == b""
    assert answers[2].headers["content-type"].startswith("text/html")
    assert orders(world) == 4


def test_wrong_content_type(world):
    """The right body comes under another type."""
    world.fault("wrong-content-type", path=TASKS)
    world.fault("wrong-content-type", path=TASKS, contentType="application/octet-stream")
    first, second = world.create(), world.create()
    assert first.headers["content-type"] == "text/plain"
    assert second.headers["content-type"] == "application/octet-stream"
    assert first.json()["status"] == "RECEIVED"


def test_huge_answer_is_streamed(world):
    """A body of the wanted size comes in pieces and without an announced length."""
    world.authorize()
    world.fault("huge", size=3_000_000, path=TASKS)
    with world.http.stream("GET", world.simulator.iceye_url + TASKS, headers=world.headers) as answer:
        assert "content-length" not in answer.headers
        assert sum(len(chunk) for chunk in answer.iter_bytes()) == 3_000_000


@pytest.mark.parametrize("where", ["list", "both"])
def test_lag_hides_a_new_order(world, where):
    """An order created under a lag stays out of lists, and by default out of get and cancel, for its time."""
    world.fault("lag", seconds=600, where=where, path=TASKS)
    hidden = world.created()
    shown = world.created()
    assert [task["id"] for task in world.listed()] == [shown["id"]]
    found = world.api("GET", f"{TASKS}/{hidden['id']}").status_code
    assert found == (200 if where == "list" else 404)
    assert orders(world) == 2
    world.advance("599s")
    assert len(world.listed()) == 1
    world.advance("1s")
    assert len(world.listed()) == 2
    assert world.cancel(hidden["id"]).status_code == 200


def test_lag_is_not_used_up_by_reads(world):
    """Reads between the fault and the create leave a lag in place."""
    world.fault("lag", seconds=600, path=TASKS)
    world.listed()
    world.created()
    assert world.listed() == []


def test_repeat_page(world):
    """The same page comes back with the same cursor, whatever cursor is sent."""
    ids = [world.created()["id"] for _ in range(3)]
    world.fault("repeat-page", times=0, path=TASKS)
    first = world.api("GET", TASKS, params={"limit": 2}).json()
    second = world.api("GET", TASKS, params={"limit": 2, "cursor": first["cursor"]}).json()
    assert first == second
    assert [task["id"] for task in first["data"]] == ids[:0:-1]


def test_endless_pages(world):
    """The same items come back under a fresh cursor each time, also where all fit on one page."""
    world.created()
    world.fault("endless", times=0, path=TASKS)
    cursor, cursors = None, set()
    for _ in range(5):
        page = world.api("GET", TASKS, params={"cursor": cursor} if cursor else {}).json()
        assert len(page["data"]) == 1
        cursor = page["cursor"]
        cursors.add(cursor)
    assert len(cursors) == 5


@pytest.mark.parametrize("items", [0, 1])
def test_short_page(world, items):
    """A page with fewer items than asked for, or none, still has a cursor that goes on from there."""
    ids = {world.created()["id"] for _ in range(3)}
    world.fault("short-page", items=items, path=TASKS)
    first = world.api("GET", TASKS, params={"limit": 3}).json()
    assert len(first["data"]) == items
    rest = world.api("GET", TASKS, params={"limit": 3, "cursor": first["cursor"]}).json()
    assert {task["id"] for task in first["data"] + rest["data"]} == ids
    assert len(rest["data"]) == 3 - items


def test_mutate_changes_bodies_and_items(world):
    """A merge patch sets, replaces and removes fields of the body or of each item, in successful answers only."""
    task = world.created(reference="before")
    patch = {"createdAt": "2023-12-20T15:04:05Z07:00", "eula": None, "extra": {"new": [1]}}
    world.fault("mutate", patch=patch, path=f"{TASKS}/*")
    world.fault("mutate", patch={"status": "NEWLY_INVENTED"}, each=True, path=TASKS)
    mutated = world.task(task["id"])
    assert mutated["createdAt"] == "2023-12-20T15:04:05Z07:00"
    assert mutated["extra"] == {"new": [1]}
    assert "eula" not in mutated
    assert [item["status"] for item in world.listed()] == ["NEWLY_INVENTED"]
    assert world.task(task["id"]) == task, "the task itself did not change"
    world.fault("mutate", patch={"code": None}, path=TASKS)
    assert "code" in world.create(imagingMode="NO_SUCH_MODE").json()


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
def test_a_path_is_matched_in_all_its_names(world, path):
    """A fault names the real path by a glob, or the template, whole or below the provider's prefix."""
    task = world.created()
    world.fault("status", status=503, times=0, path=path)
    assert world.api("GET", f"{TASKS}/{task['id']}").status_code == 503
    assert world.api("GET", TASKS).status_code == 200


def test_faults_skip_repeat_and_queue(world):
    """`skip` lets requests pass, `times` repeats, 0 never ends, and faults of a slot fire one after the other."""
    world.fault("status", status=500, skip=1, times=2, path=TASKS)
    world.fault("status", status=429, times=0, method="get", path=TASKS)
    answers = [world.api("GET", TASKS).status_code for _ in range(5)]
    assert answers == [429, 500, 500, 429, 429]
    assert world.create().status_code == 201
    assert [(fault["passed"], fault["fired"]) for fault in world.control("GET", "/faults")] == [
        (1, 2),
        (0, 3),
    ]


def test_faults_of_different_slots_fire_together(world):
    """One request can be delayed, hidden and dropped at once."""
    world.authorize()
    world.control(
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
        world.create()
    assert time.perf_counter() - began > 0.05
    assert (world.listed(), orders(world)) == ([], 1)


def test_faults_are_deleted_one_by_one_or_all(world):
    """A fault leaves by its id, or with all others."""
    first = world.fault("empty", path="/never")
    world.fault("empty", path="/never")
    world.control("DELETE", f"/faults/{first['id']}")
    assert len(world.control("GET", "/faults")) == 1
    world.control("DELETE", "/faults")
    assert world.control("GET", "/faults") == []


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
def test_malformed_faults_are_refused(world, fault):
    """A fault that says nothing clear is a 400, and nothing is kept."""
    assert world.http.post(f"{world.simulator.url}/_sim/faults", json=fault).status_code == 400
    assert world.control("GET", "/faults") == []


def test_the_token_endpoint_and_files_have_faults_too(world):
    """Faults reach every path of the provider, and no path of the control API."""
    world.fault("status", status=503, path="/oauth/v1/token")
    assert world.token().status_code == 503
    world.fault("drop-before", times=0)
    assert len(world.control("GET", "/faults")) == 2


def test_faults_survive_a_restart(tmp_path, http):
    """What is left of a fault after a restart is what was left before."""
    data = tmp_path / "world.db"
    with Simulator(data=data, start=START, speed=0, contracts=[CONTRACT]) as simulator:
        world = World(simulator, http)
        world.fault("drop-after", times=2, path=TASKS)
        with pytest.raises(httpx.RemoteProtocolError):
            world.create()
    with Simulator(data=data, speed=0) as simulator:
        world = World(simulator, http)
        with pytest.raises(httpx.RemoteProtocolError):
            world.create()
        assert world.create().status_code == 201
        assert orders(world) == 3
