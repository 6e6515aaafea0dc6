"""The application: each request is counted, meets its faults, is handled in one transaction, and dated."""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import assert_never

from starlette.requests import ClientDisconnect
from starlette.routing import compile_path
from starlette.types import Receive, Scope, Send

from reconciler.simulator import faults
from reconciler.simulator.clock import Clock
from reconciler.simulator.control import CONTROL_NAME, control
from reconciler.simulator.faults import ContentType, Cut, Ending, Fired, Garble, Html, Huge, Mutate, Status
from reconciler.simulator.instants import format_http_date
from reconciler.simulator.messages import (
    Answer,
    ErrorResponse,
    Json,
    Provider,
    Request,
    RequestContext,
    Route,
    merge_patch,
)
from reconciler.simulator.store import Store
from reconciler.simulator.switches import settings_of
from reconciler.simulator.wire import Exchange, huge_json_string

_LISTS = ("data", "content", "features", "taskings")
"""What providers call the items of a list; one may stand inside another, as in `data.taskings`."""

_PROXY_PAGE = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mount:
    provider: Provider
    route: Route
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """Where a request goes; without a handler `refusal` says why."""

    provider: Provider
    template: str
    params: Mapping[str, str]
    route: Route | None
    refusal: ErrorResponse | None = None


class App:
    """The simulator behind its socket. `real` returns seconds since 1970."""

    def __init__(self, store: Store, providers: Sequence[Provider], real: Callable[[], float]) -> None:
        self._store = store
        self._real = real
        self._providers = (control(providers, real), *providers)
        self._mounts = tuple(
            _Mount(provider=provider, route=route, pattern=compile_path(route.template)[0])
            for provider in self._providers
            for route in provider.routes
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI 3); when the server stops or the client leaves meanwhile, end without an answer."""
        with suppress(asyncio.CancelledError, ClientDisconnect):
            await self._serve(Exchange(scope, receive, send))

    async def _serve(self, exchange: Exchange) -> None:
        request = await exchange.read()
        found = self._find(request)
        fired = self._admit(request, found)
        if fired.delay and fired.delay.when == "before":
            await asyncio.sleep(fired.delay.seconds)
        match fired.ending:
            case Cut(kind="drop-before"):
                await exchange.drop()
                return
            case Cut(kind="reset-before"):
                await exchange.reset()
                return
        answer = self._answer(request, found, fired)
        if fired.delay and fired.delay.when == "after":
            await asyncio.sleep(fired.delay.seconds)
        await _deliver(exchange, answer, fired.ending)

    def _find(self, request: Request) -> _Found:
        others: list[_Mount] = []
        for mount in self._mounts:
            matched = mount.pattern.match(request.path)
            if matched and mount.route.method == request.method:
                return _Found(
                    provider=mount.provider,
                    template=mount.route.template,
                    params=matched.groupdict(),
                    route=mount.route,
                )
            if matched:
                others.append(mount)
        if others:
            refusal = ErrorResponse(405, "ERR_METHOD_NOT_ALLOWED", f"method {request.method} not allowed")
            return _Found(
                provider=others[0].provider, template=others[0].route.template, params={}, route=None, refusal=refusal
            )
        refusal = ErrorResponse(404, "ERR_NOT_FOUND", f"no such path: {request.path}")
        return _Found(provider=self._owner(request.path), template=request.path, params={}, route=None, refusal=refusal)

    def _owner(self, path: str) -> Provider:
        """Return the provider whose prefix a path has, the control API for a path of nobody's."""
        for provider in self._providers:
            if any(path.startswith(f"{base}/") for base in provider.bases):
                return provider
        return self._providers[0]

    def _admit(self, request: Request, found: _Found) -> Fired:
        """Count a request and take its faults; the control API has neither."""
        if found.provider.name == CONTROL_NAME:
            return Fired()
        names = {
            path.removeprefix(base) for path in (request.path, found.template) for base in ("", *found.provider.bases)
        }
        with self._store.transaction():
            self._store.count(f"{request.method} {found.template}")
            return faults.take(self._store, request.method, names)

    def _answer(self, request: Request, found: _Found, fired: Fired) -> Answer:
        """Handle a request, unless a fault keeps it from the handler, and mutate a successful answer."""
        if isinstance(fired.ending, Status):
            if fired.ending.commit:
                self._handle(request, found, fired)
            return self._instead(request, found, fired.ending)
        answer = self._handle(request, found, fired)
        if fired.mutate and answer.status < 300:
            return _mutated(answer, fired.mutate)
        return answer

    def _handle(self, request: Request, found: _Found, fired: Fired) -> Answer:
        """Run the handler in one transaction; what it refuses leaves no trace."""
        try:
            with self._store.transaction():
                if found.route is None:
                    raise found.refusal or ErrorResponse(404, "ERR_NOT_FOUND", "not found")
                call = self._call(request, found, fired)
                return _dated(found.route.handler(call), call)
        except ErrorResponse as refusal:
            return self._refuse(request, found, refusal)

    def _instead(self, request: Request, found: _Found, fault: Status) -> Answer:
        """Build the answer of a status fault; without a body of its own it is the provider's error body."""
        headers = {name.lower(): value for name, value in fault.headers.items()}
        refusal = ErrorResponse(fault.status, f"ERR_{fault.status}", "injected fault", headers=headers)
        answer = self._refuse(request, found, refusal)
        if fault.body is not None:
            body = fault.body.encode() if isinstance(fault.body, str) else fault.body
            answer = replace(answer, body=body, content_type="application/json")
        return replace(answer, content_type=fault.contentType or answer.content_type)

    def _refuse(self, request: Request, found: _Found, refusal: ErrorResponse) -> Answer:
        with self._store.transaction():
            call = self._call(request, found, Fired())
            return _dated(found.provider.refuse(call, refusal), call)

    def _call(self, request: Request, found: _Found, fired: Fired) -> RequestContext:
        clock, real = Clock.of(self._store), self._real()
        return RequestContext(
            request=request,
            params=found.params,
            store=self._store,
            now=clock.at(real),
            age_seconds=clock.age_seconds(real),
            settings=settings_of(self._store, found.provider.name, found.provider.switches),
            paging=fired.paging,
            lag=fired.lag,
        )


