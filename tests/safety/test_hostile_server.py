"""Whatever a server says: natstap leaves the value out, or ends that connection and says why.

The server is a script, for a real one says none of this. Nothing may come out as an exception
that nobody expects, nothing may hang, and what is kept stays bounded.
"""

from __future__ import annotations

import asyncio
import gc
import json
import socket
from contextlib import suppress
from random import Random
from typing import Any

import pytest
from helpers.hostile import HUNT, NAMES, VALUES, nothing_slips
from helpers.raw import DEADLINE, HELLO, FakeServer
from helpers.tried import tried
from helpers.waiting import until

from engine import Journal, Link, NatsBroker
from engine.audience.audience import audience
from engine.errors import CannotConnect, LinkLost, NatstapError
from engine.link import client as client_module
from engine.link import wire as wire_module
from engine.link.events import Happening, LinkEvent
from engine.link.link import LinkState
from engine.link.login_clues import find_clues
from engine.link.server_check import look
from engine.link.server_line import MAX_SERVERS, is_address, read_info
from engine.profile.server_info import greet

DEEP = b"[" * 100_000
PING = b"PONG\r\n"


def hello(**fields: Any) -> bytes:
    return b"INFO " + json.dumps(HELLO | fields).encode() + b"\r\n"


KEYS = [
    "server_id", "server_name", "version", "proto", "host", "port", "headers", "max_payload",
    "client_id", "client_ip", "nonce", "auth_required", "tls_required", "tls_available",
    "connect_urls", "ws_connect_urls", "cluster", "domain", "jetstream", "ldm",
]  # fmt: skip
WRONG = [*VALUES, "x\r\nPUB pwn 0\r\n", "a\ud83d", ["a:1", 7, None], [["a:1"]]]
URLS = [
    "", ":", "a", "a:", "a:0", "a:b", "a:99999", "[::1", "[::1]:4222x", "a b:1", "a:1/..",
    "u:p@h:1", "x" * 5000 + ":1", "a\r\nPUB pwn 0:1", "\ud83d:1", "a:1?x#y", "//a:1", 7, None,
    ["a:1"], {},
]  # fmt: skip


# -- greetings -----------------------------------------------------------------------------


@pytest.mark.parametrize("key", KEYS)
async def test_a_value_of_another_type_is_left_out(key: str) -> None:
    """TLS and a nonce asked for in earnest end the connection with a reason; so may a few more."""
    for value in WRONG:
        async with FakeServer.running(hello(**{key: value})) as fake:
            with nothing_slips() as slipped, suppress(CannotConnect):
                async with Link.opened(fake.profile_within(1.0)) as link:
                    fake.say(hello(**{key: value}))
                    await link.barrier()
                    assert isinstance(link.server.max_payload, int)
                    assert link.server.max_payload > 0
                    assert all(part < 1 << 30 for part in link.server.version)
                    assert isinstance(link.server.info.get("connect_urls", []), list)
                    link.publish(b"a")
                    await link.barrier()
            assert slipped == []
            heard = b"".join(fake.heard)
            assert b"PUB pwn" not in heard


@pytest.mark.parametrize("max_payload", [None, "1", -1, 0, 1.5, True, [], {}, 2**70])
async def test_a_limit_that_is_none_counts_as_the_usual_one(max_payload: Any) -> None:
    async with FakeServer.running(hello(max_payload=max_payload)) as fake:
        async with NatsBroker(fake.profile) as broker:
            assert broker.link.server.max_payload == 1 << 20
            assert "max_payload" not in broker.link.server.info
            seen = await look(fake.profile)
            assert seen.max_payload == 1 << 20


