"""Watching the reply subject of what was published, for a while: to listen there is to be there.

While it lasts, others who ask on that subject wait for their timeout instead of being told at
once that nobody listens; such requests are marked. So it ends by itself, and says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from engine.errors import NatstapError
from engine.journal import Journal
from engine.message import header_in
from engine.profile.profile import Profile
from engine.rpc.message import CORRELATION_ID

from .subject_watch import SubjectWatch

_ACK = b"$JS.ACK."
REPLY_WAIT = 30.0
"""Seconds without an answer after which it ends, unless the sender says otherwise."""
MAX_REPLY_WATCH = 600.0
"""Seconds after which it ends though answers still come, unless more is published."""


class ReplyWatch(SubjectWatch):
    """Ends when no answer came for `seconds`; publishing again, or `keep`, prolongs it."""

    def __init__(
        self,
        profile: Profile,
        journal: Journal,
        subject: str,
        seconds: float = REPLY_WAIT,
        elsewhere: Callable[[bytes], bool] = lambda reply: False,
    ) -> None:
        super().__init__(profile, journal, (subject,), elsewhere)
        self.seconds = seconds
        self.replies = 0
        """Messages that came and asked nothing: the answers."""
        self._until = self._latest = 0.0
        self._ending: asyncio.Task[None] | None = None
        self._kept = False
        self._record = self._keep_apart

    @property
    def left(self) -> float | None:
        return None if self._kept else max(0.0, self._until - _now())

    async def start(self) -> None:
        await super().start()
        self.prolong(self.seconds)
        if self._ending is None and not self._kept:
            self._ending = asyncio.get_running_loop().create_task(self._expire())
            self._note(f"ends after {self.seconds:g} s without an answer")

    def prolong(self, seconds: float) -> None:
        """Something more was published: wait for its answers too, at least for `seconds`."""
        self.seconds = seconds
        self._until = max(self._until, _now() + seconds)
        self._latest = max(self._until, _now() + MAX_REPLY_WATCH)

    def keep(self) -> None:
        """Somebody wants to watch this subject: it goes on until it is stopped."""
        self._kept = True
        self._end_timer()

    def _hear(
        self,
        pattern: str,
        earlier: tuple[str, ...],
        literal: bytes,
        subject: bytes,
        reply: bytes,
        frame: bytes,
        start: int,
        head: int,
    ) -> None:
        super()._hear(pattern, earlier, literal, subject, reply, frame, start, head)
        if not reply or reply.startswith(_ACK):
            self.replies += 1
            self._until = min(max(self._until, _now() + self.seconds), self._latest)

    def _keep_apart(
        self, source: int, subject: bytes, reply: bytes, frame: bytes, start: int, head: int
    ) -> int:
        """Who asks there asks on its own, and answers nobody; an answer may ask in turn, but it
        has the correlation id of what it answers.
        """
        asks = bool(reply) and not reply.startswith(_ACK)
        owner = self._journal.asked_by(subject) if asks else 0
        if not owner or self._shares_id(owner, frame[start : start + head]):
            return self._journal.record(source, subject, reply, frame, start, head)
        return self._journal.begin(source, subject, reply, frame, start, head)

    def _shares_id(self, owner: int, block: bytes) -> bool:
        found = header_in(block, CORRELATION_ID.encode()) if block else None
        return found is not None and found == header_in(
            self._journal.message(owner).head, CORRELATION_ID.encode()
        )

    async def stop(self) -> None:
        self._end_timer()
        await super().stop()

    def _end_timer(self) -> None:
        ending, self._ending = self._ending, None
        if ending is not None and ending is not asyncio.current_task():
            ending.cancel()

    async def _expire(self) -> None:
        while (left := self._until - _now()) > 0:
            await asyncio.sleep(left)
            await self._look_once_more()
        came = f"{self.replies:,} came" if self.replies else "none came"
        self._note(f"no answer for {self.seconds:g} s ({came})")
        await self.stop()

    async def _look_once_more(self) -> None:
        """So that it is known of the last requests too whether only natstap heard them."""
        try:
            await self.look()
        except NatstapError:
            pass  # the link tells what is wrong with it


def _now() -> float:
    return asyncio.get_running_loop().time()
