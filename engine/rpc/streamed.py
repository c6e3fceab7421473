"""Stream subscribers: handlers fed by a JetStream consumer, push or pull.

The answer goes out first and the acknowledgement after it, so a crash between the two means
a second answer and never none. A consumer or stream that goes away is noticed, noted in the
journal, and the consumer is made anew when its stream is there.
"""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from engine.api_subjects import check_name
from engine.errors import (
    ConsumerNotFound,
    InvalidHandler,
    InvalidOption,
    JetStreamError,
    LinkError,
    NatstapError,
    RequestError,
    StreamNotFound,
)
from engine.fields import Fields, number, part, words
from engine.message import status_of, text
from engine.rpc.handling.acknowledge import AckWord, read_delivery
from engine.rpc.handling.pull import Pull
from engine.rpc.handling.stream_options import (
    ACK_WAIT,
    AckPolicy,
    StreamOptions,
    filters,
    pause_after,
    redelivers,
)
from engine.rpc.handling.subscriber import MOST_WAITING, Arrival, Subscriber
from engine.rpc.ids import new_token
from engine.rpc.jetstream import covers
from engine.rpc.message import AckStatus, NatsMessage
from engine.subject import check_publish, check_queue

if TYPE_CHECKING:
    from engine.rpc.broker import Broker

HEARTBEAT = 3.0
"""Seconds of quiet after which a push consumer says that it is alive."""
_DONE = (b"", b"+ACK", b"+TERM")
"""What a stream is told of a message that is not to come again."""
_ACKED = b"$JS.ACK."
"""How the reply subject begins of every message that a stream delivers."""
INACTIVE_SECONDS = 30.0
"""Seconds that the server keeps an ephemeral consumer nobody listens to."""


