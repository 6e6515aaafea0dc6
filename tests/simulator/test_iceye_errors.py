"""The two error formats, chosen by Accept."""

import pytest

from .scenario import CONTRACT, TASKS

BOTH = "application/json, application/problem+json"


def test_default_format(scenario):
    """Without problem+json in Accept, an error is a code and a message and nothing else."""
    answer = scenario.api("GET", f"{TASKS}/{CONTRACT}", headers={"Accept": "application/json"})
    assert answer.status_code == 404
    assert answer.json() == {"code": "ERR_NOT_FOUND", "message": "task not found"}
    assert answer.headers["content-type"] == "application/json"


def test_problem_format(scenario):
    """With it, an error has title, a lower-case code, `details` in the plural, and a reference."""
    answer = scenario.api("GET", f"{TASKS}/{CONTRACT}", headers={"Accept": BOTH})
    assert answer.status_code == 404
    body = answer.json()
    assert body.pop("reference").startswith("https://docs.iceye.com/")
    assert body == {"title": "Not Found", "code": "not_found", "details": "task not found"}
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("form", "fields"),
    [("default", {"code", "message"}), ("problem", {"title", "code", "details", "reference"})],
)
@pytest.mark.parametrize("accept", ["application/json", BOTH])
def test_a_switch_fixes_the_format(scenario, form, fields, accept):
    """Which format really arrives is unknown, so either can be made to arrive always."""
    scenario.switch(errorFormat=form)
    assert set(scenario.api("GET", f"{TASKS}/{CONTRACT}", headers={"Accept": accept}).json()) == fields


def test_unknown_paths_and_methods(scenario):
    """A path of nobody's is a 404 and a known path's other method a 405, both in the provider's format."""
    assert scenario.api("GET", "/tasking/v3/tasks").json()["code"] == "ERR_NOT_FOUND"
    answer = scenario.api("DELETE", TASKS)
    assert (answer.status_code, answer.json()["code"]) == (405, "ERR_METHOD_NOT_ALLOWED")


def test_retry_after_on_a_429_is_a_switch(scenario):
    """A 429 says nothing about when to come back, unless the switch or the fault does."""
    scenario.fault("status", status=429, times=2, path=TASKS)
    assert "retry-after" not in scenario.api("GET", TASKS).headers
    scenario.switch(retryAfter=True)
    assert scenario.api("GET", TASKS).headers["retry-after"] == "1"
