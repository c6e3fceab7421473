"""Messages and headers: bytes in, bytes out, nothing lost and nothing let in."""

from __future__ import annotations

import pytest
from helpers.frames import heard_frame
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import InvalidHeader
from engine.message import Headers, Message, publish_frame, raw_bytes, split_frame, status_of, text

names = st.text(
    alphabet=st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=":"),
    min_size=1,
    max_size=12,
)
values = st.text(
    alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"), max_size=30
).map(lambda value: value.strip(" \t"))
subjects = st.binary(min_size=1, max_size=20).filter(lambda raw: not set(raw) & set(b" \r\n"))


# -- headers ------------------------------------------------------------------------------


@given(st.lists(st.tuples(names, values), max_size=8))
def test_headers_come_back_as_they_were_written(pairs: list[tuple[str, str]]) -> None:
    headers = Headers.of(pairs)
    assert headers.items() == tuple(pairs)
    assert Headers.parse(headers.encode()) == headers


@given(st.binary(max_size=200))
def test_any_block_can_be_read_and_written_again(block: bytes) -> None:
    headers = Headers.parse(block)
    again = Headers.parse(Headers.of(headers).encode())
    assert [name for name, _ in again.items()] == [name for name, _ in headers.items()] or any(
        name.startswith("NATS/1.0") or not name for name, _ in headers.items()
    )
    Message("s", head=block).status  # noqa: B018


@given(st.binary(max_size=60))
def test_text_is_lossless(raw: bytes) -> None:
    assert raw_bytes(text(raw)) == raw


def test_headers_are_a_small_ordered_multimap() -> None:
    headers = Headers.of({"B": ["1", "2"], "a": "3", "A": ""})
    assert headers.items() == (("B", "1"), ("B", "2"), ("a", "3"), ("A", ""))
    assert (headers["B"], headers.get("b"), headers.get("b", "x")) == ("1", None, "x")
    assert headers.get_all("B") == ["1", "2"]
    assert list(headers) == ["B", "a", "A"]
    assert len(headers) == 4
    assert "A" in headers
    assert "b" not in headers
    assert headers.as_dict() == {"B": "1", "a": "3", "A": ""}
    assert headers.without("B", "A").items() == (("a", "3"),)
    assert headers == Headers(headers.pairs)
    assert hash(headers) == hash(Headers(headers.pairs))
    assert headers != {}
    with pytest.raises(KeyError):
        headers["nothing"]


def test_no_headers_are_no_block() -> None:
    for nothing in (None, {}, [], Headers()):
        assert Headers.of(nothing).encode() == b""


def test_values_are_stripped_and_names_keep_their_case() -> None:
    assert Headers.of({"X-y": "  a b\t"}).encode() == b"NATS/1.0\r\nX-y: a b\r\n\r\n"


@pytest.mark.parametrize("name", ["", " ", "a b", "a:b", "é", "a\r\n", "a\x7f", 7, None, b"a"])
def test_a_name_that_would_break_the_block_is_refused(name: object) -> None:
    with pytest.raises(InvalidHeader) as caught:
        Headers.of({name: "x"})  # type: ignore[dict-item]
    assert caught.value.name == str(name)


@pytest.mark.parametrize(
    "value",
    ["a\r\nEvil: 1", "a\nb", "a\rb", "\ud800", 7, None, b"x", 1.5, ["a", 2], [["a"]]],
)
def test_a_value_that_is_no_text_of_one_line_is_refused(value: object) -> None:
    with pytest.raises(InvalidHeader) as caught:
        Headers.of({"Name": value})  # type: ignore[dict-item]
    assert caught.value.name == "Name"


@pytest.mark.parametrize("pair", [("a", "x\r\nEvil: 1"), ("a\nb", ""), ("a", "\ud800")])
def test_ready_made_headers_cannot_smuggle_a_line_either(pair: tuple[str, str]) -> None:
    with pytest.raises(InvalidHeader):
        Headers.of(Headers([pair]))


def test_odd_headers_that_came_can_be_sent_again() -> None:
    came = Headers.parse(b"NATS/1.0\r\nno colon\r\n\xff: \xfe\r\n\r\n")
    assert Headers.parse(Headers.of(came).encode()) == came


# -- status -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("block", "status"),
    [
        (b"NATS/1.0 503\r\n\r\n", (503, "")),
        (b"NATS/1.0 404 No Messages\r\n\r\n", (404, "No Messages")),
        (b"NATS/1.0  100\tIdle Heartbeat \r\nA: 1\r\n\r\n", (100, "Idle Heartbeat")),
        (b"NATS/1.0 204 EOB\n\n", (204, "EOB")),
        (b"NATS/1.0 503", (503, "")),
        (b"NATS/1.0\r\n\r\n", (0, "")),
        (b"NATS/1.0\r\nA: 503\r\n\r\n", (0, "")),
        (b"NATS/1.0 50\r\n\r\n", (0, "")),
        (b"NATS/1.0 \xff\r\n\r\n", (0, "")),
        (b"HTTP/1.1 503\r\n\r\n", (0, "")),
        (b"N", (0, "")),
        (b"", (0, "")),
    ],
)
def test_a_status_is_in_the_first_line(block: bytes, status: tuple[int, str]) -> None:
    assert status_of(block) == status
    message = Message("s", head=block)
    assert (message.status, message.description) == status


def test_no_responders_is_a_503_without_a_body() -> None:
    head = b"NATS/1.0 503\r\n\r\n"
    assert Message("s", head=head).no_responders
    assert not Message("s", b"body", head=head).no_responders


# -- frames -------------------------------------------------------------------------------


@given(
    subjects,
    st.one_of(st.just(b""), subjects),
    st.lists(st.tuples(names, values), max_size=3).map(lambda pairs: Headers(pairs).encode()),
    st.binary(max_size=60),
)
def test_a_message_comes_out_of_its_frame(
    subject: bytes, reply: bytes, head: bytes, body: bytes
) -> None:
    for write, sent in ((publish_frame, True), (heard_frame, False)):
        frame = write(subject, reply, head, body)
        message = Message.from_frame(frame, number=3, at=4.0, source=5)
        assert (raw_bytes(message.subject), raw_bytes(message.reply)) == (subject, reply)
        assert (message.head, message.body, message.sent) == (head, body, sent)
        assert (message.number, message.at, message.source) == (3, 4.0, 5)
        assert message.size == len(head) + len(body)
        start = len(frame) - len(head) - len(body)
        assert split_frame(frame) == (subject, reply, start, len(head))


def test_a_message_is_frozen() -> None:
    with pytest.raises(AttributeError):
        Message("s").subject = "t"  # type: ignore[misc]
