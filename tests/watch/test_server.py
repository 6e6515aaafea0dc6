"""The endpoints over real sockets: who is answered what, and what a hostile caller gets."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import socket
import time
from collections.abc import Iterator

import httpx
import pytest

from reconciler.model.errors import ConfigError
from reconciler.watch.pass_result import ASKED, WEBHOOK
from reconciler.watch.server import LARGEST_BODY, MOST_CONNECTIONS, Endpoints, HttpResponse, Server, address, loopback
from reconciler.watch.tokens import client_credentials
from reconciler.watch.webhooks import bearer, iceye, up42

TOKEN, HOOK, SECRET = "canary-token", "iceye-hook:canary-hook", "canary-up42"
NOW = 1_800_000_000.0
WITH_TOKEN = {"Authorization": f"Bearer {TOKEN}"}
BASIC = {"Authorization": f"Basic {base64.b64encode(HOOK.encode()).decode()}"}


def signed(created: float = NOW, secret: str = SECRET, names: str = '"x-up42-event"', value: str = "order.status"):
    """Return the headers of a callback as UP42 signs it."""
    digest = hmac.digest(secret.encode(), value.encode(), hashlib.sha256)
    return {
        "X-Up42-Event": value,
        "Signature-Input": f"up42-sig=({names});created={int(created)}",
        "Signature": f"up42-sig={base64.b64encode(digest).decode()}",
    }


class Scenario:
    """A server, what it rang, and what its probes say."""

    def __init__(self) -> None:
        self.signaled: list[str] = []
        self.wrong = {"alive": "", "ready": ""}
        self.pages = {"/": HttpResponse(content=b"<p>page</p>", media="text/html")}

    def endpoints(self, **more) -> Endpoints:
        """Return endpoints with a token and both webhooks."""
        base = {
            "signal": self.signaled.append,
            "alive": lambda: self.wrong["alive"],
            "ready": lambda: self.wrong["ready"],
            "figures": lambda: b"reconciler_up 1\n",
            "token": bearer(lambda: TOKEN),
            "webhooks": {"iceye": iceye(lambda: HOOK), "up42": up42(lambda: SECRET)},
            "token_issuers": {"iceye": client_credentials(lambda: HOOK)},
            "pages": lambda: self.pages,
            "now": lambda: NOW,
        }
        return Endpoints(**{**base, **more})


@pytest.fixture
def scenario() -> Scenario:
    """What the server asks and rings."""
    return Scenario()


@pytest.fixture
def ask(scenario) -> Iterator:
    """Ask a server that listens on this machine."""
    server = Server("127.0.0.1:0", scenario.endpoints(), poll=0.01)
    server.start()
    with httpx.Client(base_url=server.url, trust_env=False, timeout=20) as client:
        ask = client.request
        yield ask
    server.stop()


def raw(ask, content: bytes) -> bytes:
    """Send bytes and return what comes back."""
    url = ask("GET", "/healthz").request.url
    with socket.create_connection((url.host, url.port), timeout=20) as caller:
        caller.sendall(content)
        caller.shutdown(socket.SHUT_WR)
        got = b""
        while part := caller.recv(65536):
            got += part
    return got


def test_probes_tell_what_is_wrong(scenario, ask):
    """200 while all is well, 503 with the reason where it is not; each for itself."""
    assert [ask("GET", path).status_code for path in ("/healthz", "/readyz")] == [200, 200]
    scenario.wrong["ready"] = "no pass was made yet"
    assert [ask("GET", path).status_code for path in ("/healthz", "/readyz")] == [200, 503]
    assert ask("GET", "/readyz").text == "no pass was made yet\n"


def test_a_pass_is_asked_for_with_the_token_alone(scenario, ask):
    """Not without, not with another one, not with a webhook's, not by GET."""
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic !"}, BASIC, {"Authorization": ""}):
        assert ask("POST", "/reconcile", headers=headers).status_code == 401
    assert ask("GET", "/reconcile", headers=WITH_TOKEN).status_code == 405
    assert scenario.signaled == []
    answer = ask("POST", "/reconcile", headers=WITH_TOKEN)
    assert (answer.status_code, answer.json(), scenario.signaled) == (202, {"accepted": True}, [ASKED])


def test_a_browser_shows_the_token_as_a_password(scenario, ask):
    """It is asked for it with the realm."""
    shown = base64.b64encode(f"anybody:{TOKEN}".encode()).decode()
    assert ask("POST", "/reconcile", headers={"Authorization": f"Basic {shown}"}).status_code == 202
    assert "realm" in ask("POST", "/reconcile").headers["WWW-Authenticate"]


