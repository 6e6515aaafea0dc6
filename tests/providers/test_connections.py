"""Connections: kept for reads, fresh for each spending call, through the proxy that the environment names."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from reconciler.model.ids import ProviderOrderId
from reconciler.providers.address import confidential, origin, proxy
from reconciler.providers.iceye.driver import DRIVER

from .scenario import REFERENCE, TASK_ID, account, config, order, task

PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture
def server():
    """A server that keeps connections open and notes over which port each request came."""
    seen: list[tuple[str, int]] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self):
            self.rfile.read(int(self.headers.get("content-length", 0)))
            body = json.dumps({"access_token": "t", "expires_in": 3600} if "token" in self.path else task()).encode()
            seen.append((f"{self.command} {self.path.rpartition('/')[2]}", self.client_address[1]))
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = answer

        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        running.seen = seen
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def test_spending_uses_a_fresh_connection(server):
    """Reads share a connection; a spending call never meets one that the server may have closed meanwhile."""
    url = f"http://127.0.0.1:{server.server_port}"
    where = account(endpoint="simulator")
    orders = DRIVER.connect(where, config(None, endpoint=url, token_url=f"{url}/token"))
    orders.prepare()
    orders.get(ProviderOrderId(TASK_ID))
    seen = orders.place(order(), REFERENCE)
    orders.place(order(), REFERENCE)
    orders.cancel(seen, "x")
    orders.get(ProviderOrderId(TASK_ID))
    orders.close()
    names, ports = zip(*server.seen, strict=True)
    assert names == ("POST token", f"GET {TASK_ID}", "POST tasks", "POST tasks", f"PATCH {TASK_ID}", f"GET {TASK_ID}")
    assert ports[0] == ports[1] == ports[5]
    assert len({ports[0], *ports[2:5]}) == 4


@pytest.mark.parametrize(
    ("environment", "url", "way"),
    [
        ({}, "https://platform.iceye.com/api", None),
        ({"https_proxy": "http://proxy.test:3128"}, "https://platform.iceye.com/api", "http://proxy.test:3128"),
        ({"https_proxy": "proxy.test:3128"}, "https://platform.iceye.com/api", "http://proxy.test:3128"),
        ({"http_proxy": "http://proxy.test:3128"}, "https://platform.iceye.com/api", None),
        ({"https_proxy": "http://p.test", "no_proxy": "iceye.com"}, "https://platform.iceye.com/api", None),
        ({"http_proxy": "http://p.test", "https_proxy": "http://p.test"}, "http://127.0.0.1:8000", None),
        ({"http_proxy": "http://p.test"}, "http://localhost:8000", None),
    ],
)
def test_the_proxy_of_the_environment(monkeypatch, environment, url, way):
    """It is the one that the environment names for that address, and never one for this machine."""
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert proxy(url) == way


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://platform.iceye.com/api", True),
        ("http://localhost:8000/x", True),
        ("http://[::1]:8000", True),
        ("http://platform.iceye.com", False),
        ("http://127.0.0.1.evil.test", False),
        ("ftp://localhost", False),
        ("https://", False),
        ("platform.iceye.com", False),
        ("https://[", False),
    ],
)
def test_where_secrets_may_go(url, kept):
    """By https, or not beyond this machine."""
    assert confidential(url) is kept


def test_the_same_origin():
    """Scheme, host and port decide; the usual port needs no writing, and case does not matter."""
    assert origin("https://Platform.iceye.com/api") == origin("https://platform.iceye.com:443/files?x")
    assert origin("https://platform.iceye.com") != origin("http://platform.iceye.com")
    assert origin("https://platform.iceye.com") != origin("https://platform.iceye.com.evil.test")
    assert origin("https://platform.iceye.com@evil.test") == origin("https://evil.test")
