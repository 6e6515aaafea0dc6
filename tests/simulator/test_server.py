"""The server's own promises: loopback, a simulated clock that outlives it, data that several processes share."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import httpx
import pytest

from reconciler.simulator import Simulator

from .scenario import CONTRACT, START, Scenario, order


def clock(simulator: Simulator, http: httpx.Client) -> datetime:
    return datetime.fromisoformat(http.get(f"{simulator.url}/_sim/clock").json()["now"])


def test_listens_on_loopback_only(scenario):
    """The address is 127.0.0.1 and a free port, and all API addresses begin with it."""
    address = urlsplit(scenario.simulator.url)
    assert address.hostname == "127.0.0.1"
    assert scenario.simulator.iceye_url == f"{scenario.simulator.url}/iceye/api"
    assert scenario.simulator.iceye_token_url == f"{scenario.simulator.url}/iceye/oauth/v1/token"
    assert scenario.simulator.up42_url == f"{scenario.simulator.url}/up42/api"
    assert scenario.simulator.up42_auth_url == f"{scenario.simulator.url}/up42/auth"
    assert scenario.simulator.vantor_url == f"{scenario.simulator.url}/vantor/api"
    assert scenario.simulator.vantor_token_url.startswith(f"{scenario.simulator.url}/vantor/account/auth/realms/mds/")


def test_is_ready_soon_and_gone_at_the_end():
    """The quickest of three starts takes less than 150 ms, and the port is closed once the block is left."""
    times = []
    for _ in range(3):
        began = time.perf_counter()
        with Simulator() as simulator:
            times.append(time.perf_counter() - began)
            address = urlsplit(simulator.url)
            assert socket.create_connection((address.hostname, address.port), 1).close() is None
    assert min(times) < 0.15
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((address.hostname, address.port), 1)


def test_takes_the_port_it_is_given():
    """A wanted port is used; a port in use is an error at the start."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with Simulator(port=port) as simulator:
        assert simulator.url.endswith(f":{port}")
        with pytest.raises(OSError, match="in use"), Simulator(port=port):
            pass


def test_has_no_address_before_it_runs():
    """Without a running server there is no URL to hand out."""
    with pytest.raises(RuntimeError, match="not running"):
        _ = Simulator().url


def test_refuses_a_clock_that_makes_no_sense():
    """A negative speed and a start without an offset are refused at once."""
    with pytest.raises(ValueError, match="backwards"):
        Simulator(speed=-1)
    with pytest.raises(ValueError, match="no offset"):
        Simulator(start=datetime(2026, 12, 1))  # noqa: DTZ001  the naive instant is the case


def test_stops_while_a_request_waits(http):
    """Leaving the block does not wait for requests in flight; their clients see the connection end."""
    failures = []

    def ask(scenario: Scenario) -> None:
        try:
            scenario.api("GET", "/company/v1/contracts")
        except httpx.TransportError as error:
            failures.append(error)

    with Simulator(contracts=[CONTRACT]) as simulator:
        scenario = Scenario(simulator, http)
        scenario.authorize()
        scenario.fault("delay", seconds=60, path="/company/*")
        asking = threading.Thread(target=ask, args=(scenario,))
        asking.start()
        while not scenario.control("GET", "/faults")[0]["fired"]:
            time.sleep(0.005)
    asking.join(5)
    assert len(failures) == 1


def test_every_answer_carries_the_simulated_date(scenario):
    """Success, refusal, unknown path and token answers carry a Date of the simulated clock, and only one."""
    scenario.advance("26h")
    answers = [
        scenario.token(),
        scenario.api("GET", "/company/v1/contracts"),
        scenario.create(imagingMode="NO_SUCH_MODE"),
        scenario.api("GET", "/nowhere"),
        scenario.http.get(f"{scenario.simulator.url}/"),
    ]
    for answer in answers:
        assert answer.headers.get_list("date") == ["Wed, 02 Dec 2026 02:00:00 GMT"]


