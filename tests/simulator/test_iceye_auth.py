"""Tokens by client credentials, and what happens without a good one."""

import httpx
import pytest

from .world import TASKS, World


def test_token_has_the_documented_fields(world):
    """Client credentials by Basic bring a bearer token of an hour, with a scope."""
    answer = world.token()
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
def test_other_grants_are_refused(world, form, error):
    """The password grant of v1 and a missing grant are 400s with an OAuth error body."""
    answer = world.token(**form)
    assert answer.status_code == 400
    assert answer.json()["error"] == error
    assert "error_description" in answer.json()


def test_credentials_must_be_basic_and_not_empty(world):
    """Missing, empty or garbled credentials are 401 invalid_client; a JSON body is no form."""
    url = world.simulator.iceye_token_url
    form = {"grant_type": "client_credentials"}
    answers = [
        world.http.post(url, data=form),
        world.http.post(url, data=form, auth=("id", "")),
        world.http.post(url, data=form, headers={"Authorization": "Basic ???"}),
        world.http.post(url, data=form, headers={"Authorization": "Bearer aWQ6c2VjcmV0"}),
    ]
    assert {(answer.status_code, answer.json()["error"]) for answer in answers} == {(401, "invalid_client")}
    assert world.http.post(url, json=form, auth=("id", "secret")).json()["error"] == "invalid_request"


def test_control_can_name_the_clients(world):
    """Once clients are set, only they get a token; an empty set lets all in again."""
    world.control("PUT", "/iceye/clients", {"id": "right"})
    assert world.token(("id", "right")).status_code == 200
    assert world.token(("id", "wrong")).status_code == 401
    assert world.token(("other", "right")).status_code == 401
    world.control("PUT", "/iceye/clients", {})
    assert world.token(("other", "any")).status_code == 200


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic aWQ6c2VjcmV0"}])
def test_calls_without_a_good_token_are_401(world, headers):
    """No token, a wrong one, and another scheme are 401, and nothing is created."""
    url = world.simulator.iceye_url
    for method, path in (("GET", TASKS), ("POST", TASKS), ("GET", "/company/v1/contracts")):
        answer = world.http.request(method, url + path, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "ERR_UNAUTHORIZED")
    assert world.control("GET", "/orders") == []


def test_tokens_expire(world):
    """A token is good until its last second, and 401 afterwards; a switch shortens the life of new ones."""
    world.switch(tokenSeconds=60)
    token = {"Authorization": f"Bearer {world.token().json()['access_token']}"}
    world.advance("58s")
    assert _read(world, token).status_code == 200
    world.advance("2s")
    assert _read(world, token).json() == {"code": "ERR_UNAUTHORIZED", "message": "access token expired"}


def test_control_can_revoke_tokens(world):
    """Revoked tokens are unknown at once."""
    world.authorize()
    world.control("DELETE", "/iceye/tokens")
    assert _read(world, world.headers).status_code == 401


def _read(world: World, headers: dict[str, str]) -> httpx.Response:
    return world.http.get(f"{world.simulator.iceye_url}/company/v1/contracts", headers=headers)
