"""A stub: a service that answers as a test tells it, and counts who asked."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import Any, Self

from engine.broker import NatsBroker
from engine.codec import decode, encode
from engine.durations import check_wait
from engine.errors import DecodeError, RequestTimeout, ServiceError
from engine.profile.profile import Profile
from engine.rpc.message import NatsMessage

from .private_server import TestServer

CALL_TIMEOUT = 5.0
"""Seconds that `wait_call` waits."""
UNANSWERED = "501"
"""The code of a request that no answer matches."""
_NOTHING = object()


class Stub:
    """`async with Stub(where, "orders.create", {"id": 7}) as orders:` answers from then on.

    `where` is a `TestServer`, a `Profile` or a URL; None connects where the `nats` CLI would.
    An answer is a value, a `Response`, an error to raise (`ServiceError` as it is), or a function
    of the message. Without one that fits, a request gets service error 501. With `stream` it
    serves that stream.
    """

    def __init__(
        self,
        where: TestServer | Profile | str | None,
        subject: str,
        answer: Any = _NOTHING,
        *,
        queue: str = "",
        stream: str | None = None,
    ) -> None:
        self.subject = subject
        self.calls: list[NatsMessage] = []
        """Every request that came, in order."""
        self._answers: list[tuple[Any, Any]] = []
        self._otherwise = answer
        self._waited_for = 0
        self._called = asyncio.Condition()
        self._broker = NatsBroker(where.profile if isinstance(where, TestServer) else where)
        self._broker.subscriber(subject, queue, stream=stream)(self._serve)

    def answer(self, answer: Any, *, to: Any = _NOTHING) -> Self:
        """Answer so from now on; with `to` only requests that match it, the newest rule first.

        `to` is a dict whose fields the body must have, another value that it must equal (a model
        or a date too, as it would be sent), or a function of the message that says whether.
        Raises `InvalidBody` for what no body could be.
        """
        if to is _NOTHING:
            self._otherwise = answer
        else:
            self._answers.insert(0, (to if callable(to) else _as_sent(to), answer))
        return self

    async def wait_call(self, timeout: float = CALL_TIMEOUT) -> NatsMessage:
        """The next request that nobody waited for yet; one that came before will do.

        Raises `RequestTimeout` after `timeout` seconds.
        """
        seconds = check_wait("timeout", timeout)
        try:
            async with asyncio.timeout(seconds), self._called:
                await self._called.wait_for(lambda: len(self.calls) > self._waited_for)
        except TimeoutError:
            raise RequestTimeout(self.subject, seconds, "no request") from None
        self._waited_for += 1
        return self.calls[self._waited_for - 1]

    async def start(self) -> None:
        """Returns when requests will be answered."""
        await self._broker.start()

    async def stop(self) -> None:
        await self._broker.stop()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.stop()

    async def _serve(self, message: NatsMessage) -> Any:
        self.calls.append(message)
        async with self._called:
            self._called.notify_all()
        fitting = (answer for to, answer in self._answers if _matches(to, message))
        answer = next(fitting, self._otherwise)
        if answer is _NOTHING:
            raise ServiceError(UNANSWERED, f"the stub on {self.subject} has no answer to this")
        if isinstance(answer, type) and issubclass(answer, BaseException):
            raise answer
        if callable(answer) and not isinstance(answer, type):
            answer = answer(message)
            answer = await answer if inspect.isawaitable(answer) else answer
        if isinstance(answer, BaseException):
            raise answer
        return answer


def _as_sent(value: Any) -> Any:
    return value if isinstance(value, bytes) else decode(*encode(value))


def _matches(to: Any | Callable[[NatsMessage], bool], message: NatsMessage) -> bool:
    if callable(to):
        return bool(to(message))
    try:
        body = message.value()
    except DecodeError:
        body = message.body
    if isinstance(to, dict) and isinstance(body, dict):
        return all(name in body and _equal(body[name], value) for name, value in to.items())
    return _equal(body, to) or message.body == to


def _equal(one: Any, other: Any) -> bool:
    """In JSON, true is not 1."""
    return bool(one == other) and isinstance(one, bool) is isinstance(other, bool)
