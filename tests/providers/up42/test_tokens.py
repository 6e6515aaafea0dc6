"""Logging in to UP42, what a dry run may send, and secrets, which are never shown."""

from __future__ import annotations

import logging
import traceback
from urllib.parse import parse_qsl

import httpx
import pytest

from reconciler.model.errors import ConfigError, ProviderError, RefusalKind, RefusedError
from reconciler.model.ids import ProviderOrderId
from reconciler.providers.base import ProductFile, Request
from reconciler.providers.transport import HarmfulRequest
from reconciler.providers.up42.driver import DRIVER
from reconciler.providers.up42.guard import is_safe
from reconciler.providers.up42.settings import TOKEN_URLS, Up42Account, token_url

from ..scenario import REFERENCE, TOKEN, Time, answer
from .scenario import (
    BUDGET_ID,
    ENDPOINT,
    LOGIN,
    ORDER_ID,
    PRODUCT,
    SECRETS,
    TOKEN_URL,
    Routes,
    account,
    config,
    connected,
    lists,
    order,
    order_body,
    problem,
    quote,
    study,
)
from .test_outcomes import CALLS

ID = ProviderOrderId(ORDER_ID)
LOG_IN = "POST /realms/public/protocol/openid-connect/token"
CANARIES = (*SECRETS.values(), "canary%40up42.test", "canary+pass%2Bword", TOKEN, "canary-refresh", "signature-canary")


def test_the_request():
    """The password grant, in a form, with the scope that lets us ask who the user is."""
    routes = lists()
    connected(routes)
    (asked,) = routes.asked(LOG_IN)
    assert str(asked.url) == TOKEN_URL
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    assert "authorization" not in asked.headers
    assert dict(parse_qsl(asked.content.decode())) == {
        "grant_type": "password",
        "username": SECRETS["UP42_USERNAME"],
        "password": SECRETS["UP42_PASSWORD"],
        "client_id": "up42-api",
        "scope": "openid",
    }


def test_who_the_user_is():
    """Asked once, beside the token's address; it is the workspace that everything is asked for."""
    routes = lists()
    connection = connected(routes)
    connection.list(since=None)
    connection.prepare()
    (asked,) = [request for request in routes.sent if request.url.path.endswith("/userinfo")]
    assert str(asked.url) == f"{LOGIN}/userinfo"
    assert asked.headers["authorization"] == f"Bearer {TOKEN}"


def test_a_token_is_renewed_before_its_five_minutes_end():
    """After half of them, by the user's name and password again."""
    routes, time = lists(), Time()
    connection = connected(routes, time)
    for passed, asked in ((149, 1), (151, 2), (290, 2), (302, 3)):
        time.passed = passed
        connection.prepare()
        assert len(routes.asked(LOG_IN)) == asked


@pytest.mark.parametrize("region", ["eu", "sa"])
def test_where_the_user_logs_in(region):
    """At the region's own address, unless another is stated."""
    assert token_url(Up42Account(region=region)) == TOKEN_URLS[region]
    assert token_url(account().settings) == TOKEN_URL


def test_refused_credentials():
    """The message names the account, where the credentials were named, and the reason; no value of them."""
    said = {"error": "invalid_grant", "error_description": f"no {SECRETS['UP42_USERNAME']} {SECRETS['UP42_PASSWORD']}"}
    with pytest.raises(RefusedError) as caught:
        connected(Routes({}, token=answer(401, said)))
    assert caught.value.kind is RefusalKind.UNAUTHORIZED
    text = str(caught.value)
    for named in ("account up42-prod", "variable UP42_USERNAME", "variable UP42_PASSWORD", "invalid_grant: no *** ***"):
        assert named in text
    assert not [canary for canary in CANARIES if canary in "".join(traceback.format_exception(caught.value))]


def test_the_simulator_is_given_no_credentials():
    """An account at the simulator reads no secret, even where it names some."""

    def never(reference):
        raise AssertionError("a secret was read")

    simulated = account(endpoint="simulator")
    routes = lists()
    connection = DRIVER.connect(
        simulated, config(routes, token_url=f"http://127.0.0.1:1{TOKEN_URL[22:]}", secret=never)
    )
    connection.prepare()
    assert {request.url.host for request in routes.sent} == {"127.0.0.1"}
    with pytest.raises(ConfigError, match="start it first"):
        DRIVER.connect(simulated, config(routes, secret=never))


