"""The endpoints: whether it lives, whether it is ready, what it counts; and two ways to ring.

Whatever is sent here can at most wake a pass. Each connection is one request, in one of a few threads, with bounds on
its size and on the time that it may take; nobody is ever shown an error of ours.
"""

from __future__ import annotations

import ipaddress
import json
import logging
import re
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from typing import Any, TypeAlias

from reconciler.model.errors import ConfigError
from reconciler.watch.figures import MEDIA
from reconciler.watch.pass_result import ASKED, WEBHOOK
from reconciler.watch.source import Signal
from reconciler.watch.tokens import TokenIssuer
from reconciler.watch.webhooks import Verifier

LARGEST_BODY = 64 * 1024
MOST_CONNECTIONS = 16
LONGEST_EXCHANGE = 10.0
"""Seconds that a connection may take from beginning to end."""
_PLAIN = "text/plain; charset=utf-8"
_SAFE = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}
_WHOLE = re.compile(r"https?://([^/?#]*)(.*)", re.IGNORECASE)
"""A target with its host (RFC 9112, 3.2.2), which then counts in place of the header."""
_LENGTH = re.compile(r"[0-9]{1,12}")
_CHUNK = re.compile(rb"([0-9a-fA-F]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")
_LONGEST_CHUNK_LINE = 256
_Open: TypeAlias = Any
"""A connection, as `socketserver` hands it around."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpResponse:
    """What is served under a path."""

    content: bytes
    media: str = _PLAIN
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


Pages = Callable[[], Mapping[str, HttpResponse]]
"""Returns what else there is to look at, by path (`/`, `/style.css`); asked anew at each request."""


def _no_pages() -> Mapping[str, HttpResponse]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """What the server asks. `alive` and `ready` return what is wrong (nothing: all is well).

    `guarded` says that everything but the probes and the webhooks needs the token; without a token nobody may ask for
    a pass. `token_issuers` give tokens for a webhook to who shows its credentials. `now` is in seconds since 1970.
    """

    signal: Signal
    alive: Callable[[], str]
    ready: Callable[[], str]
    figures: Callable[[], bytes]
    token: Verifier | None = None
    webhooks: Mapping[str, Verifier] = field(default_factory=dict)
    token_issuers: Mapping[str, TokenIssuer] = field(default_factory=dict)
    pages: Pages = _no_pages
    guarded: bool = False
    now: Callable[[], float] = time.time

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> HttpResponse:
        """Return what a request gets."""
        path = path.partition("?")[0]
        if path in ("/healthz", "/readyz"):
            wrong = self.alive() if path == "/healthz" else self.ready()
            return HttpResponse(content=f"{wrong or 'ok'}\n".encode(), status=503 if wrong else 200)
        if path.startswith("/webhooks/"):
            name = path.removeprefix("/webhooks/")
            if name.endswith("/token"):
                return self._issued(method, name.removesuffix("/token"), headers, body)
            return self._signaled(method, name, headers)
        if path == "/reconcile":
            return self._asked(method, headers)
        if self.guarded and not self._known(headers):
            return _UNKNOWN_CALLER
        if not self.guarded and not loopback(_host(headers)):
            return _WRONG_HOST
        if method not in ("GET", "HEAD"):
            return _ONLY_READ
        if path == "/metrics":
            return HttpResponse(content=self.figures(), media=MEDIA)
        return self.pages().get(path, _NOTHING)

    def _known(self, headers: Mapping[str, str]) -> bool:
        return self.token is not None and self.token(headers, self.now())

    def _asked(self, method: str, headers: Mapping[str, str]) -> HttpResponse:
        if not self._known(headers):
            return _UNKNOWN_CALLER
        if method != "POST":
            return _ONLY_POST
        self.signal(ASKED)
        return HttpResponse(content=json.dumps({"accepted": True}).encode(), media="application/json", status=202)

    def _signaled(self, method: str, name: str, headers: Mapping[str, str]) -> HttpResponse:
        verifier = self.webhooks.get(name)
        if verifier is None:
            return _NOTHING
        if method != "POST":
            return _ONLY_POST
        if not verifier(headers, self.now()):
            return _UNKNOWN_CALLER
        self.signal(WEBHOOK)
        return HttpResponse(content=b"", status=204)

    def _issued(self, method: str, name: str, headers: Mapping[str, str], body: bytes) -> HttpResponse:
        issue = self.token_issuers.get(name)
        if issue is None:
            return _NOTHING
        if method != "POST":
            return _ONLY_POST
        status, told = issue(headers, body, self.now())
        more = {"Pragma": "no-cache", **(_ASK if status == 401 else {})}
        return HttpResponse(content=json.dumps(told).encode(), media="application/json", status=status, headers=more)


def _host(headers: Mapping[str, str]) -> str:
    """Return the name that the caller knows us by: a foreign one may be a page's that was led here by its own DNS."""
    name = headers.get("host", "127.0.0.1")
    return name[1:].partition("]")[0] if name.startswith("[") else name.partition(":")[0]


