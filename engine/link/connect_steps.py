"""How far connecting got, and how long each step of it took."""

from __future__ import annotations

from enum import StrEnum
from time import monotonic


class ConnectStep(StrEnum):
    """In the order in which they come; which of them a connection has depends on its address."""

    NAME = "name"
    REACH = "connection"
    TLS = "TLS"
    WEB_SOCKET = "WebSocket"
    GREETING = "greeting"
    LOGIN = "login"


class ConnectSteps:
    """Told by the connection that is being made; for the last server that was tried."""

    def __init__(self) -> None:
        self.done: dict[ConnectStep, float] = {}
        """Seconds that each step took, in the order in which they were done."""
        self.begin()

    def begin(self) -> None:
        self.done.clear()
        self._since = monotonic()

    def passed(self, step: ConnectStep) -> None:
        if step in self.done:
            return
        now = monotonic()
        self.done[step] = now - self._since
        self._since = now
