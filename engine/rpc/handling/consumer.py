"""The consumer of a stream that a subscriber listens to, push or pull.

The answer goes out first and the acknowledgement after it, so a crash between the two means
a second answer and never none. A consumer or stream that goes away is noticed, noted in the
journal, and the consumer is made anew when its stream is there.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from engine.api_subjects import check_name
from engine.errors import (
    ConsumerNotFound,
    InvalidHandler,
    InvalidOption,
    NatstapError,
    StreamNotFound,
)
from engine.fields import Fields, number, part, words
from engine.link.link import Subscription
from engine.message import status_of
from engine.rpc.handling.deliveries import Deliveries
from engine.rpc.handling.pull import Pull
from engine.rpc.handling.stream_options import ACK_WAIT, StreamOptions, filters
from engine.rpc.handling.workers import Workers
from engine.rpc.ids import new_token
from engine.rpc.message import NatsMessage
from engine.subject import SubjectPattern, check_publish, check_queue, covers

if TYPE_CHECKING:
    from engine.rpc.broker import Broker

HEARTBEAT = 3.0
"""Seconds of quiet after which a push consumer says that it is alive."""
_ACKED = b"$JS.ACK."
"""How the reply subject begins of every message that a stream delivers."""
INACTIVE_SECONDS = 30.0
"""Seconds that the server keeps an ephemeral consumer nobody listens to."""


class StreamConsumer:
    """Found or made, and looked after; `respond` is for what it delivers."""

    def __init__(
        self,
        broker: Broker,
        template: SubjectPattern,
        queue: str,
        options: StreamOptions,
        respond: Callable[[NatsMessage], Awaitable[bool | None]],
        max_workers: int,
    ) -> None:
        self.options = options
        self.name = options.durable or (queue if not options.pull else "")
        self.trouble = ""
        """Why nothing can be delivered at the moment; "" while all is well."""
        if queue and options.pull:
            raise InvalidOption("queue", "those who pull share the work by the same durable")
        if self.name:
            check_name("consumer", self.name)
        self._broker = broker
        self._subject = template.pattern
        self._queue = queue
        self._ephemeral = not self.name
        self.deliveries = Deliveries(broker, template, options, bool(self.name), respond)
        self.workers = Workers(self._subject, max_workers, self.deliveries.handle, broker.note)
        self._made = False
        self._others_busy = False
        """Whether others were still at work on what a durable delivered, when it was last asked."""
        self._heard_at = 0.0
        self._keeper: asyncio.Task[None] | None = None
        self._subscription: Subscription | None = None
        self._pull: Pull | None = None
        self._look = asyncio.Event()

    @property
    def running(self) -> bool:
        return self._keeper is not None

    async def listen(self) -> None:
        """Returns when the server has the consumer."""
        self._look = asyncio.Event()
        if self.options.declare:
            await self._broker.jetstream.ensure_stream(
                self.options.stream,
                [self._subject, *self.options.subjects],
                dict(self.options.settings),
            )
        if self._ephemeral:
            self.name, self._made = f"natstap-{new_token()}", False
        await self._attach()
        self._keeper = asyncio.get_running_loop().create_task(self._look_after())

    async def let_go(self) -> Subscription | None:
        """Look after it no longer; what is to be drained."""
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.cancel()
            try:
                await asyncio.gather(keeper, return_exceptions=True)
            except BaseException:
                self._leave()
                raise
        if self._pull is not None:
            self._pull.stop()
        subscription, self._subscription = self._subscription, None
        return subscription

    async def end(self) -> None:
        """Delete it, where nobody else can need it."""
        if self._ephemeral and self._made:
            await self._broker.drop_consumer(self.options.stream, self.name)
            self._made = False

    # -- the consumer --------------------------------------------------------------------

    async def _attach(self) -> None:
        """Find the consumer or make it, and listen to what it delivers."""
        config = await self._existing() if not self._ephemeral else None
        if config is None:
            await self._create()
        else:
            self._listen_to(words(config, "deliver_subject"), words(config, "deliver_group"))
        if self._pull is not None:
            self._pull.start()
        self._heard_at = time.monotonic()

    async def _existing(self) -> dict[str, Any] | None:
        """The configuration of a durable that is there already; it is used as it is."""
        try:
            info = await self._broker.jetstream.consumer(self.options.stream, self.name)
        except ConsumerNotFound:
            return None
        config = self.deliveries.as_made = part(info, "config")
        self._read_position(info)
        pushes = bool(config.get("deliver_subject"))
        if pushes == bool(self.options.pull):
            found = "pushes" if pushes else "is pulled from"
            raise InvalidHandler(
                f"consumer {self.name!r} of stream {self.options.stream!r} exists and {found}"
            )
        if info.get("push_bound") and not config.get("deliver_group"):
            raise InvalidHandler(
                f"consumer {self.name!r} already delivers to somebody else; "
                "give both a queue, or pull"
            )
        self._check_existing(config)
        return config

    def _read_position(self, info: Fields) -> None:
        """Others may have handled what never came here: it is not read again after a deletion."""
        floor = number(part(info, "ack_floor"), "stream_seq")
        delivered = number(part(info, "delivered"), "stream_seq")
        last = self.deliveries.last_sequence = max(self.deliveries.last_sequence, floor)
        self._others_busy = delivered > last

    def _check_existing(self, config: Fields) -> None:
        """It is used as it is, so it must do what is asked of it here; nothing is altered. One
        that reads more is the choice of whoever made it."""
        read = filters(config)
        if read and not any(covers(subject, self._subject) for subject in read):
            raise self._other(f"reads {', '.join(read)}, not {self._subject}")
        group = words(config, "deliver_group")
        if group and group != self._queue:
            raise self._other(f"delivers to the queue {group!r}")
        if name := self.options.differs(config):
            raise self._other(f"has another {name}")

    def _other(self, what: str) -> InvalidHandler:
        return InvalidHandler(
            f"consumer {self.name!r} of stream {self.options.stream!r} exists and {what}: "
            "use another durable, or delete that one"
        )

    async def _create(self) -> None:
        config = self._config()
        if not self.options.pull:
            config["deliver_subject"] = self._broker.fresh_inbox()
            if self._queue:
                config["deliver_group"] = self._queue
            else:
                config["idle_heartbeat"] = int(HEARTBEAT * 1e9)
        self._listen_to(config.get("deliver_subject"), config.get("deliver_group"))
        try:
            info = await self._broker.jetstream.create_consumer(self.options.stream, config)
        except BaseException:
            self._leave()
            raise
        self._made = True
        self.deliveries.as_made = part(info, "config") or config
        self.deliveries.last_sequence = number(part(info, "delivered"), "stream_seq")

    def _config(self) -> dict[str, Any]:
        config: dict[str, Any] = {
            "name": self.name,
            "filter_subject": self._subject,
            "deliver_policy": "new" if self._ephemeral else "all",
            "ack_policy": "explicit",
            "ack_wait": int(ACK_WAIT * 1e9),
        }
        config |= self.options.config()
        if self.options.backoff:
            del config["ack_wait"]
        if again := self._begin_again():
            config |= {"deliver_policy": "by_start_sequence", "opt_start_seq": again}
        if self._ephemeral:
            config["inactive_threshold"] = int(INACTIVE_SECONDS * 1e9)
        else:
            config["durable_name"] = self.name
        return config

    def _begin_again(self) -> int:
        """Where a consumer begins that was deleted by others; 0 for one that never was."""
        known = self._made if self._ephemeral else self.deliveries.last_sequence
        return self.deliveries.begin_again if known else 0

    def _listen_to(self, deliver_subject: str | None, group: str | None) -> None:
        self._leave()
        if deliver_subject:
            self._subscription = self._broker.link.subscribe(
                check_publish(deliver_subject), self._heard, check_queue(group or ""), serves=True
            )
            return
        inbox = self._broker.fresh_inbox()
        self._subscription = self._broker.link.subscribe(inbox.encode(), self._pulled)
        self._pull = Pull(self._broker, self, inbox)

    def _leave(self) -> None:
        if self._subscription is not None:
            self._subscription.end()
            self._subscription = None
        if self._pull is not None:
            self._pull.stop()
            self._pull = None

    # -- keeping it ----------------------------------------------------------------------

    async def _look_after(self) -> None:
        """Look after the consumer when it falls silent, and make it anew when it is gone."""
        while True:
            try:
                async with asyncio.timeout(HEARTBEAT):
                    await self._look.wait()
                self._look.clear()
            except TimeoutError:
                quiet = time.monotonic() - self._heard_at
                patience = HEARTBEAT if self._others_busy else 2 * HEARTBEAT
                if quiet < patience and not self.trouble:
                    continue
            await self._revive()

    async def _revive(self) -> None:
        stream = self.options.stream
        try:
            info = await self._broker.jetstream.consumer(stream, self.name)
            if not self._ephemeral:
                self._read_position(info)
            if self._pull is not None and not self._pull.running:
                self._pull.start()
        except ConsumerNotFound:
            await self._renew(f"consumer {self.name} of stream {stream} is gone")
            return
        except StreamNotFound:
            self._ail(f"stream {stream} is gone; nothing is delivered on {self._subject}")
            return
        except NatstapError as error:
            self._ail(f"stream {stream} cannot be asked: {error}")
            return
        self._heard_at = time.monotonic()
        self._recover()

    async def _renew(self, why: str) -> None:
        self._ail(why)
        try:
            await self._rewind()
            await self._attach()
        except NatstapError as error:
            self._ail(f"{why} and cannot be made: {error}")
        else:
            self._recover()

    async def _rewind(self) -> None:
        state = part(await self._broker.jetstream.stream(self.options.stream), "state")
        self.deliveries.rewind(number(state, "last_seq"))

    def _ail(self, why: str) -> None:
        if why != self.trouble:
            self.trouble = why
            self._broker.note(why)

    def _recover(self) -> None:
        if self.trouble:
            self.trouble = ""
            self._broker.note(f"{self._subject} is served from stream {self.options.stream} again")

    def restored(self) -> None:
        """The connection is back; what was asked for over the old one does not come."""
        if self._pull is not None:
            self._pull.end()
        self.suspect()

    def suspect(self) -> None:
        """The server said something that no healthy consumer says: look at once."""
        self._look.set()

    # -- its messages --------------------------------------------------------------------

    def _heard(self, subject: bytes, reply: bytes, frame: bytes, start: int, head: int) -> None:
        self._heard_at = time.monotonic()
        if self._is_status(reply, frame, start, head):
            if reply:  # flow control: the server waits for this word before it sends more
                self._broker.link.publish(reply)
            return
        self._broker.record(subject, reply, frame, start, head)
        self.workers.enqueue((frame, start, head, reply))

    def _pulled(self, subject: bytes, reply: bytes, frame: bytes, start: int, head: int) -> None:
        self._heard_at = time.monotonic()
        if self._pull is not None:
            if not head and self._is_status(reply, frame, start, head):
                self._pull.end()
                return
            if not self._pull.heard(frame, start, head):
                return
        self._broker.record(subject, reply, frame, start, head)
        self.workers.enqueue((frame, start, head, reply))

    def _is_status(self, reply: bytes, frame: bytes, start: int, head: int) -> bool:
        """True for what the server itself says; without headers it has no number."""
        if len(frame) != start + head:
            return False
        if head:
            return bool(status_of(frame[start:])[0])
        return not self._broker.link.server.takes_headers and not reply.startswith(_ACKED)
