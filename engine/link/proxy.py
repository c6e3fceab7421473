"""The way through a proxy: one socket to the server, opened by whoever stands between."""

from __future__ import annotations

import asyncio
import socket
from urllib.parse import urlsplit

from engine.profile.address import PROXY_SCHEMES


class ProxyFailed(OSError):
    """The proxy, and not the server behind it, is why there is no connection."""


async def open_streams(
    host: str, port: int, proxy: str = "", *, limit: int = 1 << 16
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to the server, through `proxy` (a URL) where there is one.

    Raises OSError, `ProxyFailed` among them, and ImportError where the package is missing. It
    has no deadline of its own.
    """
    if not proxy:
        return await asyncio.open_connection(host, port, limit=limit)
    opened = await open_socket(host, port, proxy)
    try:
        return await asyncio.open_connection(sock=opened, limit=limit)
    except BaseException:
        opened.close()
        raise


async def open_socket(host: str, port: int, proxy: str) -> socket.socket:
    """The name is looked up by the proxy, as the nats CLI has it done."""
    from python_socks import ProxyConnectionError, ProxyError, ProxyTimeoutError
    from python_socks.async_.asyncio import Proxy

    where = urlsplit(proxy)
    scheme = PROXY_SCHEMES[where.scheme]
    try:
        way = Proxy.from_url(proxy.replace(where.scheme, scheme, 1), rdns=scheme != "socks4")
        return await way.connect(dest_host=host, dest_port=port)
    except ProxyTimeoutError:
        raise ProxyFailed(f"the proxy {where.hostname}:{where.port} does not answer") from None
    except ProxyConnectionError:
        raise ProxyFailed(f"the proxy {where.hostname}:{where.port} cannot be reached") from None
    except ProxyError as error:
        words = str(error).rstrip(".") or "no reason given"
        raise ProxyFailed(f"the proxy {where.hostname}:{where.port} refuses: {words}") from None
