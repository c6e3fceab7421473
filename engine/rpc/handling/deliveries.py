"""Deliveries: what a consumer delivered is handled, and its stream is told how that went."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

from engine.fields import Fields
from engine.message import text
from engine.rpc.handling.acknowledge import AckWord, read_delivery
from engine.rpc.handling.stream_options import (
    AckPolicy,
    StreamOptions,
    pause_added,
    pause_after,
    pauses_itself,
    redelivers,
)
from engine.rpc.handling.workers import MOST_WAITING, Arrival
from engine.rpc.message import AckStatus, NatsMessage
from engine.subject import SubjectPattern

if TYPE_CHECKING:
    from engine.rpc.broker import Broker

_DONE = (b"", b"+ACK", b"+TERM")
"""What a stream is told of a message that is not to come again."""


class Deliveries:
    """`respond` runs the handler and says whether that went well; None is not to be told."""

    def __init__(
        self,
        broker: Broker,
        template: SubjectPattern,
        options: StreamOptions,
        durable: bool,
        respond: Callable[[NatsMessage], Awaitable[bool | None]],
    ) -> None:
        self.last_sequence = 0
        """The furthest of the stream that came here, or that others have acknowledged."""
        self.as_made: Fields = {}
        """The consumer's configuration, as the server has it."""
        self._broker = broker
        self._template = template
        self._policy = options.ack_policy
        self._durable = durable
        self._respond = respond
        self._open: set[int] = set()
        """Sequences of a durable that came and that the stream was not told to be done."""

    @property
    def begin_again(self) -> int:
        """Where a consumer begins that was deleted by others."""
        return min(self._open, default=self.last_sequence + 1)

    def rewind(self, newest: int) -> None:
        """A stream that was made anew counts from 1 again, and so does its subscriber."""
        if newest < self.last_sequence:
            self.last_sequence = 0
            self._open.clear()

    async def handle(self, arrival: Arrival) -> None:
        ack_subject = text(arrival[3])
        delivery = read_delivery(ack_subject)
        sequence = delivery.sequence if delivery is not None else 0
        self.last_sequence = max(self.last_sequence, sequence)
        if sequence and self._durable and len(self._open) < MOST_WAITING:
            self._open.add(sequence)
        # What somebody sent to the inbox without a stream has nothing to acknowledge.
        ack = partial(self._tell, ack_subject, sequence) if ack_subject else None
        confirm = partial(self._confirm, ack_subject, sequence) if ack_subject else None
        message = NatsMessage(*arrival, ack=ack, confirm=confirm)
        if delivery is not None and self.as_made.get("backoff"):
            message.pause_added = pause_added(self.as_made, delivery.delivered)
        message.path = self._template.captures(message.subject)
        if self._policy is AckPolicy.ACK_FIRST:
            await message.ack()
        good = await self._respond(message)
        if good is not None:
            await self._settle(message, good)

    async def _confirm(self, ack_subject: str, sequence: int) -> None:
        await self._broker.jetstream.acknowledge(ack_subject, AckWord.ACK)
        self._open.discard(sequence)

    def _tell(self, ack_subject: str, sequence: int, words: bytes) -> None:
        self._broker.tell(ack_subject, words)
        if words in _DONE:
            self._open.discard(sequence)

    async def _settle(self, message: NatsMessage, good: bool) -> None:
        policy = self._policy
        if policy is AckPolicy.MANUAL:
            return
        if good or policy is AckPolicy.ACK:
            await message.ack()
        elif policy is AckPolicy.NACK_ON_ERROR:
            attempt = self.attempt(message)
            if not pauses_itself(self.as_made, attempt):
                await message.nack(pause_after(attempt))
        else:
            await message.reject()

    def attempt(self, message: NatsMessage) -> int:
        """How often it was delivered by now."""
        delivery = read_delivery(message.raw_message.reply)
        return delivery.delivered if delivery is not None else 1

    def attempts_left(self, message: NatsMessage) -> bool:
        """True when a message that failed comes again, so that its asker is not to be told yet."""
        if message.committed is None:
            again = self._policy in (AckPolicy.NACK_ON_ERROR, AckPolicy.MANUAL)
            return again and message.from_stream and self._redelivers(message)
        return self.given_back(message)

    def given_back(self, message: NatsMessage) -> bool:
        """True when a handler asked for it again, and gets it."""
        return message.committed is AckStatus.NACKED and self._redelivers(message)

    def _redelivers(self, message: NatsMessage) -> bool:
        return redelivers(self.as_made, self.attempt(message))
