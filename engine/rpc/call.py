"""A call: one request in flight that waits for one answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from engine.errors import (
    NatstapError,
    NoResponders,
    NotSent,
    NotStored,
    RequestTimeout,
    ServiceError,
    StoredOnly,
)
from engine.journal import Event, pub_ack

from .message import NatsMessage
from .pubacks import PubAck, refusal

_UNAVAILABLE = b" 503"
_SERVICE_ERROR = b"\r\nNats-Service-Error"
_HEARD = (Event.REPLY, Event.NO_RESPONDERS)
"""Endings that a message told, so the journal knows them already."""

Heard = tuple[bytes, int, int]
"""A frame, the offset of its payload, the length of its header block."""

Ended = Callable[["Call", Event, str], None]


class Call:
    """Made by `NatsBroker.call`; `await call.answer()` gives the answer or raises why not.

    A stream's acknowledgement is never taken for the answer: the wait goes on.
    """

    __slots__ = (
        "_ended",
        "_future",
        "_refused",
        "_timer",
        "_unsend",
        "_wants_ack",
        "number",
        "replies",
        "stored",
        "stream",
        "subject",
        "timeout",
    )

    def __init__(
        self, subject: str, replies: tuple[bytes, ...], timeout: float, stream: str, ended: Ended
    ) -> None:
        loop = asyncio.get_running_loop()
        self.subject = subject
        self.replies = replies
        """The subjects it listens on: the answer's, and for a stream the acknowledgement's."""
        self.timeout = timeout
        self.stream = stream
        self.number = 0
        """The exchange's number in the journal; 0 without a journal."""
        self.stored: tuple[str, int] | None = None
        """Stream and sequence, once a stream acknowledged the request."""
        self._future: asyncio.Future[Heard] = loop.create_future()
        self._ended = ended
        self._wants_ack = False
        self._unsend: Callable[[], bool] | None = None
        self._refused: NatstapError | None = None
        self._timer = loop.call_later(max(timeout, 0), self._expire)

    @property
    def done(self) -> bool:
        return self._future.done()

    async def answer(self) -> NatsMessage:
        """The first real answer; raises the `RequestError` or `LinkLost` that ended the wait."""
        try:
            frame, start, head = await self._future
        except asyncio.CancelledError:
            self._cancel()
            raise
        answer = NatsMessage(frame, start, head, response=True)
        if _SERVICE_ERROR in answer.head and (failure := answer.service_error) is not None:
            raise ServiceError(self.subject, *failure, reply=answer)
        return answer

    async def stored_by(self) -> PubAck:
        """For what `wants_ack`: the stream's acknowledgement."""
        fields = pub_ack(await self.body())
        assert fields is not None  # nothing else ends the wait for it
        return PubAck.of(fields)

    def wants_ack(self) -> None:
        """To be stored is all that is wanted."""
        self._wants_ack = True

    async def body(self) -> bytes:
        """As `answer`, the body and nothing else; a service error is no error here."""
        try:
            frame, start, head = await self._future
        except asyncio.CancelledError:
            self._cancel()
            raise
        return frame[start + head :]

    def _cancel(self) -> None:
        self._timer.cancel()
        if self._unsend is not None:
            self._unsend()
        self._ended(self, Event.CANCEL, "")

    def hear(self, frame: bytes, start: int, head: int) -> None:
        if self._future.done():
            return
        if head:
            if frame[start + 8 : start + 12] == _UNAVAILABLE and len(frame) == start + head:
                nobody = (
                    NotStored(self.subject, self.stream, "no stream stores this subject")
                    if self.stream or self._wants_ack
                    else NoResponders(self.subject)
                )
                self.fail(nobody, Event.NO_RESPONDERS)
                return
        elif frame.startswith((b'{"stream":', b'{"error":'), start) and self._stored(frame[start:]):
            return
        if self._wants_ack and self.stored is None:
            # Whoever else listens may be quicker than the stream.
            self._refused = NotStored(self.subject, self.stream, "a service answered, not a stream")
            return
        self._timer.cancel()
        self._future.set_result((frame, start, head))
        self._ended(self, Event.COMPLETE if self._wants_ack else Event.REPLY, "")

    def _stored(self, body: bytes) -> bool:
        """True when the body is a stream's word on the request, which is no answer."""
        fields = pub_ack(body)
        if fields is None:
            return False
        if "error" in fields:
            self._refuse(refusal(fields, self.subject, self.stream))
            return True
        self.stored = str(fields["stream"]), int(str(fields["seq"]))
        return not self._wants_ack

    def _refuse(self, error: NatstapError) -> None:
        """A stream would not store it: fatal for who asked for the stream, else a service may
        answer all the same."""
        if self.stream or self._wants_ack:
            self.fail(error, Event.REPLY)
        else:
            self._refused = error

    def fail(self, error: NatstapError, event: Event, why: str = "") -> None:
        if self._future.done():
            return
        self._timer.cancel()
        self._future.set_exception(error)
        self._future.exception()  # an answer that nobody awaits is no warning
        self._ended(self, event, why)

    def held(self, unsend: Callable[[], bool]) -> None:
        """It waits for a server that is away; `unsend` takes it back, if it still waits."""
        self._unsend = unsend

    def _expire(self) -> None:
        if self._unsend is not None and self._unsend():
            gone = NotSent(self.subject, self.timeout)
            self.fail(gone, Event.LINK_LOST, str(gone))
        elif self._refused is not None:
            self.fail(self._refused, Event.DEADLINE)
        elif self.stored is not None:
            self.fail(StoredOnly(self.subject, self.timeout, *self.stored), Event.DEADLINE)
        else:
            self.fail(RequestTimeout(self.subject, self.timeout), Event.DEADLINE)


def heard(event: Event) -> bool:
    return event in _HEARD
