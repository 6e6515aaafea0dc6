"""Reading: patient, never followed elsewhere, and strict about what counts as an answer."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from reconciler.model.account import Limits
from reconciler.model.errors import NotSentError, RefusalKind, RefusedError, UnclearError
from reconciler.model.ids import ProviderOrderId
from reconciler.providers.iceye.driver import DRIVER
from reconciler.providers.responses import decode, http_date, printable, seconds_to_wait

from .scenario import (
    ENDPOINT,
    NOW,
    REFERENCE,
    TASK_ID,
    TOKEN,
    Script,
    Time,
    account,
    answer,
    config,
    connected,
    dated,
    order,
    refused,
    task,
    token_answer,
)

ID = ProviderOrderId(TASK_ID)


@pytest.mark.parametrize(
    "trouble", [answer(429), answer(500), answer(503), httpx.ReadTimeout("x"), httpx.ConnectError("x")]
)
def test_a_read_is_tried_three_times(trouble):
    """Two failures are waited out, longer each time; the third try may still bring the answer."""
    script, time = Script(trouble, trouble, answer(200, task())), Time()
    assert connected(script, time).get(ID).id == TASK_ID
    assert len(script.sent) == 3
    assert [wait for wait in time.slept if wait >= 0.5] == pytest.approx([1.0, 2.0], abs=0.01)


@pytest.mark.parametrize("trouble", [answer(502), httpx.RemoteProtocolError("x")])
def test_the_third_failure_is_final(trouble):
    """Patience ends; nothing was learned, which is neither absence nor presence."""
    script = Script(trouble)
    with pytest.raises(UnclearError, match="nothing was learned"):
        connected(script).get(ID)
    assert len(script.sent) == 3


@pytest.mark.parametrize(
    ("header", "waited"),
    [
        ("7", 7.0),
        ("0", 0.0),
        (dated(NOW + timedelta(seconds=20)), 20.0),
        (dated(NOW - timedelta(seconds=20)), 0.0),
        ("100000", 60.0),
        ("soon", 1.0),
        ("-5", 1.0),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after(header, waited, status):
    """A provider's wish to wait is granted, in seconds or as a date, up to a minute; nonsense is not read."""
    time = Time()
    script = Script(answer(status, None, retry_after=header, date=dated(NOW)), answer(200, task()))
    connected(script, time).get(ID)
    assert sum(time.slept) == pytest.approx(waited, abs=0.01)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_read_follows_no_redirect(status):
    """A redirect may lead a token to a stranger."""
    script = Script(answer(status, None, location="https://elsewhere.test/"))
    with pytest.raises(UnclearError, match="redirect"):
        connected(script).get(ID)
    assert len(script.sent) == 1


@pytest.mark.parametrize("status", [400, 403, 404, 422])
def test_a_refusal_is_not_asked_again(status):
    """What the provider has answered clearly, it would answer again."""
    script = Script(refused(status))
    orders = connected(script)
    if status == 404:
        assert orders.get(ID) is None
    else:
        with pytest.raises(RefusedError):
            orders.get(ID)
    assert len(script.sent) == 1


@pytest.mark.parametrize("body", [httpx.Response(404, html="no such page"), answer(404, {"message": "Not Found"})])
def test_a_missing_page_is_no_missing_order(body):
    """Only ICEYE's own 404 says that there is no such task; a proxy's says nothing."""
    with pytest.raises(UnclearError):
        connected(Script(body)).get(ID)


def test_an_expired_token_is_renewed_once():
    """A 401 while reading asks for a new token and repeats; a second 401 is the answer."""
    tokens = iter([token_answer("first"), token_answer("second"), token_answer("third")])
    script = Script(refused(401), answer(200, task()), refused(401), token=lambda request: next(tokens))
    orders = connected(script)
    assert orders.get(ID).id == TASK_ID
    assert [request.headers["authorization"] for request in script.sent] == ["Bearer first", "Bearer second"]
    with pytest.raises(RefusedError) as caught:
        orders.get(ID)
    assert caught.value.kind is RefusalKind.UNAUTHORIZED
    assert len(script.sent) == 4


