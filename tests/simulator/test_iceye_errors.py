"""The two error formats, chosen by Accept."""

import pytest

from .world import CONTRACT, TASKS

BOTH = "application/json, application/problem+json"


def test_default_format(world):
    """Without problem+json in Accept, an error is a code and a message and nothing else."""
    answer = world.api("GET", f"{TASKS}/{CONTRACT}", headers={"Accept": "application/json"})
    assert answer.status_code == 404
    assert answer.json() == {"code": "ERR_NOT_FOUND", "message": "task not found"}
    assert answer.headers["content-type"] == "application/json"


def test_problem_format(world):
    """With it, an error has title, a lower-case code, `details` in the plural, and a reference."""
    answer = world.api("GET", f"{TASKS}/{CONTRACT}", headers={"Accept": BOTH})
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
def test_a_switch_fixes_the_format(world, form, fields, accept):
    """Which format really arrives is unknown, so either can be made to arrive always."""
    world.switch(errorFormat=form)
    assert set(world.api("GET", f"{TASKS}/{CONTRACT}", headers={"Accept": accept}).json()) == fields


def test_unknown_paths_and_methods(world):
    """A path of nobody's is a 404 and a known path's other method a 405, both in the provider's format."""
    assert world.api("GET", "/tasking/v3/tasks").json()["code"] == "ERR_NOT_FOUND"
    answer = world.api("DELETE", TASKS)
    assert (answer.status_code, answer.json()["code"]) == (405, "ERR_METHOD_NOT_ALLOWED")


def test_retry_after_on_a_429_is_a_switch(world):
    """A 429 says nothing about when to come back, unless the switch or the fault does."""
    world.fault("status", status=429, times=2, path=TASKS)
    assert "retry-after" not in world.api("GET", TASKS).headers
    world.switch(retryAfter=True)
    assert world.api("GET", TASKS).headers["retry-after"] == "1"
