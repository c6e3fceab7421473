"""The broker: request, publish and answer over one link, everything told to the journal."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Self, overload

from engine.api_subjects import check_name
from engine.codec import encode
from engine.durations import check_wait
from engine.errors import (
    InvalidHeader,
    InvalidOption,
    NatstapError,
    NotConnected,
    WrongLoop,
)
from engine.journal import SENT, Event, Journal
from engine.link.link import Happening, Link, LinkEvent
from engine.message import Headers, HeadersInput, raw_bytes
from engine.profile.profile import Profile
from engine.rpc.call import Call, heard
from engine.rpc.handling.find_response import find_response
from engine.rpc.handling.response import NatsResponse, Response, WrittenResponse
from engine.rpc.handling.shapes import PullSub, ScheduleShape, StreamShape, schedule_headers
from engine.rpc.handling.stream_options import (
    AckPolicy,
    DeliverPolicy,
    policy_of,
    read_options,
    refuse_without_stream,
)
from engine.rpc.handling.subscriber import Subscriber
from engine.rpc.header_block import refuse_headers, write_head
from engine.rpc.ids import new_id
from engine.rpc.inbox import Inbox
from engine.rpc.jetstream import JetStream
from engine.rpc.message import NatsMessage
from engine.rpc.own_inbox import OwnInbox
from engine.rpc.pubacks import PubAck
from engine.rpc.reply_streams import ReplyStreams
from engine.rpc.request_many import EndMark, Replies, empty_body
from engine.rpc.servers import check_servers, profile_of, running_loop
from engine.rpc.streamed import StreamSubscriber
from engine.subject import check_publish, check_subscribe

logger = logging.getLogger("natstap")
REQUEST_TIMEOUT = 0.5
"""Seconds, as in FastStream."""
STORE_TIMEOUT = 5.0
"""Seconds that a stream may take to acknowledge an answer that is to be stored."""


class Broker:
    """What `engine.broker.NatsBroker` is made of: requests, answers, streams, over one link."""

    def __init__(
        self,
        servers: str | list[str] | Profile | None = None,
        *,
        journal: Journal | None = None,
        silent_errors: bool = False,
        graceful_timeout: float = 15.0,
        ack_policy: AckPolicy | str = AckPolicy.REJECT_ON_ERROR,
        id_generator: Callable[[], str] = new_id,
        inbox_prefix: str = "",
        name: str = "",
    ) -> None:
        check_servers(servers)
        if inbox_prefix:
            check_publish(inbox_prefix)
        if not callable(id_generator):
            raise InvalidOption("id_generator", "it is a function that returns a str")
        self._ack_policy = policy_of(ack_policy)
        self._new_id = id_generator
        self._named: dict[str, Any] = {
            field: value
            for field, value in (("inbox_prefix", inbox_prefix), ("name", name))
            if value
        }
        self._servers = servers
        self._journal = journal
        self._silent_errors = silent_errors
        self._graceful_timeout = check_wait("graceful_timeout", graceful_timeout)
        self._loop: asyncio.AbstractEventLoop | None = None
        """The one that the link lives in."""
        self.turn = asyncio.Lock()
        """Whose turn it is to connect, start or stop."""
        self._link: Link | None = None
        self._inbox: Inbox | None = None
        self._heard = journal.source("subscriber") if journal is not None else 0
        self._reply_streams = ReplyStreams(self.note)
        self.subscribers: list[Subscriber] = []

    # -- life ----------------------------------------------------------------------------

    @property
    def profile(self) -> Profile:
        """How it connects, or will."""
        if self._link is not None:
            return self._link.profile
        return replace(profile_of(self._servers), **self._named)

    @property
    def link(self) -> Link:
        """The connection; raises `NotConnected` before `connect` and after `stop`."""
        if self._link is None:
            raise NotConnected
        return self._link

    @property
    def inbox(self) -> Inbox:
        if self._inbox is None:
            raise NotConnected
        return self._inbox

    @property
    def jetstream(self) -> JetStream:
        """The streams and consumers of this account."""
        return JetStream(self._ask, self.link.profile.jetstream_api)

    @property
    def journal(self) -> Journal | None:
        return self._journal

    async def connect(self) -> Link:
        """Connect once; raises `CannotConnect`. Nothing is subscribed yet."""
        self.check_loop()
        async with self.turn:
            return await self._connect()

    async def _connect(self) -> Link:
        if self._link is None:
            self._loop = asyncio.get_running_loop()
            link = await Link.open(self.profile)
            link.listeners.append(self._on_link)
            self._link = link
            self._inbox = Inbox(link, self._journal)
            if self._journal is not None:
                self._journal.time_by(self._heard, link.arrival)
        return self._link

    async def start(self) -> None:
        """Connect and subscribe; returns when requests to the subscribers will be answered."""
        self.check_loop()
        async with self.turn:
            link = await self._connect()
            for subscriber in list(self.subscribers):
                if not subscriber.has_handler:  # it is read, or somebody forgot to decorate
                    logger.info("the subscriber on %s has no handler", subscriber.subject)
                    subscriber.keep_messages()
                if subscriber.has_handler:
                    await subscriber.listen()
        await link.barrier()

    async def stop(self) -> None:
        """Answer what has come, then close; safe to call twice."""
        if self._link is None:
            return
        self.check_loop()
        async with self.turn:
            for subscriber in list(self.subscribers):
                await subscriber.stop(self._graceful_timeout)
            link, self._link = self._link, None
            if link is not None:
                await link.close()
            self._inbox = None
        self.turn = asyncio.Lock()  # the next start may be in another loop

    def check_loop(self) -> None:
        """A link that is used from another loop, or from a thread, would wait for ever."""
        if self._link is not None and running_loop() is not self._loop:
            raise WrongLoop

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.stop()

    # -- asking --------------------------------------------------------------------------

    async def request(
        self,
        message: Any = None,
        subject: str = "",
        headers: HeadersInput | Headers | None = None,
        correlation_id: str | None = None,
        stream: str | None = None,
        timeout: float | None = REQUEST_TIMEOUT,
    ) -> NatsMessage:
        """Send and wait for the answer, at most `timeout` seconds; None waits for a day.

        With `stream` the request is stored there and answered by a stream subscriber; "" is
        whichever stream stores the subject. A pulled message can be acknowledged.
        Raises `NoResponders`, `RequestTimeout`, `StoredOnly`, `NotAcknowledged`, `ServiceError`,
        `StatusReply`, `Refused`, `LinkLost`, a `JetStreamError` from the stream (`NotStored`
        where a service answered and no stream did), and `InvalidInput` for what cannot be sent.
        """
        call = self.call(
            message,
            subject,
            headers=headers,
            correlation_id=correlation_id,
            stream=stream,
            timeout=timeout,
        )
        return await call.answer()

    def call(
        self,
        message: Any = None,
        subject: str = "",
        *,
        headers: HeadersInput | Headers | None = None,
        correlation_id: str | None = None,
        stream: str | None = None,
        timeout: float | None = REQUEST_TIMEOUT,
    ) -> Call:
        """Send a request and return at once; the answer is awaited on the `Call`."""
        self.check_loop()
        to = check_publish(subject)
        wait = check_wait("timeout", timeout)
        if stream:
            check_name("stream", stream)
        body, content_type = encode(message)
        inbox = self.inbox
        own = inbox.open(body) if stream is None and inbox.pulls_from(to) else None
        reply = inbox.address() if own is None else own.address
        if stream is not None:
            # The stream acknowledges to the reply subject, so the answer needs another.
            answer = inbox.address()
            head = self._head(
                content_type, correlation_id, headers, inbox=answer.decode(), stream=stream
            )
            listening: tuple[bytes, ...] = (reply, answer)
        else:
            head = self._head(content_type, correlation_id, headers)
            listening = (reply,)
        return self._call(to, subject, body, head, listening, wait, stream, own)

    def _call(
        self,
        to: bytes,
        subject: str,
        body: bytes,
        head: bytes,
        listening: tuple[bytes, ...],
        timeout: float,
        stream: str | None = None,
        own: OwnInbox | None = None,
    ) -> Call:
        if own is None:
            frame = self.link.publish(to, body, listening[0], head)
        else:
            frame = self._send_asking(to, body, listening[0], head, own)
        call = Call(subject, listening, timeout, stream, self._ended, self.tell)
        if not self.link.writing:
            call.held(partial(self.link.unsend, frame))
        assert self._inbox is not None
        waiting = self._inbox.waiting
        for reply in listening:
            waiting[reply] = call
        if self._journal is not None:
            call.number = self._record_asking(to, listening[0], frame, len(head), len(body))
            wanted = 1 if own is None or own.batch == 1 else 0
            self._journal.expect(
                call.number, wanted=wanted, timeout=timeout, to_store=stream is not None
            )
        if own is not None:
            own.serve(call, call.number, timeout)
        return call

    def _send_asking(
        self, to: bytes, body: bytes, reply: bytes, head: bytes, own: OwnInbox | None
    ) -> bytes:
        if own is None:
            return self.link.publish(to, body, reply, head)
        try:
            return self.link.publish(to, body, reply, head)
        except NatstapError:
            own.end()
            raise

    def _head(
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
        if not self.link.takes_headers:
            to = inbox or reply_to
            refuse_headers(headers, correlation_id or "", reply_to=to, stream=stream)
            return b""
        cid = correlation_id or self._new_id()
        if not (inbox or reply_to or stream):
            return write_head(content_type, cid, headers)
        return write_head(content_type, cid, headers, inbox=inbox, reply_to=reply_to, stream=stream)

    async def _ask(self, subject: str, body: bytes, timeout: float) -> bytes:
        """A bare request, for the server's own API; the answer's body."""
        call = self._call(
            check_publish(subject), subject, body, b"", (self.inbox.address(),), timeout
        )
        return await call.body()

    def request_many(
        self,
        message: Any = None,
        subject: str = "",
        *,
        headers: HeadersInput | Headers | None = None,
        correlation_id: str | None = None,
        timeout: float = 5.0,
        gap: float | None = None,
        count: int | None = None,
        end: EndMark | None = None,
    ) -> Replies:
        """Send and take many answers, as an async iterator (or `await replies.all()`).

        It ends after `timeout` seconds in all, after `gap` seconds without another answer,
        after `count` answers, when `end(answer)` is true (see `empty_body`), or at a status.
        """
        self.check_loop()
        to = check_publish(subject)
        timeout = check_wait("timeout", timeout)
        if gap is not None:
            check_wait("gap", gap)
        if count is not None and (type(count) is not int or count < 1):
            raise InvalidOption("count", f"{count!r} is not a number of at least 1")
        if end is not None and not callable(end):
            raise InvalidOption("end", "it is a function of a reply, such as `empty_body`")
        body, content_type = encode(message)
        head = self._head(content_type, correlation_id, headers)
        own = self.inbox.open(body) if self.inbox.pulls_from(to) else None
        reply = self.inbox.address() if own is None else own.address
        frame = self._send_asking(to, body, reply, head, own)
        most = count if own is None else min(count or own.batch, own.batch)
        replies = Replies(
            subject,
            timeout,
            gap=gap,
            count=most,
            wanted=count or 0,
            end=end,
            ended=self._ended,
            tell=self.tell,
        )
        replies.replies = (reply,)
        self.inbox.waiting[reply] = replies
        if self._journal is not None:
            replies.number = self._record_asking(to, reply, frame, len(head), len(body))
            self._journal.expect(
                replies.number,
                wanted=count or 0,
                timeout=timeout,
                until_empty=end is empty_body,
            )
        if own is not None:
            own.serve(replies, replies.number, timeout)
        return replies

    @overload
    async def publish(
        self,
        message: Any = None,
        subject: str = "",
        headers: HeadersInput | Headers | None = None,
        reply_to: str = "",
        correlation_id: str | None = None,
        stream: None = None,
        timeout: None = None,
        schedule: ScheduleShape | None = None,
    ) -> None: ...
    @overload
    async def publish(
        self,
        message: Any = None,
        subject: str = "",
        headers: HeadersInput | Headers | None = None,
        reply_to: str = "",
        correlation_id: str | None = None,
        *,
        stream: str,
        timeout: float | None = None,
        schedule: ScheduleShape | None = None,
    ) -> PubAck: ...
    @overload
    async def publish(
        self,
        message: Any,
        subject: str,
        headers: HeadersInput | Headers | None,
        reply_to: str,
        correlation_id: str | None,
        stream: str,
        timeout: float | None = None,
        schedule: ScheduleShape | None = None,
    ) -> PubAck: ...
    async def publish(
        self,
        message: Any = None,
        subject: str = "",
        headers: HeadersInput | Headers | None = None,
        reply_to: str = "",
        correlation_id: str | None = None,
        stream: str | None = None,
        timeout: float | None = None,
        schedule: ScheduleShape | None = None,
    ) -> PubAck | None:
        """Send; answers, if any, go to `reply_to`. With `schedule` the stream that stores it
        publishes it at that time to another subject.

        With `stream` it waits, at most `timeout` seconds (5 if None), for that stream to store
        it, and returns the acknowledgement; "" is whichever stream stores the subject. Raises
        `InvalidInput`, `LinkError`, `JetStreamError`.
        """
        if schedule is not None:
            headers = [*schedule_headers(schedule), *Headers.of(headers).pairs]
        if stream is not None:
            call = self.store(
                message,
                subject,
                stream,
                headers=headers,
                reply_to=reply_to,
                correlation_id=correlation_id,
                timeout=timeout,
            )
            return await call.stored_by()
        if timeout is not None:
            raise InvalidOption("timeout", "only a publish with stream=… waits for something")
        self.post(
            message, subject, headers=headers, reply_to=reply_to, correlation_id=correlation_id
        )
        await self.link.flow()
        return None

    def post(
        self,
        message: Any = None,
        subject: str = "",
        *,
        headers: HeadersInput | Headers | None = None,
        reply_to: str = "",
        correlation_id: str | None = None,
    ) -> int:
        """Send without waiting; the message's number in the journal, 0 without one."""
        self.check_loop()
        to = check_publish(subject)
        reply = check_publish(reply_to) if reply_to else b""
        body, content_type = encode(message)
        head = self._head(content_type, correlation_id, headers)
        frame = self.link.publish(to, body, reply, head)
        return self._record_sent(to, reply, frame, len(head), len(body))

    def store(
        self,
        message: Any = None,
        subject: str = "",
        stream: str = "",
        *,
        headers: HeadersInput | Headers | None = None,
        reply_to: str = "",
        correlation_id: str | None = None,
        timeout: float | None = None,
    ) -> Call:
        """Send for `stream` to store, and return at once; see `Call.stored_by`.

        "" is whichever stream stores the subject: the one that acknowledges.
        """
        self.check_loop()
        to = check_publish(subject)
        wait = STORE_TIMEOUT if timeout is None else check_wait("timeout", timeout)
        if stream:
            check_name("stream", stream)
        if reply_to:
            check_publish(reply_to)
        body, content_type = encode(message)
        head = self._head(content_type, correlation_id, headers, reply_to=reply_to, stream=stream)
        return self._store(to, subject, body, head, stream, wait)

    def _store(
        self, to: bytes, subject: str, body: bytes, head: bytes, stream: str, timeout: float
    ) -> Call:
        call = self._call(to, subject, body, head, (self.inbox.address(),), timeout, stream)
        call.wants_ack()
        return call

    async def find_response(
        self, correlation_id: str, stream: str, subject: str = ">", *, timeout: float = 5.0
    ) -> NatsMessage:
        """The message in `stream` with this correlation id, stored already or yet to come.

        Only subjects that match `subject` are looked at; raises `RequestTimeout` after
        `timeout` seconds, `StreamNotFound`.
        """
        self.check_loop()
        timeout = check_wait("timeout", timeout)
        if not isinstance(correlation_id, str):
            raise InvalidHeader("correlation_id", f"{correlation_id!r} is not a str")
        check_subscribe(subject)
        return await find_response(self, correlation_id, stream, subject, timeout)

    # -- answering -----------------------------------------------------------------------

    def subscriber(
        self,
        subject: str,
        queue: str = "",
        *,
        stream: str | StreamShape | None = None,
        durable: str | None = None,
        pull_sub: bool | int | PullSub | None = None,
        deliver_policy: DeliverPolicy | None = None,
        ack_policy: AckPolicy | str | None = None,
        ack_wait: float | None = None,
        max_deliver: int | None = None,
        backoff: Sequence[float] | None = None,
        declare: bool | None = None,
        no_reply: bool = False,
        silent_errors: bool | None = None,
        max_workers: int = 1,
    ) -> Subscriber:
        """A subscriber, to decorate its handler with. `{name}` in the subject captures a token.

        What the handler returns is the answer: a value, or a `Response`. `no_reply` keeps it;
        `silent_errors` sends no service error when the handler raises. With `stream` the
        messages come from that stream, `pull_sub` says how many to fetch at once, and the
        other settings are those of `StreamOptions`. Raises `InvalidOption` for what is wrong
        or would be ignored, `InvalidSubject`, `InvalidName`.
        """
        settings: dict[str, Any] = {
            "queue": queue,
            "no_reply": no_reply,
            "silent_errors": self._silent_errors if silent_errors is None else silent_errors,
            "max_workers": max_workers,
        }
        given = {
            "durable": durable or None,
            "pull_sub": pull_sub or None,
            "deliver_policy": deliver_policy or None,
            "ack_policy": ack_policy,
            "ack_wait": ack_wait,
            "max_deliver": max_deliver,
            "backoff": backoff,
            "declare": declare,
        }
        if stream:
            options = read_options(stream, given, self._ack_policy)
            made: Subscriber = StreamSubscriber(self, subject, options, **settings)
        else:
            refuse_without_stream(given)
            made = Subscriber(self, subject, **settings)
        self.subscribers.append(made)
        return made

    async def remove(self, subscriber: Subscriber) -> None:
        """Stop a subscriber and forget it."""
        if subscriber in self.subscribers:
            self.subscribers.remove(subscriber)
        await subscriber.stop(self._graceful_timeout)

    async def answer(self, message: NatsMessage, response: Response) -> PubAck | None:
        """Send `response` to whoever sent `message`; stored first, if it says where: then the
        stream's acknowledgement comes back.
        """
        body, content_type = encode(response.body)
        # A reply subject from the wire is one; what a header says may be anything.
        checked = check_publish if message.from_stream else raw_bytes
        to = checked(message.reply_to)
        stream = response.stream if isinstance(response, NatsResponse) else None
        if stream and await self._reply_streams.hold(
            self.jetstream, stream, message.reply_to, self.link.profile.inbox_prefix
        ):
            head = self._answer_head(message, response, content_type, stream)
            call = self._store(to, message.reply_to, body, head, stream, STORE_TIMEOUT)
            return await call.stored_by()
        head = self._answer_head(message, response, content_type)
        frame = self.link.publish(to, body, b"", head)
        self._record_sent(to, b"", frame, len(head), len(body))
        return None

    def _answer_head(
        self, message: NatsMessage, response: Response, content_type: str, stream: str = ""
    ) -> bytes:
        if isinstance(response, WrittenResponse):
            return response.head
        if not self.link.takes_headers:  # the correlation id is the request's, if it had one
            return self._head("", response.correlation_id, response.headers, stream=stream)
        cid = response.correlation_id or message.correlation_id
        return write_head(content_type, cid, response.headers, stream=stream)

    def tell(self, subject: str, words: bytes, reply: str = "") -> None:
        """Send bare bytes: an acknowledgement, a pull request."""
        to, back = raw_bytes(subject), raw_bytes(reply)
        frame = self.link.publish(to, words, back)
        self._record_sent(to, back, frame, 0, len(words))

    def fresh_inbox(self) -> str:
        """A reply subject that nobody listens to yet."""
        return f"{self.link.profile.inbox_prefix}.{new_id().replace('-', '')[:22]}"

    # -- telling the journal -------------------------------------------------------------

    def record(self, subject: bytes, reply: bytes, frame: bytes, start: int, head: int) -> None:
        """Keep a frame that one of the subscribers heard."""
        if self._journal is not None:
            self._journal.record(self._heard, subject, reply, frame, start, head)

    def note(self, words: str) -> None:
        if self._journal is not None:
            self._journal.note(words)

    def _record_sent(self, to: bytes, reply: bytes, frame: bytes, head: int, body: int) -> int:
        if self._journal is None:
            return 0
        return self._journal.record(SENT, to, reply, frame, len(frame) - head - body, head)

    def _record_asking(self, to: bytes, reply: bytes, frame: bytes, head: int, body: int) -> int:
        """As `_record_sent`; who asks where natstap itself awaits answers does not answer it."""
        journal = self._journal
        assert journal is not None
        keep = journal.begin if journal.awaits(to) and self._asked_itself(to) else journal.record
        return keep(SENT, to, reply, frame, len(frame) - head - body, head)

    def _asked_itself(self, to: bytes) -> bool:
        assert self._journal is not None
        owner = self._journal.asked_by(to)
        return bool(owner) and self._journal.message(owner).sent

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
                journal.close(call.number)
            else:
                journal.settle(call.number, event, why)
        if own is not None:
            own.end()

    def _on_link(self, event: LinkEvent) -> None:
        if not event.quiet:
            self.note(f"{event.what}: {event.words}" if event.words else str(event.what))
        if self._inbox is None:
            return
        if event.what in (Happening.LOST, Happening.CLOSED):
            self._inbox.lose()
        elif event.what is Happening.REFUSED:
            self._inbox.refuse(event.operation, event.subject, event.words)
        elif event.what is Happening.RESTORED:
            self._reply_streams.forget()
            for subscriber in self.subscribers:
                subscriber.restored()
