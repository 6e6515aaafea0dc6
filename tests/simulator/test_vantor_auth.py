"""Vantor's API keys, tokens by the password grant with refresh, and what happens without a good one."""

import pytest

from .scenario import at
from .vantor import SUBMIT, TASKING, Vantor, request


def bearer(answer) -> dict[str, str]:
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def test_a_key_in_the_header_or_the_address(vantor):
    """A key is taken from a header in any case, or from a parameter, which no link repeats."""
    url = vantor.simulator.vantor_url + TASKING
    for headers in ({"MAXAR-API-KEY": "k"}, {"maxar-api-key": "k"}):
        assert vantor.http.get(url, headers=headers).status_code == 200
    answer = vantor.http.get(url, params={"maxar_api_key": "k", "limit": "5"})
    assert (answer.status_code, answer.json()["links"]["request"]) == (200, f"{url}?limit=5")
    refused = vantor.http.get(url)
    assert (refused.status_code, refused.json()) == (401, {"message": "Unauthorized"})


def test_token_has_the_documented_fields(vantor):
    """The password grant brings a bearer token of two hours and a refresh token of twelve."""
    answer = vantor.token()
    assert answer.status_code == 200
    body = answer.json()
    assert {"access_token", "expires_in", "refresh_token", "refresh_expires_in", "token_type"} <= set(body)
    assert (body["expires_in"], body["refresh_expires_in"], body["token_type"]) == (7199, 43199, "Bearer")
    assert body["access_token"].startswith("simtok_")
    assert body["refresh_token"].startswith("simtok_")
    assert vantor.http.get(vantor.simulator.vantor_url + TASKING, headers=bearer(answer)).status_code == 200


def test_the_client_may_come_by_http_basic(vantor):
    """The vendor's own library names its client by HTTP Basic with an empty secret, and not in the form."""
    form = {"username": "a", "password": "b", "grant_type": "password"}
    for auth, status in ((("mgp", ""), 200), (("other", ""), 401), (None, 401)):
        assert vantor.http.post(vantor.simulator.vantor_token_url, data=form, auth=auth).status_code == status
    broken = {"Authorization": "Basic ?"}
    assert vantor.http.post(vantor.simulator.vantor_token_url, data=form, headers=broken).status_code == 401


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"grant_type": "client_credentials"}, 400, "unsupported_grant_type"),
        ({"grant_type": "password", "username": "a", "password": ""}, 401, "invalid_grant"),
        ({"grant_type": "password", "password": "b"}, 401, "invalid_grant"),
        ({"client_id": "mine", "grant_type": "password", "username": "a", "password": "b"}, 401, "invalid_client"),
        ({"grant_type": "refresh_token", "refresh_token": "simtok_none"}, 400, "invalid_grant"),
    ],
)
def test_other_requests_for_a_token_are_refused(vantor, form, status, error):
    """Other grants, unknown clients and missing or dead credentials get the errors of OAuth."""
    answer = vantor.token(**{"client_id": "mgp", **form})
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert vantor.http.post(vantor.simulator.vantor_token_url, json={}).json()["error"] == "invalid_request"


def test_refresh(vantor):
    """A refresh token brings another token without the password, until it is not active any more."""
    vantor.switch(tokenSeconds=60, refreshSeconds=120)
    first = vantor.token().json()
    again = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"], "client_id": "mgp"}
    vantor.advance("90s")
    url = vantor.simulator.vantor_url + TASKING
    assert vantor.http.get(url, headers={"Authorization": f"Bearer {first['access_token']}"}).status_code == 401
    second = vantor.token(**again)
    assert vantor.http.get(url, headers=bearer(second)).status_code == 200
    vantor.advance("40s")
    dead = vantor.token(**again)
    assert (dead.status_code, dead.json()["error_description"]) == (400, "Token is not active")


