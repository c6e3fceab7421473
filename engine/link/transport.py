"""How the bytes get to a server: by TCP, TLS or a WebSocket, with or without a proxy between.

nats-py's own transport for TCP and TLS is kept, and given other streams to work on: its
WebSockets send only when somebody waits for them, and lose the query of a URL.
"""

from __future__ import annotations

import asyncio
import ssl
from urllib.parse import ParseResult

from nats.aio.transport import TcpTransport

from .proxy import open_streams
from .web_socket import PORTS, open_web_socket

WEB = tuple(PORTS)
"""Schemes of URLs that mean a WebSocket."""


class LinkTransport(TcpTransport):
    """`proxy` is a URL, "" for none."""

    def __init__(self, proxy: str = "") -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._proxy = proxy

    async def connect(self, uri: ParseResult, buffer_size: int, connect_timeout: int) -> None:
        async with asyncio.timeout(connect_timeout):
            if uri.scheme in WEB:
                streams = await open_web_socket(uri, None, self._proxy, buffer_size)
            else:
                host, port = uri.hostname or "", uri.port or 4222
                streams = await open_streams(host, port, self._proxy, limit=buffer_size)
        self._take(streams)

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
                self._take(await open_web_socket(uri, ssl_context, self._proxy, buffer_size))
        elif not self.secure:
            await super().connect_tls(uri, ssl_context, buffer_size, connect_timeout)

    @property
    def secure(self) -> bool:
        writer = self._io_writer
        return writer is not None and writer.get_extra_info("ssl_object") is not None

    def _take(self, streams: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
        self._bare_io_reader, self._bare_io_writer = streams
        self._io_reader, self._io_writer = streams
