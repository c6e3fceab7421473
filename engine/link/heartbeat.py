"""The heartbeat: whether the server still answers; a dead socket tells nobody."""

from __future__ import annotations

import asyncio

from engine.errors import LinkLost, LinkSilent

from .client import HealedClient
from .events import Happening, LinkEvent, LinkEvents
from .standstill import Standstill

HEARTBEAT = 0.8
"""Seconds between two looks at whether the server still answers."""
SILENT_AFTER = 1.0
"""Seconds after which a server that does not answer a PING is called silent, at the least."""
GIVEN_UP_AFTER = 4.0
"""Seconds without an answer after which the connection is made again, at the least."""
_SLOW = 3.0
"""On a slow line either is so many times as long as the last answer took,"""
_MOST_SILENT, _MOST_GIVEN_UP = 2.0, 12.0
"""and no longer: the last answer may have come from a server that had stood still."""
_TURNS = 3
"""Turns of the loop in which what the socket holds is read."""


class Heartbeat:
    """PINGs from `begin` to `end`; who listens is told when one stays unanswered."""

    def __init__(self, client: HealedClient, events: LinkEvents) -> None:
        self.bounds: tuple[float, float] | None = None
        """The least and the most seconds of the last PING to PONG; None before the first, and
        while silent."""
        self.silent = False
        self._client = client
        self._events = events
        self._standstill = Standstill()
        self._watcher: asyncio.Task[None] | None = None

    @property
    def rtt(self) -> float | None:
        """Seconds of the last PING to PONG at the most; None as `bounds`."""
        return self.bounds[1] if self.bounds is not None else None

    def begin(self) -> None:
        self._watcher = asyncio.get_running_loop().create_task(self._watch())

    async def end(self) -> None:
        if self._watcher is not None:
            self._watcher.cancel()
            await asyncio.gather(self._watcher, return_exceptions=True)

    def lost(self) -> str:
        """The connection is lost; why, where natstap itself is the reason."""
        self.bounds = None
        self._standstill.tick()
        return self._standstill.words

    async def _watch(self) -> None:
        """Look every few seconds whether the server answers; a dead socket tells nobody."""
        self._standstill.begin()
        while True:
            self._standstill.tick()
            if self._client.is_connected:
                try:
                    await self._look()
                except LinkLost:
                    pass  # told by the client's own callbacks
            await asyncio.sleep(HEARTBEAT)

    async def _look(self) -> None:
        """One PING; a server that does not answer it is silent, and then given up."""
        began = asyncio.get_running_loop().time()
        pong = self._client.ping()
        slow = _SLOW * (self.rtt or 0.0)
        patience = min(max(SILENT_AFTER, slow), _MOST_SILENT)
        longest = min(max(GIVEN_UP_AFTER, slow), _MOST_GIVEN_UP)
        if not await self._comes(pong, patience):
            self.silent, self.bounds = True, None
            self._events.tell(LinkEvent(Happening.ERROR, str(LinkSilent(patience))))
            if not await self._comes(pong, longest - patience):
                await self._client.force_reconnect()
                return
        earliest, latest = pong.result()
        self.bounds = max(0.0, earliest - began), latest - began
        self.silent = False

    async def _comes(self, pong: asyncio.Future[tuple[float, float]], timeout: float) -> bool:
        """What came while natstap itself was busy counts: it is read before this is decided."""
        await asyncio.wait({pong}, timeout=timeout)
        self._standstill.tick()
        for _ in range(_TURNS):
            if not pong.done():
                await asyncio.sleep(0)
        return pong.done()
