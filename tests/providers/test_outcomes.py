"""The outcome table: how each spending call ends for everything that a network or a provider can do."""

from __future__ import annotations

import httpx
import pytest

from reconciler.model.errors import NotSentError, ProviderError, RefusalKind, RefusedError, UnclearError
from reconciler.model.order import ObservedOrder
from reconciler.model.phase import Phase

from .scenario import REFERENCE, TASK_ID, Script, Time, answer, connected, order, refused, task

NEVER_LEFT = {"ConnectError", "ConnectTimeout", "PoolTimeout", "UnsupportedProtocol"}


def leaf_errors() -> list[type[Exception]]:
    """Every exception class of httpx that has no subclass in httpx."""
    everything = [kind for kind in vars(httpx).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    return [
        kind for kind in everything if not any(other is not kind and issubclass(other, kind) for other in everything)
    ]


def made(kind: type[Exception]) -> Exception:
    request = httpx.Request("POST", "https://platform.iceye.test/api")
    if kind is httpx.HTTPStatusError:
        return kind("broke", request=request, response=httpx.Response(500, request=request))
    return (
        kind()
        if kind.__name__ in ("StreamClosed", "ResponseNotRead", "RequestNotRead", "StreamConsumed")
        else kind("broke")
    )


def a_placed_order() -> ObservedOrder:
    return connected(Script(answer(201, task()))).place(order(), REFERENCE)


CALLS = {
    "place": lambda orders, seen: orders.place(order(), REFERENCE),
    "cancel": lambda orders, seen: orders.cancel(seen, "no longer needed"),
}


def test_the_walk_finds_all_of_httpx():
    """The list is httpx's own, so that a class which a new version brings is met here first."""
    assert len(leaf_errors()) >= 20
    assert {kind.__name__ for kind in leaf_errors()} >= NEVER_LEFT


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("kind", leaf_errors(), ids=lambda kind: kind.__name__)
def test_an_error_of_the_transport(kind, call):
    """At most one spending request leaves; four errors mean that it has not, every other one that nobody knows."""
    script = Script(made(kind))
    orders = connected(script)
    expected = NotSentError if kind.__name__ in NEVER_LEFT else UnclearError
    with pytest.raises(ProviderError) as caught:
        CALLS[call](orders, a_placed_order())
    assert type(caught.value) is expected
    assert len(script.spent) == 1


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    "kind", [httpx.ReadError, httpx.ReadTimeout, httpx.RemoteProtocolError], ids=lambda kind: kind.__name__
)
@pytest.mark.parametrize("status", [201, 400])
def test_a_body_that_breaks_off(kind, call, status):
    """An answer whose body never arrives whole is no answer, whatever its first line said."""

    class Torn(httpx.SyncByteStream):
        def __iter__(self):
            yield b'{"id": "'
            raise kind("broke")

    script = Script(lambda request: httpx.Response(status, headers={"content-type": "application/json"}, stream=Torn()))
    orders = connected(script)
    with pytest.raises(UnclearError):
        CALLS[call](orders, a_placed_order())
    assert len(script.spent) == 1