def test_what_it_does_not_know_itself_is_asked_for(ask):
    """Pages by path, each with headers that let it load nothing from elsewhere; what is not there is not there."""
    answer = ask("GET", "/?theme=dark")
    assert (answer.text, answer.headers["content-type"]) == ("<p>page</p>", "text/html")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert ask("HEAD", "/").content == b""
    assert [ask("GET", "/nothing").status_code, ask("POST", "/").status_code] == [404, 405]
    assert [ask(method, "/").headers["Allow"] for method in ("OPTIONS", "PUT", "DELETE")] == ["GET, HEAD"] * 3


def test_figures_are_served(ask):
    """As Prometheus scrapes them."""
    answer = ask("GET", "/metrics")
    assert (answer.text, answer.headers["content-type"].partition(";")[0]) == ("reconciler_up 1\n", "text/plain")


def test_a_foreign_name_is_not_served_to(ask):
    """A page whose own DNS leads here reads nothing; probes and callbacks come by any name."""
    foreign = {"Host": "evil.example.org"}
    assert [ask("GET", path, headers=foreign).status_code for path in ("/", "/metrics", "/healthz")] == [421, 421, 200]
    assert ask("GET", "/", headers={"Host": "localhost:80"}).status_code == 200


def test_a_target_with_its_host_is_served_by_that_host(ask):
    """As RFC 9112 has it: what the header says does not count then, and a foreign host stays foreign."""
    told = [
        raw(ask, f"GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()).split()[1]
        for target, host in (
            ("http://localhost:80/healthz", "x"),
            ("HTTP://127.0.0.1", "evil.example.org"),
            ("http://evil.example.org/", "127.0.0.1"),
        )
    ]
    assert told == [b"200", b"200", b"421"]


def test_nothing_has_no_length(ask):
    """A 204 says neither a type nor a length (RFC 9110, 8.6)."""
    answer = ask("POST", "/webhooks/iceye", headers=BASIC)
    assert {name for name in answer.headers if name.startswith("content-")} == {"content-security-policy"}


class TestWebhooks:
    def test_iceye_shows_the_credentials_that_were_registered(self, scenario, ask):
        """Basic, or a Bearer token; then it rings, whatever the body says."""
        assert ask("POST", "/webhooks/iceye", headers=BASIC, content=b"\x00 no json").status_code == 204
        assert scenario.signaled == [WEBHOOK]
        assert iceye(lambda: "plain-token")({"authorization": "Bearer plain-token"}, NOW)
        assert not iceye(lambda: "plain-token")({"authorization": "Basic plain-token"}, NOW)

    def test_up42_signs(self, scenario, ask):
        """With the webhook's secret, over the headers that it names."""
        assert ask("POST", "/webhooks/up42", headers=signed(), json={"event": "order.status"}).status_code == 204
        assert scenario.signaled == [WEBHOOK]

    @pytest.mark.parametrize(
        "headers",
        [
            pytest.param({}, id="nothing"),
            pytest.param(signed(secret="other"), id="another secret"),
            pytest.param(signed(created=NOW - 301), id="too old"),
            pytest.param(signed(created=NOW + 301), id="from the future"),
            pytest.param(signed(names="", value=""), id="over nothing at all"),
            pytest.param(signed(names='"x-missing"'), id="over a header that is not there"),
            pytest.param({**signed(), "X-Up42-Event": "changed"}, id="over another value"),
            pytest.param({**signed(), "Signature": "up42-sig=not base64"}, id="no signature"),
            pytest.param({**signed(), "Signature": "up42-sig=abcde"}, id="no base64"),
            pytest.param({**signed(), "Signature-Input": "up42-sig=(" + '"a" ' * 5000 + ");created=1"}, id="endless"),
        ],
    )
    def test_up42_unsigned_is_nobody(self, scenario, ask, headers):
        """Nothing rings."""
        assert ask("POST", "/webhooks/up42", headers=headers).status_code == 401
        assert scenario.signaled == []

    def test_one_that_is_not_set_up_is_not_there(self, ask):
        """Neither is a method that nobody calls: what there is instead is told."""
        for path in ("vantor", "vantor/token", "up42/token", "iceye/other", "iceye/", "iceye/token/token"):
            assert ask("POST", f"/webhooks/{path}", headers=BASIC).status_code == 404
        for path in ("/webhooks/iceye", "/webhooks/iceye/token"):
            answer = ask("GET", path, headers=BASIC)
            assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")

    def test_a_token_is_asked_for_and_rings(self, scenario, ask):
        """Asking for one rings nothing; showing it does. Neither answer may be kept by anybody on the way."""
        form = {"grant_type": "client_credentials"}
        granted = ask("POST", "/webhooks/iceye/token", headers=BASIC, data=form)
        assert (granted.status_code, granted.headers["content-type"]) == (200, "application/json")
        assert (granted.headers["Cache-Control"], granted.headers["Pragma"]) == ("no-store", "no-cache")
        assert scenario.signaled == []
        shown = {"Authorization": f"Bearer {granted.json()['access_token']}"}
        assert ask("POST", "/webhooks/iceye", headers=shown, json={}).status_code == 204
        assert scenario.signaled == [WEBHOOK]
        assert ask("POST", "/reconcile", headers=shown).status_code == 401

    def test_who_is_unknown_gets_no_token(self, scenario, ask):
        """It is told so in the words of RFC 6749, and how to show what it knows."""
        answer = ask("POST", "/webhooks/iceye/token", data={"grant_type": "client_credentials"})
        assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})
        assert answer.headers["WWW-Authenticate"].startswith("Basic")
        assert ask("POST", "/webhooks/iceye/token", content=b"x" * (LARGEST_BODY + 1)).status_code == 413
        assert scenario.signaled == []

    def test_a_header_that_is_no_text_is_nobody_s(self, ask):
        """Bytes beyond ASCII where base64 is expected."""
        for path in ("/webhooks/iceye", "/webhooks/iceye/token", "/reconcile"):
            form = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": b"Basic \xe9\xff"}
            assert ask("POST", path, headers=form).status_code == 401


