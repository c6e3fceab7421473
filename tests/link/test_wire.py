"""The parser: whatever way the bytes are cut, the same frames come out, or a clear error."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.link.wire import MAX_CONTROL_LINE, ProtocolBroken, Wire

Frame = tuple[bytes, bytes, bytes, bytes]


@dataclass
class Ear:
    """A wire with two sinks, and everything that came out of it, in order."""

    came: list[object] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.wire = Wire(lambda verb, rest: self.came.append((verb, rest)), self.failures.append)
        self.wire.sinks = {b"1": self.sink, b"22": self.sink}

    def sink(self, subject: bytes, reply: bytes, frame: bytes, start: int, head: int) -> None:
        self.came.append((subject, reply, frame[start : start + head], frame[start + head :]))

    def feed(self, *chunks: bytes) -> list[object]:
        for chunk in chunks:
            self.wire.feed(chunk)
        return self.came


STREAM = (
    b'INFO {"a": 1}\r\n'
    b"MSG a 1 2\r\nhi\r\n"
    b"PING\r\n"
    b"MSG a.b 22 _INBOX.x 0\r\n\r\n"
    b"+OK\r\n"
    b"HMSG h 1 12 14\r\nNATS/1.0\r\n\r\nhi\r\n"
    b"HMSG h 1 back 12 12\r\nNATS/1.0\r\n\r\n\r\n"
    b"MSG odd\xff\x0b 1 4\r\n\r\n\r\n\r\n"
    b"MSG unknown 77 3\r\nabc\r\n"
    b"-ERR 'Some Words'\r\n"
    b"PONG\r\n"
)
MEANING: list[object] = [
    (b"INFO", b'{"a": 1}'),
    (b"a", b"", b"", b"hi"),
    (b"PING", b""),
    (b"a.b", b"_INBOX.x", b"", b""),
    (b"+OK", b""),
    (b"h", b"", b"NATS/1.0\r\n\r\n", b"hi"),
    (b"h", b"back", b"NATS/1.0\r\n\r\n", b""),
    (b"odd\xff\x0b", b"", b"", b"\r\n\r\n"),
    (b"-ERR", b"'Some Words'"),
    (b"PONG", b""),
]


def test_a_stream_in_one_piece() -> None:
    assert Ear().feed(STREAM) == MEANING


def test_a_stream_cut_anywhere() -> None:
    for cut in range(len(STREAM)):
        assert Ear().feed(STREAM[:cut], STREAM[cut:]) == MEANING, cut


def test_a_stream_byte_by_byte() -> None:
    assert Ear().feed(*(STREAM[n : n + 1] for n in range(len(STREAM)))) == MEANING


def test_what_is_whole_is_delivered_before_the_rest_comes() -> None:
    ear = Ear()
    assert ear.feed(b"MSG a 1 2\r\nhi\r\nMSG b 1 5\r\nha") == [(b"a", b"", b"", b"hi")]
    ear.feed(b"lf", b"s\r\n")
    assert ear.came[1:] == [(b"b", b"", b"", b"halfs")]


subjects = st.binary(min_size=1, max_size=12).filter(lambda raw: not set(raw) & set(b" \r\n"))
blocks = st.one_of(st.just(b""), st.binary(min_size=1, max_size=40))
messages = st.tuples(subjects, st.one_of(st.just(b""), subjects), blocks, st.binary(max_size=200))


def written(message: Frame) -> bytes:
    subject, reply, head, body = message
    to = b" ".join(part for part in (subject, b"1", reply) if part)
    if head:
        return b"HMSG %b %d %d\r\n%b%b\r\n" % (to, len(head), len(head) + len(body), head, body)
    return b"MSG %b %d\r\n%b\r\n" % (to, len(body), body)


@given(st.lists(messages, max_size=8), st.data())
def test_any_messages_in_any_pieces(sent: list[Frame], data: st.DataObject) -> None:
    stream = b"PING\r\n".join(map(written, sent))
    places = data.draw(st.lists(st.integers(0, len(stream)), max_size=20).map(sorted))
    cuts = [0, *places, len(stream)]
    ear = Ear()
    ear.feed(*(stream[a:b] for a, b in pairwise(cuts)))
    assert [one for one in ear.came if one != (b"PING", b"")] == sent
    assert ear.failures == []


@given(st.binary(max_size=300), st.integers(1, 40))
def test_garbage_is_a_clear_error_or_silence(garbage: bytes, size: int) -> None:
    ear = Ear()
    try:
        ear.feed(*(garbage[n : n + size] for n in range(0, len(garbage), size)))
    except ProtocolBroken:
        pass
    assert ear.failures == []


@pytest.mark.parametrize(
    "line",
    [
        b"HELLO world",
        b"MSG",
        b"MSG a",
        b"MSG a 1 many",
        b"MSG a 1 -1",
        b"MSG a 1 -7",
        b"MSG a 1 -1000",
        b"HMSG a 1 4",
        b"HMSG a 1 4 x",
        b"HMSG a 1 -4 4",
        b"HMSG a 1 9 4",
        b"HTTP/1.1 400 Bad Request",
        b"\xff\xfe\xfd",
    ],
)
def test_a_line_that_is_no_nats_is_refused(line: bytes) -> None:
    with pytest.raises(ProtocolBroken):
        Ear().feed(line + b"\r\n" + b"x" * 20 + b"\r\n")


def test_a_line_without_an_end_is_refused() -> None:
    with pytest.raises(ProtocolBroken, match="no end"):
        Ear().feed(b"INFO " + b"x" * (MAX_CONTROL_LINE + 1))


def test_after_a_reset_a_half_message_is_forgotten() -> None:
    ear = Ear()
    ear.feed(b"MSG a 1 100\r\nhalf")
    ear.wire.reset()
    assert ear.feed(STREAM) == MEANING


def test_after_an_error_and_a_reset_it_reads_on() -> None:
    ear = Ear()
    with pytest.raises(ProtocolBroken):
        ear.feed(b"MSG a 1 2\r\nhi\r\nHELLO\r\n")
    ear.wire.reset()
    assert ear.feed(STREAM) == [(b"a", b"", b"", b"hi"), *MEANING]


def test_a_sink_that_raises_does_not_stop_the_others() -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("broken")

    ear = Ear()
    ear.wire.sinks[b"9"] = broken
    ear.feed(b"MSG a 9 1\r\nx\r\nMSG b 1 1\r\ny\r\n")
    assert ear.came == [(b"b", b"", b"", b"y")]
    assert [str(error) for error in ear.failures] == ["broken"]


def test_a_sink_may_subscribe_and_unsubscribe() -> None:
    ear = Ear()

    def changing(*_: object) -> None:
        del ear.wire.sinks[b"1"]
        ear.wire.sinks[b"5"] = ear.sink

    ear.wire.sinks[b"9"] = changing
    ear.feed(b"MSG a 9 0\r\n\r\nMSG b 1 0\r\n\r\nMSG c 5 0\r\n\r\n")
    assert ear.came == [(b"c", b"", b"", b"")]


def test_a_huge_body_is_copied_and_read_once() -> None:
    """Joined or read anew at every read, it would take sixteen times as long for four times as
    much.
    """
    body = b"x" * (16 << 20)
    stream = b"MSG a 1 %d\r\n%b\r\n" % (len(body), body)
    *reads, last = (stream[n : n + 65536] for n in range(0, len(stream), 65536))
    scanned = []

    class Counting(Wire):
        def _scan(self, data: bytes) -> int:
            scanned.append(len(data))
            return super()._scan(data)

    ear = Ear()
    wire = Counting(lambda verb, rest: None, ear.failures.append)
    wire.sinks[b"1"] = ear.sink
    for read in reads:
        wire.feed(read)
    assert all(held is read for held, read in zip(wire._rest, reads, strict=True))
    wire.feed(last)
    assert scanned == [len(reads[0]), len(stream)]
    assert ear.came == [(b"a", b"", b"", body)]