@pytest.mark.parametrize(
    ("method", "url", "allowed"),
    [
        ("GET", f"{ENDPOINT}/v2/orders", True),
        ("POST", TOKEN_URL, True),
        ("POST", f"{ENDPOINT}/v2/orders/estimate", True),
        ("POST", "http://127.0.0.1:8000/up42/api/v2/orders/estimate", True),
        ("POST", f"{ENDPOINT}/v2/assets/stac/search", True),
        ("POST", f"{ENDPOINT}/v2/assets/{PRODUCT}/download-url", True),
        ("POST", f"{ENDPOINT}/v2/orders?workspaceId={PRODUCT}", False),
        ("POST", f"{ENDPOINT}/v2/orders?x=/v2/orders/estimate", False),
        ("POST", f"{ENDPOINT}/v2/orders#/v2/orders/estimate", False),
        ("POST", f"{ENDPOINT}/v2/orders/estimate/x", False),
        ("POST", f"{ENDPOINT}/v2/assets/x/../download-url", False),
        ("POST", f"{ENDPOINT}/v2/orders/{ORDER_ID}/cancellation", False),
        ("POST", f"{ENDPOINT}/v2/orders/token", False),
        ("PATCH", f"{ENDPOINT}/v2/orders/estimate", False),
        ("PATCH", f"{ENDPOINT}/v2/orders/{ORDER_ID}", False),
        ("PATCH", f"{ENDPOINT}/v2/tasking/quotation/{BUDGET_ID}", False),
        ("PUT", f"{ENDPOINT}/v2/orders", False),
        ("DELETE", f"{ENDPOINT}/v2/orders/{ORDER_ID}", False),
        ("get", f"{ENDPOINT}/v2/orders", False),
    ],
)
def test_what_is_safe(method, url, allowed):
    """Reading, logging in, estimating, searching, asking for an address."""
    assert is_safe(Request(method, url)) is allowed


@pytest.mark.parametrize("call", CALLS)
def test_a_read_only_run_cannot_spend(call):
    """The guard stops the request below everything else, and loudly."""
    routes = lists(order_body(), studies=(study(),), quotes=(quote(),))
    with pytest.raises(HarmfulRequest, match="nothing was sent"):
        CALLS[call][1](connected(routes, read_only=True))
    assert routes.spent == []


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.ConnectError(f"{TOKEN} {SECRETS['UP42_PASSWORD']}"),
        problem(400, f"you sent Bearer {TOKEN} as {SECRETS['UP42_USERNAME']} {SECRETS['UP42_PASSWORD']}"),
        problem(400, "x", form="password=canary+pass%2Bword&username=canary%40up42.test"),
        answer(500, {"status": 500, "title": f"Authorization: {TOKEN}", "detail": {}}),
        httpx.Response(401, html=TOKEN),
    ],
    ids=["transport", "refusal", "form", "server error", "proxy"],
)
def test_no_secret_in_an_error(trouble):
    """Not even a provider that repeats what it was sent can make a message show a secret."""
    everywhere = {CALLS[call][0]: trouble for call in CALLS}
    reads = ("GET /v2/orders", f"GET /v2/orders/{ORDER_ID}", "GET /v2/collections", "GET /v2/payments/balances")
    connection = connected(Routes({**everywhere, **dict.fromkeys(reads, trouble)}))
    shown_texts = [connection.preflight(order()).unread or "", connection.list(since=None).problem or ""]
    for call in (lambda: connection.get(ID), lambda: connection.place(order(), REFERENCE)):
        with pytest.raises(ProviderError) as caught:
            call()
        shown_texts.append(str(caught.value) + repr(caught.value))
    assert all(shown_texts)
    assert not [canary for canary in CANARIES if canary in "".join(shown_texts)]


def test_no_secret_in_a_log(caplog, tmp_path):
    """At the most talkative level, logs hold methods and paths: no token, no credential, no signed address."""
    caplog.set_level(logging.DEBUG)
    signed = answer(200, {"url": "https://storage.test/a?X-Signature=signature-canary"})
    file = httpx.Response(200, content=b"abc")
    routes = lists(order_body(), **{f"POST /v2/assets/{PRODUCT}/download-url": signed, "GET /a": file})
    connection = connected(routes)
    connection.list(since=None)
    connection.download(
        ProductFile(name="a.zip", kind="data", url=PRODUCT), tmp_path / "a.zip", lambda done, whole: None
    )
    assert any("GET /v2/orders answered HTTP 200" in record.getMessage() for record in caplog.records)
    assert not [canary for canary in CANARIES if canary in caplog.text]


def test_no_secret_in_a_repr():
    """What a debugger or an assertion prints of a connection holds no secret."""
    connection = connected(lists())
    session = connection._session
    parts = (connection, session, session._credentials, session._token, account())
    assert not [canary for canary in CANARIES if canary in "".join(map(repr, parts))]


def test_a_token_that_is_taken_back():
    """A read logs in once more; a spending call does not."""
    routes = lists(order_body(), **{f"GET /v2/orders/{ORDER_ID}": [problem(401), answer(200, order_body())]})
    connection = connected(routes)
    assert connection.get(ID) is not None
    assert len(routes.asked(LOG_IN)) == 2