class StreamSubscriber(Subscriber):
    """A subscriber whose messages come from a stream."""

    def __init__(
        self, broker: Broker, subject: str, options: StreamOptions, **settings: Any
    ) -> None:
        super().__init__(broker, subject, **settings)
        self.options = options
        self.consumer = options.durable or (self.queue if not options.pull else "")
        self.trouble = ""
        """Why nothing can be delivered at the moment; "" while all is well."""
        if self.queue and options.pull:
            raise InvalidOption("queue", "those who pull share the work by the same durable")
        if self.consumer:
            check_name("consumer", self.consumer)
        self._ephemeral = not self.consumer
        self._made = False
        self._as_made: Fields = {}
        """The consumer's configuration, as the server has it."""
        self.last_sequence = 0
        """The furthest of the stream that came here, or that others have acknowledged."""
        self._open: set[int] = set()
        """Sequences of a durable that came and that the stream was not told to be done."""
        self._others_busy = False
        """Whether others were still at work on what a durable delivered, when it was last asked."""
        self._heard_at = 0.0
        self._keeper: asyncio.Task[None] | None = None
        self._pull: Pull | None = None
        self._look = asyncio.Event()

    @property
    def running(self) -> bool:
        return self._keeper is not None

    def keep_messages(self) -> None:
        """A consumer disturbs nobody, and what comes before somebody reads is not lost."""
        self._keep()

    async def listen(self) -> None:
        if self.running:
            return
        if self._answer is None:
            raise InvalidHandler(f"the subscriber on {self.subject!r} has no handler")
        self._begin()
        self._look = asyncio.Event()
        if self.options.declare:
            await self._broker.jetstream.ensure_stream(
                self.options.stream,
                [self.subject, *self.options.subjects],
                dict(self.options.settings),
            )
        if self._ephemeral:
            self.consumer = f"natstap-{new_token()}"
        await self._attach()
        self._hire()
        self._keeper = asyncio.get_running_loop().create_task(self._look_after())

    async def stop(self, timeout: float = 15.0) -> None:
        keeper, self._keeper = self._keeper, None
        if keeper is None:
            return
        keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)
        if self._pull is not None:
            self._pull.stop()
        await super().stop(timeout)
        await self._dismiss()
        if self._ephemeral and self._made:
            await self._delete()
            self._made = False

    def restored(self) -> None:
        self._look.set()

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
            info = await self._broker.jetstream.consumer(self.options.stream, self.consumer)
        except ConsumerNotFound:
            return None
        config = self._as_made = part(info, "config")
        self._read_position(info)
        pushes = bool(config.get("deliver_subject"))
        if pushes == bool(self.options.pull):
            found = "pushes" if pushes else "is pulled from"
            raise InvalidHandler(
                f"consumer {self.consumer!r} of stream {self.options.stream!r} exists and {found}"
            )
        if info.get("push_bound") and not config.get("deliver_group"):
            raise InvalidHandler(
                f"consumer {self.consumer!r} already delivers to somebody else; "
                "give both a queue, or pull"
            )
        self._check_existing(config)
        return config

    def _read_position(self, info: Fields) -> None:
        """Others may have handled what never came here: it is not read again after a deletion."""
        floor = number(part(info, "ack_floor"), "stream_seq")
        delivered = number(part(info, "delivered"), "stream_seq")
        self.last_sequence = max(self.last_sequence, floor)
        self._others_busy = delivered > self.last_sequence

    def _check_existing(self, config: Fields) -> None:
        """It is used as it is, so it must do what is asked of it here; nothing is altered. One
        that reads more is the choice of whoever made it."""
        read = filters(config)
        if read and not any(covers(subject, self.subject) for subject in read):
            raise self._other(f"reads {', '.join(read)}, not {self.subject}")
        group = words(config, "deliver_group")
        if group and group != self.queue:
            raise self._other(f"delivers to the queue {group!r}")
        if name := self.options.differs(config):
            raise self._other(f"has another {name}")

    def _other(self, what: str) -> InvalidHandler:
        return InvalidHandler(
            f"consumer {self.consumer!r} of stream {self.options.stream!r} exists and {what}: "
            "use another durable, or delete that one"
        )

    async def _create(self) -> None:
        config = self._config()
        if not self.options.pull:
            config["deliver_subject"] = self._broker.fresh_inbox()
            if self.queue:
                config["deliver_group"] = self.queue
            else:
                config["idle_heartbeat"] = int(HEARTBEAT * 1e9)
        self._listen_to(config.get("deliver_subject"), config.get("deliver_group"))
        try:
            info = await self._broker.jetstream.create_consumer(self.options.stream, config)
        except NatstapError:
            self._leave()
            raise
        self._made = True
        self._as_made = part(info, "config") or config
        self.last_sequence = number(part(info, "delivered"), "stream_seq")

    def _config(self) -> dict[str, Any]:
        config: dict[str, Any] = {
            "name": self.consumer,
            "filter_subject": self.subject,
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
            config["durable_name"] = self.consumer
        return config

    def _begin_again(self) -> int:
        """Where a consumer begins that was deleted by others; 0 for one that never was."""
        if self._ephemeral:
            return self.last_sequence + 1 if self._made else 0
        return min(self._open, default=self.last_sequence + 1) if self.last_sequence else 0

    def _listen_to(self, deliver_subject: str | None, group: str | None) -> None:
        self._leave()
        if deliver_subject:
            self._subscription = self._broker.link.subscribe(
                check_publish(deliver_subject), self._heard, check_queue(group or ""), serves=True
            )
            return
        inbox = self._broker.fresh_inbox()
        self._subscription = self._broker.link.subscribe(inbox.encode(), self._pulled)
        self._pull = Pull(self._broker, self, self.options.pull, inbox)

    def _leave(self) -> None:
        if self._subscription is not None:
            self._subscription.end()
            self._subscription = None
        if self._pull is not None:
            self._pull.stop()
            self._pull = None

    async def _delete(self) -> None:
        try:
            await self._broker.jetstream.delete_consumer(self.options.stream, self.consumer)
        except (JetStreamError, RequestError, LinkError) as error:
            self._broker.note(f"the ephemeral consumer {self.consumer} was not deleted: {error}")

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
            info = await self._broker.jetstream.consumer(stream, self.consumer)
            if not self._ephemeral:
                self._read_position(info)
            if self._pull is not None and not self._pull.running:
                self._pull.start()
        except ConsumerNotFound:
            await self._renew(f"consumer {self.consumer} of stream {stream} is gone")
            return
        except StreamNotFound:
            self._ail(f"stream {stream} is gone; nothing is delivered on {self.subject}")
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
        """A stream that was made anew counts from 1 again, and so does its subscriber."""
        state = part(await self._broker.jetstream.stream(self.options.stream), "state")
        if number(state, "last_seq") < self.last_sequence:
            self.last_sequence = 0
            self._open.clear()

    def _ail(self, why: str) -> None:
        if why != self.trouble:
            self.trouble = why
            self._broker.note(why)

    def _recover(self) -> None:
        if self.trouble:
            self.trouble = ""
            self._broker.note(f"{self.subject} is served from stream {self.options.stream} again")

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
        self._enqueue((frame, start, head, reply))

    def _pulled(self, subject: bytes, reply: bytes, frame: bytes, start: int, head: int) -> None:
        self._heard_at = time.monotonic()
        if self._pull is not None:
            if not head and self._is_status(reply, frame, start, head):
                self._pull.end()
                return
            if not self._pull.heard(frame, start, head):
                return
        self._broker.record(subject, reply, frame, start, head)
        self._enqueue((frame, start, head, reply))

    def _is_status(self, reply: bytes, frame: bytes, start: int, head: int) -> bool:
        """True for what the server itself says; without headers it has no number."""
        if len(frame) != start + head:
            return False
        if head:
            return bool(status_of(frame[start:])[0])
        return not self._broker.link.takes_headers and not reply.startswith(_ACKED)

    async def idle(self) -> None:
        """Wait until every message that came is handled."""
        await self._idle.wait()

    async def _handle(self, arrival: Arrival) -> None:
        ack_subject = text(arrival[3])
        delivery = read_delivery(ack_subject)
        sequence = delivery.sequence if delivery is not None else 0
        self.last_sequence = max(self.last_sequence, sequence)
        if sequence and not self._ephemeral and len(self._open) < MOST_WAITING:
            self._open.add(sequence)
        # What somebody sent to the inbox without a stream has nothing to acknowledge.
        ack = partial(self._tell, ack_subject, sequence) if ack_subject else None
        confirm = partial(self._confirm, ack_subject, sequence) if ack_subject else None
        message = NatsMessage(*arrival, ack=ack, confirm=confirm)
        message.path = self.template.captures(message.subject)
        if self.options.ack_policy is AckPolicy.ACK_FIRST:
            await message.ack()
        good = await self._respond(message)
        if good is not None:
            await self._settle(message, good)

    async def _confirm(self, ack_subject: str, sequence: int) -> None:
        await self._broker.jetstream.acknowledge(ack_subject, AckWord.ACK)
        self._open.discard(sequence)

    def _attempt(self, message: NatsMessage) -> int:
        delivery = read_delivery(message.raw_message.reply)
        return delivery.delivered if delivery is not None else 1

    def _attempts_left(self, message: NatsMessage) -> bool:
        again = message.committed is AckStatus.NACKED or (
            message.committed is None
            and self.options.ack_policy in (AckPolicy.NACK_ON_ERROR, AckPolicy.MANUAL)
        )
        return again and message.from_stream and redelivers(self._as_made, self._attempt(message))

    def _tell(self, ack_subject: str, sequence: int, words: bytes) -> None:
        self._broker.tell(ack_subject, words)
        if words in _DONE:
            self._open.discard(sequence)

    async def _settle(self, message: NatsMessage, good: bool) -> None:
        policy = self.options.ack_policy
        if policy is AckPolicy.MANUAL:
            return
        if good or policy is AckPolicy.ACK:
            await message.ack()
        elif policy is AckPolicy.NACK_ON_ERROR:
            await message.nack(pause_after(self._as_made, self._attempt(message)))
        else:
            await message.reject()