REFUSALS = {
    400: RefusalKind.INVALID,
    401: RefusalKind.UNAUTHORIZED,
    403: RefusalKind.FORBIDDEN,
    404: RefusalKind.NOT_FOUND,
    405: RefusalKind.INVALID,
    413: RefusalKind.INVALID,
    422: RefusalKind.INVALID,
    429: RefusalKind.RATE_LIMITED,
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("status", [*range(200, 230), *range(300, 310), *range(400, 452), *range(500, 512), 599])
def test_a_status_in_the_providers_own_form(status, call):
    """Eight statuses are refusals; a 2xx without an id, a redirect and all others leave it open."""
    script = Script(refused(status))
    orders = connected(script)
    with pytest.raises(ProviderError) as caught:
        CALLS[call](orders, a_placed_order())
    error = caught.value
    if status in REFUSALS:
        assert isinstance(error, RefusedError)
        assert (error.kind, error.status) == (REFUSALS[status], status)
    else:
        assert type(error) is UnclearError
    assert len(script.spent) == 1


@pytest.mark.parametrize("status", sorted(REFUSALS))
@pytest.mark.parametrize(
    "body",
    [
        httpx.Response(400, html="<h1>Bad gateway</h1>"),
        httpx.Response(400, text=""),
        httpx.Response(400, json={"message": "Forbidden"}),
        httpx.Response(400, json=["code", "message"]),
        httpx.Response(400, json={"code": 17, "message": "a number is no code"}),
        httpx.Response(400, text='{"code": "ERR_X", "message": "x"', headers={"content-type": "application/json"}),
        httpx.Response(400, text='{"code": "ERR_X", "message": "x"}', headers={"content-type": "text/html"}),
    ],
    ids=["html", "empty", "a gateway's", "a list", "code is a number", "cut off", "wrong type"],
)
def test_a_refusal_in_a_foreign_form(status, body):
    """What a proxy says is no refusal of the provider: nobody knows how far the request came."""
    script = Script(httpx.Response(status, headers=body.headers, content=body.content))
    with pytest.raises(UnclearError):
        connected(script).place(order(), REFERENCE)
    assert len(script.spent) == 1


@pytest.mark.parametrize(
    "body",
    [
        httpx.Response(201, json={}),
        httpx.Response(201, json=[]),
        httpx.Response(201, json=None),
        httpx.Response(201, json={"id": None}),
        httpx.Response(201, json={"id": ""}),
        httpx.Response(201, json={"id": 17}),
        httpx.Response(201, json={"id": "../x"}),
        httpx.Response(201, json={"data": task()}),
        httpx.Response(201, text=f'{{"id": "{TASK_ID}", "a": NaN}}', headers={"content-type": "application/json"}),
        httpx.Response(201, text=f'{{"id": "{TASK_ID}", "a": 1e999}}', headers={"content-type": "application/json"}),
        httpx.Response(201, content=b"\xff\xfe", headers={"content-type": "application/json"}),
        httpx.Response(201, text="[" * 100_000, headers={"content-type": "application/json"}),
        httpx.Response(204),
        httpx.Response(201, html="<p>created</p>"),
    ],
)
def test_an_acceptance_without_a_readable_id(body):
    """A 2xx says that something was created; without its id it has to be looked for."""
    script = Script(body)
    with pytest.raises(UnclearError, match=r"looks for it|may have been done"):
        connected(script).place(order(), REFERENCE)
    assert len(script.spent) == 1


def test_an_acceptance_with_nothing_but_an_id():
    """The id is enough to bind the order: everything else can be read later."""
    seen = connected(Script(answer(201, {"id": TASK_ID, "reference": 17, "acquisitionWindow": "soon"}))).place(
        order(), REFERENCE
    )
    assert (seen.id, seen.phase) == (TASK_ID, Phase.UNRECOGNIZED)
    assert "ICEYE's reference could not be read" in seen.remarks


def test_a_redirect_is_not_followed():
    """A spending request goes where it was sent, or nowhere."""
    script = Script(answer(307, None, location="https://elsewhere.test/tasks"), answer(201, task()))
    with pytest.raises(UnclearError, match="redirect"):
        connected(script).place(order(), REFERENCE)
    assert len(script.sent) == 1


def test_nothing_is_sent_without_a_token():
    """A spending call never asks for a token itself: that would be a second request."""
    script, time = Script(answer(201, task())), Time()
    orders = connected(script, time)
    time.passed += 3600
    with pytest.raises(NotSentError, match="authenticate"):
        orders.place(order(), REFERENCE)
    assert script.sent == []
    orders.authenticate()
    assert orders.place(order(), REFERENCE).id == TASK_ID


def test_a_token_in_its_last_minutes_is_used_as_it_is():
    """Between renewal and expiry a spending call is still a single request."""
    script, time = Script(answer(201, task())), Time()
    orders = connected(script, time)
    time.passed += 3500
    orders.place(order(), REFERENCE)
    assert len(script.asked_for_token) == 1


def test_a_refused_token_is_not_renewed_while_spending():
    """A 401 in ICEYE's form is a refusal; the next pass renews and tries again."""
    script = Script(refused(401))
    with pytest.raises(RefusedError) as caught:
        connected(script).place(order(), REFERENCE)
    assert caught.value.kind is RefusalKind.UNAUTHORIZED
    assert (len(script.sent), len(script.asked_for_token)) == (1, 1)


def test_an_endless_answer_is_cut_off():
    """A body past the cap is not read on, and leaves the outcome open."""

    class Endless(httpx.SyncByteStream):
        def __iter__(self):
            while True:
                yield b" " * 2**20

    script = Script(lambda request: httpx.Response(201, headers={"content-type": "application/json"}, stream=Endless()))
    with pytest.raises(UnclearError, match="4 MiB"):
        connected(script).place(order(), REFERENCE)


def test_a_dripping_answer_is_cut_off():
    """A server that sends a byte now and then does not hold the run for ever."""
    time = Time()

    class Dripping(httpx.SyncByteStream):
        def __iter__(self):
            while True:
                time.sleep(50)
                yield b" "

    script = Script(
        lambda request: httpx.Response(201, headers={"content-type": "application/json"}, stream=Dripping())
    )
    with pytest.raises(UnclearError, match="in time"):
        connected(script, time).place(order(), REFERENCE)
