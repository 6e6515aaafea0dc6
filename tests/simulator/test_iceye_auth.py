"""Tokens by client credentials, and what happens without a good one."""

import httpx
import pytest

from .scenario import TASKS, Scenario


def test_token_has_the_documented_fields(scenario):
    """Client credentials by Basic bring a bearer token of an hour, with a scope."""
    answer = scenario.token()
    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == {"token_type", "expires_in", "access_token", "scope"}
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 3600)


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "password", "username": "u", "password": "p"}, "unsupported_grant_type"),
        ({"scope": "tasking"}, "invalid_request"),
    ],
)
def test_other_grants_are_refused(scenario, form, error):
    """The password grant of v1 and a missing grant are 400s with an OAuth error body."""
    answer = scenario.token(**form)
    assert answer.status_code == 400
    assert answer.json()["error"] == error
    assert "error_description" in answer.json()


def test_credentials_must_be_basic_and_not_empty(scenario):
    """Missing, empty or garbled credentials are 401 invalid_client; a JSON body is no form."""
    url = scenario.simulator.iceye_token_url
    form = {"grant_type": "client_credentials"}
    answers = [
        scenario.http.post(url, data=form),
        scenario.http.post(url, data=form, auth=("id", "")),
        scenario.http.post(url, data=form, headers={"Authorization": "Basic ???"}),
        scenario.http.post(url, data=form, headers={"Authorization": "Bearer aWQ6c2VjcmV0"}),
    ]
    assert {(answer.status_code, answer.json()["error"]) for answer in answers} == {(401, "invalid_client")}
    assert scenario.http.post(url, json=form, auth=("id", "secret")).json()["error"] == "invalid_request"


def test_control_can_name_the_clients(scenario):
    """Once clients are set, only they get a token; an empty set lets all in again."""
    scenario.control("PUT", "/iceye/clients", {"id": "right"})
    assert scenario.token(("id", "right")).status_code == 200
    assert scenario.token(("id", "wrong")).status_code == 401
    assert scenario.token(("other", "right")).status_code == 401
    scenario.control("PUT", "/iceye/clients", {})
    assert scenario.token(("other", "any")).status_code == 200


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic aWQ6c2VjcmV0"}])
def test_calls_without_a_good_token_are_401(scenario, headers):
    """No token, a wrong one, and another scheme are 401, and nothing is created."""
    url = scenario.simulator.iceye_url
    for method, path in (("GET", TASKS), ("POST", TASKS), ("GET", "/company/v1/contracts")):
        answer = scenario.http.request(method, url + path, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "ERR_UNAUTHORIZED")
    assert scenario.control("GET", "/orders") == []


def test_tokens_expire(scenario):
    """A token is good until its last second, and 401 afterwards; a switch shortens the life of new ones."""
    scenario.switch(tokenSeconds=60)
    token = {"Authorization": f"Bearer {scenario.token().json()['access_token']}"}
    scenario.advance("58s")
    assert _read(scenario, token).status_code == 200
    scenario.advance("2s")
    assert _read(scenario, token).json() == {"code": "ERR_UNAUTHORIZED", "message": "access token expired"}


def test_control_can_revoke_tokens(scenario):
    """Revoked tokens are unknown at once."""
    scenario.authorize()
    scenario.control("DELETE", "/iceye/tokens")
    assert _read(scenario, scenario.headers).status_code == 401


def _read(scenario: Scenario, headers: dict[str, str]) -> httpx.Response:
    return scenario.http.get(f"{scenario.simulator.iceye_url}/company/v1/contracts", headers=headers)
