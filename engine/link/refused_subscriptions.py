"""Subscriptions that the server refuses: kept, and tried again, for rights are given back.

A server that is told to reload its configuration takes rights away with a word and gives them
back without one. So each refused subscription is asked for again, less and less often, and
without telling anybody until it is let through.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from engine.errors import LinkLost, LinkSilent
from engine.message import raw_bytes, text

from .client import HealedClient
from .events import Happening, LinkEvent, LinkEvents

FIRST_WAIT, LONGEST_WAIT = 1.0, 30.0
"""Seconds between two tries: doubled each time, up to the longest."""


class Denied:
    """`barrier` returns when the server has said what it thinks; who listens is told when
    a subscription is let in.
    """

    def __init__(
        self, client: HealedClient, events: LinkEvents, barrier: Callable[[], Awaitable[object]]
    ) -> None:
        self._client = client
        self._events = events
        self._barrier = barrier
        self._sids: set[int] = set()
        self._asking: set[int] = set()
        self._again: set[int] = set()
        """Those of `_asking` that were refused once more."""
        self._task: asyncio.Task[None] | None = None

    def refuse(self, subject: str) -> bool:
        """Take it that the server refuses this one; False where that is known already."""
        begin = b"SUB %b " % raw_bytes(subject)
        interests = self._client.interests.items()
        sids = {sid for sid, command in interests if command.startswith(begin)}
        known = bool(sids) and sids <= self._asking
        self._again |= sids & self._asking
        self._sids |= sids
        if self._sids and (self._task is None or self._task.done()):
            self._task = asyncio.get_running_loop().create_task(self._keep_asking())
        return not known

    def forget(self) -> None:
        """Another connection: whatever it refuses it will say."""
        self._sids.clear()

    def end(self) -> None:
        self._sids.clear()
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _keep_asking(self) -> None:
        wait = FIRST_WAIT
        while self._sids:
            await asyncio.sleep(wait)
            wait = min(LONGEST_WAIT, 2 * wait)
            self._again = set()
            self._asking = {sid for sid in self._sids if self._ask(sid)}
            self._sids &= self._asking
            if not self._asking:
                continue
            try:
                await self._barrier()
            except (LinkLost, LinkSilent):
                pass  # another connection will say what it refuses
            finally:
                asked, self._asking = self._asking, set()
            allowed = sorted((asked & self._sids) - self._again)
            self._sids.difference_update(allowed)
            if allowed:
                self._let_in(allowed)

    def _ask(self, sid: int) -> bool:
        """False where it is not wanted any more."""
        command = self._client.interests.get(sid)
        if command is not None and self._client.is_connected:
            self._client.send(command)
        return command is not None

    def _let_in(self, sids: list[int]) -> None:
        commands = (self._client.interests.get(sid, b"").split(b" ") for sid in sids)
        for subject in sorted({text(words[1]) for words in commands if len(words) > 1}):
            self._events.tell(LinkEvent(Happening.PERMITTED, subject, "subscription", subject))
