"""What lies below the one client: connections, the guard before them, packed bodies, and failures in words."""

from __future__ import annotations

import ssl
import zlib
from collections.abc import Callable, Mapping
from functools import cache

import httpx

from reconciler.providers.address import proxy
from reconciler.providers.base import Request

NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
"""httpx's errors after which the request certainly has not left. With every other one it may have."""
FAILURES = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, httpx.CookieConflict, OSError)
_TIMEOUT = httpx.Timeout(connect=10.0, read=60.0, write=30.0, pool=30.0)


class HarmfulRequest(RuntimeError):
    """A read-only run was about to send a request that may spend: a fault of this program, hence no ProviderError."""


class Guard(httpx.BaseTransport):
    """Lets only allowed requests through to the transport that it wraps, and no cookie back."""

    def __init__(self, inner: httpx.BaseTransport, allowed: Callable[[Request], bool], *, owned: bool) -> None:
        self._inner = inner
        self._allowed = allowed
        self._owned = owned

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Pass the request on, or raise `HarmfulRequest`."""
        if not self._allowed(Request(request.method, str(request.url))):
            raise HarmfulRequest(f"a read-only run must not send {request.method} {request.url.path}: nothing was sent")
        response = self._inner.handle_request(request)
        # An API has no session: a cookie would be carried into later requests, and an odd one breaks the cookie jar.
        response.headers.pop("set-cookie", None)
        return response

    def close(self) -> None:
        """Close what was opened here; a transport that was handed in belongs to whoever opened it."""
        if self._owned:
            self._inner.close()


def client_to(
    base: str, kept: int, allowed: Callable[[Request], bool], *, accept: str, seam: httpx.BaseTransport | None
) -> httpx.Client:
    """Return a client that keeps so many connections to use them again. A `seam` stands in for the network."""
    guard = Guard(seam or _transport(base, kept), allowed, owned=seam is None)
    headers = {"Accept": accept, "Accept-Encoding": "gzip", "User-Agent": "tasking-reconciler"}
    return httpx.Client(transport=guard, timeout=_TIMEOUT, headers=headers, trust_env=False)


def _transport(base: str, kept: int) -> httpx.HTTPTransport:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=kept)
    return httpx.HTTPTransport(verify=_trust(), limits=limits, proxy=proxy(base), retries=0, trust_env=False)


@cache
def _trust() -> ssl.SSLContext:
    # Reading all the certificates that are trusted takes 27 ms, so once for all accounts.
    return httpx.create_ssl_context()


def unpacking(coding: str | None) -> Callable[[bytes, int], bytes]:
    """Return what unpacks a part of a body into at most so many bytes; `DecodingError` for what is not gzip once.

    httpx unpacks without a bound, as often as an answer names a coding, and is silent while nothing comes out.
    """
    named = (coding or "identity").strip().lower()
    if named == "identity":
        return lambda packed, _most: packed
    if named not in ("gzip", "x-gzip"):
        raise httpx.DecodingError("an encoding that was not asked for")
    stream = zlib.decompressobj(wbits=31)

    def unpack(packed: bytes, most: int) -> bytes:
        try:
            return stream.decompress(packed, most)
        except zlib.error as e:
            raise httpx.DecodingError("a body that is not gzip") from e

    return unpack


def how(error: Exception) -> str:
    """Say in words how a request failed. httpx's own text is left out: it may repeat an address, which may be a key."""
    for kind, words in _WORDS.items():
        if isinstance(error, kind):
            return words
    return f"the connection failed ({type(error).__name__})"


_WORDS: Mapping[type[Exception], str] = {
    httpx.ConnectTimeout: "connecting took longer than 10 s",
    httpx.ConnectError: "no connection could be made (name, network or certificate)",
    httpx.PoolTimeout: "no connection was free for 30 s",
    httpx.UnsupportedProtocol: "the address is neither http nor https",
    httpx.ReadTimeout: "the answer did not come in time",
    httpx.WriteTimeout: "the request could not be sent in time",
    httpx.ProxyError: "the proxy on the way refused",
}