_WRONG_HOST = HttpResponse(content=b"this is served to this machine alone\n", status=421)
_ASK = {"WWW-Authenticate": 'Basic realm="reconciler"'}
_UNKNOWN_CALLER = HttpResponse(content=b"credentials are missing or wrong\n", status=401, headers=_ASK)
_ONLY_POST = HttpResponse(content=b"no such method here: POST\n", status=405, headers={"Allow": "POST"})
_ONLY_READ = HttpResponse(content=b"no such method here: GET\n", status=405, headers={"Allow": "GET, HEAD"})
_NOTHING = HttpResponse(content=b"there is nothing here\n", status=404)
_TOO_LARGE = HttpResponse(content=b"the body is too large\n", status=413)
_CUT_SHORT = HttpResponse(content=b"the body does not come, or is not as long as was said\n", status=400)
_NO_LENGTH = HttpResponse(content=b"say how long the body is\n", status=411)
_OURS = HttpResponse(content=b"something went wrong here\n", status=500)


def address(listen: str) -> tuple[str, int]:
    """Read `HOST:PORT`; raises `ConfigError`."""
    host, colon, port = listen.rpartition(":")
    if not colon or not port.isdigit() or int(port) > 65535:
        raise ConfigError(f"--listen {listen}: write HOST:PORT, such as 127.0.0.1:8080")
    return host.strip("[]") or "127.0.0.1", int(port)


