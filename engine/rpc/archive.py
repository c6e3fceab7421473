"""Finding a response that a stream holds, by its correlation id."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from engine.errors import RequestTimeout
from engine.message import status_of

from .ids import new_token
from .message import CORRELATION_ID, NatsMessage

if TYPE_CHECKING:
    from .broker import NatsBroker

BATCH = 256


async def find_response(
    broker: NatsBroker, correlation_id: str, stream: str, subject: str, timeout: float
) -> NatsMessage:
    """Read the stream from its beginning, then what comes, until the id is there."""
    search = _Search(broker, correlation_id, stream, subject)
    await search.open()
    try:
        async with asyncio.timeout(timeout):
            return await search.run()
    except TimeoutError as error:
        what = f"no message with correlation id {correlation_id!r} in stream {stream!r}"
        raise RequestTimeout(subject, timeout, what) from error
    finally:
        await search.close()


class _Search:
    """An ephemeral consumer in memory, read in batches; nothing is acknowledged or kept."""

    def __init__(self, broker: NatsBroker, correlation_id: str, stream: str, subject: str) -> None:
        self._broker = broker
        self._wanted = f"\r\n{CORRELATION_ID}: {correlation_id}\r\n".encode()
        self._stream = stream
        self._subject = subject
        self._name = f"natstap-{new_token()}"
        self._inbox = broker.fresh_inbox()
        self._pull = f"{broker.jetstream.prefix}.CONSUMER.MSG.NEXT.{stream}.{self._name}"
        self._found: asyncio.Future[NatsMessage] = asyncio.get_running_loop().create_future()
        self._left = 0
        self._more = asyncio.Event()

    async def open(self) -> None:
        self._subscription = self._broker.link.subscribe(self._inbox.encode(), self._heard)
        try:
            await self._broker.jetstream.create_consumer(
                self._stream,
                {
                    "name": self._name,
                    "filter_subject": self._subject,
                    "deliver_policy": "all",
                    "ack_policy": "none",
                    "mem_storage": True,
                    "inactive_threshold": int(10e9),
                },
            )
        except BaseException:
            self._subscription.end()
            raise

    async def run(self) -> NatsMessage:
        """Pull until it is found; the caller sets the deadline."""
        body = json.dumps({"batch": BATCH, "expires": int(2e9)}).encode()
        while not self._found.done():
            self._left = BATCH
            self._more.clear()
            self._broker.tell(self._pull, body, self._inbox)
            await self._more.wait()
        return self._found.result()

    async def close(self) -> None:
        self._subscription.end()
        self._found.cancel()
        await self._broker.jetstream.delete_consumer(self._stream, self._name)

    def _heard(self, subject: bytes, reply: bytes, frame: bytes, start: int, head: int) -> None:
        if head and len(frame) == start + head and status_of(frame[start:])[0]:
            self._more.set()
            return
        self._broker.record(subject, reply, frame, start, head)
        if frame.find(self._wanted, start, start + head) >= 0 and not self._found.done():
            self._found.set_result(NatsMessage(frame, start, head, response=True))
            self._more.set()
        self._left -= 1
        if not self._left:
            self._more.set()
