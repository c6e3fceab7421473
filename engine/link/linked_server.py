"""What the server that a link is connected to says of itself: its INFO, newest values."""

from __future__ import annotations

import re
from typing import Any

from .client import HealedClient


class LinkedServer:
    """As it is now; another one after a reconnect."""

    def __init__(self, client: HealedClient) -> None:
        self._client = client

    @property
    def info(self) -> dict[str, Any]:
        """The server's INFO, newest values."""
        return dict(self._client._server_info)

    @property
    def client_id(self) -> int:
        """The connection's number on its server, 0 while unknown."""
        return self._client.client_id or 0

    @property
    def max_payload(self) -> int:
        """Bytes of headers and body that the server takes in one message."""
        return self._client._max_payload

    @property
    def takes_headers(self) -> bool:
        """False where the server closes the connection at the first header."""
        return self._client.takes_headers

    @property
    def version(self) -> tuple[int, ...]:
        numbers = re.findall(r"\d{1,9}", str(self._client._server_info.get("version", "")))
        return tuple(int(part) for part in numbers[:3])

    @property
    def address(self) -> str:
        """host:port of the server connected to; "" when there is none."""
        url = self._client.connected_url
        return f"{url.hostname}:{url.port}" if url is not None else ""

    @property
    def jetstream(self) -> bool:
        return bool(self._client._server_info.get("jetstream"))

    @property
    def clustered(self) -> bool:
        """True where the server is one of several."""
        return bool(self._client._server_info.get("cluster"))

    @property
    def leaving(self) -> bool:
        """True once the server has said that it is about to close (a lame duck)."""
        return bool(self._client._server_info.get("ldm")) and self._client.is_connected
