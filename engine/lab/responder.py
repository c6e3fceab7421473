"""Responders: stand-in services that a user hosts in ten seconds.

Each answers on its own subject in a queue group, so that a second natstap shares the work
instead of answering twice. None can be set on a subject where an answer would do harm.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from engine.errors import InvalidSubject
from engine.rpc.broker import NatsBroker
from engine.rpc.message import CONTENT_TYPE, SERVICE_ERROR, SERVICE_ERROR_CODE, NatsMessage
from engine.rpc.response import Response
from engine.rpc.subscriber import Subscriber
from engine.subject import Template, overlaps

QUEUE = "natstap"
FORBIDDEN_REPLIES = ("$JS.ACK.", "$JS.FC.")
"""Reply subjects where an answer is a command: `-NAK` sent here is a redelivery storm."""
_PROTECTED = ("$JS.>", "$SYS.>", "$SRV.>", "$KV.>", "$O.>", "_INBOX.>", "_R_.>", "_GR_.>")

Recipe = Callable[[NatsMessage], Awaitable[Any]]


async def echo(message: NatsMessage) -> Response:
    """The request's body back, under its content-type; never its other headers."""
    return Response(message.body, headers={CONTENT_TYPE: message.content_type or ""})


def canned(body: Any) -> Recipe:
    """The same answer every time."""

    async def answer(message: NatsMessage) -> Any:
        return body

    return answer


def failing(text: str = "this responder always fails", code: str = "500") -> Recipe:
    """A service error every time."""

    async def answer(message: NatsMessage) -> Response:
        return Response(None, headers={SERVICE_ERROR: text, SERVICE_ERROR_CODE: code})

    return answer


def delayed(seconds: float, then: Recipe) -> Recipe:
    """`then`, `seconds` later."""

    async def answer(message: NatsMessage) -> Any:
        await asyncio.sleep(seconds)
        return await then(message)

    return answer


class Responder:
    """A recipe on a subject, switched on and off. Raises `InvalidSubject` for a harmful one."""

    def __init__(
        self,
        broker: NatsBroker,
        subject: str,
        recipe: Recipe = echo,
        *,
        name: str = "echo",
        queue: str = QUEUE,
        workers: int = 16,
    ) -> None:
        check_harmless(subject)
        self.name = name
        self.subject = subject
        self.queue = queue
        self._broker = broker
        self._recipe = recipe
        self._workers = workers
        self._earlier = 0
        self._subscriber: Subscriber | None = None

    @property
    def on(self) -> bool:
        return self._subscriber is not None

    @property
    def served(self) -> int:
        """Requests answered since it was made, over all times it was on."""
        return self._earlier + (self._subscriber.served if self._subscriber else 0)

    async def start(self) -> None:
        """Answer from now on; returns when requests will be heard."""
        if self._subscriber is not None:
            return
        subscriber = self._broker.subscriber(self.subject, self.queue, max_workers=self._workers)
        subscriber(self._answer)
        self._subscriber = subscriber
        await subscriber.start()

    async def stop(self) -> None:
        """Stop listening, after answering what has come."""
        subscriber, self._subscriber = self._subscriber, None
        if subscriber is not None:
            self._earlier += subscriber.served
            await self._broker.remove(subscriber)

    async def _answer(self, message: NatsMessage) -> Any:
        if message.reply_to.startswith(FORBIDDEN_REPLIES):
            message.reply_to = ""
            return None
        return await self._recipe(message)


def check_harmless(subject: str) -> None:
    """Raise `InvalidSubject` where a responder would answer what is not meant for it."""
    pattern = Template.parse(subject).pattern
    if pattern in (">", "*"):
        raise InvalidSubject(subject, "a responder on everything would answer everyone's messages")
    for protected in _PROTECTED:
        if overlaps(pattern, protected):
            raise InvalidSubject(subject, f"{protected} belongs to the server and its clients")