class TestElsewhere:
    def test_it_refuses_to_listen_elsewhere_without_a_token(self, scenario):
        """The message says what to do."""
        with pytest.raises(ConfigError, match="name a token with --token-file"):
            Server("0.0.0.0:0", scenario.endpoints(token=None))

    def test_guarded_everything_but_probes_and_callbacks_needs_the_token(self, scenario):
        """A page shows what is ordered where: not to everybody."""
        endpoints = scenario.endpoints(guarded=True)
        asked = {path: endpoints.answer("GET", path, {}).status for path in ("/", "/metrics", "/healthz", "/readyz")}
        assert asked == {"/": 401, "/metrics": 401, "/healthz": 200, "/readyz": 200}
        shown = {"authorization": f"Bearer {TOKEN}", "host": "watch.example.org"}
        assert [endpoints.answer("GET", path, shown).status for path in ("/", "/metrics")] == [200, 200]

    @pytest.mark.parametrize("text", ["8080", "localhost", "127.0.0.1:", "127.0.0.1:99999", "127.0.0.1:x"])
    def test_an_address_has_a_host_and_a_port(self, text):
        """Anything else is told."""
        with pytest.raises(ConfigError, match="write HOST:PORT"):
            address(text)

    def test_what_is_this_machine(self):
        """Loopback of both kinds, by number or by name."""
        assert [address("[::1]:80"), address(":80")] == [("::1", 80), ("127.0.0.1", 80)]
        assert [loopback(host) for host in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "10.0.0.1", "a.b")] == [
            *[True] * 3,
            *[False] * 3,
        ]

    def test_a_port_that_is_taken_is_told(self, scenario):
        """With the address."""
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            with pytest.raises(ConfigError, match=f"--listen 127.0.0.1:{port}"):
                Server(f"127.0.0.1:{port}", scenario.endpoints())


