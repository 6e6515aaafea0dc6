"""The shared control API at Vantor's paths, the limit that all share, and the forms of errors."""

import httpx
import pytest

from reconciler.simulator import Simulator

from .scenario import START, at
from .vantor import SUBMIT, TASKING, UNKNOWN, Vantor, reasons, request


@pytest.mark.parametrize(
    ("kind", "committed"), [("drop-before", 0), ("reset-before", 0), ("drop-after", 1), ("reset-after", 1)]
)
def test_a_lost_submit(vantor, kind, committed):
    """A lost connection looks the same to the client whether the request was bought or not."""
    vantor.fault(kind, method="POST", path=SUBMIT)
    with pytest.raises(httpx.TransportError):
        vantor.submit()
    assert len(vantor.control_orders()) == committed


def test_a_503_after_the_purchase(vantor):
    """A server error may hide a purchase."""
    vantor.fault("status", status=503, commit=True, path=SUBMIT)
    answer = vantor.submit()
    assert (answer.status_code, answer.json()["error"]["error_type"]) == (503, "server_error")
    assert len(vantor.control_orders()) == 1


@pytest.mark.parametrize(
    "path",
    [
        "/vantor/api/tasking/v2/tasking/*",
        "/tasking/v2/tasking/{id}",
        "/vantor/api/tasking/v2/tasking/{id}",
        "/api/tasking/v2/tasking/*",
    ],
)
def test_a_path_is_matched_in_all_its_names(vantor, path):
    """A fault names the real path by a glob, or the template, whole or below Vantor's prefixes."""
    tasking_id = vantor.submitted()
    vantor.fault("status", status=503, times=0, method="GET", path=path)
    assert vantor.api("GET", f"{TASKING}/{tasking_id}").status_code == 503
    assert vantor.api("GET", TASKING).status_code == 200


def test_the_token_endpoint_has_faults_too(vantor):
    """Faults reach the logins."""
    vantor.fault("status", status=503, path="/auth/realms/mds/protocol/openid-connect/token")
    assert vantor.token().status_code == 503
    assert vantor.token().status_code == 200


def test_an_injected_429_has_the_documented_body(vantor):
    """The wait of a 429 stands at the end of its text, and only by a switch in a header."""
    vantor.switch(waitSeconds=3533)
    vantor.fault("status", status=429, times=2, path=SUBMIT)
    answer = vantor.submit()
    error = answer.json()["error"]
    assert (answer.status_code, error["error_code"], error["error_type"]) == (
        429,
        "too_many_requests",
        "rate_limit_error",
    )
    assert error["error_messages"][0].endswith("Try after 3533 seconds")
    assert "retry-after" not in answer.headers
    vantor.switch(retryAfter=True)
    assert vantor.submit().headers["retry-after"] == "3533"
    assert vantor.control_orders() == []


def test_the_limit_of_the_hour(vantor):
    """New requests are limited for all together, by hour; checks, quotes and refused requests do not count."""
    vantor.switch(hourlyRequests=2)
    other = Vantor(vantor.simulator, vantor.http, {"MAXAR-API-KEY": "other"})
    vantor.submitted()
    vantor.validate()
    vantor.quote()
    vantor.submit(request(tasking_tier="x"))
    vantor.advance("30m")
    other.submitted()
    for caller in (vantor, other):
        answer = caller.submit()
        assert (answer.status_code, reasons(answer)[0].endswith("Try after 1800 seconds")) == (429, True)
    assert vantor.validate().status_code == 200
    vantor.advance("30m")
    vantor.submitted()
    assert len(vantor.control_orders()) == 3


@pytest.mark.parametrize(
    ("form", "body"),
    [
        ("message", {"message": f"Tasking {UNKNOWN} was not found."}),
        (
            "error",
            {
                "error": {
                    "error_code": "not_found",
                    "error_type": "not_found_error",
                    "error_messages": [f"Tasking {UNKNOWN} was not found."],
                }
            },
        ),
    ],
)
def test_the_form_of_errors_is_a_switch(vantor, form, body):
    """Errors come in the error object, or as a gateway's message."""
    vantor.switch(errorBody=form)
    assert vantor.api("GET", f"{TASKING}/{UNKNOWN}").json() == body