@pytest.mark.parametrize(
    ("content_type", "content", "flaw"),
    [
        ("text/html", b"{}", "'text/html' where JSON was expected"),
        ("application/json", b"", "an empty body"),
        ("application/json", b"{", "a body that is not readable JSON"),
        ("application/json", b'{"data": [1], "data": []}', "a body that names 'data' twice in one object"),
        ("application/json", b'[{"a": {"id": 1, "b": 2, "id": 1}}]', "a body that names 'id' twice in one object"),
        ("application/json", b'{"a": NaN}', "a body that is not readable JSON"),
        ("application/json", b'{"a": -Infinity}', "a body that is not readable JSON"),
        ("application/json", b'{"a": 1e400}', "a body that is not readable JSON"),
        ("application/json", b'{"a": ' + b"9" * 5000 + b"}", "a body that is not readable JSON"),
        ("application/json", b'"\xff"', "a body that is not readable JSON"),
        ("application/json", b"[" * 200_000, "a body that is not readable JSON"),
    ],
)
def test_what_is_no_json(content_type, content, flaw):
    """A body that is not JSON is named for what it is, and never half read."""
    assert decode(content_type, content) == (None, flaw)


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "application/json; charset=utf-8", "application/problem+json", "Application/JSON", None],
)
def test_what_is_json(content_type):
    """JSON's own media types count, a byte order mark is skipped, and no type at all is let pass."""
    assert decode(content_type, b'\xef\xbb\xbf{"a": 1.5}') == ({"a": 1.5}, None)


def test_foreign_text_is_made_printable():
    """A provider's words cannot move a terminal's cursor, and end at some point."""
    assert printable("a\x1b[2Jb\nc\t d") == "a [2Jb c d"
    assert len(printable("x" * 10_000)) < 500


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "Sat, 99 Nov 2026 12:00:00 GMT",
        "2026-11-28T12:00:00Z",
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Thu, 01 Jan 1500 00:00:00 GMT",
        None,
    ],
)
def test_an_odd_date_is_no_date(text):
    """Only an HTTP date with its zone counts."""
    assert http_date(text) is None
    assert seconds_to_wait(text, NOW) is None


def test_the_providers_clock():
    """The time is the provider's, by the last dated answer; it runs on with ours, and odd dates change nothing."""
    time = Time()
    script = Script(
        answer(200, task(), date=dated(NOW + timedelta(hours=3))),
        answer(200, task(), date="no date"),
        answer(200, task()),
        answer(200, task(), date=dated(NOW - timedelta(days=400))),
    )
    orders = connected(script, time)
    assert orders.now() == NOW
    orders.get(ID)
    assert orders.now() == NOW + timedelta(hours=3)
    time.passed += 60
    orders.get(ID)
    orders.get(ID)
    assert abs(orders.now() - (NOW + timedelta(hours=3, seconds=60))) < timedelta(seconds=1)
    orders.get(ID)
    assert orders.now() == NOW - timedelta(days=400)


def test_a_stranger_does_not_set_the_clock():
    """Only the API's own host tells the time; the token endpoint is another."""
    late = token_answer()
    late.headers["date"] = dated(NOW + timedelta(days=1))
    assert connected(Script(answer(200, task()), token=late)).now() == NOW


