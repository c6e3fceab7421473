"""The company that a responder would be in: who is on its subject already.

Found before it is hosted, so that nobody doubles a real service by accident, or waits for what
a stream never stores. The servers are asked as for an audience; what they do not tell is missing.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from engine.clients.connections import roster
from engine.clients.listeners import Listener, find_neighbours
from engine.errors import NatstapError
from engine.rpc.broker import Broker
from engine.rpc.inquiry import Inquiry
from engine.subject import SubjectPattern
from engine.words import counted

from .reply import ReplyDraft
from .responder import group_of


@dataclass(frozen=True, slots=True)
class Company:
    """Subscriptions that overlap the subject, natstap's own too, and streams that store it."""

    listeners: tuple[Listener, ...] = ()
    streams: tuple[str, ...] | None = None
    """None when they are not known."""

    def warn(self, draft: ReplyDraft, group: str) -> str:
        """What whoever hosts it should know, as a sentence without a full stop; "" for nothing.

        `group` is the queue group that it will be in.
        """
        if draft.stream:
            return self._not_stored(draft)
        others = tuple(
            listener for listener in self.listeners if not listener.queue or listener.queue != group
        )
        told = (self._others(others, draft), self._sharers(group), self._stored())
        return "; ".join(words for words in told if words)

    def _others(self, others: tuple[Listener, ...], draft: ReplyDraft) -> str:
        if not others:
            return ""
        queues = ", ".join(dict.fromkeys(other.queue for other in others if other.queue))
        who = f"{counted(len(others), 'other')} {'answers' if len(others) == 1 else 'answer'} here"
        who += f" (queue {queues})" if queues else ""
        return who if draft.no_reply else f"{who}: requests get more than one answer"

    def _sharers(self, group: str) -> str:
        count = sum(bool(group) and listener.queue == group for listener in self.listeners)
        return f"shares its requests with {counted(count, 'other')} in the group" if count else ""

    def _stored(self) -> str:
        if not self.streams:
            return ""
        return f"stream {self.streams[0]} stores the subject, and acknowledges before any answer"

    def _not_stored(self, draft: ReplyDraft) -> str:
        if self.streams is None or draft.stream in self.streams:
            return ""
        return f"stream {draft.stream} does not store {draft.subject}: nothing would come"


async def company(
    broker: Broker, subject: str, *, besides: ReplyDraft | None = None, timeout: float = 1.0
) -> Company:
    """Ask who is on a subject, which may have wildcards; `timeout` is seconds for each question.

    `besides` is the responder that is being changed: it is no company to itself. Raises
    `InvalidSubject`, `LinkError`.
    """
    pattern = SubjectPattern.parse(subject).pattern
    async with Inquiry(broker.link) as inquiry:
        found, streams = await asyncio.gather(
            roster(inquiry, pattern, timeout=timeout), _streams(inquiry, pattern, timeout)
        )
        near = find_neighbours(found, pattern, inquiry.link)
    here = [listener for listener in near if not listener.tap]
    if itself := next((listener for listener in here if besides and _is(listener, besides)), None):
        here.remove(itself)
    return Company(tuple(here), streams)


def _is(listener: Listener, draft: ReplyDraft) -> bool:
    interest = (SubjectPattern.parse(draft.subject).pattern, group_of(draft))
    return listener.own and (listener.pattern, listener.queue) == interest


async def _streams(inquiry: Inquiry, pattern: str, timeout: float) -> tuple[str, ...] | None:
    try:
        return await inquiry.jetstream(timeout).streams_of(pattern)
    except NatstapError:
        return None