def loopback(host: str) -> bool:
    """Tell whether an address is this machine's own."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Server(ThreadingHTTPServer):
    """Serves endpoints in a thread of its own, from `start` to `stop`. Raises `ConfigError` where it cannot listen.

    A connection may take `patience` seconds; every `poll` seconds the late ones are looked for.
    """

    daemon_threads = True
    request_queue_size = 64
    allow_reuse_address = True

    def __init__(
        self, listen: str, endpoints: Endpoints, *, patience: float = LONGEST_EXCHANGE, poll: float = 0.5
    ) -> None:
        self._patience, self._poll = patience, poll
        host, port = address(listen)
        if endpoints.token is None and not loopback(host):
            raise ConfigError(
                f"--listen {listen} can be reached from elsewhere: name a token with --token-file (or --token-env); or "
                "listen on 127.0.0.1 and put a reverse proxy in front"
            )
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.endpoints = endpoints
        self._free = threading.BoundedSemaphore(MOST_CONNECTIONS)
        self._open: dict[_Open, float] = {}
        self._guard = threading.Lock()
        try:
            super().__init__((host, port), _Handler)
        except OSError as e:
            raise ConfigError(f"--listen {listen}: {e.strerror or e}") from e
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": poll}, daemon=True)

    @property
    def url(self) -> str:
        """Where it listens."""
        host, port = self.server_address[:2]
        return f"http://{f'[{host!s}]' if ':' in str(host) else host!s}:{port}"

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def stop(self) -> None:
        """Stop serving; what is on its way is cut off."""
        self.shutdown()
        self.server_close()
        self._thread.join()

    def process_request(self, request: _Open, client_address: _Open) -> None:
        """Take a connection when one of the few threads is free; whoever dawdles is cut off for it."""
        while not self._free.acquire(timeout=self._poll):
            self.service_actions()
        with self._guard:
            self._open[request] = time.monotonic()
        super().process_request(request, client_address)

    def shutdown_request(self, request: _Open) -> None:
        """Let go of a connection."""
        with self._guard:
            known = self._open.pop(request, None) is not None
        super().shutdown_request(request)
        if known:
            self._free.release()

    def service_actions(self) -> None:
        """Cut off what takes too long."""
        late = time.monotonic() - self._patience
        with self._guard:
            for request in [request for request, since in self._open.items() if since < late]:
                try:
                    request.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue

    def handle_error(self, request: _Open, client_address: _Open) -> None:
        """Say what is ours to a log only; a peer that has gone is nobody's error."""
        _log.debug("a connection ended early", exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    """One request of one connection."""

    server: Server
    timeout = LONGEST_EXCHANGE
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "reconciler", ""
    error_content_type = _PLAIN
    error_message_format = "%(code)d\n"

    def do_GET(self) -> None:
        """Answer."""
        self._answer()

    do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = do_GET

    def _answer(self) -> None:
        try:
            response = self._served()
        except Exception:
            _log.exception("a request could not be answered")
            response = _OURS
        self.send_response(response.status)
        headers = {
            "Connection": "close",
            **_SAFE,
            "Content-Type": response.media,
            "Content-Length": str(len(response.content)),
            **response.headers,
        }
        for name, value in headers.items():
            if response.status != 204 or name not in ("Content-Type", "Content-Length"):
                self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.content)

    def _served(self) -> HttpResponse:
        body = self._body()
        if isinstance(body, HttpResponse):
            return body
        path, headers = self.path, {name.lower(): value for name, value in reversed(self.headers.items())}
        if whole := _WHOLE.fullmatch(path):
            path, headers["host"] = whole[2] or "/", whole[1]
        return self.server.endpoints.answer(self.command, path, headers, body)

    def _body(self) -> bytes | HttpResponse:
        """Read the body, also where nobody needs it, so that the caller hears the answer; or say why it is not read."""
        coding, length = self.headers.get("Transfer-Encoding"), self.headers.get("Content-Length")
        if coding is not None and (coding.strip().lower() != "chunked" or length is not None):
            return _NO_LENGTH
        if not _LENGTH.fullmatch(length or "0"):
            return _NO_LENGTH
        try:
            return _chunks(self.rfile) if coding is not None else _exactly(self.rfile, int(length or "0"))
        except OverflowError:
            return _TOO_LARGE
        except (OSError, ValueError):
            return _CUT_SHORT

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: a request's line may hold what its sender likes."""


def _exactly(file: BufferedIOBase, length: int) -> bytes:
    """Read so many bytes; raises `OverflowError` for more than is taken, `ValueError` where there are fewer."""
    if length > LARGEST_BODY:
        raise OverflowError
    content = file.read(length)
    if len(content) < length:
        raise ValueError
    return content


def _chunks(file: BufferedIOBase) -> bytes:
    """Read a body of unknown length (RFC 9112, 7.1); raises as `_exactly` does. What trails it is nobody's."""
    body = b""
    while True:
        size = _CHUNK.fullmatch(file.readline(_LONGEST_CHUNK_LINE))
        if size is None:
            raise ValueError
        if not (length := int(size[1], 16)):
            return body
        body += _exactly(file, length)
        if len(body) > LARGEST_BODY:
            raise OverflowError
        _exactly(file, 2)
