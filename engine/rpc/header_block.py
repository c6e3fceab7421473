"""Header blocks as FastStream writes them: its own names first, the user's win. Or as they are
given, where whoever sends has decided on every header.

Only the expected stream is the argument's, never a header's: else the error about it would
name another stream than the one that was asked for.
"""

from __future__ import annotations

from engine.errors import HeadersUnsupported, InvalidHeader
from engine.link.protocol_guard import VOUCHED, check_block
from engine.message import Headers, HeadersInput
from engine.rpc.message import CONTENT_TYPE, CORRELATION_ID, EXPECTED_STREAM, REPLY_TO


class ExactHeaders(Headers):
    """Headers that go out as they are: a block made of them has no content-type and no
    correlation id but theirs. Made by `ExactHeaders.of`.
    """

    __slots__ = ()


def write_head(
    content_type: str,
    correlation_id: str,
    headers: HeadersInput | Headers | None = None,
    *,
    inbox: str = "",
    reply_to: str = "",
    stream: str = "",
) -> bytes:
    """A header block, b"" for none; raises `InvalidHeader` for what would break it.

    `inbox` and `reply_to` are one header: a request's stands before the correlation id, a
    publish's after it.
    """
    if isinstance(headers, ExactHeaders):
        return _exact(headers, inbox or reply_to, stream).encode()
    if not isinstance(correlation_id, str):
        raise InvalidHeader(CORRELATION_ID, f"{correlation_id!r} is not a str")
    if not correlation_id.isprintable():  # as a line break, or half a surrogate pair
        Headers.of({CORRELATION_ID: correlation_id})
    correlation_id = correlation_id.strip()
    if not (headers or inbox or reply_to or stream):
        if headers is not None and not isinstance(headers, Headers):
            Headers.of(headers)
        block = (
            f"NATS/1.0\r\ncontent-type: {content_type}\r\ncorrelation_id: {correlation_id}\r\n\r\n"
        ).encode("utf-8", "surrogateescape")
        if content_type.isprintable():
            VOUCHED[0] = block
        return block
    own = [(CONTENT_TYPE, content_type), (CORRELATION_ID, correlation_id)]
    if inbox:
        own.insert(1, (REPLY_TO, inbox))
    elif reply_to:
        own.append((REPLY_TO, reply_to))
    return _merge(own, Headers.of(headers), stream).encode()


class HeadTemplate:
    """A header block that is written again and again, with other values where `marks` stand.

    It is checked once, with the marks in it; a mark that is not in it is left out.
    """

    __slots__ = ("_begin", "_rest")

    def __init__(self, block: bytes, *marks: bytes) -> None:
        if block:
            check_block(block)
        found = sorted((block.find(mark), place) for place, mark in enumerate(marks) if mark)
        self._begin = block
        self._rest: list[tuple[int, bytes]] = []
        """After the beginning: which value stands next, and what follows it."""
        for at, place in reversed(found):
            if at >= 0:
                self._rest.insert(0, (place, self._begin[at + len(marks[place]) :]))
                self._begin = self._begin[:at]

    def write(self, *values: bytes) -> bytes:
        """The block with a value for each mark. One with a line break is the link's to refuse."""
        block, sound = self._begin, True
        for place, rest in self._rest:
            value = values[place]
            sound = sound and b"\n" not in value and b"\r" not in value
            block += value + rest
        if sound:
            VOUCHED[0] = block
        return block


_ADVICE = {
    REPLY_TO: "a stream is told in one where answers go, so ask without a stream",
    EXPECTED_STREAM: "the stream is named in one, so name none",
}


def refuse_headers(
    headers: HeadersInput | Headers | None,
    correlation_id: str = "",
    *,
    reply_to: str = "",
    stream: str = "",
) -> None:
    """For a server that takes no headers: raises `HeadersUnsupported` if any was asked for."""
    own = {CORRELATION_ID: correlation_id, REPLY_TO: reply_to, EXPECTED_STREAM: stream}
    needed = tuple(name for name, value in own.items() if value)
    if names := (*Headers.of(headers), *needed):
        advice = _ADVICE.get(needed[0], "") if needed == names else ""
        raise HeadersUnsupported(names, advice)


def _exact(headers: ExactHeaders, reply_to: str, stream: str) -> Headers:
    """With what the way of sending needs; where answers go is the sender's word, if it says so."""
    pairs = list(headers.pairs)
    if reply_to and REPLY_TO not in headers:
        pairs.append((REPLY_TO, reply_to))
    return Headers.of(Headers(_expecting(pairs, stream) if stream else pairs))


def _merge(own: list[tuple[str, str]], given: Headers, stream: str) -> Headers:
    names = {name for name, _ in own}
    pairs = [(name, given.get(name, value)) for name, value in own]
    pairs += [pair for pair in given.pairs if pair[0] not in names]
    return Headers.of(Headers(_expecting(pairs, stream) if stream else pairs))


def _expecting(pairs: list[tuple[str, str]], stream: str) -> list[tuple[str, str]]:
    if all(name != EXPECTED_STREAM for name, _ in pairs):
        return [*pairs, (EXPECTED_STREAM, stream)]
    return [(name, stream if name == EXPECTED_STREAM else value) for name, value in pairs]
