"""A call: one request in flight that waits for one answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from engine.errors import (
    NatstapError,
    NoResponders,
    NotAcknowledged,
    NotSent,
    NotStored,
    RequestTimeout,
    StatusReply,
    StoredOnly,
)
from engine.journal import Event, pub_ack
from engine.message import status_of, text
from engine.rpc.deadlines import Deadlines
from engine.rpc.handling.failure import service_error
from engine.rpc.message import NatsMessage
from engine.rpc.pubacks import PubAck, refusal

_UNAVAILABLE = b" 503"
_PACE = b" 1"
"""A status that says "still here": Idle Heartbeat, FlowControl Request."""
_SERVICE_ERROR = b"\r\nNats-Service-Error"
_HEARD = (Event.REPLY, Event.NO_RESPONDERS)
"""Endings that a message told, so the journal knows them already."""

_API = "$JS."
_ACK = b"$JS.ACK."
_PUB_ACK = (b'{"stream":', b'{"error":')

Heard = tuple[bytes, int, int, bytes]
"""A frame, the offset of its payload, the length of its header block, its reply subject."""

Tell = Callable[[str, bytes], None]
"""Sends bare bytes to a subject: an acknowledgement."""

Ended = Callable[["Call", Event, str], None]


class Call:
    """Made by `NatsBroker.call`; `await call.answer()` gives the answer or raises why not.

    A stream's acknowledgement is never taken for the answer: the wait goes on. Where the message
    is to be stored (`stream` is not None) an answer counts only once a stream has it, unless it
    came to the subject that only the message itself names.
    """

    __slots__ = (
        "_early",
        "_ended",
        "_future",
        "_lane",
        "_refused",
        "_tell",
        "_to_store",
        "_unsend",
        "_wants_ack",
        "number",
        "overtaken",
        "replies",
        "stored",
        "stream",
        "subject",
        "timeout",
    )

    def __init__(
        self,
        subject: str,
        replies: tuple[bytes, ...],
        timeout: float,
        deadlines: Deadlines,
        stream: str | None,
        ended: Ended,
        tell: Tell,
    ) -> None:
        self.subject = subject
        self.replies = replies
        """The subjects it listens on: the answer's, and for a stream the acknowledgement's."""
        self.timeout = timeout
        self.stream = stream or ""
        """The stream that was named; "" for any, and for none."""
        self.number = 0
        """The exchange's number in the journal; 0 without a journal."""
        self.stored: tuple[str, int] | None = None
        """Stream and sequence, once a stream acknowledged the request."""
        self.overtaken = False
        """True when the answer was there before the stream's word made it one."""
        self._tell = tell
        self._to_store = stream is not None
        self._early: Heard | None = None
        self._future: asyncio.Future[Heard] = asyncio.get_running_loop().create_future()
        self._ended = ended
        self._wants_ack = False
        self._unsend: Callable[[], bool] | None = None
        self._refused: NatstapError | None = None
        self._lane = deadlines.begin(self, timeout if timeout > 0 else 0)

    @property
    def done(self) -> bool:
        return self._future.done()

    async def answer(self) -> NatsMessage:
        """The first real answer; raises the `RequestError` or `LinkLost` that ended the wait."""
        try:
            frame, start, head, reply = await self._future
        except asyncio.CancelledError:
            self._cancel()
            raise
        if reply.startswith(_ACK):
            # As it was stored; what its headers say is not said of this request.
            return received((frame, start, head, reply), self._tell)
        answer = NatsMessage(frame, start, head, reply, response=True)
        if head and self.subject.startswith(_API) and not answer.body:
            status, words = status_of(answer.head)
            if status:
                raise self._numbered(StatusReply(self.subject, status, words, reply=answer))
        if _SERVICE_ERROR in answer.head and (failure := answer.service_error) is not None:
            raise self._numbered(service_error(self.subject, *failure, answer))
        return answer

    def _numbered(self, error: NatstapError) -> NatstapError:
        error.exchange = self.number
        return error

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
            frame, start, head, _ = await self._future
        except asyncio.CancelledError:
            self._cancel()
            raise
        return frame[start + head :]

    def _cancel(self) -> None:
        self._lane.pop(self, None)
        if self._unsend is not None:
            self._unsend()
        self._ended(self, Event.CANCEL, "")

    def hear(self, frame: bytes, start: int, head: int, reply: bytes = b"") -> None:
        if self._future.done():
            return
        if head:
            if frame[start + 8 : start + 12] == _UNAVAILABLE and len(frame) == start + head:
                self.fail(self._nobody(), Event.NO_RESPONDERS)
                return
            if frame.startswith(_PACE, start + 8) and len(frame) == start + head:
                return
        elif (
            frame.startswith(_PUB_ACK, start)
            and not reply.startswith(_ACK)
            and self._stored(frame[start:])
        ):
            return
        if self._to_store and self.stored is None and self._came_instead(frame):
            # Whoever else listens may be quicker than the stream.
            self._early = self._early or (frame, start, head, reply)
            return
        self._lane.pop(self, None)
        self._future.set_result((frame, start, head, reply))
        self._ended(self, Event.COMPLETE if self._wants_ack else Event.REPLY, "")

    def _nobody(self) -> NatstapError:
        if not self._to_store:
            return NoResponders(self.subject)
        why = "no stream stores this subject, and nobody listens there"
        return NotStored(self.subject, self.stream, why, code=503)

    def _came_instead(self, frame: bytes) -> bool:
        """True for what came where a stream acknowledges: it is from somebody else."""
        return frame.split(b" ", 2)[1] == self.replies[0]

    def _finish(self, heard: Heard) -> None:
        self._lane.pop(self, None)
        self._future.set_result(heard)
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
        if self._early is not None and not self._wants_ack:
            self.overtaken = True
            self._finish(self._early)
        return not self._wants_ack

    def _refuse(self, error: NatstapError) -> None:
        """A stream would not store it: fatal for who asked for the stream, else a service may
        answer all the same."""
        if self._to_store:
            self.fail(error, Event.REPLY)
        else:
            self._refused = error

    def fail(self, error: NatstapError, event: Event, why: str = "") -> None:
        if self._future.done():
            return
        self._lane.pop(self, None)
        error.exchange = self.number
        self._future.set_exception(error)
        self._future.exception()  # an answer that nobody awaits is no warning
        self._ended(self, event, why)

    def held(self, unsend: Callable[[], bool]) -> None:
        """It waits for a server that is away; `unsend` takes it back, if it still waits."""
        self._unsend = unsend

    def expire(self) -> None:
        if self._future.done():
            return
        if self._unsend is not None and self._unsend():
            gone = NotSent(self.subject, self.timeout)
            self.fail(gone, Event.LINK_LOST, str(gone))
        else:
            error = self._why_late()
            told = str(error) if isinstance(error, NotStored | NotAcknowledged) else ""
            self.fail(error, Event.DEADLINE, told)

    def _why_late(self) -> NatstapError:
        if self._refused is not None:
            return self._refused
        if self.stored is not None:
            return StoredOnly(self.subject, self.timeout, *self.stored)
        if self._early is not None:
            why = "a service answered, but no stream said that it stored the message"
            instead = received(self._early, self._tell)
            return NotStored(self.subject, self.stream, why, reply=instead)
        if self._to_store:
            return NotAcknowledged(self.subject, self.timeout, self.stream)
        return RequestTimeout(self.subject, self.timeout)


def received(heard: Heard, tell: Tell) -> NatsMessage:
    """An answer as the asker gets it; what a stream delivered can be acknowledged."""
    frame, start, head, reply = heard
    ack = partial(tell, text(reply)) if reply.startswith(_ACK) else None
    return NatsMessage(frame, start, head, reply, response=True, ack=ack)


def heard(event: Event) -> bool:
    return event in _HEARD
