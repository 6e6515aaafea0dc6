"""The server in its own thread of the calling process, on loopback only.

uvicorn is kept, but its waits are not: it looks for its end every 0.1 s and gives connections another
0.1 s to close, which would be most of the time of a short test. Here both are events.
"""

import asyncio
import signal
import socket
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

import uvicorn

from reconciler.simulator.app import App
from reconciler.simulator.clock import Clock
from reconciler.simulator.iceye import PROVIDER as ICEYE
from reconciler.simulator.store import Store
from reconciler.simulator.up42 import PROVIDER as UP42
from reconciler.simulator.vantor import PROVIDER as VANTOR
from reconciler.simulator.wire import OpenProtocol

_PROVIDERS = (ICEYE, UP42, VANTOR)
_LOOPBACK = "127.0.0.1"
_START_SECONDS = 10.0
_ACCEPT_TURNS = 5  # turns of the loop until an accepted connection has its protocol; asyncio needs 3
_IDLE_SECONDS = 120  # longer than clients keep idle connections, so that no request meets a closing one


class Simulator:
    """A simulated world behind a real socket; enter it to start the server, leave it to stop.

    `data` keeps the world in an SQLite file (None: in memory, gone at the end). `start` is the simulated
    instant at which new data begins (None: now) and is ignored for data that exists. `speed` is simulated
    seconds per real second; another speed than before changes the pace, not the time. Every id of ICEYE's in
    `contracts` exists afterwards, with default facts where it is new.
    """

    def __init__(
        self,
        data: Path | None = None,
        start: datetime | None = None,
        speed: float = 1.0,
        port: int = 0,
        contracts: Sequence[str] = (),
    ) -> None:
        if speed < 0:
            raise ValueError(f"speed {speed} would run the simulated clock backwards")
        if start is not None and start.utcoffset() is None:
            raise ValueError(f"start {start.isoformat()} has no offset from UTC")
        self._data = data
        self._start = start
        self._speed = speed
        self._port = port
        self._contracts = tuple(contracts)
        self._running: _Running | None = None

    @property
    def url(self) -> str:
        """Where the server listens, for example http://127.0.0.1:54321."""
        if self._running is None:
            raise RuntimeError("the simulator is not running; enter it with a with statement first")
        return self._running.url

    @property
    def iceye_url(self) -> str:
        """The root of ICEYE's APIs, which at ICEYE is https://platform.iceye.com/api."""
        return f"{self.url}/iceye/api"

    @property
    def iceye_token_url(self) -> str:
        """ICEYE's token endpoint, which at ICEYE is issued per customer."""
        return f"{self.url}/iceye/oauth/v1/token"

    @property
    def up42_url(self) -> str:
        """The root of UP42's API, which at UP42 is https://api.up42.com."""
        return f"{self.url}/up42/api"

    @property
    def up42_auth_url(self) -> str:
        """The root of UP42's logins, which at UP42 is https://auth.up42.com."""
        return f"{self.url}/up42/auth"

    @property
    def vantor_url(self) -> str:
        """The root of Vantor's data APIs, which at Vantor is https://api.maxar.com."""
        return f"{self.url}/vantor/api"

    @property
    def vantor_token_url(self) -> str:
        """Vantor's token endpoint, which at Vantor is below https://account.maxar.com."""
        return f"{self.url}/vantor/account/auth/realms/mds/protocol/openid-connect/token"

    def __enter__(self) -> Self:
        if self._running is not None:
            raise RuntimeError("the simulator is running already")
        store = Store(self._data)
        try:
            with store.transaction():
                self._prepare(store)
            self._running = _Running(store, self._port)
        except BaseException:
            store.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._running is not None:
            running, self._running = self._running, None
            running.stop()

    def serve_forever(self, started: Callable[[Self], object] | None = None) -> None:
        """Serve in the foreground until SIGINT or SIGTERM; `started` is called once the URL is known.

        Call it from the main thread, the only one that Python lets handle signals.
        """
        asked = threading.Event()

        def stop(number: int, frame: FrameType | None) -> None:
            asked.set()

        former = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            with self:
                if started is not None:
                    started(self)
                asked.wait()
        finally:
            for number, handler in former.items():
                signal.signal(number, handler)

    def _prepare(self, store: Store) -> None:
        """Bring the data to what the arguments say: a clock of this speed, and the contracts."""
        real = time.time()
        if Clock.exists(store):
            clock = Clock.of(store).with_speed(self._speed, real)
        else:
            clock = Clock(anchor=self._start or datetime.now(UTC), anchored=real, speed=self._speed)
        clock.keep(store)
        for provider in _PROVIDERS:
            provider.ensure(store, clock.at(real), self._contracts)


class _Running:
    """A server that is up, from construction to `stop`."""

    def __init__(self, store: Store, port: int) -> None:
        self._store = store
        # asyncio turns Nagle's algorithm off only where the protocol is named; with it, an answer takes 40 ms
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._socket.bind((_LOOPBACK, port))
        except OSError:
            self._socket.close()
            raise
        self.url = f"http://{_LOOPBACK}:{self._socket.getsockname()[1]}"
        self._server = _Server(App(store, _PROVIDERS, time.time))
        self._thread = threading.Thread(target=self._run, name="simulator", daemon=True)
        self._thread.start()
        if not self._server.ready.wait(_START_SECONDS):
            raise RuntimeError(f"the simulator did not start within {_START_SECONDS} s")

    def stop(self) -> None:
        """Stop serving, cut what is open, and close the data."""
        self._server.stop()
        self._thread.join()
        self._store.close()

    def _run(self) -> None:
        try:
            self._server.run(sockets=[self._socket])
        finally:
            self._socket.close()


class _Server(uvicorn.Server):
    """uvicorn's server, started and stopped by events instead of polling."""

    def __init__(self, app: App) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=OpenProtocol,
                loop="asyncio",
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="warning",
                access_log=False,
                proxy_headers=False,
                server_header=False,
                date_header=False,
                timeout_keep_alive=_IDLE_SECONDS,
            )
        )
        self.ready = threading.Event()

    def stop(self) -> None:
        """Ask the server to end, from any thread."""
        self._loop.call_soon_threadsafe(self._asked.set)

    async def main_loop(self) -> None:
        """Serve until asked to stop."""
        self._loop = asyncio.get_running_loop()
        self._asked = asyncio.Event()
        self.ready.set()
        await self._asked.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening, then cut connections and requests in flight: nobody is left to read answers.

        Listening stops before its server is closed, because asyncio leaks a connection accepted in between.
        """
        for listening in sockets or ():
            self._loop.remove_reader(listening)
        for _ in range(_ACCEPT_TURNS):
            await asyncio.sleep(0)
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        while self.server_state.connections:
            await asyncio.sleep(0)
        for task in list(self.server_state.tasks):
            task.cancel()
        await asyncio.gather(*self.server_state.tasks, return_exceptions=True)
