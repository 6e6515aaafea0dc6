"""Run the command line and die (SIGKILL) at its first spending call: before it is sent, or with half of its answer.

`python -m tests.sweeps.cut_off unsent|half ARGUMENTS...`
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator

import httpx

from reconciler.cli.app import run

Handle = Callable[[httpx.HTTPTransport, httpx.Request], httpx.Response]


class Half(httpx.SyncByteStream):
    """An answer's body whose first part is the last thing that the process sees."""

    def __init__(self, stream: httpx.SyncByteStream) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        for part in self._stream:
            yield part[: len(part) // 2]
            os.kill(os.getpid(), signal.SIGKILL)


def cutting(handle: Handle, moment: str) -> Handle:
    """Return a transport's way of sending that ends the process at a moment of the first spending call."""

    def handled(transport: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        spends = request.method == "PATCH" or (request.method == "POST" and request.url.path.endswith("/tasks"))
        if spends and moment == "unsent":
            os.kill(os.getpid(), signal.SIGKILL)
        response = handle(transport, request)
        if spends:
            assert isinstance(response.stream, httpx.SyncByteStream)
            response.stream = Half(response.stream)
        return response

    return handled


def main() -> int:
    """Run the command line with the deadly transport in place."""
    moment, *arguments = sys.argv[1:]
    httpx.HTTPTransport.handle_request = cutting(httpx.HTTPTransport.handle_request, moment)  # type: ignore[assignment, method-assign]  # the point of this program
    return run(arguments)


if __name__ == "__main__":
    raise SystemExit(main())
