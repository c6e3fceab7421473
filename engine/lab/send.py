"""Sending a draft: one door to all that the broker can do with a message."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from engine.errors import NotStored
from engine.rpc.broker import NatsBroker
from engine.rpc.many import Replies, empty_body
from engine.rpc.message import NatsMessage
from engine.rpc.pubacks import PubAck

from .draft import Draft, Kind
from .template import Context


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of it: answers, in the order of coming, or a stream's acknowledgement."""

    replies: tuple[NatsMessage, ...] = ()
    stored: PubAck | None = None


async def send(broker: NatsBroker, draft: Draft, context: Context | None = None) -> Sent:
    """Render, send, and wait for what its kind waits for.

    Raises what `NatsBroker.request` and `publish` raise, `TemplateError`, and `NotStored` when
    no stream is named and none stores the subject.
    """
    context = context or Context()
    draft = (await settle(broker, draft, context)).rendered(context)
    if draft.kind is Kind.MANY:
        return Sent(tuple(await ask_many(broker, draft).all()))
    given = {**_common(draft), "stream": draft.stream or None, "timeout": draft.timeout}
    if draft.kind.asks:
        return Sent((await broker.request(draft.body, draft.subject, **given),))
    stored = await broker.publish(draft.body, draft.subject, reply_to=draft.reply_to, **given)
    return Sent(stored=stored)


async def settle(broker: NatsBroker, draft: Draft, context: Context) -> Draft:
    """The draft with its stream named: the one that stores the subject, unless it names one.

    Raises `NotStored` when none does, `JetStreamError`.
    """
    if draft.stream or not draft.kind.streamed:
        return draft
    subject = draft.rendered(context).subject
    stream = await broker.jetstream.stream_of(subject)
    if not stream:
        raise NotStored(subject, why="no stream stores this subject")
    return replace(draft, stream=stream)


def ask_many(broker: NatsBroker, draft: Draft) -> Replies:
    """Send a rendered draft of kind `MANY`; the answers are read as they come."""
    return broker.request_many(
        draft.body,
        draft.subject,
        **_common(draft),
        timeout=draft.timeout,
        gap=draft.gap,
        count=draft.replies or None,
        end=empty_body if draft.until_empty else None,
    )


def _common(draft: Draft) -> dict[str, Any]:
    return {"headers": draft.outgoing, "correlation_id": draft.correlation_id or None}
