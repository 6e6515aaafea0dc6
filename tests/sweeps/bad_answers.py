"""Answers made bad by chance, endpoint by endpoint, in a short life of an order; afterwards all must come to rest.

A case is `answer/ENDPOINT/SEED`. A transport around the real one lets every request reach the simulator and spoils what
comes back. What a provider says plainly and in good form is believed, and no program survives such lies. So these are
left out: a listing that hides or renames an item, or ends early (`id`, `reference`, `data` and `cursor` become odd,
never another good value, and never absent but for `data`); another task's id where an order was created; another known
status; a changed digit or letter somewhere inside of a text (bytes are cut, put in, or no text at all); and a Date
that is wrong but possible. Two equal keys in one object are in the first place odd and in the second good.

Below HTTP (broken chunks, lengths that lie) h11 is the judge, whose errors `tests/providers` walks through one by one.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from reconciler.simulator import Simulator
from tests.support.project import CONTRACT, START, FakeClock, Project, eur
from tests.sweeps.bounds import TooSlow, bounded
from tests.sweeps.faults import CALLS, Narrow, ProviderCall
from tests.sweeps.judge import Judge, Kind, Wrong
from tests.sweeps.mutated_answers import FAMILIES, PART, Change, Good

ENDPOINTS = tuple(name for name in CALLS if not name.startswith("list-"))
_NEVER_ENDING = 1_000
"""Simulated seconds after which an answer that goes on is one that nobody cuts off."""


@dataclass
class Body(httpx.SyncByteStream):
    """A body in parts as a socket gives them; an endless one lets a second pass with every part."""

    parts: Iterator[bytes]
    clock: FakeClock | None = None
    went_on: bool = False

    def __iter__(self) -> Iterator[bytes]:
        for number, part in enumerate(self.parts):
            if self.clock is not None:
                self.clock.sleep(1.0)
                if number > _NEVER_ENDING:
                    self.went_on = True
                    raise httpx.ReadError("nobody cuts this answer off")
            yield part


@dataclass
class Spoiling(httpx.BaseTransport):
    """Lets requests through and spoils the answers of one endpoint, until so many are spoiled."""

    call: ProviderCall
    clock: FakeClock
    change: Change
    chance: random.Random
    times: int
    inner: Narrow = field(default_factory=Narrow)
    spoiled: int = 0
    bodies: list[Body] = field(default_factory=list)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request; its answer may come back spoiled."""
        response = self.inner.handle_request(request)
        if self.times == self.spoiled or not self._meant(request):
            return response
        self.spoiled += 1
        response.read()
        good = Good(response.status_code, dict(response.headers), response.content)
        response.close()
        self.change(good, self.chance)
        body = Body(good.endless() if good.endless else _parts(good.content), self.clock if good.endless else None)
        self.bodies.append(body)
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in good.headers.items()]
        return httpx.Response(good.status, headers=headers, stream=body)

    def _meant(self, request: httpx.Request) -> bool:
        path = self.call.path.replace("{contractID}", CONTRACT)
        there = request.url.path.removeprefix("/iceye").removeprefix("/api")
        if "{taskID}" in path:
            return request.method == self.call.method and there.startswith(path.removesuffix("{taskID}"))
        return request.method == self.call.method and there == path

    def close(self) -> None:
        """Close the real one."""
        self.inner.close()


def _parts(content: bytes) -> Iterator[bytes]:
    return (content[start : start + PART] for start in range(0, len(content), PART))


def run(name: str) -> list[Wrong]:
    """Let answers go bad in the life of an order, then come well again; return what went wrong."""
    _, endpoint, seed = name.split("/")
    chance, clock = random.Random(name), FakeClock()
    family = FAMILIES[int(seed) % len(FAMILIES)]
    call = CALLS[endpoint]
    with (
        tempfile.TemporaryDirectory() as folder,
        httpx.Client(trust_env=False, timeout=30, verify=False) as control,
        Spoiling(call, clock, family, chance, 0) as transport,
        Simulator(start=START, speed=0, contracts=(CONTRACT,)) as simulator,
    ):
        project = Project(Path(folder), simulator, control, clock=clock, transport=transport)
        judge = Judge(project, ["alice"], holds=True)
        try:
            with bounded() as peak:
                _live(judge, transport, endpoint, chance)
            if told := peak.too_much():
                judge.wrong(Kind.OTHER, told)
        except TooSlow:
            judge.wrong(Kind.OTHER, "the case took too long")
        if not transport.spoiled:
            judge.wrong(Kind.OTHER, "no answer was spoiled: the case proves nothing")
        if any(body.went_on for body in transport.bodies):
            judge.wrong(Kind.OTHER, f"an answer was read for more than {_NEVER_ENDING} s")
        return judge.wrongs


def _live(judge: Judge, transport: Spoiling, endpoint: str, chance: random.Random) -> None:
    """Place an order; look for it without a state file; cancel it for a second one. Each with answers that are bad."""
    often = 1 if transport.call.spends else chance.choice([1, 2, 3, 9])
    project = judge.project
    for number in range(2):
        project.place_by_hand(f"order {number} of somebody else")
    if endpoint == "get":
        project.fault("lag", seconds=600, where="list", times=0)
    project.order()
    if endpoint == "list" or transport.call.changes:
        judge.reconcile()
        if endpoint == "list":
            project.lose_state()
        else:
            project.order(attempt=2, cancel={"attempt": 1, "reason": "again", "maxCharge": eur("3000.00")})
    transport.times = transport.spoiled + often
    judge.reconcile()
    judge.reconcile()
    transport.times = transport.spoiled
    judge.rest()