@pytest.mark.parametrize(("rate", "at_once", "period"), [(4.0, 4, 1.0), (2.5, 2, 0.8), (1.0, 1, 1.0), (0.5, 1, 2.0)])
def test_the_rate_of_requests(rate, at_once, period):
    """A few may go at once, but never more than the account's limit in any second; the token is one of them."""
    time, moments = Time(), []

    def note(request):
        moments.append(time.passed)
        return token_answer() if "token" in request.url.path else answer(200, task())

    orders = DRIVER.connect(account(limits=Limits(requests_per_second=rate)), config(Script(note, token=note), time))
    for _ in range(9):
        orders.get(ID)
    assert moments == pytest.approx([index // at_once * period for index in range(10)])


def test_429_holds_everybody_back():
    """When the provider asks one thread to wait, the next request of any other waits as well."""
    time = Time()
    script = Script(answer(429, None, retry_after="30"), answer(200, task()))
    orders = connected(script, time)
    orders.get(ID)
    before = time.passed
    orders.get(ID)
    assert before == pytest.approx(30, abs=0.1)
    assert time.passed - before < 1


@pytest.mark.parametrize("ending", [httpx.ReadTimeout("late"), answer(503)])
def test_a_provider_that_hangs_is_not_waited_for_three_times(ending):
    """What fails after a minute is not tried again: whoever waits for the whole of a pass hears of it."""
    time = Time()

    def hang(request):
        time.sleep(60)
        if isinstance(ending, Exception):
            raise ending
        return ending

    script = Script(hang)
    with pytest.raises(UnclearError):
        connected(script, time).get(ID)
    assert (len(script.sent), time.passed) == (1, 60)


def test_a_provider_that_hangs_twice_is_left_alone_for_the_rest_of_the_pass():
    """Fifty orders are not waited for one by one: what spends was certainly not sent, what reads learns nothing."""
    time = Time()

    def hang(request):
        time.sleep(60)
        raise httpx.ReadTimeout("late")

    script = Script(hang)
    orders = connected(script, time)
    orders.prepare()
    with pytest.raises(UnclearError):
        orders.get(ID)
    with pytest.raises(UnclearError, match="it may have been"):
        orders.place(order(), REFERENCE)
    with pytest.raises(NotSentError, match="hung"):
        orders.place(order(), REFERENCE)
    with pytest.raises(UnclearError, match="hung"):
        orders.get(ID)
    assert (len(script.sent), time.passed) == (2, 120)


def test_what_is_sent():
    """Requests name what they accept and who sends them; ids in paths cannot lead elsewhere."""
    script = Script(answer(200, task()))
    connected(script).get(ID)
    (sent,) = script.sent
    assert str(sent.url) == f"{ENDPOINT}/tasking/v2/tasks/{TASK_ID}"
    assert sent.headers["accept"] == "application/json, application/problem+json"
    assert sent.headers["authorization"] == f"Bearer {TOKEN}"
    assert sent.headers["user-agent"] == "tasking-reconciler"


@pytest.mark.parametrize("odd", ["..", "a/b", "", "a?b=c", "a b", "x" * 200])
def test_an_odd_id_is_not_sent(odd):
    """What cannot be an id never becomes part of an address."""
    script = Script(answer(200, task()))
    with pytest.raises(Exception, match="cannot be the id"):
        connected(script).get(ProviderOrderId(odd))
    assert script.sent == []


def test_close_leaves_a_borrowed_transport_open():
    """Whoever opened a transport closes it."""

    class Watched(Script):
        closed = False

        def close(self):
            self.closed = True

    script = Watched(answer(200, task()))
    connected(script).close()
    assert not script.closed


def test_a_question_by_post_is_repeated_like_a_read():
    """An estimate or a search binds nothing: patience, and a new token once, as for a GET."""
    script = Script(answer(503), httpx.ReadTimeout("x"), refused(401), answer(200, {"found": 1}))
    assert connected(script)._session.ask("/search/{what}", {"q": [1]}, what="a/b").body == {"found": 1}
    assert [request.method for request in script.sent] == ["POST"] * 4
    assert {request.url.raw_path for request in script.sent} == {b"/api/search/a%2Fb"}
    assert {request.content for request in script.sent} == {b'{"q":[1]}'}
    assert len(script.asked_for_token) == 2


def test_parameters_with_several_values_are_repeated():
    """Some providers want lists as repeated keys."""
    script = Script(answer(200, {}))
    connected(script)._session.read("/x", {"a": ["1", "2"], "b": "3"})
    assert script.sent[0].url.query == b"a=1&a=2&b=3"


def test_a_read_at_another_address():
    """With the same token, and without taking that server's clock for the provider's."""
    script = Script(answer(200, {}, date=dated(NOW + timedelta(days=1))))
    orders = connected(script)
    orders._session.read("/userinfo", base="https://login.iceye.test")
    assert str(script.sent[0].url) == "https://login.iceye.test/userinfo"
    assert script.sent[0].headers["authorization"].startswith("Bearer ")
    assert orders.now() == NOW


def test_the_media_type_of_a_spending_call():
    """JSON unless another is named; without a body there is none."""
    script = Script(answer(200, {}))
    session = connected(script)._session
    session.spend("PATCH", "/x", {}, media="application/merge-patch+json")
    session.spend("POST", "/x", {})
    session.spend("POST", "/x", None)
    assert [request.headers.get("content-type") for request in script.sent] == [
        "application/merge-patch+json",
        "application/json",
        None,
    ]
    assert script.sent[2].content == b""


def test_an_unclear_answer_keeps_its_status():
    """What no table calls a refusal is still told apart by who asks."""
    with pytest.raises(UnclearError) as caught:
        connected(Script(answer(410)))._session.read("/x")
    assert caught.value.status == 410
    with pytest.raises(UnclearError) as caught:
        connected(Script(httpx.ReadTimeout("x")))._session.read("/x")
    assert caught.value.status is None
