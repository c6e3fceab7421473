"""Responders: stand-in services that a user hosts in ten seconds.

Each answers on its own subject in a queue group, so that a second natstap shares the work
instead of answering twice. None can be set on a subject where an answer would do harm, none
answers where its answer would be a command or come back to a responder, and each has a limit to
how many answers a second it gives.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from random import Random

from engine.content.by_subject import NOTHING_SET, SubjectSettings
from engine.errors import ConsumerNotFound, HeadersUnsupported, LinkError, NotConnected
from engine.fields import Fields, part
from engine.link.events import Happening, LinkEvent
from engine.rpc.broker import Broker
from engine.rpc.handling.stream_options import AckPolicy
from engine.rpc.handling.subscriber import Subscriber
from engine.rpc.header_block import refuse_headers
from engine.subject import SubjectPattern
from engine.words import counted

from .lane import Lane
from .microservice import Microservice
from .recipes import recipe_class
from .reply import ReplyDraft
from .request_handler import RequestHandler
from .responder_stats import HandledRequest, Record, Served

QUEUE = "natstap"
MAX_WORKERS = 16
"""Requests that are handled at the same time; of those that wait, more."""
WAITING_WORKERS = 8192
"""As many where they wait: a second of a busy subject."""

Variables = Callable[[], Mapping[str, str]]


def group_of(draft: ReplyDraft) -> str:
    """The queue group that it is in; an ephemeral consumer of a stream has none unless named."""
    return draft.queue or ("" if draft.stream and not draft.durable else QUEUE)


class Responder:
    """A reply draft on a broker, switched on and off. Raises `InvalidInput` for a bad one.

    `variables` is called when it is switched on; `random` decides delays and chances.
    """

    def __init__(
        self,
        broker: Broker,
        draft: ReplyDraft,
        *,
        name: str = "",
        variables: Variables = dict,
        random: Random | None = None,
        settings: Callable[[], SubjectSettings] = lambda: NOTHING_SET,
    ) -> None:
        draft.check()
        self.draft = draft
        self.named = name
        """The name that it was given, "" for none."""
        self.record = Record()
        self.lane = Lane()
        """Requests that wait to be answered by hand."""
        self._broker = broker
        self._variables = variables
        self._random = random or Random()
        self._settings = settings
        self._subscriber: Subscriber | None = None
        self._service: Microservice | None = None
        self._stopping: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()
        """Switching takes its time: who wants the opposite meanwhile waits."""
        self._handler: RequestHandler | None = None
        self._refused = ""
        self._unlisted = ""

    # -- what it is ----------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """The one that it was given, else what it does."""
        return self.named or str(self.draft.recipe).replace("_", " ")

    @property
    def on(self) -> bool:
        return self._subscriber is not None

    @property
    def subject(self) -> str:
        return self.draft.subject

    @property
    def pattern(self) -> str:
        """The subject as it is subscribed."""
        return SubjectPattern.parse(self.draft.subject).pattern

    @property
    def queue(self) -> str:
        return group_of(self.draft)

    @property
    def served(self) -> int:
        """Requests that got an answer since it was made, over all times it was on."""
        return self.record.sent

    @property
    def trouble(self) -> str:
        """Why it hears or says nothing at the moment; "" while all is well."""
        consumer = self._subscriber.consumer if self._subscriber is not None else None
        streamed = consumer.trouble if consumer is not None else ""
        down = "the connection is down: nobody reaches it until that is back"
        return self._refused or (down if self.cut_off else "") or streamed or self._overrun

    @property
    def cut_off(self) -> bool:
        """True while it is on and the connection down; when that is back, it is heard again."""
        try:
            return self.on and not self._broker.link.writing
        except NotConnected:
            return self.on

    @property
    def complaint(self) -> str:
        """What is wrong, or went wrong last, as a sentence; "" when nothing is."""
        return self.trouble or self._spent or self._unlisted or self.record.complaint

    @property
    def _spent(self) -> str:
        if self.on or self._handler is None or not self._handler.spent:
            return ""
        return f"off, for it took the {counted(self.draft.limit, 'request')} that it was to take"

    @property
    def _overrun(self) -> str:
        dropped = self._subscriber.workers.dropped if self._subscriber is not None else 0
        return (
            f"too many wait for an answer: {dropped:,} were not even looked at" if dropped else ""
        )

    @property
    def figures(self) -> Served:
        return self.record.snapshot()

    @property
    def last(self) -> tuple[HandledRequest, ...]:
        """The last requests, the newest first."""
        return tuple(reversed(self.record.last))

    # -- on and off ----------------------------------------------------------------------------

    async def start(self) -> None:
        """Answer from now on; returns when requests will be heard.

        While the connection is down it returns at once, and `trouble` says that it waits; for a
        consumer of a stream, which only a server can make, that raises `NotConnected`.
        """
        async with self._turn:
            if self._subscriber is None:
                await self._start()

    async def _start(self) -> None:
        link = self._broker.link
        self._check_headers()
        await self._check_streams()
        self._handler = RequestHandler(
            self._broker,
            self.draft,
            self.record,
            variables=self._variables(),
            random=self._random,
            lane=self.lane,
            name=self.name,
            settings=self._settings,
            when_spent=self._stop_soon,
        )
        self._refused = self._unlisted = ""
        subscriber = await self._subscribe()
        subscriber.give_messages(self._handler.hear)
        self._subscriber = subscriber
        link.events.listeners.append(self._on_link)
        try:
            await (subscriber.start() if link.writing else subscriber.listen())
            await self._register()
        except BaseException:
            await self._stop()
            raise

    def _check_headers(self) -> None:
        """Raise what every answer would run into on a server that takes no headers."""
        draft, link = self.draft, self._broker.link
        if link.writing and not link.server.takes_headers:
            refuse_headers(draft.headers)
            if recipe_class(draft.recipe).needs_headers or draft.fail_chance:
                raise HeadersUnsupported((), "errors are told in headers, so choose another answer")

    async def _check_streams(self) -> None:
        """Raise what would otherwise be heard of when the first request comes."""
        if self.draft.stream and not self._broker.link.writing:
            raise NotConnected("the connection is down, and only a server can make a consumer")
        if self.draft.store_in and self._broker.link.writing:
            await self._broker.jetstream.stream(self.draft.store_in)

    async def _subscribe(self) -> Subscriber:
        draft = self.draft
        waits = draft.delay or draft.pause or recipe_class(draft.recipe).holds
        workers = WAITING_WORKERS if waits else MAX_WORKERS
        if not draft.stream:
            return self._broker.subscriber(
                draft.subject, self.queue, no_reply=True, max_workers=workers
            )
        existing = await self._existing()
        pulls = existing is not None and not existing.get("deliver_subject")
        return self._broker.subscriber(
            draft.subject,
            "" if pulls else self.queue,
            stream=draft.stream,
            durable=draft.durable,
            pull_sub=pulls,
            ack_policy=AckPolicy.MANUAL,
            ack_wait=draft.ack_wait if existing is None else None,
            declare=False,
            no_reply=True,
            max_workers=workers,
        )

    async def _existing(self) -> Fields | None:
        """The configuration of the durable, when it is there already: it is used as it is."""
        if not self.draft.durable:
            return None
        try:
            info = await self._broker.jetstream.consumer(self.draft.stream, self.draft.durable)
        except ConsumerNotFound:
            return None
        return part(info, "config")

    async def _register(self) -> None:
        if self.draft.service:
            self._service = Microservice(self._broker, self)
            await self._service.start()

    async def stop(self) -> None:
        """Stop listening, after answering what has come; what still waits is not answered."""
        async with self._turn:
            await self._stop()

    async def _stop(self) -> None:
        subscriber, self._subscriber = self._subscriber, None
        if subscriber is None:
            return
        if self._handler is not None:
            self._handler.end()
        if self._service is not None:
            self._service.stop()
            self._service = None
        await self._broker.remove(subscriber)
        try:
            self._broker.link.events.listeners.remove(self._on_link)
        except LinkError:
            pass  # the connection is gone, and its listeners with it

    async def change(self, draft: ReplyDraft, name: str | None = None) -> None:
        """Be another one from now on; raises as `start`, and then it stays what it was.

        None keeps the name that it was given.
        """
        draft.check()
        async with self._turn:
            before, was_on = self.draft, self.on
            await self._stop()
            self.draft = draft
            try:
                if was_on:
                    await self._start()
            except BaseException:
                self.draft = before
                if was_on:
                    await self._start()
                raise
            self.named = self.named if name is None else name

    def move(self, broker: Broker) -> None:
        """Be on another connection when it is switched on again; it must be off."""
        self._broker = broker
        self._refused = self._unlisted = ""

    def _on_link(self, event: LinkEvent) -> None:
        if event.what is Happening.RESTORED:
            self._refused = self._unlisted = ""  # what still is refused will be told again
        elif event.what is Happening.PERMITTED and event.subject == self.pattern:
            self._refused = ""
        elif event.what is Happening.PERMITTED and self._lists(event.subject):
            self._unlisted = ""
        if event.what is not Happening.REFUSED:
            return
        if event.operation == "publish":
            self.record.refuse(event.subject, f"the server refuses answers to {event.subject}")
        elif event.subject == self.pattern:
            self._refused = f"the server refuses to let natstap listen on {event.subject}"
        elif self._lists(event.subject):
            self._unlisted = f"the server refuses {event.subject}: not every tool lists the service"

    def _lists(self, subject: str) -> bool:
        """True for a subject on which the service tells that it is there."""
        return self._service is not None and self._service.listens_on(subject)

    def _stop_soon(self) -> None:
        if self._stopping is None:
            self._stopping = asyncio.get_running_loop().create_task(self._end())

    async def _end(self) -> None:
        try:
            await self.stop()
        finally:
            self._stopping = None