def test_clock_advances_is_set_and_refuses_nonsense(scenario):
    """The clock moves by durations and to instants; anything else is a 400 with a reason."""
    assert scenario.control("POST", "/clock", {"advance": "1d6h30m10s"})["now"] == "2026-12-02T06:30:10Z"
    assert scenario.control("POST", "/clock", {"advance": "-10s"})["now"] == "2026-12-02T06:30:00Z"
    assert scenario.control("POST", "/clock", {"set": "2027-01-01T02:00:00+02:00"})["now"] == "2027-01-01T00:00:00Z"
    assert scenario.control("GET", "/clock") == {
        "now": "2027-01-01T00:00:00Z",
        "speed": 0,
        "advanced": 31 * 86400,
    }
    for body in (
        {"advance": "soon"},
        {"advance": 6},
        {"set": "2027-01-01"},
        {"advance": "9999999999d"},
        [],
        {},
    ):
        answer = scenario.http.post(f"{scenario.simulator.url}/_sim/clock", json=body)
        assert (answer.status_code, list(answer.json())) == (400, ["error"])


def test_time_runs_at_its_speed(http):
    """A simulated day passes in a fraction of a real second at a high speed."""
    with Simulator(start=START, speed=864_000) as simulator:
        time.sleep(0.02)
        first = clock(simulator, http)
        assert first > START + timedelta(hours=4)
        time.sleep(0.02)
        assert clock(simulator, http) > first + timedelta(hours=4)


def test_without_start_the_clock_shows_real_time(http):
    """New data without a start begins now."""
    with Simulator() as simulator:
        assert abs(clock(simulator, http) - datetime.now(UTC)) < timedelta(seconds=5)


def test_time_goes_on_while_no_server_runs(tmp_path, http):
    """Simulated time passes between two runs, and a later start is ignored."""
    data = tmp_path / "new" / "folder" / "world.db"
    with Simulator(data=data, start=START, speed=86_400) as simulator:
        before = clock(simulator, http)
    time.sleep(0.05)
    with Simulator(data=data, start=datetime(2030, 1, 1, tzinfo=UTC), speed=86_400) as simulator:
        after = clock(simulator, http)
    assert timedelta(hours=1) < after - before < timedelta(days=30)


def test_another_speed_changes_the_pace_and_not_the_time(tmp_path, http):
    """Reopened at speed 0, a clock that ran and was advanced stands where it was."""
    data = tmp_path / "world.db"
    with Simulator(data=data, start=START, speed=0) as simulator:
        http.post(f"{simulator.url}/_sim/clock", json={"advance": "3d"})
    with Simulator(data=data, speed=3600) as simulator:
        moving = clock(simulator, http)
    with Simulator(data=data, speed=0) as simulator:
        stopped = clock(simulator, http)
        time.sleep(0.01)
        assert clock(simulator, http) == stopped
        assert http.delete(f"{simulator.url}/_sim").is_success
        assert clock(simulator, http) == stopped - timedelta(days=3)
    assert START + timedelta(days=3) <= moving <= stopped < START + timedelta(days=4)


def test_everything_survives_a_restart(tmp_path, http):
    """Orders, tokens, faults, switches, counts, contract facts and advances are in the file."""
    data = tmp_path / "world.db"
    with Simulator(data=data, start=START, speed=0, contracts=[CONTRACT]) as simulator:
        scenario = Scenario(simulator, http)
        task = scenario.created(reference="kept")
        scenario.fault("status", status=503, path="/tasking/*")
        scenario.switch(listOrder="oldest")
        scenario.contract(spendLimit=123456)
        token = scenario.headers
        scenario.advance("59m")
    with Simulator(data=data, speed=0, contracts=[CONTRACT]) as simulator:
        scenario = Scenario(simulator, http, token)
        assert scenario.api("GET", f"/tasking/v2/tasks/{task['id']}").status_code == 503
        assert scenario.task(task["id"])["reference"] == "kept"
        assert scenario.status(task["id"]) == "ACTIVE"
        assert scenario.control("GET", "/switches")["iceye.listOrder"]["value"] == "oldest"
        assert scenario.control("GET", f"/iceye/contracts/{CONTRACT}")["spendLimit"] == 123456
        assert scenario.control("GET", "/clock")["now"] == "2026-12-01T00:59:00Z"
        counts = scenario.control("GET", "/requests")
        assert counts["POST /iceye/api/tasking/v2/tasks"] == 1
        assert counts["GET /iceye/api/tasking/v2/tasks/{taskID}"] == 3


