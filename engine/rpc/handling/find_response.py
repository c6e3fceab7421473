"""Finding a response that a stream holds, by its correlation id.

A consumer of its own reads the stream fast, and goes again. Where there may be none (a work
queue's messages belong to its workers, consumers may be limited, the connection may be read-only)
the stream is read message by message.
"""

from __future__ import annotations

import asyncio
import base64
import json
from typing import TYPE_CHECKING

from engine.api_subjects import on_consumer, on_stream
from engine.errors import InvalidSubject, JetStreamError, ReadOnly, RequestTimeout
from engine.fields import Fields, number, part, words
from engine.message import publish_frame, raw_bytes, split_frame, status_of
from engine.rpc.ids import new_token
from engine.rpc.message import CORRELATION_ID, NatsMessage
from engine.rpc.pubacks import NO_MESSAGE
from engine.subject import check_publish

if TYPE_CHECKING:
    from engine.rpc.broker import Broker

BATCH_SIZE = 256
RETRY_INTERVAL = 0.1
"""Seconds between two looks for what comes, where it takes a question."""
_NO_ROOM = {10026, 10084, 10099, 10100}
"""Consumers are limited; a work queue wants acknowledgements, and no two for one subject."""


async def find_response(
    broker: Broker, correlation_id: str, stream: str, subject: str, timeout: float
) -> NatsMessage:
    """Read the stream from its beginning, then what comes, until the id is there."""
    reader = _Search(broker, correlation_id, stream, subject)
    search: _Search | _Walk = reader
    try:
        async with asyncio.timeout(timeout) as limit:
            try:
                await reader.open()
            except (JetStreamError, ReadOnly) as error:
                if isinstance(error, JetStreamError) and error.err_code not in _NO_ROOM:
                    raise
                await reader.close()
                search = _Walk(broker, correlation_id, stream, subject)
            return await search.run()
    except TimeoutError as error:
        if not limit.expired():  # it is the server that did not answer
            raise
        what = f"no message with correlation id {correlation_id!r} in stream {stream!r}"
        raise RequestTimeout(subject, timeout, what) from error
    finally:
        await search.close()


def _line(correlation_id: str) -> bytes:
    """How the header stands between others."""
    return raw_bytes(f"\r\n{CORRELATION_ID}: {correlation_id}\r\n")


class _Search:
    """An ephemeral consumer in memory, read in batches; nothing is acknowledged or kept."""

    def __init__(self, broker: Broker, correlation_id: str, stream: str, subject: str) -> None:
        self._broker = broker
        self._wanted = _line(correlation_id)
        self._stream = stream
        self._subject = subject
        self._name = f"natstap-{new_token()}"
        self._inbox = broker.fresh_inbox()
        self._pull = broker.jetstream.subject(on_consumer("MSG.NEXT", stream, self._name))
        self._found: asyncio.Future[NatsMessage] = asyncio.get_running_loop().create_future()
        self._left = 0
        self._more = asyncio.Event()
        self._subscription = broker.link.subscribe(self._inbox.encode(), self._heard)
        self._made = False

    async def open(self) -> None:
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
        self._made = True

    async def run(self) -> NatsMessage:
        """Pull until it is found; the caller sets the deadline."""
        body = json.dumps({"batch": BATCH_SIZE, "expires": int(2e9)}).encode()
        while not self._found.done():
            self._left = BATCH_SIZE
            self._more.clear()
            self._broker.tell(self._pull, body, self._inbox)
            await self._more.wait()
        return self._found.result()

    async def close(self) -> None:
        self._subscription.end()
        self._found.cancel()
        if self._made:
            await self._broker.drop_consumer(self._stream, self._name)

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


class _Walk:
    """One question for each message; nothing is made, so nothing is to be taken away."""

    def __init__(self, broker: Broker, correlation_id: str, stream: str, subject: str) -> None:
        self._api = broker.jetstream
        self._wanted = _line(correlation_id)
        self._stream = stream
        self._verb = on_stream("MSG.GET", stream)
        self._subject = subject

    async def run(self) -> NatsMessage:
        """Walk on until it is found; the caller sets the deadline."""
        sequence = 1
        while True:
            found = await self._next(sequence)
            if found is None:
                await asyncio.sleep(RETRY_INTERVAL)
                continue
            sequence = number(found, "seq") + 1
            frame = _frame(found)
            _, _, start, head = split_frame(frame)
            if self._wanted in frame[start : start + head]:
                return NatsMessage(frame, start, head, response=True)

    async def close(self) -> None:
        return

    async def _next(self, sequence: int) -> Fields | None:
        ask = {"seq": sequence, "next_by_subj": self._subject}
        try:
            answer = await self._api.api(self._verb, ask, stream=self._stream)
        except JetStreamError as error:
            if error.err_code == NO_MESSAGE:
                return None
            raise
        return part(answer, "message")


def _frame(found: Fields) -> bytes:
    """What STREAM.MSG.GET gives, as the message that was stored."""
    try:
        head, body = (base64.b64decode(words(found, key)) for key in ("hdrs", "data"))
        return publish_frame(check_publish(words(found, "subject")), b"", head, body)
    except (ValueError, InvalidSubject) as error:
        raise JetStreamError(f"the server's answer cannot be read: {error}") from error
