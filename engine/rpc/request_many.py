"""Many answers to one request (ADR-47): all of them, n of them, until quiet, until an end mark.

Whichever of these comes first ends it: the total timeout, the quiet gap after the first
answer, the count, the end mark, a status from the server.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from enum import StrEnum

from engine.durations import check_wait
from engine.errors import InvalidOption, NatstapError, NoResponders, RequestTimeout
from engine.journal import Event, pub_ack
from engine.message import status_of
from engine.rpc.call import Tell, received
from engine.rpc.message import NatsMessage

_PACING = 200
"""Statuses below this one only say that the server is still there."""

EndMark = Callable[[NatsMessage], bool]


def empty_body(message: NatsMessage) -> bool:
    """The standard end mark: an answer without a body."""
    return not message.body


def check_endings(gap: float | None, count: int | None, end: EndMark | None) -> None:
    """Raise `InvalidOption` for what cannot end the answers."""
    if gap is not None:
        check_wait("gap", gap)
    if count is not None and (type(count) is not int or count < 1):
        raise InvalidOption("count", f"{count!r} is not a number of at least 1")
    if end is not None and not callable(end):
        raise InvalidOption("end", "it is a function of a reply, such as `empty_body`")


class Ending(StrEnum):
    """What ended the answers."""

    TIMEOUT = "the total timeout passed"
    QUIET = "nobody answered for the quiet gap"
    COUNT = "as many came as were wanted"
    MARK = "the end mark came"
    STATUS = "the server sent a status"
    FAILURE = "the request failed"
    STOPPED = "the asker stopped listening"


class Replies:
    """An async iterator of answers as they come; made by `NatsBroker.request_many`.

    Raises, where a single request would: `NoResponders`, `Refused`, `LinkLost`, and
    `RequestTimeout` when nothing came at all. `ending` says afterwards what ended it.
    """

    def __init__(
        self,
        subject: str,
        timeout: float,
        *,
        gap: float | None,
        count: int | None,
        wanted: int,
        end: EndMark | None,
        ended: Callable[[Replies, Event, str], None],
        tell: Tell,
    ) -> None:
        loop = asyncio.get_running_loop()
        self.subject = subject
        self.overtaken = False
        self.number = 0
        """The exchange's number in the journal; 0 without a journal."""
        self.replies: tuple[bytes, ...] = ()
        self.received = 0
        self.ending: Ending | None = None
        self.status: tuple[int, str] = (0, "")
        """The status that ended it, if one did."""
        self.stored: tuple[str, int] | None = None
        self._timeout = timeout
        self._gap = gap if gap is not None and gap < timeout else None
        self._count = count
        self._wanted = wanted
        self._end_mark = end
        self._ended = ended
        self._tell = tell
        self._queue: asyncio.Queue[NatsMessage | Exception | None] = asyncio.Queue()
        self._total = loop.call_later(max(timeout, 0), self._expire)
        self._quiet: asyncio.TimerHandle | None = None

    def hear(self, frame: bytes, start: int, head: int, reply: bytes = b"") -> None:
        if self.ending is not None:
            return
        status = status_of(frame[start : start + head]) if head else (0, "")
        delivered = reply.startswith(b"$JS.ACK.")
        if status[0] and len(frame) == start + head and not delivered:
            self._heard_status(status)
            return
        if not head and not delivered and (stored := pub_ack(frame[start:])) is not None:
            if "error" not in stored:
                self.stored = str(stored["stream"]), int(str(stored["seq"]))
            return
        message = received((frame, start, head, reply), self._tell)
        try:
            over = self._end_mark is not None and self._end_mark(message)
        except Exception as error:  # whoever reads the answers wrote the mark, and is told
            self.fail(error, Event.CANCEL)
            return
        if over:
            self._finish(Ending.MARK, Event.COMPLETE)
            return
        self.received += 1
        self._queue.put_nowait(message)
        if self._count is not None and self.received >= self._count:
            self._finish(Ending.COUNT, Event.COMPLETE)
        elif self._gap is not None:
            self._rearm(self._gap)

    def _heard_status(self, status: tuple[int, str]) -> None:
        if status[0] < _PACING:
            return
        self.status = status
        if status[0] == 503 and not self.received:
            self.fail(NoResponders(self.subject), Event.NO_RESPONDERS)
        else:
            self._finish(Ending.STATUS, Event.COMPLETE)

    def _rearm(self, gap: float) -> None:
        if self._quiet is not None:
            self._quiet.cancel()
        self._quiet = asyncio.get_running_loop().call_later(
            gap, self._finish, Ending.QUIET, Event.COMPLETE
        )

    def _expire(self) -> None:
        if self.received or self.stored:
            done = self._count is None and self.received > 0
            self._finish(Ending.TIMEOUT, Event.COMPLETE if done else Event.DEADLINE)
        else:
            self.fail(RequestTimeout(self.subject, self._timeout), Event.DEADLINE)

    def fail(self, error: Exception, event: Event, why: str = "") -> None:
        if self.ending is None:
            if isinstance(error, NatstapError):
                error.exchange = self.number
            self._queue.put_nowait(error)
            self._finish(Ending.FAILURE, event, why)

    def _finish(self, ending: Ending, event: Event, why: str = "") -> None:
        if self.ending is not None:
            return
        if event is Event.COMPLETE and self.received < self._wanted:
            event = Event.DEADLINE  # fewer than wanted are not all
        self.ending = ending
        self._total.cancel()
        if self._quiet is not None:
            self._quiet.cancel()
        self._queue.put_nowait(None)
        self._ended(self, event, why)

    def stop(self) -> None:
        """Listen no more; what has come can still be read."""
        event = Event.COMPLETE if self.received else Event.CANCEL
        self._finish(Ending.STOPPED, event)

    async def __aiter__(self) -> AsyncIterator[NatsMessage]:
        try:
            while (item := await self._queue.get()) is not None:
                if isinstance(item, Exception):
                    raise item
                yield item
        finally:
            self.stop()
            self._queue.put_nowait(None)  # whoever reads again finds the end

    async def all(self) -> list[NatsMessage]:
        """Wait for the end and return every answer."""
        return [message async for message in self]
