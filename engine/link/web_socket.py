"""NATS inside WebSocket frames: what is read of the socket is unwrapped, what is written wrapped.

To nats-py and to the link this is a stream of bytes like any other, so reading, writing, TLS and
the end of a connection go the same way for every scheme. Handshake and frames are left to
`websockets`, of which only the half without I/O is used.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import ParseResult

from .connect_steps import ConnectStep
from .proxy import open_socket

if TYPE_CHECKING:
    from websockets.client import ClientProtocol
    from websockets.http11 import Response

PORTS = {"ws": 80, "wss": 443}


class WebSocketRefused(OSError):
    """Something listens there, but it is not a server's WebSocket, or not by this path."""


class _Frames(asyncio.Protocol):
    """What the socket speaks to; it hands on what is in the frames."""

    def __init__(self, protocol: ClientProtocol, inner: asyncio.Protocol) -> None:
        self.inner = inner
        self.greeted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        # A handshake of TLS that fails is told by `start_tls`, and nobody waits for a greeting.
        self.greeted.add_done_callback(lambda future: future.cancelled() or future.exception())
        self._protocol = protocol
        self._socket: Any = None
        self._ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._socket = transport
        self._protocol.send_request(self._protocol.connect())
        self._flush()

    def data_received(self, data: bytes) -> None:
        self._protocol.receive_data(data)
        self._flush()
        self._hand_on()

    def eof_received(self) -> None:
        self._protocol.receive_eof()
        self._flush()
        self._hand_on()
        self._end()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.greeted.done():
            self.greeted.set_exception(exc or WebSocketRefused("the connection ended at once"))
        self._end()
        self.inner.connection_lost(exc)

    def pause_writing(self) -> None:
        self.inner.pause_writing()

    def resume_writing(self) -> None:
        self.inner.resume_writing()

    def send(self, data: bytes) -> None:
        """Nothing goes out on a connection that is closing, as on any other."""
        from websockets.protocol import State

        if self._protocol.state is State.OPEN:
            self._protocol.send_binary(data)
            self._flush()

    def say_goodbye(self) -> None:
        from websockets.protocol import State

        if self._protocol.state is State.OPEN:
            self._protocol.send_close()
            self._flush()

    def _hand_on(self) -> None:
        from websockets.frames import DATA_OPCODES, Frame, Opcode
        from websockets.http11 import Response

        for event in self._protocol.events_received():
            if isinstance(event, Frame):
                if event.opcode in DATA_OPCODES:
                    self.inner.data_received(bytes(event.data))
                elif event.opcode is Opcode.CLOSE:
                    self._end()
            elif isinstance(event, Response) and not self.greeted.done():
                self._answered(event)
        if self._protocol.handshake_exc is not None and not self.greeted.done():
            self.greeted.set_exception(WebSocketRefused("the answer is none of a WebSocket"))

    def _answered(self, response: Response) -> None:
        if self._protocol.handshake_exc is None:
            self.greeted.set_result(None)
            return
        said = f"{response.status_code} {response.reason_phrase}".strip()
        self.greeted.set_exception(
            WebSocketRefused(f"no WebSocket: it answers {said}; is the path right?")
        )

    def _flush(self) -> None:
        if self._socket is None:
            return
        for data in self._protocol.data_to_send():
            if data:
                self._socket.write(data)

    def _end(self) -> None:
        if not self._ended:
            self._ended = True
            self.inner.eof_received()


class _Stream(asyncio.Transport):
    """What whoever writes has in hand: the socket below it, with frames around what goes out."""

    def __init__(self, below: asyncio.Transport, frames: _Frames) -> None:
        super().__init__()
        self._below = below
        self._frames = frames

    def write(self, data: Any) -> None:
        self._frames.send(bytes(data))

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._frames.inner

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._frames.inner = protocol  # type: ignore[assignment]

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._below.get_extra_info(name, default)

    def get_write_buffer_size(self) -> int:
        return self._below.get_write_buffer_size()

    def is_closing(self) -> bool:
        return self._below.is_closing()

    def can_write_eof(self) -> bool:
        return False

    def pause_reading(self) -> None:
        self._below.pause_reading()

    def resume_reading(self) -> None:
        self._below.resume_reading()

    def close(self) -> None:
        self._frames.say_goodbye()
        self._below.close()

    def abort(self) -> None:
        self._below.abort()


async def open_web_socket(
    uri: ParseResult,
    context: ssl.SSLContext | None,
    proxy: str,
    limit: int,
    passed: Callable[[ConnectStep], None],
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A WebSocket to the server, path and query as they are in the URL.

    `context` is for wss; `passed` is told each step that is done. Raises OSError,
    `WebSocketRefused` and `ProxyFailed` among them, and ImportError where the package is missing.
    It has no deadline of its own.
    """
    from websockets.client import ClientProtocol
    from websockets.uri import parse_uri

    reader = asyncio.StreamReader(limit=limit)
    streams = asyncio.StreamReaderProtocol(reader)
    address = uri._replace(netloc=uri.netloc.rpartition("@")[2]).geturl()
    frames = _Frames(ClientProtocol(parse_uri(address), max_size=None), streams)
    below = await _reach(uri, proxy)
    passed(ConnectStep.REACH)
    try:
        if context is not None:
            below = await _secured(below, frames, context, uri.hostname or "")
            passed(ConnectStep.TLS)
        else:
            below.set_protocol(frames)
        frames.connection_made(below)
        stream = _Stream(below, frames)
        streams.connection_made(stream)
        await frames.greeted
    except BaseException:
        below.abort()
        raise
    passed(ConnectStep.WEB_SOCKET)
    return reader, asyncio.StreamWriter(stream, streams, reader, asyncio.get_running_loop())


async def _reach(uri: ParseResult, proxy: str) -> asyncio.Transport:
    host, port = uri.hostname or "", uri.port or PORTS[uri.scheme]
    loop = asyncio.get_running_loop()
    if proxy:
        opened = await open_socket(host, port, proxy)
        below, _ = await loop.create_connection(asyncio.Protocol, sock=opened)
    else:
        below, _ = await loop.create_connection(asyncio.Protocol, host, port)
    return below


async def _secured(
    below: asyncio.Transport, frames: _Frames, context: ssl.SSLContext, host: str
) -> asyncio.Transport:
    loop = asyncio.get_running_loop()
    secure = await loop.start_tls(below, frames, context, server_hostname=host)
    if secure is None:
        raise WebSocketRefused("the connection ended during the TLS handshake")
    return secure
