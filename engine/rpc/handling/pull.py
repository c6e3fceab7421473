"""Pulling: asks a consumer for a batch when the last one is nearly done, never for more."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from engine.api_subjects import on_consumer
from engine.errors import LinkError
from engine.message import status_of

if TYPE_CHECKING:
    from engine.rpc.broker import Broker
    from engine.rpc.handling.consumer import StreamConsumer

PULL_GRACE = 2.0
_IDLE = 100
_EMPTY = (404, 408)
"""Statuses of a pull that simply found nothing."""


class Pull:
    """One outstanding pull request at a time, for one consumer."""

    def __init__(self, broker: Broker, consumer: StreamConsumer, inbox: str) -> None:
        self._broker = broker
        self._consumer = consumer
        self._batch = consumer.options.pull
        self._expires = consumer.options.pull_expires
        self._inbox = inbox
        self._left = 0
        self._over: asyncio.Future[bool] | None = None
        self._task: asyncio.Task[None] | None = None
        self._subject = broker.jetstream.subject(
            on_consumer("MSG.NEXT", consumer.options.stream, consumer.name)
        )

    @property
    def running(self) -> bool:
        return self._task is not None and not self._task.done()

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run())

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _run(self) -> None:
        """Pull for as long as the consumer is there; the consumer's keeper starts it again."""
        try:
            while await self._once():
                await self._consumer.workers.idle.wait()
        except LinkError:
            pass  # the connection is gone; the keeper is told below and looks again
        self._consumer.suspect()

    async def _once(self) -> bool:
        """One pull request to its end; False when the consumer seems to be gone."""
        self._left = self._batch
        self._over = asyncio.get_running_loop().create_future()
        body = json.dumps({"batch": self._batch, "expires": int(self._expires * 1e9)}).encode()
        self._broker.tell(self._subject, body, self._inbox)
        done, _ = await asyncio.wait({self._over}, timeout=self._expires + PULL_GRACE)
        return bool(done) and self._over.result()

    def heard(self, frame: bytes, start: int, head: int) -> bool:
        """Count what came on the pull's inbox; True when it is a message to handle."""
        status = status_of(frame[start : start + head])[0] if head else 0
        if status and len(frame) == start + head:
            if status != _IDLE:
                self._end(status in _EMPTY)
            return False
        self._left -= 1
        if not self._left:
            self._end(True)
        return True

    def end(self) -> None:
        """The server ended this pull without a word on why, or knows nothing of it any more."""
        self._end(True)

    def _end(self, healthy: bool) -> None:
        if self._over is not None and not self._over.done():
            self._over.set_result(healthy)
