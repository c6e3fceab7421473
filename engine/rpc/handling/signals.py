"""What a handler may raise to say what becomes of its message: nothing is answered then.

    raise NackMessage(delay=5)

They are no errors: outside of a handler they mean nothing.
"""

from __future__ import annotations

from engine.rpc.arguments import check_delay
from engine.rpc.message import NatsMessage


class HandlerSignal(Exception):
    """The base of them."""

    async def settle(self, message: NatsMessage) -> bool:
        """Tell the stream, if the message is from one; True when it is told."""
        return True


class AckMessage(HandlerSignal):
    """It is done."""

    async def settle(self, message: NatsMessage) -> bool:
        await message.ack()
        return True


class NackMessage(HandlerSignal):
    """It shall come again, at once or in `delay` seconds; raises `InvalidOption`."""

    def __init__(self, delay: float | None = None) -> None:
        super().__init__()
        check_delay("delay", delay)
        self.delay = delay

    async def settle(self, message: NatsMessage) -> bool:
        await message.nack(self.delay)
        return True


class RejectMessage(HandlerSignal):
    """It shall never come again."""

    async def settle(self, message: NatsMessage) -> bool:
        await message.reject()
        return True


class SkipMessage(HandlerSignal):
    """Nothing is told, so that a stream delivers it again after `ack_wait`."""

    async def settle(self, message: NatsMessage) -> bool:
        return False


class StopConsume(HandlerSignal):
    """The subscriber stops, after what it is doing."""
