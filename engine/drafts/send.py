"""Sending a draft: one door to all that the broker can do with a message."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

from engine.durations import check_wait
from engine.rpc.asking_link import Sends
from engine.rpc.call import Call
from engine.rpc.header_block import ExactHeaders, HeadTemplate, refuse_headers
from engine.rpc.ids import new_short_id, new_token
from engine.rpc.message import EXPECTED_STREAM, NatsMessage
from engine.rpc.pubacks import PubAck
from engine.rpc.request_many import Replies, check_endings, empty_body
from engine.rpc.sender import Outgoing
from engine.subject import check_publish

from .draft import Draft, Kind, Pairs
from .template import Context

NewId = Callable[[], str]
MAX_REPLIES_KEPT = 256
"""Answers to one request that are handed back; there may be millions, and the journal has them."""


class Sent(NamedTuple):
    """What came of it: answers, in the order of coming, or a stream's acknowledgement."""

    replies: tuple[NatsMessage, ...] = ()
    stored: PubAck | None = None
    more: int = 0
    """How many answers came after those in `replies`."""


class SentDraft(NamedTuple):
    """A draft that is on its way."""

    draft: Draft
    """Rendered; it names the stream that a header of it names."""
    number: int
    """Of its exchange in the journal; 0 without a journal."""
    outcome: Callable[[], Coroutine[Any, Any, Sent]]
    """Waits for what its kind waits for; raises what `send` raises. To be awaited once."""


async def send(
    broker: Sends, draft: Draft, context: Context | None = None, fresh: NewId = new_short_id
) -> Sent:
    """Render, send, and wait for what its kind waits for; `fresh` makes its correlation id.

    Raises what `Broker.request` and `publish` raise, and `TemplateError`.
    """
    return await begin(broker, draft.rendered(context or Context()), fresh=fresh).outcome()


def begin(
    broker: Sends, draft: Draft, more: Pairs = (), *, fresh: NewId = new_short_id
) -> SentDraft:
    """Send a rendered draft, with `more` headers, and return at once."""
    return PreparedDraft(broker, draft, more, fresh=fresh).begin()


def named_stream(draft: Draft) -> str:
    """The stream that a draft names, in its field or in a header; "" where the server is to
    find it: by a mapping, an import or a leaf node it may be one that no look would show.
    """
    if draft.stream or not draft.kind.streamed:
        return draft.stream
    return next((value for name, value in draft.headers if name == EXPECTED_STREAM), "")


def fitted(broker: Sends, draft: Draft) -> Draft:
    """The draft as this server takes it: natstap adds no headers where there are none.

    Raises `HeadersUnsupported` for headers that the user gave.
    """
    if broker.link.server.takes_headers:
        return draft
    stream = draft.stream if draft.kind.streamed else ""
    refuse_headers(draft.headers, draft.correlation_id, stream=stream)
    draft = replace(draft, adds_headers=False)
    refuse_headers(draft.outgoing)
    return draft


class PreparedDraft:
    """A rendered draft, with `more` headers, checked and written; to be sent as often as wanted.

    What is another each time is the correlation id that natstap adds, which `fresh` makes, and
    the reply subject. Raises `InvalidInput`, `NotConnected`.
    """

    def __init__(
        self, broker: Sends, draft: Draft, more: Pairs = (), *, fresh: NewId = new_short_id
    ) -> None:
        self._fresh = fresh
        stream = named_stream(draft)
        self.draft = draft if draft.stream == stream else replace(draft, stream=stream)
        self._broker = broker
        self._timeout = check_wait("timeout", draft.timeout)
        check_endings(draft.gap, draft.replies or None, None)
        self._reply_to = check_publish(draft.reply_to) if draft.reply_to else b""
        self._begin = _WAYS[draft.kind]
        mark, inbox = fresh(), new_token()
        streamed, asks = draft.kind.streamed, draft.kind is Kind.STREAM_REQUEST
        pairs = fitted(broker, self.draft).sent_headers(mark)
        self._written = broker.connected.sender.write(
            draft.body,
            draft.subject,
            ExactHeaders.of((*pairs, *more)),
            None,
            inbox=inbox if asks else "",
            reply_to=draft.reply_to if streamed and not asks else "",
            stream=stream if streamed else "",
        )
        self._head = HeadTemplate(self._written.head, mark.encode(), inbox.encode())

    def begin(self) -> SentDraft:
        """Send it, and return at once."""
        return self._begin(self)

    def write(self, inbox: bytes = b"") -> Outgoing:
        """The message with an id of its own; `inbox` is where a stream's answer goes."""
        written = self._written
        head = self._head.write(self._fresh().encode(), inbox)
        return Outgoing(written.subject, written.to, written.body, head)

    def ask(self) -> SentDraft:
        asker = self._broker.connected.asker
        return self._called(asker.ask(self.write(), self._timeout), _answered)

    def ask_stream(self) -> SentDraft:
        asker = self._broker.connected.asker
        answer = asker.inbox.address()
        call = asker.ask(self.write(answer), self._timeout, self.draft.stream, answer)
        return self._called(call, _answered)

    def ask_many(self) -> SentDraft:
        draft = self.draft
        replies = self._broker.connected.asker.ask_many(
            self.write(),
            self._timeout,
            gap=draft.gap,
            count=draft.replies or None,
            end=empty_body if draft.until_empty else None,
        )
        self._show(replies.number)
        return SentDraft(draft, replies.number, partial(_all_answered, replies))

    def publish(self) -> SentDraft:
        connected = self._broker.connected
        number = connected.sender.send(self.write(), self._reply_to)
        self._show(number)
        return SentDraft(self.draft, number, partial(_flowed, self._broker))

    def store(self) -> SentDraft:
        asker = self._broker.connected.asker
        return self._called(asker.store(self.write(), self.draft.stream, self._timeout), _stored)

    def _called(self, call: Call, wait: Callable[[Call], Coroutine[Any, Any, Sent]]) -> SentDraft:
        self._show(call.number)
        return SentDraft(self.draft, call.number, partial(wait, call))

    def _show(self, number: int) -> None:
        if self._broker.journal is not None:
            self._broker.journal.own.show(number)


async def _answered(call: Call) -> Sent:
    return Sent((await call.answer(),))


async def _all_answered(replies: Replies) -> Sent:
    kept: list[NatsMessage] = []
    async for reply in replies:
        if len(kept) < MAX_REPLIES_KEPT:
            kept.append(reply)
    return Sent(tuple(kept), more=replies.received - len(kept))


async def _flowed(broker: Sends) -> Sent:
    await broker.link.flow()
    return Sent()


async def _stored(call: Call) -> Sent:
    return Sent(stored=await call.stored_by())


_WAYS: dict[Kind, Callable[[PreparedDraft], SentDraft]] = {
    Kind.REQUEST: PreparedDraft.ask,
    Kind.MANY: PreparedDraft.ask_many,
    Kind.PUBLISH: PreparedDraft.publish,
    Kind.STREAM_REQUEST: PreparedDraft.ask_stream,
    Kind.STREAM_PUBLISH: PreparedDraft.store,
}