class TestHostile:
    def test_a_body_is_bounded(self, scenario, ask):
        """Told by its length, before it is read; a length that is none is refused."""
        for length, status in ((str(LARGEST_BODY + 1), b"413"), ("x", b"411"), ("-1", b"411"), ("9" * 13, b"411")):
            told = raw(ask, f"POST /webhooks/iceye HTTP/1.1\r\nContent-Length: {length}\r\n\r\n".encode())
            assert told.split()[1] == status
        short = raw(ask, b"POST /webhooks/iceye HTTP/1.1\r\nContent-Length: 9\r\n\r\nshort")
        assert short.split()[1] == b"400"
        assert scenario.signaled == []

    @pytest.mark.parametrize(
        ("head", "body", "status"),
        [
            (b"", b"3\r\nabc\r\n3;odd=1\r\ndef\r\n0\r\n\r\n", b"204"),
            (b"", b"0\r\nTrailer: x\r\n\r\n", b"204"),
            (b"", b"%x\r\n" % (LARGEST_BODY + 1), b"413"),
            (b"", b"8000\r\n" + b"x" * 0x8000 + b"\r\n8001\r\n" + b"x" * 0x8001, b"413"),
            (b"", b"-3\r\nabc\r\n0\r\n\r\n", b"400"),
            (b"", b"3" * 300 + b"\r\n", b"400"),
            (b"", b"3\r\nab", b"400"),
            (b"", b"", b"400"),
            (b"Content-Length: 3\r\n", b"3\r\nabc\r\n0\r\n\r\n", b"411"),
        ],
    )
    def test_a_body_in_chunks_is_read_and_bounded(self, scenario, ask, head, body, status):
        """Some clients always send them; both ways of telling a length at once are one too many."""
        head += f"Authorization: {BASIC['Authorization']}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        assert raw(ask, b"POST /webhooks/iceye HTTP/1.1\r\n" + head + body).split()[1] == status
        assert len(scenario.signaled) == (status == b"204")

    def test_another_coding_is_refused(self, ask):
        """Nobody unpacks anything here."""
        head = b"POST /webhooks/iceye HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"
        assert raw(ask, head + b"0\r\n\r\n").split()[1] == b"411"

    def test_a_body_that_is_announced_is_invited(self, ask):
        """Who expects to be told to go on (RFC 9110, 10.1.1) need not wait for it."""
        head = f"POST /webhooks/iceye HTTP/1.1\r\nAuthorization: {BASIC['Authorization']}\r\nExpect: 100-continue\r\n"
        told = raw(ask, f"{head}Content-Length: 2\r\n\r\n{{}}".encode())
        assert told.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 ")

    def test_one_request_and_no_more(self, scenario, ask):
        """What is sent behind it is not read: a connection ends with its answer."""
        one = f"POST /webhooks/iceye HTTP/1.1\r\nAuthorization: {BASIC['Authorization']}\r\n\r\n".encode()
        assert raw(ask, one * 3).count(b"HTTP/1.1 204") == 1
        assert scenario.signaled == [WEBHOOK]

    @pytest.mark.parametrize(
        "content",
        [
            b"\x00\x01\x02\r\n\r\n",
            b"GET\r\n\r\n",
            b"GET / HTTP/9.9\r\n\r\n",
            b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n",
            b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(200)) + b"\r\n",
            b"BREW / HTTP/1.1\r\n\r\n",
            b"GET /../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n",
        ],
    )
    def test_what_is_no_request_gets_a_status_and_no_more(self, ask, content):
        """No traceback, no echo of what was sent."""
        told = raw(ask, content)
        assert b"Traceback" not in told
        status = (re.search(rb"[1-5]\d\d", told) or [b""])[0]
        assert status in {b"", b"400", b"404", b"414", b"431", b"501", b"505"}
        assert b"aaaa" not in told
        assert ask("GET", "/healthz").status_code == 200

    def test_an_error_of_ours_stays_with_us(self, scenario, ask):
        """The caller hears that something went wrong, and not what."""
        scenario.pages = None
        answer = ask("GET", "/")
        assert (answer.status_code, answer.text) == (500, "something went wrong here\n")

    def test_who_dawdles_is_cut_off(self, scenario):
        """More silent connections than there are threads: an honest caller is answered all the same."""
        server = Server("127.0.0.1:0", scenario.endpoints(), patience=0.2, poll=0.05)
        server.start()
        place = server.server_address[:2]
        silent = [socket.create_connection(place) for _ in range(MOST_CONNECTIONS + 4)]
        for each in silent:
            each.sendall(b"GET / HT")
        started = time.monotonic()
        assert httpx.get(f"{server.url}/healthz", trust_env=False, timeout=20).status_code == 200
        assert time.monotonic() - started < 10
        for each in silent:
            each.close()
        server.stop()

    def test_a_body_that_does_not_come_is_no_error_of_ours(self, scenario, caplog):
        """Cut off like everything that takes too long; the log, which others could fill, holds nothing of it."""
        server = Server("127.0.0.1:0", scenario.endpoints(), patience=0.2, poll=0.05)
        server.start()
        with socket.create_connection(server.server_address[:2], timeout=20) as caller:
            caller.sendall(b"POST /webhooks/iceye HTTP/1.1\r\nContent-Length: 9\r\n\r\nslow")
            caller.recv(65536)
        server.stop()
        assert caplog.text == ""
