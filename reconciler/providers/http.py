"""The one HTTP client of the program; with `transport` below it, all that knows httpx.

An `ApiSession` belongs to one account. It reads (GET, and POST if that only asks; repeated with patience) and it spends
(any method, one request, never repeated). How a spending call ends is decided here and in `responses`, nowhere else:

| what happened                                             | outcome |
|-----------------------------------------------------------|---------|
| ConnectError, ConnectTimeout, PoolTimeout, UnsupportedProtocol; no fresh token | NotSentError |
| 400 401 403 404 405 413 422 429 in the provider's own form | RefusedError |
| 2xx with readable JSON                                    | an Answer, from which the driver must read what was done |
| everything else that httpx raises; 408, 409, 3xx, 5xx, every other status, any unreadable body | UnclearError |
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TypeAlias
from urllib.parse import quote

import httpx

from reconciler.model.account import Account
from reconciler.model.errors import NotSentError, ProviderError, UnclearError
from reconciler.providers.address import origin
from reconciler.providers.base import ConnectionConfig, Progress, Request
from reconciler.providers.download import BrokenOff, Opened, fetch
from reconciler.providers.oauth import Credentials, Token
from reconciler.providers.rate import ProviderClock, RateLimiter, Slots
from reconciler.providers.responses import (
    UNKNOWN_READ,
    UNKNOWN_SPENT,
    Dialect,
    Response,
    decode,
    http_date,
    judge,
    seconds_to_wait,
)
from reconciler.providers.transport import FAILURES, NEVER_LEFT, client_to, how, unpacking

TRIES = 3
LONGEST_PATIENCE = 45.0
"""Seconds after which nothing more is tried: a provider that hangs is not waited for three times over."""
MOST_HANGS = 2
"""After so many requests that hung, nothing more is asked or sent: others wait for the end of the pass."""
LONGEST_WAIT = 60.0
LARGEST_BODY = 4 * 2**20
LONGEST_EXCHANGE = 300.0
_TOKEN_PATH = "token endpoint"

Query: TypeAlias = Mapping[str, str | list[str]]
"""Parameters of a request; those with several values go out as repeated keys."""

_log = logging.getLogger(__name__)
# httpx logs whole addresses at INFO (a signed one is a key), httpcore headers at DEBUG.
for _noisy in ("httpx", "httpcore"):
    logging.getLogger(_noisy).setLevel(logging.WARNING)


class ApiSession:
    """One account's way to its provider. Several threads may use it at once."""

    def __init__(
        self, account: Account, config: ConnectionConfig, dialect: Dialect, *, credentials: Credentials
    ) -> None:
        self._account = account.name
        self._base = config.endpoint.rstrip("/")
        self._dialect = dialect
        self._credentials = credentials
        for secret in config.hidden:
            credentials.hide(secret)
        self._monotonic, self._sleep, self._on_response = (
            config.monotonic,
            config.sleep,
            config.on_response,
        )
        self._rate = RateLimiter(account.limits.requests_per_second, monotonic=self._monotonic, sleep=self._sleep)
        self._slots = Slots(self._rate)
        self._clock = ProviderClock(config.now)
        self._hangs = 0
        self._token: Token | None = None
        self._token_lock = threading.Lock()
        self._reading, self._spending = self._clients(config)

    def __repr__(self) -> str:
        return f"Wire({self._account} at {self._base})"

    def read(self, path: str, params: Query | None = None, *, base: str | None = None, **names: str) -> Response:
        """GET with patience: three tries on transport errors, 429 and 5xx, none after 45 s without an answer; a refused
        token is renewed once.

        `path` is a template, `names` fill it; `base` is another address than the account's that may see the token.
        Returns a readable 2xx answer; raises `ProviderError` for all else.
        """
        return self._patiently(
            path, lambda token: self._request(self._reading, "GET", path, names, token=token, params=params, base=base)
        )

    def ask(self, path: str, body: object, **names: str) -> Response:
        """POST what only asks (a search, an estimate), with the patience of `read`."""
        return self._patiently(
            path, lambda token: self._request(self._reading, "POST", path, names, token=token, json=body)
        )

    def _patiently(self, path: str, make: Callable[[Token], httpx.Request]) -> Response:
        token = self._fresh_token()
        answer = self._attempts(lambda: make(self._fresh_token()), path)
        if answer.status == 401 and self._credentials.standing is None:
            self._forget(token)
            answer = self._attempts(lambda: make(self._fresh_token()), path)
        return judge(answer, self._dialect, doubt=UNKNOWN_READ)

    def spend(self, method: str, path: str, body: object, *, media: str = "application/json", **names: str) -> Response:
        """Send exactly one request, on a fresh connection, with the token and the slot that `prepare` left.

        `body` goes out as JSON of that media type; None is no body. Returns a readable 2xx answer; raises
        `NotSentError`, `RefusedError` or `UnclearError` by this module's table.
        """
        token = self._token
        if token is None or self._monotonic() >= token.expires_at:
            raise NotSentError(f"{self._account} has no fresh token: prepare first; nothing was sent")
        try:
            request = self._request(self._spending, method, path, names, token=token, json=body, media=media)
        except (ValueError, httpx.InvalidURL) as e:
            raise NotSentError(
                f"{self._account}: the request cannot be written ({type(e).__name__}): nothing was sent"
            ) from e
        if self._hangs >= MOST_HANGS:
            raise NotSentError(f"{self._dialect.provider} has hung several times just before; nothing was sent")
        try:
            answer = self._exchange(self._spending, request)
        except FAILURES as e:
            raise spent(e, self._dialect.provider) from e
        return judge(answer, self._dialect, doubt=UNKNOWN_SPENT)

    def prepare(self) -> None:
        """Renew the token if it is about to expire, and take the slot of this thread's next spending request.

        A slot can be a long wait, so the token is looked at again after it. Raises `ProviderError`.
        """
        self._fresh_token()
        self._slots.acquire()
        self._fresh_token()

    def hide(self, secret: str) -> None:
        """Blot out a secret that a body carries wherever an error repeats it."""
        self._credentials.hide(secret)

    def now(self) -> datetime:
        """Return the provider's time by its last answer's Date header; ours before the first."""
        return self._clock.now()

    def download(self, url: str, target: Path, progress: Progress, *, size: int | None = None) -> None:
        """Fetch a signed address to `target`, resuming `target.part`; the token goes to the account's own host only."""
        own_host = origin(url) == origin(self._base)

        @contextmanager
        def opened(headers: Mapping[str, str]) -> Iterator[Opened]:
            authorization = self._credentials.auth_header(self._fresh_token()) if own_host else {}
            self._rate.acquire()
            try:
                request = self._reading.build_request("GET", url, headers={**headers, **authorization, "Accept": "*/*"})
                response = self._reading.send(request, stream=True)
            except FAILURES as e:
                raise BrokenOff(how(e)) from e
            try:
                yield _Stream(response)
            finally:
                response.close()

        fetch(opened, target, size=size, progress=progress, wait=lambda number: self._sleep(2.0**number))

    def close(self) -> None:
        """Let go of connections."""
        self._reading.close()
        self._spending.close()

    def _request(
        self,
        client: httpx.Client,
        method: str,
        path: str,
        names: Mapping[str, str],
        *,
        token: Token,
        params: Query | None = None,
        json: object = None,
        media: str = "application/json",
        base: str | None = None,
    ) -> httpx.Request:
        url = (base or self._base) + path.format_map({name: quote(value, safe="") for name, value in names.items()})
        headers = {**self._credentials.auth_header(token), **({} if json is None else {"Content-Type": media})}
        return client.build_request(method, url, params=params, json=json, headers=headers)

    def _attempts(self, make: Callable[[], httpx.Request], path: str) -> Response:
        if self._hangs >= MOST_HANGS:
            raise UnclearError(f"{self._dialect.provider} has hung several times just before; {UNKNOWN_READ}")
        patient_until = self._monotonic() + LONGEST_PATIENCE
        for number in range(1, TRIES + 1):
            try:
                answer = self._logged(make(), path)
            except FAILURES as e:
                self._on_response(self._account, 0, None)
                if number == TRIES or self._monotonic() >= patient_until:
                    asked = self._dialect.provider + (f"'s {path}" if path == _TOKEN_PATH else "")
                    raise UnclearError(f"{asked} could not be read: {how(e)}; {UNKNOWN_READ}") from e
                self._sleep(2.0 ** (number - 1))
                continue
            done = not (answer.status == 429 or answer.status >= 500)
            if done or number == TRIES or self._monotonic() >= patient_until:
                return answer
            self._wait(answer, number)
        raise AssertionError("the last try returns or raises")

    def _wait(self, answer: Response, number: int) -> None:
        told = answer.retry_after if answer.retry_after is not None else self._dialect.wait(answer.body)
        seconds = min(told if told is not None else 2.0 ** (number - 1), LONGEST_WAIT)
        if answer.status == 429:
            self._rate.pause(seconds)
        else:
            self._sleep(seconds)

    def _logged(self, request: httpx.Request, path: str) -> Response:
        # Reads alone: after a spending call nothing may come before its outcome is on disk, not even a log line.
        started = self._monotonic()
        answer = self._exchange(self._reading, request)
        took = (self._monotonic() - started) * 1000
        _log.debug("%s: %s %s answered HTTP %d in %d ms", self._account, request.method, path, answer.status, took)
        self._on_response(self._account, answer.status, answer.retry_after)
        return answer

    def _exchange(self, client: httpx.Client, request: httpx.Request) -> Response:
        (self._slots.use if client is self._spending else self._rate.acquire)()
        started = self._monotonic()
        try:
            response = client.send(request, stream=True)
            try:
                content = self._content(response, started)
            finally:
                response.close()
        except FAILURES:
            self._hangs += self._monotonic() - started >= LONGEST_PATIENCE
            raise
        if origin(str(request.url)) == origin(self._base):
            self._clock.observe(http_date(response.headers.get("date")))
        if response.status_code >= 300:
            content = self._without_secrets(content)
        body, flaw = decode(response.headers.get("content-type"), content)
        wait = seconds_to_wait(response.headers.get("retry-after"), self.now())
        return Response(status=response.status_code, body=body, flaw=flaw, retry_after=wait)

    def _content(self, response: httpx.Response, started: float) -> bytes:
        parts: list[bytes] = []
        length = 0
        unpack = unpacking(response.headers.get("content-encoding"))
        assert isinstance(response.stream, httpx.SyncByteStream)
        for packed in response.stream:
            part = unpack(packed, LARGEST_BODY + 1 - length)
            parts.append(part)
            length += len(part)
            if length > LARGEST_BODY:
                raise UnclearError(f"{self._dialect.provider} sends more than {LARGEST_BODY // 2**20} MiB: not read")
            if self._monotonic() - started > LONGEST_EXCHANGE:
                raise httpx.ReadTimeout("the answer goes on and on")
        return b"".join(parts)

    def _without_secrets(self, content: bytes) -> bytes:
        text = self._credentials.without_secrets(content.decode("utf-8", "replace"))
        token = self._token
        for secret in (token.value, token.refresh) if token else ():
            text = text.replace(secret, "***") if secret else text
        return text.encode()

    def _fresh_token(self) -> Token:
        with self._token_lock:
            if self._token is None or self._monotonic() >= self._token.renew_at:
                self._token = self._new_token()
            return self._token

    def _forget(self, token: Token) -> None:
        with self._token_lock:
            if self._token is token:
                self._token = None

    def _new_token(self) -> Token:
        if self._credentials.standing is not None:
            return self._credentials.standing
        asked = self._monotonic()
        if (renewal := self._credentials.renewal(self._token, at=asked)) is not None:
            answer = self._attempts(lambda: self._token_request(renewal), _TOKEN_PATH)
            if answer.status not in (400, 401):  # a refresh token that holds no more: log in again
                return self._credentials.token(answer, at=asked)
        answer = self._attempts(lambda: self._token_request(self._credentials.form), _TOKEN_PATH)
        return self._credentials.token(answer, at=asked)

    def _token_request(self, form: bytes) -> httpx.Request:
        headers = {**self._credentials.headers, "Accept": "application/json"}
        return self._reading.build_request("POST", self._credentials.url, content=form, headers=headers)

    def _clients(self, config: ConnectionConfig) -> tuple[httpx.Client, httpx.Client]:
        """Build the two clients: connections of the first are kept and used again, those of the second never."""
        seam = config.transport
        if seam is not None and not isinstance(seam, httpx.BaseTransport):
            raise TypeError("a transport of httpx is expected")

        def client(kept: int) -> httpx.Client:
            allowed = self._allowed if config.read_only else lambda _: True
            return client_to(self._base, kept, allowed, accept=self._dialect.accept, seam=seam)

        return client(kept=8), client(kept=0)

    def _allowed(self, request: Request) -> bool:
        asks_for_token = request == Request("POST", str(httpx.URL(self._credentials.url)))
        return asks_for_token or self._dialect.is_safe(request)


class _Stream:
    """An answer of httpx as a download sees it."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self._response.status_code

    def header(self, name: str) -> str | None:
        """Return a header, None where it is missing."""
        return self._response.headers.get(name)  # type: ignore[no-any-return]  # httpx types it as Any

    def chunks(self) -> Iterator[bytes]:
        """Read the body undecoded."""
        try:
            yield from self._response.iter_raw()
        except FAILURES as e:
            raise BrokenOff(how(e)) from e


def spent(error: Exception, provider: str) -> ProviderError:
    """Return what an error of the transport means for a spending call."""
    if isinstance(error, NEVER_LEFT):
        return NotSentError(f"{provider} was not reached: {how(error)}; nothing was sent, the next pass tries again")
    return UnclearError(f"{provider} gave no answer: {how(error)}; {UNKNOWN_SPENT}")
