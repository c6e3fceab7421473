"""What a handler may return to say more than a body."""

from __future__ import annotations

from typing import Any

from engine.errors import InvalidHeader
from engine.message import Headers, HeadersInput
from engine.rpc.arguments import check_stream


class Response:
    """A body with headers and, if given, a correlation id of its own."""

    def __init__(
        self,
        body: Any = None,
        *,
        headers: HeadersInput | Headers | None = None,
        correlation_id: str | None = None,
    ) -> None:
        if correlation_id is not None and not isinstance(correlation_id, str):
            raise InvalidHeader("correlation_id", f"{correlation_id!r} is not a str")
        self.body = body
        self.headers = Headers.of(headers)
        self.correlation_id = correlation_id

    @classmethod
    def of(cls, value: Any) -> Response:
        return value if isinstance(value, Response) else cls(value)


class NatsResponse(Response):
    """A response that is to be stored in `stream`, where the reply subject belongs to it."""

    def __init__(
        self,
        body: Any = None,
        *,
        headers: HeadersInput | Headers | None = None,
        correlation_id: str | None = None,
        stream: str | None = None,
    ) -> None:
        super().__init__(body, headers=headers, correlation_id=correlation_id)
        check_stream(stream)
        self.stream = stream


class WrittenResponse(NatsResponse):
    """A response whose header block is written already, a status line included.

    The broker adds nothing to it: no content-type, no correlation id.
    """

    headers = Headers()
    correlation_id = None

    def __init__(self, head: bytes, body: bytes = b"", *, stream: str | None = None) -> None:
        # Not as the others: nothing of it needs a check, and a responder makes very many.
        self.head = head
        self.body = body
        self.stream = stream