@pytest.mark.parametrize(
    "greeting",
    [
        b"INFO " + DEEP + b"\r\n",
        b'INFO {"a":' + DEEP[:20_000] + b"\r\n",
        b"INFO " + b"9" * 6000 + b"\r\n",
        b"INFO \r\n",
        b"INFO\r\n",
        b"INFO {}",
        b'INFO {"server_id": "\xff"}\r\n',
        b"INFO null\r\n",
        b"-ERR\r\n",
        b"-ERR 'Authorization Violation\xff'\r\n",
        b"PING\r\nPONG\r\n",
        b"+OK\r\n",
        b"MSG a 1 1\r\nx\r\n",
        b"\x00" * 300_000,
        b"x" * 300_000,
        b"\r\n" * 1000,
        b"INFO INFO {}\r\n",
    ],
    ids=lambda one: repr(one[:30]),
)
async def test_a_greeting_that_is_none_is_said(greeting: bytes) -> None:
    async with FakeServer.running(greeting) as fake:
        with nothing_slips() as slipped:
            with pytest.raises(CannotConnect) as caught:
                async with asyncio.timeout(DEADLINE):
                    await Link.open(fake.profile_within(1.0))
            assert len(str(caught.value)) < 70_000
            assert await greet("127.0.0.1", fake.port) is None or greeting.startswith(b"INFO {")
        assert slipped == []


async def test_looking_why_there_is_no_connection_ends_nothing() -> None:
    for greeting in (b'INFO {"a":' + DEEP[:20_000] + b"\r\n", b"INFO {" + DEEP, b"INFO {}\xff\r\n"):
        async with FakeServer.running(greeting) as fake:
            assert not (await find_clues(fake.profile_within(1.0))).info


@pytest.mark.parametrize(
    "answer",
    [b"", b"+OK\r\n" * 1000, b"-ERR\r\n", b"-ERR '\xff\xfe'\r\n", b"NONSENSE\r\n", b"PONG",
     b"MSG a 1 5\r\nhello\r\n", b"INFO " + DEEP + b"\r\n", b"x" * 300_000],
    ids=lambda one: repr(one[:30]),
)  # fmt: skip
async def test_what_follows_a_greeting_is_a_pong_or_the_end(answer: bytes) -> None:
    async with FakeServer.running() as fake:
        fake.pong = answer
        with nothing_slips() as slipped:
            with pytest.raises(CannotConnect):
                async with asyncio.timeout(DEADLINE):
                    await Link.open(fake.profile_within(1.0))
        assert slipped == []


async def test_what_a_server_may_say_before_its_pong_is_taken() -> None:
    async with FakeServer.running() as fake:
        fake.pong = b"+OK\r\nPING\r\n" + hello(server_name="later") + b"PONG\r\n"
        async with Link.opened(fake.profile) as link:
            fake.pong = b"PONG\r\n"
            await link.barrier()
            assert link.state is LinkState.CONNECTED


# -- addresses of other servers --------------------------------------------------------------


@pytest.mark.parametrize("url", URLS, ids=lambda one: ascii(one)[:30])
async def test_an_address_that_is_none_is_no_server(url: Any) -> None:
    assert not is_address(url)
    async with FakeServer.running(hello(connect_urls=[url, "127.0.0.1:1"])) as fake:
        with nothing_slips() as slipped:
            async with Link.opened(fake.profile) as link:
                fake.say(hello(connect_urls=[url]))
                await link.barrier()
                pool = [server.uri.netloc for server in link._client._server_pool]
                assert set(pool) == {f"127.0.0.1:{fake.port}", "127.0.0.1:1"}
        assert slipped == []


@pytest.mark.parametrize("url", ["a:1", "10.0.0.1:4222", "[::1]:4222", "nats.example.com:4222"])
def test_an_address_is_kept(url: str) -> None:
    assert is_address(url)


async def test_no_flood_of_addresses_is_kept() -> None:
    async with FakeServer.running() as fake, Link.opened(fake.profile) as link:
        for turn in range(20):
            fake.say(hello(connect_urls=[f"h{turn}-{n}:1" for n in range(100)]))
            await link.barrier()
        assert len(link._client._server_pool) <= MAX_SERVERS + 1


async def test_a_server_is_found_again_among_addresses_that_lead_nowhere() -> None:
    async with FakeServer.running(hello(connect_urls=["127.0.0.1:1", "x" * 70 + ":1"])) as fake:
        async with Link.opened(fake.profile) as link:
            told: list[LinkEvent] = []
            link.events.listeners.append(told.append)
            fake.say(b"NONSENSE\r\n")
            await until(lambda: any(one.what is Happening.RESTORED for one in told), DEADLINE)
            assert link.state is LinkState.CONNECTED


# -- every other line --------------------------------------------------------------------------

