"""Answering over one link: a response goes to whoever asked, stored first if it says where."""

from __future__ import annotations

from engine.codec import encode
from engine.message import raw_bytes
from engine.rpc.asker import STORE_TIMEOUT, Asker
from engine.rpc.handling.response import NatsResponse, Response, WrittenResponse
from engine.rpc.header_block import write_head
from engine.rpc.message import NatsMessage
from engine.rpc.pubacks import PubAck
from engine.rpc.reply_streams import ReplyStreams
from engine.rpc.sender import Outgoing, Sender
from engine.subject import check_publish


class Replier:
    """Sends responses on one connection."""

    def __init__(self, sender: Sender, asker: Asker) -> None:
        self.streams = ReplyStreams(sender.note)
        self._sender = sender
        self._asker = asker

    async def answer(self, message: NatsMessage, response: Response) -> PubAck | None:
        """Send `response` to whoever sent `message`; stored first, if it says where: then the
        stream's acknowledgement comes back.
        """
        body, content_type = encode(response.body)
        # A reply subject from the wire is one; what a header says may be anything.
        checked = check_publish if message.from_stream else raw_bytes
        to = checked(message.reply_to)
        stream = response.stream if isinstance(response, NatsResponse) else None
        if not stream or not await self._holds(stream, message.reply_to):
            head = self._head(message, response, content_type)
            self._sender.send(Outgoing(message.reply_to, to, body, head))
            return None
        head = self._head(message, response, content_type, stream)
        written = Outgoing(message.reply_to, to, body, head)
        return await self._asker.store(written, stream, STORE_TIMEOUT).stored_by()

    def post(self, message: NatsMessage, response: WrittenResponse) -> None:
        """Send what is written to whoever sent `message`, and wait for nothing."""
        checked = check_publish if message.from_stream else raw_bytes
        to = checked(message.reply_to)
        self._sender.send(Outgoing(message.reply_to, to, response.body, response.head))

    async def _holds(self, stream: str, reply_to: str) -> bool:
        """True when the reply subject belongs to the stream."""
        own_inbox = self._sender.link.profile.inbox_prefix
        return await self.streams.hold(self._asker.jetstream, stream, reply_to, own_inbox)

    def _head(
        self, message: NatsMessage, response: Response, content_type: str, stream: str = ""
    ) -> bytes:
        if isinstance(response, WrittenResponse):
            return response.head
        if not self._sender.server.takes_headers:  # nor had the request a correlation id
            return self._sender.head("", response.correlation_id, response.headers, stream=stream)
        cid = response.correlation_id or message.correlation_id
        return write_head(content_type, cid, response.headers, stream=stream)
