"""Run the command line and die (SIGKILL) at a moment of one of its requests; a run with fewer ends by itself.

`python -m tests.sweeps.cut_off REQUEST_NUMBER MOMENT ARGUMENTS...`, where the moments are
`unsent` (nothing of it has left), `half-sent` (half of its head; of one with a body, the head and half of the body),
`sent` (the server has all of it), `half` (half of the answer is read) and `read` (all of it is, and nothing is done).
"""

from __future__ import annotations

import itertools
import socket
import sys
from collections.abc import Callable, Iterator

import httpx

from reconciler.cli.app import run
from tests.support.dying import die

Handle = Callable[[httpx.HTTPTransport, httpx.Request], httpx.Response]


class Last(httpx.SyncByteStream):
    """An answer's body that is the last thing which the process sees: half of its first part, or all of it."""

    def __init__(self, stream: httpx.SyncByteStream, *, half: bool) -> None:
        self._stream = stream
        self._half = half

    def __iter__(self) -> Iterator[bytes]:
        for part in self._stream:
            yield part[: len(part) // 2] if self._half else part
            if self._half:
                break
        die()


def cutting(handle: Handle, number: int, moment: str) -> Handle:
    """Return a transport's way of sending that ends the process at a moment of the numbered request."""
    count = itertools.count(1)

    def handled(transport: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        if next(count) != number:
            return handle(transport, request)
        if moment == "unsent":
            die()
        if moment in ("half-sent", "sent"):
            send(request, half=moment == "half-sent")
        response = handle(transport, request)
        assert isinstance(response.stream, httpx.SyncByteStream)
        response.stream = Last(response.stream, half=moment == "half")
        return response

    return handled


def send(request: httpx.Request, *, half: bool) -> None:
    """Put the bytes of a request, or half of them, on a connection of their own, and end the process."""
    line = b"%s %s HTTP/1.1" % (request.method.encode(), request.url.raw_path)
    head = b"\r\n".join([line, *map(b": ".join, request.headers.raw), b"", b""])
    body = request.read()
    if half:
        head, body = (head, body[: len(body) // 2]) if body else (head[: len(head) // 2], body)
    with socket.create_connection((request.url.host, request.url.port)) as connection:
        connection.sendall(head + body)
        die()


def main() -> int:
    """Run the command line with the deadly transport in place."""
    number, moment, *arguments = sys.argv[1:]
    httpx.HTTPTransport.handle_request = cutting(httpx.HTTPTransport.handle_request, int(number), moment)  # type: ignore[assignment, method-assign]  # the point of this program
    return run(arguments)


if __name__ == "__main__":
    raise SystemExit(main())