LINES = [
    b"-ERR\r\n", b"-ERR ''\r\n", b"-ERR \xff\xfe\r\n", b"-ERR '" + b"x" * 60_000 + b"'\r\n",
    b"-ERR 'Permissions Violation for Publish to "
    b"\"\\xzz\\uzzzz\\U7fffffff\\UFFFFFFFF\\ud83d\"'\r\n",
    b"-ERR 'Permissions Violation for Subscription to \"_INBOX.\xff\" using queue \"\"'\r\n",
    b"-ERR 'Permissions Violation for Publish to \"" + b"\\" * 9000 + b"\"'\r\n",
    b"INFO\r\n", b"INFO " + DEEP[:60_000] + b"\r\n", b"INFO [1]\r\n", b"INFO {\"a\":\r\n",
    b"INFO " + b"7" * 5000 + b"\r\n",
    b"PONG\r\n" * 10_000, b"PING\r\n" * 10_000, b"+OK\r\n" * 10_000, b"\r\n" * 10_000,
    b"MSG a 1 0\r\n\r\n", b"MSG  1 0\r\n\r\n", b"MSG a  0\r\n\r\n", b"MSG a 1  0\r\n\r\n",
    b"MSG a 99 3\r\nabc\r\n", b"MSG _INBOX.x 1 3\r\nabc\r\n",
    b"HMSG a 1 12 12\r\nNATS/1.0\r\n\r\n\r\n", b"HMSG a 1 3 3\r\nxyz\r\n",
    b"MSG a\xff\x00 1 \xfe 1\r\nx\r\n",
]  # fmt: skip
ENDING = [
    b"MSG\r\n", b"MSG a\r\n", b"MSG a 1\r\n", b"MSG a 1 x\r\nabc\r\n", b"MSG a 1 -5\r\nabc\r\n",
    b"MSG a 1 1e3\r\n", b"MSG a 1 " + b"9" * 5000 + b"\r\n", b"MSG a 1 99999999999999\r\n",
    b"HMSG a 1 10 5\r\nNATS/1.0\r\n\r\n", b"HMSG a 1 -1 5\r\nhello\r\n", b"HMSG a 1 5\r\nhello\r\n",
    b"MSG 1 0\r\n\r\n", b"MSG a 1 b c 0\r\n\r\n",
    b"MSG a 1 1\r\nhello, this is longer than it said\r\n", b"NONSENSE\r\n", b"\xff\xfe\r\n",
    b"SUB a 1\r\n", b"CONNECT {}\r\n", b"x" * 200_000,
]  # fmt: skip


@pytest.mark.parametrize("line", LINES, ids=lambda one: repr(one[:40]))
async def test_a_line_is_survived(line: bytes) -> None:
    async with FakeServer.running() as fake:
        with nothing_slips() as slipped:
            async with NatsBroker(fake.profile, journal=Journal()) as broker:
                call = broker.call(b"x", "a", timeout=0.05)
                fake.say(line)
                await broker.link.barrier(DEADLINE)
                with suppress(NatstapError):
                    await call.answer()
                assert broker.link.state is LinkState.CONNECTED
                assert fake.connections == 1
        assert slipped == []


@pytest.mark.parametrize("line", ENDING, ids=lambda one: repr(one[:40]))
async def test_a_line_that_is_none_ends_that_connection_with_a_word(line: bytes) -> None:
    async with FakeServer.running() as fake:
        with nothing_slips() as slipped:
            async with Link.opened(fake.profile) as link:
                told: list[LinkEvent] = []
                link.events.listeners.append(told.append)
                fake.say(line)
                await until(lambda: any(one.what is Happening.RESTORED for one in told), DEADLINE)
                assert told[0].what is Happening.ERROR
                assert told[0].words
                await link.barrier(DEADLINE)
        assert slipped == []


