"""What goes out over one link: written as FastStream writes it, sent, and told to the journal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.codec import encode
from engine.journal import SENT, Journal
from engine.link.link import Link
from engine.message import Headers, HeadersInput, raw_bytes
from engine.rpc.header_block import refuse_headers, write_head
from engine.subject import check_publish


class Outgoing:
    """A message that is checked and written, ready to be sent; more than once, if need be."""

    __slots__ = ("body", "head", "subject", "to")

    def __init__(self, subject: str, to: bytes, body: bytes = b"", head: bytes = b"") -> None:
        self.subject = subject
        self.to = to
        """The subject as it goes on the wire."""
        self.body = body
        self.head = head
        """The header block; b"" for none."""


class Sender:
    """Writes messages, and sends them. `new_id` gives correlation ids."""

    def __init__(self, link: Link, journal: Journal | None, new_id: Callable[[], str]) -> None:
        self.link = link
        self.server = link.server
        self.journal = journal
        self._new_id = new_id

    def write(
        self,
        message: Any,
        subject: str,
        headers: HeadersInput | Headers | None,
        correlation_id: str | None,
        *,
        inbox: str = "",
        reply_to: str = "",
        stream: str = "",
    ) -> Outgoing:
        """Check and write a message; nothing is sent. Raises `InvalidInput`.

        `inbox` and `reply_to` are where answers go that a stream's consumers read in a header.
        """
        to = check_publish(subject)
        body, content_type = encode(message)
        head = self.head(
            content_type, correlation_id, headers, inbox=inbox, reply_to=reply_to, stream=stream
        )
        return Outgoing(subject, to, body, head)

    def head(
        self,
        content_type: str,
        correlation_id: str | None,
        headers: HeadersInput | Headers | None,
        *,
        inbox: str = "",
        reply_to: str = "",
        stream: str = "",
    ) -> bytes:
        """A header block; b"" for a server that takes no headers.

        Raises `HeadersUnsupported` where the sender asked for any.
        """
        if not self.server.takes_headers:
            to = inbox or reply_to
            refuse_headers(headers, correlation_id or "", reply_to=to, stream=stream)
            return b""
        cid = self._new_id() if correlation_id in (None, "") else correlation_id
        if not (inbox or reply_to or stream):
            return write_head(content_type, cid, headers)
        return write_head(content_type, cid, headers, inbox=inbox, reply_to=reply_to, stream=stream)

    def send(self, message: Outgoing, reply: bytes = b"") -> int:
        """Send without waiting; the message's number in the journal, 0 without one."""
        frame = self.link.publish(message.to, message.body, reply, message.head)
        if self.journal is None:
            return 0
        start = len(frame) - len(message.head) - len(message.body)
        return self.journal.record(SENT, message.to, reply, frame, start, len(message.head))

    def tell(self, subject: str, words: bytes, reply: str = "") -> None:
        """Send bare bytes: an acknowledgement, a pull request."""
        self.send(Outgoing(subject, raw_bytes(subject), words), raw_bytes(reply))

    def note(self, words: str) -> None:
        """Tell the journal what happened."""
        if self.journal is not None:
            self.journal.note(words)
