"""Bytes and connections: answers sent whole, sent wrong, or not sent at all.

uvicorn hands an application no connection, so a subclass of its protocol puts the transport into the
scope's state. A connection that is cut there is answered by nothing: uvicorn then sees a client that left.
"""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Mapping
from typing import cast

from starlette.requests import Request as StarletteRequest
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from reconciler.simulator.messages import Answer, Request

_TRANSPORT = "transport"
_LINGER_ZERO = struct.pack("ii", 1, 0)
_NO_BODY = frozenset({204, 304})
_CHUNK = 256 * 1024


class OpenProtocol(H11Protocol):
    """uvicorn's pure-Python protocol, which also lets the application reach its connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Keep the transport where the requests of this connection find it."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, _TRANSPORT: transport}


class Exchange:
    """One request's way back to its client."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send

    async def read(self) -> Request:
        """Read the whole request."""
        request = StarletteRequest(self._scope, self._receive)
        return Request(
            method=request.method,
            path=request.scope["path"],
            query=tuple(request.query_params.multi_items()),
            headers=dict(request.headers),
            body=await request.body(),
        )

    async def answer(self, answer: Answer) -> None:
        """Send an answer as it should be."""
        content = b"" if answer.status in _NO_BODY else answer.content()
        await self._start(answer, None if answer.status in _NO_BODY else len(content))
        await self._send({"type": "http.response.body", "body": content})

    async def truncated(self, answer: Answer) -> None:
        """Promise the whole answer, send half of it, and close."""
        content = answer.content()
        await self._start(answer, len(content))
        await self._send({"type": "http.response.body", "body": content[: len(content) // 2], "more_body": True})
        await self.drop()

    async def streamed(self, answer: Answer, chunks: AsyncIterator[bytes]) -> None:
        """Send an answer's status and headers, and a body of unannounced length."""
        await self._start(answer, None)
        async for chunk in chunks:
            await self._send({"type": "http.response.body", "body": chunk, "more_body": True})
        await self._send({"type": "http.response.body", "body": b""})

    async def drop(self) -> None:
        """Close the connection in order (FIN), without another byte."""
        self._transport().close()
        await self._closed()

    async def reset(self) -> None:
        """Break the connection (RST): a zero linger time makes close() discard and reset."""
        transport = self._transport()
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
        transport.abort()
        await self._closed()

    def _transport(self) -> asyncio.Transport:
        return cast(asyncio.Transport, self._scope["state"][_TRANSPORT])

    async def _closed(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def _start(self, answer: Answer, length: int | None) -> None:
        headers: Mapping[str, str] = {"content-type": answer.content_type, **answer.headers}
        pairs = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        if length is not None:
            pairs.append((b"content-length", str(length).encode()))
        await self._send({"type": "http.response.start", "status": answer.status, "headers": pairs})


async def huge_json_string(size: int) -> AsyncIterator[bytes]:
    """Yield a JSON string of `size` bytes in chunks, quotes included."""
    yield b'"'
    left = size - 2
    while left > 0:
        yield b"x" * min(left, _CHUNK)
        left -= _CHUNK
    yield b'"'
