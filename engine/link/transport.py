"""How the bytes get to a server: by TCP, TLS or a WebSocket, with or without a proxy between.

nats-py's own transport for TCP and TLS is kept, and given other streams to work on: its
WebSockets send only when somebody waits for them, and lose the query of a URL.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from urllib.parse import ParseResult

from nats.aio.transport import TcpTransport

from .connect_steps import ConnectStep, ConnectSteps
from .proxy import open_streams
from .web_socket import PORTS, open_web_socket

WEB = tuple(PORTS)
"""Schemes of URLs that mean a WebSocket."""


class LinkTransport(TcpTransport):
    """`proxy` is a URL, "" for none; `steps` is told how far connecting got."""

    def __init__(self, proxy: str = "", steps: ConnectSteps | None = None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._proxy = proxy
        self._steps = steps or ConnectSteps()
        self._steps.begin()

    async def connect(self, uri: ParseResult, buffer_size: int, connect_timeout: int) -> None:
        async with asyncio.timeout(connect_timeout):
            if uri.scheme in WEB:
                self._take(await self._web_socket(uri, None, buffer_size))
                return
            host, port = uri.hostname or "", uri.port or 4222
            await self._look_up(host, port)
            self._take(await open_streams(host, port, self._proxy, limit=buffer_size))
            self._steps.passed(ConnectStep.REACH)

    async def connect_tls(
        self,
        uri: str | ParseResult,
        ssl_context: ssl.SSLContext,
        buffer_size: int,
        connect_timeout: int,
    ) -> None:
        """For wss from the first byte; for the others on the connection that there is."""
        if isinstance(uri, ParseResult):
            async with asyncio.timeout(connect_timeout):
                self._take(await self._web_socket(uri, ssl_context, buffer_size))
        elif not self.secure:
            await super().connect_tls(uri, ssl_context, buffer_size, connect_timeout)
            self._steps.passed(ConnectStep.TLS)

    async def _web_socket(
        self, uri: ParseResult, context: ssl.SSLContext | None, limit: int
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        await self._look_up(uri.hostname or "", uri.port or PORTS[uri.scheme])
        return await open_web_socket(uri, context, self._proxy, limit, self._steps.passed)

    async def _look_up(self, host: str, port: int) -> None:
        """The name alone first, so that it is known which of the two fails; proxies do it."""
        if not self._proxy:
            if not _is_address(host):
                kind = socket.SOCK_STREAM
                await asyncio.get_running_loop().getaddrinfo(host, port, type=kind)
            self._steps.passed(ConnectStep.NAME)

    @property
    def secure(self) -> bool:
        writer = self._io_writer
        return writer is not None and writer.get_extra_info("ssl_object") is not None

    def _take(self, streams: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
        self._bare_io_reader, self._bare_io_writer = streams
        self._io_reader, self._io_writer = streams


def _is_address(host: str) -> bool:
    """True for what no name server is asked for: looking it up would only start a thread."""
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, host)
        except (OSError, ValueError):  # a name, or a NUL in it
            continue
        return True
    return False