def _dated(answer: Answer, call: RequestContext) -> Answer:
    """Add the simulated clock's Date, unless the answer brings its own."""
    return replace(answer, headers={"date": format_http_date(call.now), **answer.headers})


def _mutated(answer: Answer, fault: Mutate) -> Answer:
    """Apply a merge patch to an answer's body, or to each item of its list."""
    if isinstance(answer.body, bytes):
        return answer
    change = _each_changed if fault.each else merge_patch
    return replace(answer, body=change(answer.body, fault.patch))


def _each_changed(body: Json, patch: Json) -> Json:
    if not isinstance(body, dict):
        return body
    found = {name: body[name] for name in _LISTS if name in body}
    return body | {
        name: [merge_patch(item, patch) for item in inner] if isinstance(inner, list) else _each_changed(inner, patch)
        for name, inner in found.items()
    }


async def _deliver(exchange: Exchange, answer: Answer, ending: Ending | None) -> None:
    """Send an answer, or break it as the fault says."""
    match ending:
        case None | Status():
            await exchange.answer(answer)
        case Cut(kind="drop-before" | "drop-after"):
            await exchange.drop()
        case Cut():
            await exchange.reset()
        case Garble(kind="truncate"):
            await exchange.truncated(answer)
        case Garble(kind="malformed"):
            await exchange.answer(replace(answer, body=answer.content()[:-1] + b",,"))
        case Garble():
            await exchange.answer(replace(answer, body=b""))
        case Huge():
            await exchange.streamed(answer, huge_json_string(ending.size))
        case ContentType():
            await exchange.answer(replace(answer, content_type=ending.contentType))
        case Html():
            page = replace(answer, body=_PROXY_PAGE, content_type="text/html; charset=utf-8")
            await exchange.answer(replace(page, status=ending.status or answer.status))
        case _:
            assert_never(ending)
