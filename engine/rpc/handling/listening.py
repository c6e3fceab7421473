"""Listening on a plain subject, for the workers of a subscriber."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.link.link import Subscription
from engine.message import raw_bytes, status_of
from engine.rpc.handling.workers import Workers

if TYPE_CHECKING:
    from engine.rpc.broker import Broker


class Listening:
    """One interest, while it is `running`; `StreamConsumer` is the same for a stream."""

    def __init__(self, broker: Broker, subject: str, queue: bytes, workers: Workers) -> None:
        self._broker = broker
        self._subject = raw_bytes(subject)
        self._queue = queue
        self._subscription: Subscription | None = None
        self._workers = workers

    @property
    def running(self) -> bool:
        return self._subscription is not None

    async def listen(self) -> None:
        """Nothing is waited for."""
        self._subscription = self._broker.link.subscribe(
            self._subject, self._heard, self._queue, serves=True
        )

    async def let_go(self) -> Subscription | None:
        """What is to be drained; nothing is waited for."""
        subscription, self._subscription = self._subscription, None
        return subscription

    def _heard(self, subject: bytes, reply: bytes, frame: bytes, start: int, head: int) -> None:
        self._broker.record(subject, reply, frame, start, head)
        if head and len(frame) == start + head and status_of(frame[start:])[0]:
            return  # a status, such as "no responders" to a reply_to: no message to handle
        self._workers.enqueue((frame, start, head, reply))
