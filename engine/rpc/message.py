"""The message a handler gets and a request returns, with FastStream's fields."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Any

from engine.codec import decode
from engine.message import Headers, Message, header_in, text
from engine.rpc.arguments import check_delay
from engine.rpc.ids import new_id

CONTENT_TYPE = "content-type"
CORRELATION_ID = "correlation_id"
REPLY_TO = "reply_to"
MESSAGE_ID = "message_id"
EXPECTED_STREAM = "Nats-Expected-Stream"
SERVICE_ERROR = "Nats-Service-Error"
SERVICE_ERROR_CODE = "Nats-Service-Error-Code"
ATTEMPTS = "Nats-Service-Error-Attempts"
"""Beside a service error: how often a stream delivered the request."""
FRAMEWORK = (CONTENT_TYPE, CORRELATION_ID, REPLY_TO, EXPECTED_STREAM)
"""Headers that the engine writes itself, so `NatsMessage.headers` leaves them out."""


class AckStatus(StrEnum):
    ACKED = "acked"
    NACKED = "nacked"
    REJECTED = "rejected"


class NatsMessage:
    """One received message; decoding waits until somebody asks."""

    __slots__ = (
        "_ack",
        "_confirm",
        "_correlation_id",
        "_decoded",
        "_frame",
        "_raw",
        "_raw_headers",
        "body",
        "committed",
        "head",
        "path",
        "pause_added",
        "reply_to",
        "source_type",
    )

    def __init__(
        self,
        frame: bytes,
        start: int,
        head: int,
        reply: bytes = b"",
        *,
        path: dict[str, str] | None = None,
        response: bool = False,
        ack: Callable[[bytes], None] | None = None,
        confirm: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._frame = frame
        self.head = frame[start : start + head]
        """The header block as it came."""
        self.body = frame[start + head :]
        self.path = path or {}
        """What the `{name}` parts of the subscriber's subject matched."""
        self.source_type = "Response" if response else "Consume"
        self.committed: AckStatus | None = None
        """What was told to the stream, if the message came from one."""
        self.pause_added = 0
        """Nanoseconds that the stream's server adds to the delay of a `nack`."""
        self._ack = ack
        self._confirm = confirm
        self._raw: Message | None = None
        self._raw_headers: Headers | None = None
        self._decoded: Any = _UNDECODED
        self._correlation_id = ""
        self.reply_to = text(reply) if ack is None else self._header(REPLY_TO) or ""
        """Where an answer goes; "" when nobody waits. From a stream: the header's value."""

    @property
    def from_stream(self) -> bool:
        """True when a stream delivered it, and wants to hear what became of it."""
        return self._ack is not None

    @property
    def raw_message(self) -> Message:
        """The frozen message as it came."""
        if self._raw is None:
            self._raw = Message.from_frame(self._frame)
        return self._raw

    @property
    def subject(self) -> str:
        begin = self._frame.index(b" ") + 1
        words = self._frame[begin : self._frame.index(b" ", begin)]
        return words.decode("utf-8", "surrogateescape")

    def _header(self, name: str) -> str | None:
        found = header_in(self.head, name.encode()) if self.head else None
        return None if found is None else text(found)

    @property
    def raw_headers(self) -> Headers:
        """Every header in wire order, repeats included."""
        if self._raw_headers is None:
            self._raw_headers = Headers.parse(self.head)
        return self._raw_headers

    @property
    def headers(self) -> dict[str, str]:
        """The user's headers; what the framework wrote is in `raw_headers` too."""
        return self.raw_headers.without(*FRAMEWORK).as_dict()

    @property
    def content_type(self) -> str | None:
        return self._header(CONTENT_TYPE)

    @property
    def correlation_id(self) -> str:
        """The header's value; a new one, kept, when the sender gave none."""
        if not self._correlation_id:
            self._correlation_id = self._header(CORRELATION_ID) or new_id()
        return self._correlation_id

    @property
    def message_id(self) -> str:
        return self._header(MESSAGE_ID) or self.correlation_id

    @property
    def service_error(self) -> tuple[str, str] | None:
        """Code and text of a service error; None when the message is none."""
        words, code = self._header(SERVICE_ERROR), self._header(SERVICE_ERROR_CODE)
        return None if words is None and code is None else (code or "", words or "")

    async def decode(self) -> Any:
        """The body as a value, by its content-type; raises `DecodeError`."""
        return self.value()

    def value(self) -> Any:
        """As `decode`, without waiting."""
        if self._decoded is _UNDECODED:
            self._decoded = decode(self.body, self.content_type)
        return self._decoded

    async def ack(self) -> None:
        """Tell the stream that this message is done; nothing for a core message."""
        self._commit(b"", AckStatus.ACKED)

    async def ack_sync(self) -> None:
        """As `ack`, and wait until the server confirms it; raises `RequestError`, `LinkError`."""
        if self._confirm is None:
            await self.ack()
        elif self.committed is None:
            await self._confirm()
            self.committed = AckStatus.ACKED

    async def nack(self, delay: float | None = None) -> None:
        """Ask the stream to deliver again, at once or in `delay` seconds: at the earliest, where
        the consumer's `backoff` has grown by more. Raises `InvalidOption`.
        """
        check_delay("delay", delay)
        wait = b""
        if delay:
            wait = b' {"delay": %d}' % max(1, int(delay * 1e9) - self.pause_added)
        self._commit(b"-NAK" + wait, AckStatus.NACKED)

    async def reject(self) -> None:
        """Tell the stream never to deliver this again."""
        self._commit(b"+TERM", AckStatus.REJECTED)

    async def in_progress(self) -> None:
        """Ask the stream for more time; may be repeated."""
        if self._ack is not None and self.committed is None:
            self._ack(b"+WPI")

    def _commit(self, words: bytes, status: AckStatus) -> None:
        if self._ack is not None and self.committed is None:
            self._ack(words)
            self.committed = status

    def __repr__(self) -> str:
        return (
            f"NatsMessage(subject={self.subject!r}, body={self.body[:64]!r}, "
            f"headers={self.headers!r}, correlation_id={self.correlation_id!r})"
        )


_UNDECODED = object()