def test_control_names_the_users(vantor):
    """Once users are set, only they get a token; an empty set lets all in again."""
    form = {"client_id": "mgp", "username": "a", "grant_type": "password"}
    vantor.control("PUT", "/vantor/users", {"a": {"password": "right"}})
    assert vantor.token(**form, password="right").status_code == 200
    assert vantor.token(**form, password="wrong").json()["error_description"] == "Invalid user credentials"
    vantor.control("PUT", "/vantor/users", {})
    assert vantor.token(**form, password="wrong").status_code == 200


def test_control_names_the_keys(vantor):
    """Once keys are set, only they are taken, and only until they expire."""
    vantor.control("PUT", "/vantor/keys", {"my-key": {"expires": at(180)}})
    assert vantor.api("GET", TASKING).status_code == 200
    assert vantor.api("GET", TASKING, headers={"MAXAR-API-KEY": "other"}).status_code == 401
    vantor.advance("180d")
    assert vantor.api("GET", TASKING).status_code == 401
    vantor.control("PUT", "/vantor/keys", {})
    assert vantor.api("GET", TASKING).status_code == 200


@pytest.mark.parametrize(
    "facts", [{"k": 1}, {"k": {"age": 1}}, {"k": {"expires": "soon"}}, {"k": {"maySubmit": 1}}, []]
)
def test_nonsense_keys_are_refused(vantor, facts):
    """A key or a user that means nothing is a 400."""
    for kind in ("keys", "users"):
        assert vantor.http.put(f"{vantor.simulator.url}/_sim/vantor/{kind}", json=facts).status_code == 400


def test_tokens_can_be_revoked(vantor):
    """Control ends all tokens, refresh tokens too."""
    token = vantor.token()
    vantor.control("DELETE", "/vantor/tokens")
    assert vantor.http.get(vantor.simulator.vantor_url + TASKING, headers=bearer(token)).status_code == 401
    again = vantor.token(client_id="mgp", grant_type="refresh_token", refresh_token=token.json()["refresh_token"])
    assert again.status_code == 400


def test_the_usage_check_takes_tokens_only(vantor):
    """usage/v2/allowed is a blank 200 for a token and a 401 for a key."""
    url = vantor.simulator.vantor_url + "/usage/v2/allowed"
    answer = vantor.http.get(url, headers=bearer(vantor.token()))
    assert (answer.status_code, answer.content) == (200, b"")
    assert vantor.api("GET", "/usage/v2/allowed").status_code == 401


def test_a_key_may_lack_the_right_to_submit(vantor):
    """A general lack of rights is a 403 of the same shape as the one for private tasking, and orders nothing."""
    vantor.control("PUT", "/vantor/keys", {"my-key": {"maySubmit": False}})
    for answer in (vantor.submit(), vantor.validate(), vantor.api("POST", f"{SUBMIT}/quote", request())):
        assert (answer.status_code, answer.json()["error"]["error_code"]) == (403, "forbidden")
    assert vantor.control_orders() == []


def test_accounts_and_groups(vantor):
    """A list shows the whole account, or by switch the group; another account sees and touches nothing."""
    keys = {"a": {"group": "1"}, "b": {"group": "2"}, "c": {"account": "other"}}
    vantor.control("PUT", "/vantor/keys", keys)
    first, second, third = (Vantor(vantor.simulator, vantor.http, {"MAXAR-API-KEY": key}) for key in "abc")
    mine, theirs = first.submitted(), second.submitted()
    assert [shown["id"] for shown in first.list_page(sort="asc")] == [mine, theirs]
    assert third.list_page() == []
    for answer in (third.api("GET", f"{TASKING}/{mine}"), third.cancel(mine), third.extend(mine, at(20))):
        assert answer.status_code == 404
    vantor.switch(listScope="group")
    assert [shown["id"] for shown in first.list_page()] == [mine]
    assert first.tasking(theirs)["user_id"] != first.tasking(mine)["user_id"]