def test_errors_may_be_no_json(vantor):
    """Errors may be plain text with a reason in each line; a 429 and the gateway's keep their form."""
    vantor.switch(errorBody="text")
    answer = vantor.submit(request(tasking_tier="x", geometry=None))
    assert answer.headers["content-type"].startswith("text/plain")
    assert len(answer.text.splitlines()) == 2
    vantor.fault("status", status=429, path=SUBMIT)
    assert vantor.submit().json()["error"]["error_code"] == "too_many_requests"
    assert vantor.api("GET", TASKING, headers={"MAXAR-API-KEY": ""}).json() == {"message": "Unauthorized"}


def test_paths_and_methods_that_are_none(vantor):
    """An unknown path is a 404 and an unknown method a 405, both in Vantor's form."""
    for method, path, status in (("GET", "/tasking/v1/tasking", 404), ("DELETE", f"{TASKING}/{UNKNOWN}", 405)):
        answer = vantor.api(method, path)
        assert (answer.status_code, bool(reasons(answer))) == (status, True)


def test_a_lag_hides_a_new_tasking(vantor):
    """A tasking submitted under a lag stays out of all reads."""
    vantor.fault("lag", seconds=3600, path=SUBMIT)
    tasking_id = vantor.submitted()
    assert vantor.api("GET", f"{TASKING}/{tasking_id}").status_code == 404
    assert vantor.list_page() == []
    vantor.advance("1h")
    assert vantor.tasking(tasking_id)["id"] == vantor.list_page()[0]["id"]


@pytest.mark.parametrize("envelope", ["data", "bare"])
def test_a_mutation_reaches_the_items(vantor, envelope):
    """A merge patch changes each item of the list, in either envelope, and nothing of an answer that is no list."""
    tasking_id = vantor.submitted()
    vantor.switch(envelope=envelope)
    vantor.fault("mutate", patch={"tasking_status": "NEWLY_INVENTED", "extra": 1}, each=True, method="GET", times=2)
    page = vantor.page()
    items = page["data"]["taskings"] if envelope == "data" else page["taskings"]
    assert [(item["tasking_status"], item["extra"]) for item in items] == [("NEWLY_INVENTED", 1)]
    assert "extra" not in page
    assert "NEWLY_INVENTED" not in vantor.api("GET", f"{TASKING}/{tasking_id}").text


def test_requests_are_counted_by_template(vantor):
    """Requests are counted by template; a check is a POST like a purchase."""
    tasking_id = vantor.submitted()
    vantor.validate()
    vantor.tasking(tasking_id)
    vantor.extend(tasking_id, at(20))
    vantor.token()
    assert vantor.control("GET", "/requests") == {
        "GET /vantor/api/tasking/v2/tasking/{id}": 1,
        "PATCH /vantor/api/tasking/v2/tasking/{id}": 1,
        "POST /vantor/account/auth/realms/mds/protocol/openid-connect/token": 1,
        "POST /vantor/api/tasking/v2/tasking/vantor": 2,
    }


def test_a_wiped_simulator_is_as_new(vantor):
    """DELETE takes taskings, credits, rights, slots, keys and the count of the hour away."""
    vantor.switch(hourlyRequests=1)
    vantor.submitted()
    vantor.account(credits=1, private=True)
    vantor.control("PUT", "/vantor/slots", {"slots": []})
    vantor.control("PUT", "/vantor/keys", {"other": {}})
    vantor.control("DELETE", "")
    assert (vantor.list_page(), vantor.control_orders()) == ([], [])
    assert vantor.account() == {"private": False, "credits": 10_000_000, "spent": 0, "held": 0}
    vantor.switch(hourlyRequests=1)
    vantor.submitted(request(tasking_tier="fastView"))


def test_everything_survives_a_restart(tmp_path, http):
    """Taskings with their cancels and edits, tokens, credits and switches are in the file."""
    data = tmp_path / "world.db"
    with Simulator(data=data, start=START, speed=0) as simulator:
        vantor = Vantor(simulator, http)
        tasking_id = vantor.submitted()
        vantor.extend(tasking_id, at(20))
        vantor.cancel(tasking_id, {"reason": "why"})
        token = {"Authorization": f"Bearer {vantor.token().json()['access_token']}"}
        shown, told, account = vantor.tasking(tasking_id), vantor.control_orders(), vantor.account()
    with Simulator(data=data, speed=0) as simulator:
        again = Vantor(simulator, http, token)
        assert (again.tasking(tasking_id), again.control_orders(), again.account()) == (shown, told, account)
        again.advance("10m")
        assert (again.status(tasking_id), again.tasking(tasking_id)["status_details"]) == ("CANCELED", "why")
