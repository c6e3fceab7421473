"""Header blocks as FastStream writes them: its own names first, the user's win."""

from __future__ import annotations

from engine.errors import InvalidHeader
from engine.message import Headers, HeadersInput

from .message import CONTENT_TYPE, CORRELATION_ID, EXPECTED_STREAM, REPLY_TO


def write_head(
    content_type: str,
    correlation_id: str,
    headers: HeadersInput | Headers | None = None,
    *,
    reply_to: str = "",
    stream: str = "",
) -> bytes:
    """A header block; raises `InvalidHeader` for what would break it."""
    if "\r" in correlation_id or "\n" in correlation_id:
        raise InvalidHeader(CORRELATION_ID, "a value cannot hold a line break")
    if not headers and not reply_to and not stream:
        return (
            f"NATS/1.0\r\ncontent-type: {content_type}\r\ncorrelation_id: {correlation_id}\r\n\r\n"
        ).encode("utf-8", "surrogateescape")
    own = [(CONTENT_TYPE, content_type)]
    if reply_to:
        own.append((REPLY_TO, reply_to))
    own.append((CORRELATION_ID, correlation_id))
    return _merge(own, Headers.of(headers), stream).encode()


def _merge(own: list[tuple[str, str]], given: Headers, stream: str) -> Headers:
    names = {name for name, _ in own}
    pairs = [(name, given.get(name, value)) for name, value in own]
    pairs += [pair for pair in given.pairs if pair[0] not in names]
    if stream and EXPECTED_STREAM not in given:
        pairs.append((EXPECTED_STREAM, stream))
    return Headers(pairs)
