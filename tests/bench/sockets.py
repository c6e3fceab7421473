"""The floor: the least that a client can do, on plain sockets, with no library at all."""

from __future__ import annotations

import json
import socket
from typing import Any


class Plain:
    """A blocking connection that can blast messages and wait for a PONG."""

    def __init__(self, port: int, user: str, password: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.recv(65536)
        self._socket.sendall(connect(user, password) + b"PING\r\n")
        self.expect(b"PONG\r\n")

    def blast(self, frames: bytes) -> None:
        """Write everything and wait until the server has taken it."""
        self._socket.sendall(frames + b"PING\r\n")
        self.expect(b"PONG\r\n")

    def write(self, frames: bytes) -> None:
        """Write and wait for nothing."""
        self._socket.sendall(frames)

    def expect(self, ending: bytes) -> bytes:
        data = b""
        while ending not in data[-65600:]:
            data += self._socket.recv(65536)
        return data

    def ask(self, frame: bytes, ending: bytes) -> bytes:
        """One request, one answer that ends in `ending`."""
        self._socket.sendall(frame)
        return self.expect(ending)

    def close(self) -> None:
        self._socket.close()


def connect(user: str, password: str) -> bytes:
    options: dict[str, Any] = {
        "verbose": False,
        "pedantic": False,
        "headers": True,
        "no_responders": True,
        "user": user,
        "pass": password,
        "protocol": 1,
    }
    return b"CONNECT " + json.dumps(options).encode() + b"\r\n"
