"""The control API under `/_sim`: what a test, or a person with curl, does to the simulated world.

It is mounted like a provider, but its own requests are neither counted nor broken by faults.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import wraps

from reconciler.simulator import faults, switches
from reconciler.simulator.clock import Clock
from reconciler.simulator.instants import format_instant, parse_duration, parse_instant
from reconciler.simulator.messages import Answer, ErrorResponse, Handler, JsonObject, Provider, RequestContext, Route
from reconciler.simulator.store import Store
from reconciler.simulator.switches import Switch

CONTROL_NAME = "_sim"
_BASE = "/_sim"


def control(providers: Sequence[Provider], real: Callable[[], float]) -> Provider:
    """Return the control API over some providers, as a provider of its own."""
    table = {f"{provider.name}.{switch.name}": switch for provider in providers for switch in provider.switches}
    own = (
        *_state_routes(providers, real),
        *_clock_routes(real),
        *_fault_routes(),
        *_switch_routes(table),
        *(route for provider in providers for route in provider.control),
    )
    routes = tuple(
        Route(method=route.method, template=_BASE + route.template, handler=_guarded(route.handler)) for route in own
    )
    index = Route(
        method="GET",
        template=_BASE,
        handler=lambda call: Answer(status=200, body=[f"{route.method} {route.template}" for route in routes]),
    )
    return Provider(
        name=CONTROL_NAME,
        bases=(_BASE,),
        routes=(index, *routes),
        control=(),
        switches=(),
        refuse=_refuse,
        describe=_nothing,
        ensure=_ensure_nothing,
    )


def json_object(call: RequestContext) -> JsonObject:
    """Return a control request's body; raise ValueError where it is no JSON object."""
    body = call.request.json()
    if not isinstance(body, dict):
        raise ValueError("the body must be a JSON object")
    return body


def _state_routes(providers: Sequence[Provider], real: Callable[[], float]) -> tuple[Route, ...]:
    def orders(call: RequestContext) -> Answer:
        return Answer(
            status=200, body=[order for provider in providers for order in provider.describe(call.store, call.now)]
        )

    def requests(call: RequestContext) -> Answer:
        return Answer(status=200, body=dict(call.store.counts()))

    def zero_requests(call: RequestContext) -> Answer:
        call.store.zero_counts()
        return Answer(status=200, body={})

    def wipe(call: RequestContext) -> Answer:
        """Empty the world: accounts that were ensured at a start exist again, advances are taken back."""
        call.store.wipe()
        clock = Clock.of(call.store)
        clock = clock.advanced(-clock.advance)
        clock.keep(call.store)
        for provider in providers:
            provider.ensure(call.store, clock.at(real()), ())
        return Answer(status=200, body={})

    return (
        Route(method="GET", template="/orders", handler=orders),
        Route(method="GET", template="/requests", handler=requests),
        Route(method="DELETE", template="/requests", handler=zero_requests),
        Route(method="DELETE", template="", handler=wipe),
    )


def _clock_routes(real: Callable[[], float]) -> tuple[Route, ...]:
    def show(call: RequestContext) -> Answer:
        clock = Clock.of(call.store)
        advance = clock.advance.total_seconds()
        return Answer(
            status=200, body={"now": format_instant(clock.at(real())), "speed": clock.speed, "advanced": advance}
        )

    def move(call: RequestContext) -> Answer:
        clock = Clock.of(call.store)
        match json_object(call):
            case {"advance": str(by), **rest} if not rest:
                clock = clock.advanced(parse_duration(by))
            case {"set": str(instant), **rest} if not rest:
                clock = clock.set_to(parse_instant(instant), real())
            case _:
                raise ValueError('the body must be {"advance": "6h"} or {"set": "2026-12-01T00:00:00Z"}')
        clock.keep(call.store)
        return show(call)

    return Route(method="GET", template="/clock", handler=show), Route(method="POST", template="/clock", handler=move)


def _fault_routes() -> tuple[Route, ...]:
    def show(call: RequestContext) -> Answer:
        return Answer(status=200, body=list(faults.every(call.store)))

    def add(call: RequestContext) -> Answer:
        wanted = call.request.json()
        if isinstance(wanted, list):
            return Answer(status=201, body=[faults.add(call.store, one) for one in wanted])
        return Answer(status=201, body=faults.add(call.store, wanted))

    def clear(call: RequestContext) -> Answer:
        faults.clear(call.store, int(call.params["id"]) if "id" in call.params else None)
        return Answer(status=200, body={})

    return (
        Route(method="GET", template="/faults", handler=show),
        Route(method="POST", template="/faults", handler=add),
        Route(method="DELETE", template="/faults", handler=clear),
        Route(method="DELETE", template="/faults/{id}", handler=clear),
    )


def _switch_routes(table: Mapping[str, Switch]) -> tuple[Route, ...]:
    def show(call: RequestContext) -> Answer:
        return Answer(status=200, body=switches.describe(call.store, table))

    def turn(call: RequestContext) -> Answer:
        switches.turn(call.store, table, json_object(call))
        return show(call)

    def turn_all_back(call: RequestContext) -> Answer:
        switches.turn_all_back(call.store)
        return show(call)

    return (
        Route(method="GET", template="/switches", handler=show),
        Route(method="POST", template="/switches", handler=turn),
        Route(method="DELETE", template="/switches", handler=turn_all_back),
    )


def _guarded(handler: Handler) -> Handler:
    """Turn a value that makes no sense into a 400 with its reason."""

    @wraps(handler)
    def guarded(call: RequestContext) -> Answer:
        try:
            return handler(call)
        except (ValueError, OverflowError) as error:
            raise ErrorResponse(400, "invalid", str(error)) from error

    return guarded


def _refuse(call: RequestContext, refusal: ErrorResponse) -> Answer:
    return Answer(status=refusal.status, body={"error": refusal.message}, headers=refusal.headers)


def _nothing(store: Store, now: datetime) -> list[JsonObject]:
    return []


def _ensure_nothing(store: Store, now: datetime, accounts: Sequence[str]) -> None:
    return None