def test_two_servers_share_one_file(tmp_path, http):
    """What one server writes, the other reads; writers at the same moment wait for each other."""
    data = tmp_path / "world.db"
    with (
        Simulator(data=data, start=START, speed=0, contracts=[CONTRACT]) as first,
        Simulator(data=data, speed=0) as second,
    ):
        worlds = [Scenario(first, http), Scenario(second, http)]
        for scenario in worlds:
            scenario.authorize()

        def create_ten(scenario: Scenario) -> None:
            for _ in range(10):
                scenario.created()

        threads = [threading.Thread(target=create_ten, args=(scenario,)) for scenario in worlds for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seen = [{task["id"] for task in scenario.list_page(limit=100)} for scenario in worlds]
        assert seen[0] == seen[1]
        assert len(seen[0]) == 40
        assert worlds[1].control("GET", "/requests")["POST /iceye/api/tasking/v2/tasks"] == 40
        assert worlds[0].summary() == worlds[1].summary()


def test_requests_are_counted_by_template(scenario):
    """Counts are by method and path template, whatever the answer was; the control API is not counted."""
    task = scenario.created()
    scenario.task(task["id"])
    scenario.task("00000000-0000-4000-8000-000000000000")
    scenario.create(imagingMode="NO_SUCH_MODE")
    scenario.api("PUT", "/tasking/v2/tasks", {})
    assert scenario.control("GET", "/requests") == {
        "GET /iceye/api/tasking/v2/tasks/{taskID}": 2,
        "POST /iceye/api/tasking/v2/tasks": 2,
        "POST /iceye/oauth/v1/token": 1,
        "PUT /iceye/api/tasking/v2/tasks": 1,
    }
    scenario.control("DELETE", "/requests")
    assert scenario.control("GET", "/requests") == {}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_foreground_server_stops_on_a_signal(tmp_path, number):
    """In the foreground it announces its address, serves, and ends in order on SIGINT and SIGTERM."""
    code = (
        "import pathlib, sys; from reconciler.simulator import Simulator\n"
        "Simulator(data=pathlib.Path(sys.argv[1])).serve_forever(lambda sim: print(sim.url, flush=True))\n"
        "print('ended')"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", code, str(tmp_path / "world.db")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert httpx.get(f"{url}/_sim/clock", trust_env=False).status_code == 200
        process.send_signal(number)
        rest, _ = process.communicate(timeout=5)
    assert (rest.strip(), process.returncode) == ("ended", 0)


def test_a_wiped_simulator_is_as_new(scenario):
    """DELETE takes orders, faults, switches, counts, advances and changed contract facts away; contracts stay."""
    scenario.created()
    scenario.fault("empty", times=0, path="/nowhere")
    scenario.switch(listOrder="oldest")
    scenario.contract(spendLimit=1)
    scenario.advance("1d")
    scenario.control("DELETE", "")
    assert scenario.control("GET", "/orders") == []
    assert scenario.control("GET", "/faults") == []
    assert scenario.control("GET", "/requests") == {}
    assert scenario.control("GET", "/switches")["iceye.listOrder"]["value"] == "newest"
    assert scenario.control("GET", "/clock")["now"] == "2026-12-01T00:00:00Z"
    assert scenario.control("GET", f"/iceye/contracts/{CONTRACT}")["spendLimit"] == 10_000_000


def test_control_tells_every_order(scenario):
    """An order is told with its text, status, instants, price, account, and the body as it was received."""
    body = order(reference="rc1-abc", priority="COMMERCIAL")
    task = scenario.api("POST", "/tasking/v2/tasks", body).json()
    scenario.advance("30m")
    assert scenario.control("GET", "/orders") == [
        {
            "provider": "iceye",
            "id": task["id"],
            "text": "rc1-abc",
            "status": "ACTIVE",
            "created": "2026-12-01T00:00:00Z",
            "updated": "2026-12-01T00:20:00Z",
            "price": {"amount": 143_000, "currency": "EUR"},
            "account": CONTRACT,
            "body": body,
        }
    ]


def test_control_describes_itself(scenario):
    """The index lists every control route, and a switch tells its default, its choices and its reason."""
    index = scenario.control("GET", "")
    assert {"GET /_sim/orders", "POST /_sim/faults", "PUT /_sim/iceye/contracts/{id}"} <= set(index)
    assert scenario.control("GET", "/switches")["iceye.listOrder"] == {
        "value": "newest",
        "default": "newest",
        "choices": ["newest", "oldest"],
        "contract": "3.3",
        "means": "which tasks a list shows first",
    }
    assert scenario.http.get(f"{scenario.simulator.url}/_sim/nothing").status_code == 404