async def test_a_flood_of_pings_that_nobody_reads_the_answers_to_is_not_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The answers wait at most up to a bound: then they are no longer given."""
    monkeypatch.setattr(client_module, "MAX_UNREAD", 1 << 16)
    async with FakeServer.running() as fake, Link.opened(fake.profile) as link:
        (serving,), sending = fake._writers, link._client.socket
        assert sending is not None
        for end, buffer in ((sending, socket.SO_SNDBUF), (serving, socket.SO_RCVBUF)):
            end.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, buffer, 4096)
        fake.reads = False
        fake.say(b"PING\r\n")  # its answer is the last that is read
        await until(lambda: fake.paused)
        told: list[LinkEvent] = []
        link.events.listeners.append(told.append)
        fake.say(b"PING\r\n" * 100_000 + b"-ERR 'that was all'\r\n")
        await until(lambda: told)
        await asyncio.sleep(0)
        assert link._client._unread() < 1 << 18


async def test_a_message_that_never_ends_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wire_module, "MAX_MESSAGE", 1 << 16)
    async with FakeServer.running() as fake, Link.opened(fake.profile) as link:
        told: list[LinkEvent] = []
        link.events.listeners.append(told.append)
        fake.say(b"MSG a 1 %d\r\n" % (1 << 20))
        await until(lambda: any(one.what is Happening.RESTORED for one in told), DEADLINE)


@pytest.mark.parametrize("seed", range(4 * HUNT))
async def test_lines_in_any_order_are_survived(seed: int) -> None:
    random = Random(seed)
    async with FakeServer.running() as fake:
        with nothing_slips() as slipped:
            async with NatsBroker(fake.profile, journal=Journal()) as broker:
                for _ in range(10):
                    line = random.choice(random.choice((LINES, LINES, ENDING)))
                    cut = random.randrange(len(line) + 1)
                    fake.say(line[:cut] if random.random() < 0.3 else line)
                    tried("lines of a hostile server")
                    with suppress(NatstapError):
                        await broker.request(b"x", "a", timeout=0.01)
                fake.say(b"\r\n")
                with suppress(NatstapError):
                    await audience(broker, "a", timeout=0.05)
                assert broker.link.state is not LinkState.CLOSED
        assert slipped == []


def test_reading_a_server_line_keeps_what_is_right() -> None:
    said = read_info(json.dumps(HELLO | {"port": "x", "connect_urls": ["a:1", "b"]}).encode())
    assert said.wrong == ("port",)
    assert said.fields == HELLO | {"connect_urls": ["a:1"]}


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_name_in_a_server_line_is_kept_as_text(name: str) -> None:
    assert read_info(json.dumps({"server_name": name}).encode()).fields == {"server_name": name}


async def test_a_connection_that_is_lost_while_it_comes_back_is_made_once_more() -> None:
    """The flush at the end of a reconnect fails with natstap's own error, which is for its callers
    and not for nats-py; found by hostile lines in any order."""
    async with FakeServer.running() as fake, Link.opened(fake.profile) as link:
        client, told = link._client, []
        flush = client.flush

        async def lost_again(*_: Any) -> None:
            client.flush = flush  # type: ignore[method-assign]
            await client._process_op_err(OSError("lost again"))
            raise LinkLost("")

        link.events.listeners.append(told.append)
        client.flush = lost_again  # type: ignore[method-assign]
        with nothing_slips() as slipped:
            await client._process_op_err(OSError("lost"))
            await until(lambda: any(event.what is Happening.RESTORED for event in told), DEADLINE)
            await link.barrier()
            gc.collect()
        assert slipped == []


@pytest.mark.parametrize("error", [LinkLost(""), TimeoutError()], ids=repr)
async def test_a_link_that_is_closed_while_it_comes_back_leaves_nothing(error: Exception) -> None:
    """Until Python 3.12 `wait_for` tells of a lost PONG, and not that it was cancelled with it."""
    async with FakeServer.running() as fake, Link.opened(fake.profile) as link:
        client, begun = link._client, asyncio.Event()

        async def lost_with_it(*_: Any) -> None:
            begun.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                raise error from None

        client.flush = lost_with_it  # type: ignore[method-assign]
        with nothing_slips() as slipped:
            await client._process_op_err(OSError("lost"))
            async with asyncio.timeout(DEADLINE):
                await begun.wait()
            attempt = client._reconnection_task
            assert attempt is not None
            await link.close()
            await asyncio.wait([attempt], timeout=DEADLINE)
            assert attempt.done()
            del attempt
            gc.collect()
        assert slipped == []
