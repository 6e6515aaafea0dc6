"""Tokens: asked for as documented, kept for most of their life, and their credentials never shown."""

from __future__ import annotations

import base64
import threading

import httpx
import pytest

from reconciler.model.errors import ConfigError, RefusalKind, RefusedError, UnclearError
from reconciler.model.ids import ProviderOrderId
from reconciler.providers.iceye.driver import DRIVER

from .scenario import SECRETS, TASK_ID, Script, Time, account, answer, config, connected, task, token_answer

ID = ProviderOrderId(TASK_ID)


def test_the_request():
    """Client credentials by Basic authentication, a form, no scope."""
    script = Script(answer(200, task()))
    connected(script)
    (asked,) = script.asked_for_token
    assert asked.method == "POST"
    assert asked.content == b"grant_type=client_credentials"
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    pair = base64.b64decode(asked.headers["authorization"].removeprefix("Basic ")).decode()
    assert pair == f"{SECRETS['ICEYE_CLIENT_ID']}:{SECRETS['ICEYE_CLIENT_SECRET']}"


@pytest.mark.parametrize(
    ("expires_in", "held"),
    [(3600, 3300), (900, 600), (600, 300), (400, 200), (60, 30), ("3600", 3300), (None, 300), (0.5, 0.25), (True, 300)],
)
def test_the_life_of_a_token(expires_in, held):
    """It is renewed five minutes before its end, but never in the first half of its life."""
    script, time = Script(answer(200, task()), token=lambda request: token_answer(expires_in=expires_in)), Time()
    orders = connected(script, time)
    time.passed = held - 0.2
    orders.authenticate()
    assert len(script.asked_for_token) == 1
    time.passed = held + 0.2
    orders.authenticate()
    assert len(script.asked_for_token) == 2


def test_a_token_is_asked_for_once_by_many_threads():
    """While one thread fetches the token the others wait for it."""
    script = Script(answer(200, task()))
    orders = DRIVER.connect(account(), config(script))
    threads = [threading.Thread(target=orders.get, args=(ID,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(script.asked_for_token), len(script.sent)) == (1, 8)


def test_no_request_before_the_first_call():
    """Connecting asks nobody."""
    script = Script(answer(200, task()))
    DRIVER.connect(account(), config(script))
    assert script.asked_for_token == script.sent == []


@pytest.mark.parametrize("status", [400, 401, 403])
def test_refused_credentials(status):
    """The message names the account, where the credentials were named, and the reason; no value of them."""
    said = {"error": "invalid_client", "error_description": f"unknown {SECRETS['ICEYE_CLIENT_ID']}"}
    with pytest.raises(RefusedError) as caught:
        connected(Script(answer(200), token=answer(status, said)))
    assert caught.value.kind is RefusalKind.UNAUTHORIZED
    text = str(caught.value)
    assert "account iceye-prod" in text
    assert "environment variable ICEYE_CLIENT_ID" in text
    assert "environment variable ICEYE_CLIENT_SECRET" in text
    assert "invalid_client: unknown ***" in text


@pytest.mark.parametrize(
    "trouble",
    [
        answer(200, {}),
        answer(200, {"access_token": ""}),
        answer(200, {"access_token": "two\nlines"}),
        answer(200, ["x"]),
        httpx.Response(200, html="<form>log in</form>"),
        answer(302, None, location="https://elsewhere.test"),
        answer(404, {"error": "x"}),
        answer(500),
        httpx.ConnectError("https://login.iceye.test/customer-canary-url"),
    ],
)
def test_a_token_endpoint_in_trouble(trouble):
    """Without a token nothing else is sent, and what the address says is not repeated."""
    script = Script(answer(200, task()), token=trouble)
    with pytest.raises(UnclearError) as caught:
        connected(script)
    assert "token endpoint" in str(caught.value)
    assert "canary" not in str(caught.value)
    assert script.sent == []


def test_a_busy_token_endpoint_is_asked_again():
    """Asking for a token binds nothing, so it is repeated like a read."""
    answers = iter([answer(503), httpx.ReadTimeout("x"), token_answer()])

    def token(request):
        entry = next(answers)
        if isinstance(entry, Exception):
            raise entry
        return entry

    script = Script(answer(200, task()), token=token)
    connected(script)
    assert len(script.asked_for_token) == 3


def test_a_listing_without_a_token_is_incomplete():
    """`list` does not raise: it says what it missed."""
    orders = DRIVER.connect(account(), config(Script(answer(200), token=answer(401, {"error": "invalid_client"}))))
    listing = orders.list(since=None)
    assert not listing.complete
    assert "invalid_client" in listing.problem


def test_a_token_address_must_be_https(monkeypatch):
    """Credentials do not travel in the clear; the message says where the address came from, not what it is."""
    monkeypatch.setitem(SECRETS, "ICEYE_TOKEN_URL", "http://login.iceye.test/canary")
    with pytest.raises(ConfigError, match="environment variable ICEYE_TOKEN_URL") as caught:
        DRIVER.connect(account(), config(Script(answer(200))))
    assert "canary" not in str(caught.value)


def test_missing_credentials():
    """A real account without credentials is told what it needs."""
    settings = DRIVER.account_settings.model_validate({"contractID": account().settings.contract_id})
    with pytest.raises(ConfigError, match="clientSecret"):
        DRIVER.connect(account(settings=settings), config(Script(answer(200))))


def test_the_simulator_is_given_no_credentials():
    """An account at the simulator reads no secret, even where it names some."""

    def never(reference):
        raise AssertionError("a secret was read")

    simulated = account(endpoint="simulator")
    address = "http://127.0.0.1:1/token"
    script = Script(answer(200, {"access_token": "t", "expires_in": 60}))
    orders = DRIVER.connect(simulated, config(script, token_url=address, secret=never))
    orders.authenticate()
    assert str(script.sent[0].url) == address
    with pytest.raises(ConfigError, match="start it first"):
        DRIVER.connect(simulated, config(script, secret=never))
