"""One request and its answer, as the providers' handlers see them: plain values, no sockets.

A handler is a function from `RequestContext` to `Answer` that runs inside one transaction; raising `ErrorResponse`
rolls the transaction back.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from reconciler.simulator.faults import Lag, Paging
from reconciler.simulator.store import Store
from reconciler.simulator.switches import Settings, Switch

JsonObject: TypeAlias = dict[str, Any]
Json: TypeAlias = JsonObject | list[Any] | str | int | float | bool | None

NO_HEADERS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What arrived: header names in lower case, the query as pairs in the order sent."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Json:
        """Return the body as JSON; raise ValueError where it is none (NaN and infinities included)."""
        parsed: Json = json.loads(self.body, parse_constant=_refuse_constant)
        return parsed


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestContext:
    """A request inside its transaction: the data, the simulated instant, and what faults ask for."""

    request: Request
    params: Mapping[str, str]
    store: Store
    now: datetime
    age_seconds: float
    settings: Settings
    paging: Paging | None = None
    lag: Lag | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What to send: a JSON value, or bytes as they are."""

    status: int
    body: Json | bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"

    def content(self) -> bytes:
        """Return the body's bytes."""
        if isinstance(self.body, bytes):
            return self.body
        return json.dumps(self.body, ensure_ascii=False, separators=(",", ":")).encode()


class ErrorResponse(Exception):
    """The provider says no: a status, its error code and message, or a body of its own form."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        body: JsonObject | None = None,
        headers: Mapping[str, str] = NO_HEADERS,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.body = body
        self.headers = headers


Handler: TypeAlias = Callable[[RequestContext], Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A method, a path template in Starlette's form, and the handler behind it."""

    method: str
    template: str
    handler: Handler


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """What a provider's package hands to the shared server.

    `bases` are the path prefixes below which faults may name a path. `ensure` makes accounts exist that
    were named at a start; `describe` tells every order for the control API.
    """

    name: str
    bases: tuple[str, ...]
    routes: tuple[Route, ...]
    control: tuple[Route, ...]
    switches: tuple[Switch, ...]
    refuse: Callable[[RequestContext, ErrorResponse], Answer]
    describe: Callable[[Store, datetime], list[JsonObject]]
    ensure: Callable[[Store, datetime, Sequence[str]], None]


def merge_patch(target: Json, patch: Json) -> Json:
    """Apply a JSON merge patch (RFC 7396): null removes, objects merge, everything else replaces."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), value)
    return merged


def _refuse_constant(word: str) -> float:
    raise ValueError(f"{word} is not JSON")
