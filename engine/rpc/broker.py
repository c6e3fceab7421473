"""The broker: request, publish and answer over one link, everything told to the journal."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any, Self, overload

from engine.durations import check_wait
from engine.errors import (
    InvalidHeader,
    InvalidOption,
    JetStreamError,
    LinkError,
    NotConnected,
    RequestError,
    WrongLoop,
)
from engine.journal import Journal
from engine.link.events import Happening, LinkEvent
from engine.link.link import Link, LinkState
from engine.message import Headers, HeadersInput, raw_bytes
from engine.profile.profile import Profile
from engine.rpc.arguments import check_stream, check_type
from engine.rpc.asker import STORE_TIMEOUT
from engine.rpc.call import Call
from engine.rpc.connected import Connected
from engine.rpc.handling.find_response import find_response
from engine.rpc.handling.response import Response, WrittenResponse
from engine.rpc.handling.shapes import PullSub, ScheduleShape, StreamShape, schedule_headers
from engine.rpc.handling.stream_options import (
    AckPolicy,
    DeliverPolicy,
    policy_of,
    read_options,
    refuse_without_stream,
)
from engine.rpc.handling.subscriber import Subscriber
from engine.rpc.ids import new_id
from engine.rpc.inbox import Inbox
from engine.rpc.jetstream import JetStream
from engine.rpc.message import NatsMessage
from engine.rpc.pubacks import PubAck
from engine.rpc.request_many import EndMark, Replies, check_endings
from engine.rpc.sender import Outgoing
from engine.rpc.servers import check_servers, profile_of, running_loop
from engine.subject import check_publish, check_subscribe

logger = logging.getLogger("natstap")
REQUEST_TIMEOUT = 0.5
"""Seconds, as in FastStream."""


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
        check_type("inbox_prefix", inbox_prefix, str)
        if inbox_prefix:
            check_publish(inbox_prefix)
        check_type("name", name, str)
        check_type("silent_errors", silent_errors, bool)
        if journal is not None:
            check_type("journal", journal, Journal, "a Journal")
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
        self._connection: Connected | None = None
        self._heard = journal.sources.add("subscriber") if journal is not None else 0
        self.subscribers: list[Subscriber] = []

    # -- life ----------------------------------------------------------------------------

    @property
    def profile(self) -> Profile:
        """How it connects, or will."""
        if self._connection is not None:
            return self._connection.link.profile
        return replace(profile_of(self._servers), **self._named)

    @property
    def connected(self) -> Connected:
        """The connection, and who uses it; raises `NotConnected` before `connect` and after
        `stop`.
        """
        if self._connection is None:
            raise NotConnected
        return self._connection

    @property
    def link(self) -> Link:
        """The connection; raises `NotConnected` before `connect` and after `stop`."""
        return self.connected.link

    @property
    def inbox(self) -> Inbox:
        return self.connected.asker.inbox

    def hears(self, reply: bytes) -> bool:
        """True for a reply subject whose answers come to the broker's own inbox."""
        return self._connection is not None and self._connection.asker.inbox.hears(reply)

    @property
    def jetstream(self) -> JetStream:
        """The streams and consumers of this account."""
        return self.connected.asker.jetstream

    @property
    def journal(self) -> Journal | None:
        return self._journal

    async def connect(self) -> Link:
        """Connect once; raises `CannotConnect`. Nothing is subscribed yet."""
        self.check_loop()
        async with self.turn:
            return await self._connect()

    async def _connect(self) -> Link:
        if self._connection is None:
            self._loop = asyncio.get_running_loop()
            link = await Link.open(self.profile)
            self._connection = Connected(link, self._journal, self._new_id)
            link.events.listeners += [self._on_link, self._connection.on_link]
            if self._journal is not None:
                self._journal.sources.time_by(self._heard, link.arrival)
        return self._connection.link

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
        if self._connection is None:
            return
        self.check_loop()
        async with self.turn:
            loop = asyncio.get_running_loop()
            until = loop.time() + self._graceful_timeout
            try:
                for subscriber in list(self.subscribers):
                    await subscriber.stop(max(0, until - loop.time()))
            except BaseException:  # whoever waits gives up; nothing may be left of it
                for subscriber in list(self.subscribers):
                    await subscriber.abandon()
                raise
            finally:
                await self._disconnect()
        self.turn = asyncio.Lock()  # the next start may be in another loop

    async def _disconnect(self) -> None:
        if self._connection is not None:
            try:
                await self._connection.link.close()
            finally:
                self._connection = None

    def check_loop(self) -> None:
        """A link that is used from another loop, or from a thread, would wait for ever."""
        if self._connection is not None and running_loop() is not self._loop:
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
        wait = check_wait("timeout", timeout)
        connected = self.connected
        if stream is None:
            written = connected.sender.write(message, subject, headers, correlation_id)
            return connected.asker.ask(written, wait)
        check_stream(stream)
        answer = connected.asker.inbox.address()
        written = connected.sender.write(
            message, subject, headers, correlation_id, inbox=answer.decode(), stream=stream
        )
        return connected.asker.ask(written, wait, stream, answer)

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
        wait = check_wait("timeout", timeout)
        check_endings(gap, count, end)
        written = self.connected.sender.write(message, subject, headers, correlation_id)
        return self.connected.asker.ask_many(written, wait, gap=gap, count=count, end=end)

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
    @overload
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
    ) -> PubAck | None: ...
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
        reply = check_publish(reply_to) if reply_to not in (None, "") else b""
        sender = self.connected.sender
        return sender.send(sender.write(message, subject, headers, correlation_id), reply)

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
        wait = STORE_TIMEOUT if timeout is None else check_wait("timeout", timeout)
        check_stream(stream)
        if reply_to not in (None, ""):
            check_publish(reply_to)
        connected = self.connected
        written = connected.sender.write(
            message, subject, headers, correlation_id, reply_to=reply_to, stream=stream
        )
        return connected.asker.store(written, stream, wait)

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
        Headers.of({"correlation_id": correlation_id})
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
            "durable": None if durable == "" else durable,
            "pull_sub": None if pull_sub is False else pull_sub,
            "deliver_policy": deliver_policy,
            "ack_policy": ack_policy,
            "ack_wait": ack_wait,
            "max_deliver": max_deliver,
            "backoff": backoff,
            "declare": declare,
        }
        if stream not in (None, ""):
            settings["options"] = read_options(stream, given, self._ack_policy)
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

    def answer(
        self, message: NatsMessage, response: Response
    ) -> Coroutine[Any, Any, PubAck | None]:
        """As `Replier.answer`."""
        return self.connected.replier.answer(message, response)

    def post_answer(self, message: NatsMessage, response: WrittenResponse) -> None:
        """As `answer`, of what is written and not to be stored: nothing is waited for."""
        self.connected.replier.post(message, response)

    def forward(self, message: NatsMessage, subject: str) -> None:
        """Send a message on to another subject; who listens there answers whoever asked."""
        onward = Outgoing(subject, check_publish(subject), message.body, message.head)
        self.connected.sender.send(onward, raw_bytes(message.reply_to))

    def send_bytes(self, subject: str, body: bytes, head: bytes = b"") -> None:
        """Send a message whose header block is written already; raises `InvalidSubject`."""
        self.connected.sender.send(Outgoing(subject, check_publish(subject), body, head))

    def tell(self, subject: str, words: bytes, reply: str = "") -> None:
        """Send bare bytes: an acknowledgement, a pull request."""
        self.connected.sender.tell(subject, words, reply)

    async def drop_consumer(self, stream: str, name: str) -> None:
        """Delete an ephemeral consumer; one that cannot be, the server forgets by itself."""
        if self.link.state is not LinkState.CONNECTED:
            return
        try:
            await self.jetstream.delete_consumer(stream, name)
        except (JetStreamError, RequestError, LinkError) as error:
            self.note(f"the ephemeral consumer {name} was not deleted: {error}")

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

    def _on_link(self, event: LinkEvent) -> None:
        if not event.quiet:
            self.note(f"{event.what}: {event.words}" if event.words else str(event.what))
        if event.what is Happening.RESTORED:
            for subscriber in self.subscribers:
                subscriber.restored()
