"""A reply subject with a subscription of its own, for what is answered under other subjects.

JetStream hands a pulled message to whoever listens on the reply subject, but under the subject
that the message was stored with. On a subscription that many requests share such a message
names none of them; on its own subscription it can only answer the one. Measured on
nats-server 2.15.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

from engine.errors import NotConnected
from engine.fields import read_json
from engine.journal import Event, Journal
from engine.link.link import Link
from engine.message import status_of

if TYPE_CHECKING:
    from engine.rpc.inbox import Waiter

NEXT = b"+NXT"
"""How an acknowledgement begins that asks for more messages."""
MAX_BODY = 4096
"""Bytes of a pull request that are looked into; real ones are far shorter."""
_PULL = b".MSG.NEXT."
_ACK = b"$JS.ACK."
_PACING = 200
"""Statuses below this one only say that the server is still there."""


@lru_cache(maxsize=1024)
def is_pull(subject: bytes) -> bool:
    """True where answers come under other subjects than the reply's, as far as the name tells."""
    return _PULL in subject or subject.startswith(_ACK)


def batch_of(body: bytes) -> int:
    """How many messages a pull request asks for at most; 1 where it does not say."""
    asked = body.removeprefix(NEXT).strip()
    if not asked or len(asked) > MAX_BODY:
        return 1
    try:
        given = read_json(asked)
    except ValueError:
        return 1
    batch = given.get("batch") if isinstance(given, dict) else given
    return batch if type(batch) is int and batch > 0 else 1


class OwnInbox:
    """Listens from its making until all came that was asked for, a status ends it, or `end`.

    `ended` is called once, when nothing more is awaited here.
    """

    def __init__(
        self,
        link: Link,
        address: bytes,
        batch: int,
        journal: Journal | None,
        source: int,
        ended: Callable[[OwnInbox], None],
    ) -> None:
        self.address = address
        self.batch = batch
        self.number = 0
        """The exchange's number in the journal; 0 without a journal."""
        self.waiter: Waiter | None = None
        self.answered = False
        """True once the asker has its answer, and what else comes is only shown."""
        self.received = 0
        """Messages that came, statuses left out."""
        self._journal = journal
        self._source = source
        self._ended = ended
        self._subscription = link.subscribe(address, self._hear)
        self._leaving: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def serve(self, waiter: Waiter, number: int, timeout: float) -> None:
        """What comes is for `waiter`, for at most `timeout` seconds."""
        self.waiter = waiter
        self.number = number
        self._timer = asyncio.get_running_loop().call_later(max(timeout, 0), self.end)

    def _hear(self, subject: bytes, reply: bytes, frame: bytes, start: int, head: int) -> None:
        if self._journal is not None:
            self._journal.answer(self.number, self._source, subject, reply, frame, start, head)
        empty = len(frame) == start + head
        status = status_of(frame[start : start + head])[0] if head and empty else 0
        if not status:
            self.received += 1
        elif status < _PACING:
            return
        if self.waiter is not None and self._leaving is None:
            self.waiter.hear(frame, start, head, reply)
        if status or self.received >= self.batch:
            self.end()

    def end(self) -> None:
        """Listen no more, but keep what the server has sent already; safe to call twice."""
        if self._leaving is not None:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._leaving = asyncio.get_running_loop().create_task(self._leave())
        if self._journal is not None and self.number and self.answered:
            self._journal.own.settle(self.number, Event.COMPLETE)
        self._ended(self)

    async def _leave(self) -> None:
        try:
            await self._subscription.drain()
        except NotConnected:
            pass  # closed meanwhile: nothing more can come
