"""Tokens for ICEYE's callbacks: who gets one, how long it is good, and what is worth nothing."""

from __future__ import annotations

import base64
from urllib.parse import quote_plus

import pytest

from reconciler.watch.tokens import GOOD_FOR, client_credentials, good, issued
from reconciler.watch.webhooks import iceye

ID, PASSWORD = "hook", "canary p%ss:wörd+1"
SECRET = f"{ID}:{PASSWORD}"
NOW = 1_800_000_000.5
FORM = {"content-type": "application/x-www-form-urlencoded"}
KIND = b"grant_type=client_credentials"


def basic(text: str) -> dict[str, str]:
    """Return the headers of a form whose sender shows this with Basic."""
    return {**FORM, "authorization": f"Basic {base64.b64encode(text.encode()).decode()}"}


def asked(headers: dict[str, str], body: bytes, secret: str = SECRET) -> tuple[int, dict]:
    """Ask for a token."""
    return client_credentials(lambda: secret)(headers, body, NOW)


def rings(authorization: str, now: float = NOW, secret: str = SECRET) -> bool:
    """Tell whether a callback that shows this would ring."""
    return iceye(lambda: secret)({"authorization": authorization}, now)


IN_FORM = f"&client_id={ID}&client_secret={quote_plus(PASSWORD)}".encode()
AS_IT_IS = basic(SECRET)
ENCODED = basic(f"{ID}:{quote_plus(PASSWORD)}")


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        pytest.param(AS_IT_IS, KIND, id="Basic"),
        pytest.param(ENCODED, KIND, id="Basic, form-encoded"),
        pytest.param(
            {**AS_IT_IS, "authorization": AS_IT_IS["authorization"].replace("Basic", "basic")}, KIND, id="basic"
        ),
        pytest.param(FORM, KIND + IN_FORM, id="in the form"),
        pytest.param({"content-type": FORM["content-type"] + "; charset=UTF-8"}, KIND + IN_FORM, id="with a charset"),
        pytest.param(AS_IT_IS, KIND + b"&scope=&scope=&client_id=hook&odd=1", id="fields that do not matter"),
    ],
)
def test_who_shows_the_credentials_gets_a_token_that_rings(headers, body):
    """With Basic as it is or form-encoded, or in the form; good for an hour and not a second more."""
    status, told = asked(headers, body)
    assert (status, told["token_type"], told["expires_in"]) == (200, "Bearer", GOOD_FOR)
    shown = f"Bearer {told['access_token']}"
    assert [rings(shown, NOW + later) for later in (0, GOOD_FOR - 1, GOOD_FOR)] == [True, True, False]
    assert PASSWORD not in str(told)


@pytest.mark.parametrize(
    ("headers", "body", "status", "error"),
    [
        pytest.param(basic("hook:wrong"), KIND, 401, "invalid_client", id="another password"),
        pytest.param(basic("hook"), KIND, 401, "invalid_client", id="no password"),
        pytest.param(
            {**FORM, "authorization": "Basic é"},
            KIND + IN_FORM.split(b"&client_secret")[0],
            401,
            "invalid_client",
            id="no base64",
        ),
        pytest.param({**FORM, "authorization": "Bearer x"}, KIND, 401, "invalid_client", id="another scheme"),
        pytest.param(FORM, KIND, 401, "invalid_client", id="nothing shown"),
        pytest.param(FORM, KIND + b"&client_id=hook&client_secret=", 401, "invalid_client", id="an empty password"),
        pytest.param(FORM, b"", 401, "invalid_client", id="an empty body"),
        pytest.param(AS_IT_IS, b"", 400, "invalid_request", id="no kind of grant"),
        pytest.param(AS_IT_IS, b"grant_type=password", 400, "unsupported_grant_type", id="another kind of grant"),
        pytest.param(AS_IT_IS, KIND + b"&" + KIND, 400, "invalid_request", id="a field twice"),
        pytest.param(AS_IT_IS, KIND + IN_FORM, 400, "invalid_request", id="shown twice"),
        pytest.param({**AS_IT_IS, "content-type": "application/json"}, b"{}", 400, "invalid_request", id="JSON"),
        pytest.param({"authorization": AS_IT_IS["authorization"]}, KIND, 400, "invalid_request", id="no type"),
        pytest.param(AS_IT_IS, b"\xff\xfe", 400, "invalid_request", id="no text"),
        pytest.param(AS_IT_IS, KIND + b"&a=%ff", 400, "invalid_request", id="no UTF-8"),
        pytest.param(AS_IT_IS, b"&a=1" * 30, 400, "invalid_request", id="a field many times"),
        pytest.param(
            AS_IT_IS, b"".join(b"&a%d=1" % n for n in range(10_000)), 400, "invalid_request", id="many fields"
        ),
    ],
)
def test_everything_else_is_told_what_is_wrong_with_it(headers, body, status, error):
    """In the words of RFC 6749 (5.2), and nothing of what was sent comes back."""
    got, told = asked(headers, body)
    assert (got, told["error"]) == (status, error)
    assert "canary" not in str(told)
    assert "\\x" not in str(told)


def test_no_client_where_the_secret_is_a_bearer_token_itself():
    """Neither by an empty name nor by an empty password."""
    for body in (b"&client_id=plain", b"&client_secret=plain", b"&client_id=plain&client_secret=plain"):
        assert asked(FORM, KIND + body, "plain")[0] == 401
    assert asked(basic("plain"), KIND, "plain")[1]["error"] == "invalid_client"


TOKEN = issued(SECRET, int(NOW) + 60)


@pytest.mark.parametrize(
    "token",
    [
        pytest.param("", id="nothing"),
        pytest.param(SECRET, id="the credentials"),
        pytest.param(PASSWORD, id="the password"),
        pytest.param(TOKEN.replace(str(int(NOW) + 60), str(int(NOW) + 61)), id="a later end"),
        pytest.param("0" + TOKEN, id="the same number written otherwise"),
        pytest.param(TOKEN + "0", id="more"),
        pytest.param(TOKEN[:-1], id="less"),
        pytest.param(TOKEN.upper(), id="in capitals"),
        pytest.param(TOKEN.partition(".")[0], id="no signature"),
        pytest.param("9" * 5000 + ".", id="a number without end"),
        pytest.param("٣.", id="other digits"),
        pytest.param(issued("hook:other", int(NOW) + 60), id="of another secret"),
    ],
)
def test_what_was_not_issued_is_worth_nothing(token):
    """As a token of the callback."""
    assert good(TOKEN, SECRET, NOW)
    assert not good(token, SECRET, NOW)
    assert not rings(f"Bearer {token}")


def test_new_credentials_end_the_tokens_of_the_old():
    """Read at each use, so from the next callback on."""
    known = [SECRET]
    verifier = iceye(lambda: known[0])
    assert verifier({"authorization": f"Bearer {TOKEN}"}, NOW)
    known[0] = "hook:next"
    assert not verifier({"authorization": f"Bearer {TOKEN}"}, NOW)
