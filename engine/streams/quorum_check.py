"""Whether JetStream has a leader: in a cluster, more than half of the servers must run for one.

It is asked when natstap connects and when the server says that others came or went; while there
is none, again and again, with a pause. A server that is alone is never asked.
"""

from __future__ import annotations

import asyncio

from engine.api_subjects import ACCOUNT_INFO
from engine.errors import JetStreamOff, NatstapError, NoQuorum, RequestTimeout
from engine.link.events import Happening, LinkEvent
from engine.link.link import Link
from engine.rpc.inquiry import Inquiry

NO_QUORUM = "JetStream has no quorum: nothing is stored or listed until more servers run"
SILENT = "JetStream does not answer: in a cluster, more than half of the servers must run"
PAUSES = (0.0, 3.0, 5.0, 5.0, 10.0, 20.0)
"""Seconds between the questions after a change: servers notice a loss within about 10 s, busy ones
later."""
AGAIN = 5.0
"""Seconds between two questions while there is no quorum."""
ASK_TIMEOUT = 2.0
"""Seconds for an answer."""
_CHANGES = (Happening.MEMBERS, Happening.RESTORED)


class QuorumCheck:
    """`trouble` is a sentence, "" while all is well or nothing is known."""

    def __init__(self) -> None:
        self.trouble = ""
        self._link: Link | None = None
        self._changed = asyncio.Event()

    def attend(self, link: Link) -> None:
        """Check the cluster of this link from now on, and no other."""
        if self._link is not None and self._on_link in self._link.events.listeners:
            self._link.events.listeners.remove(self._on_link)
        self._link, self.trouble = link, ""
        link.events.listeners.append(self._on_link)
        self._changed.set()

    def _on_link(self, event: LinkEvent) -> None:
        if event.what in _CHANGES:
            self._changed.set()

    async def keep_checking(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            await self._check()

    async def _check(self) -> None:
        """Ask a few times after a change, and on while there is trouble."""
        pauses = iter(PAUSES)
        while (pause := next(pauses, AGAIN if self.trouble else None)) is not None:
            if await self._is_changed_within(pause):
                pauses = iter(PAUSES[1:])
            link = self._link
            if link is None or not (link.server.clustered and link.server.jetstream):
                self.trouble = ""
                return
            found = await _ask(link)
            if found is None:
                return
            if link is self._link:
                self.trouble = found

    async def _is_changed_within(self, pause: float) -> bool:
        try:
            async with asyncio.timeout(pause):
                await self._changed.wait()
        except TimeoutError:
            return False
        self._changed.clear()
        return True


async def _ask(link: Link) -> str | None:
    """What is wrong, "" for nothing; None where it cannot be known: this user may not ask."""
    try:
        async with Inquiry(link) as inquiry:
            await inquiry.jetstream(ASK_TIMEOUT).api(ACCOUNT_INFO)
    except NoQuorum:
        return NO_QUORUM
    except RequestTimeout:
        return SILENT
    except JetStreamOff:
        return ""
    except NatstapError:
        return None
    return ""
