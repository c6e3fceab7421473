"""The link refuses whatever would be another command to the server, whoever hands it over."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from helpers.peers import Tap
from hypothesis import given
from hypothesis import strategies as st

from engine import Link, Profile
from engine.errors import InvalidHeader, InvalidSubject, TooLarge
from engine.link import protocol_guard
from engine.link.link import MAX_WORDS, LinkState
from engine.link.protocol_guard import check_block, check_words
from engine.message import Headers
from engine.rpc.header_block import HeadTemplate, write_head

WORDS = [
    b"a b", b"a\tb", b"a\r\nPUB pwn 0\r\n", b"a\nb", b"a\rb", b"a\x00b", b" a", b"a ", b"\r\n",
]  # fmt: skip
BLOCKS = [
    b"x", b"NATS/1.0", b"NATS/1.0\r\n", b"NATS/1.0\r\n\r", b"NATS/1.1\r\n\r\n", b"\r\n\r\n",
    b"NATS/1.0evil\r\n\r\n", b"NATS/1.0\r\nA: b\r\n", b"NATS/1.0\n\nA: b\r\n\r\n",
    b"NATS/1.0\r\n\r\nPUB pwn 0\r\n\r\n", b"NATS/1.0\r\nA: b\nC: d\r\n\r\n",
    b"NATS/1.0\r\nA: b\rC: d\r\n\r\n", b"NATS/1.0\r\nA: b\r\n\r\n ", b"NATS/1.0\r\n\r\n\r\n",
]  # fmt: skip


@pytest.fixture
async def link(profile: Profile) -> AsyncIterator[Link]:
    async with Link.opened(profile) as opened:
        yield opened


def nothing(subject: bytes, reply: bytes, frame: bytes, start: int, head: int) -> None:
    raise AssertionError(subject)


@pytest.mark.parametrize("word", [b"", *WORDS], ids=repr)
async def test_no_word_ends_a_line(profile: Profile, link: Link, word: bytes) -> None:
    async with Tap(profile, ">") as tap:
        with pytest.raises(InvalidSubject):
            link.publish(word, b"body")
        with pytest.raises(InvalidSubject):
            link.subscribe(word, nothing)
        if word:
            with pytest.raises(InvalidSubject):
                link.publish(b"to", b"body", reply=word)
            with pytest.raises(InvalidSubject):
                link.subscribe(b"to", nothing, queue=word)
        link.publish(b"good", b"body", b"reply.here")
        await tap.settle(link)
        assert [one.subject for one in tap.heard] == ["good"]
    assert link.state is LinkState.CONNECTED
    assert link.subscription_count == 0


@pytest.mark.parametrize("head", BLOCKS, ids=repr)
async def test_no_header_block_holds_anything_else(
    profile: Profile, link: Link, head: bytes
) -> None:
    async with Tap(profile, ">") as tap:
        with pytest.raises(InvalidHeader):
            link.publish(b"to", b"body", head=head)
        link.publish(b"to", b"", head=b"NATS/1.0 503\r\nA: b\r\n\r\n")
        await tap.settle(link)
        assert [one.head for one in tap.heard] == [b"NATS/1.0 503\r\nA: b\r\n\r\n"]


async def test_a_line_that_the_server_does_not_take_is_refused(link: Link) -> None:
    """It would cut the connection, and a subscription again after each reconnect."""
    with pytest.raises(TooLarge):
        link.subscribe(b"x" * 5000, nothing)
    with pytest.raises(TooLarge):
        link.subscribe(b"to", nothing, queue=b"q" * 5000)
    with pytest.raises(TooLarge):
        link.publish(b"to", b"", b"x" * 5000)
    link.subscribe(b"x" * (MAX_WORDS - 1), nothing, queue=b"q")
    await link.barrier()
    assert link.state is LinkState.CONNECTED
    assert link.subscription_count == 1


@given(st.binary(), st.binary())
def test_words_that_pass_leave_one_line_with_two_words(subject: bytes, reply: bytes) -> None:
    try:
        check_words(subject, reply)
    except InvalidSubject:
        return
    line = b"PUB %b %b 0\r\n" % (subject, reply or b"r")
    assert line.split(b" ")[1:3] == [subject, reply or b"r"]
    assert line.find(b"\n") == len(line) - 1
    assert b"\x00" not in line


@given(st.lists(st.tuples(st.text(), st.text()), max_size=5))
def test_what_headers_write_passes(pairs: list[tuple[str, str]]) -> None:
    try:
        block = Headers.of(pairs).encode()
    except InvalidHeader:
        return
    if block:
        check_block(block)


def test_only_the_writer_of_blocks_vouches_for_one() -> None:
    """Whoever else did so would have the link send what nobody looked at."""
    found = {
        file.name
        for file in Path(protocol_guard.__file__).parents[1].rglob("*.py")
        if "VOUCHED" in file.read_text()
    }
    assert found == {"protocol_guard.py", "header_block.py"}


@given(st.text(), st.text() | st.sampled_from(["a\r\nb", "a\nb", "a\rb", "\x00", "\x85", "\u2028"]))
def test_what_is_vouched_for_is_right(content_type: str, correlation_id: str) -> None:
    try:
        block = write_head(content_type, correlation_id)
    except InvalidHeader:
        return
    if block is protocol_guard.VOUCHED[0]:
        protocol_guard.VOUCHED[0] = b""
        check_block(block)


words = st.binary() | st.sampled_from([b"a\r\nb", b"a\nb", b"\r", b"\n\n", b"<1>", b"%b"])


@given(st.permutations([b"<0>", b"<1>", b"-"]), words, words)
def test_a_template_of_a_block_writes_the_values_in_their_places(
    lines: list[bytes], first: bytes, second: bytes
) -> None:
    block = b"NATS/1.0\r\n" + b"".join(b"x: %b\r\n" % line for line in lines) + b"\r\n"
    values = {b"<0>": first, b"<1>": second}
    wanted = b"".join(b"x: %b\r\n" % values.get(line, line) for line in lines)
    written = HeadTemplate(block, b"<0>", b"<1>", b"absent").write(first, second, b"unused")
    assert written == b"NATS/1.0\r\n" + wanted + b"\r\n"
    if written is protocol_guard.VOUCHED[0]:
        protocol_guard.VOUCHED[0] = b""
        check_block(written)


def test_a_template_is_checked_when_it_is_made() -> None:
    with pytest.raises(InvalidHeader):
        HeadTemplate(b"NATS/1.0\r\na: b\r\n\r\nPUB pwn 0\r\n\r\n", b"b")
    assert HeadTemplate(b"", b"b").write(b"c") == b""


async def test_a_block_that_only_looks_like_the_vouched_one_is_read(link: Link) -> None:
    block = write_head("text/plain", "id")
    link.publish(b"to", b"", head=block)
    with pytest.raises(InvalidHeader):
        link.publish(b"to", b"", head=block + b"PUB pwn 0\r\n\r\n")
    with pytest.raises(InvalidHeader):
        link.publish(b"to", b"", head=bytes(bytearray(block)) + b"\r\n")
