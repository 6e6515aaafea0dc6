"""UP42's tokens by the password grant, user info, and what happens without a good token or role."""

import pytest

from .up42 import ORDERS, QUOTES, STUDIES, USER_INFO, Up42, order


def test_token_has_the_documented_fields(up42):
    """The password grant brings a bearer token of five minutes, to either client."""
    for client in ("up42-api", "up42-sdk"):
        answer = up42.token(client_id=client)
        assert answer.status_code == 200
        body = answer.json()
        assert set(body) == {
            "access_token",
            "expires_in",
            "refresh_expires_in",
            "refresh_token",
            "token_type",
            "not-before-policy",
            "session_state",
            "scope",
        }
        assert (body["token_type"], body["expires_in"]) == ("Bearer", 300)
        assert body["access_token"].startswith("simtok_")
        assert body["refresh_token"].startswith("simtok_")


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"grant_type": "client_credentials"}, 400, "unsupported_grant_type"),
        ({"grant_type": "refresh_token"}, 400, "unsupported_grant_type"),
        ({"client_id": "mine"}, 401, "invalid_client"),
        ({"client_id": None}, 401, "invalid_client"),
        ({"password": ""}, 401, "invalid_grant"),
        ({"username": None}, 401, "invalid_grant"),
    ],
)
def test_other_requests_for_a_token_are_refused(up42, form, status, error):
    """Other grants, unknown clients and missing credentials get the errors of OAuth."""
    answer = up42.token(**form)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert "error_description" in answer.json()


def test_a_token_request_is_a_form(up42):
    """JSON is no form."""
    answer = up42.http.post(f"{up42.simulator.up42_auth_url}/realms/public/protocol/openid-connect/token", json={})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_user_info_needs_the_scope_openid(up42):
    """The workspace is the user's own id, the same at every login; without openid nobody is told."""
    url = up42.simulator.up42_auth_url + USER_INFO
    ids = set()
    for _ in range(2):
        up42.headers = {}
        up42.authorize()
        ids.add(up42.workspace)
    assert len(ids) == 1
    bare = {"Authorization": f"Bearer {up42.token(scope=None).json()['access_token']}"}
    answer = up42.http.get(url, headers=bare)
    assert (answer.status_code, answer.json()["error"]) == (403, "insufficient_scope")
    assert up42.http.get(up42.simulator.up42_url + ORDERS, headers=bare).status_code == 200


def test_calls_without_a_good_token_are_401(up42):
    """No token, a wrong one, an expired one and a revoked one are 401."""
    up42.switch(tokenSeconds=60)
    up42.authorize()
    good = up42.headers
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic " + good["Authorization"][7:]}):
        answer = up42.http.get(up42.simulator.up42_url + ORDERS, headers=headers)
        assert (answer.status_code, answer.json()) == (401, {"status": 401, "title": "Unauthorized", "detail": {}})
    up42.advance("58s")
    up42.headers = good
    assert up42.api("GET", ORDERS).status_code == 200
    up42.advance("2s")
    up42.headers = good
    assert up42.api("GET", ORDERS).status_code == 401
    up42.headers = {}
    up42.authorize()
    up42.control("DELETE", "/up42/tokens")
    assert up42.api("GET", ORDERS).status_code == 401


def test_control_names_the_users(up42):
    """Once users are set, only they get a token; an empty set lets all in again."""
    up42.control("PUT", "/up42/users", {"a@b.c": {"password": "right"}})
    assert up42.token(password="right").status_code == 200
    assert up42.token(password="wrong").json() == {
        "error": "invalid_grant",
        "error_description": "Invalid user credentials",
    }
    assert up42.token(username="other", password="right").status_code == 401
    up42.control("PUT", "/up42/users", {})
    assert up42.token(username="other").status_code == 200
    for users in ({"a": "b"}, {"a": {"password": "b", "role": "KING"}}, {"a": {"password": "b", "age": 1}}, []):
        assert up42.http.put(f"{up42.simulator.url}/_sim/up42/users", json=users).status_code == 400


@pytest.mark.parametrize(
    ("role", "place", "choose", "decide"),
    [("OWNER", 201, 200, 200), ("ADMIN", 201, 200, 200), ("MEMBER", 201, 200, 403), ("VIEWER", 403, 403, 403)],
)
def test_roles(up42, role, place, choose, decide):
    """A viewer may only look, and a member may order but not decide a price."""
    up42.control("PUT", "/up42/users", {"a@b.c": {"password": "x", "role": role}})
    assert up42.place().status_code == place
    up42.control("PUT", "/up42/users", {"a@b.c": {"password": "x", "role": "ADMIN"}})
    order_id = up42.placed()
    for by, decision, status in (("62m", up42.choose, choose), ("1h", up42.decide, decide)):
        up42.advance(by)
        up42.control("PUT", "/up42/users", {"a@b.c": {"password": "x", "role": role}})
        assert decision(order_id).status_code == status
        up42.control("PUT", "/up42/users", {"a@b.c": {"password": "x", "role": "ADMIN"}})
        if status == 403 and decision == up42.choose:
            assert up42.choose(order_id).status_code == 200
    up42.control("PUT", "/up42/users", {"a@b.c": {"password": "x", "role": "VIEWER"}})
    headers = {"Content-Type": "application/merge-patch+json"}
    assert up42.api("PATCH", f"{ORDERS}/{order_id}", {"tags": []}, headers=headers).status_code == 403
    assert up42.api("POST", f"{ORDERS}/{order_id}/cancellation").status_code == 403


def test_users_share_an_account_and_not_a_workspace(up42):
    """Without workspaceId a list shows the whole account; another account sees and decides nothing."""
    users = {name: {"password": "x", "account": account} for name, account in (("a", "1"), ("b", "1"), ("c", "2"))}
    told = up42.control("PUT", "/up42/users", users)
    first, second, third = (Up42(up42.simulator, up42.http, name) for name in "abc")
    mine = first.placed()
    theirs = second.placed()
    assert first.workspace == told["a"]["id"] != second.workspace
    assert {shown["id"] for shown in first.list_page()} == {mine, theirs}
    assert [shown["id"] for shown in first.list_page(workspaceId=first.workspace)] == [mine]
    assert third.list_page() == third.list_page(STUDIES) == third.list_page(QUOTES) == []
    assert third.api("GET", f"{ORDERS}/{mine}").status_code == 404
    third.place()
    foreign = third.api("POST", ORDERS, order(), params={"workspaceId": first.workspace})
    assert foreign.status_code == 403
