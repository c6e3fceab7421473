"""Asking over one link: each request gets a reply subject, whoever waits there is told what comes,
and the journal learns what is awaited and how the wait ended.
"""

from __future__ import annotations

from functools import partial

from engine.errors import NatstapError
from engine.journal import SENT, Event
from engine.rpc.call import Call, heard
from engine.rpc.deadlines import Deadlines
from engine.rpc.inbox import Inbox
from engine.rpc.jetstream import JetStream
from engine.rpc.own_inbox import OwnInbox
from engine.rpc.request_many import EndMark, Replies, empty_body
from engine.rpc.sender import Outgoing, Sender
from engine.subject import check_publish

STORE_TIMEOUT = 5.0
"""Seconds that a stream may take to acknowledge what is to be stored."""


class Asker:
    """Requests in flight on one connection."""

    def __init__(self, sender: Sender) -> None:
        self.inbox = Inbox(sender.link, sender.journal)
        self.deadlines = Deadlines()
        self._sender = sender
        self._link = sender.link
        self._journal = sender.journal

    def ask(
        self, message: Outgoing, timeout: float, stream: str | None = None, answer: bytes = b""
    ) -> Call:
        """Send a request and return at once; `timeout` is seconds.

        With `stream` it is to be stored: the stream acknowledges to the reply subject, so the
        answer comes to another one, `answer`, which the message names in a header.
        """
        inbox = self.inbox
        own = None
        if stream is None and inbox.pulls_from(message.to):
            own = inbox.open(message.body)
        reply = inbox.address() if own is None else own.address
        frame = self._publish(message, reply, own)
        listening = (reply, answer) if answer else (reply,)
        call = Call(
            message.subject,
            listening,
            timeout,
            self.deadlines,
            stream,
            self._ended,
            self._sender.tell,
        )
        if not self._link.writing:
            call.held(partial(self._link.unsend, frame))
        for subject in listening:
            inbox.waiting[subject] = call
        if self._journal is not None:
            call.number = self._record(message, reply, frame)
            wanted = 1 if own is None or own.batch == 1 else 0
            self._journal.own.expect(
                call.number, wanted=wanted, timeout=timeout, to_store=stream is not None
            )
        if own is not None:
            own.serve(call, call.number, timeout)
        return call

    def store(self, message: Outgoing, stream: str, timeout: float) -> Call:
        """Send for a stream to store, and return at once; see `Call.stored_by`."""
        call = self.ask(message, timeout, stream)
        call.wants_ack()
        return call

    @property
    def jetstream(self) -> JetStream:
        """The streams and consumers of this account."""
        return JetStream(self.ask_bare, self._link.profile.jetstream_api)

    async def ask_bare(self, subject: str, body: bytes, timeout: float) -> bytes:
        """A request without headers, for the server's own API; the answer's body."""
        return await self.ask(Outgoing(subject, check_publish(subject), body), timeout).body()

    def ask_many(
        self,
        message: Outgoing,
        timeout: float,
        *,
        gap: float | None,
        count: int | None,
        end: EndMark | None,
    ) -> Replies:
        """As `Broker.request_many`, with a message that is written already."""
        inbox = self.inbox
        own = inbox.open(message.body) if inbox.pulls_from(message.to) else None
        reply = inbox.address() if own is None else own.address
        frame = self._publish(message, reply, own)
        replies = Replies(
            message.subject,
            timeout,
            gap=gap,
            count=count if own is None else min(count or own.batch, own.batch),
            wanted=count or 0,
            end=end,
            ended=self._ended,
            tell=self._sender.tell,
        )
        replies.replies = (reply,)
        inbox.waiting[reply] = replies
        if self._journal is not None:
            replies.number = self._record(message, reply, frame)
            until_empty = end is empty_body
            self._journal.own.expect(
                replies.number, wanted=count or 0, timeout=timeout, until_empty=until_empty
            )
        if own is not None:
            own.serve(replies, replies.number, timeout)
        return replies

    def _publish(self, message: Outgoing, reply: bytes, own: OwnInbox | None) -> bytes:
        if own is None:
            return self._link.publish(message.to, message.body, reply, message.head)
        try:
            return self._link.publish(message.to, message.body, reply, message.head)
        except NatstapError:
            own.end()
            raise

    def _record(self, message: Outgoing, reply: bytes, frame: bytes) -> int:
        """Who asks where natstap itself awaits answers does not answer that."""
        journal, to = self._journal, message.to
        assert journal is not None
        owner = journal.asked_by(to)
        keep = journal.begin if owner and journal.message(owner).sent else journal.record
        head = len(message.head)
        return keep(SENT, to, reply, frame, len(frame) - head - len(message.body), head)

    def _ended(self, call: Call | Replies, event: Event, why: str) -> None:
        inbox = self.inbox
        for reply in call.replies:
            inbox.waiting.pop(reply, None)
        own = inbox.own.get(call.replies[0]) if inbox.own else None
        if own is not None and event is Event.REPLY:
            own.answered = True  # what else this pull brings is its answer too
            return
        journal = self._journal
        if journal is not None and call.number:
            if heard(event) and not call.overtaken:
                journal.own.close(call.number)
            else:
                journal.own.settle(call.number, event, why)
        if own is not None:
            own.end()
