"""The read-only guard, and the secrets: what must not leave, does not."""

from __future__ import annotations

import logging
import traceback

import httpx
import pytest

from reconciler.model.errors import ProviderError
from reconciler.model.ids import ProviderOrderId
from reconciler.providers.base import ProductFile, Request
from reconciler.providers.iceye.driver import DRIVER
from reconciler.providers.iceye.guard import is_safe
from reconciler.providers.transport import HarmfulRequest

from .scenario import (
    CONTRACT_BODY,
    ENDPOINT,
    REFERENCE,
    SECRETS,
    TASK_ID,
    TOKEN,
    TOKEN_URL,
    Script,
    account,
    answer,
    config,
    connected,
    office,
    order,
    page,
    refused,
    task,
)

ID = ProviderOrderId(TASK_ID)
CANARIES = (*SECRETS.values(), TOKEN, "signature-canary")


@pytest.mark.parametrize("call", ["place", "cancel"])
def test_a_read_only_run_cannot_spend(call):
    """The guard stops the request below everything else, and loudly: no ProviderError that a plan might swallow."""
    seen = connected(Script(answer(201, task()))).place(order(), REFERENCE)
    script = Script(answer(201, task()))
    orders = connected(script, read_only=True)
    with pytest.raises(HarmfulRequest, match="nothing was sent"):
        orders.place(order(), REFERENCE) if call == "place" else orders.cancel(seen, "x")
    assert script.sent == []


def test_a_read_only_run_can_read():
    """Everything that a plan needs goes through: the token, lists, contract, price, money."""
    script = office(tasks=page(task()), task=answer(200, task()))
    orders = connected(script, read_only=True)
    assert orders.list(since=None).complete
    assert orders.get(ID) is not None
    assert orders.preflight(order()).unread is None
    assert len(script.asked_for_token) == 1


@pytest.mark.parametrize(
    ("method", "url", "allowed"),
    [
        ("GET", f"{ENDPOINT}/tasking/v2/tasks", True),
        ("POST", f"{ENDPOINT}/tasking/v2/feasibility", True),
        ("POST", "http://127.0.0.1:8000/iceye/api/tasking/v2/feasibility", True),
        ("POST", TOKEN_URL, True),
        ("POST", f"{ENDPOINT}/tasking/v2/tasks", False),
        ("POST", f"{ENDPOINT}/tasking/v2/tasks?x=/tasking/v2/feasibility", False),
        ("POST", f"{ENDPOINT}/tasking/v2/tasks#/tasking/v2/feasibility", False),
        ("POST", f"{ENDPOINT}/tasking/v2/tasks/token", False),
        ("PATCH", f"{ENDPOINT}/tasking/v2/tasks/{TASK_ID}", False),
        ("PATCH", f"{ENDPOINT}/tasking/v2/feasibility", False),
        ("PUT", f"{ENDPOINT}/tasking/v2/tasks", False),
        ("DELETE", f"{ENDPOINT}/tasking/v2/tasks/{TASK_ID}", False),
        ("get", f"{ENDPOINT}/tasking/v2/tasks", False),
    ],
)
def test_what_is_safe(method, url, allowed):
    """Reading, asking for a token and asking for feasibility; the rule sees the whole request."""
    assert is_safe(Request(method, url)) is allowed


def everything_shown(error: BaseException) -> str:
    return "".join(traceback.format_exception(error)) + repr(error) + str(error)


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.ConnectError(f"{TOKEN} {SECRETS['ICEYE_CLIENT_SECRET']}"),
        refused(400, message=f"you sent Bearer {TOKEN} and {SECRETS['ICEYE_CLIENT_SECRET']}"),
        answer(500, {"code": "x", "message": f"Authorization: {TOKEN}"}),
        httpx.Response(401, html=TOKEN),
    ],
    ids=["transport", "refusal", "server error", "proxy"],
)
def test_no_secret_in_an_error(trouble):
    """Not even a provider that repeats what it was sent can make a message show a secret."""
    orders = connected(Script(trouble))
    shown = []
    for call in (lambda: orders.get(ID), lambda: orders.place(order(), REFERENCE)):
        with pytest.raises(ProviderError) as caught:
            call()
        shown.append(str(caught.value) + repr(caught.value))
    shown += [orders.preflight(order()).unread or "", orders.list(since=None).problem or ""]
    assert not [canary for canary in CANARIES if canary in "".join(shown)]


def test_no_secret_in_a_traceback():
    """Printing the whole chain of a failed token request shows no credential and no address."""
    with pytest.raises(Exception, match="token endpoint") as caught:
        connected(Script(answer(200), token=answer(401, {"error": "invalid_client"})))
    assert not [canary for canary in CANARIES if canary in everything_shown(caught.value)]


def test_no_secret_in_a_log(caplog, tmp_path):
    """At the most talkative level, logs hold methods and paths: no token, no credential, no signed address."""
    caplog.set_level(logging.DEBUG)
    file = answer(200, "x")
    script = office(tasks=page(task()), task=file)
    orders = connected(script)
    orders.list(since=None)
    orders.preflight(order())
    url = f"{ENDPOINT}/files/a.tif?X-Signature=signature-canary"
    orders.download(ProductFile(name="a.tif", kind="GRD", url=url), tmp_path / "a.tif", lambda done, whole: None)
    assert any("/tasking/v2/tasks answered HTTP 200" in record.getMessage() for record in caplog.records)
    assert not [canary for canary in CANARIES if canary in caplog.text]
    assert CONTRACT_BODY["name"] not in caplog.text


def test_no_secret_in_a_repr():
    """What a debugger or an assertion prints of a connection holds no secret."""
    orders = connected(Script(answer(200, task())))
    session = orders._session
    parts = (orders, session, session._credentials, session._token, config(Script()), account())
    assert not [canary for canary in CANARIES if canary in "".join(map(repr, parts))]
    assert "signature-canary" not in repr(ProductFile(name="a", kind="GRD", url="https://x.test/?s=signature-canary"))


def test_another_providers_order_is_a_fault():
    """Handing ICEYE another provider's block is a fault of the program, not of the manifest."""
    with pytest.raises(TypeError, match="not an ICEYE order"):
        DRIVER.terms(order().__class__(**{**fields(order()), "settings": account().settings}))


def fields(made):
    return {name: getattr(made, name) for name in made.__dataclass_fields__}
