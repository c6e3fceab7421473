"""Sending a draft: one door to all that the broker can do with a message."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any

from engine.rpc.broker import Broker
from engine.rpc.call import Call
from engine.rpc.header_block import ExactHeaders, refuse_headers
from engine.rpc.ids import new_short_id
from engine.rpc.message import EXPECTED_STREAM, NatsMessage
from engine.rpc.pubacks import PubAck
from engine.rpc.request_many import Replies, empty_body

from .draft import Draft, Kind, Pairs
from .template import Context

MAX_REPLIES_KEPT = 256
"""Answers to one request that are handed back; there may be millions, and the journal has them."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of it: answers, in the order of coming, or a stream's acknowledgement."""

    replies: tuple[NatsMessage, ...] = ()
    stored: PubAck | None = None
    more: int = 0
    """How many answers came after those in `replies`."""


@dataclass(frozen=True, slots=True)
class SentDraft:
    """A draft that is on its way."""

    draft: Draft
    """Rendered; it names the stream that a header of it names."""
    number: int
    """Of its exchange in the journal; 0 without a journal."""
    outcome: Callable[[], Coroutine[Any, Any, Sent]]
    """Waits for what its kind waits for; raises what `send` raises. To be awaited once."""


async def send(broker: Broker, draft: Draft, context: Context | None = None) -> Sent:
    """Render, send, and wait for what its kind waits for.

    Raises what `Broker.request` and `publish` raise, and `TemplateError`.
    """
    return await begin(broker, draft.rendered(context or Context())).outcome()


def named_stream(draft: Draft) -> str:
    """The stream that a draft names, in its field or in a header; "" where the server is to
    find it: by a mapping, an import or a leaf node it may be one that no look would show.
    """
    if draft.stream or not draft.kind.streamed:
        return draft.stream
    return next((value for name, value in draft.headers if name == EXPECTED_STREAM), "")


def begin(broker: Broker, draft: Draft, more: Pairs = ()) -> SentDraft:
    """Send a rendered draft, with `more` headers, and return at once."""
    draft = replace(draft, stream=named_stream(draft))
    fitting = fitted(broker, draft)
    given = {"headers": ExactHeaders.of((*fitting.sent_headers(new_short_id()), *more))}
    sending = _WAYS[draft.kind](broker, draft, given)
    if broker.journal is not None:
        broker.journal.show(sending.number)
    return sending


def fitted(broker: Broker, draft: Draft) -> Draft:
    """The draft as this server takes it: natstap adds no headers where there are none.

    Raises `HeadersUnsupported` for headers that the user gave.
    """
    if broker.link.takes_headers:
        return draft
    stream = draft.stream if draft.kind.streamed else ""
    refuse_headers(draft.headers, draft.correlation_id, stream=stream)
    draft = replace(draft, adds_headers=False)
    refuse_headers(draft.outgoing)
    return draft


def _ask(broker: Broker, draft: Draft, given: dict[str, Any]) -> SentDraft:
    stream = draft.stream if draft.kind.streamed else None
    timeout = draft.timeout
    call = broker.call(draft.body, draft.subject, **given, stream=stream, timeout=timeout)

    async def answered() -> Sent:
        return Sent((await call.answer(),))

    return SentDraft(draft, call.number, answered)


def _ask_many(broker: Broker, draft: Draft, given: dict[str, Any]) -> SentDraft:
    replies: Replies = broker.request_many(
        draft.body,
        draft.subject,
        **given,
        timeout=draft.timeout,
        gap=draft.gap,
        count=draft.replies or None,
        end=empty_body if draft.until_empty else None,
    )

    async def answered() -> Sent:
        kept: list[NatsMessage] = []
        async for reply in replies:
            if len(kept) < MAX_REPLIES_KEPT:
                kept.append(reply)
        return Sent(tuple(kept), more=replies.received - len(kept))

    return SentDraft(draft, replies.number, answered)


def _publish(broker: Broker, draft: Draft, given: dict[str, Any]) -> SentDraft:
    number = broker.post(draft.body, draft.subject, **given, reply_to=draft.reply_to)

    async def written() -> Sent:
        await broker.link.flow()
        return Sent()

    return SentDraft(draft, number, written)


def _store(broker: Broker, draft: Draft, given: dict[str, Any]) -> SentDraft:
    call: Call = broker.store(
        draft.body,
        draft.subject,
        draft.stream,
        **given,
        reply_to=draft.reply_to,
        timeout=draft.timeout,
    )

    async def stored() -> Sent:
        return Sent(stored=await call.stored_by())

    return SentDraft(draft, call.number, stored)


_WAYS: dict[Kind, Callable[[Broker, Draft, dict[str, Any]], SentDraft]] = {
    Kind.REQUEST: _ask,
    Kind.MANY: _ask_many,
    Kind.PUBLISH: _publish,
    Kind.STREAM_REQUEST: _ask,
    Kind.STREAM_PUBLISH: _store,
}
