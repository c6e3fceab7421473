"""Watching the reply subject of what was published, for a while: to listen there is to be there.

While it lasts, others who ask on that subject wait for their timeout instead of being told at
once that nobody listens; such requests are marked. So it ends by itself, and says so.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from engine.journal import Journal
from engine.message import header_in
from engine.profile.profile import Profile
from engine.rpc.message import CORRELATION_ID

from .subject_watch import SubjectWatch
from .watch import now

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
        self.subjects.record = self._keep_apart

    async def start(self) -> None:
        if self.running:
            return
        await super().start()
        self.prolong(self.seconds)
        if self.left is not None:
            self._note(f"ends after {self.seconds:g} s without an answer")

    def prolong(self, seconds: float) -> None:
        """Something more was published: wait for its answers too, at least for `seconds`."""
        self.seconds = seconds
        self._until = max(self._until, now() + seconds)
        self._latest = max(self._until, now() + MAX_REPLY_WATCH)

    def keep(self) -> None:
        """Somebody wants to watch this subject: it goes on until it is stopped."""
        self._until = self._latest = math.inf

    def _heard(self, number: int, subject: bytes, reply: bytes) -> None:
        super()._heard(number, subject, reply)
        if not reply or reply.startswith(_ACK):
            self.replies += 1
            self._until = min(max(self._until, now() + self.seconds), self._latest)

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

    def _why_over(self) -> str:
        came = f"{self.replies:,} came" if self.replies else "none came"
        return f"no answer for {self.seconds:g} s ({came})"
