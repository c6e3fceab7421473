"""Publishers: where a handler's results go beside the asker, and a subject to send to again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from engine.durations import check_wait
from engine.errors import InvalidHandler
from engine.message import Headers, HeadersInput
from engine.rpc.arguments import check_stream
from engine.rpc.handling.response import NatsResponse, Response
from engine.rpc.message import NatsMessage
from engine.rpc.pubacks import PubAck
from engine.subject import check_publish

if TYPE_CHECKING:
    from engine.rpc.broker import Broker

Handler = TypeVar("Handler", bound=Callable[..., Any])
_PUBLISHERS = "__natstap_publishers__"
"""The attribute of a handler that lists its publishers, the innermost first."""


class Publisher:
    """Made by `NatsBroker.publisher`; decorates a handler, or is used by itself."""

    def __init__(
        self,
        broker: Broker,
        subject: str,
        *,
        headers: HeadersInput | Headers | None = None,
        reply_to: str = "",
        stream: str | None = None,
        timeout: float | None = None,
    ) -> None:
        check_publish(subject)
        if reply_to not in (None, ""):
            check_publish(reply_to)
        check_stream(stream)
        if timeout is not None:
            check_wait("timeout", timeout)
        self.subject = subject
        self.headers = Headers.of(headers)
        self.reply_to = reply_to
        self.stream = stream
        self.timeout = timeout
        self._broker = broker

    def __call__(self, handler: Handler) -> Handler:
        """What `handler` returns to a subscriber is published too; returns it unchanged."""
        try:
            vars(handler).setdefault(_PUBLISHERS, []).append(self)
        except (TypeError, AttributeError):
            raise InvalidHandler(f"{handler!r} cannot be decorated: use a function") from None
        return handler

    async def publish(
        self,
        message: Any = None,
        subject: str = "",
        *,
        headers: HeadersInput | Headers | None = None,
        reply_to: str = "",
        correlation_id: str | None = None,
        stream: str | None = None,
        timeout: float | None = None,
    ) -> PubAck | None:
        """As `NatsBroker.publish`; what is not given is the publisher's own."""
        return await self._broker.publish(
            message,
            subject or self.subject,
            self._merged(headers),
            reply_to or self.reply_to,
            correlation_id,
            self.stream if stream is None else stream,
            self.timeout if timeout is None else timeout,
        )

    async def request(
        self,
        message: Any = None,
        subject: str = "",
        *,
        headers: HeadersInput | Headers | None = None,
        correlation_id: str | None = None,
        timeout: float | None = 0.5,
    ) -> NatsMessage:
        """As `NatsBroker.request`, through the publisher's stream if it has one."""
        return await self._broker.request(
            message,
            subject or self.subject,
            self._merged(headers),
            correlation_id,
            self.stream,
            timeout,
        )

    async def pass_on(self, result: Any, correlation_id: str) -> None:
        """Publish what a handler returned; a `Response` says headers and id, and its stream."""
        response = Response.of(result)
        stream = response.stream if isinstance(response, NatsResponse) else None
        await self.publish(
            response.body,
            headers=response.headers,
            correlation_id=response.correlation_id or correlation_id,
            stream=stream,
        )

    def _merged(self, headers: HeadersInput | Headers | None) -> Headers:
        """The call's win over the publisher's."""
        given = Headers.of(headers)
        return Headers([*self.headers.without(*given).pairs, *given.pairs])


def publishers_of(handler: Callable[..., Any]) -> list[Publisher]:
    """Its publishers, those that decorate it later included."""
    try:
        found: list[Publisher] = vars(handler).setdefault(_PUBLISHERS, [])
    except (TypeError, AttributeError):  # a method has nothing of its own, a class is closed
        return []
    return found
